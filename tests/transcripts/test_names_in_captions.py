"""Speakers that captions name among markup, in brackets or in the cue's name."""

from __future__ import annotations

import pytest

from connector.transcripts.clean import clean_cues
from connector.transcripts.formats import read

Said = list[tuple[str | None, str]]


def said(text: str, name: str) -> Said:
    """Who says what, as it is shown."""
    return [(cue.speaker, cue.text) for cue in clean_cues(read(text.encode(), name).cues)]


def srt(*bodies: str) -> Said:
    cues = (
        f"{number}\n00:00:{number:02},000 --> 00:00:{number:02},900\n{body}\n" for number, body in enumerate(bodies)
    )
    return said("\n".join(cues), "talk.srt")


class TestNamesBehindMarkup:
    @pytest.mark.parametrize(
        "written",
        [
            r"{\an8}Mira: Knead it.",
            r"{\an8}{\i1}Mira: Knead it.{\i0}",
            "<b>Mira:</b> Knead it.",
            "<i>Mira: Knead it.</i>",
            '<font color="#ffff00">Mira:</font> Knead it.',
            "<c.yellow>Mira: Knead it.</c>",
            "<b><u>Mira:</u></b> Knead it.",
        ],
    )
    def test_they_are_names_all_the_same(self, written: str) -> None:
        other = written.replace("Mira", "Zed").replace("Knead", "Fold")
        assert srt(written, other, written) == [("Mira", "Knead it."), ("Zed", "Fold it."), ("Mira", "Knead it.")]

    def test_some_cues_stand_at_the_top(self) -> None:
        cues = srt(
            "MIRA: Knead it.", "Well.", r"{\an8}ZED: How long?", r"{\an8}An hour?", "MIRA: Two.", r"{\an8}ZED: Oh!"
        )
        assert [speaker for speaker, _ in cues] == ["MIRA", "MIRA", "ZED", "ZED", "MIRA", "ZED"]

    def test_two_speak_in_one_cue(self) -> None:
        cues = srt("<b>Mira:</b> Knead it.\n<b>Zed:</b> How long?", "<b>Zed:</b> An hour?", "<b>Mira:</b> Two.")
        assert [speaker for speaker, _ in cues] == ["Mira", "Zed", "Zed", "Mira"]

    def test_what_is_no_name_stays_where_it_is(self) -> None:
        cues = srt("<i>The oven is warm.</i>", "<b>Note:</b> it stays so.", "<i>Well</i> then.")
        assert [text for _, text in cues] == ["The oven is warm.", "Note: it stays so.", "Well then."]
        assert {speaker for speaker, _ in cues} == {None}


class TestNamesInBrackets:
    @pytest.mark.parametrize("name", ["SPEAKER_00", "Mira Vald"])
    def test_before_a_colon(self, name: str) -> None:
        """WhisperX writes its own SubRip files so."""
        assert srt(f"[{name}]: Knead it.", "[SPEAKER_01]: How long?", f"[{name}]: An hour.") == [
            (name, "Knead it."),
            ("SPEAKER_01", "How long?"),
            (name, "An hour."),
        ]

    def test_sounds_are_no_speakers(self) -> None:
        assert {speaker for speaker, _ in srt("[Music]", "[door closes]", "Knead it.")} == {None}


class TestWebex:
    def test_the_speaker_is_in_the_name_of_the_cue(self) -> None:
        text = (
            'WEBVTT\n\n1 "Mira Vald" (1234567)\n00:00:01.000 --> 00:00:03.000\nKnead it.\n\n'
            '2 "Zed" (0)\n00:00:03.500 --> 00:00:05.000\nHow "long" (in hours)?\n\n'
            '3 "Mira Vald" (1234567)\n00:00:06.000 --> 00:00:07.000\nTwo.\n'
        )
        assert said(text, "talk.vtt") == [
            ("Mira Vald", "Knead it."),
            ("Zed", 'How "long" (in hours)?'),
            ("Mira Vald", "Two."),
        ]

    def test_notes_name_the_line_of_the_file(self) -> None:
        text = (
            'WEBVTT\n\n1 "Mira Vald" (7)\n00:00:01.000 --> 00:00:03.000\nKnead it.\n\n'
            '2 "Zed" (8)\n00:00:05.000 --> 00:00:04.000\nHow long?\n'
        )
        assert read(text.encode(), "talk.vtt").notes == ("line 8: this cue ends before it starts",)
