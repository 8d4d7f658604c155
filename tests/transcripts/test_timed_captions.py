"""Caption formats that are plain text: SBV, SubViewer, Spruce, SubStation, LRC, MicroDVD."""

from __future__ import annotations

from pathlib import Path

import pysubs2
import pytest

from connector.errors import TranscriptError
from connector.transcripts.clean import clean_cues
from connector.transcripts.formats import read
from connector.transcripts.transcript import Reading

FIXTURES = Path(__file__).parents[1] / "fixtures" / "transcripts"

Said = tuple[float, float, str | None, str]


def reading(name: str, **options: float) -> Reading:
    return read((FIXTURES / name).read_bytes(), name, **options)


def said(result: Reading) -> list[Said]:
    return [(round(cue.start, 4), round(cue.end, 4), cue.speaker, cue.text) for cue in result.cues]


class TestSbv:
    def test_times_and_words(self) -> None:
        result = reading("bread.sbv")
        assert result.format == "sbv"
        assert said(result) == [
            (1.25, 3.5, "Mira", "Weigh the flour,\nthen the water.\n\nThis time line is broken."),
            (8.0, 8.0, "Zed", "How much salt?"),
            (9.0, 11.0, "Mira", "Two parts in a hundred, at 7:30, or so."),
            (9.0, 11.0, "Zed", "was written here."),
            (11.0, 12.0, "Zed", "Thank you."),
        ]
        assert result.notes == (
            "line 5: a time line that cannot be read: '0:00:03.500,0:00:05.x00'",
            "line 10: this cue ends before it starts",
        )

    def test_the_suffix_lies(self) -> None:
        for suffix in (".srt", ".sub", ".txt", ".csv", ".vtt"):
            assert read((FIXTURES / "bread.sbv").read_bytes(), f"talk{suffix}").format == "sbv"

    def test_subviewer_2(self) -> None:
        result = reading("subviewer.sub")
        assert result.metadata == {"title": "How an arch stands"}
        assert [(start, end, text) for start, end, _, text in said(result)] == [
            (1.4, 3.05, "An arch pushes\noutwards."),
            (60.0, 62.5, "Its feet \n push back."),
        ]

    def test_subviewer_1(self) -> None:
        result = reading("subviewer1.sub")
        assert result.metadata == {}
        assert [(start, end, text) for start, end, _, text in said(result)] == [
            (1.0, 4.0, "An arch pushes\noutwards."),
            (60.0, 62.0, "Its feet push back."),
        ]


class TestSpruce:
    def test_stc(self) -> None:
        result = reading("bread.stc")
        assert result.format == "spruce"
        frame = 1001 / 30000
        assert [cue.start for cue in result.cues] == [
            pytest.approx(count * frame) for count in (0, 4 * 30 + 15, 6 * 30, 60 * 30)
        ]  # 00:01:00;02 is frame 1800: two numbers are dropped
        assert [cue.text for cue in result.cues] == [
            "This line was written with the time of the end,",
            "and this one\nat its place.",
            "On the same line.",
            "After a pause.",
        ]
        assert result.cues[2].end == pytest.approx(8 * 30 * frame)
        assert result.notes == (
            "line 2: the first time is later than all others; taken as 0",
            "the frame rate is not in the file; read at 29.97 fps, drop-frame",
        )

    def test_stl(self) -> None:
        result = reading("bridge.stl")
        assert result.format == "spruce"
        assert said(result) == [
            (1.4, 3.96, None, "An arch pushes\noutwards."),
            (4.0, 6.2, None, "Its feet, however, push back."),
            (9.0, 9.0, None, "So it stands."),
        ]
        assert result.notes[0] == "line 7: this cue ends before it starts"

    def test_the_rate_a_person_says(self) -> None:
        assert said(reading("bridge.stl", fps=50))[0][:2] == (1.2, 3.48)
        assert reading("bridge.stl", fps=50).notes[1:] == ()

    def test_ebu_stl_is_refused_by_name(self) -> None:
        block = (
            b"850STL25.01100" + b" " * 1010 + (b"\x00\x01\x00\xff\x00\x00\x01\x05\x0a" + b"Words\x8a" + b"\x8f" * 112)
        )
        with pytest.raises(TranscriptError, match="EBU STL"):
            read(block, "talk.stl")


class TestSubStation:
    def test_dialogue(self) -> None:
        result = reading("bridge.ass")
        assert result.format == "substation"
        assert result.metadata == {"title": "On arches"}
        assert said(result) == [
            (1.5, 3.0, "Mira Valdstrand", "An arch pushes\nout wards."),
            (4.05, 6.5, "Zed Okonjo", "And its feet, what do they do?"),
            (7.0, 9.0, "Mira Valdstrand", "They push back."),
            (9.0, 9.0, "Mira Valdstrand", "So it stands."),
        ]
        assert [note.partition(":")[0] for note in result.notes] == ["line 19", "line 20", "line 21"]

    def test_it_reads_as_pysubs2_does_where_that_reads(self) -> None:
        columns = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
        lines = [
            f"Dialogue: 0,0:00:{n:02}.10,0:00:{n:02}.95,Default,Mira,0,0,0,,{{\\i1}}Line{{\\i0}}, {n}"
            for n in range(40)
        ]
        text = "[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: " + columns + "\n" + "\n".join(lines)
        peer = pysubs2.SSAFile.from_string(text, format_="ass")
        assert [(start, end, who, words) for start, end, who, words in said(read(text.encode(), "talk.ass"))] == [
            (event.start / 1000, event.end / 1000, event.name, event.plaintext) for event in peer
        ]

    def test_ssa_with_its_own_columns(self) -> None:
        text = (
            "[Script Info]\nTitle: <untitled>\n[Events]\n"
            "Format: Marked, Start, End, Style, Actor, MarginL, MarginR, MarginV, Effect, Text\n"
            "Dialogue: Marked=0,0:00:01.00,0:00:02.00,*Default,Zed,0000,0000,0000,!Effect,Knead, fold.\n"
        )
        result = read(text.encode(), "talk.ssa")
        assert said(result) == [(1.0, 2.0, "Zed", "Knead, fold.")]
        assert result.metadata == {}


class TestLrc:
    def test_lines_that_recur_and_offset(self) -> None:
        result = reading("bread.lrc")
        assert result.format == "lrc"
        assert result.metadata == {"title": "The dough song", "language": "en"}
        assert [(start, end, text) for start, end, _, text in said(result)][:3] == [
            (1.25, 3.75, "Knead it and fold it"),
            (3.75, 5.75, "Leave it to rest"),
            (9.0, 59.875, "Knead it and fold it"),
        ]
        assert result.cues[3].text == "It rises\nover night"

    def test_a_negative_offset_shows_later(self) -> None:
        assert read(b"[offset:-500]\n[00:01.00]Rest.\n", "talk.lrc").cues[0].start == 1.5


class TestMicroDvd:
    def test_the_rate_in_the_file(self) -> None:
        result = reading("bridge.sub")
        assert result.format == "microdvd"
        assert said(result) == [
            (1.0, 3.0, None, "An arch pushes\noutwards."),
            (4.0, 8.0, None, "Its feet push back."),
            (8.0, 8.0, None, "So it stands."),
        ]
        assert result.notes == ("line 4: this cue ends before it starts",)

    def test_the_rate_a_person_says_else_films(self) -> None:
        text = b"{24}{48}Rest.\n"
        assert said(read(text, "talk.sub", fps=24))[0][:2] == (1.0, 2.0)
        film = read(text, "talk.sub")
        assert said(film)[0][:2] == (1.001, 2.002)
        assert film.notes == ("the frame rate is not in the file; read at 23.976 fps",)

    def test_a_rate_that_is_none(self) -> None:
        result = read(b"{1}{1}0.5\n{24}{48}Rest.\n", "talk.sub", fps=24)
        assert said(result) == [(1.0, 2.0, None, "Rest.")]
        assert result.notes == ("line 1: 0.5 is no frame rate",)

    def test_mpl2(self) -> None:
        assert said(reading("bridge.mpl")) == [
            (1.0, 2.5, None, "An arch pushes\noutwards."),
            (4.0, 6.2, None, "Its feet push back."),
        ]


@pytest.mark.parametrize(
    "text",
    [
        "[Script Info]\n[Events]\n",
        "*TC 00:00:01;00\n\n*TC 00:00:02;00\n",
        "[ti:Dough]\n[00:01.00]\n",
        "{1}{1}25\n{10}{20}|\n",
        "0:00:01.000,0:00:02.000\n\n",
        "Scenarist_SCC V1.0\n\n00:00:01:00\t9420 9420\n",
    ],
)
def test_no_words(text: str) -> None:
    with pytest.raises(TranscriptError, match="the file has no spoken text"):
        read(text.encode(), "talk")


DIALOGUE = "Dialogue: 0,{}:00:01.00,{}:00:02.00,,,0,0,0,,{}\n"


@pytest.mark.parametrize(
    "text",
    [
        "{999999999999}{999999999999}Dough.\n{48}{72}Arch.\n",
        "[Events]\n" + DIALOGUE.format(999999, 0, "Dough.") + DIALOGUE.format(0, 0, "Arch."),
        "0:00:00.000,0:00:01.000\n\n999999:00:00.000,999999:00:01.000\nDough.\n0:00:02.000,999999:00:03.000\nArch.\n",
    ],
)
def test_no_recording_lasts_a_thousand_hours(text: str) -> None:
    result = read(text.encode(), "talk")
    assert [cue.text for cue in clean_cues(result.cues)][-1] == "Arch."
    assert all(cue.end <= 3_600_000 for cue in result.cues)
    assert any("1000 hours" in note or "cannot be read" in note for note in result.notes)
