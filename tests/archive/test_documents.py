"""Documents are a pure function of ledger row and settings, and what DESIGN's table says they are."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.archive.documents import (
    fingerprint,
    leaves,
    sample_documents,
    timed_documents,
)
from connector.archive.metadata import Metadata
from connector.archive.rows import CheckpointRow, SampleRow, TranscriptRow, dump
from connector.config import Settings
from connector.glean.check import broken_rules
from connector.transcripts.timecode_text import clock_text

IDENT = "t0123456789abcdef012"


def row(cues: list[list[Any]], **metadata: Any) -> TranscriptRow:
    told = Metadata.model_validate({"title": "All hands", **metadata})
    text = told.model_dump_json(exclude_unset=True, by_alias=True)
    return TranscriptRow(IDENT, "srt", dump(cues), "hash", text, "accepted")


CUES = [[12.0, 20.5, "Speaker 1", "Welcome to the first day."], [42.917, 61.0, "Speaker 2", "Thank you, I am glad."]]


def transcript_documents(source: TranscriptRow, settings: Settings) -> list[dict[str, Any]]:
    return [payload for payload, _ in timed_documents(source, settings)]


def properties(document: dict[str, Any]) -> dict[str, Any]:
    return {item["name"]: item["value"] for item in document["customProperties"]}


def test_a_transcript_and_its_segments() -> None:
    documents = transcript_documents(
        row(
            CUES,
            url="https://www.youtube.com/watch?v=abc",
            recorded="2025-01-14",
            collection="talks/2025",
            speakers={"Speaker 1": "Ann Lee"},
            tags=["hr"],
            language="en",
            author="Ann@Example.com",
            permissions={"allowedGroups": ["staff"]},
        ),
        Settings(),
    )
    whole, first, second = documents
    assert whole["id"] == IDENT and whole["objectType"] == "Transcript"
    assert whole["viewURL"] == "https://www.youtube.com/watch?v=abc"
    assert whole["container"] == "talks/2025" and whole["createdAt"] == 1736812800
    assert whole["author"] == {"email": "ann@example.com"}
    assert properties(whole) == {
        "duration": 61,
        "speakers": ["Ann Lee", "Speaker 2"],
        "language": "en",
        "format": "srt",
        "collection": "talks/2025",
    }
    assert "0:12 Welcome to the first day." in whole["body"]["textContent"]
    assert first["id"] == IDENT + "0000012000000" and second["id"] == IDENT + "0000042917000"
    assert first["title"] == "All hands (0:12)" and first["objectType"] == "TranscriptSegment"
    assert first["viewURL"] == "https://www.youtube.com/watch?v=abc&t=12"
    assert second["viewURL"].endswith("t=42")
    assert (first["container"], first["containerDatasourceId"]) == ("All hands", IDENT)
    assert first["containerObjectType"] == "Transcript"
    assert properties(second) == {
        "start": "42.917",
        "end": "61",
        "speaker": "Speaker 2",
        "position": 1,
        "collection": "talks/2025",
    }
    for document in documents:
        assert document["permissions"] == {"allowedGroups": ["staff"]}
        assert document["tags"] == ["hr"]
        assert broken_rules(document) == []


def test_the_local_page_where_no_link_is_known() -> None:
    settings = Settings(public_url="https://talks.example.com/")
    whole, first, _ = transcript_documents(row(CUES), settings)
    assert whole["viewURL"] == f"https://talks.example.com/transcript/{IDENT}"
    assert first["viewURL"] == f"https://talks.example.com/transcript/{IDENT}?t=12"


def test_the_configuration_gives_permissions_where_nobody_else_does() -> None:
    settings = Settings.model_validate({"permissions": {"allowedUsers": ["Ann@example.com"]}})
    for document in transcript_documents(row(CUES), settings):
        assert document["permissions"] == {"allowedUsers": [{"email": "ann@example.com"}]}


def test_segments_that_start_together_are_told_apart() -> None:
    cues = [[5.0, 6.0, name, f"Said by {name}."] for name in ("A", "B", "C")]
    idents = [document["id"] for document in transcript_documents(row(cues), Settings())]
    assert idents[1:] == [f"{IDENT}0000005000{n:03d}" for n in range(3)]


def test_samples_say_that_they_are_generated() -> None:
    checkpoint = CheckpointRow("c0000011234567890", 1, "x", [IDENT], {}, True)
    sample = SampleRow(checkpoint.id, 2, "Welcome to", 7, 0.8, 40, "the second day.", [IDENT + "0000012000000"])
    (document,) = sample_documents(checkpoint, [sample], Settings())
    assert document["id"] == "c000001123456789000002"
    assert document["tags"] == ["generated"] and document["title"].startswith("Generated sample 3")
    assert properties(document)["generated"] == "yes"
    assert properties(document)["sourceSegments"] == [IDENT + "0000012000000"]
    assert broken_rules(document) == [] and leaves(document)


def test_samples_of_a_model_that_read_everything_never_leave() -> None:
    checkpoint = CheckpointRow("c0000011234567890", 1, "x", [IDENT], {}, False)
    (document,) = sample_documents(checkpoint, [SampleRow(checkpoint.id, 0, "p", 1, 1, 0, "t", [])], Settings())
    assert document["permissions"] == {"allowAllDatasourceUsersAccess": False}
    assert not leaves(document)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.9, "0:59"), (83, "1:23"), (3600, "1:00:00")])
def test_clock(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


def test_the_fingerprint_follows_what_documents_depend_on() -> None:
    plain = fingerprint(Settings())
    assert fingerprint(Settings(inbox="elsewhere")) == plain
    assert fingerprint(Settings(public_url="https://x.example.com")) != plain


@pytest.mark.parametrize(
    "told",
    [
        {"recorded": "1965-05-05"},
        {"author": "Ann @ home"},
        {"url": "https://v.example.com/watch?v=1#t=10"},
        {"tags": ["a b", "ü"], "language": "en-GB"},
    ],
)
def test_whatever_people_write_into_a_sidecar_glean_takes(told: dict[str, Any]) -> None:
    for document in transcript_documents(row(CUES, **told), Settings()):
        assert broken_rules(document) == []


CUE = st.tuples(
    st.floats(0, 3e6),
    st.floats(0, 100),
    st.none() | st.text(min_size=1, max_size=20),
    st.text(max_size=300),
).map(lambda cue: [cue[0], cue[0] + cue[1], cue[2], cue[3]])


@given(st.lists(CUE, max_size=30))
def test_whatever_was_said_the_documents_are_right(cues: list[list[Any]]) -> None:
    source = row(sorted(cues, key=lambda cue: cue[0]))
    documents = transcript_documents(source, Settings())
    assert [problem for document in documents for problem in broken_rules(document)] == []
    idents = [document["id"] for document in documents]
    assert len(set(idents)) == len(idents)
    assert all(re.fullmatch(r"[a-z0-9]{20}(\d{13})?", ident) for ident in idents)
    assert json.loads(dump(documents)) == documents == transcript_documents(source, Settings())
