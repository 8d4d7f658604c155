"""Pages: the bodies of calls that take many things at once, bounded in number and in bytes, and in order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from connector.archive.rows import dump
from connector.glean import identity as payloads
from connector.identity import Identity

PAGE_THINGS = 1000
PAGE_BYTES = 5 << 20
ENDPOINT = "/api/index/v1/{}"
MEMBERSHIPS = "bulkindexmemberships"

Payload = dict[str, Any]


class Written(NamedTuple):
    """A file, and the call that takes it; None for what stays with whoever has the export. ``each``: "line" where each
    line is a body of its own.
    """

    file: Path
    endpoint: str | None
    each: str | None = None


def document_pages(lines: Path, folder: Path, call: str, head: Payload) -> list[Written]:
    """The documents in ``lines``, one a line in canonical JSON, as pages of ``call``: bulkindexdocuments, whose first
    and last are marked, or indexdocuments. Written as they are, never parsed again.
    """
    marked = call == "bulkindexdocuments"
    room = PAGE_BYTES - len(dump(_frame(head, marked, first=False, last=False)))
    with lines.open("rb") as stream:
        sizes = list(_page_sizes(stream, room))
    files = []
    with lines.open("rb") as stream:
        for number, size in enumerate(sizes):
            frame = _frame(head, marked, first=number == 0, last=number == len(sizes) - 1)
            begin, end = dump(frame).encode().split(b'"documents":[]')
            file = folder / f"{call}-{number + 1:05d}.json"
            with file.open("wb") as out:
                out.write(begin + b'"documents":[')
                for at in range(size):
                    out.write((b"," if at else b"") + next(stream).rstrip(b"\n"))
                out.write(b"]" + end)
            files.append(Written(file, ENDPOINT.format(call)))
    return files


def _frame(head: Payload, marked: bool, *, first: bool, last: bool) -> Payload:
    return head | {"documents": []} | ({"isFirstPage": first, "isLastPage": last} if marked else {})


def _page_sizes(lines: Iterable[bytes], room: int) -> Iterator[int]:
    """How many documents go on each page: at most 1,000, and no more bytes than fit."""
    count = used = 0
    for line in lines:
        size = len(line)  # the newline stands for the comma
        if count == PAGE_THINGS or (count and used + size > room):
            yield count
            count = used = 0
        count += 1
        used += size
    if count:
        yield count


class Upload(NamedTuple):
    """A bulk upload of people: ``key`` of a thing in its bodies; ``head`` is what each of them begins with."""

    call: str
    things_key: str
    head: Payload
    things: list[Payload]

    @property
    def key(self) -> tuple[str, str]:
        """What it replaces of a datasource: call, and the group for members."""
        return self.call, self.head.get("group", "")

    @property
    def ident(self) -> str:
        """Its uploadId, of what is in it."""
        return hashlib.sha256(dump([self.call, self.head, self.things]).encode()).hexdigest()[:32]

    def write(self, folder: Path, number: int) -> list[Written]:
        """Its pages, in files that count from ``number``."""
        batches = [self.things[begin : begin + PAGE_THINGS] for begin in range(0, len(self.things) or 1, PAGE_THINGS)]
        files = []
        for at, batch in enumerate(batches):
            body = self.head | {
                self.things_key: batch,
                "uploadId": self.ident,
                "isFirstPage": at == 0,
                "isLastPage": at == len(batches) - 1,
            }
            file = folder / f"{self.call}-{number + at:05d}.json"
            file.write_bytes(dump(body).encode())
            files.append(Written(file, ENDPOINT.format(self.call)))
        return files


def identity_uploads(identity: Identity, datasource: str) -> Iterator[Upload]:
    """Users, groups and memberships as their bulk calls take them, in the order in which they must go.

    Members are uploaded group by group, each upload with an id of its own, as ids follow from the content; of a group
    that nobody is in too, so that nobody stays in it. No users or no groups at all are no upload.
    """
    for kind in ("users", "groups"):
        if things := payloads.KINDS[kind](identity):
            yield Upload(f"bulkindex{kind}", kind, {"datasource": datasource}, things)
    members: dict[str, list[Payload]] = {name: [] for name in identity.group_names()}
    for one in payloads.memberships(identity):
        members[one["groupName"]].append({k: v for k, v in one.items() if k != "groupName"})
    for group, listed in members.items():
        yield Upload(MEMBERSHIPS, "memberships", {"datasource": datasource, "group": group}, listed)
