"""Long work at a terminal: a bar with rate and time left, and Ctrl-C that leaves nothing half done."""

from __future__ import annotations

import os
import re
import signal
import threading
from pathlib import Path

import pytest

from connector.archive import requests
from connector.archive.ledger import Ledger
from connector.archive.requests import ask
from connector.archive.writer import Archive
from connector.cli.output import LiveProgress, progress
from connector.daemon import operations
from connector.daemon.telling import Telling
from connector.errors import NotSetUpError
from connector.glean.destination import SERVER, TOKEN
from tests.glean.misbehaving import TOKEN as SECRET
from tests.glean.misbehaving import serving
from tests.support import WAIT, command, connector, connector_json, daemon, found, make_home, srt, talk, until
from tests.terminal import Terminal, terminal

BAR = r"{label} +\S+ +{done}/{total} +[\d.,]+/s +(\d+:\d\d:\d\d|-:--:--)"


def bar(label: str, done: str = r"\d+", total: str = r"\d+") -> str:
    return BAR.format(label=label, done=done, total=total)


def is_clean(screen: Terminal) -> None:
    assert "Traceback" not in screen.text and "internal error" not in screen.text
    assert screen.raw.count("\x1b[?25l") == screen.raw.count("\x1b[?25h") > 0, "the cursor is there again"


def fill(home: Path, count: int) -> None:
    for number in range(count):
        (home / "inbox" / f"{number}.srt").write_text(talk(f"subject{number}", count=40))


def last(home: Path) -> Path:
    """The last file that is taken in, read for longer than a signal takes to come."""
    long = home / "inbox" / "long.srt"
    long.write_text(srt([f"line {number} of a long day" for number in range(100_000)]))
    return long


def test_ingest_stopped_by_ctrl_c_is_gone_on_with(home: Path) -> None:
    fill(home, 100)
    long = last(home)
    with terminal(home, "ingest", "inbox") as screen:
        screen.says(bar("taking in", "100", "101"))
        assert screen.interrupt() == 130
        assert "stopped after 100 of 101 files; run it again" in screen.text
        is_clean(screen)
    long.unlink()
    assert found(home, "subject0"), "what was taken in is searchable"
    assert connector_json(home, "ingest", "inbox")["files"] == 100
    assert connector_json(home, "status")["transcripts"] == {"accepted": 100}
    assert "documents compared, equal" in connector(home, "doctor")
    with terminal(home, "rebuild") as screen:
        screen.says(bar("rebuilding"))
        assert screen.interrupt() == 130
        is_clean(screen)
    assert found(home, "subject99"), "the index from before is searched"
    with terminal(home, "backup", "x.tar.gz") as screen:
        assert screen.end() == 0 and "100 transcripts" in screen.text


def test_of_many_files_it_is_told_that_they_are_made_searchable(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "SYNC_EVERY", float("inf"))
    for count, told in ((operations.MANY, []), (operations.MANY + 1, ["making them searchable"])):
        folder = archive.settings.inbox / str(count)
        folder.mkdir()
        for number in range(count):
            (folder / f"{number}.srt").write_text(talk(f"subject{count}x{number}", count=2))
        said: list[str] = []
        seen: list[tuple[int, int]] = []
        operations.take_in(archive, {"paths": [str(folder)]}, said.append, lambda *pair: seen.append(pair))  # noqa: B023
        assert said == told
        assert seen[:count] == [(number, count) for number in range(1, count + 1)]
        assert seen[count:][-1] == (count, count), "how far the index is"


def test_a_daemon_shows_how_far_its_first_files_are(home: Path) -> None:
    fill(home, 150)
    with terminal(home, "run") as screen:
        screen.says(bar("taking in", r"[1-9]\d*", "150"))
        assert screen.interrupt() == 0
        assert "stopped" in screen.text
        is_clean(screen)


def test_an_index_that_a_start_builds_anew_shows_how_far_it_is(home: Path) -> None:
    fill(home, 60)
    command(home, "ingest", str(home / "inbox"))
    with (home / "config.yaml").open("a") as file:
        file.write("public_url: https://talks.example.com\n")
    with terminal(home, "run") as screen:
        screen.says(bar("building the index", r"[1-9]\d*", "60"))
        screen.says("drop transcripts into")
        assert screen.interrupt() == 0
        is_clean(screen)


def test_a_push_shows_how_far_it_is_and_goes_on_after_ctrl_c(home: Path) -> None:
    fill(home, 10)
    connector(home, "ingest", "inbox")
    looked = threading.Event()
    with serving() as server:

        def hold_the_second_batch(route: str) -> None:
            if [asked for asked, _ in server.held.requests].count("indexdocuments") == 2:
                looked.wait(WAIT)

        server.before_answering = hold_the_second_batch
        variables = {SERVER: server.url, TOKEN: SECRET}
        with terminal(home, "push", **variables) as screen:
            screen.says(bar("pushing", r"10\d", r"[1-9]\d\d"))
            assert screen.interrupt() == 130, screen.text
            looked.set()
            is_clean(screen)
        server.before_answering = lambda _: None
        with terminal(home, "push", **variables) as screen:
            assert screen.end() == 0 and re.search(r"documents +[1-9]\d+ +0 +1\d\d", screen.text)
            is_clean(screen)
        assert len(server.held.documents) > 110 and server.held.twice == []


def test_a_command_that_is_told_to_end_puts_away_what_it_began(home: Path) -> None:
    fill(home, 10)
    last(home)
    with terminal(home, "ingest", "inbox") as screen:
        screen.says(bar("taking in", "10", "11"))
        screen.process.send_signal(signal.SIGTERM)
        assert screen.end() == 143
        assert "stopped after 10 of 11 files; run it again" in screen.text
        is_clean(screen)
    assert found(home, "subject0"), "what was taken in is searchable"
    with Ledger.open(home / "data" / "ledger.db") as ledger:
        assert ledger.get_state("holder") is None


def test_what_the_daemon_does_for_a_command_shows_there(archive: Archive) -> None:
    """The holder's part is played here: it says how far it is before it is done."""
    seen: list[tuple[int, int]] = []
    answers: list[dict[str, object]] = []

    def asking() -> None:
        with Ledger.open(archive.settings.ledger_file) as ledger:
            answers.append(ask(ledger, archive.settings, "rebuild", {}, lambda done, total: seen.append((done, total))))

    asker = threading.Thread(target=asking)
    asker.start()
    (number, _, _) = until(archive.ledger.waiting_intents, "asked")[0]
    archive.ledger.begin_intent(number)
    archive.ledger.set_state("daemon", {"progress": [3, 10]})
    until(lambda: (3, 10) in seen, "told")
    archive.ledger.finish_intent(number, "done", {"documents": 1})
    asker.join()
    assert answers == [{"documents": 1}]


def test_ctrl_c_ends_what_the_daemon_does_for_a_command(home: Path) -> None:
    """Of one under way the daemon is asked to stop, one that waits is withdrawn."""
    folder, other = home / "talks", home / "others"
    for number, place in enumerate([folder] * 60 + [other]):
        place.mkdir(exist_ok=True)
        (place / f"{number}.srt").write_text(talk(f"subject{number}", count=1_000))
        os.utime(place / f"{number}.srt", (number + 1e9, number + 1e9))  # the order they are taken in
    with daemon(home) as running, terminal(home, "ingest", "talks") as first:
        first.says("asked it to do it")
        with terminal(home, "ingest", "others") as second:
            second.says("asked it to do it")
            assert second.interrupt() == 130
            assert "nothing is left waiting" in second.text
            is_clean(second)
        first.says(r"taking in +\S+ +\d+/60")
        assert first.interrupt() == 130
        (done, total) = re.findall(r"the daemon stopped after (\d+) of (\d+); run it again for the rest", first.text)[0]
        assert 0 < int(done) < int(total) == 60
        is_clean(first)
        running.says(f"ingest: stopped after {done} of 60, as asked")
        until(lambda: found(home, "subject0"), "what was taken in is searchable")
        for number in range(int(done) + 1, 60):
            (folder / f"{number}.srt").unlink()
        assert connector_json(home, "ingest", "talks")["outcomes"] == {"new": 1, "unchanged": int(done)}
        assert not found(home, "subject60")
        assert running.stop() == 0


def test_what_was_done_before_it_could_be_stopped_is_answered(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The holder's part is played here: the asker is interrupted, and hears that it is done."""
    ledger, said, seen = archive.ledger, list[str](), list[int]()

    def interrupted(done: int, total: int) -> None:
        seen.append(done)
        if len(seen) == 1:
            raise KeyboardInterrupt
        ledger.finish_intent(1, "done", {"documents": 1})

    monkeypatch.setattr(requests, "holder_of", lambda _: ledger.begin_intent(1) or {})
    ledger.set_state("daemon", {"progress": [3, 10]})
    answer = ask(ledger, archive.settings, "rebuild", {}, interrupted, say=said.append)
    assert answer == {"documents": 1} and "asked the daemon to stop" in said[0] and len(said) == 1
    number = ledger.add_intent("rebuild", {})
    ledger.finish_intent(number, "done", {"documents": 2})
    assert ledger.stop_intent(number) == "done", "it came too late to stop anything"


def test_what_was_to_be_stopped_is_not_taken_up_again(archive: Archive) -> None:
    ledger = archive.ledger
    stopping, working, withdrawn = (ledger.add_intent("rebuild", {"number": n}) for n in range(3))
    assert ledger.stop_intent(withdrawn) == "withdrawn" and not ledger.begin_intent(withdrawn)
    assert ledger.begin_intent(stopping) and ledger.begin_intent(working)
    assert ledger.stop_intent(stopping) == "stopping"
    ledger.reopen_intents()
    assert [number for number, _, _ in ledger.waiting_intents()] == [working]


def test_who_asks_hears_that_nobody_is_at_it_any_more(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """The holder's part is played here: it ends, and the next one drops what was to be stopped."""
    ledger = archive.ledger

    def next_holder(_: object) -> dict[str, object]:
        ledger.begin_intent(1)
        ledger.stop_intent(1)
        ledger.reopen_intents()
        return {}

    monkeypatch.setattr(requests, "holder_of", next_holder)
    with pytest.raises(NotSetUpError, match="no answer to it any more"):
        ask(ledger, archive.settings, "rebuild", {})


@pytest.mark.parametrize("wanted", [True, False])
def test_what_the_daemons_own_end_stops_waits_only_where_it_is_still_wanted(archive: Archive, wanted: bool) -> None:
    """Ctrl-C to who asked and SIGTERM to the daemon may come together: who asked hears how far it came."""
    ledger = archive.ledger
    number = ledger.add_intent("rebuild", {})

    def ends(*_: object) -> operations.Answer:
        if not wanted:
            ledger.stop_intent(number)
        raise operations.StoppedError(3, 10)

    operations.carry_out_intents(ledger, ends, lambda *_: None)
    assert ledger.intent(number) == (("waiting", None) if wanted else ("stopped", {"done": 3, "total": 10}))


class TestWithoutATerminal:
    @pytest.fixture
    def told(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        lines: list[str] = []
        monkeypatch.setattr("connector.cli.output.say", lines.append)
        monkeypatch.setattr("connector.cli.output.PLAIN_EVERY", 0.0)
        return lines

    def test_a_line_has_rate_and_time_left(self, told: list[str]) -> None:
        with progress("reading") as tell:
            tell(0, 10)
            tell(5, 10)
        (line,) = told
        assert re.fullmatch(r"reading: 5 of 10, [\d.,]+/s, 0 s left", line)
        with progress("packing", of_bytes=True) as tell:
            tell(5_000_000, 10_000_000)
        assert re.fullmatch(r"packing: 5 of 10 MB, [\d.,]+ MB/s, 0 s left", told[1])

    def test_of_files_the_log_tells_and_of_trainings_a_line(self, told: list[str]) -> None:
        show = LiveProgress(told.append)
        show({"event": "files", "done": 1, "total": 2})
        show.indexing(0, 8)
        show.indexing(4, 8)
        show({"event": "progress", "fraction": 0.5, "text": "half"})
        show({"event": "ended"})
        assert told[0] == "building the index: 0 of 8" and told[2:] == ["training: half"]
        assert re.fullmatch(r"building the index: 4 of 8, [\d.,]+/s, 0 s left", told[1])


def test_a_flood_is_counted_from_its_first_file_to_its_last() -> None:
    from connector.archive.ledger import Outcome
    from connector.daemon.pipeline import Ingested

    telling, result = Telling(), Ingested("a.srt", Outcome.NEW)
    telling.tell(result, 3, 0.1)
    assert telling.flood(2) is None, "few files are told of one by one"
    for left in range(20, 0, -1):
        telling.tell(result, 20, 0.1)
        assert telling.flood(left - 1) == (21 - left, 20)
    telling.sum_up(0)
    assert telling.flood(0) is None
    telling.tell(result, 1, 0.1)
    assert telling.flood(0) is None


def test_ctrl_c_while_a_training_is_asked_for_saves_and_says_so(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", train="{auto: false, budget: 600}")
    for number in range(12):
        (home / "inbox" / f"{number}.srt").write_text(talk(f"subject{number}", count=60))
    command(home, "ingest", str(home / "inbox"))
    with terminal(home, "train", OMP_NUM_THREADS="1") as screen:
        screen.says(r"\d+%  step \d+, loss.* characters/s, [\d,]+ s left")
        assert screen.interrupt() == 0
        assert "it goes on there the next time" in screen.text
        is_clean(screen)
