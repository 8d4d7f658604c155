"""What is read from a payload, and what a word is."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from indexer.document import Document
from indexer.text import acronyms, alone, fold, key, places, spans, words
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
        ("東京タワー abc", ["東京", "京タ", "タワ", "ワー", "ー", "abc"]),
        ("ｶﾞﾀｶﾅ か\u3099き ＡＢＣ１２", ["ガタ", "タカ", "カナ", "ナが", "がき", "き", "abc12"]),
        ("東 京。都", ["東京", "京", "都"]),
        ("AI技術2025年", ["ai", "技術", "術", "2025", "年"]),
        ("학교에 \u1112\u1161\u11a8\u1100\u116d", ["학교", "교에", "에학", "학교", "교"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("مَرحبا", ["مرحبا"]),
        ("ﬁne ½", ["fine", "1⁄2"]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected
    assert tuple(word for word, _, _ in spans(text)) == alone(expected)


def test_keys_and_folding() -> None:
    assert key("  Anna  MÜLLER ") == "anna muller"
    assert key("\udcff") == "\\udcff"
    assert fold("İ") == "i"


def test_the_words_that_follow_come_with_a_segment() -> None:
    from indexer.schema import group_fields

    _, documents = recording("t1", "one two", "yes", "a b c d e f g h i j")
    last = {named["id"]: named["text"] for named in group_fields(documents)}
    following = [">yes", ">a", ">b", ">c", ">d", ">e", ">f", ">g"]
    assert last["t10000"] == (["one", "two", *following], [])
    assert last["t10002"] == (list("abcdefghij"), [])


def test_a_pair_of_characters_and_an_acronym_have_the_place_of_their_first() -> None:
    assert places("東京 abc") == (["東京", "京", "abc"], [(0, "東")])
    assert places("the U.S.A. too") == (["the", "u", "s", "a", "too"], [(1, "usa")])
    assert places("the U.S.A. too").all() == {"the", "u", "s", "a", "too", "usa"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the U.S.A. and the U. S.", ["usa", "us"]),
        ("A I, u s a, a-p-i", ["ai", "usa", "api"]),
        ("I'm a b, don't u s", []),
        ("so a I think, x y", []),
        ("a b c d e f g h i j", []),
        ("USA", []),
    ],
)
def test_what_is_said_letter_by_letter(text: str, expected: list[str]) -> None:
    assert [word for word, _, _ in acronyms(text)] == expected


def test_the_package_imports_without_whoosh() -> None:
    code = "import sys, indexer; assert not {'whoosh', 'numpy', 'pydantic'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
