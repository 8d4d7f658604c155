"""What is read from a payload, and what a word is."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from indexer.document import Document
from indexer.text import fold, key, spans, words
from tests.indexer.support import recording, sample, segment, transcript


def test_a_segment_read() -> None:
    one = segment("t1", 3, "hello", tags=["a", "b"])
    assert (one.kind, one.group, one.transcript_id) == ("segment", "t1", "t1")
    assert (one.start, one.end, one.position, one.speaker) == (61.5, 81.5, 3, "Anna Maier")
    assert (one.title, one.recording, one.text) == ("Budget review (0:03)", "Budget review", "hello")
    assert (one.collection, one.tags, one.recorded) == ("Board", ("a", "b"), date(2025, 1, 1))
    assert not one.generated


def test_a_transcript_and_a_sample_read() -> None:
    whole, made = transcript("t1"), sample("c1", 2, "text")
    assert (whole.kind, whole.group, whole.collection, whole.speaker) == ("transcript", "t1", "Board", None)
    assert (made.kind, made.group, made.transcript_id, made.collection) == ("sample", "c1", None, None)
    assert made.generated


def test_odd_payloads_read_as_empty() -> None:
    odd = Document({"id": 7, "objectType": "Video", "body": None, "tags": None, "createdAt": 1e30, "permissions": []})
    assert (odd.id, odd.kind, odd.group, odd.text, odd.tags, odd.recorded) == ("7", "other", "7", "", (), None)
    assert (odd.start, odd.speaker, odd.collection, odd.permissions) == (None, None, None, None)


def test_canonical_json_does_not_depend_on_the_order_of_keys() -> None:
    one, other = Document({"id": "a", "title": "ü"}), Document({"title": "ü", "id": "a"})
    assert one.canonical == other.canonical == '{"id":"a","title":"ü"}'
    assert one == other
    assert one.sha256 == other.sha256
    assert len(one.sha256) == 64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's 10:30, e-mail max_tokens!", ["it", "s", "10", "30", "e", "mail", "max", "tokens"]),
        ("Größe naïve ÉCOLE cafe\u0301", ["grosse", "naive", "ecole", "cafe"]),
        ("東京タワー abc", ["東", "京", "タ", "ワ", "ー", "abc"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("مَرحبا", ["مرحبا"]),
        ("ﬁne ½", ["fine", "1⁄2"]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected
    assert [word for word, _, _ in spans(text)] == expected


def test_keys_and_folding() -> None:
    assert key("  Anna  MÜLLER ") == "anna muller"
    assert key("\udcff") == "\\udcff"
    assert fold("İ") == "i"


def test_the_words_that_follow_come_with_a_segment() -> None:
    from indexer.schema import group_fields

    _, documents = recording("t1", "one two", "yes", "a b c d e f g h i j")
    last = {named["id"]: named["text"] for named in group_fields(documents)}
    assert last["t10000"] == ["one", "two", ">yes", ">a", ">b", ">c", ">d", ">e", ">f", ">g"]
    assert last["t10002"] == list("abcdefghij")


def test_the_package_imports_without_whoosh() -> None:
    code = "import sys, indexer; assert not {'whoosh', 'numpy', 'pydantic'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
