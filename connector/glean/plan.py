"""What a push would do: the difference of every kind of thing, which way it goes, and whether a person must say yes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, NamedTuple

from connector.archive.documents import SAMPLE, group_of
from connector.archive.rows import dump
from connector.counting import counted
from connector.glean.difference import Difference, Held, difference, shrinks_sharply
from connector.glean.fingerprint import changed, hash_of
from connector.glean.spool import Spool

DATASOURCE, USER, GROUP, MEMBERSHIP, DOCUMENT = "datasource", "user", "group", "membership", "document"
IDENTITY = (USER, GROUP, MEMBERSHIP)  # in the order in which Glean must hear of them
KINDS = (DATASOURCE, *IDENTITY, DOCUMENT)

Payload = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What the other side should hold: payloads by key of each kind but documents, and the documents on disk.

    ``generation``: the ledger's, when they were read from it.
    """

    things: Mapping[str, Mapping[str, Payload]]
    documents: Spool
    generation: int = 0

    def hashes(self, kind: str) -> dict[str, str]:
        if kind == DOCUMENT:
            return self.documents.hashes
        return {key: hash_of(dump(payload).encode()) for key, payload in self.things[kind].items()}


class Line(NamedTuple):
    """One thing that goes: ``+`` new, ``~`` changed, ``?`` not acknowledged, ``=`` sent again,
    ``-`` removed; ``parts`` of it that changed.
    """

    sign: str
    kind: str
    key: str
    title: str = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """``bulk``: documents go as one upload that replaces all there are; ``full``: everything is sent, not only what
    changed; ``refusals``: why it is not done unless a person says that they mean it.
    """

    wanted: Wanted
    held: Mapping[str, Held]
    differences: Mapping[str, Difference]
    bulk: bool
    bulk_above: int  # documents; so many go one by one all the same
    full: bool
    refusals: tuple[str, ...]

    def sends(self, kind: str) -> tuple[str, ...]:
        """The keys of what goes, in the order of what is wanted."""
        if self.full or (kind == DOCUMENT and self.bulk):
            return tuple(self.wanted.documents.entries if kind == DOCUMENT else self.wanted.things[kind])
        return self.differences[kind].sent

    def again(self, kind: str) -> tuple[str, ...]:
        """The keys of what goes though it is held as it is."""
        differing = frozenset(self.differences[kind].sent)
        return tuple(key for key in self.sends(kind) if key not in differing)

    @property
    def singly(self) -> tuple[str, ...]:
        """The documents that go where they do not go as one upload."""
        return tuple(self.wanted.documents.entries) if self.full else self.differences[DOCUMENT].sent

    @property
    def total(self) -> int:
        """How many things are sent or deleted one by one, or on pages."""
        twice = len(self.changing) if self.bulk and not self.changes_at_once else 0
        return twice + sum(len(self.sends(kind)) + len(self.differences[kind].removed) for kind in KINDS)

    @property
    def changing(self) -> tuple[str, ...]:
        """The documents that are there, or may be, and are to be others before anybody is let in."""
        found = self.differences[DOCUMENT]
        return found.changed + found.unsure if self.lets_in else ()

    @property
    def changes_at_once(self) -> bool:
        """Whether these are so many that they go with the upload of all."""
        return self.bulk and len(self.changing) > self.bulk_above

    @property
    def lets_in(self) -> bool:
        """Whether anybody may see more of what is there already: a user or a member who is new."""
        return any(found.new or found.unsure for found in map(self.differences.__getitem__, (USER, MEMBERSHIP)))

    def changed_parts(self, key: str) -> tuple[str, ...]:
        """Of a document that is there: which parts of it are others now; none where what is there is not certain."""
        before = self.held[DOCUMENT].get(key)
        return tuple(changed(before, self.wanted.documents.entries[key].hash)) if before else ()

    def lines(self) -> Iterator[Line]:
        """All that goes, kind by kind."""
        for kind, found in self.differences.items():
            signs = {"+": found.new, "~": found.changed, "?": found.unsure, "=": self.again(kind)}
            for sign, keys in signs.items():
                for key in keys:
                    parts = self.changed_parts(key) if kind == DOCUMENT else ()
                    yield Line(sign, kind, key, self._title(kind, key), parts)
            for key in found.removed:
                yield Line("-", kind, key)

    def _title(self, kind: str, key: str) -> str:
        if kind == DOCUMENT:
            return str(self.wanted.documents.read(self.wanted.documents.entries[key])["title"])
        name = str(self.wanted.things[kind][key].get("name", ""))
        return name if name != key else ""

    def counts(self) -> dict[str, dict[str, int]]:
        return {
            kind: {
                "new": len(found.new),
                "changed": len(found.changed),
                "unsure": len(found.unsure),
                "again": len(self.again(kind)),
                "removed": len(found.removed),
                "unchanged": found.unchanged,
            }
            for kind, found in self.differences.items()
        }


def plan(
    wanted: Wanted,
    held: Mapping[str, Held],
    *,
    bulk_above: int,
    full: bool = False,
    forgotten: AbstractSet[str] = frozenset(),
) -> Plan:
    """What makes the other side, which holds ``held`` by kind, equal to ``wanted``.

    ``forgotten``: the transcripts that a person has forgotten; nobody is asked again whether they may go.
    """
    found = {kind: difference(wanted.hashes(kind), held[kind]) for kind in KINDS}
    there = len(wanted.documents.entries)
    bulk = there > 0 and (full or len(found[DOCUMENT].sent) > bulk_above)  # an empty upload would delete all there is
    sizes = {kind: (len(held[kind]), len(wanted.things[kind])) for kind in IDENTITY}
    meant = {key for key in found[DOCUMENT].removed if group_of(*key.split("/")) in forgotten}
    sizes[DOCUMENT] = (_lasting(held[DOCUMENT].keys() - meant), _lasting(wanted.documents.entries))
    refusals = tuple(told for kind in sizes if (told := refusal(kind, *sizes[kind])))
    return Plan(wanted, held, found, bulk, bulk_above, full, refusals)


def _lasting(keys: Iterable[str]) -> int:
    """How many documents there are but samples, which come and go with checkpoints."""
    return sum(not key.startswith(f"{SAMPLE}/") for key in keys)


def refusal(kind: str, held: int, left: int) -> str | None:
    """Why a person is asked first, in words; None where nothing unusual would go."""
    if held and left == 0:
        return f"all {counted(held, kind)} that Glean holds would be deleted, and none be left"
    if kind == MEMBERSHIP or not shrinks_sharply(held, left):  # who leaves a group shall see nothing from then on
        return None
    return f"{counted(held, kind)} that Glean holds would become {left:,}, more than a fifth fewer"
