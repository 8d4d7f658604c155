"""How things stand, for whoever runs the archive: what ``connector status`` says, and what needs a decision.

A script asks for the same page again and puts what changed in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from starlette.routing import BaseRoute

from connector.archive.status import status
from connector.archive.writer import KEEPERS, holder_of
from connector.counting import counted, pace
from connector.errors import NotSetUpError
from connector.serve.demands import demand_administrator
from connector.serve.http import Asked, Refused
from connector.serve.pages.model_page import training_in
from connector.serve.pages.site import Page, Site
from connector.serve.service import RETRY, Service

SHOWN = 10  # of what is listed
_WORDS = {
    "indexed": "taken in", "failed": "not read", "missing": "gone", "replaced": "older versions",
    "duplicate": "left out", "rejected": "rejected", "forgotten": "forgotten",
    "accepted": "accepted", "held": "in doubt", "segment": "moments", "sample": "generated samples",
    "transcript": "recordings", "other": "documents of others",
}  # fmt: skip


class Need(NamedTuple):
    """Something that waits for a person: how it looks, what it is, and the page that it is decided on."""

    looks: str
    words: str
    link: str = ""
    more: tuple[str, ...] = ()


def routes(service: Service) -> list[BaseRoute]:
    site = Site(service)

    def page(asked: Asked) -> Page:
        demand_administrator(asked)
        try:
            told = status(service.settings)
        except NotSetUpError as error:
            raise Refused(503, error.message, {"retry-after": RETRY}) from error
        held_by = holder_of(service.settings)
        values = {
            "told": told,
            "held_by": held_by["command"] if held_by else "",
            "pid": held_by["pid"] if held_by else "",
            "needs": list(needs(told, kept=bool(held_by and held_by["command"] in KEEPERS))),
            "training": training_in(told),
            "words": _WORDS,
            "versions": [f"{one['by'] or 'a file that is gone'} replaces {one['path']}" for one in told["replaced"]],
            "twins": [f"{one['path']}: the same words as {one['of']}" for one in told["twins"]],
            "shown": SHOWN,
            "pace": pace,
        }
        return Page("status.html", values)

    return [site.route("/status", page)]


def needs(told: dict[str, Any], *, kept: bool) -> Iterator[Need]:
    """What of ``status`` waits for a person, what matters most first."""
    if not kept:
        yield Need("bad", "Nobody takes in new files: start connector run.")
    if problem := told["index"]["problem"]:
        yield Need("doubt", f"The index is {problem}" if problem.startswith("behind") else problem)
    if failed := told["push"]["failed"]:
        yield Need("bad", f"The push to Glean failed at {failed['at']}: {failed['reason']}")
    if told["training"].startswith("failed"):
        yield Need("bad", f"The training {told['training']}", "/model")
    if number := told["transcripts"].get("held", 0):
        yield Need("doubt", f"{counted(number, 'transcript')} in doubt: approve or reject", "/sources?state=held")
    if number := told["errors_total"]:
        yield Need("bad", f"{counted(number, 'file')} could not be read", "/sources?state=failed")
    if nothing := told["describing_nothing"]:
        words = f"{counted(len(nothing), 'description')} of files that are not there: a slip in a name?"
        yield Need("doubt", words, more=tuple(nothing[:SHOWN]))
    if (last := told["push"]["last"]) and last["refused"]:
        yield Need("doubt", f"Glean refused {counted(last['refused'], 'document')}: connector push says why")
    if number := told["without_link"]:
        words = f"{counted(number, 'transcript')} without a video link: results open here, where others may not get"
        yield Need("", words, "/sources?state=unlinked")
