"""formats, parse and quality, as a person runs them; no archive is needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connector.transcripts.formats import READERS
from tests.support import connector, connector_json, run, srt, talk

FIXTURES = Path(__file__).parents[1] / "fixtures" / "transcripts"


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

    def test_another_language(self, tmp_path: Path) -> None:
        spanish = ["Buenos días a todos, hoy vamos a hablar de cómo se construye un puente de piedra."] * 3
        (tmp_path / "es.srt").write_text(srt([*spanish, "Primero hay que mirar el río y después la montaña."]))
        assert connector_json(tmp_path, "quality", "es.srt", "--language", "en")["verdict"] == "held"
        assert connector_json(tmp_path, "quality", "es.srt", "--language", "es")["language"] == "es"

    def test_word_errors_against_a_reference(self, tmp_path: Path) -> None:
        (tmp_path / "right.srt").write_text(srt(["The bridge stands on four stone pillars in the river."]))
        (tmp_path / "heard.srt").write_text(srt(["The bridge stands on for stone pillows in the river."]))
        told = connector_json(tmp_path, "quality", "heard.srt", "--reference", "right.srt")
        assert told["errors"]["word_error_rate"] == pytest.approx(0.2)
        assert told["errors"]["substitutions"] == 2
        assert "20" in connector(tmp_path, "quality", "heard.srt", "--reference", "right.srt")
        assert json.dumps(told)
