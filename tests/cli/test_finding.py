"""search beyond its hits, occurrences and similar, as a person runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from connector.archive.ledger import Ledger
from connector.cli.main import application
from connector.config import load as load_config
from connector.errors import ConnectorError
from tests.checkpoints import put_checkpoint
from tests.serve.archive import make_archive
from tests.support import connector, make_home, run, srt, talk

PARTS = ("behind the shed", "beside the pond", "along the wall", "under the walnut tree", "near the gate")
COMPOST = srt([f"The compost heap {part} is turned twice a year, and it is warm and dark in there." for part in PARTS])
LATER, SECRET = talk("the walnut and a compost heap", 9), talk("the golden spade and a compost heap", 9)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of four talks, one of them for the support group alone. Read by the tests, not changed."""
    home = make_home(tmp_path_factory.mktemp("finding"))
    (home / "inbox" / "support").mkdir()
    (home / "inbox" / "compost.srt").write_text(COMPOST)
    (home / "inbox" / "compost.meta.yaml").write_text("url: https://youtu.be/abc\nrecorded: 2025-01-14\n")
    (home / "inbox" / "later.srt").write_text(LATER)
    (home / "inbox" / "bread.srt").write_text(talk("bread", 9))
    (home / "inbox" / "support" / "secret.srt").write_text(SECRET)
    (home / "inbox" / "support" / "_folder.yaml").write_text("permissions: {allowedGroups: [support]}\n")
    (home / "identity.yaml").write_text("users:\n- {email: bob@example.com}\n")
    connector(home, "ingest", "inbox")
    return home


def invoke(home: Path, *arguments: str) -> Result:
    """The command itself, without a process of its own."""
    typed = ["--config", str(home / "config.yaml"), *arguments]
    return CliRunner().invoke(application(typed), typed)


def told(home: Path, *arguments: str) -> Any:
    done = invoke(home, *arguments, "--json")
    assert done.exit_code == 0, done.exception
    return json.loads(done.stdout)


def ids(result: Any) -> list[str]:
    return [hit["id"] for hit in result["hits"]]


class TestNeighbours:
    def test_are_one_hit_at_the_terminal_and_moments_in_json(self, home: Path) -> None:
        one_by_one = told(home, "search", "compost")
        merged = told(home, "search", "compost", "--merge")
        assert one_by_one["total"] > merged["total"] == len(merged["hits"])
        (joined,) = [hit for hit in merged["hits"] if hit["url"].startswith("https://youtu.be")]
        assert joined["url"] == "https://youtu.be/abc?t=1" and len(joined["passage"]["segments"]) > 1
        assert "moments in a row, from 0:01 to " in invoke(home, "search", "compost").stdout
        assert "in a row" not in invoke(home, "search", "compost", "--no-merge").stdout


class TestWordsLeftOut:
    """``-word`` as an argument of its own, whatever letters it begins with."""

    @pytest.mark.parametrize("word", ["-pond", "-hedge", "-the", "-bread"])
    def test_are_words_and_no_options(self, home: Path, word: str) -> None:
        expected = told(home, "search", f"compost {word}")
        assert ids(told(home, "search", "compost", word)) == ids(expected)
        assert ids(told(home, "search", "--limit", "10", word, "compost")) == ids(expected)
        assert ids(told(home, "search", f"{word} compost")) == ids(expected)

    def test_of_occurrences_and_suggestions(self, home: Path) -> None:
        (ident,) = {hit["transcript_id"] for hit in told(home, "search", "compost pond")["hits"][:1]}
        apart, whole = (told(home, "occurrences", ident, *words) for words in (("heap", "-pond"), ("heap -pond",)))
        assert apart["total"] == whole["total"] < told(home, "occurrences", ident, "heap")["total"]
        assert told(home, "suggest", "compost", "-po")["query"] == "compost -po"

    def test_options_stay_options(self, home: Path) -> None:
        assert "Usage: " in invoke(home, "search", "compost", "-h").stdout
        done = invoke(home, "search", "--json", "--", "compost", "--help")
        assert json.loads(done.stdout)["query"] == "compost --help"
        for wrong, message in (("--limt", "No such option"), ("--limit", "requires an argument")):
            done = run(home, "search", "compost", wrong)
            assert done.returncode == 2 and message in done.stderr


class TestPages:
    def test_next_goes_on(self, home: Path) -> None:
        whole = ids(told(home, "search", "compost", "--limit", "50"))
        first = told(home, "search", "compost", "--limit", "2")
        second = told(home, "search", "compost", "--limit", "50", "--next", first["next"])
        assert ids(first) + ids(second) == whole and "next" not in second
        shown = invoke(home, "search", "compost", "--limit", "1", "--next", first["next"])
        assert whole[2] in shown.stdout and whole[3] not in shown.stdout

    def test_the_terminal_tells_how_to_go_on(self, home: Path) -> None:
        ident = told(home, "search", "walnut tree under")["hits"][0]["id"]
        for command in (["search", "compost"], ["search", "compost", "--group"], ["similar", ident]):
            whole, pages = invoke(home, *command, "--limit", "50").stdout, ""
            shown = invoke(home, *command, "--limit", "1")
            while "--next" in shown.stderr:
                pages += shown.stdout
                token = shown.stderr.partition("for the next of them add: --next ")[2].split()[0]
                shown = invoke(home, *command, "--limit", "1", "--next", token)
                assert shown.exit_code == 0
            lines = (pages + shown.stdout).splitlines()
            assert [line for line in whole.splitlines() if "  http" in line] == [
                line for line in lines if "  http" in line
            ]
        assert "--next" not in invoke(home, "search", "compost", "--limit", "50").stderr

    def test_a_wrong_token_is_wrong_usage(self, home: Path) -> None:
        token = told(home, "search", "compost", "--limit", "1")["next"]
        ident = told(home, "search", "walnut")["hits"][0]["id"]
        for arguments in (["search", "walnut", "--next", token], ["similar", ident, "--next", "x"]):
            done = run(home, *arguments)
            assert done.returncode == 2 and "error: --next: " in done.stderr and "Traceback" not in done.stderr


class TestExplain:
    def test_in_words_and_in_json(self, home: Path) -> None:
        (hit,) = told(home, "search", "turning walnut", "--limit", "1", "--explain")["hits"]
        explained = hit["explanation"]
        assert explained["score"] == pytest.approx(hit["score"], abs=1e-3)
        assert sum(part["score"] for part in explained["parts"]) == pytest.approx(explained["score"])
        assert {(part["why"], part.get("found")) for part in explained["parts"]} >= {
            ("form", "turned"),
            ("typed", "walnut"),
        }
        shown = invoke(home, "search", "turning walnut", "--limit", "1", "--explain").stdout
        assert "its score is the sum of" in shown
        assert (
            "“turned” in what is said, 2 times: another form of “turning”, with 0.6 of the weight (0:13, 0:17)" in shown
        )
        assert "explanation" not in told(home, "search", "walnut")["hits"][0]


class TestOccurrences:
    def test_of_words_in_one_recording(self, home: Path) -> None:
        (hit, *_) = told(home, "search", '"walnut tree" under')["hits"]
        found = told(home, "occurrences", hit["transcript_id"][:10], "heaps", '"walnut tree"')
        assert [(one["word"], one["count"]) for one in found["words"]] == [("heaps", 5), ("walnut tree", 1)]
        assert found["total"] == 6 and found["transcript_id"] == hit["transcript_id"]
        assert [one["url"] for one in found["occurrences"]][:2] == [
            "https://youtu.be/abc?t=1",
            "https://youtu.be/abc?t=5",
        ]
        shown = invoke(home, "occurrences", hit["id"], "heaps").stdout
        assert "heaps: 5 times (heap 5)" in shown and "0:05  … " in shown and "*heap*" in shown

    def test_of_what_a_person_may_not_see_are_unknown(self, home: Path) -> None:
        ident = told(home, "search", "spade")["hits"][0]["id"]
        for command in (["occurrences", ident, "spade"], ["similar", ident]):
            done = invoke(home, *command, "--as", "bob@example.com")
            assert isinstance(done.exception, ConnectorError) and done.exception.exit_code == 5
            assert "nothing is known" in done.exception.message and "spade" not in done.output
            assert invoke(home, *command).exit_code == 0

    @pytest.mark.parametrize("command", [["occurrences", "nowhere1", "x"], ["similar", "nowhere1"]])
    def test_an_unknown_id_is_bad_input(self, home: Path, command: list[str]) -> None:
        done = run(home, *command)
        assert done.returncode == 5 and "nowhere1" in done.stderr and "Traceback" not in done.stderr


class TestSimilar:
    def test_moments_of_other_recordings(self, home: Path) -> None:
        (hit, *_) = told(home, "search", "walnut tree under")["hits"]
        found = told(home, "similar", hit["id"])
        assert found["id"] == hit["id"] and max(found["words"].values()) == 1
        assert found["hits"] and hit["transcript_id"] not in {one["transcript_id"] for one in found["hits"]}
        shown = invoke(home, "similar", hit["transcript_id"], "--group").stdout
        assert "its most telling words: " in shown and "Later" in shown
        assert hit["transcript_id"] in {
            one["transcript_id"] for one in told(home, "similar", hit["id"], "--same")["hits"]
        }

    def test_knows_what_the_asker_may_see(self, home: Path) -> None:
        ident = told(home, "search", "walnut tree under")["hits"][0]["id"]
        mine, all_of_it = told(home, "similar", ident, "--as", "bob@example.com"), told(home, "similar", ident)
        assert mine["total"] < all_of_it["total"] and "spade" not in json.dumps(mine)


def test_a_search_alone_brings_no_other_command_along() -> None:
    def known(*arguments: str) -> set[str]:
        return set(typer.main.get_command(application(arguments)).commands)  # type: ignore[attr-defined]

    everything = known()
    assert known("search", "status") == known("--debug", "--config", "c.yaml", "search") == {"search"} < everything
    assert known("status", "search") == known("--config", "search", "status") == {"status"}
    assert known("--help") == known("serch") == everything


class TestSuggest:
    def test_what_completes_a_query(self, home: Path) -> None:
        done = invoke(home, "suggest", "the", "compost", "h")
        heading, first, *_ = done.stdout.splitlines()
        assert (done.exit_code, heading.split()) == (0, ["what", "suggestion", "where"])
        assert first.split("  ")[0] == "phrase" and first.endswith("the compost heap")
        found = told(home, "suggest", "walnut t")
        assert found["did_you_mean"] is None and found["suggestions"][0]["text"] == "walnut tree"
        assert len(told(home, "suggest", "co", "--limit", "1")["suggestions"]) == 1

    def test_of_what_somebody_may_see(self, home: Path) -> None:
        assert told(home, "suggest", "gold")["suggestions"][0]["text"] == "golden"
        assert told(home, "suggest", "golde", "--as", "bob@example.com")["suggestions"] == []
        nothing = invoke(home, "suggest", "golde", "--as", "bob@example.com")
        assert (nothing.exit_code, nothing.stdout, nothing.stderr) == (0, "", "nothing begins so\n")

    def test_what_was_meant(self, home: Path) -> None:
        done = invoke(home, "suggest", "compsot", "he")
        assert "did you mean: compost he" in done.stderr and "compost heap" in done.stdout

    def test_what_the_model_alone_expects_says_so(self, tmp_path: Path) -> None:
        home = make_archive(tmp_path / "home")
        settings = load_config(home / "config.yaml").settings
        assert "model expects" not in connector(home, "suggest", "shed t")
        with Ledger.open(settings.ledger_file) as ledger:
            put_checkpoint(ledger, settings, [])
        lines = connector(home, "suggest", "shed t").splitlines()
        assert lines[1].startswith("model expects  shed t") and "word" in {line.split()[0] for line in lines}

    def test_starts_without_torch(self, home: Path) -> None:
        code = "import sys; from connector.cli.main import main; sys.argv[1:] = ['suggest', 'comp']\ntry: main()\n"
        code += "except SystemExit: print(*{'torch', 'starlette', 'pydantic'} & set(sys.modules), 'loaded')"
        done = subprocess.run([sys.executable, "-c", code], cwd=home, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "loaded"
