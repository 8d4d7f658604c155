"""How sure readers are of a file: what ends the search for a reader at once, and what must not."""

from __future__ import annotations

import pytest

from connector.errors import TranscriptError
from connector.transcripts.formats import read, read_and_explain

TALK = """---
title: Stone arches
---

## Opening

Mira: 00:00:02

The keystone goes in last.

Zed: 00:00:09

And the centring stays until the mortar is hard.

Mira: 00:01:15

A month, then.
"""


def surest(text: str, name: str = "talk.md") -> tuple[str, float]:
    reader, sure = read_and_explain(text.encode(), name)[1][0]
    return reader.name, sure


def test_several_turns_with_hours_leave_no_doubt() -> None:
    assert surest(TALK) == ("speaker_markdown", 1.0)


@pytest.mark.parametrize(
    "changed",
    [
        TALK.replace("00:01:15", "00:00:05"),  # time runs backwards
        TALK.replace("The keystone goes in last.", ""),  # nothing is said
        TALK.replace("## Opening", "Notes of the evening"),  # something else comes first
        TALK.partition("Mira: 00:01:15")[0],  # two turns only
        TALK.replace("00:0", "0"),  # no hours
        TALK.replace("A month, then.", "0:05 --> 0:09"),
    ],
)
def test_turns_that_might_be_something_else_are_doubtful(changed: str) -> None:
    sureness = {reader.name: sure for reader, sure in read_and_explain(changed.encode(), "a.md")[1]}
    assert sureness["speaker_markdown"] == 0.8


def test_a_talk_may_quote_a_line_of_another_format() -> None:
    quoted = TALK.replace("A month, then.", "00:00:05:10 - 00:00:06:10\nis what the editor wrote.")
    reading = read(quoted.encode(), "talk.md")
    assert reading.format == "speaker_markdown" and len(reading.cues) == 3


def test_front_matter_nested_too_deeply_is_noted() -> None:
    reading = read(TALK.replace("Stone arches", "[" * 50 + "]" * 50).encode(), "talk.md")
    assert len(reading.cues) == 3 and not reading.metadata
    assert reading.notes == ("line 1: the front matter is not YAML; left out",)


def test_broken_json_that_speaks_of_markers_is_no_list_of_markers() -> None:
    with pytest.raises(TranscriptError, match="broken JSON"):
        read(b'{"description": "where a marker, or a comment, stands", "enum": [', "schema.json")
