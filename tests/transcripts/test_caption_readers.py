"""SubRip and WebVTT, with the faults real files have."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.errors import TranscriptError
from connector.transcripts.clean import clean_cues
from connector.transcripts.formats import read
from connector.transcripts.transcript import Reading

FIXTURES = Path(__file__).parents[1] / "fixtures" / "transcripts"


def reading(name: str) -> Reading:
    return read((FIXTURES / name).read_bytes(), name)


def vtt(*bodies: str) -> Reading:
    cues = (f"00:{number:02}.000 --> 00:{number + 1:02}.000\n{body}\n" for number, body in enumerate(bodies))
    return read(("WEBVTT\n\n" + "\n".join(cues)).encode(), "talk.vtt")


class TestSrt:
    def test_faults_cost_nothing_but_themselves(self) -> None:
        result = reading("tolerant.srt")
        assert result.format == "srt"
        assert [(cue.start, cue.end) for cue in result.cues] == [
            (1.0, 2.5), (12.6, 16.6), (17.0, 18.0), (25.0, 26.0), (30.0, 30.0),
        ]  # fmt: skip
        texts = [" ".join(cue.text.split()) for cue in result.cues]
        assert texts[1] == "A shorter fraction, two spaces. A line of one space ends nothing."
        assert texts[2] == "No number, and a dot. This cue lost its time line. Its time line is broken."
        assert texts[3] == "Out of order. Beyond a thousand hours."
        assert [note.split(":")[0] for note in result.notes] == ["line 18", "line 14", "line 22", "line 34"]

    def test_many_faults_are_counted_not_listed(self) -> None:
        text = "1\n00:00:01,000 --> 00:00:02,000\nFlour.\n" + "2000:00:00,000 --> x\nWater.\n" * 500
        notes = read(text.encode(), "talk.srt").notes
        assert len(notes) == 51
        assert notes[-1] == "and 450 more like these"

    def test_the_suffix_lies(self) -> None:
        assert read((FIXTURES / "zoom.vtt").read_bytes(), "zoom.srt").format == "webvtt"
        assert read((FIXTURES / "tolerant.srt").read_bytes(), "tolerant.json").format == "srt"
        assert read(b"00:01.000 --> 00:02.000\nNo header.\n", "talk.vtt").format == "webvtt"

    def test_names_recur_and_hold_until_the_next(self) -> None:
        lines = [
            "Mira: Knead it.",
            "Then wait.",
            "Zed: How long?",
            "Mira: An hour.",
            "Zed: So long!",
            "Fold.",
        ]
        text = "\n".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{line}\n" for n, line in enumerate(lines))
        cues = read(text.encode(), "talk.srt").cues
        assert [cue.speaker for cue in cues] == ["Mira", "Mira", "Zed", "Mira", "Zed", "Zed"]
        assert cues[0].text == "Knead it."

    @pytest.mark.parametrize("arrow", ["→", "–>", "—>", " -> "])
    def test_an_arrow_that_a_word_processor_made_of_two_dashes(self, arrow: str) -> None:
        text = f"1\n00:00:01,000 {arrow} 00:00:03,500\nKnead it.\n\n"
        text += f"2\n00:00:04,000{arrow}00:00:05,000\nFrom 0:10 → 0:20.\n"
        result = read(text.encode(), "talk.srt")
        assert result.format == "srt"
        assert [tuple(cue)[:4] for cue in result.cues] == [
            (1.0, 3.5, None, "Knead it."),
            (4.0, 5.0, None, "From 0:10 → 0:20."),
        ]

    def test_a_colon_now_and_then_is_no_speaker(self) -> None:
        lines = ["We fold.", "Note: gently.", "10:30 Meeting: ovens.", "Remember: rest.", "Note: again.", "It rises.",
                 "Python: slow.", "And that is all there is to say: bake.", "Python: really."]  # fmt: skip
        text = "\n".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{line}\n" for n, line in enumerate(lines))
        cues = read(text.encode(), "talk.srt").cues
        assert {cue.speaker for cue in cues} == {None}
        assert [cue.text for cue in cues] == lines

    def test_no_words(self) -> None:
        with pytest.raises(TranscriptError, match="the file has no spoken text"):
            read(b"some text\n00:00:00,500 --> 00:00:07,000\n", "talk.srt")


class TestWebVtt:
    def test_by_hand(self) -> None:
        result = reading("by_hand.vtt")
        assert result.metadata == {"language": "en-GB"}
        assert [(cue.start, cue.end) for cue in result.cues] == [(1.0, 2.5), (3.0, 4.0), (5.0, 6.0)]
        assert [cue.text for cue in clean_cues(result.cues)] == [
            "An arch pushes outwards.",
            "Its foundations push back.",
            "Both & neither move.",
        ]

    def test_zoom_prefixes(self) -> None:
        cues = reading("zoom.vtt").cues
        assert [(cue.speaker, cue.text) for cue in cues] == [
            ("Mira Valdstrand", "Good morning, everyone."),
            ("Z. Okonjo | Bakery", "Morning!"),
            ("Mira Valdstrand", "10:30 Meeting: we start with the ovens."),
            ("Mira Valdstrand", "Note: the big one is hot."),
            (None, "Everybody laughs"),
        ]

    def test_teams_voices(self) -> None:
        cues = reading("teams.vtt").cues
        assert [(cue.start, cue.speaker, " ".join(cue.text.split())) for cue in cues] == [
            (0.0, "Valdstrand, Mira", "How long does the dough rest?"),
            (5.5, "Okonjo, Zed", "Overnight."),
            (5.5, "Valdstrand, Mira", "That long"),
        ]

    def test_broadcast_names_with_marks(self) -> None:
        cues = vtt("[Applause]", "&gt;&gt; MIRA:\n- An arch stands.", "It leans.", "&gt;&gt; MIRA:\nOn itself.").cues
        assert [cue.speaker for cue in cues] == [None, "MIRA", "MIRA", "MIRA"]
        assert clean_cues(cues[1:])[0].text == "An arch stands."

    @pytest.mark.parametrize(
        ("body", "turns"),
        [
            ("- Mira: Fold it\ngently.\n- Zed: How?", [("Mira", "Fold it\ngently."), ("Zed", "How?")]),
            ("Mira: Fold it.\nZed: How?", [("Mira", "Fold it."), ("Zed", "How?")]),
            ("Mira: Fold it.\nNote: slowly.", [("Mira", "Fold it.\nNote: slowly.")]),
            ("Mira: Fold it.\nPython: a snake.", [("Mira", "Fold it.\nPython: a snake.")]),
            ("Mira: No.\nMira: No.\nZed: No.", [("Mira", "No.\nNo."), ("Zed", "No.")]),
            ("&gt;&gt; MIRA: FOLD IT &gt;&gt; ZED: HOW?", [("MIRA", "FOLD IT"), ("ZED", "HOW?")]),
            (">> MIRA: SHIFT A >> B", [("MIRA", "SHIFT A >> B")]),
        ],
    )
    def test_two_who_speak_in_one_cue_are_two(self, body: str, turns: list[tuple[str, str]]) -> None:
        names = [f"{'>> ' * (name.isupper())}{name}: Yes." for name in ("Mira", "Zed", "MIRA", "ZED")]
        others = [name for name in names if ("MIRA" in body) == name.startswith(">>")]
        cues = vtt(*others, *["so it is"] * 4, body, *others).cues
        assert [(cue.speaker, cue.text) for cue in cues[6:-2]] == turns
        assert {(cue.start, cue.end) for cue in cues[6:-2]} == {(6.0, 7.0)}

    def test_the_wide_colon_parts_only_where_each_cue_has_one(self) -> None:
        cues = vtt("妈妈：你好", "爸爸：你好", "妈妈：走\n爸爸：好的").cues
        assert [(cue.speaker, cue.text) for cue in cues[2:]] == [("妈妈", "走"), ("爸爸", "好的")]
        cues = vtt("Mira: Fold.", "Zed: How?", *["so it is"] * 4, "Mira: She says\nZed：so", "Zed: I do.").cues
        assert [(cue.speaker, cue.text) for cue in cues[6:]] == [("Mira", "She says\nZed：so"), ("Zed", "I do.")]

    def test_who_only_answers_below_another_is_one_who_speaks(self) -> None:
        cues = vtt("Mira: Fold.\nZed: How?", "Mira: So.\nZed: Ah.", "Mira: Done.").cues
        assert [(cue.speaker, cue.text) for cue in cues][1:4] == [("Zed", "How?"), ("Mira", "So."), ("Zed", "Ah.")]

    def test_a_list_in_what_somebody_says_names_nobody(self) -> None:
        recipe = "The recipe:\nSugar: two cups\nMilk: one"
        cues = vtt(f"Mira: {recipe}", "Zed: hi", "Mira: Yes", "Zed: ok").cues
        assert [(cue.speaker, cue.text) for cue in cues][:2] == [("Mira", recipe), ("Zed", "hi")]
        costs = "Cost: five\nSize: ten\nColour: red\nWeight: two\nShape: round\nTaste: sour\nSmell: sweet"
        assert {cue.speaker for cue in vtt("Hello and welcome", costs, "and that is it").cues} == {None}

    def test_changes_of_speaker_are_looked_for_in_linear_time(self) -> None:
        """The square would take minutes."""
        cues = vtt(">> MIRA: x" + " " * 200_000 + "y >> z", ">> ZED: How?", ">> MIRA: So.", ">> ZED: So.").cues
        assert [cue.speaker for cue in cues] == ["MIRA", "ZED", "MIRA", "ZED"]

    def test_names_on_their_own_line(self) -> None:
        cues = vtt("Mira Valdstrand\nGood morning.", "Zed Okonjo\nMorning.", "Mira Valdstrand\nLet us bake.").cues
        assert [(cue.speaker, cue.text) for cue in cues][2] == ("Mira Valdstrand", "Let us bake.")

    def test_a_long_name_with_particles_is_one(self) -> None:
        turns = ["Mira Vald: Good morning.", "Zed Okonjo: Morning."] * 4
        cues = vtt(*turns, "Marius van der Wijden: Bye.").cues
        assert (cues[-1].speaker, cues[-1].text) == ("Marius van der Wijden", "Bye.")

    def test_names_with_pronouns_or_a_house(self) -> None:
        few = ["and so on", "and on"] * 4
        cues = vtt("Z. Vald (they/them): Hello.", *few, "Dima | Bakery: Hi.", *few, "Z. Vald (they/them): Bye.",
                   "Dima | Bakery: Bye.").cues  # fmt: skip
        assert {cue.speaker for cue in cues} == {"Z. Vald (they/them)", "Dima | Bakery"}
        assert cues[-1].text == "Bye."

    def test_who_is_not_believed_is_nobody_rather_than_the_one_before(self) -> None:
        bodies = ["Ann Lee: Well.", "So.", "Bob (he/him): okay then", "still his", "Ann Lee: Again.",
                  "https://example.com: look there", "Question: why?", "Note (aside): it is hot."]  # fmt: skip
        cues = vtt(*bodies).cues
        assert [cue.speaker for cue in cues] == ["Ann Lee", "Ann Lee", None, None, *["Ann Lee"] * 4]
        assert cues[2].text == "Bob (he/him): okay then"

    def test_rolling_captions_are_said_once(self) -> None:
        cues = clean_cues(reading("rolling.vtt").cues)
        assert [cue.text for cue in cues] == ["the crust sings", "when it cools", "listen to it"]
        assert [cue.start for cue in cues] == [1.0, 3.0, 5.0]

    @pytest.mark.parametrize("text", ["WEBVTT", "WEBVTT\n\nNOTE 00:01 --> never\n"])
    def test_no_cues(self, text: str) -> None:
        with pytest.raises(TranscriptError, match="the file has no spoken text"):
            read(text.encode(), "talk.vtt")


def cues_of(text: str) -> list[tuple[float, float, str]]:
    return [(cue.start, cue.end, cue.text) for cue in read(text.encode(), "talk.srt").cues]


@pytest.mark.parametrize(("opens", "closes"), [("<u>", "</u>"), ('<font color="#00ff00">', "</font>")])
def test_a_sentence_with_one_word_after_another_marked_is_said_once(opens: str, closes: str) -> None:
    """As Whisper writes with ``--highlight_words``: unmarked while nobody speaks; what is said again marks anew."""
    written, now = "", 0
    for sentence in ("Weigh the flour.", "Knead.", "Knead.", "Fold it and let it rest."):
        words = sentence.split()
        for number, word in enumerate(words):
            marked = " ".join([*words[:number], f"{opens}{word}{closes}", *words[number + 1 :]])
            for text in (marked, sentence)[: 1 + (number + 1 < len(words))]:
                written += f"00:00:{now:02},000 --> 00:00:{now + 1:02},000\n{text}\n\n"
                now += 1
    assert cues_of(written) == [
        (0.0, 5.0, "Weigh the flour."),
        (5.0, 6.0, "Knead."),
        (6.0, 7.0, "Knead."),
        (7.0, 18.0, "Fold it and let it rest."),
    ]


def test_a_mark_now_and_then_changes_nothing() -> None:
    lines = ["Rest.", "<i>Rest.</i>", "The crust", "is <b>dark</b>.", "Fold.", "Fold it.", "So.", "Done."]
    written = "".join(f"00:00:0{n},000 --> 00:00:0{n + 1},000\n{line}\n\n" for n, line in enumerate(lines))
    assert [text for _, _, text in cues_of(written)] == lines


def test_a_cue_that_is_there_twice_is_said_once() -> None:
    once = "00:00:05.500 --> 00:00:07.000\nWeigh the flour.\n\n"
    again = once.replace("05.5", "06.5") + once.replace("07.0", "08.0") + once.replace("flour", "salt")
    head = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n"
    result = read((head + once + again + head + once).encode(), "talk.vtt")
    assert [(cue.start, cue.end, cue.text) for cue in result.cues] == [
        (5.5, 7.0, "Weigh the flour."),
        (5.5, 8.0, "Weigh the flour."),
        (5.5, 7.0, "Weigh the salt."),
        (6.5, 7.0, "Weigh the flour."),
    ]
    assert any("1 of 5 cues have the times and words of another" in note for note in result.notes)


def test_numbers_of_a_double_spaced_file_are_not_spoken() -> None:
    lines = ["1", "00:00:01,000 --> 00:00:02,000", "Weigh the flour,", "then the water.", "", "2",
             "00:00:03,000 --> 00:00:04,000", "7", "", "3", "00:00:05,000 --> 00:00:06,000", "Fold it."]  # fmt: skip
    assert cues_of("\r\n\r\n".join(lines)) == [
        (1.0, 2.0, "Weigh the flour,\n\nthen the water."),
        (3.0, 4.0, "7"),
        (5.0, 6.0, "Fold it."),
    ]


@pytest.mark.parametrize("numbers", [("1969", "7"), ("3", "2")])
def test_a_number_in_a_paragraph_of_its_own_is_spoken_where_numbers_do_not_count_up(numbers: tuple[str, str]) -> None:
    cues = (f"00:00:0{n},000 --> 00:00:0{n},900\nIt is\n\n{number}\n\n" for n, number in enumerate(numbers, 1))
    text = "".join(cues) + "00:00:05,000 --> 00:00:06,000\nFold it.\n"
    assert [said.split() for _, _, said in cues_of(text)][:2] == [["It", "is", number] for number in numbers]


@pytest.mark.parametrize("cues", [1, 2, 5])
def test_below_the_last_cue_no_line_is_the_number_of_another(cues: int) -> None:
    text = "WEBVTT\n\n" + "".join(f"{n}\n00:00:0{n}.000 --> 00:00:0{n}.900\nFold it.\n\n" for n in range(1, cues + 1))
    last = read(f"{text}1969".encode(), "talk.vtt").cues[-1]
    assert last.text.split() == ["Fold", "it.", "1969"]


def test_a_broken_time_line_is_none_of_the_words_wherever_a_block_of_the_file_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cues = [f"00:00:0{n},000 --> 00:00:0{n},900\nFold it.\n" for n in range(1, 6)]
    text = "".join([*cues[:2], "00:0x:02,950 --> 00:00:02,980\nAnd rest.\n", *cues[2:]])
    whole = read(text.encode(), "talk.srt")
    assert whole.cues[1].text.split() == ["Fold", "it.", "And", "rest."]
    for block in range(20, len(text)):
        monkeypatch.setattr("connector.transcripts.formats.captions._BLOCK", block)
        assert read(text.encode(), "talk.srt") == whole
