"""Whisper's JSON, Markdown talks, and what no reader knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.errors import TranscriptError
from connector.transcripts.formats import READERS, read
from connector.transcripts.transcript import Cue

FIXTURES = Path(__file__).parents[1] / "fixtures" / "transcripts"


def test_whisper() -> None:
    result = read((FIXTURES / "whisper.json").read_bytes(), "whisper.json")
    assert result.format == "whisper_json"
    assert result.metadata == {"language": "en"}
    assert result.cues == (Cue(0.0, 2.4, None, "Fold the dough."), Cue(2.4, 3.0, None, "Wait."))


def test_whisper_cpp_counts_milliseconds() -> None:
    result = read((FIXTURES / "whisper_cpp.json").read_bytes(), "talk.json")
    assert result.cues == (Cue(5.55, 7.293, None, "Fold the dough."),)
    assert result.metadata == {"language": "en"}


def test_markdown_talk() -> None:
    result = read((FIXTURES / "talk.md").read_bytes(), "talk.md")
    assert result.format == "speaker_markdown"
    assert result.metadata == {
        "title": "Why Arches Stand",
        "url": "https://video.example/watch?v=arches",
        "recorded": "2023-05-04",
        "tags": ["bridges", "stone"],
        "speakers": {"Mira": "Mira Valdstrand"},
    }
    first, second, last = result.cues
    assert first == Cue(7.0, 88.0, "Mira", "An arch never sleeps.\nIt leans on itself.")
    assert second.text == "And the mortar?\nThe ratio is one to three: 10:30"
    assert (last.start, last.text) == (3605.0, "Mostly habit.")
    assert last.end > last.start


def test_markdown_talk_with_a_time_of_day_above_it() -> None:
    text = "Time: 10:30\n\nMira: 00:00:07\n\nAn arch.\n\nZed: 00:01:28\n\nA ratio of: 10:30\n\nMira: 00:02:28\n\nYes.\n"
    assert [(cue.speaker, cue.text) for cue in read(text.encode(), "talk.md").cues] == [
        ("Mira", "An arch."),
        ("Zed", "A ratio of: 10:30"),
        ("Mira", "Yes."),
    ]


@pytest.mark.parametrize(
    "front",
    ["a: [", "- 1", "title: 5\ndate: 2023-99-99\ntags: x", "a: !!timestamp x", "a: !!python/object:os.system x",
     "media: javascript:alert(1)", "a: " + "[" * 600],
)  # fmt: skip
def test_front_matter_may_be_anything(front: str) -> None:
    text = f"---\n{front}\n---\nMira: 00:01\n\nHello.\n\nZed: 00:02\n\nBread.\n"
    result = read(text.encode(), "talk.md")
    assert [cue.speaker for cue in result.cues] == ["Mira", "Zed"]
    assert result.metadata == {}


@pytest.mark.parametrize(
    ("text", "name", "reason", "line"),
    [
        ("The bridge stands.", "a.txt", "text without times", None),
        ("At 10:30 we bake.", "a.txt", "holds times, but in no known", None),
        ('{"loaves": 3}', "a.json", "JSON is of no known transcript format .its keys: 'loaves'", None),
        ('{"a": 1,\n "b" 2}', "a.json", "broken JSON", 2),
        ("[" * 200_000, "a.json", "nested too deeply", None),
        ("[" + "9" * 5000 + "]", "a.json", "a number that cannot be read", None),
        ("<note><p>hi</p></note>", "a.xml", "XML or HTML", None),
    ],
)
def test_what_no_reader_knows(text: str, name: str, reason: str, line: int | None) -> None:
    with pytest.raises(TranscriptError, match=reason) as caught:
        read(text.encode(), name)
    assert caught.value.line == line
    assert caught.value.hint


def test_the_registry() -> None:
    names = [reader.name for reader in READERS]
    assert len(set(names)) == len(names)
    assert all(suffix.startswith(".") for reader in READERS for suffix in reader.suffixes)
