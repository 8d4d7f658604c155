"""The bulk upload: all documents on pages under one id, in place of all the datasource has.

What is not on its pages is deleted once the last is in. So the last page goes only after every other was acknowledged,
and an upload that cannot be finished is left unfinished: then nothing is deleted. What is known to go is deleted by
itself before, since the other side may pause the deletion of what is stale without saying so. Where something that is
on its pages may go no more, the upload is begun anew: an unfinished one shows nobody anything. A page that is refused
is halved down to the documents it is refused for, and the upload goes on without them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus

from connector.archive.ledger import Ledger
from connector.archive.ledger.pushed import UPLOAD
from connector.errors import RemoteError
from connector.glean.calls import RefusedError
from connector.glean.closing import Closing
from connector.glean.difference import shrinks_sharply
from connector.glean.plan import DOCUMENT
from connector.glean.remote import Remote
from connector.glean.spool import Entry, Payload, Spool, halves

PAGE, PAGE_BYTES = 1000, 5 << 20  # as the official SDK's
UPLOADS = 3  # how often an upload is begun at most
HOPELESS = 10  # documents refused one by one while none is taken: it is not the documents

Refusals = dict[str, RefusedError]  # by key of the document


class UploadRefusedError(Exception):
    """Too much is refused for an upload that replaces all there is."""


class _AnewError(Exception):
    """The upload has to be begun anew; says why."""


def upload(
    spool: Spool,
    ledger: Ledger,
    remote: Remote,
    destination: str,
    differing: Iterable[str],
    closing: Closing,
    *,
    delete: bool,
    restart: bool,
    on_page: Callable[[int], None],
) -> Refusals:
    """Uploads all of ``spool`` but what was kept back meanwhile, after which the ledger says that it is held there, but
    for what ``closing`` hides. Returns which documents were refused, each by itself; what is there in their place is
    stale.

    ``differing``: the keys of what is not held as it is; ``delete``: what is stale goes however much it is;
    ``restart``: an unfinished upload of somebody else is thrown away; ``on_page`` is told how many documents are in.
    Raises UploadRefusedError where all or more than a fifth are refused, with the upload left unfinished.
    """
    pages = list(spool.batches(spool.entries, PAGE, PAGE_BYTES))
    assert sum(map(len, pages)) == len(spool.entries) > 0
    why, refused = "", Refusals()
    for _ in range(UPLOADS):
        number, unfinished = ledger.begin_upload(destination)
        one = _Upload(spool, ledger, remote, destination, number, differing, closing, refused)
        left = [kept for page in pages if (kept := [entry for entry in page if entry.key not in refused])]
        try:
            _send(one, left, restart=restart or unfinished, delete=delete, on_page=on_page)
        except _AnewError as anew:
            why = str(anew)
            continue  # the next is one after an unfinished one
        one.finished()
        return refused
    raise RemoteError(f"the bulk upload was begun {UPLOADS} times and is not finished: {why}")


class _Upload:
    """One upload: its id, and where its pages come from and go."""

    def __init__(
        self,
        spool: Spool,
        ledger: Ledger,
        remote: Remote,
        destination: str,
        number: int,
        differing: Iterable[str],
        closing: Closing,
        refused: Refusals,
    ) -> None:
        self.ident = f"{spool.content[:24]}{number:08d}"
        self.spool = spool
        self.ledger = ledger
        self.remote = remote
        self.destination = destination
        self.number = number
        self.differing = frozenset(differing)
        self.closing = closing
        self.meanwhile = closing.meanwhile
        self.refused = refused
        self._sent: dict[str, Entry] = {}  # what is or may be on its pages there, by key

    def withdraw(self) -> None:
        """It has not begun: nothing of ours is unfinished there."""
        self.ledger.note_gone(self.destination, UPLOAD, [str(self.number)])

    def finished(self) -> None:
        """The last page was acknowledged: the other side holds what is in the spool, but for what was kept back,
        refused or hidden.
        """
        hashes, without = self.spool.hashes, self.meanwhile.withheld | self.refused.keys() | self.closing.hidden
        self.ledger.note_sent(self.destination, DOCUMENT, without)
        self.ledger.note_held(self.destination, DOCUMENT, {key: hashes[key] for key in self.differing - without})
        self.ledger.end_upload(self.destination, self.number, self.spool.content)

    def page(self, page: Sequence[Entry], *, first: bool, last: bool, restart: bool, delete: bool) -> None:
        """Notes what is not certain from now on, and sends the page."""
        unsure = [entry.key for entry in page if entry.key in self.differing]
        self.ledger.note_sent(self.destination, DOCUMENT, unsure)
        self.remote.bulk_page(
            self.ident, lambda: self._documents(page, last), first=first, last=last, restart=restart, delete=delete
        )

    def _documents(self, page: Sequence[Entry], last: bool) -> list[Payload]:
        """Those of the page that may still go. What is kept back counts as stale: too much of it ends the upload.

        _AnewError where something that was sent may go no more: looked for before the last page, which shows all of
        them, and at each further try of a page, whose first may have arrived.
        """
        sent = list(self._sent.values()) if last else [entry for entry in page if entry.key in self._sent]
        is_as_sent = len(self.meanwhile.may_go(sent)) == len(sent)
        going = self.meanwhile.may_go(page)
        every, withheld = len(self.spool.entries), len(self.meanwhile.withheld)
        if last and shrinks_sharply(every, every - withheld):
            raise RemoteError(
                f"the archive changed under way, {withheld:,} of {every:,} documents: the bulk upload is not finished",
                hint="Run `connector push` again: it pushes what the archive is now.",
            )
        if not is_as_sent:
            raise _AnewError("the archive changed under way, in what was sent already")
        self._sent |= {entry.key: entry for entry in going}
        return [self.closing.read(entry) for entry in going]

    def refuse(self, entry: Entry, refused: RefusedError, taken: Entry | None) -> None:
        """The document goes on no page; ``taken`` is one that is there. UploadRefusedError where it is not for what the
        documents are, or too many of them are refused.
        """
        self._sent.pop(entry.key, None)
        self.refused[entry.key] = refused
        number, every = len(self.refused), len(self.spool.entries)
        hopeless = entry is taken or (number >= HOPELESS and taken is None)
        if hopeless or shrinks_sharply(every, every - number):
            raise UploadRefusedError(f"{number:,} of {every:,} documents were refused, the last: {refused}")

    def is_anothers(self) -> bool:
        """Whether the other side says that an upload is under way there, and that it is not this one."""
        try:
            history = self.remote.status().get("documents", {}).get("bulkUploadHistory", [])
        except RefusedError:
            return False
        active = {one.get("uploadId") for one in history if one.get("status") == "ACTIVE"}
        return bool(active) and self.ident not in active


def _send(
    upload: _Upload, pages: Sequence[list[Entry]], *, restart: bool, delete: bool, on_page: Callable[[int], None]
) -> None:
    left = deque[Sequence[Entry]](pages)
    done, tried = len(upload.refused), False
    taken: Entry | None = None
    while left:
        page = left.popleft()
        first, last = taken is None, not left
        try:
            upload.page(page, first=first, last=last, restart=restart and first, delete=delete)
        except RefusedError as refused:
            clash = refused.status == HTTPStatus.CONFLICT and first and not restart
            if clash and (not (refused.begun or tried) or upload.is_anothers()):
                upload.withdraw()
                raise RemoteError(
                    f"another bulk upload into this datasource is under way: {refused}",
                    hint="Wait for it; where nobody does one any more: connector push --full --restart",
                ) from None
            if refused.status == HTTPStatus.CONFLICT or (last and refused.begun):
                raise _AnewError(f"the other side lost it: {refused}") from None
            tried = True  # a first page that was refused may have begun it
            if len(page) > 1:
                left.extendleft(reversed(halves(page)))
                continue
            upload.refuse(page[0], refused, taken)
            if taken and last:  # it has to end with something
                left.append([taken])
                done -= 1
        else:
            taken = page[-1]
        done += len(page)
        on_page(done)
