"""How a JSON value is held against a table of rules: objects of known fields, lists, and checks of single values. Pure.

A check is a function that says what is wrong with a value, or None. Knows nothing of what Glean wants: see ``shapes``.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from connector.permissions import EMAIL
from connector.transcripts.links import tells_moment_without_fragment
from connector.validation import meant_by

Check = Callable[[Any], str | None]

ID = re.compile(r"[a-z0-9]{1,200}")
NAME = re.compile(r"[A-Za-z0-9]{1,100}")
_PLAIN_URL = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?][!\"$-~]*)?"
)  # most are, and it saves parsing them
HINTS, LONGEST_NAME = 50, 100  # what was meant is not looked for more often, nor for what is no name
MAX_EPOCH = 4_102_444_800  # 2100-01-01: what is later is no time of a recording, or is in milliseconds


class Broken(NamedTuple):
    """A rule that a value breaks: at which field, and what it must be."""

    field: str
    rule: str

    def __str__(self) -> str:
        return f"{self.field}: {self.rule}"


@dataclass(frozen=True)
class ListOf:
    """A list, each of whose items keeps ``item``."""

    item: Any
    least: int = 0

    def hold(self, value: Any, found: list[Broken]) -> None:
        """Adds to ``found`` what of ``value`` breaks the rule, at fields as seen from it."""
        if not isinstance(value, list) or len(value) < self.least:
            found.append(Broken("", "must be a list" if self.least == 0 else "must be a list and not empty"))
        elif isinstance(self.item, Shape):
            for position, item in enumerate(value):
                before = len(found)
                self.item.hold(item, found)
                if len(found) > before:
                    _move(found, before, f"[{position}]")
        else:
            wrongs = ((position, self.item(item)) for position, item in enumerate(value))
            found += [Broken(f"[{position}]", wrong) for position, wrong in wrongs if wrong is not None]


class Shape:
    """An object of these fields and no others. ``also``: what its fields must be to each other."""

    def __init__(
        self,
        required: Sequence[str] = (),
        also: Callable[[dict[str, Any]], Iterable[Broken]] | None = None,
        **fields: Any,
    ) -> None:
        self.required = required
        self.also = also
        self.known = list(fields)
        self._needed = frozenset(required)
        self._checks: dict[str, Check] = {}
        self._inner: dict[str, Shape | ListOf] = {}
        for key, rule in fields.items():
            if isinstance(rule, Shape | ListOf):
                self._inner[key] = rule
            else:
                self._checks[key] = rule

    def hold(self, value: Any, found: list[Broken]) -> None:
        """Adds to ``found`` what of ``value`` breaks the rule, at fields as seen from it."""
        if not isinstance(value, dict):
            found.append(Broken("", "must be an object"))
            return
        if not value.keys() >= self._needed:
            found += [Broken(key, "is missing") for key in self.required if key not in value]
        for key, item in value.items():
            check = self._checks.get(key)
            if check is not None:
                if (wrong := check(item)) is not None:
                    found.append(Broken(key, wrong))
            elif (inner := self._inner.get(key)) is not None:
                before = len(found)
                inner.hold(item, found)
                if len(found) > before:
                    _move(found, before, key)
            else:
                found.append(Broken(key, _unknown(key, self.known if len(found) < HINTS else [])))
        if self.also is not None:
            found += self.also(value)


def broken(value: Any, rule: Shape, name: str) -> list[Broken]:
    """Every rule that ``value`` breaks, at fields such as ``comments[0].author.email``; ``name`` is what it is called
    where it is no object at all.
    """
    found: list[Broken] = []
    rule.hold(value, found)
    return [Broken(each.field or name, each.rule) for each in found] if found else found


def _move(found: list[Broken], begin: int, into: str) -> None:
    """What was found since ``begin`` lies in ``into``, a key or a position."""
    found[begin:] = [
        Broken(f"{into}.{each.field}" if each.field and each.field[0] != "[" else into + each.field, each.rule)
        for each in found[begin:]
    ]


def _unknown(key: str, known: list[str]) -> str:
    meant = meant_by(key, known) if len(key) <= LONGEST_NAME else None
    return "Glean knows no such field" + (f"; did you mean `{meant}`?" if meant else "")


# -- checks of single values


def any_text(value: Any) -> str | None:
    if not isinstance(value, str):
        return "must be text"
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return "holds half a character (a lone surrogate), which UTF-8 cannot write"
    return None


def text(value: Any) -> str | None:
    return any_text(value) if isinstance(value, str) and value.strip() else "must be text and not empty"


def flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def whole(value: Any) -> str | None:
    return None if _is_whole(value) and value >= 0 else "must be a whole number, not negative"


def epoch(value: Any) -> str | None:
    if not _is_whole(value) or value < 0:
        return "must be whole epoch seconds"
    if value >= MAX_EPOCH:
        return "must be epoch seconds before the year 2100" + (", not milliseconds" if value > MAX_EPOCH * 10 else "")
    return None


def ident(value: Any) -> str | None:
    return None if isinstance(value, str) and ID.fullmatch(value) else "must be 1 to 200 characters of a-z and 0-9"


def name(value: Any) -> str | None:
    return None if isinstance(value, str) and NAME.fullmatch(value) else "must be letters and digits"


def group(value: Any) -> str | None:
    if (wrong := text(value)) is not None:
        return wrong
    return "must have no spaces: Glean takes no such group" if any(map(str.isspace, value)) else None


def email(value: Any) -> str | None:
    return None if isinstance(value, str) and EMAIL.fullmatch(value) else "must be an e-mail address"


def url(value: Any) -> str | None:
    if isinstance(value, str) and _PLAIN_URL.fullmatch(value):
        return None
    if not isinstance(value, str) or any(map(str.isspace, value)):
        return "must be a web address"
    try:
        parts = urlsplit(value)
    except ValueError:
        return "must be a web address"
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return "must be a web address"
    if parts.fragment and not tells_moment_without_fragment(value):
        return "must have no #fragment, which Glean strips, but for a start time that the query tells too"
    return any_text(value)


def picture(value: Any) -> str | None:
    return None if isinstance(value, str) and value.startswith("data:image/") else url(value)


def regex(value: Any) -> str | None:
    if (wrong := text(value)) is not None:
        return wrong
    try:
        with warnings.catch_warnings():  # of patterns that may mean something else one day
            warnings.simplefilter("ignore")
            re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        return f"is no regular expression: {error}"
    return None


def property_value(value: Any) -> str | None:
    if isinstance(value, str):
        return any_text(value)
    if isinstance(value, float):
        return "must have no fraction: a number is for INT properties, all else is text"
    if _is_whole(value):
        return None
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return next(filter(None, map(any_text, value)), None)
    return "must be text, a whole number or a list of texts" + (
        ", never true or false" if value in (True, False) else ""
    )


def one_of(*values: str) -> Check:
    """One of these words."""

    def check(value: Any) -> str | None:
        if isinstance(value, str) and value in values:
            return None
        meant = meant_by(value, list(values)) if isinstance(value, str) else None
        return f"must be one of {', '.join(values)}" if meant is None else f"is unknown; did you mean {meant}?"

    return check


def twice(values: Iterable[tuple[str, Any]], what: str) -> Iterator[Broken]:
    """Of (field, value) pairs those whose value was there before."""
    seen = set()
    for field, value in values:
        if isinstance(value, str):
            if value in seen:
                yield Broken(field, f"{what} `{value}` is there already")
            seen.add(value)


def objects(owner: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects of a list; what is none was told of already."""
    values = owner.get(key)
    return [item if isinstance(item, dict) else {} for item in values] if isinstance(values, list) else []


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
