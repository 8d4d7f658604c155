"""What holds for every source: only the parse error is raised, times are ordered, cleaning twice is once."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.errors import TranscriptError
from connector.transcripts.clean import Cleaning, clean_cues
from connector.transcripts.formats import READERS, captions, front_matter, read
from connector.transcripts.formats.source import Notes, Reader, Source
from connector.transcripts.segment import MAX_CHARACTERS, segment
from connector.transcripts.transcript import Cue, Reading
from tests.transcripts.one_text import clean_text

FIXTURES = sorted((Path(__file__).parents[1] / "fixtures" / "transcripts").iterdir())
SUFFIXES = ("", ".txt", ".csv", ".json", ".srt", ".vtt", ".md")

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

markup = st.sampled_from(
    [
        *("<i>", "</i>", "<c.x>", "<00:01.000>", "<v Mira>", "</v>", "<br>", "<s>", "{\\an8}", "[...]", ">> ", "- "),
        *("&amp;", "&lt;", "&gt;", "amp;", "&#38;", "&#60;i&#62;", "<", ">", "&", "i>", " ", "\n", "\u200b"),
        *("Mira: ", "dough", "arch."),
    ]
)
spoken = st.lists(markup | st.text(max_size=4), max_size=12).map("".join)
spans = st.tuples(st.floats(0, 100), st.sampled_from([0.0, 0.01, 0.05, 1.0, 30.0]))
speakers = st.sampled_from([None, "Mira", "Zed", "<i>Zed</i>", " "])


def cues_of(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[Cue]]:
    cue = st.builds(lambda span, who, text: Cue(span[0], span[0] + span[1], who, text), spans, speakers, texts)
    return st.lists(cue, max_size=12).map(lambda cues: sorted(cues, key=lambda each: each.start))


def check(result: Reading) -> None:
    assert result.cues
    starts = [cue.start for cue in result.cues]
    assert starts == sorted(starts)
    for cue in result.cues:
        assert 0 <= cue.start <= cue.end and math.isfinite(cue.end)
        assert cue.text.strip() and cue.speaker != ""
        cue.text.encode("utf-8")
        (cue.speaker or "").encode("utf-8")
    cleaned = clean_cues(result.cues)
    assert clean_cues(cleaned) == cleaned
    check_segments(cleaned)


def check_segments(cues: tuple[Cue, ...]) -> None:
    found = segment(cues)
    # long words may be cut, so spaces are not compared
    assert "".join("".join(each.text.split()) for each in found) == "".join("".join(cue.text.split()) for cue in cues)
    starts = [start for each in found for _, start in each.offsets]
    assert starts == sorted(starts)
    for each in found:
        positions = [position for position, _ in each.offsets]
        assert each.offsets[0] == (0, each.start)
        assert positions == sorted(set(positions)) and positions[-1] < len(each.text) <= MAX_CHARACTERS
        assert each.end >= each.start


@quick
@given(st.binary(max_size=400), st.sampled_from(SUFFIXES))
def test_any_bytes(data: bytes, suffix: str) -> None:
    try:
        check(read(data, "talk" + suffix))
    except TranscriptError as error:
        assert error.reason


@quick
@given(st.data())
def test_mutated_files(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(FIXTURES))
    content = path.read_bytes()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        cut = data.draw(st.integers(0, 30))
        put = data.draw(st.binary(max_size=4) | st.sampled_from([b"\n", b":", b'"', b"9", b"-->", b"00:00", b"<v "]))
        content = content[:at] + put + content[at + cut :]
    try:
        check(read(content, path.name))
    except TranscriptError as error:
        assert error.line is None or error.line >= 1


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
@settings(quick, max_examples=25)
@given(text=st.text(max_size=200) | spoken | st.sampled_from(FIXTURES).map(lambda path: path.read_text("latin-1")))
def test_every_reader_on_any_text(reader: Reader, text: str) -> None:
    source = Source(text, "talk")
    assert 0 <= reader.sniff(source) <= 1
    with suppress(TranscriptError):
        check(reader.read(source))


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "start", "from"]), inner),
    max_leaves=6,
)
segments = st.lists(
    st.fixed_dictionaries(
        {"start": json_values, "words": json_values | st.just([{"text": "dough", "start": 1}])},
        optional={
            "end": json_values,
            "text": json_values | st.just("dough"),
            "speaker": json_values,
            "offsets": json_values,
        },
    ),
    max_size=4,
)


transcripts = st.fixed_dictionaries(
    {},
    optional={
        "segments": segments | json_values,
        "speakers": json_values,
        "language": json_values,
        "transcription": segments,
    },
)


@quick
@given(transcripts)
def test_json_of_any_values(value: dict[str, object]) -> None:
    try:
        check(read(json.dumps(value).encode(), "talk.json"))
    except TranscriptError as error:
        assert error.reason


marks = st.sampled_from(
    [
        *(
            "[Music] ",
            "(laughs)",
            "(metal popping)",
            "♪",
            "*sighs*",
            "[",
            "]",
            "(",
            ")",
            "*",
            "music",
            "（笑）",
            "[the] ",
        ),
        *("… ", "...", " . . . ", "&#10;", "&n-n-NewLine;", "um ", "Um, ", "UM ", "uh", "erm. ", "äh ", "euh", "huh "),
        *(
            " the ",
            "the, ",
            "The ",
            "THE ",
            "the… ",
            "w- ",
            "w-w-what ",
            "what ",
            "W- ",
            "OR OR ",
            " I ",
            "I'll ",
            "A a ",
        ),
        *(
            "in the ",
            "you can, ",
            "HELLO THERE ",
            "MR. SMITH ",
            "B2B ",
            "U.S. ",
            "HTML ",
            "JOHN: ",
            "der ",
            "und ",
            "le ",
        ),
        *("of ", "and ", ", ", ". ", "\t", "  ", "İ", "ẞ", "ß", "中"),
    ]
)
stammered = st.lists(markup | marks | st.text(max_size=3), max_size=14).map("".join)
switches = st.builds(Cleaning, **{step.name: st.booleans() for step in fields(Cleaning)}) | st.just(Cleaning())


def growing(sentences: list[list[str]]) -> list[Cue]:
    """Live captions: each sentence from its first piece on, with one more in every cue."""
    texts = [" ".join(pieces[:end]) for pieces in sentences for end in range(1, len(pieces) + 1)]
    return [Cue(float(number), number + 1.0, None, text) for number, text in enumerate(texts)]


grown = st.lists(st.lists(stammered, min_size=1, max_size=6), min_size=1, max_size=3).map(growing)
languages = st.sampled_from([None, "en", "en-US", "de", "fr", "es", "pl"])


@settings(quick, max_examples=300)
@given(stammered, switches, languages)
def test_cleaning_text_twice_is_cleaning_it_once(text: str, cleaning: Cleaning, language: str | None) -> None:
    cleaned = clean_text(text, cleaning, language)
    assert clean_text(cleaned, cleaning, language) == cleaned


@settings(quick, max_examples=300)
@given(cues_of(stammered) | grown, switches, languages)
def test_cleaning_cues_twice_is_cleaning_them_once(cues: list[Cue], cleaning: Cleaning, language: str | None) -> None:
    cleaned = clean_cues(cues, cleaning, language)
    assert clean_cues(cleaned, cleaning, language) == cleaned


@settings(quick, max_examples=300)
@given(st.lists(stammered, max_size=8), languages)
def test_a_slip_is_found_among_other_cues(texts: list[str], language: str | None) -> None:
    words = Cleaning(markup=False, rolling=False, sounds=False, pauses=False, casing=False)
    texts = [" ".join(text.split()) for text in texts]
    cues = [Cue(float(number), number + 1.0, f"Speaker {number}", text) for number, text in enumerate(texts)]
    spoken = language or "en"
    alone = [clean_text(text, words, spoken) for text in texts]
    assert [cue.text for cue in clean_cues(cues, words, spoken)] == [text for text in alone if text]


@quick
@given(cues_of(stammered) | grown, switches, languages)
def test_cleaning_invents_nothing(cues: list[Cue], cleaning: Cleaning, language: str | None) -> None:
    cleaned = clean_cues(cues, cleaning, language)
    assert {cue.start for cue in cleaned} <= {cue.start for cue in cues}
    assert {cue.confidence for cue in cleaned} <= {cue.confidence for cue in cues}
    assert all(cue.text.strip() and cue.speaker != "" for cue in cleaned)
    assert [cue.start for cue in cleaned] == sorted(cue.start for cue in cleaned)


WORDS = ("dough", "arch.", "rises", "橋。", "why?", "x" * 90, "麺" * 700)
sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=60)


@quick
@given(cues_of(sentences.map(" ".join)))
def test_segments_hold_every_word_in_order(cues: list[Cue]) -> None:
    check_segments(tuple(cues))


clock = st.builds(
    "{:02}:{:02}:{:02}{}{:03}".format,
    *(st.integers(0, 24), st.integers(0, 60), st.integers(0, 60), st.sampled_from(".,"), st.integers(0, 999)),
)
time_line = st.builds(
    "{}{} --> {}{}".format, st.sampled_from(["", " "]), clock, clock, st.sampled_from(["", " x", "1"])
)
caption_line = st.one_of(
    st.builds("{} --> {}".format, clock, clock),
    time_line,
    st.sampled_from(["", "7", "one -> two", "1:02 --> 1:03"]),
    spoken,
)


@quick
@given(st.lists(caption_line, max_size=12).map("\n".join))
def test_time_lines_found_all_at_once_are_those_found_one_by_one(text: str) -> None:
    def rows() -> tuple[object, ...]:
        notes = Notes(text)
        return captions.caption_rows(text, notes), notes.sentences()

    at_once = rows()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(captions, "arrow_lines", lambda _: None)
        assert rows() == at_once


yaml_signs = st.sampled_from([*"-?:[{]}, \nab", "- ", "a: ", "\n  ", "\u2028 ", "!!map ", "&x "])


@quick
@given(st.lists(yaml_signs, max_size=40).map("".join))
def test_what_is_plainly_flat_is(text: str) -> None:
    depth = deepest = 0
    with suppress(yaml.YAMLError):
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            deepest = max(deepest, depth)
    with patch.object(front_matter, "MAX_DEPTH", 4):  # which is soon passed
        assert deepest <= 4 or not front_matter.plainly_flat(text)
