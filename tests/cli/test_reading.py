"""formats, parse and quality, as a person runs them; no archive is needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connector.transcripts.formats import READERS
from tests.support import connector, connector_json, make_home, run, srt, talk

FIXTURES = Path(__file__).parents[1] / "fixtures" / "transcripts"
ROLLING = """WEBVTT
Kind: captions
Language: en

00:00:01.000 --> 00:00:02.990
the<00:00:01.500><c> dough has to rest</c>

00:00:02.990 --> 00:00:03.000
the dough has to rest

00:00:03.000 --> 00:00:05.990
the dough has to rest
um<00:00:03.500><c> before it goes into the oven</c>

00:00:05.990 --> 00:00:06.000
um before it goes into the oven

00:00:06.000 --> 00:00:08.000
um before it goes into the oven
[Music]
"""


def test_formats_lists_every_reader(tmp_path: Path) -> None:
    listed = connector_json(tmp_path, "formats")
    assert [one["reader"] for one in listed] == [reader.name for reader in READERS]
    assert all(one["told_by"] and one["suffixes"] for one in listed)
    shown = connector(tmp_path, "formats")
    assert all(reader.name in shown for reader in READERS)


class TestParse:
    def test_json(self, tmp_path: Path) -> None:
        (tmp_path / "talk.srt").write_text(srt(["Ann: Good morning.", "Ben: Good morning, Ann.", "Ann: Shall we?"]))
        parsed = connector_json(tmp_path, "parse", "talk.srt")
        assert parsed["reader"] == "srt" and "time lines" in parsed["told_by"]
        assert parsed["cues"][0] == {"start": 1.0, "end": 4.5, "speaker": "Ann", "text": "Good morning."}
        assert [cue["speaker"] for cue in parsed["cues"]] == ["Ann", "Ben", "Ann"]

    def test_rolling_captions_are_said_once(self, tmp_path: Path) -> None:
        """YouTube repeats every line two or three times while it scrolls."""
        (tmp_path / "talk.vtt").write_text(ROLLING)
        parsed = connector_json(tmp_path, "parse", "talk.vtt")
        assert parsed["reader"] == "webvtt" and parsed["cues_in_file"] == 5
        assert [(cue["start"], cue["text"]) for cue in parsed["cues"]] == [
            (1.0, "the dough has to rest"),
            (3.0, "um before it goes into the oven"),
            (6.0, "[Music]"),
        ]
        shown = connector(tmp_path, "parse", "talk.vtt")
        assert shown.count("the dough has to rest") == 1 and "3 once cleaned, of 5 in the file" in shown

    def test_cleaned_as_the_configuration_says(self, tmp_path: Path) -> None:
        (tmp_path / "talk.srt").write_text(srt(["Um, good morning. [Music]"]))
        assert connector_json(tmp_path, "parse", "talk.srt")["cues"][0]["text"] == "Um, good morning. [Music]"
        make_home(tmp_path, clean="{fillers: false}")
        cleaned = connector_json(tmp_path, "parse", "talk.srt", "--cleaned")
        assert cleaned["cues"][0]["text"] == "Um, good morning."

    def test_times_are_those_that_would_be_linked(self, tmp_path: Path) -> None:
        """A programme that starts at an hour of timecode is counted from there, as when it is taken in."""
        (tmp_path / "a.txt").write_text("01:00:10:00 - 01:00:12:00\nUnknown\nGood morning.\n")
        parsed = connector_json(tmp_path, "parse", "a.txt", "--fps", "25")
        assert parsed["cues"][0]["start"] == 10 and any("01:00:00:00" in note for note in parsed["notes"])

    def test_nothing_said(self, tmp_path: Path) -> None:
        (tmp_path / "music.srt").write_text(srt(["[Music]", "[Applause]"]))
        assert connector_json(tmp_path, "parse", "music.srt", "--cleaned")["cues"] == []
        assert "0 once cleaned, of 2" in connector(tmp_path, "parse", "music.srt", "--cleaned")
        (tmp_path / "talk.srt").write_text(talk("bread"))
        table = connector(tmp_path, "parse", "music.srt", "talk.srt", "--cleaned").splitlines()
        assert table[1].split() == ["music.srt", "srt", "0"]

    def test_for_people(self, tmp_path: Path) -> None:
        shown = connector(tmp_path, "parse", str(FIXTURES / "premiere_drop_frame.txt"))
        assert "premiere_text, chosen for" in shown and "fps" in shown

    def test_the_frame_rate_a_person_gives(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("00:00:10:12 - 00:00:12:00\nUnknown\nGood morning.\n")
        assert connector_json(tmp_path, "parse", "a.txt", "--fps", "24")["cues"][0]["start"] == 10.5

    def test_a_folder_is_a_table_with_what_is_no_transcript(self, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "talk.srt").write_text(talk("bread"))
        (tmp_path / "in" / "notes.txt").write_text("Buy flour.")
        parsed = {Path(one["file"]).name: one for one in connector_json(tmp_path, "parse", "in")}
        assert len(parsed["talk.srt"]["cues"]) == 6
        assert "not a transcript" in parsed["notes.txt"]["error"] or "no transcript" in parsed["notes.txt"]["error"]
        table = connector(tmp_path, "parse", "in").splitlines()
        assert len(table) == 3 and "srt" in next(line for line in table if "talk.srt" in line)

    @pytest.mark.parametrize(("name", "code"), [("notes.txt", 5), ("missing.txt", 5)])
    def test_what_cannot_be_read_says_why(self, tmp_path: Path, name: str, code: int) -> None:
        (tmp_path / "notes.txt").write_text("Buy flour.")
        done = run(tmp_path, "parse", name)
        assert done.returncode == code and name in done.stderr and "Traceback" not in done.stderr


class TestQuality:
    def test_a_good_talk(self, tmp_path: Path) -> None:
        (tmp_path / "talk.srt").write_text(talk("bread", 40))
        told = connector_json(tmp_path, "quality", "talk.srt")
        assert told["verdict"] == "accepted" and 0 <= told["scores"]["suspicion"] < 0.5

    def test_a_loop(self, tmp_path: Path) -> None:
        (tmp_path / "loop.srt").write_text(srt(["thank you thank you thank you thank you thank you"] * 60))
        told = connector_json(tmp_path, "quality", "loop.srt")
        assert told["verdict"] == "held" and told["reasons"]
        assert "held" in connector(tmp_path, "quality", "loop.srt")

    def test_nothing_said(self, tmp_path: Path) -> None:
        (tmp_path / "music.srt").write_text(srt(["[Music]", "♪ ♪", "[Applause]"]))
        shown = connector(tmp_path, "quality", "music.srt")
        assert "accepted, quality medium" in shown and "nothing is said in it" in shown

    def test_another_language(self, tmp_path: Path) -> None:
        spanish = [
            "Buenos días a todos, hoy vamos a hablar de cómo se construye un puente de piedra.",
            "Primero hay que mirar el río y después la montaña.",
            "Por eso caminamos cada primavera por la orilla y apuntamos todo lo que vemos.",
        ]
        (tmp_path / "es.srt").write_text(srt(spanish, every=6))
        assert connector_json(tmp_path, "quality", "es.srt", "--language", "en")["verdict"] == "held"
        told = connector_json(tmp_path, "quality", "es.srt", "--language", "es")
        assert (told["verdict"], told["grade"], told["language"]) == ("accepted", "medium", "es")
        assert told["reasons"] == ["its words were not judged: the word list is English only"]

    def test_word_errors_against_a_reference(self, tmp_path: Path) -> None:
        (tmp_path / "right.srt").write_text(srt(["The bridge stands on four stone pillars in the river."]))
        (tmp_path / "heard.srt").write_text(srt(["The bridge stands on for stone pillows in the river."]))
        told = connector_json(tmp_path, "quality", "heard.srt", "--reference", "right.srt")
        assert told["errors"]["word_error_rate"] == pytest.approx(0.2)
        assert told["errors"]["substitutions"] == 2
        assert "20" in connector(tmp_path, "quality", "heard.srt", "--reference", "right.srt")
        assert json.dumps(told)
