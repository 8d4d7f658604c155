"""Carries out a plan: what is taken from people first, then what is given. Whatever stops it, the next push goes on.

What is to go is deleted, but for groups; then documents go that other people may see than before; then users, and who
is in which group; then all other documents, and groups that are to go. So at no moment, and wherever a push ends, is
anybody shown a document that neither the former state nor the new one shows them.

Before a request the ledger notes that what it is about is not certain, after the answer what is held. So a process that
is killed at any point leaves nothing that the ledger takes for held and is not, and what is sent again changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.archive.groups import Progress, nothing
from connector.archive.ledger import Ledger
from connector.counting import counted
from connector.errors import RemoteError
from connector.glean.bulk import HOPELESS, UploadRefusedError, upload
from connector.glean.calls import RefusedError
from connector.glean.closing import Closing
from connector.glean.guards import demand
from connector.glean.meanwhile import Leaving, Meanwhile
from connector.glean.plan import DATASOURCE, DOCUMENT, GROUP, MEMBERSHIP, USER, Plan
from connector.glean.remote import Remote
from connector.glean.spool import Entry, Payload, halves

BATCH, BATCH_BYTES = 100, 5 << 20  # documents of one indexdocuments: a sixth of what goes in a minute
NOTED = 50  # things the ledger notes at once

Say = Callable[[str], None]


@dataclass
class Pushed:
    """What a push came to: things by kind, what was refused with the reason, and how many documents were kept back."""

    sent: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    refused: list[dict[str, str]] = field(default_factory=list)
    withheld: int = 0


def carry_out(
    plan: Plan,
    ledger: Ledger,
    remote: Remote,
    *,
    destination: str,
    leaving: Leaving = lambda _: (),
    command: str = "connector push",
    yes_delete: bool = False,
    restart: bool = False,
    progress: Progress = nothing,
    say: Say = lambda _: None,
) -> Pushed:
    """Makes the other side hold what is wanted; returns what was done, and what it refused.

    ``leaving`` gives a group's documents that leave as things stand then: what changed under way goes not.
    Raises BadInputError, before anything is sent, where a person has to say that so much is to be deleted; RemoteError
    where the other side fails for longer than a while, is not to be talked to, or another upload is under way there.
    """
    if not yes_delete:
        demand(plan, remote, command)
    push = _Push(plan, ledger, remote, destination, Meanwhile(ledger, plan.wanted.generation, leaving), progress)
    try:
        push.datasource()
        push.take_back()
        push.give(GROUP)
        # An upload closes too, and sooner where much is to be closed.
        uploaded = plan.closes_at_once and push.bulk(say, delete=yes_delete, restart=restart)
        if not uploaded:
            push.close()
        push.give(USER)
        push.give(MEMBERSHIP)
        if not uploaded and plan.bulk and not plan.closes_at_once:
            uploaded = push.bulk(say, delete=yes_delete, restart=restart)
        if not uploaded:
            push.documents(plan.singly)
        push.remove(GROUP)
    except RemoteError as error:
        refused = "".join(f"\n{one['kind']} {one['key']} was refused: {one['reason']}" for one in push.pushed.refused)
        told = f"{error.message}\n{push.done:,} of {plan.total:,} were sent; what was not goes with the next push"
        raise RemoteError(
            told + refused, hint=error.hint or f"Run `{command}` again: it goes on where it stopped."
        ) from None
    push.pushed.withheld = len(push.meanwhile.withheld)
    return push.pushed


class _Push:
    """One push under way."""

    def __init__(
        self, plan: Plan, ledger: Ledger, remote: Remote, destination: str, meanwhile: Meanwhile, progress: Progress
    ) -> None:
        self._plan = plan
        self._wanted = plan.wanted
        self._ledger = ledger
        self._remote = remote
        self._destination = destination
        self.meanwhile = meanwhile
        self._progress = progress
        self._hashes = {DOCUMENT: plan.wanted.documents.hashes}
        self._closing = Closing(plan, ledger, remote, destination, meanwhile)
        self._tried: set[str] = set()  # documents whose turn it was
        self._in: set[str] = set()  # documents that were taken
        self.done = 0
        self.pushed = Pushed()

    # -- the parts, in their order

    def datasource(self) -> None:
        """Its configuration; nothing else makes sense where that is refused."""
        for key in self._plan.sends(DATASOURCE):
            self._ledger.note_sent(self._destination, DATASOURCE, [key])
            try:
                self._remote.add_datasource(self._wanted.things[DATASOURCE][key])
            except RefusedError as refused:
                raise RemoteError(
                    f"the configuration of the datasource `{key}` was refused: {refused}",
                    hint="Nothing was sent. Look at `glean` in config.yaml: a name that somebody else has"
                    " (glean.datasource), or another value that Glean does not take, is refused again as it is.",
                ) from None
            self._held(DATASOURCE, [key])

    def take_back(self) -> None:
        """Who is to be in a group no more, who is no user, what is gone; RemoteError where any of it stays."""
        for kind in (MEMBERSHIP, USER, DOCUMENT):
            self.remove(kind)
        self._demand_taken(len(self.pushed.refused))

    def give(self, kind: str) -> None:
        """Users, groups or memberships that are there from now on."""
        send = {
            USER: self._remote.index_user,
            GROUP: self._remote.index_group,
            MEMBERSHIP: self._remote.index_membership,
        }[kind]
        payloads = self._wanted.things[kind]
        self._one_by_one(kind, self._plan.sends(kind), lambda key: send(payloads[key]), self._held)

    def close(self) -> None:
        """The documents that other people may see than before: what they are now, or nothing until those are there."""
        hidden = self._closing.hide()
        self._demand_taken(len(self._closing.open))
        self.documents([key for key in self._plan.closing if key not in hidden])

    def bulk(self, say: Say, *, delete: bool, restart: bool) -> bool:
        """All documents as one upload; False where too much of it was refused, and they go by themselves."""
        begun = self.done

        def counted_page(documents: int) -> None:
            self.done = begun
            self._count(documents)

        differing = [key for key in self._plan.differences[DOCUMENT].sent if key not in self._in]
        try:
            refused = upload(
                self._wanted.documents, self._ledger, self._remote, self._destination, differing, self.meanwhile,
                delete=delete, restart=restart, on_page=counted_page,
            )  # fmt: skip
        except UploadRefusedError as hopeless:
            say(f"{hopeless}; the upload is not finished, and documents go by themselves, 600 a minute")
            self.done = begun
            return False
        for key, reason in refused.items():
            there = key in self._plan.held[DOCUMENT]
            why = "what was pushed before is deleted: an upload replaces all there is"
            self._refused(DOCUMENT, key, reason, self._closing.delete(key, why) if there else "")
        without = self.meanwhile.withheld | refused.keys()
        self.pushed.sent[DOCUMENT] = len(self._wanted.documents.entries) - len(without)
        self._closing.withheld()
        self._demand_taken(len(self._closing.open))
        return True

    def documents(self, keys: Iterable[str]) -> None:
        """Those of ``keys`` whose turn it was not yet, in batches."""
        due = [key for key in keys if key not in self._tried]
        self._tried.update(due)
        for batch in self._wanted.documents.batches(due, BATCH, BATCH_BYTES):
            self._ledger.note_sent(self._destination, DOCUMENT, [entry.key for entry in batch])
            self._send(batch, batch[-1])
        self._closing.withheld()
        self._demand_taken(len(self._closing.open))

    def remove(self, kind: str) -> None:
        """What is to go of these, each acknowledged: a bulk upload may pause its deletions and does not say so."""
        delete: dict[str, Callable[[str], None]] = {
            DOCUMENT: lambda key: self._remote.delete_document(*key.split("/")),
            MEMBERSHIP: lambda key: self._remote.delete_membership(membership_of(key)),
            GROUP: self._remote.delete_group,
            USER: self._remote.delete_user,
        }
        self._one_by_one(kind, self._plan.differences[kind].removed, delete[kind], self._gone)

    # -- how

    def _send(self, batch: Sequence[Entry], last: Entry) -> None:
        """A batch, or what it comes to: where it is refused, its halves, down to the documents it is refused for."""
        batch = [entry for entry in batch if entry.key not in self._in]
        if not batch:
            return
        try:
            self._index(batch)
        except RefusedError as refused:
            if len(batch) == 1:
                self._refused(DOCUMENT, batch[0].key, refused, self._closing.former(batch[0]))
                self._demand_hope(refused, last)
                return
            for half in halves(batch):
                self._send(half, last)

    def _index(self, batch: Sequence[Entry]) -> None:
        """Sends those that may still go when their turn comes, and at each try."""
        going: list[Entry] = []

        def documents() -> list[Payload]:
            going[:] = self.meanwhile.may_go(batch)
            self._closing.offered(going)
            return [self._wanted.documents.read(entry) for entry in going]

        self._remote.index_documents(documents, len(batch))
        self._in.update(entry.key for entry in going)
        self._held(DOCUMENT, [entry.key for entry in going])

    def _one_by_one(
        self, kind: str, keys: Sequence[str], send: Callable[[str], None], note: Callable[[str, list[str]], None]
    ) -> None:
        for chunk in _chunks(keys, NOTED):
            self._ledger.note_sent(self._destination, kind, chunk)
            acknowledged: list[str] = []
            try:
                for key in chunk:
                    try:
                        send(key)
                    except RefusedError as refused:
                        self._refused(kind, key, refused)
                    else:
                        acknowledged.append(key)
            finally:
                note(kind, acknowledged)

    def _held(self, kind: str, keys: list[str]) -> None:
        if not keys:
            return
        hashes = self._hashes.setdefault(kind, self._wanted.hashes(kind))
        self._ledger.note_held(self._destination, kind, {key: hashes[key] for key in keys})
        self.pushed.sent[kind] = self.pushed.sent.get(kind, 0) + len(keys)
        self._count(len(keys))

    def _gone(self, kind: str, keys: list[str]) -> None:
        if not keys:
            return
        self._ledger.note_gone(self._destination, kind, keys)
        self.pushed.removed[kind] = self.pushed.removed.get(kind, 0) + len(keys)
        self._count(len(keys))

    def _refused(self, kind: str, key: str, refused: RefusedError, former: str = "") -> None:
        """Told at the end; what is held of it is not certain, so that the next push tries it again."""
        self.pushed.refused.append(
            {"kind": kind, "key": key, "reason": "; ".join(filter(None, (str(refused), former)))}
        )

    def _demand_taken(self, left: int) -> None:
        """RemoteError where something is ``left`` that had to be taken from people first: what is given may open it."""
        if left:
            raise RemoteError(
                f"{counted(left, 'thing')} could not be taken back, so nothing is given to anybody",
                hint="Take away by hand what Glean refuses to, as told above; the next push tries it again.",
            )

    def _demand_hope(self, refused: RefusedError, last: Entry) -> None:
        """Where the first documents were all refused, the last of their batch is tried: it may not be the documents."""
        refusals = sum(one["kind"] == DOCUMENT for one in self.pushed.refused)
        if refusals != HOPELESS or self.pushed.sent.get(DOCUMENT):
            return
        try:
            self._index([last])
        except RefusedError:
            raise RemoteError(f"every document is refused, the first {counted(HOPELESS, 'time')}: {refused}") from None

    def _count(self, number: int) -> None:
        self.done += number
        self._progress(self.done, self._plan.total)


def _chunks(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


def membership_of(key: str) -> dict[str, Any]:
    """The payload of a membership, which is its own key."""
    return dict(json.loads(key))
