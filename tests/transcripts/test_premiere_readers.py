"""Premiere's three exports, as the program and its panels write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.errors import TranscriptError
from connector.transcripts.formats import read
from connector.transcripts.transcript import Cue, Reading

FIXTURES = Path(__file__).parents[1] / "fixtures" / "transcripts"
RATE = 30000 / 1001


def reading(name: str, **options: float | str) -> Reading:
    return read((FIXTURES / name).read_bytes(), name, **options)


class TestText:
    def test_drop_frame_with_crlf_and_two_paragraphs(self) -> None:
        result = reading("premiere_drop_frame.txt")
        assert result.format == "premiere_text"
        assert [cue.speaker for cue in result.cues] == ["Mira Valdstrand", None, "Mira Valdstrand"]
        assert result.cues[0].start == pytest.approx(1798 / RATE)
        assert result.cues[0].end == pytest.approx((64 * 30 + 12 - 2) / RATE)
        assert result.cues[2].start == pytest.approx(17982 / RATE)
        assert (
            result.cues[2].text == "On the shelf above the oven.\nNever inside it, I have lost two starters that way."
        )
        assert "29.97 fps, drop-frame" in result.notes[-1]

    def test_localised_labels_without_blank_lines(self) -> None:
        result = reading("premiere_german.txt")
        assert result.cues == (
            Cue(3600.48, 3604.12, "Sprecher 1", "Eine Hängebrücke trägt ihr Gewicht an zwei Seilen."),
            Cue(3604.4, 3606.96, None, "Und die Pfeiler?"),
        )

    def test_a_given_frame_rate(self) -> None:
        result = reading("premiere_german.txt", fps="50")
        assert result.cues[0].start == 3600.24
        assert result.notes == ()

    def test_captions_have_no_speaker_line(self) -> None:
        result = reading("premiere_captions.txt")
        assert [(cue.speaker, cue.text) for cue in result.cues] == [
            (None, "Flour, water, salt."),
            (None, "That is all\na loaf needs."),
            (None, "And time."),
        ]

    def test_graphics_have_a_track(self) -> None:
        result = reading("premiere_graphics.txt")
        assert [(cue.speaker, cue.text) for cue in result.cues] == [
            (None, "Chapter one: the arch"),
            (None, "Chapter two: the truss"),
        ]

    def test_a_broken_time_line_costs_only_itself(self) -> None:
        text = (
            "00:00:01:00 - 00:00:02:00\nUnknown\nOne.\n\n00:00:0x:00 - 00:00:04:00\nUnknown\nTwo.\n\n"
            "9000:00:00:00 - 9000:00:01:00\nUnknown\nThree.\n\n00:00:05:00 - 00:00:04:00\nUnknown\nFour.\n"
        )
        result = read(text.encode(), "talk.txt")
        assert [(cue.start, cue.text) for cue in result.cues] == [
            (1.0, "One."),
            (2.0, "Two."),
            (2.0, "Three."),
            (5.0, "Four."),
        ]
        assert result.notes[:3] == (
            "line 5: a time line that cannot be read; placed after the one before",
            "line 9: a time above 1000 hours; placed after the one before",
            "line 13: this paragraph ends before it starts",
        )

    def test_words_under_a_broken_time_line_keep_their_speaker(self) -> None:
        turns = (
            "00:00:0x:00 - 00:00:01:00\nZed\nFirst.\n\n00:00:01:00 - 00:00:02:00\nMira\nOne.\n\n"
            "00:00:02:00 - 00:00:0x:00\nZed\n1990s - 2000s\nTwo.\n\n00:00:05:00 - 00:00:06:00\nMira\nThree.\n"
        )
        result = read(turns.encode(), "talk.txt")
        assert [(cue.start, cue.speaker, cue.text) for cue in result.cues] == [
            (1.0, "Zed", "First."),
            (1.0, "Mira", "One."),
            (2.0, "Zed", "1990s - 2000s\nTwo."),
            (5.0, "Mira", "Three."),
        ]
        assert result.notes[:2] == (
            "line 1: a time line that cannot be read; placed before the first that says one",
            "line 9: a time line that cannot be read; placed after the one before",
        )

    @pytest.mark.parametrize(
        ("times", "fps", "note"),
        [
            ("00:00:01:00 - 00:00:02:29", 15.0, "fps 15 cannot be: frame 29 occurs; read at 30 fps"),
            ("00;00;01;00 - 00;00;02;29", "25", "fps 25 cannot be: frame 29 occurs; read at 29.97 fps, drop-frame"),
            ("00:00:01:00 - 00:00:02:19", 25, None),
        ],
    )
    def test_a_frame_rate_that_cannot_be_is_told(self, times: str, fps: float | str, note: str | None) -> None:
        for text, name in (
            (f"{times}\nUnknown\nOne.\n", "talk.txt"),
            (f"Start Time,End Time,Text\n{times.replace(' - ', ',')},One.\n", "talk.csv"),
        ):
            assert read(text.encode(), name, fps=fps).notes == ((note,) if note else ())

    def test_a_name_over_no_words_costs_no_other_its_place(self) -> None:
        text = (
            "00:00:00:00 - 00:00:05:12\nMira Vald\nKnead.\n\n00:00:05:12 - 00:00:08:24\nZed\nYes.\nNo.\n\n"
            "00:00:08:24 - 00:00:09:24\nZed\n\n\n00:00:09:24 - 00:00:10:24\nMira Vald\nBake at 10:30.\n"
        )
        assert [(cue.speaker, cue.text) for cue in read(text.encode(), "talk.txt").cues] == [
            ("Mira Vald", "Knead."),
            ("Zed", "Yes.\nNo."),
            ("Mira Vald", "Bake at 10:30."),
        ]

    @pytest.mark.parametrize(
        "cast",
        [
            ("Mira B.", "Zed Stone Jr.", "Mira B.", "Zed Stone Jr."),
            ("Mira", "Zed Stone", "Dr. Ann Lee", "Mira", "Zed Stone"),
        ],
    )
    def test_speakers_that_somebody_renamed(self, cast: tuple[str, ...]) -> None:
        blocks = (
            f"00:00:0{number}:00 - 00:00:0{number}:20\n{name}\nThe oven is warm.\n" for number, name in enumerate(cast)
        )
        cues = read("\n".join(blocks).encode(), "talk.txt").cues
        assert [(cue.speaker, cue.text) for cue in cues] == [(name, "The oven is warm.") for name in cast]

    def test_captions_of_two_lines_name_nobody(self) -> None:
        lines = (
            "FOLD THE DOUGH",
            "THEN LET IT REST",
            "FOLD THE DOUGH",
            "THE OVEN WAITS",
            "MORE WATER",
            "A LITTLE SALT",
        )
        blocks = (f"00:00:0{number}:00 - 00:00:0{number}:20\n{line}\nAND SO ON\n" for number, line in enumerate(lines))
        cues = read("\n".join(blocks).encode(), "talk.txt").cues
        assert [(cue.speaker, cue.text) for cue in cues] == [(None, f"{line}\nAND SO ON") for line in lines]

    def test_nothing_said(self) -> None:
        with pytest.raises(TranscriptError, match="no spoken text"):
            read(b"00:00:01:00 - 00:00:02:00\nUnknown\n\n", "talk.txt")


class TestCsv:
    def test_as_the_program_writes_it(self) -> None:
        result = reading("premiere.csv")
        assert result.format == "premiere_csv"
        assert [(cue.speaker, cue.text) for cue in result.cues] == [
            ("Mira Valdstrand", 'Do you call it a "levain"?'),
            (None, "Some do, I say starter."),
        ]
        assert result.cues[1].start == pytest.approx(69 / RATE)

    def test_tabs_in_utf16_with_an_extra_column_and_no_speaker(self) -> None:
        result = reading("premiere_utf16_tabs.csv")
        assert [(cue.start, cue.speaker, cue.text) for cue in result.cues] == [
            (13 / 30, None, "Die Brücke steht."),
            (2.2, None, "Sie steht noch."),
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "start,end,speaker,text\n0:01,0:02,Mira,Knead.\n0:02,0:04,Zed,Fold.\n",
            "Text;Start Time;End Time;Speaker Name\nKnead.;0:01;0:02;Mira\nFold.;0:02;0:04;Zed\n",
            '"Nom","Début","Fin","Texte"\n"Mira","00:00:01:00","00:00:02:00","Knead."\n'
            '"Zed","00:00:02:00","00:00:04:00","Fold."\n',
            "Mira,00:00:01:00,00:00:02:00,Knead.\nZed,00:00:02:00,00:00:04:00,Fold.\n",
        ],
    )
    def test_variants(self, text: str) -> None:
        assert read(text.encode(), "talk.csv").cues == (
            Cue(1.0, 2.0, "Mira", "Knead."),
            Cue(2.0, 4.0, "Zed", "Fold."),
        )

    def test_a_row_without_a_time_is_noted_and_kept(self) -> None:
        result = read(b"Start Time,End Time,Text\n0:01,0:02,Knead.\nsoon,0:04,Fold.\n", "talk.csv")
        assert result.cues == (Cue(1.0, 2.0, None, "Knead."), Cue(2.0, 4.0, None, "Fold."))
        assert result.notes == ("line 3: a row without a start time that can be read; placed after the one before",)

    def test_the_first_rows_without_a_time_start_with_the_next(self) -> None:
        result = read(b"Start Time,End Time,Text\nsoon,,Sift.\n0:07,0:08,Knead.\n", "talk.csv")
        assert result.cues == (Cue(7.0, 7.0, None, "Sift."), Cue(7.0, 8.0, None, "Knead."))

    def test_another_table_is_no_transcript(self) -> None:
        with pytest.raises(
            TranscriptError, match="columns of times and text, not a transcript: 'flour,grams'"
        ) as caught:
            read(b"\nflour,grams\nrye,300\n", "recipe.csv")
        assert caught.value.line == 2

    def test_broken_quoting_names_its_line(self) -> None:
        text = 'Start Time,End Time,Text\n0:01,0:02,Knead.\n0:02,0:03,"' + "x" * 200_000
        with pytest.raises(TranscriptError, match="cannot be read: field larger") as caught:
            read(text.encode(), "talk.csv")
        assert caught.value.line == 3


class TestJson:
    def test_words_are_joined_and_speakers_named(self) -> None:
        result = reading("premiere.json")
        assert result.format == "premiere_json"
        assert result.metadata == {"language": "en-gb"}
        assert result.cues == (
            Cue(0.1, 2.2, "Mira Valdstrand", "Stone bridges stand by pressure.", 1.0),
            Cue(2.4, 3.9, None, "Until the keystone goes.", 1.0),
        )

    def test_wild_values(self) -> None:
        text = (
            '{"language": "??-??", "speakers": [7, {"id": []}], "segments": [null, {"start": 1e999, "words": 3},'
            '{"start": true, "duration": NaN, "words": [{"text": "kept \\ud800", "start": "1.5"}, {"text": 9}]},'
            '{"start": 1, "words": [{"text": "also"}]}, {"start": %s, "words": [{"text": "lost"}]}]}' % ("9" * 400)
        )
        result = read(text.encode(), "talk.json")
        assert [(cue.start, cue.text) for cue in result.cues] == [
            (1.0, "also"),
            (1.0, "lost"),
            (1.5, "kept \ufffd"),
        ]
        assert result.metadata == {}
        assert result.notes == ("segment 4 says no time; placed after the one before",)
