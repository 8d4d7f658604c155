"""What is there of documents and may not be seen as it is: shown to who may see it now, to nobody, or deleted.

Words that are there are never shown to people who did not see them: a document is for others only where all else of it
is as it is to be. Where it is not, because it was refused or kept back, nobody sees it until it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from connector.archive.ledger import Ledger
from connector.archive.rows import dump
from connector.glean.calls import RefusedError
from connector.glean.fingerprint import AUDIENCE, changed, differ_in_audience_alone, fingerprint, is_same
from connector.glean.meanwhile import Meanwhile
from connector.glean.plan import DOCUMENT, USER, Plan
from connector.glean.remote import Remote
from connector.glean.spool import Entry, Payload
from connector.permissions import OWNER_ONLY

NOBODY = {"permissions": OWNER_ONLY.payload()}


class Closing:
    """Of one push. ``open``: the documents that could neither be closed nor deleted; ``hidden``: those that go for
    nobody to see, since a document may not name users who are not there yet.
    """

    def __init__(self, plan: Plan, ledger: Ledger, remote: Remote, destination: str, meanwhile: Meanwhile) -> None:
        self._plan = plan
        self._ledger = ledger
        self._remote = remote
        self._destination = destination
        self.meanwhile = meanwhile
        self._there = dict(plan.held[DOCUMENT])  # what is or may be there, by key; None: not certain
        self._looked_at: set[str] = set()
        self.hidden: AbstractSet[str] = frozenset()
        self.open: list[str] = []

    def hide(self, keys: Iterable[str]) -> None:
        """Those of the documents ``keys`` that name somebody who is not there yet are hidden, and no others."""
        users = self._plan.differences[USER]
        strangers = {*users.new, *users.unsure}
        documents = self._plan.wanted.documents
        entries = [documents.entries[key] for key in keys] if strangers else []
        self.hidden = {one.key for one in entries if not strangers.isdisjoint(_named(documents.read(one)))}

    def read(self, entry: Entry) -> Payload:
        """The document as it goes."""
        document = self._plan.wanted.documents.read(entry)
        return document | NOBODY if entry.key in self.hidden else document

    def offered(self, entries: Iterable[Entry]) -> None:
        """These are about to be sent, and may be there whatever becomes of the answer."""
        self._there.update({entry.key: None for entry in entries})

    def taken(self, entries: Iterable[Entry]) -> None:
        """These are there as they are meant."""
        self._there.update({entry.key: entry.hash for entry in entries})

    def former(self, entry: Entry) -> str:
        """What becomes of the document that is there in the place of a refused one, in words: it stays as it is where
        nobody sees it who did not.
        """
        before = self._plan.held[DOCUMENT].get(entry.key, entry.hash)
        if before and is_same(before, entry.hash):  # or nothing is there
            return ""
        if before is None or self._plan.lets_in or AUDIENCE in changed(before, entry.hash):
            return self._close(before, entry.hash, self._plan.wanted.documents.read(entry))
        return "Glean still shows what was pushed before"

    def withheld(self) -> None:
        """What was kept back, since it was forgotten or is for others by now, goes; or is for these alone."""
        for key in sorted((self.meanwhile.withheld & self._there.keys()) - self._looked_at):
            self._looked_at.add(key)
            if now := self.meanwhile.now(key):
                line = dump(now).encode("utf-8", "surrogatepass")
                self._close(self._there[key], fingerprint(now, line), now)
            else:
                self.delete(key, "")

    def delete(self, key: str, why: str) -> str:
        """``why`` the document that is there goes, once it is gone; else what is still to be seen of it."""
        try:
            self._remote.delete_document(*key.split("/"))
        except RefusedError as refused:
            self.open.append(key)
            return f"Glean may still show what was pushed before, to who saw it then: it is not deleted ({refused})"
        self._ledger.note_gone(self._destination, DOCUMENT, [key])
        return why

    def _close(self, before: str | None, after: str, document: Payload) -> str:
        """What is there, of the fingerprint ``before``, is for whom ``document`` is for, whose fingerprint is
        ``after``, where the two differ in that alone; else, or where that is refused (it may name somebody who is not
        there), for nobody. What became of it in words.
        """
        ways = {"to nobody, until the next push": document | NOBODY}
        if before is not None and differ_in_audience_alone(before, after):
            ways = {"to the people who may see it now": document} | ways
        for whom, closed in ways.items():
            try:
                self._remote.update_permissions(closed)
            except RefusedError:
                continue
            return f"Glean may still show what was pushed before, {whom}"
        key = f"{document['objectType']}/{document['id']}"
        return self.delete(key, "what was pushed before is deleted, since other people may see it now")


def _named(document: Payload) -> set[str]:
    return {user["email"] for user in document["permissions"].get("allowedUsers", ()) if "email" in user}
