"""What is written for other programs is read back by our own readers as the same cues."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.transcripts import formats
from connector.transcripts.transcript import Cue
from connector.transcripts.writing import KINDS, named

WORDS = st.lists(
    st.sampled_from(["heap", "pond", "turned", "12", "naïve", "Ω", "堆肥", "R&D", "it’s"]), min_size=1, max_size=9
)
NAMES = ("Rosa Luz", "Jo Hill", None)


@st.composite
def cues(draw: st.DrawFn) -> list[Cue]:
    """Cues one after another, either all with a speaker or none: else a subtitle says that the one before goes on."""
    lengths = draw(st.lists(st.integers(1, 9_000), min_size=2, max_size=12))
    who = draw(st.sampled_from([NAMES[:2], NAMES[2:]]))
    at, found = draw(st.integers(0, 40_000_000)), []
    for number, length in enumerate(lengths):
        text = " ".join(draw(WORDS)).capitalize() + "."
        found.append(Cue(at / 1000, (at + length) / 1000, who[number % len(who)], text))
        at += length
    return found


@pytest.mark.parametrize("suffix", ["srt", "vtt", "json"])
@given(cues())
def test_cues_come_back(suffix: str, said: list[Cue]) -> None:
    text = KINDS[suffix].write(said, "A --> title", "en")
    reading = formats.read(text.encode(), f"talk.{suffix}")
    got = [
        (round(c.start, 3), round(c.end, 3), c.speaker, c.text.replace("&amp;", "&") if suffix == "vtt" else c.text)
        for c in reading.cues
    ]
    assert got == [(round(c.start, 3), round(c.end, 3), c.speaker, c.text) for c in said]


def test_text_comes_back_to_the_second() -> None:
    said = [Cue(3.4 + 7 * n, 9 + 7 * n, NAMES[n % 2], f"This is what is said in part {n} of it.") for n in range(8)]
    reading = formats.read(KINDS["txt"].write(said, "A title", None).encode(), "talk.txt")
    assert [(c.start, c.speaker, c.text) for c in reading.cues] == [(int(c.start), c.speaker, c.text) for c in said]


def test_what_is_said_is_no_markup_and_no_time_line() -> None:
    said = [
        Cue(1, 1, "<b>Ann\n--> & Co</b>", "00:00:01.000 --> 00:00:02.000\n\n<i>x</i> & so"),
        Cue(2, 3, None, "Yes."),
    ]
    vtt = KINDS["vtt"].write(said, "T\n\nNOTE", None)
    assert vtt.count("-->") == 2
    assert "<v &lt;b&gt;Ann --&gt; &amp; Co&lt;/b&gt;>" in vtt and "&lt;i&gt;x&lt;/i&gt; &amp; so" in vtt
    assert "00:00:01.000 --> 00:00:01.001" in vtt
    assert KINDS["srt"].write(said, "", None).count("-->") == 2


def test_people_have_the_names_a_sidecar_gives() -> None:
    assert named([Cue(0, 1, "S1", "a"), Cue(1, 2, None, "b")], {"S1": "Ann"})[0].speaker == "Ann"
