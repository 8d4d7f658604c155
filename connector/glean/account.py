"""What a push has come to: in the ledger before and after each request, and in the end for who asked for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from connector.archive.groups import Progress
from connector.archive.ledger import Ledger
from connector.counting import counted
from connector.errors import RemoteError
from connector.glean.calls import RefusedError
from connector.glean.plan import Wanted


@dataclass
class Pushed:
    """What a push came to: things by kind, what was refused with the reason, and how many things were kept back."""

    sent: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    refused: list[dict[str, str]] = field(default_factory=list)
    withheld: int = 0


class Account:
    """Of one push to ``destination``. ``done`` of ``total`` things were sent or deleted; the total shows by and by."""

    def __init__(self, wanted: Wanted, ledger: Ledger, destination: str, total: int, progress: Progress) -> None:
        self._wanted = wanted
        self._ledger = ledger
        self._destination = destination
        self._progress = progress
        self._hashes: dict[str, dict[str, str]] = {}
        self._refused_at: dict[tuple[str, str], int] = {}  # where what is refused is told
        self.done, self.total = 0, total
        self.pushed = Pushed()

    def unsure(self, kind: str, keys: Iterable[str]) -> None:
        """Before a request: what it is about is not certain from now on."""
        self._ledger.note_sent(self._destination, kind, keys)

    def held(self, kind: str, keys: list[str]) -> None:
        """After the answer: these are there as they are wanted."""
        if keys:
            if kind not in self._hashes:
                self._hashes[kind] = self._wanted.hashes(kind)
            hashes = self._hashes[kind]
            self._ledger.note_held(self._destination, kind, {key: hashes[key] for key in keys})
            self.pushed.sent[kind] = self.pushed.sent.get(kind, 0) + len(keys)
            self.count(len(keys))

    def gone(self, kind: str, keys: list[str]) -> None:
        """After the answer: these are there no more."""
        if keys:
            self._ledger.note_gone(self._destination, kind, keys)
            self.pushed.removed[kind] = self.pushed.removed.get(kind, 0) + len(keys)
            self.count(len(keys))

    def refused(self, kind: str, key: str, refused: RefusedError, former: str = "") -> None:
        """Told at the end, once, as it was last; what is held of it is not certain, so the next push tries it again."""
        told = {"kind": kind, "key": key, "reason": "; ".join(filter(None, (str(refused), former)))}
        at = self._refused_at.setdefault((kind, key), len(self.pushed.refused))
        self.pushed.refused[at : at + 1] = [told]

    def count(self, number: int) -> None:
        self.done += number
        self._progress(self.done, self.total)


def demand_taken(left: int) -> None:
    """RemoteError where something is ``left`` that had to be taken from people first: what is given may open it."""
    if left:
        raise RemoteError(
            f"{counted(left, 'thing')} could not be taken back, so nothing is given to anybody",
            hint="Take away by hand what Glean refuses to, as told above; the next push tries it again.",
        )
