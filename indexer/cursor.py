"""How far somebody has paged, as one opaque word: no hit is repeated and none skipped while documents arrive.

New documents change every score (a word grows less rare), so "after the last score" would repeat some hits and skip
others. What is kept instead is which hits were shown; the next page is the best of the rest. Pure.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import TypeVar

MOST = 1_000  # hits that are known again, the last ones shown: 8 kB of token
_SIZE = 6  # bytes a hit
_COUNT = 4  # bytes of how many
T = TypeVar("T")


@dataclass(frozen=True)
class Seen:
    """How many hits were shown, and the marks of the last ``MOST`` of them.

    Of those before these it is only known how many: they are the first there are, unless documents came meanwhile.
    """

    count: int = 0
    marks: tuple[bytes, ...] = ()

    @classmethod
    def read(cls, token: str, search: str) -> Seen:
        """What ``token`` says, "" for nothing seen; ValueError where it is none, or of another than ``search``."""
        if not token:
            return cls()
        try:
            told = base64.urlsafe_b64decode(token.encode("ascii"))
        except (UnicodeEncodeError, binascii.Error):
            told = b""
        head, body = told[: _SIZE + _COUNT], told[_SIZE + _COUNT :]
        if len(head) < _SIZE + _COUNT or len(body) % _SIZE:
            raise ValueError("this is no token of a page: pass on what `next` said, as it is")
        if head[:_SIZE] != _mark(search):
            raise ValueError("this token is of another search: `next` goes on with the same words and filters")
        marks = tuple(body[at : at + _SIZE] for at in range(0, len(body), _SIZE))
        return cls(max(int.from_bytes(head[_SIZE:], "big"), len(marks)), marks)

    def token(self, search: str) -> str:
        """The word that says all this; ``search`` names what was searched."""
        count = min(self.count, (1 << 8 * _COUNT) - 1).to_bytes(_COUNT, "big")
        return base64.urlsafe_b64encode(_mark(search) + count + b"".join(self.marks)).decode()

    def rest(self, ordered: Iterable[T], ident: Callable[[T], str]) -> Iterator[T]:
        """Of hits in order those that were not shown yet; ``ident`` says what each is known by."""
        known = frozenset(self.marks)
        left = (hit for hit in ordered if not known or _mark(ident(hit)) not in known)
        return islice(left, self.count - len(self.marks), None)

    def with_page(self, skipped: int, idents: Sequence[str]) -> Seen:
        """What is seen once the hits ``idents`` are shown too, after ``skipped`` ones that were passed over."""
        marks = (*(() if skipped else self.marks), *map(_mark, idents[-MOST:]))
        return Seen(self.count + skipped + len(idents), marks[-MOST:])


def _mark(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_SIZE).digest()
