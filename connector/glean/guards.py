"""Why a push is not done unless a person says that they mean it: what it would delete besides what was asked for."""

from __future__ import annotations

from connector.counting import counted
from connector.errors import BadInputError
from connector.glean.calls import RefusedError
from connector.glean.difference import Held
from connector.glean.plan import DOCUMENT, Plan
from connector.glean.remote import Remote

ASKED = 100  # documents that Glean is asked about at once


def demand(plan: Plan, remote: Remote, command: str) -> None:
    """BadInputError with the reasons, where there are any; ``command`` is what was called."""
    if told := [*reasons(plan), *asked_reasons(plan, remote)]:
        raise BadInputError(
            f"not pushed: {'; '.join(told)}",
            hint=f"Look at `{command} --dry-run`; where it is meant: {command} --yes-delete",
        )


def reasons(plan: Plan) -> list[str]:
    """In words, why a person is asked before this is done, as far as the plan tells."""
    empty = "there is no document to upload, and an empty upload would delete all that Glean holds"
    return [*plan.refusals, *([empty] if plan.full and not plan.wanted.documents.entries else [])]


def asked_reasons(plan: Plan, remote: Remote) -> list[str]:
    """What only the other side can tell of that; RemoteError where it does not."""
    if not plan.bulk:
        return []
    there = _documents_there(remote)
    others = _of_others(plan, remote, there)
    if others <= 0:
        return []
    return [
        f"Glean holds {counted(there, 'document')} of this datasource, {others:,} more than are of this archive: an"
        " upload of all deletes what others have put there"
    ]


def _documents_there(remote: Remote) -> int:
    """How many documents Glean says it was given; 0 where it says nothing, as of a datasource it does not know yet."""
    try:
        told = remote.status()
    except RefusedError:
        return 0
    uploaded = told.get("documents", {}).get("counts", {}).get("uploaded", [])
    return sum(entry.get("count", 0) for entry in uploaded)


def _of_others(plan: Plan, remote: Remote, there: int) -> int:
    """How many of the documents that are ``there`` are neither known to have been pushed by this archive nor in it.

    A ledger that was made anew has pushed nothing, but its documents have the ids they had: Glean is asked for them.
    """
    held: Held = plan.held[DOCUMENT]
    others = there - len(held)
    if others <= 0:
        return 0
    ours = [key for key in plan.wanted.documents.entries if key not in held]
    for start in range(0, len(ours), ASKED):
        try:
            others -= remote.uploaded(ours[start : start + ASKED])
        except RefusedError:  # it does not say: then they are somebody's
            break
        if others <= 0:
            return 0
    return others
