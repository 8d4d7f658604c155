"""Documents that are there and that other people may see than should: shown to who may, to nobody, or deleted.

Done before anybody is let in, so that nobody is shown what neither the former state nor the new one shows them.
"""

from __future__ import annotations

from connector.archive.ledger import Ledger
from connector.glean.calls import RefusedError
from connector.glean.meanwhile import Meanwhile
from connector.glean.plan import DOCUMENT, USER, Plan
from connector.glean.remote import Remote
from connector.glean.spool import Entry, Payload
from connector.permissions import OWNER_ONLY

NOBODY = {"permissions": OWNER_ONLY.payload()}


class Closing:
    """Of one push. ``open``: the documents that could neither be closed nor deleted."""

    def __init__(self, plan: Plan, ledger: Ledger, remote: Remote, destination: str, meanwhile: Meanwhile) -> None:
        self._plan = plan
        self._ledger = ledger
        self._remote = remote
        self._destination = destination
        self._meanwhile = meanwhile
        self._may_be_there = set(plan.held[DOCUMENT])
        self._looked_at: set[str] = set()
        self.open: list[str] = []

    def offered(self, entries: list[Entry]) -> None:
        """These are about to be sent, and may be there whatever becomes of the answer."""
        self._may_be_there |= {entry.key for entry in entries}

    def hide(self) -> set[str]:
        """Shows nobody the documents that are to be for people who are not there yet, which a document may not name;
        returns their keys.
        """
        users = self._plan.differences[USER]
        strangers = {*users.new, *users.unsure}
        entries = [self._plan.wanted.documents.entries[key] for key in self._plan.closing if strangers]
        hidden = [
            one for one in map(self._plan.wanted.documents.read, entries) if not strangers.isdisjoint(_named(one))
        ]
        keys = [f"{one['objectType']}/{one['id']}" for one in hidden]
        self._ledger.note_sent(self._destination, DOCUMENT, keys)
        for key, document in zip(keys, hidden, strict=True):
            self._show(key, document | NOBODY)
        return set(keys)

    def former(self, entry: Entry) -> str:
        """What becomes of the document that is there in the place of a refused one, in words: who may not see it any
        more shall not, whatever becomes of its words.
        """
        if self._plan.has_another_audience(entry.key):
            return self._show(entry.key, self._plan.wanted.documents.read(entry))
        changed = entry.key in self._plan.differences[DOCUMENT].changed
        return "Glean still shows what was pushed before" if changed else ""

    def withheld(self) -> None:
        """What was kept back, since it was forgotten or is for others by now, goes; or is for these alone."""
        for key in sorted((self._meanwhile.withheld & self._may_be_there) - self._looked_at):
            self._looked_at.add(key)
            if now := self._meanwhile.now(key):
                self._show(key, now)
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

    def _show(self, key: str, document: Payload) -> str:
        """The document that is there is for whom ``document`` is for, or goes; what became of it in words."""
        try:
            self._remote.update_permissions(document)
        except RefusedError:
            return self.delete(key, "what was pushed before is deleted, since other people may see it now")
        return "Glean may still show what was pushed before, to the people who may see it now"


def _named(document: Payload) -> set[str]:
    return {user["email"] for user in document["permissions"].get("allowedUsers", ()) if "email" in user}
