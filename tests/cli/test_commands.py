"""The command line as a person meets it: what it prints, its JSON, its exit codes, its errors."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.support import connector, connector_json, daemon, found, make_home, run, srt, talk

FIRST = (
    "I am so glad to open the gardening week today, and nobody could do it better than our oldest gardener. She dug,"
    " sown and weeded here for thirty years, and she knows every stone. There will be tea at four, under the walnut"
    " tree, and after the tea there will be questions. If it rains we all move into the glass house."
)
SECOND = (
    "Nobody has ever called me that. I shall try to grow into it, and I brought some seeds for the watering can. It was"
    " a joke, they are for the bed along the wall, which faces south and dries out first. So the seeds are of plants"
    " that do not mind. Take a handful each, and come back in June to see who was right about the lavender."
)
PREMIERE = f"""00:00:12:00 - 00:00:42:17
Unknown
{FIRST}

00:00:42:22 - 00:01:01:03
Unknown
{SECOND}
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of four talks, one of them for the support group alone. Read by the tests, not changed."""
    home = make_home(tmp_path_factory.mktemp("filled"))
    inbox = home / "inbox"
    for name in ("garden", "support"):
        (inbox / name).mkdir()
    (inbox / "garden" / "opening.txt").write_text(PREMIERE)
    (inbox / "garden" / "opening.meta.yaml").write_text(
        "title: Opening day\nurl: https://youtu.be/abc\nrecorded: 2025-01-14\ntags: [spring]\n"
    )
    split = srt(["We put the compost heap behind", "the old wooden shed, where it is warm."])
    (inbox / "garden" / "compost.srt").write_text(split)
    (inbox / "garden" / "compost.meta.yaml").write_text("recorded: 2024-06-01\n")
    (inbox / "support" / "switch.srt").write_text(talk("cupboards"))
    (inbox / "support" / "_folder.yaml").write_text("permissions: {allowedGroups: [support]}\n")
    voices = (
        "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ann Lee>The robin is back.\n\n"
        "00:04.500 --> 00:07.000\n<v Bob>Robin who?\n"
    )
    (inbox / "birds.vtt").write_text(voices)
    (home / "identity.yaml").write_text(
        "users:\n- {email: ann@example.com, groups: [support]}\n- {email: bob@example.com}\n"
    )
    connector(home, "ingest", "inbox")
    return home


class TestSearch:
    def test_the_json_is_the_contract(self, filled: Path) -> None:
        result = connector_json(filled, "search", "gardening week")
        assert set(result) >= {"query", "total", "took_ms", "did_you_mean", "facets", "hits"}
        assert result["query"] == "gardening week" and result["total"] == 1
        (hit,) = result["hits"]
        assert hit["start"] == 12.0 and hit["end"] == pytest.approx(42.7, abs=0.05)
        assert hit["kind"] == "segment" and hit["speaker"] is None and hit["title"] == "Opening day (0:12)"
        assert hit["url"] == "https://youtu.be/abc?t=12" and hit["collection"] == "garden"
        assert "<b>gardening</b> <b>week</b>" in hit["snippet"]
        assert hit["id"].startswith(hit["transcript_id"]) and "document" not in hit
        assert result["facets"]["collection"] == [{"value": "garden", "count": 1}]

    def test_full_gives_the_stored_payload(self, filled: Path) -> None:
        (hit,) = connector_json(filled, "search", "gardening", "--full")["hits"]
        assert hit["document"]["id"] == hit["id"] and hit["document"]["objectType"] == "TranscriptSegment"

    @pytest.mark.parametrize(
        ("query", "hits"),
        [
            ('"compost heap behind the old wooden shed"', 1),  # over two cues
            ('"shed old"', 0),
            ("compost AND gardening", 0),
            ("compost OR gardening", 2),
            ("nobody -seeds", 1),
            ("nobody NOT seeds", 1),
            ("garden*", 1),
            ("speaker:ann", 1),
            ('speaker:"ann lee" robin', 1),
            ("robin", 2),
            ("in:garden", 3),
            ("tag:spring", 2),
            ("after:2025-01-01", 2),
            ("before:2025-01-01 shed", 1),
            ("title:opening", 2),
            ('"unclosed', 0),
            ("((( AND", 2),  # no query of ours: searched as words, so that the word “and” is found
        ],
    )
    def test_what_people_type(self, filled: Path, query: str, hits: int) -> None:
        assert connector_json(filled, "search", query)["total"] == hits

    @pytest.mark.parametrize(
        ("options", "hits"),
        [
            (["--speaker", "Bob"], 1),
            (["--collection", "garden"], 0),
            (["--after", "2020-01-01"], 0),
            (["--sort", "start", "--limit", "1"], 1),
            (["--offset", "1"], 1),
        ],
    )
    def test_options(self, filled: Path, options: list[str], hits: int) -> None:
        assert len(connector_json(filled, "search", "robin", *options)["hits"]) == hits

    def test_a_person_sees_what_is_theirs(self, filled: Path) -> None:
        for who, hits in (("ann@example.com", 1), ("bob@example.com", 0), ("stranger@example.com", 0)):
            result = json.loads(connector(filled, "search", "cupboards", "--as", who, "--json"))
            assert bool(result["total"]) == bool(hits), who
            if not hits:
                assert "cupboards" not in json.dumps([result["facets"], result["did_you_mean"]])
        assert len(found(filled, "cupboards")) >= 1

    def test_whoever_is_not_listed_is_no_user_of_the_datasource(self, filled: Path) -> None:
        assert connector_json(filled, "search", "robin", "--as", "bob@example.com")["total"] == 2
        assert connector_json(filled, "search", "robin", "--as", "stranger@example.com")["total"] == 0

    def test_an_empty_result_gives_hints(self, filled: Path) -> None:
        done = run(filled, "search", '"gardenning"')
        assert done.returncode == 0 and done.stdout == ""
        assert "nothing found" in done.stderr and "did you mean: " in done.stderr

    def test_what_is_misspelt_is_found_and_said(self, filled: Path) -> None:
        done = run(filled, "search", "waterign")
        assert "*watering*" in done.stdout and "No moment has “waterign”" in done.stderr

    def test_for_people_the_hit_is_marked_and_linked(self, filled: Path) -> None:
        printed = connector(filled, "search", "watering")
        assert "Opening day (0:42)" in printed and "*watering*" in printed and "https://youtu.be/abc?t=42" in printed

    @pytest.mark.parametrize("options", [["--limit", "0"], ["--kind", "song"], ["--after", "monday"], ["--full"], []])
    def test_wrong_usage(self, filled: Path, options: list[str]) -> None:
        done = run(filled, "search", *(["robin"] if options else []), *options)
        assert done.returncode == 2 and "Traceback" not in done.stderr


class TestShow:
    def test_a_moment_with_what_is_around_it(self, filled: Path) -> None:
        (hit,) = found(filled, "seeds")
        printed = connector(filled, "show", hit["id"])
        assert re.search(r"→ +0:42 +Nobody has ever", printed) and re.search(r" +0:12 +I am so glad", printed)
        alone = connector_json(filled, "show", hit["id"], "--around", "0")
        assert [document["id"] for document in alone["around"]] == [hit["id"]]
        assert alone["document"]["id"] == hit["id"]

    def test_a_transcript_by_the_beginning_of_its_id(self, filled: Path) -> None:
        ident = found(filled, "seeds")[0]["transcript_id"]
        assert "gardening week" in connector(filled, "show", ident[:10])

    def test_what_a_person_may_not_see_is_unknown(self, filled: Path) -> None:
        ident = found(filled, "cupboards")[0]["id"]
        done = run(filled, "show", ident, "--as", "bob@example.com")
        assert done.returncode == 5 and "nothing is known" in done.stderr and "cupboards" not in done.stderr
        connector(filled, "show", ident, "--as", "ann@example.com")


class TestStatus:
    def test_for_people_and_machines(self, filled: Path) -> None:
        status = connector_json(filled, "status")
        assert status["sources"] == {"indexed": 4} and status["documents"]["transcript"] == 4
        assert status["without_link"] == 3 and status["daemon"] is None and status["index"]["current"]
        assert "4 indexed" in connector(filled, "status")


class TestForget:
    def test_everywhere(self, filled: Path, tmp_path: Path) -> None:
        home = tmp_path / "copy"
        shutil.copytree(filled, home)
        ident = found(home, '"seeds"')[0]["id"]
        assert run(home, "forget", ident, stdin="n\n").returncode == 1
        assert found(home, '"seeds"')
        connector(home, "forget", ident, stdin="y\n")
        assert not found(home, '"seeds"')
        connector(home, "ingest", "inbox")
        assert not found(home, '"seeds"'), "the untouched file does not bring it back"
        connector(home, "export")
        assert "seeds" not in (home / "data" / "export" / "documents.ndjson").read_text()
        assert run(home, "forget", "t123", "--yes").returncode == 5


class TestSetUp:
    def test_init_writes_once(self, tmp_path: Path) -> None:
        connector(tmp_path, "init", "new")
        assert (tmp_path / "new" / "inbox").is_dir() and "# " in (tmp_path / "new" / "config.yaml").read_text()
        done = run(tmp_path, "init", "new")
        assert done.returncode == 2 and "exists already" in done.stderr

    @pytest.mark.parametrize("command", [["search", "x"], ["status"], ["export"], ["show", "t1"]])
    def test_nothing_there_yet(self, home: Path, command: list[str]) -> None:
        done = run(home, *command)
        assert done.returncode == 3 and "connector" in done.stderr and "Traceback" not in done.stderr

    def test_no_configuration(self, tmp_path: Path) -> None:
        done = run(tmp_path, "--config", "nowhere.yaml", "status")
        assert done.returncode == 3 and "nowhere.yaml" in done.stderr

    def test_a_wrong_configuration(self, home: Path) -> None:
        (home / "config.yaml").write_text("inbxo: here\n")
        done = run(home, "status")
        assert done.returncode == 5 and "did you mean `inbox`" in done.stderr

    def test_a_traceback_only_where_asked_for(self, home: Path) -> None:
        assert "Traceback" in run(home, "--debug", "status").stderr


class TestStatusOfFiles:
    def test_names_files_of_the_same_words_and_how_many_more(self, home: Path) -> None:
        for number in range(13):
            (home / "inbox" / f"{number:02d}.srt").write_text(talk("bread"))
        connector(home, "ingest", "inbox")
        (first,) = {one["of"] for one in connector_json(home, "status")["twins"]}
        lines = [line for line in connector(home, "status").splitlines() if line.startswith("same words")]
        assert len(lines) == 11 and lines[0].endswith(f": the same words as {first}")
        assert lines[-1].endswith("  and 2 more")

    def test_shows_every_mistake_of_a_sidecar(self, home: Path) -> None:
        (home / "inbox" / "a.srt").write_text(talk("bread"))
        (home / "inbox" / "a.meta.yaml").write_text("titel: Bread\nurl: nowhere\nfps: -1\n")
        connector(home, "ingest", "inbox", code=5)
        shown = connector(home, "status")
        assert all(told in shown for told in ("`titel`", "`url`", "`fps`"))


class TestQualityReference:
    def test_a_text_without_times(self, home: Path) -> None:
        (home / "talk.srt").write_text(srt(["We clean the drains at 10:30", "and we mend the old arch."]))
        (home / "right.txt").write_text(
            "\ufeffWe clean the trains at 10:30,\nand we mend the old arch.\n", encoding="utf-8"
        )
        errors = connector_json(home, "quality", "talk.srt", "--reference", "right.txt")["errors"]
        assert (errors["substitutions"], errors["deletions"], errors["insertions"]) == (1, 0, 0)

    def test_what_is_no_text_is_refused(self, home: Path) -> None:
        (home / "talk.srt").write_text(talk("bread"))
        (home / "right.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
        done = run(home, "quality", "talk.srt", "--reference", "right.txt")
        assert done.returncode == 5 and "PNG" in done.stderr


class TestIngest:
    def test_each_file_by_name(self, home: Path, tmp_path: Path) -> None:
        course = tmp_path / "course" / "week1"
        course.mkdir(parents=True)
        (course / "a.srt").write_text(talk("alpha"))
        (course / "b.srt").write_text("no times")
        done = run(home, "ingest", str(tmp_path / "course"), "--json")
        assert done.returncode == 5
        answer = json.loads(done.stdout)
        assert answer["outcomes"] == {"failed": 1, "new": 1} and "b.srt" in answer["failed"][0]
        assert found(home, "alpha")[0]["collection"] == "course/week1"
        assert (course / "a.srt").exists()

    def test_tells_of_each_file_what_there_is_to_say(self, home: Path) -> None:
        (home / "jargon.yaml").write_text("Kubernetes: {misheard: [cooper netties]}\n")
        connector(home, "ingest", "inbox")
        connector(home, "jargon", "apply")
        (home / "inbox" / "a.srt").write_text(talk("cooper netties"))
        (home / "inbox" / "loop.srt").write_text(srt(["thank you thank you thank you"] * 60))
        shutil.copy(home / "inbox" / "loop.srt", home / "inbox" / "loop2.srt")
        (home / "inbox" / "plain.srt").write_text(talk("bread"))
        (home / "inbox" / "broken.srt").write_text("no times")
        done = run(home, "ingest", "inbox")
        lines = done.stdout.splitlines()
        assert "  a.srt: the glossary corrects 6 words to Kubernetes" in lines
        assert any(line.startswith("  loop.srt: held, a person is to look at it: ") for line in lines)
        assert lines[-1] == "1 transcript held: connector review list" and "plain.srt" not in done.stdout
        assert done.stderr.count("cannot read broken.srt") == 1

    def test_tells_of_twelve_files_and_how_many_more(self, home: Path) -> None:
        for number in range(14):
            text = talk(f"bread {number}").replace("--> 00:00:04,500", "--> 00:00:00,500")
            (home / "inbox" / f"{number:02d}.srt").write_text(text)
        lines = connector(home, "ingest", "inbox").splitlines()
        assert sum(".srt: " in line and "ends before it starts" in line for line in lines) == 12
        assert "  and 2 more files with something to say: all of it with --json" in lines
        assert len(connector_json(home, "ingest", "inbox")["told"]) == 14

    def test_the_daemon_answers_the_same(self, home: Path) -> None:
        (home / "talks").mkdir()
        (home / "talks" / "loop.srt").write_text(srt(["thank you thank you thank you"] * 60))
        (home / "talks" / "broken.srt").write_text("no times")
        with daemon(home):
            done = run(home, "ingest", "talks")
        assert "loop.srt: held, a person is to look at it: " in done.stdout and "broken.srt" in done.stderr

    def test_nothing_by_that_name(self, home: Path) -> None:
        done = run(home, "ingest", "missing.srt")
        assert done.returncode == 5 and "missing.srt" in done.stderr

    def test_a_hostile_name_cannot_command_the_terminal(self, home: Path) -> None:
        (home / "inbox" / "\x1b[2Jevil.srt").write_text("no times")
        done = run(home, "ingest", "inbox")
        assert "\x1b" not in done.stdout + done.stderr
