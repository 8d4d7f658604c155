"""Words with times to cues: where a cue ends, how it is written, that no word is lost."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.transcripts.formats.source import Row
from connector.transcripts.formats.words import (
    MAX_CHARACTERS,
    MAX_SECONDS,
    Word,
    line_rows,
    mean_confidence,
    turn_rows,
    word_rows,
)


def spoken(text: str, *, start: float = 0.0, step: float = 0.3, speaker: str | None = None) -> list[Word]:
    """Each word of ``text``, one after the other, ``step`` seconds each."""
    return [
        Word(word, round(start + step * at, 3), round(start + step * (at + 1), 3), speaker)
        for at, word in enumerate(text.split())
    ]


def texts(rows: list[Row]) -> list[str]:
    return [row.text for row in rows]


def test_a_change_of_speaker() -> None:
    rows = word_rows([*spoken("Is it stone?", speaker="Mira"), *spoken("It is.", start=1.0, speaker="Zed")])
    assert rows == [Row(0.0, 0.9, "Mira", "Is it stone?"), Row(1.0, 1.6, "Zed", "It is.")]


def test_a_pause() -> None:
    rows = word_rows([*spoken("the arch"), *spoken("and then stands", start=2.2)])
    assert [(row.start, row.end, row.text) for row in rows] == [(0.0, 0.6, "the arch"), (2.2, 3.1, "and then stands")]


def test_sentences_short_ones_together() -> None:
    long = "The stones of an old arch hold each other up without any mortar."
    assert texts(word_rows(spoken(f"Well. {long} Why? {long}"))) == [f"Well. {long}", f"Why? {long}"]


def test_a_sentence_too_long_is_cut_after_a_comma() -> None:
    first = " ".join(["stone"] * 25) + ","
    rest = " ".join(["mortar"] * 20) + "."
    assert texts(word_rows(spoken(f"{first} {rest}", step=0.1))) == [first, rest]


def test_a_slow_sentence_is_cut_by_time() -> None:
    rows = word_rows(spoken(" ".join(["stone"] * 40), step=1.0))
    assert all(row.end is not None and row.end - row.start <= MAX_SECONDS for row in rows)
    assert [len(row.text.split()) for row in rows] == [15, 15, 10]


def test_words_without_times_stand_with_the_word_before() -> None:
    words = [
        Word("In", 1.0, 1.2, "Mira"),
        Word("1850", None, None),
        Word("it", None, None),
        Word("fell", 2.0, 2.3, "Mira"),
    ]
    assert word_rows(words) == [Row(1.0, 2.3, "Mira", "In 1850 it fell")]
    assert word_rows(words[1:]) == [Row(0.0, None, None, "1850 it"), Row(2.0, 2.3, "Mira", "fell")]
    assert word_rows(words[1:3]) == []


def test_marks_and_scripts_without_spaces() -> None:
    marks = [
        Word("Bread", 0, 1),
        Word(",", None, None, glued=True),
        Word("twice", 1, 2),
        Word("!", None, None, glued=True),
    ]
    assert texts(word_rows(marks)) == ["Bread, twice!"]
    assert texts(word_rows(spoken("橋 は 石 です 。 OK 빵 과 소금"))) == ["橋は石です。 OK 빵 과 소금"]
    assert texts(word_rows(spoken("café au lait"))) == ["café au lait"]


def test_times_that_go_back_begin_a_cue() -> None:
    assert [row.start for row in word_rows([*spoken("two three", start=5), *spoken("one")])] == [5.0, 0.0]


def test_a_turn_stays_whole_unless_it_is_long() -> None:
    turn = Row(0.0, 20.0, "Mira", "Stone. " * 40)
    assert turn_rows(turn, []) == [turn]
    words = [word._replace(confidence=0.5) for word in spoken(turn.text)]
    assert turn_rows(turn, words) == [turn._replace(confidence=0.5)]
    long = turn._replace(text="Stone. " * 100, end=30.0)
    cut = turn_rows(long, spoken("stone " * 100))
    assert " ".join(texts(cut)).split() == ["Stone."] * 100 and len(cut) > 5
    assert {row.speaker for row in cut} == {"Mira"}


def test_rows_that_are_words_become_cues_and_lines_stay() -> None:
    words = [Row(word.start or 0.0, word.end, "Mira", word.text) for word in spoken("An arch never sleeps.")]
    assert line_rows(words) == [Row(0.0, 1.2, "Mira", "An arch never sleeps.")]
    lines = [Row(0.0, 1.0, None, "An arch"), Row(1.0, 2.0, None, "never"), Row(2.0, 3.0, None, "sleeps at night.")]
    assert line_rows(lines) == lines
    japanese = [Row(float(at), at + 1.0, None, "石の橋は眠らないと言われています。") for at in range(4)]
    assert line_rows(japanese) == japanese


def test_the_mean_is_of_the_words_that_have_one() -> None:
    assert mean_confidence([Word("a", 0, 1, None, 0.5), Word("b", 1, 2), Word("c", 2, 3, None, 0.6)]) == 0.55
    assert mean_confidence([Word("b", 1, 2)]) is None


times = st.none() | st.floats(0, 100)
any_words = st.lists(
    st.builds(
        Word,
        st.sampled_from(["dough", "rises.", "why?", "it,", ",", "橋", "x" * 90, ""]),
        times,
        times,
        st.sampled_from([None, "Mira", "Zed"]),
        st.none() | st.floats(0, 1),
        st.booleans(),
    ),
    max_size=60,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_words)
def test_no_word_is_lost_or_said_twice(words: list[Word]) -> None:
    rows = word_rows(words)
    said = "".join(word.text for word in words)
    assert "".join("".join(texts(rows)).split()) == (said if rows else "")
    assert bool(rows) == any(word.start is not None for word in words if word.text)
    for row in rows:
        assert row.end is None or row.end >= row.start
        assert row.confidence is None or 0 <= row.confidence <= 1


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["dough", "rises.", "it,", "and"]), min_size=1, max_size=200))
def test_no_cue_is_longer_than_a_line(said: list[str]) -> None:
    rows = word_rows(spoken(" ".join(said)))
    assert all(len(row.text) <= MAX_CHARACTERS for row in rows)
    assert [row.start for row in rows] == sorted(row.start for row in rows)
