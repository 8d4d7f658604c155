"""From a source's text to shown text: every step on its own, and all of them on whole transcripts."""

from __future__ import annotations

import gc
from dataclasses import fields

import pytest

from connector.transcripts.clean import Cleaning, clean_cues
from connector.transcripts.transcript import Cue
from tests.transcripts.one_text import clean_text

STEPS = [step.name for step in fields(Cleaning)]


def only(*steps: str) -> Cleaning:
    return Cleaning(**{step: step in steps for step in STEPS})


def cue(start: float, text: str, *, end: float | None = None, speaker: str | None = None) -> Cue:
    return Cue(start, start + 1 if end is None else end, speaker, text)


def said(*texts: str, cleaning: Cleaning | None = None, language: str | None = None) -> list[str]:
    cues = [cue(float(start), text) for start, text in enumerate(texts)]
    return [each.text for each in clean_cues(cues, cleaning or Cleaning(), language)]


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
        ("it is [...] well [music] well", "it is well well"),
        ("  two \t spaces\u00a0here ", "two spaces here"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("&amp;amp;amp;lt;i&amp;gt;deep", "deep"),
        ("<<i>i>nested", "nested"),
        ("the &lt;b&gt; tag, &#60;i>, &lt;u&gt;", "the < b> tag, < i>, < u>"),
        ("<i>a &lt;b&gt; and &amp;lt;/b&amp;gt;</i>", "a < b> and < /b>"),
        ("&lt;i&gt;Out of sight &lt;/i&gt;", "Out of sight"),
        ("&lt;\u200bi>split by nothing", "split by nothing"),
        ("&lt;&#8203;i>split by nothing", "split by nothing"),
        ("<i></i> - ", ""),
    ],
)
def test_text(raw: str, shown: str) -> None:
    assert clean_text(raw) == shown
    assert clean_text(shown) == shown


@pytest.mark.parametrize(
    "mark",
    [
        *(
            "[Music]",
            "[APPLAUSE]",
            "(upbeat music)",
            "(Mira's laughter)",
            "[ Laughter ]",
            "*sighs*",
            "(speaking Spanish)",
        ),
        *("[applause and cheering]", "(whooshing sound)", "[BLANK_AUDIO]", "[pause]", "♪", "♪ soft music ♪"),
        *("[Musik]", "[Gelächter]", "[Applaudissements]", "[Música]", "[бурные аплодисменты]", "[音楽]", "（笑い声）"),
    ],
)
def test_marks_of_sounds_go_wherever_they_are(mark: str) -> None:
    assert clean_text(f"an arch {mark} stands") == "an arch stands"
    assert clean_text(mark) == ""


@pytest.mark.parametrize(
    "text",
    [
        *("use [the] protocol", "retries (see RFC 2119) help", "the [CLS] and [SEP] tokens", "[MASK]", "a <pad> b"),
        *("[talk](https://example.org)", "[music](https://example.org)", "f(beep)", "array[noise]", "*every* stone"),
        *(
            "we use the [inaudible] layer",
            "a (click) opens it",
            "the sound (of the music) is on",
            "(he likes the music)",
        ),
        *("[Narrator] An arch.", "(Laughter is the best medicine for a tired baker)", "2 * 3 * 4", "[sic]", "(music"),
    ],
)
def test_brackets_around_words_stay(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize("mark", ["(sticker popping)", "[inaudible]", "(indistinct)", "[crosstalk]", "(metal sliding)"])
def test_some_marks_go_only_where_nothing_else_is_said(mark: str) -> None:
    assert clean_text(mark) == ""
    assert clean_text(f"an arch {mark} stands") == f"an arch {mark} stands"


def test_a_stop_after_a_mark_is_the_sentence_s() -> None:
    assert clean_text("It held (laughter). Then it fell.") == "It held. Then it fell."
    assert clean_text("It held. (Laughter). Then it fell.") == "It held. Then it fell."


def test_of_a_song_the_words_stay() -> None:
    assert clean_text("♪ Bread and salt ♪ they sang") == "Bread and salt they sang"


def test_dots_that_stand_alone_are_pauses() -> None:
    assert clean_text("so ... we [...] fold (…) it … again . . . now") == "so we fold it again now"
    assert clean_text("wait… what... version 1...2 is `..`") == "wait… what... version 1...2 is `..`"


@pytest.mark.parametrize(
    ("raw", "shown", "language"),
    [
        ("Um, the arch, uh, holds", "The arch, holds", "en"),
        ("it is um. Then uhm we fold", "it is. Then we fold", "en-GB"),
        ("Uh huh, I see. Uh oh.", "Uh huh, I see. Uh oh.", "en"),
        ("at UM and in the ER", "at UM and in the ER", "en"),
        ("UM, THE ARCH", "THE ARCH", "en"),
        ("you know, it is, like, an umbrella", "you know, it is, like, an umbrella", "en"),
        ("Es geht um drei Uhr, ähm, um die Brücke", "Es geht um drei Uhr, um die Brücke", "de"),
        ("le pont euh tient", "le pont tient", "fr"),
        ("el arco, ehm, aguanta", "el arco, aguanta", "es"),
        ("o arco é um arco", "o arco é um arco", None),
        ("o arco é um arco", "o arco é um arco", "pt"),
        ("um die Ecke und um das Haus", "um die Ecke und um das Haus", None),
        ("and um the arch of the bridge is um old", "and the arch of the bridge is old", None),
        ("um", "um", None),
        ("uh", "", None),
    ],
)
def test_fillers(raw: str, shown: str, language: str | None) -> None:
    assert clean_text(raw, only("fillers"), language) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("I'll I'll fold the the dough", "I'll fold the dough"),
        ("And, and the… the arch", "And the arch"),
        ("the, the, the arch — to to hold", "the arch — to hold"),
        ("w- w- what is con- contract th- the", "what is contract the"),
        ("w-w-what", "what"),
        ("so that… that is… is it", "so that is it"),
        ("I think I think it is, it is a wall", "I think it is a wall"),
        ("you could be you could be, in the in the", "you could be, in the"),
        ("it might be it might be an arch", "it might be an arch"),
        ("The the arch", "The arch"),
        ("THE THE ARCH", "THE ARCH"),
    ],
)
def test_stutters(raw: str, shown: str) -> None:
    assert clean_text(raw, only("stutters"), "en") == shown


@pytest.mark.parametrize(
    "text",
    [
        *("they had had bread", "I know that that is", "very very old, very, very old", "no no, bye bye, knock knock"),
        *("20 20 and 7, 7", "New New York, New York, New York", "The The play", "what it is is that", "there, there"),
        *("step by step by step, more and more and more", "yeah, yeah. I do, I do.", "an A- average", "pre- and post-"),
        *(
            "a well-known t-test",
            "thank you thank you thank you",
            "the end. The arch",
            "cha-cha and 50-50",
            "log in in order",
            "and so on and so on",
        ),
    ],
)
def test_what_is_doubled_on_purpose_stays(text: str) -> None:
    assert clean_text(text, Cleaning(), "en") == text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("die Brücke, die die Stadt hat", "de"),
        ("nous nous levons et vous vous levez", "fr"),
        ("to to jest most, który jest na rzece", None),
        ("очень, очень много-много", None),
        ("そう そう です", "ja"),
    ],
)
def test_doubles_of_other_languages_stay(text: str, language: str | None) -> None:
    assert clean_text(text, Cleaning(), language) == text


def test_a_stutter_over_two_cues_ends_the_first() -> None:
    cues = [cue(0, "we fold the"), cue(1, "the dough and"), cue(2, "and"), cue(3, "and rest")]
    assert clean_cues(cues, language="en") == (cue(0, "we fold"), cue(1, "the dough"), cue(3, "and rest"))


def test_two_speakers_do_not_stutter_together() -> None:
    cues = (cue(0, "we fold the", speaker="Mira"), cue(1, "the dough", speaker="Zed"))
    assert clean_cues(cues, language="en") == cues


def test_captions_in_capitals_become_sentences() -> None:
    assert said(
        ">> GOOD MORNING, THIS IS MR. BAKER FROM THE BBC.",
        "I'M HERE ON MONDAY WITH",
        "THE U.S. COVID-19 TEAM. McDONALD SAYS:",
        "MIRA STONE: I BUILT IT AT NASA IN HTML. IT AIDS US.",
    ) == [
        "Good morning, this is Mr. Baker from the BBC.",
        "I'm here on Monday with",
        "the U.S. COVID-19 team. Mcdonald says:",
        "Mira Stone: I built it at NASA in HTML. It aids us.",
    ]


@pytest.mark.parametrize(
    "texts",
    [
        ["AN ARCH HOLDS", "and a bridge stands on it", "for many years"],
        ["我们使用 GPU", "和 TPU", "在 AWS 上"],
        ["今日は HTML", "と CSS です"],
    ],
)
def test_capitals_are_left_where_most_is_not_in_capitals(texts: list[str]) -> None:
    assert said(*texts) == texts


def test_each_line_of_a_dialogue_loses_its_dash() -> None:
    assert said("- Warm tea?\n- It is not warm.") == ["Warm tea? It is not warm."]


def test_a_tag_over_two_lines() -> None:
    assert said('<font\ncolor="red">Hot</font>') == ["Hot"]


def test_empty_cues_vanish_and_speakers_are_cleaned() -> None:
    cleaned = clean_cues([cue(0, "<i> </i>"), cue(1, "Yes.", speaker=" Mira &amp; Zed "), cue(2, "No.", speaker=" ")])
    assert cleaned == (cue(1, "Yes.", speaker="Mira & Zed"), cue(2, "No."))


def test_a_name_is_no_filler() -> None:
    assert clean_cues([cue(0, "Yes.", speaker="Um")], language="en")[0].speaker == "Um"


def test_confidence_is_kept() -> None:
    assert clean_cues([Cue(0.0, 1.0, None, "<i>arch</i>", 0.75)]) == (Cue(0.0, 1.0, None, "arch", 0.75),)


@pytest.mark.parametrize(
    ("growing", "in_full"),
    [
        (["the", "the crust", "the crust sings", "It", "It cools."], ["the crust sings", "It cools."]),
        (["a b", "a b - c", "a b - c d", "a b - c d e"], ["a b - c d e"]),
        (["Oui", "Oui\xa0!", "Oui\xa0! Bon", "Oui\xa0! Bon\xa0?"], ["Oui ! Bon ?"]),
        (["so\nthe", "so\nthe crust", "so\nthe crust sings", "so\nthe crust sings on"], ["so the crust sings on"]),
        (["so", "um so the crust", "uh so the crust sings", "so the crust sings when"], ["so the crust sings when"]),
    ],
)
def test_captions_that_grow_word_by_word_are_said_once(growing: list[str], in_full: list[str]) -> None:
    assert said(*growing) == in_full == said(*in_full)


def test_what_has_grown_lasts_from_its_first_word_to_its_last() -> None:
    grown = clean_cues([cue(n, " ".join(["one", "two", "three", "four"][: n + 1])) for n in range(4)])
    assert grown == (Cue(0, 4, None, "one two three four"),)


@pytest.mark.parametrize(
    "lines",
    [
        ["Yes.", "Yes. And the arch stands.", "It does.", "Why?", "Why not.", "It is old.", "As I said.", "So."],
        ["Je suis", "Je suis content.", "Tu es", "Tu es content.", "Il est", "Il est content."],
    ],
)
def test_lines_that_begin_alike_are_kept_where_captions_do_not_grow(lines: list[str]) -> None:
    assert said(*lines) == lines


@pytest.mark.parametrize(("speaker", "pause"), [("Bob", 0.0), ("Ann", 60.0)])
def test_who_says_it_again_or_after_a_while_does_not_go_on(speaker: str, pause: float) -> None:
    talk = [
        Cue(start + later, start + later + 1, who, text)
        for start in (0.0, 200.0, 400.0, 600.0)
        for who, later, text in (("Ann", 0.0, f"Yes {start:.0f}"), (speaker, 1 + pause, f"Yes {start:.0f} I agree."))
    ]
    assert [one.text for one in clean_cues(talk)] == [one.text for one in talk]


@pytest.mark.parametrize("text", ["of the - of of the", "and the - and the the house"])
def test_a_sign_between_words_said_twice_is_no_word(text: str) -> None:
    assert said(text, language="en")


def test_captions_that_grow_for_long_are_one() -> None:
    assert len(clean_cues([cue(n, "ab cd" + " ef" * (n % 500)) for n in range(2_000)])) == 4


def test_rolling_captions_are_said_once() -> None:
    rolling = ["the crust", "the crust\nsings when", "sings when\nit cools", "it cools\n[Music]"]
    assert said(*rolling) == ["the crust", "sings when", "it cools"]
    assert said(*rolling, cleaning=only("spaces"))[1] == "the crust sings when"


def test_an_echo_of_ten_milliseconds_is_no_speech() -> None:
    cleaned = clean_cues([cue(0, "the crust sings"), cue(1, "the crust sings", end=1.01)])
    assert cleaned == (cue(0, "the crust sings", end=1.01),)


def test_what_is_said_twice_stays_twice() -> None:
    twice = (cue(0, "Fold."), cue(1, "Fold."), cue(2, "Fold it again."))
    assert clean_cues(twice) == twice


def test_a_chorus_is_no_scroll() -> None:
    lines = ["Sing\nof bread", "of bread\nand salt", *(f"line {n}\nand more {n}" for n in range(8))]
    assert said(*lines)[1] == "of bread and salt"


def test_without_steps_nothing_changes() -> None:
    cues = (cue(0, "<i>UM</i>, the  the\n- [Music] …\u200b", speaker=" <b>Mira</b>"), cue(1, "THE ARCH", speaker=None))
    assert clean_cues(cues, only()) == cues


RAW = "<i>Um,</i> the the  arch [Music] … stands"
ALONE = {
    "markup": "Um, the the  arch [Music] … stands",
    "rolling": RAW,
    "sounds": "<i>Um,</i> the the  arch   … stands",
    "pauses": "<i>Um,</i> the the  arch [Music]   stands",
    "stutters": "<i>Um,</i> the  arch [Music] … stands",
    "spaces": "<i>Um,</i> the the arch [Music] … stands",
}


@pytest.mark.parametrize("step", ALONE)
def test_a_step_alone_does_its_own_work(step: str) -> None:
    assert clean_text(RAW, only(step), "en") == ALONE[step]


def test_deep_markup_is_bounded() -> None:
    hostile = "<" * 20_000 + "i>" * 20_000 + "&am" * 20_000
    assert clean_text(clean_text(hostile)) == clean_text(hostile)


@pytest.mark.parametrize(
    "part",
    ["(", "[", "*", "( ", "w-", "the ", "um ", "♪", ". ", "- ", "a-a-", "\n", "[Music](", "A ", "that that pan "],
)
def test_long_texts_of_marks_take_linear_time(part: str) -> None:
    cleaned = clean_cues([cue(0, part * 40_000)], language="en")
    assert clean_cues(cleaned, language="en") == cleaned


def test_nothing_is_left_for_the_collector() -> None:
    """Cycles would keep every recording of a long export or ingest in memory until Python looks for them."""
    cues = [cue(n, f"so what what we we do is number {n} to", speaker="Ann") for n in range(20)]
    clean_cues(cues)  # what is loaded and compiled the first time
    gc.collect()
    gc.disable()
    try:
        clean_cues(cues)
        assert gc.collect() == 0
    finally:
        gc.enable()
