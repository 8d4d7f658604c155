"""Ledger rows to documents: pure. The same row and the same settings give the same documents, on every machine.

A document is a Glean DocumentDefinition as a plain dict; see DESIGN's table for what each field means here.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any
from urllib.parse import urldefrag

from connector.archive.metadata import Metadata
from connector.archive.rows import CheckpointRow, SampleRow, TranscriptRow, dump
from connector.config import Settings
from connector.permissions import ALL_USERS, EMAIL, OWNER_ONLY
from connector.transcripts.clean import clean_cues
from connector.transcripts.jargon import Glossary
from connector.transcripts.jargon.edits import remap
from connector.transcripts.links import moment_url
from connector.transcripts.segment import segment
from connector.transcripts.timecode_text import clock_text
from connector.transcripts.transcript import Segment

DERIVATION = 5  # raise it when the code below, cleaning or segmenting changes what comes out: views are then rebuilt
OUTLINE_EVERY = 180.0  # seconds between two lines of a transcript's outline
OUTLINE_WORDS = 12
MODEL_NAME = "Character GPT"
TRANSCRIPT, SEGMENT, SAMPLE = "Transcript", "TranscriptSegment", "TranscriptSample"  # the object types

_SUFFIXES = {SEGMENT: 13, SAMPLE: 5}  # what follows the group's id: start and ordinal, or number

NO_GLOSSARY = Glossary()

Payload = dict[str, Any]
Offsets = tuple[tuple[int, float], ...]


def fingerprint(settings: Settings) -> str:
    """What of the configuration documents depend on; a view that was made with another is rebuilt."""
    relevant = [DERIVATION, settings.public_url, settings.glean.datasource, settings.permissions.payload()]
    relevant.append(settings.clean.model_dump())
    relevant.append(settings.train.train_on)  # it decides which checkpoints, and so which samples, may be
    return hashlib.sha256(dump(relevant).encode()).hexdigest()[:16]


def segment_id(transcript_id: str, start: float, ordinal: int) -> str:
    """The transcript's id, the start in ms (10 digits), the ordinal among equal starts (3 digits)."""
    return f"{transcript_id}{round(start * 1000):010d}{ordinal:03d}"


def group_of(object_type: str, ident: str) -> str:
    """The transcript or checkpoint that a document with this id is of, or was."""
    return ident[: -_SUFFIXES.get(object_type, 0) or None]


def cleaned_segments(row: TranscriptRow, settings: Settings) -> tuple[Segment, ...]:
    """The transcript's segments as they were heard: cleaned, not yet corrected by the glossary."""
    return segment(clean_cues(row.cues, settings.clean.steps, row.metadata.language))


def segments_of(row: TranscriptRow, settings: Settings, glossary: Glossary = NO_GLOSSARY) -> list[tuple[str, Segment]]:
    """The transcript's segments with their ids, in order of time, corrected by ``glossary``.

    Corrected last: their borders, and so their ids, are the same under every glossary.
    """
    return [(ident, _corrected(part, glossary)) for ident, part in identified(row.id, cleaned_segments(row, settings))]


def identified(transcript_id: str, parts: Iterable[Segment]) -> Iterator[tuple[str, Segment]]:
    """Segments in order of time, each with its id."""
    last, ordinal = -1, 0
    for part in parts:
        start_ms = round(part.start * 1000)
        ordinal = ordinal + 1 if start_ms == last else 0
        last = start_ms
        yield segment_id(transcript_id, part.start, ordinal), part


def timed_documents(
    row: TranscriptRow, settings: Settings, glossary: Glossary = NO_GLOSSARY
) -> list[tuple[Payload, Offsets]]:
    """The Transcript document and one TranscriptSegment a segment, in order of time; each with where its cues begin in
    its text, and when.
    """
    metadata = row.metadata
    segments = [(ident, _renamed(part, metadata)) for ident, part in segments_of(row, settings, glossary)]
    page = urldefrag(metadata.url).url if metadata.url else f"{settings.public_url}/transcript/{row.id}"
    title = metadata.title or "Untitled"
    shared: Payload = {
        "datasource": settings.glean.datasource,
        "permissions": (metadata.permissions or settings.permissions).payload(),
    }
    if metadata.tags:
        shared["tags"] = metadata.tags
    if metadata.recorded and metadata.recorded.timestamp() >= 0:  # Glean knows no time before 1970
        shared["createdAt"] = int(metadata.recorded.timestamp())
    if author := _author(metadata):
        shared["author"] = author
    if row.verdict == "held":  # such a document is found here and never leaves
        shared["status"] = "held"
    collection = {"collection": metadata.collection} if metadata.collection else {}
    grades = _Grades(row.judgement)

    speakers = list(dict.fromkeys(part.speaker for _, part in segments if part.speaker))
    whole: Payload = shared | {
        "id": row.id,
        "objectType": TRANSCRIPT,
        "title": title,
        "viewURL": page,
        "body": _text(_outline(metadata, speakers, [part for _, part in segments])),
        "customProperties": _properties(
            duration=round(max((part.end for _, part in segments), default=0.0)),
            speakers=speakers,
            language=metadata.language or row.judgement.get("language"),
            quality=grades.whole,
            format=row.format,
            **collection,
        ),
    }
    if metadata.collection:
        whole["container"] = metadata.collection

    documents: list[tuple[Payload, Offsets]] = [(whole, ())]
    for position, (ident, part) in enumerate(segments):
        document = shared | {
            "id": ident,
            "objectType": SEGMENT,
            "title": f"{title} ({clock_text(part.start)})",
            "viewURL": moment_url(page, part.start),
            "container": title,
            "containerDatasourceId": row.id,
            "containerObjectType": TRANSCRIPT,
            "body": _text(part.text),
            "customProperties": _properties(
                start=_seconds(part.start),
                end=_seconds(part.end),
                speaker=part.speaker,
                position=position,
                quality=grades.at(part.start),
                **collection,
            ),
        }
        documents.append((document, part.offsets))
    return documents


def sample_documents(checkpoint: CheckpointRow, samples: list[SampleRow], settings: Settings) -> list[Payload]:
    """One TranscriptSample a sample. It may be seen by whoever may see all that its model read."""
    permissions = ALL_USERS if checkpoint.open else OWNER_ONLY
    documents = []
    for sample in samples:
        ident = f"{checkpoint.id}{sample.number:05d}"
        documents.append(
            {
                "datasource": settings.glean.datasource,
                "permissions": permissions.payload(),
                "id": ident,
                "objectType": SAMPLE,
                "title": f"Generated sample {sample.number + 1} of checkpoint {checkpoint.number}: {sample.prompt} …",
                "viewURL": f"{settings.public_url}/sample/{ident}",
                "container": MODEL_NAME,
                "containerDatasourceId": checkpoint.id,
                "tags": ["generated"],
                "body": _text(sample.text),
                "customProperties": _properties(
                    checkpoint=checkpoint.id,
                    prompt=sample.prompt,
                    seed=sample.seed,
                    temperature=f"{sample.temperature:g}",
                    topK=sample.top_k,
                    sourceSegments=sample.sources,
                    generated="yes",
                ),
            }
        )
    return documents


def leaves(document: Payload) -> bool:
    """Whether a document may leave for Glean: nothing in doubt, nothing of a model that read all."""
    if document.get("status") == "held":
        return False
    return bool(document["objectType"] != SAMPLE or document["permissions"] != OWNER_ONLY.payload())


def _outline(metadata: Metadata, speakers: list[str], segments: list[Segment]) -> str:
    """People, date, and a line with its time every few minutes; the words themselves are found in the segments."""
    lines = []
    if speakers:
        lines.append(f"Speakers: {', '.join(speakers)}")
    if metadata.recorded:
        lines.append(f"Recorded: {metadata.recorded.date().isoformat()}")
    due = 0.0
    for part in segments:
        if part.start >= due:
            words = part.text.split()
            more = " …" if len(words) > OUTLINE_WORDS else ""
            lines.append(f"{clock_text(part.start)} {' '.join(words[:OUTLINE_WORDS])}{more}")
            due = part.start + OUTLINE_EVERY
    return "\n".join(lines)


class _Grades:
    """The quality gate's grades (high, medium, low); None where it was not asked."""

    def __init__(self, judgement: dict[str, Any]) -> None:
        self.whole: str | None = judgement.get("grade")
        self._doubts = judgement.get("doubts", [])  # [start, end, grade, reason] in order of time

    def at(self, seconds: float) -> str | None:
        """The grade of what is said at ``seconds``: that of a doubtful stretch, else high."""
        found = bisect_right(self._doubts, seconds, key=itemgetter(0)) - 1
        if found >= 0 and (seconds < self._doubts[found][1] or seconds == self._doubts[found][0]):
            return str(self._doubts[found][2])
        return "high" if self.whole else None


def _corrected(part: Segment, glossary: Glossary) -> Segment:
    text, changes = glossary.correct(part.text)
    if not changes:
        return part
    return part._replace(text=text, offsets=remap(part.offsets, changes, text))


def _renamed(part: Segment, metadata: Metadata) -> Segment:
    """The segment with its speaker's label replaced by the name the sidecar gives."""
    if part.speaker is None or part.speaker not in metadata.speakers:
        return part
    return part._replace(speaker=metadata.speakers[part.speaker])


def _author(metadata: Metadata) -> Payload | None:
    if not metadata.author:
        return None
    author = metadata.author.lower()
    return {"email": author} if EMAIL.fullmatch(author) else {"name": metadata.author}


def _text(text: str) -> Payload:
    return {"mimeType": "text/plain", "textContent": text}


def _seconds(value: float) -> str:
    """Seconds to the millisecond, as text: a number is for Glean's INT properties, which have no fraction."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _properties(**values: Any) -> list[Payload]:
    """Glean's custom properties; what is unknown is left out."""
    return [{"name": name, "value": value} for name, value in values.items() if value not in (None, "", [])]
