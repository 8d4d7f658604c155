"""A recording's page: its player, what is said beside it, search inside, and the files it can be had as."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute

from connector.archive.file_keys import file_of
from connector.archive.rows import TranscriptRow
from connector.config import Settings
from connector.permissions import may_see
from connector.serve.http import LONGEST_QUERY, Asked, Refused
from connector.serve.pages.find import cards, looked_for
from connector.serve.pages.finding import by_title
from connector.serve.pages.paragraphs import Paragraph, Paragraphs, Parts, Place, cues_of, excerpt, place_at
from connector.serve.pages.site import Page, Site
from connector.serve.service import Service
from connector.transcripts.jargon import Glossary
from connector.transcripts.links import moment_url
from connector.transcripts.media import PLAYABLE
from connector.transcripts.players import is_audio, media_file, playable, player_of
from connector.transcripts.timecode_text import clock_seconds
from connector.transcripts.transcript import Cue
from connector.transcripts.writing import KINDS
from indexer.access import Asker
from indexer.lookup import by_id
from indexer.occurrences import Occurrence, Occurrences, occurrences
from indexer.request import SearchRequest
from indexer.similar import similar, spread

UNKNOWN = "there is no such recording, or it may not be seen by you"
MOST_TIMES = 200  # lines shown in which words are said
LIKE = 10  # recordings shown that are like one


@dataclass(frozen=True)
class _Found:
    """A recording that the asker may see."""

    row: TranscriptRow
    glossary: Glossary
    media: Path | None
    files: list[str]

    @property
    def title(self) -> str:
        return self.row.metadata.title or "Untitled"


def routes(service: Service) -> list[BaseRoute]:
    site, settings = Site(service), service.settings
    all_paragraphs = Paragraphs(settings)

    def found(asked: Asked) -> _Found:
        with service.ledger() as ledger:
            row = ledger.transcript(asked.path["id"])
            if row is None or not _seen_by(asked.asker, row, settings):
                raise Refused(404, UNKNOWN)
            media = local_media(settings, ledger.media(row.id))
            return _Found(row, ledger.glossary(), media, ledger.files_of(row.id))

    def page(asked: Asked) -> Page:
        one = found(asked)
        said, query = "said" in asked.query, asked.query.get("q", "").strip()[:LONGEST_QUERY]
        shown = all_paragraphs.as_said(one.row) if said else all_paragraphs.cleaned(one.row, one.glossary)
        at = moment(asked.query.get("t", ""))
        inside = _occurrences(service, one, query, asked.asker) if query else None
        times, more_times = _times(inside)
        player = _player(one, at or 0.0)
        values = {
            "recording": one.row,
            "title": one.title,
            "facts": _facts(one.row, shown),
            "shown": shown,
            "here": place_at(shown, at),
            "at": at,
            "marks": _marks(inside, shown),
            "inside": inside,
            "inside_query": query,
            "titled": by_title(looked_for(service, query), one.title) if inside else False,
            "times": times,
            "more_times": more_times,
            "said": said,
            "kinds": KINDS,
            "player": player,
            "video": _video(one.row, at or 0.0),
            "media": one.media,
            "owner": asked.administrator and asked.asker is None,
            "files": one.files,
            "describable": next((file for file in one.files if not Path(file).is_absolute()), None),
        }
        return Page(
            "recording.html",
            values,
            frames=(player["origin"],) if player and player["kind"] == "frame" else (),
            media=(player["origin"],) if player and player["origin"] and player["kind"] != "frame" else (),
        )

    def media(asked: Asked) -> Response:
        one = found(asked)
        if one.media is None:
            raise Refused(404, "no video or audio file lies beside this recording's transcript")
        headers = {
            "content-disposition": disposition("inline", one.title + one.media.suffix),
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'; sandbox",
            "cache-control": "private, no-cache",
        }
        return FileResponse(one.media, headers=headers, media_type=PLAYABLE[one.media.suffix.lower()])

    def download(asked: Asked) -> Response:
        one, name = found(asked), asked.path["kind"].lower()
        if (kind := KINDS.get(name)) is None:
            raise Refused(404, f"there is no download of that kind: {', '.join(KINDS)}")
        said = "said" in asked.query
        if name == "txt":  # for people: a paragraph a line
            shown = all_paragraphs.as_said(one.row) if said else all_paragraphs.cleaned(one.row, one.glossary)
            cues = [Cue(each.start, each.end, each.speaker, each.text) for each in shown]
        else:
            cues = cues_of(one.row, settings, one.glossary, said=said)
        text = kind.write(cues, one.title, one.row.metadata.language)
        headers = {
            "content-disposition": disposition("attachment", f"{one.title}.{name}"),
            "x-content-type-options": "nosniff",
            "cache-control": "private, no-store",
        }
        return Response(text.encode("utf-8", "replace"), 200, headers, f"{kind.media_type}; charset=utf-8")

    def like(asked: Asked) -> Page:
        one, at = found(asked), moment(asked.query.get("t", ""))
        shown = all_paragraphs.cleaned(one.row, one.glossary)
        here = place_at(shown, at)
        near = [each.ident for each in (spread(shown) if here is None else shown[here : here + 1])]
        index = service.index(asked.asker)
        documents = list(by_id(index, near, asked.asker).values())
        request = SearchRequest(f"like {one.row.id}", limit=LIKE, group=True, asker=asked.asker, facets=False)
        told = similar(index, documents, request, apart=one.row.id)
        found_like = cards(service, told.result.hits, "", asked.asker)
        values = {
            "recording": one.row,
            "title": one.title,
            "language": _language(one.row),
            "at": at,
            "words": list(told.words),
            "cards": found_like,
        }
        return Page("similar.html", values)

    return [
        site.route("/transcript/{id}", page),
        site.route("/transcript/{id}/media", media),
        site.route("/transcript/{id}/similar", like),
        site.route("/transcript/{id}/download.{kind}", download),
    ]


def moment(text: str) -> float | None:
    """The seconds that ``t`` of an address means: ``754``, ``754s``, ``12:34``; None where it means none."""
    text = text.strip().lower()
    if re.fullmatch(r"\d{1,7}(?:\.\d{1,6})?s?", text):
        return float(text.rstrip("s"))
    return clock_seconds(text)


def disposition(kind: str, name: str) -> str:
    """Content-Disposition (``inline``, ``attachment``) for a file to be kept under ``name`` (RFC 6266, RFC 8187), as
    any file system takes it.
    """
    safe = "".join(" " if not c.isprintable() or c in '/\\:*?"<>|' else c for c in name)
    stem, dot, suffix = " ".join(safe.split()).rpartition(".")
    stem = stem.strip(". ").encode("utf-8", "replace")[:150].decode("utf-8", "ignore") or "transcript"
    plain = stem.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    return f"{kind}; filename=\"{plain}{dot}{suffix}\"; filename*=UTF-8''{quote(stem + dot + suffix, safe='')}"


def local_media(settings: Settings, key: str | None) -> Path | None:
    """The file that the ledger knows as a recording, where it is there, is media, and lies in the inbox."""
    if key is None:
        return None
    file = file_of(settings.inbox, key)
    try:
        real = file.resolve()
        there = real.is_relative_to(settings.inbox.resolve()) and real.is_file()
    except (OSError, RuntimeError, ValueError):  # a link to itself; a name that is none
        return None
    return real if there and real.suffix.lower() in PLAYABLE else None


def _seen_by(asker: Asker | None, row: TranscriptRow, settings: Settings) -> bool:
    return may_see(asker, (row.metadata.permissions or settings.permissions).payload())


def _player(one: _Found, at: float) -> dict[str, Any] | None:
    """How the page plays it: a file beside the transcript first, which nobody else is asked for."""
    row, url = one.row, one.row.metadata.url
    if one.media and playable(one.media.name):
        address = f"/transcript/{row.id}/media"
        kind = "audio" if is_audio(one.media.name) else "video"
        return {"kind": kind, "address": f"{address}#t={int(at)}", "origin": "", "speaks": "itself", "pattern": ""}
    if url and (player := player_of(url)):
        return {
            "kind": "frame", "address": player.at(at), "origin": player.origin, "speaks": player.speaks,
            "pattern": player.pattern, "name": player.name,
        }  # fmt: skip
    if url and (file := media_file(url)):
        kind = "audio" if file.audio else "video"
        shown = f"{file.address}#t={int(at)}"
        return {"kind": kind, "address": shown, "origin": file.origin, "speaks": "itself", "pattern": ""}
    return None


_FAR = 987_654_321  # seconds: no recording is so long, and no address holds it by chance


def _video(row: TranscriptRow, at: float) -> dict[str, str] | None:
    """The video's own link to the moment, and with ``{}`` for the seconds; "" where its host counts otherwise."""
    if not (url := row.metadata.url):
        return None
    far = moment_url(url, _FAR)
    return {"address": moment_url(url, at), "pattern": far.replace(str(_FAR), "{}") if str(_FAR) in far else ""}


def _facts(row: TranscriptRow, shown: tuple[Paragraph, ...]) -> dict[str, Any]:
    metadata = row.metadata
    return {
        "recorded": metadata.recorded,
        "seconds": max((each.end for each in shown), default=0.0),
        "speakers": list(dict.fromkeys(each.speaker for each in shown if each.speaker)),
        "collection": metadata.collection,
        "tags": metadata.tags,
        "author": metadata.author,
        "language": _language(row),
        "quality": row.judgement.get("grade"),
        "held": row.verdict == "held",
        "reasons": row.judgement.get("reasons", []),
        "format": row.format,
    }


def _language(row: TranscriptRow) -> str | None:
    """As it is declared, or recognised."""
    return row.metadata.language or row.judgement.get("language")


def _occurrences(service: Service, one: _Found, query: str, asker: Asker | None) -> Occurrences:
    index = service.index(asker)
    return occurrences(index, one.row.id, SearchRequest(query, asker=asker, synonyms=one.glossary.synonyms))


def _times(inside: Occurrences | None) -> tuple[list[tuple[float, Parts]], int]:
    """When the words are said, and what is said around them, those of one line together: the first ``MOST_TIMES``
    lines, and how many more there are.
    """
    lines: dict[tuple[str, float], list[Occurrence]] = {}
    for one in inside.occurrences if inside else ():
        lines.setdefault((one.segment.id, one.at or 0.0), []).append(one)
    told = [
        (at, excerpt(all_[0].segment.text, [one.place for one in all_]))
        for (_, at), all_ in islice(lines.items(), MOST_TIMES)
    ]
    return told, len(lines) - len(told)


def _marks(inside: Occurrences | None, shown: tuple[Paragraph, ...]) -> Mapping[str, list[Place]]:
    """What is to be marked in each paragraph; nothing where the index shows it as it was before."""
    texts = {each.ident: each.text for each in shown}
    marks: dict[str, list[Place]] = defaultdict(list)
    for one in inside.occurrences if inside else ():
        if texts.get(one.segment.id) == one.segment.text:
            marks[one.segment.id].append(one.place)
    return marks
