"""Tables of times and words: what spreadsheets do to them, rows without a time, markers."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from connector.errors import TranscriptError
from connector.transcripts.formats import read
from connector.transcripts.transcript import Cue

FIXTURES = Path(__file__).parents[1] / "fixtures" / "transcripts"
RATE = 30000 / 1001


class TestWhatSpreadsheetsDo:
    def test_semicolons_between_columns_and_in_timecodes(self) -> None:
        text = '"Speaker Name";"Start Time";"End Time";"Text"\n"Mira";"00;00;01;00";"00;00;02;00";"Knead; fold."\n'
        (cue,) = read(text.encode(), "a.csv").cues
        assert (cue.start, cue.end) == (pytest.approx(30 / RATE), pytest.approx(60 / RATE))
        assert (cue.speaker, cue.text) == ("Mira", "Knead; fold.")

    def test_each_row_quoted_as_a_whole(self) -> None:
        text = '"Speaker Name,""Start Time"",""End Time"",""Text"""\n"Mira,""0:01"",""0:02"",""Knead, fold."""\n'
        assert read(text.encode(), "a.csv").cues == (Cue(1.0, 2.0, "Mira", "Knead, fold."),)

    def test_commas_in_text_without_quotation_marks(self) -> None:
        text = "Start Time,End Time,Text\n0:01,0:02,Knead, fold, bake.\n0:02,0:04,Rest.,,,\n"
        assert read(text.encode(), "a.csv").cues == (
            Cue(1.0, 2.0, None, "Knead, fold, bake."),
            Cue(2.0, 4.0, None, "Rest."),
        )

    def test_a_quotation_mark_nobody_closes_costs_nothing(self) -> None:
        text = 'Start Time,End Time,Text\n00:00:01,00:00:02,"Knead\n00:00:02,00:00:04,Fold\n00:00:04,00:00:05,Bake\n'
        result = read(text.encode(), "a.csv")
        assert [cue.text for cue in result.cues] == ["Knead", "Fold", "Bake"]
        assert "never closed" in result.notes[0]

    def test_a_quotation_mark_nobody_closes_in_a_table_of_minutes(self) -> None:
        text = 'Start,End,Text\n0:00,0:01,"Knead\n0:01,0:05,Fold it\n0:05,0:09,Bake\n'
        assert [cue.text for cue in read(text.encode(), "a.csv").cues] == ["Knead", "Fold it", "Bake"]
        text = 'Start,End,Text\n0:00,0:01,"Knead\nat 10:30"\n0:01,0:05,Fold it\n'
        assert [cue.text for cue in read(text.encode(), "a.csv").cues] == ["Knead\nat 10:30", "Fold it"]

    def test_a_quotation_mark_nobody_closes_in_a_large_table(self) -> None:
        times = [f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}" for second in range(6001)]
        rows = [f"{start},{end},Fold the dough, bake the bread" for start, end in pairwise(times)]
        rows[0] = rows[0].replace("Fold", '"Fold')
        result = read("\n".join(("Start Time,End Time,Text", *rows)).encode(), "a.csv")
        assert len(result.cues) == 6000
        assert {cue.text.strip('"') for cue in result.cues} == {"Fold the dough, bake the bread"}
        assert "never closed" in result.notes[0]

    @pytest.mark.parametrize("end", ["", '"\n06:00:00,06:00:01,Rest.\n'])
    @pytest.mark.parametrize("said", ["Knead it, fold it. ", "Knead it,\nfold it. "])
    def test_a_field_of_hours_is_refused(self, said: str, end: str) -> None:
        text = f'Start Time,End Time,Text\n00:00:00,06:00:00,"{said * 20_000}{end}'
        with pytest.raises(TranscriptError, match="cannot be read: field larger than") as caught:
            read(text.encode(), "a.csv")
        assert caught.value.line
        assert "never closed" in caught.value.hint

    @pytest.mark.parametrize(
        ("start", "end"), [("00:00:01.500", "00:00:02.250"), ("1.5", "2.25"), ("00:00:01,500", "00:00:02,250")]
    )
    def test_decimals_are_no_frames(self, start: str, end: str) -> None:
        text = f'start;end;text\n"{start}";"{end}";Knead.\n'
        assert read(text.encode(), "a.csv").cues == (Cue(1.5, 2.25, None, "Knead."),)

    @pytest.mark.parametrize("ends", ["\r", "\r\n", "\n\n", "\r\n\r\n"])
    def test_line_ends_and_blank_rows(self, ends: str) -> None:
        text = ends.join(('"Speaker Name","Start Time","End Time","Text"', '"Mira","0:01","0:02","A ""b""."', ""))
        assert read(text.encode("utf-16"), "a.csv").cues == (Cue(1.0, 2.0, "Mira", 'A "b".'),)

    @pytest.mark.parametrize("hint", ["sep=;\n", '"sep=;"\n', "\nsep=;\n"])
    def test_the_separator_that_the_first_line_names(self, hint: str) -> None:
        text = f"{hint}Speaker,Start,End,Text\n".replace(",", ";") + "Mira;0:01;0:02;Knead, fold.\n"
        assert read(text.encode(), "a.csv").cues == (Cue(1.0, 2.0, "Mira", "Knead, fold."),)


class TestColumns:
    @pytest.mark.parametrize(
        "header",
        ["Startzeit,Endzeit,Sprecher,Text", "IN,OUT,Sprecher,Inhalt", "Timecode In,Timecode Out,Speaker,Transcript",
         "Start TC,End TC,Speaker,Dialogue", "Start time (s),End time (s),Speaker,Text",
         "Début,Fin,Intervenant,Texte", "Inicio,Fin,Hablante,Texto", "Inizio,Fine,Relatore,Testo",
         "Heure de début,Heure de fin,Nom,Texte", "Od,Do,Kdo,Co", "Start,Ende,Sprecher,Text", ""],
    )  # fmt: skip
    def test_the_words_are_the_column_that_says_most(self, header: str) -> None:
        rows = "00:00:01,00:00:02,Mira,Knead the dough.\n00:00:02,00:00:04,Zed,Fold it.\n00:00:04,00:00:09,Mira,Rest.\n"
        assert read(f"{header}\n{rows}".lstrip().encode(), "a.csv").cues == (
            Cue(1.0, 2.0, "Mira", "Knead the dough."),
            Cue(2.0, 4.0, "Zed", "Fold it."),
            Cue(4.0, 9.0, "Mira", "Rest."),
        )

    @pytest.mark.parametrize(
        "header",
        ["Index,Record In,Record Out,Text", "Nr,Startzeit,Endzeit,Text", "#,Od,Do,Co", "Sprache,Od,Do,Co"],
    )
    def test_numbers_and_languages_speak_not(self, header: str) -> None:
        first = "de" if header.startswith("Sprache") else "{}"
        rows = "".join(
            f"{first.format(number)},0:0{number},0:0{number + 1},{words}\n"
            for number, words in enumerate(("Knead.", "Fold."), start=1)
        )
        assert read(f"{header}\n{rows}".encode(), "a.csv").cues == (
            Cue(1.0, 2.0, None, "Knead."),
            Cue(2.0, 3.0, None, "Fold."),
        )

    def test_the_words_before_the_times(self) -> None:
        text = "Kdo,Co,Od,Do\nMira,Knead the dough now.,0:01,0:02\nZed,And then fold it.,0:02,0:09\n"
        assert read(text.encode(), "a.csv").cues == (
            Cue(1.0, 2.0, "Mira", "Knead the dough now."),
            Cue(2.0, 9.0, "Zed", "And then fold it."),
        )
        with pytest.raises(TranscriptError, match="not a transcript"):
            read(b"Kdo,Od,Do\nMira,9:01,12:30\nZed,9:30,17:00\n", "a.csv")

    @pytest.mark.parametrize("header", ["", "Begin,Finish,Spoken,Translation\n"])
    def test_a_longer_translation_behind_the_words_is_none_of_them(self, header: str) -> None:
        said = {
            "Knead the dough well now.": "Nun den Teig gut durchkneten.",
            "And then fold it.": "Dann einmal falten.",
        }
        rows = "".join(f"0:0{n},0:0{n + 1},{','.join(pair)}\n" for n, pair in enumerate(said.items(), 1))
        cues = read((header + rows).encode(), "a.csv").cues
        assert [(cue.speaker, cue.text) for cue in cues] == [(None, words) for words in said]

    @pytest.mark.parametrize(
        "first",
        [
            "https://video.example/v?id=abcdef&t={}",
            "00000000-1111-4222-8333-44444444444{}",
            "keyframe_0000{}_scene.png",
        ],
    )
    def test_links_and_ids_before_the_words_are_none_of_them(self, first: str) -> None:
        said = ["Knead the dough very well now.", "And then fold it over once more."]
        rows = "".join(f"0:0{n},0:0{n + 1},{first.format(n)},{words}\n" for n, words in enumerate(said, 1))
        assert [cue.text for cue in read(rows.encode(), "a.csv").cues] == said

    def test_a_number_is_no_speaker_whatever_its_language_calls_it(self) -> None:
        text = "Start,Text,Nombre\n0:01,Knead the dough.,10\n0:09,Fold it.,20\n"
        assert [cue.speaker for cue in read(text.encode(), "a.csv").cues] == [None, None]

    def test_a_third_time_is_a_duration(self) -> None:
        text = "Nr,Beginn,Ende,Dauer,Wer,Was\n1,0:01,0:02,0:01,Mira,Knead the dough now.\n2,0:02,0:09,0:07,Zed,"
        assert read(f"{text}And fold it.\n".encode(), "a.csv").cues == (
            Cue(1.0, 2.0, "Mira", "Knead the dough now."),
            Cue(2.0, 9.0, "Zed", "And fold it."),
        )

    def test_seconds_under_a_foreign_header(self) -> None:
        text = "Début (s);Fin (s);Nom;Texte\n1.5;2.25;Mira;Knead.\n2.25;3.5;Zed;Fold.\n"
        assert read(text.encode(), "a.csv").cues == (Cue(1.5, 2.25, "Mira", "Knead."), Cue(2.25, 3.5, "Zed", "Fold."))

    def test_a_speaker_under_a_foreign_name_who_is_written_where_they_change(self) -> None:
        text = "Start,Stop,Sprecher,Text\n0:01,0:02,Mira,Knead.\n0:02,0:04,,Fold.\n0:04,0:09,,Rest.\n"
        assert read(text.encode(), "a.csv").cues[0].speaker == "Mira"

    @pytest.mark.parametrize("header", ["Speaker,Start,End,Text", "Speaker,Time,Words"])
    def test_a_colon_behind_a_name_is_no_part_of_it(self, header: str) -> None:
        end = "0:09," if "End" in header else ""
        text = f"{header}\nMira:,0:01,{end}Knead.\nUnknown:,0:09,{end}Fold.\n"
        assert [cue.speaker for cue in read(text.encode(), "a.csv").cues] == ["Mira", None]

    @pytest.mark.parametrize(
        "text",
        [
            "start,duration,text\n1.5,2.25,Knead it.\n4.0,1,Then fold.\n",
            "text,start,duration\nKnead it.,1.5,2.25\nThen fold.,4.0,1\n",
            "Timecode,Duration,Text\n00:00:01.500,00:00:02.250,Knead it.\n00:00:04.000,0:01,Then fold.\n",
            "Start;Dauer (s);Text\n1,5;2,25;Knead it.\n4,0;1;Then fold.\n",
            "Zeit,Dauer,Gesagt\n0:01.5,0:02.25,Knead it.\n0:04,0:01,Then fold.\n",
        ],
    )
    def test_a_duration_tells_the_end(self, text: str) -> None:
        assert read(text.encode(), "a.csv").cues == (
            Cue(1.5, 3.75, None, "Knead it."),
            Cue(4.0, 5.0, None, "Then fold."),
        )

    @pytest.mark.parametrize("unit", ["ms", "frames"])
    def test_a_duration_in_another_unit_tells_none(self, unit: str) -> None:
        text = f"start,duration ({unit}),text\n1.5,2250,Knead it.\n4.0,1000,Then fold.\n"
        assert read(text.encode(), "a.csv").cues[0].end == 4.0

    def test_an_end_is_surer_than_a_duration(self) -> None:
        text = "start,end,duration,text\n1.5,3.0,2.25,Knead it.\n"
        assert read(text.encode(), "a.csv").cues == (Cue(1.5, 3.0, None, "Knead it."),)

    @pytest.mark.parametrize(
        "text",
        [
            "Timespan\tContent\tSpeaker\n0:01.0 - 0:03.5\tKnead it.\tMira\n1:00:04.0 - 1:00:05.0\tHow long?\tZed\n",
            "Timecode,Speaker,Text\n0:01 --> 0:03.5,Mira,Knead it.\n1:00:04 --> 1:00:05,Zed,How long?\n",
            "0:01.0 – 0:03.5\tMira\tKnead it.\n1:00:04.0 – 1:00:05.0\tZed\tHow long?\n",
        ],
    )
    def test_start_and_end_in_one_column(self, text: str) -> None:
        assert read(text.encode(), "a.txt").cues == (
            Cue(1.0, 3.5, "Mira", "Knead it."),
            Cue(3604.0, 3605.0, "Zed", "How long?"),
        )

    def test_decimal_commas(self) -> None:
        text = "start;end;speaker;text\n0,5;2,25;Mira;Knead it, fold it.\n2,5;4,75;Zed;How long?\n"
        assert read(text.encode(), "a.csv").cues == (
            Cue(0.5, 2.25, "Mira", "Knead it, fold it."),
            Cue(2.5, 4.75, "Zed", "How long?"),
        )


class TestWordsBesideTimes:
    @pytest.mark.parametrize(
        "text",
        [
            "Name,Start,End,Amount\nMira,0:01,0:02,12\nZed,0:02,0:09,14.50\n",
            "Name,Start,End,Amount\nMira,9:01,12:30,$12.50\nZed,9:30,17:00,EUR 14\nAda,9:30,17:00,\n",
            "Employee,Start,End,Hours\nMira,09:00,17:30,8.5 h\nZed,09:30,17:00,7.5 h\nAda,09:30,17:00,7h30\n",
            "Name,Start,End,Day\nMira,09:02,17:30,2025-01-14\nZed,09:30,17:01,2025-01-15\n",
            "Name,Start,End,Done\nMira,09:02,17:30,x\nZed,09:30,17:01,-\n",
            "Mira,09:00,17:30,8.5\nZed,09:30,17:00,7.5\n",
            "Start\tEnd\tAmount\n0:01\t0:02\t12\n0:02\t0:09\t14\n",
            "Name,Start,End,Hours,Team\nMira,9:01,12:30,3.5,Ovens\nZed,9:30,17:00,7.5,Bridges\n",
            "Nom,Début,Fin,Texte\nMira,9:01,12:30,12\nZed,9:30,17:00,14\n",
        ],
    )
    def test_numbers_are_none(self, text: str) -> None:
        with pytest.raises(TranscriptError, match="a table without columns of times and text, not a transcript"):
            read(text.encode(), "a.csv")

    @pytest.mark.parametrize(
        "text",
        [
            "Name,Start,End,Said\nMira,0:01,0:02,Knead.\nMira,0:02,0:03,20\nZed,0:03,0:09,For 20 minutes?\n",
            "Mira\t0:01\t0:02\tKnead it\nZed\t0:02\t0:03\tNo\nZed\t0:03\t0:09\tFold it\n",
            "Mira,0:01,0:02,है\nMira,0:02,0:03,לא\nZed,0:03,0:09,มี\n",
            "Name,Start,End,Said\nMira,0:01,0:02,是\nMira,0:02,0:03,今天我们烤面包\nZed,0:03,0:09,好\n",
        ],
    )
    def test_short_words_are_words(self, text: str) -> None:
        assert len(read(text.encode(), "a.csv").cues) == 3


class TestTimedTable:
    def test_oral_history(self) -> None:
        result = read((FIXTURES / "oral_history.csv").read_bytes(), "oral_history.csv")
        assert result.format == "timed_table"
        assert [(cue.speaker, cue.text) for cue in result.cues] == [
            ("Mira Vald", "Shall we begin?"),
            ("Mira Vald", "The oven first."),
            ("ZS", 'It is old&#8212;"very" old.'),
            ("MV", "Who built it?"),
            ("ZS", "My father."),
            ("MV", "Thank you."),
        ]
        assert [cue.start for cue in result.cues] == [0.0, 15.0, 30.0, 1957.8, 2886.0, 3600.0]
        assert "estimated" in result.notes[0]

    def test_times_in_every_row(self) -> None:
        result = read(b"Time\tName\tText\n0:01\tMira\tKnead.\n0:05\tZed\tFold.\n", "a.tsv")
        assert result.cues[0] == Cue(1.0, 5.0, "Mira", "Knead.")
        assert result.notes == ()

    @pytest.mark.parametrize("header", ["", "Time | Speaker | Text\n"])
    @pytest.mark.parametrize("between", ["\t", " | "])
    def test_a_time_a_name_and_words(self, between: str, header: str) -> None:
        rows = [
            ("0:00:03", "Mira Vald", "Knead it, fold it."),
            ("0:00:09", "Zed", "How long?"),
            ("0:00:12", "Mira Vald", "An hour | or two?"[: 7 if between == " | " else None]),
        ]
        text = header.replace(" | ", between) + "\n".join(map(between.join, rows)) + "\n"
        result = read(text.encode(), "a.txt")
        assert result.format == "timed_table"
        assert [(cue.start, cue.speaker, cue.text) for cue in result.cues] == [
            (seconds, name, words) for seconds, (_, name, words) in zip((3.0, 9.0, 12.0), rows, strict=True)
        ]

    def test_bars_in_names_separate_nothing(self) -> None:
        text = "Start,Speaker,Text\n0:03,Mira | Oven | Two,Knead it.\n0:09,Zed,How long?\n"
        assert read(text.encode(), "a.csv").cues[0] == Cue(3.0, 9.0, "Mira | Oven | Two", "Knead it.")

    def test_a_table_of_days_is_none(self) -> None:
        with pytest.raises(TranscriptError, match="not a transcript"):
            read(b"Timestamp,Name,Content\n2025-01-14 10:30:00,Mira,hello\n", "a.csv")


class TestMarkers:
    def test_they_are_read_and_said_to_be_no_speech(self) -> None:
        result = read((FIXTURES / "markers.csv").read_bytes(), "markers.csv")
        assert result.format == "premiere_markers"
        assert result.cues == (Cue(1.0, 3.0, None, "Oven: The oven is lit"),)
        assert "not speech" in result.notes[0]

    def test_another_language_and_points(self) -> None:
        text = "Markername\tBeschreibung\tIn\tOut\tDauer\tMarkertyp\n"
        text += "Ofen\t\t00:00:04:12\t00:00:04:12\t00:00:00:00\tKapitel\n"
        assert read(text.encode(), "m.csv", fps=25).cues == (Cue(4.48, 4.48, None, "Ofen"),)

    def test_without_words(self) -> None:
        text = "Marker Name\tDescription\tIn\tOut\tDuration\n\t\t00:00:04:12\t00:00:04:12\t00:00:00:00\n"
        with pytest.raises(TranscriptError, match=r"markers without names .*, not a transcript"):
            read(text.encode(), "m.csv")


@pytest.mark.parametrize(
    "rows",
    [
        ["hello there,guten Tag miteinander", "how are you,wie geht es euch heute", "so we begin,und so fangen wir an"],
        ["hello there,guten Tag miteinander", "how are you,wie geht es euch heute"],
        ["guten Tag alle,froh", "wie geht es euch heute,froh", "dann fangen wir an,müde"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("header", ["Beginn,Ende,Hier,Dort\n", ""])
def test_what_stands_beside_the_words_need_be_no_name(rows: list[str], header: str) -> None:
    text = header + "".join(f"00:00:0{n},00:00:0{n + 1},{row}\n" for n, row in enumerate(rows))
    assert {cue.speaker for cue in read(text.encode(), "a.csv").cues} == {None}
