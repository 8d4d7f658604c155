"""`connector train --text` and `--base`: trainings outside the archive, as whole processes."""

from __future__ import annotations

import errno
import gc
import json
import stat
import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connector.cli.main import application
from connector.daemon import outside
from connector.errors import BadInputError
from connector.transcripts.formats import read
from model import Text
from model.base import load_base
from model.dataset import Split
from model.seen import unseen
from tests.model.conftest import prose
from tests.support import CONNECTOR, connector, connector_json, environment, run, talk

QUICK = ("--steps", "3", "--preset", "cpu")


@pytest.fixture
def text(tmp_path: Path) -> Path:
    file = tmp_path / "input.txt"
    file.write_text(prose(3_000))
    return file


@pytest.mark.usefixtures("text")
class TestText:
    def test_prints_what_nanogpts_prepare_prints(self, tmp_path: Path, text: Path) -> None:
        shown = connector(tmp_path, "train", "--text", "input.txt", *QUICK)
        assert "length of dataset in characters: 3,000" in shown
        assert f"vocab size: {len(set(text.read_text()))}" in shown
        assert "train has 2,700 tokens" in shown and "val has 300 tokens" in shown
        assert "3 steps in" in shown and "val loss" in shown and "input.model" in shown

    def test_tells_it_in_json_and_goes_on_from_its_checkpoint(self, tmp_path: Path) -> None:
        first = connector_json(tmp_path, "train", "--text", "input.txt", *QUICK, "--into", "m")
        assert first["steps"] == 3 and first["parameters"] < 810_000 and first["continued_from"] is None
        assert (first["train"], first["validation"]) == (2_700, 300)
        second = connector_json(tmp_path, "train", "--text", "input.txt", *QUICK, "--into", "m")
        assert second["continued_from"] == first["checkpoint_id"]

    @pytest.mark.parametrize(
        ("arguments", "code", "told"),
        [
            (["--text", "gone.txt"], 5, "gone.txt"),
            (["--text", "latin.txt"], 5, "no UTF-8 text"),
            (["--text", "empty.txt", *QUICK], 5, "too little text"),
            (["--text", "one.txt", *QUICK], 5, "no character occurs twice"),
            (["--text", "input.txt", "--preset", "tiny"], 2, "no preset 'tiny'"),
            (["--text", "input.txt", "--base", "talks"], 2, "two trainings"),
            (["--base"], 2, "--base and PATH... go together"),
            (["talks"], 2, "--base and PATH... go together"),
            (["--steps", "3"], 2, "are for --text and --base"),
            (["--tokenizer", "bpe"], 2, "are for --text and --base"),
            (["--text", "input.txt", "--tokenizer", "words"], 2, "no tokenizer 'words'"),
            (["--seed", "3"], 2, "are for --text and --base"),
            (["--base", "talks", "--preset", "cpu"], 2, "not for --base"),
            (["--base", "talks", "--fresh"], 2, "not for --base"),
            (["--text", "input.txt", "--seconds", "nan"], 2, "no number to count with"),
            (["--base", "gone"], 5, "no such file or folder"),
        ],
    )
    def test_what_is_wrong_is_said(self, tmp_path: Path, arguments: list[str], code: int, told: str) -> None:
        (tmp_path / "latin.txt").write_bytes("Grüße".encode("latin-1") * 100)
        (tmp_path / "empty.txt").write_text("")
        (tmp_path / "one.txt").write_text("".join(map(chr, range(0x4E00, 0x4E00 + 600))))
        done = run(tmp_path, "train", *arguments)
        assert done.returncode == code and told in done.stderr


@pytest.mark.usefixtures("text")
class TestBytePairs:
    def test_are_learned_from_the_text_and_told(self, tmp_path: Path) -> None:
        done = run(tmp_path, "train", "--text", "input.txt", "--tokenizer", "bpe", *QUICK, "--into", "m")
        assert done.returncode == 0, done.stderr
        assert "train has 2,700 characters" in done.stdout and "vocab size" not in done.stdout
        assert "byte-pair tokens from the text" in done.stderr and "bits a character" in done.stdout
        again = connector_json(tmp_path, "train", "--text", "input.txt", "--tokenizer", "bpe", *QUICK, "--into", "m")
        assert (again["tokenizer"], again["train"], again["validation"]) == ("bpe", 2_700, 300)
        assert again["continued_from"] and again["characters_per_token"] > 1.5 and again["vocabulary"] > 256
        drawn = connector_json(tmp_path, "sample", "--model", "m", "--count", "2", "--length", "30")["samples"]
        assert all(len(one["text"]) <= 30 for one in drawn)
        assert "byte-pair tokens" in connector(tmp_path, "report", "m")

    def test_say_that_the_base_is_none_for_them(self, tmp_path: Path) -> None:
        done = run(tmp_path, "train", "--text", "input.txt", "--tokenizer", "bpe", "--steps", "1")
        assert done.returncode == 0 and "reads characters, not bpe; starts from nothing" in done.stderr


class TestInterrupted:
    """Asked to stop before the first step, in this process."""

    @pytest.fixture(autouse=True)
    def _asked(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        stop = threading.Event()
        stop.set()
        monkeypatch.setattr(outside, "stopping_by_signals", lambda: nullcontext(stop))
        monkeypatch.chdir(tmp_path)

    def test_says_how_to_go_on_and_judges_nothing(self, text: Path) -> None:
        done = CliRunner().invoke(application(), ["train", "--text", str(text), *QUICK])
        assert done.exit_code == 0 and "Saved at step 0: the same command goes on there." in done.stdout
        for word in ("loss", "Memorised", "report"):
            assert word not in done.stdout
        told = json.loads(CliRunner().invoke(application(), ["train", "--text", str(text), *QUICK, "--json"]).stdout)
        assert (told["validation_loss"], told["judgement"], told["checkpoint_id"]) == (None, None, None)

    def test_makes_no_base_and_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "talk.srt").write_text(talk("one", count=60))
        done = CliRunner().invoke(
            application(), ["train", "--base", "talk.srt", "--steps", "3", "--into", "b", "--json"]
        )
        assert done.exit_code == 0 and "there is no base yet" in done.stderr and "starts from it" not in done.stderr
        assert json.loads(done.stdout)["base"] is None


class TestNoRoom:
    def test_is_said_by_the_folder_and_what_it_came_to_is_gone_on_with(
        self, tmp_path: Path, text: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        command = ["train", "--text", str(text), *QUICK, "--into", str(tmp_path / "m"), "--json"]
        with monkeypatch.context() as patch:
            patch.setattr("model.checkpoint.write_synced", full)
            failed = CliRunner().invoke(application(), command).exception
        assert isinstance(failed, BadInputError) and str(failed) == f"{tmp_path / 'm'}: No space left on device"
        assert "MB are needed" in failed.hint and "gone on with by the same command" in failed.hint
        again = json.loads(CliRunner().invoke(application(), command).stdout)
        assert again["resumed"] and again["steps"] == 3 and again["checkpoint_id"]

    def test_nor_a_folder(self, text: Path) -> None:
        text.with_suffix(".srt").write_text(talk("one", count=60))
        for command in (["--text", str(text), *QUICK], ["--base", str(text.with_suffix(".srt"))]):
            failed = CliRunner().invoke(application(), ["train", *command, "--into", str(text / "m")]).exception
            assert isinstance(failed, BadInputError) and f"{text / 'm'}: Not a directory" in str(failed)
            assert not failed.hint


# The most memory of a command's own, in KiB: pages of files that are mapped are the system's to take back.
PEAK = """
import subprocess, sys, time
running, most = subprocess.Popen(sys.argv[1:], stdout=2), 0
while running.poll() is None:
    with open(f"/proc/{running.pid}/status") as status:
        own = [int(line.split()[1]) for line in status if line.startswith("RssAnon:")]
    most = max([most, *own])
    time.sleep(0.01)
print(most)
sys.exit(running.returncode)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("tokenizer", ["characters", "bpe"])
def test_a_text_is_not_held_in_memory(tmp_path: Path, tokenizer: str) -> None:
    """Twenty-two megabytes more of it cost less than half of them, where holding them took several times as much."""
    line = prose(60_000).replace(". ", ".\n")

    def megabytes(text: str, times: int) -> float:
        with (tmp_path / text).open("w") as file:
            for number in range(times):
                file.write(f"{number} {line}\n")
        arguments = ["train", "--text", text, "--tokenizer", tokenizer, "--steps", "1", "--preset", "cpu"]
        command = [sys.executable, "-c", PEAK, *CONNECTOR, *arguments]
        # What is freed goes back to the system at once: else holes in glibc's heap, which lie otherwise in each version
        # of the program, count with what is held.
        variables = environment() | {"MALLOC_MMAP_THRESHOLD_": "131072"}
        done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return int(done.stdout) / 1024

    # Both are long enough for what is there once, whatever the length: buffers of a batch, threads.
    assert megabytes("large.txt", 500) - megabytes("small.txt", 125) < 11


def test_a_base_of_ones_own_is_made_and_started_from(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / "talks" / f"talk{number}").mkdir(parents=True)
        (tmp_path / "talks" / f"talk{number}" / "words.srt").write_text(talk(f"subject {number}", count=30))
    (tmp_path / "talks" / "README.md").write_text("# No transcript\n\nWords.\n")
    done = run(tmp_path, "train", "--base", "talks", "--steps", "2", "--into", "mine", "--json")
    assert done.returncode == 0, done.stderr
    assert "left out: talks/README.md" in done.stderr and f'train: {{base: "{tmp_path / "mine"}"}}' in done.stderr
    card = (tmp_path / "mine" / "MODEL_CARD.md").read_text()
    assert "12 transcripts" in card and "half precision" in card
    found = load_base(tmp_path / "mine")
    assert found.info.read == () and found.info.steps == 2 and found.info.texts == ()
    assert found.info.validation_split == "document", "files of one name are documents of their own"
    learnt = Text("another id", "\n".join(cue.text for cue in read(talk("subject 3", count=30).encode(), "a.srt").cues))
    parts = Split("document", (), (learnt,))
    assert not unseen(parts, [learnt], found.info.marks).validation, "it knows what it has learnt"
    assert stat.S_IMODE((tmp_path / "mine").stat().st_mode) == 0o700


@pytest.mark.parametrize("looks", [True, False])
def test_garbage_is_looked_for_after_the_import_where_it_was_before(
    monkeypatch: pytest.MonkeyPatch, looks: bool
) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    before = gc.isenabled()
    try:
        (gc.enable if looks else gc.disable)()
        with outside._importing():
            assert not gc.isenabled()
        assert gc.isenabled() == looks
    finally:
        (gc.enable if before else gc.disable)()
        gc.unfreeze()
