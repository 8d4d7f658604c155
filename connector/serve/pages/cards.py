"""What was found, as a page shows it: a card for each recording, with its moments and where each can be opened. Pure.

Whatever a document says is hostile: a link of it is one only where it is a web address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from markupsafe import Markup

from connector.archive.moments import moment_link
from connector.serve.pages.site import address
from connector.serve.results import snippet_text
from connector.transcripts.links import is_web_url
from connector.transcripts.timecode_text import clock_text
from indexer import Document
from indexer.request import Hit

MOST_SOURCES = 8  # of a sample, linked beside it


@dataclass(frozen=True)
class Link:
    """Where something opens: ``to`` an address of ours, or of the web at ``host``."""

    to: str
    host: str = ""


@dataclass(frozen=True)
class Moment:
    """A place in a recording, or the document itself where it is none. ``here`` opens our page, ``there`` the web's."""

    clock: str
    here: Link | None
    there: Link | None
    speaker: str
    snippet: Markup
    quality: str


@dataclass(frozen=True)
class Card:
    """A recording with its best moment first and ``left`` that are not shown; or a document of another datasource."""

    title: str
    moments: tuple[Moment, ...]
    left: int = 0
    all_of_it: Link | None = None
    recorded: date | None = None
    collection: str = ""
    kind: str = ""  # what it is, where it is no recording
    tags: tuple[str, ...] = ()
    held: bool = False
    language: str = ""
    titled: bool = False  # its title has all that is looked for, so that all its moments were found

    @property
    def found(self) -> int:
        """How many of its moments, shown or not."""
        return len(self.moments) + self.left

    @property
    def best(self) -> Moment:
        return self.moments[0]

    @property
    def link(self) -> Link | None:
        return self.best.here or self.best.there


@dataclass(frozen=True)
class Source:
    """A moment that a sample was prompted from."""

    title: str
    clock: str
    here: Link | None
    held: bool


@dataclass(frozen=True)
class SampleCard:
    """A text that the model wrote; of its ``sources`` those the asker may see."""

    title: str
    link: Link | None
    snippet: Markup
    sources: tuple[Source, ...]


def card(hit: Hit, public_url: str, query: str, whole: Document | None = None, *, titled: bool = False) -> Card:
    """``query``: the words that its page marks too, "" for none. ``whole``: its recording, which knows the language."""
    document = hit.document
    page = page_of(document)
    return Card(
        title=document.recording or "Untitled",
        moments=tuple(_moment(one, public_url, query) for one in (hit, *hit.more)),
        left=max(0, hit.moments - 1 - len(hit.more)),
        all_of_it=Link(address(page, q=query)) if page else None,
        recorded=document.recorded or document.updated,
        collection=document.collection or "",
        kind=_kind(document),
        tags=document.tags,
        held=document.held,
        language=(whole or document).language,
        titled=titled and bool(page),
    )


def sample_card(hit: Hit, seen: Mapping[str, Document], public_url: str) -> SampleCard:
    """``seen``: documents by id, as far as the asker may see them."""
    document = hit.document
    link = there(document, None, public_url) if document.scope else Link(f"/sample/{document.id}")
    return SampleCard(document.title, link, marked(hit), sources_of(document, seen)[:MOST_SOURCES])


def source_ids(document: Document) -> tuple[str, ...]:
    """The ids of the segments that a sample was prompted from."""
    listed = document.properties.get("sourceSegments")
    return tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else ()


def sources_of(document: Document, seen: Mapping[str, Document]) -> tuple[Source, ...]:
    found = (seen[ident] for ident in source_ids(document) if ident in seen)
    return tuple(
        Source(one.recording or "Untitled", _clock(one.start), here(one, one.start), one.held) for one in found
    )


def page_of(document: Document) -> str:
    """The path of the page of a document's recording, "" where there is none of ours."""
    return f"/transcript/{document.transcript_id}" if document.transcript_id and not document.scope else ""


def here(document: Document, at: float | None, query: str = "") -> Link | None:
    """The page of the recording, opened at this second, with the words of the ``query`` marked."""
    whole = page_of(document)
    return Link(address(whole, t=None if at is None else int(at), q=query)) if whole else None


def there(document: Document, at: float | None, public_url: str) -> Link | None:
    """The recording at its host, opened at this second; None where only our own page shows it, or its link is none."""
    own = not document.scope and document.url.startswith(f"{public_url}/")
    if own or not is_web_url(document.url):
        return None
    url = moment_link(document, at)
    return Link(url, (urlsplit(url).hostname or "").removeprefix("www."))


def marked(hit: Hit) -> Markup:
    """The snippet with what was found in ``<mark>``, everything else escaped."""
    text, ranges = snippet_text(hit)
    shown, at = Markup(), 0
    for start, end in ranges:
        shown += Markup("{}<mark>{}</mark>").format(text[at:start], text[start:end])
        at = end
    return shown + text[at:]


def _moment(hit: Hit, public_url: str, query: str) -> Moment:
    document = hit.document
    return Moment(
        _clock(hit.at), here(document, hit.at, query), there(document, hit.at, public_url), document.speaker or "",
        marked(hit), document.quality or "",
    )  # fmt: skip


def _clock(at: float | None) -> str:
    return "" if at is None else clock_text(at)


def _kind(document: Document) -> str:
    """What a document of another datasource is, in that one's words."""
    if document.kind != "other" and not document.scope:
        return ""
    told = (document.payload.get("objectType"), document.payload.get("datasource"))
    return " · ".join(one for one in told if isinstance(one, str) and one)
