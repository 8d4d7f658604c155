"""What one file says of a recording, as a value: while it is there, and as it is kept when it says it no more."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connector.archive.rows import dump

OUTLIVING = ("permissions", "title", "recorded", "language")  # what a file writes of the recording, not of itself
_SHA256, _OTHERS, _FOR_NAMES = "sha256", "others", "names"  # in JSON, beside the values


@dataclass(frozen=True, slots=True)
class Statement:
    """``values`` by key, of which those in ``guessed`` nobody wrote down.

    ``sha256`` are the bytes of the file that said it, None where nothing depends on them: the speakers shown may be
    those it named. ``aside``: other words than its own are shown. ``others``: it is kept with a file that has other
    bytes, which may be for other people. ``for_names``: it tells for whom the speakers are that it named, and nothing
    else.
    """

    values: dict[str, Any] = field(default_factory=dict)
    guessed: Collection[str] = ()
    sha256: str | None = None
    aside: bool = True
    others: bool = False
    for_names: bool = False

    @property
    def written(self) -> dict[str, Any]:
        """What somebody wrote down."""
        return {key: value for key, value in self.values.items() if key not in self.guessed}

    @property
    def permissions(self) -> dict[str, Any] | None:
        """For whom it says that the recording is; None where it does not say."""
        return self.values.get("permissions")

    def outliving(self, *, others: bool) -> Statement:
        """What somebody wrote down that is true of the recording without the file."""
        written = self.written
        return Statement({key: written[key] for key in OUTLIVING if key in written}, sha256=self.sha256, others=others)

    def of_others(self) -> Statement:
        """The same, with a file that has other bytes."""
        return replace(self, others=True)


def together(files: Sequence[Statement], former: Sequence[Statement]) -> dict[str, Any]:
    """What ``files`` that are there and ``former`` ones say, key by key, but for whom: what somebody wrote down of the
    files goes first, what is only guessed of them last.
    """
    told: dict[str, Any] = {}
    for values in (*(one.written for one in files), *(one.values for one in (*former, *files))):
        told = {**values, **told}
    told.pop("permissions", None)
    return told


def kept(column: str) -> list[Statement]:
    """What a file keeps of what was said by others, or by itself when it had another name: the latest first."""
    return [_of(told) for told in json.loads(column)]


def to_keep(statements: Iterable[Statement]) -> str:
    """The column that ``kept`` reads: each statement once, and none that says nothing."""
    once = list[dict[str, Any]]()
    for one in statements:
        told = dict(one.values)
        if one.sha256:
            told[_SHA256] = one.sha256
        elif one.for_names or not told:
            continue
        told |= {flag: True for flag, is_set in ((_OTHERS, one.others), (_FOR_NAMES, one.for_names)) if is_set}
        if told not in once:
            once.append(told)
    return dump(once)


def _of(told: dict[str, Any]) -> Statement:
    sha256, others, for_names = (told.pop(key, None) for key in (_SHA256, _OTHERS, _FOR_NAMES))
    return Statement(told, sha256=sha256, others=bool(others), for_names=bool(for_names))
