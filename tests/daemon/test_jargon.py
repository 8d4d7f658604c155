"""A changed glossary is taken over in steps: the daemon stops between them, says so, and goes on at the next start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.archive import glossary, heart
from connector.archive.glossary import GlossaryChange
from connector.archive.writer import Archive, writing
from connector.config import Settings
from connector.daemon import jargon, worker
from connector.daemon.worker import Daemon
from connector.transcripts.jargon import Glossary, Term
from tests.support import talk

NEW = Glossary((Term("Sourdough", misheard=("sour dove",)),))
TALKS = [f"talk{number}" for number in range(6)]


@pytest.fixture
def looked_at(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The transcripts that were looked at, as they are; six talks lie in the ledger, each misheard once."""
    for name in TALKS:
        drop(archive, name)
    run_once(archive)
    looked: list[str] = []
    real = glossary.cleaned_segments

    def looking(row: Any, settings: Settings) -> Any:
        looked.append(row.id)
        return real(row, settings)

    monkeypatch.setattr(glossary, "cleaned_segments", looking)
    monkeypatch.setattr(jargon, "STEP", 0.0)
    return looked


def drop(archive: Archive, name: str) -> None:
    (archive.settings.inbox / f"{name}.srt").write_text(talk(name, 20).replace("part 3", "the sour dove"))


def run_once(archive: Archive) -> None:
    Daemon(archive, Path("unused.yaml"), lambda _: None, once=True).run()


def write(archive: Archive) -> None:
    assert archive.settings.jargon_file is not None
    archive.settings.jargon_file.write_text("Sourdough: {misheard: [sour dove]}\n")


def test_what_is_interrupted_goes_on_where_it_was(archive: Archive, looked_at: list[str]) -> None:
    before = archive.ledger.generation()
    change = GlossaryChange(archive.ledger, archive.settings, NEW)
    assert not change.step(0) and not change.step(0)
    change.save()
    assert archive.ledger.generation() == before and archive.ledger.glossary() == Glossary()
    again = GlossaryChange(archive.ledger, archive.settings, NEW)
    again.step()
    assert len(looked_at) == len(set(looked_at)) == len(TALKS)
    assert archive.ledger.glossary() == NEW
    assert len(archive.ledger.changes_since(before)) == len(TALKS)


def test_what_comes_in_meanwhile_is_corrected_too(archive: Archive, looked_at: list[str]) -> None:
    change = GlossaryChange(archive.ledger, archive.settings, NEW)
    assert not change.step(0)
    change.save()
    drop(archive, "late")
    run_once(archive)
    again = GlossaryChange(archive.ledger, archive.settings, NEW)
    again.step()
    assert len(set(looked_at)) == len(TALKS) + 1 and "7 transcripts" in again.told


def test_another_change_begins_anew(archive: Archive, looked_at: list[str]) -> None:
    change = GlossaryChange(archive.ledger, archive.settings, NEW)
    change.step(0)
    change.save()
    GlossaryChange(archive.ledger, archive.settings, Glossary((Term("Dough", misheard=("dove",)),))).step()
    assert len(looked_at) == 1 + len(TALKS)


def test_the_daemon_stops_between_two_steps_and_beats_its_heart(
    archive: Archive, looked_at: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heart, "EVERY", 0.0)
    write(archive)
    daemon = Daemon(archive, Path("unused.yaml"), lambda _: None, once=True)
    told: list[str] = []
    real = archive.ledger.set_state

    def noting(key: str, value: Any) -> None:
        if key == "daemon":
            told.append(value["doing"])
        real(key, value)
        daemon._stopping = len(looked_at) == 2

    monkeypatch.setattr(archive.ledger, "set_state", noting)
    monkeypatch.setattr(worker.Daemon, "_doing", lambda _: f"correcting {len(looked_at)}")
    daemon.run()
    assert told[:2] == ["correcting 1", "correcting 2"] and len(looked_at) == 2
    assert archive.ledger.glossary() == Glossary()
    run_once(archive)
    assert archive.ledger.glossary() == NEW and len(looked_at) == len(TALKS)


def test_a_glossary_that_was_applied_meanwhile_is_not_taken_back(archive: Archive, looked_at: list[str]) -> None:
    write(archive)
    follower = jargon.JargonFollower(archive, lambda _: None)
    follower.look()
    assert follower.busy and not follower.step()
    archive.ledger.set_glossary(NEW, ())
    assert not follower.step() and not follower.busy
    assert archive.ledger.glossary() == NEW and len(looked_at) == 1


def test_what_was_deleted_while_the_daemon_was_away_is_noticed(settings: Settings) -> None:
    with writing(settings, "test", lambda _: None) as archive:
        archive.ledger.set_glossary(NEW, ())
    with writing(settings, "run", lambda _: None) as archive:
        assert archive.ledger.glossary() == NEW  # the daemon sees to it itself
        run_once(archive)
        assert archive.ledger.glossary() == Glossary()
