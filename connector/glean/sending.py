"""The documents of a push: one batch after another, or all as one upload; and in which of its two turns each goes.

What is refused is found by halving its batch. What may not go on its way any more, or as it is, is for ``closing``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from connector.counting import counted
from connector.errors import RemoteError
from connector.glean.account import Account, demand_taken
from connector.glean.bulk import HOPELESS, Refusals, UploadRefusedError
from connector.glean.calls import RefusedError
from connector.glean.closing import Closing
from connector.glean.plan import DOCUMENT, Plan
from connector.glean.remote import Remote
from connector.glean.spool import Entry, Payload, halves

BATCH, BATCH_BYTES = 100, 5 << 20  # documents of one indexdocuments: a sixth of what goes in a minute

Say = Callable[[str], None]


class Documents:
    """Of one push. ``bulk`` is ``upload``, with all that does not change within a push."""

    def __init__(
        self,
        plan: Plan,
        remote: Remote,
        account: Account,
        closing: Closing,
        bulk: Callable[..., Refusals],
        say: Say,
    ) -> None:
        self._plan = plan
        self._spool = plan.wanted.documents
        self._remote = remote
        self._account = account
        self._closing = closing
        self._bulk = bulk
        self._say = say
        self._uploads = plan.bulk  # whether all go at once; not where that was given up
        self._uploaded = False
        self._tried: set[str] = set()  # those whose turn it was
        self._in: set[str] = set()  # those that were taken as they are meant
        self._takes = False  # whether any was taken, if hidden

    def change(self) -> None:
        """What is there and is to be another becomes it: before anybody is let in."""
        at_once = self._plan.changes_at_once
        self._closing.hide(self._spool.entries if at_once else self._plan.changing)
        if not (at_once and self._upload()):
            self._singly(self._plan.changing)

    def add(self) -> None:
        """All else goes, and what was hidden is shown: as one upload where there was none yet, or where it is much."""
        due, hidden = self._due(), len(self._closing.hidden)
        self._closing.hide(())
        again = self._uploaded and len(due) > self._plan.bulk_above
        if again:
            self._account.total += len(self._spool.entries) - len(due)
        elif self._uploads and not self._uploaded:
            self._account.total -= hidden  # they went by themselves, which counts only with what is as it is meant
        if not (self._uploads and (again or not self._uploaded) and self._upload(due if again else ())):
            self._singly(due)

    # -- the two ways

    def _due(self) -> list[str]:
        """Those whose turn is still to come."""
        keys = dict.fromkeys((*self._plan.singly, *sorted(self._closing.hidden)))
        return [key for key in keys if key not in self._tried]

    def _upload(self, unsure: Iterable[str] = ()) -> bool:
        """All as one upload; False where too much of it was refused, and they go by themselves. ``unsure``: those that
        a former one hid, changed or not.
        """
        account, hidden, entries = self._account, self._closing.hidden, self._spool.entries
        begun = account.done

        def counted_page(documents: int) -> None:
            account.done = begun
            account.count(documents)

        sent = self._plan.differences[DOCUMENT].sent
        differing = hidden | {key for key in (*sent, *unsure) if key not in self._in}
        account.total += len(hidden)  # which go once more
        try:
            refused = self._bulk(differing, self._closing, on_page=counted_page)
        except UploadRefusedError as hopeless:
            self._say(f"{hopeless}; the upload is not finished, and documents go by themselves, 600 a minute")
            self._uploads, account.done = False, begun
            account.total += len(self._due()) - len(entries) - len(hidden)
            return False
        for key, reason in refused.items():
            there = key in self._plan.held[DOCUMENT]
            why = "what was pushed before is deleted: an upload replaces all there is"
            account.refused(DOCUMENT, key, reason, self._closing.delete(key, why) if there else "")
        without = self._closing.meanwhile.withheld | refused.keys() | hidden
        account.pushed.sent[DOCUMENT] = len(entries) - len(without)
        self._uploaded = self._takes = True
        self._tried |= entries.keys() - (hidden - refused.keys())
        self._taken([entry for key, entry in entries.items() if key not in without])
        self._demand_closed()
        return True

    def _singly(self, keys: Iterable[str]) -> None:
        """Those of ``keys`` whose turn it was not yet, in batches."""
        due = [key for key in keys if key not in self._tried]
        probe = self._probe(due)
        self._tried.update(key for key in due if key not in self._closing.hidden)
        for batch in self._spool.batches(due, BATCH, BATCH_BYTES):
            self._account.unsure(DOCUMENT, [entry.key for entry in batch])
            self._send(batch, probe)
        self._demand_closed()

    def _probe(self, due: Sequence[str]) -> Entry | None:
        """The document of ``due`` that tells whether any is taken. One that may have been refused before says nothing
        where others are there; None where it is no other.
        """
        unsure = frozenset(self._plan.differences[DOCUMENT].unsure)
        others = [key for key in due if key not in unsure]
        if not others and any(self._plan.held[DOCUMENT].values()):
            return None
        return self._spool.entries[(others or due)[-1]] if due else None

    def _send(self, batch: Sequence[Entry], probe: Entry | None) -> None:
        """A batch, or what it comes to: where it is refused, its halves, down to the documents it is refused for."""
        batch = [entry for entry in batch if entry.key not in self._in]
        if not batch:
            return
        try:
            self._index(batch)
        except RefusedError as refused:
            if len(batch) == 1:
                self._tried.add(batch[0].key)
                self._account.refused(DOCUMENT, batch[0].key, refused, self._closing.former(batch[0]))
                self._account.unsure(DOCUMENT, [batch[0].key])  # deleted it would count as new, as if never tried
                self._demand_hope(refused, probe)
                return
            for half in halves(batch):
                self._send(half, probe)

    def _index(self, batch: Sequence[Entry]) -> None:
        """Sends those that may still go when their turn comes, and at each try."""
        going: list[Entry] = []

        def documents() -> list[Payload]:
            going[:] = self._closing.meanwhile.may_go(batch)
            self._closing.offered(going)
            return [self._closing.read(entry) for entry in going]

        self._remote.index_documents(documents, len(batch))
        self._takes = self._takes or bool(going)
        taken = [entry for entry in going if entry.key not in self._closing.hidden]
        self._taken(taken)
        self._account.held(DOCUMENT, [entry.key for entry in taken])

    def _taken(self, entries: Sequence[Entry]) -> None:
        self._in.update(entry.key for entry in entries)
        self._closing.taken(entries)

    def _demand_closed(self) -> None:
        self._closing.withheld()
        demand_taken(len(self._closing.open))

    def _demand_hope(self, refused: RefusedError, probe: Entry | None) -> None:
        """Where the first documents were all refused, ``probe`` is tried: it may not be the documents."""
        refusals = sum(one["kind"] == DOCUMENT for one in self._account.pushed.refused)
        if refusals < HOPELESS or self._takes or probe is None:
            return
        self._account.unsure(DOCUMENT, [probe.key])
        try:
            self._index([probe])
        except RefusedError:
            raise RemoteError(f"every document is refused, the first {counted(refusals, 'time')}: {refused}") from None
