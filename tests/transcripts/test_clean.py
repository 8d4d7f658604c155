"""From a source's text to shown text."""

from __future__ import annotations

import pytest

from connector.transcripts.clean import clean_cues, clean_text
from connector.transcripts.transcript import Cue


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("<i>An</i> <b>arch</b>", "An arch"),
        ('<font color="#fff">Stone</font>', "Stone"),
        ("<c.colorE5E5E5>am<00:00:21.000>ore</c>", "amore"),
        ("<i.term><lang en>playground</lang></i>", "playground"),
        ("one<br/>two<BR>three", "one two three"),
        (r"{\an8}On top", "On top"),
        ("the tokens <s> and </s>, then <pad>", "the tokens <s> and </s>, then <pad>"),
        ("if a < b and c > d", "if a < b and c > d"),
        ("{key: value}", "{key: value}"),
        ("bread &amp; butter, it&#39;s &quot;warm&quot;", 'bread & butter, it\'s "warm"'),
        ("AT&T &copy &nosuch;", "AT&T &copy &nosuch;"),
        ("&gt;&gt; Good morning", "Good morning"),
        (">>> - Good morning", "Good morning"),
        ("- And you?", "And you?"),
        ("-5 degrees", "-5 degrees"),
        ("> 5 degrees", "> 5 degrees"),
        ("it is [...] well [music] well", "it is well [music] well"),
        ("  two \t spaces\u00a0here ", "two spaces here"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("&amp;amp;amp;lt;i&amp;gt;deep", "deep"),
        ("<<i>i>nested", "nested"),
        ("&lt;\u200bi>split by nothing", "split by nothing"),
        ("&lt;&#8203;i>split by nothing", "split by nothing"),
        ("<i></i> - ", ""),
    ],
)
def test_text(raw: str, shown: str) -> None:
    assert clean_text(raw) == shown
    assert clean_text(shown) == shown


def cue(start: float, text: str, *, end: float | None = None, speaker: str | None = None) -> Cue:
    return Cue(start, start + 1 if end is None else end, speaker, text)


def test_each_line_of_a_dialogue_loses_its_dash() -> None:
    assert clean_cues([cue(0, "- Warm tea?\n- It is not warm.")])[0].text == "Warm tea? It is not warm."


def test_a_tag_over_two_lines() -> None:
    assert clean_cues([cue(0, '<font\ncolor="red">Hot</font>')])[0].text == "Hot"


def test_empty_cues_vanish_and_speakers_are_cleaned() -> None:
    cleaned = clean_cues([cue(0, "<i> </i>"), cue(1, "Yes.", speaker=" Mira &amp; Zed "), cue(2, "No.", speaker=" ")])
    assert cleaned == (cue(1, "Yes.", speaker="Mira & Zed"), cue(2, "No."))


def test_an_echo_of_ten_milliseconds_is_no_speech() -> None:
    cleaned = clean_cues([cue(0, "the crust sings"), cue(1, "the crust sings", end=1.01)])
    assert cleaned == (cue(0, "the crust sings", end=1.01),)


def test_what_is_said_twice_stays_twice() -> None:
    twice = (cue(0, "Fold."), cue(1, "Fold."), cue(2, "Fold it again."))
    assert clean_cues(twice) == twice


def test_a_chorus_is_no_scroll() -> None:
    lines = ["Sing\nof bread", "of bread\nand salt", *(f"line {n}\nand more {n}" for n in range(8))]
    cleaned = clean_cues([cue(n, line) for n, line in enumerate(lines)])
    assert cleaned[1].text == "of bread and salt"


def test_deep_markup_is_bounded() -> None:
    hostile = "<" * 20_000 + "i>" * 20_000 + "&am" * 20_000
    assert clean_text(clean_text(hostile)) == clean_text(hostile)
