"""Carries out a plan, so that nobody is shown what is not for them. Whatever stops it, the next push goes on.

1. What is to go is taken: memberships, users, documents. Where any of it stays, nothing is given.
2. Documents that are there and are to be others become these; where nobody is let in, they wait for 4.
3. Users are given, and who is in which group: whoever is let in meets only what is as it is to be.
4. Documents that were not there come, and groups go that are to go.

So at no moment, and wherever a push ends, is anybody shown a document, or words of one, that neither the former state
nor the new one shows them. A document of 2 that names a user of 3 goes there hidden from everybody, and in 4 as it is;
one that is refused, or kept back since the archive changed under way, is shown to nobody who did not see it.

Before a request the ledger notes that what it is about is not certain, after the answer what is held. So a process that
is killed at any point leaves nothing that the ledger takes for held and is not, and what is sent again changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any

from connector.archive.groups import Progress, nothing
from connector.archive.ledger import Ledger
from connector.errors import RemoteError
from connector.glean.account import Account, Pushed, demand_taken
from connector.glean.bulk import upload
from connector.glean.calls import RefusedError
from connector.glean.closing import Closing
from connector.glean.guards import demand
from connector.glean.meanwhile import Leaving, Meanwhile
from connector.glean.plan import DATASOURCE, DOCUMENT, GROUP, MEMBERSHIP, USER, Plan
from connector.glean.remote import Remote
from connector.glean.sending import Documents, Say

NOTED = 50  # things the ledger notes at once

People = Callable[[], Mapping[str, AbstractSet[str]]]  # the keys of users and memberships as things stand now, by kind


def carry_out(
    plan: Plan,
    ledger: Ledger,
    remote: Remote,
    *,
    destination: str,
    leaving: Leaving = lambda _: (),
    people: People = dict,
    command: str = "connector push",
    yes_delete: bool = False,
    restart: bool = False,
    progress: Progress = nothing,
    say: Say = lambda _: None,
) -> Pushed:
    """Makes the other side hold what is wanted; returns what was done, and what it refused.

    ``leaving`` gives a group's documents that leave as things stand then, ``people`` who is there then, of the kinds it
    tells of: what changed under way goes not, and who is gone is not let in.
    Raises BadInputError, before anything is sent, where a person has to say that so much is to be deleted; RemoteError
    where the other side fails for longer than a while, is not to be talked to, or another upload is under way there;
    and what ``people`` raises.
    """
    if not yes_delete:
        demand(plan, remote, command)
    meanwhile = Meanwhile(ledger, plan.wanted.generation, leaving)
    account = Account(plan.wanted, ledger, destination, plan.total, progress)
    closing = Closing(plan, ledger, remote, destination, meanwhile)
    bulk = partial(upload, plan.wanted.documents, ledger, remote, destination, delete=yes_delete, restart=restart)
    documents = Documents(plan, remote, account, closing, bulk, say)
    others = _Others(plan, remote, account, people)
    try:
        others.datasource()
        for kind in (MEMBERSHIP, USER, DOCUMENT):
            others.remove(kind)
        demand_taken(len(account.pushed.refused))
        others.give(GROUP)
        documents.change()
        others.give(USER)
        others.give(MEMBERSHIP)
        documents.add()
        others.remove(GROUP)
    except RemoteError as error:
        refused = "".join(
            f"\n{one['kind']} {one['key']} was refused: {one['reason']}" for one in account.pushed.refused
        )
        told = f"{error.message}\n{account.done:,} of {account.total:,} were sent; what was not goes with the next push"
        raise RemoteError(
            told + refused, hint=error.hint or f"Run `{command}` again: it goes on where it stopped."
        ) from None
    account.pushed.withheld += len(meanwhile.withheld)
    return account.pushed


class _Others:
    """All of a push that goes one by one: what is no document, and documents that are to go."""

    def __init__(self, plan: Plan, remote: Remote, account: Account, people: People) -> None:
        self._plan = plan
        self._remote = remote
        self._account = account
        self._people = people

    def datasource(self) -> None:
        """Its configuration; nothing else makes sense where that is refused."""
        for key in self._plan.sends(DATASOURCE):
            self._account.unsure(DATASOURCE, [key])
            try:
                self._remote.add_datasource(self._plan.wanted.things[DATASOURCE][key])
            except RefusedError as refused:
                raise RemoteError(
                    f"the configuration of the datasource `{key}` was refused: {refused}",
                    hint="Nothing was sent. Look at `glean` in config.yaml: a name that somebody else has"
                    " (glean.datasource), or another value that Glean does not take, is refused again as it is.",
                ) from None
            self._account.held(DATASOURCE, [key])

    def give(self, kind: str) -> None:
        """Users, groups or memberships that are there from now on, but for people who are gone as things stand now."""
        send = {
            USER: self._remote.index_user,
            GROUP: self._remote.index_group,
            MEMBERSHIP: self._remote.index_membership,
        }[kind]
        payloads = self._plan.wanted.things[kind]
        if keys := self._plan.sends(kind):
            there = payloads.keys() if kind == GROUP else self._people().get(kind, payloads.keys())
            still = [key for key in keys if key in there]
            self._account.pushed.withheld += len(keys) - len(still)
            self._account.total -= len(keys) - len(still)
            self._one_by_one(kind, still, lambda key: send(payloads[key]), self._account.held)

    def remove(self, kind: str) -> None:
        """What is to go of these, each acknowledged: a bulk upload may pause its deletions and does not say so."""
        delete: dict[str, Callable[[str], None]] = {
            DOCUMENT: lambda key: self._remote.delete_document(*key.split("/")),
            MEMBERSHIP: lambda key: self._remote.delete_membership(membership_of(key)),
            GROUP: self._remote.delete_group,
            USER: self._remote.delete_user,
        }
        self._one_by_one(kind, self._plan.differences[kind].removed, delete[kind], self._account.gone)

    def _one_by_one(
        self, kind: str, keys: Sequence[str], send: Callable[[str], None], note: Callable[[str, list[str]], None]
    ) -> None:
        for chunk in _chunks(keys, NOTED):
            self._account.unsure(kind, chunk)
            acknowledged: list[str] = []
            try:
                for key in chunk:
                    try:
                        send(key)
                    except RefusedError as refused:
                        self._account.refused(kind, key, refused)
                    else:
                        acknowledged.append(key)
            finally:
                note(kind, acknowledged)


def _chunks(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


def membership_of(key: str) -> dict[str, Any]:
    """The payload of a membership, which is its own key."""
    return dict(json.loads(key))
