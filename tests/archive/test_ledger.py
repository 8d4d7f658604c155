"""The ledger: one identity a recording, whatever happens to its files; generations; forgetting."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from connector.archive.ledger import Ledger, Outcome
from connector.archive.ledger.migrations import MIGRATIONS
from connector.archive.metadata import Metadata
from connector.archive.rows import CheckpointRow, SampleRow, dump, pack
from connector.errors import NotSetUpError
from connector.transcripts.transcript import Cue


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(tmp_path / "ledger.db", create=True)


def take(ledger: Ledger, path: str, words: str, sha: str | None = None, **metadata: object) -> tuple[Outcome, str]:
    named = Metadata.model_validate({"title": "T", **metadata})
    accepted = ledger.accept(
        path, stamp=f"s{words[:9]}", sha256=sha or f"h{words[:9]}", metadata=named, format="srt",
        cues=pack((Cue(0.0, 2.0, None, words),)),
    )  # fmt: skip
    return accepted.outcome, accepted.transcript_id


class TestIdentity:
    def test_the_same_bytes_again_change_nothing(self, ledger: Ledger) -> None:
        first = take(ledger, "a.srt", "one")
        generation = ledger.generation()
        assert take(ledger, "a.srt", "one") == (Outcome.UNCHANGED, first[1])
        assert ledger.generation() == generation

    def test_an_edited_file_keeps_its_id(self, ledger: Ledger) -> None:
        _, ident = take(ledger, "a.srt", "one")
        assert take(ledger, "a.srt", "two") == (Outcome.UPDATED, ident)
        assert ledger.transcript_ids() == [ident]

    def test_a_copy_is_a_twin(self, ledger: Ledger) -> None:
        _, ident = take(ledger, "a.srt", "one")
        assert take(ledger, "b.srt", "one") == (Outcome.TWIN, ident)

    def test_a_moved_file_keeps_its_id_and_takes_its_new_name(self, ledger: Ledger) -> None:
        _, ident = take(ledger, "a.srt", "one", title="old")
        take(ledger, "b.srt", "one", title="new")
        ledger.mark_missing(["a.srt"])
        row = ledger.transcript(ident)
        assert row is not None and row.metadata.title == "new"

    def test_an_edited_twin_becomes_a_recording_of_its_own(self, ledger: Ledger) -> None:
        _, ident = take(ledger, "a.srt", "one")
        take(ledger, "b.srt", "one")
        outcome, other = take(ledger, "b.srt", "two")
        assert outcome is Outcome.NEW and other != ident
        assert len(ledger.transcript_ids()) == 2

    def test_old_words_of_an_edited_recording_are_a_new_one(self, ledger: Ledger) -> None:
        _, ident = take(ledger, "a.srt", "one")
        take(ledger, "a.srt", "two")
        outcome, other = take(ledger, "c.srt", "one")
        assert outcome is Outcome.NEW and other != ident

    def test_a_sidecar_may_give_the_id(self, ledger: Ledger) -> None:
        _, first = take(ledger, "a.srt", "one", id="kickoff")
        _, second = take(ledger, "b.srt", "two", id="kickoff")
        assert first == second and len(first) == 20 and first.isalnum()

    def test_metadata_alone_is_a_change(self, ledger: Ledger) -> None:
        _, ident = take(ledger, "a.srt", "one")
        before = ledger.generation()
        assert take(ledger, "a.srt", "one", tags=["x"]) == (Outcome.METADATA, ident)
        assert ledger.generation() > before

    def test_a_file_name_used_again_for_another_talk_leaves_the_kept_one(self, ledger: Ledger) -> None:
        _, first = take(ledger, "audio.vtt", "we bake the bread at noon and not before")
        ledger.mark_missing(["audio.vtt"])
        outcome, second = take(ledger, "audio.vtt", "a bridge is inspected every second year")
        assert outcome is Outcome.NEW and second != first
        assert ledger.transcript_ids() == sorted([first, second])

    def test_a_file_deleted_and_written_again_with_corrections_keeps_its_id(self, ledger: Ledger) -> None:
        _, first = take(ledger, "audio.vtt", "we bake the bread at noon and not before")
        ledger.mark_missing(["audio.vtt"])
        assert take(ledger, "audio.vtt", "we bake the bread at noon and never before") == (Outcome.UPDATED, first)

    def test_a_file_moved_over_another_replaces_it(self, ledger: Ledger) -> None:
        _, first = take(ledger, "a.srt", "one")
        _, second = take(ledger, "b.srt", "two")
        assert take(ledger, "a.srt", "two") == (Outcome.TWIN, second)
        ledger.mark_missing(["b.srt"])
        assert ledger.transcript_ids() == [second] != [first]

    def test_a_file_that_leaves_its_twin_takes_its_permissions_along(self, ledger: Ledger) -> None:
        _, ident = take(ledger, "open.srt", "one")
        take(ledger, "closed.srt", "one", permissions={"allowedGroups": ["staff"]})
        take(ledger, "open.srt", "two")
        row = ledger.transcript(ident)
        assert row is not None and row.metadata.permissions is not None and not row.metadata.permissions.open


class TestMissing:
    def test_kept_by_default(self, ledger: Ledger) -> None:
        _, ident = take(ledger, "a.srt", "one")
        assert ledger.mark_missing(["a.srt"]).removed == []
        assert ledger.transcript(ident) is not None

    def test_removed_where_asked_once_no_twin_is_left(self, ledger: Ledger) -> None:
        _, ident = take(ledger, "a.srt", "one")
        take(ledger, "b.srt", "one")
        assert ledger.lost_transcripts(["a.srt"]) == set()
        assert ledger.mark_missing(["a.srt"], remove=True).removed == []
        assert ledger.lost_transcripts(["b.srt"]) == {ident}
        assert ledger.mark_missing(["b.srt"], remove=True).removed == [ident]
        assert ledger.transcript(ident) is None

    def test_a_removed_file_that_comes_back_is_taken_in(self, ledger: Ledger) -> None:
        take(ledger, "a.srt", "one")
        ledger.mark_missing(["a.srt"], remove=True)
        assert take(ledger, "a.srt", "one")[0] is Outcome.NEW


class TestForget:
    def test_everything_goes_and_the_content_is_barred(self, ledger: Ledger) -> None:
        _, ident = take(ledger, "a.srt", "secret")
        _, other = take(ledger, "b.srt", "public")
        row = CheckpointRow("c0000010123456789", 1, "x", [ident, other], {}, True)
        kept = CheckpointRow("c0000020123456789", 2, "y", [other], {}, True)
        for checkpoint in (row, kept):
            ledger.add_checkpoint(checkpoint)
            ledger.put_samples(checkpoint.id, [SampleRow(checkpoint.id, 0, "p", 1, 0.8, 40, "text", [])])
        assert ledger.forget(ident)
        assert ledger.transcript_ids() == [other]
        assert [checkpoint.id for checkpoint in ledger.checkpoints()] == [kept.id]
        assert ledger.samples(row.id) == [] and len(ledger.samples(kept.id)) == 1
        assert ledger.skip_barred("a.srt", stamp="s", sha256="hsecret") is Outcome.FORGOTTEN
        assert not ledger.skip_barred("b.srt", stamp="s", sha256="hpublic")

    def test_no_bytes_of_it_are_left_in_the_files(self, ledger: Ledger, tmp_path: Path) -> None:
        _, ident = take(ledger, "a.srt", "the vault opens at noon " * 50)
        take(ledger, "b.srt", "public")
        for state in ("done", "failed", "stopped"):
            asked = ledger.add_intent("ingest", {"paths": ["vault opens.srt"]})
            ledger.finish_intent(asked, state, {"told": "vault opens"})
        ledger.forget(ident)
        for file in tmp_path.glob("ledger.db*"):
            assert b"vault opens" not in file.read_bytes()

    def test_a_broken_edit_before_does_not_let_the_old_bytes_back_in(self, ledger: Ledger) -> None:
        _, ident = take(ledger, "a.srt", "secret")
        ledger.fail("a.srt", stamp="s2", error="broken", sha256="garbage")
        ledger.forget(ident)
        assert ledger.skip_barred("a.srt", stamp="s3", sha256="hsecret") is Outcome.FORGOTTEN

    def test_unknown(self, ledger: Ledger) -> None:
        assert not ledger.forget("t0")


class TestGenerations:
    def test_a_group_is_listed_once_at_its_newest_change(self, ledger: Ledger) -> None:
        _, one = take(ledger, "a.srt", "one")
        seen = ledger.generation()
        _, two = take(ledger, "b.srt", "two")
        take(ledger, "a.srt", "three")
        take(ledger, "a.srt", "four")
        changes = ledger.changes_since(seen)
        assert [group for _, group in changes] == [two, one]
        assert changes[-1][0] == ledger.generation()
        assert ledger.changes_since(ledger.generation()) == []

    def test_a_deleted_group_is_a_change_too(self, ledger: Ledger) -> None:
        _, one = take(ledger, "a.srt", "one")
        seen = ledger.generation()
        ledger.forget(one)
        assert [group for _, group in ledger.changes_since(seen)] == [one]


class TestFailures:
    def test_what_was_read_before_stays(self, ledger: Ledger) -> None:
        _, ident = take(ledger, "a.srt", "one")
        ledger.fail("a.srt", stamp="s2", error="broken")
        source = ledger.source("a.srt")
        assert source is not None and source.state == "failed" and source.transcript_id == ident
        assert take(ledger, "a.srt", "two") == (Outcome.UPDATED, ident)


class TestSchema:
    def test_every_migration_leaves_its_number(self, tmp_path: Path) -> None:
        Ledger.open(tmp_path / "l.db", create=True).close()
        with sqlite3.connect(tmp_path / "l.db") as db:
            assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
            assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)

    def test_a_newer_ledger_is_refused(self, tmp_path: Path) -> None:
        Ledger.open(tmp_path / "l.db", create=True).close()
        with sqlite3.connect(tmp_path / "l.db") as db:
            db.execute("PRAGMA user_version = 99")
        with pytest.raises(NotSetUpError, match="newer"):
            Ledger.open(tmp_path / "l.db")

    def test_a_file_that_is_no_ledger_is_refused_by_name(self, tmp_path: Path) -> None:
        (tmp_path / "l.db").write_bytes(b"not a database at all, but long enough to be looked at" * 20)
        with pytest.raises(NotSetUpError, match=r"l\.db"):
            Ledger.open(tmp_path / "l.db")

    def test_none_yet(self, tmp_path: Path) -> None:
        with pytest.raises(NotSetUpError, match="nothing has been taken in"):
            Ledger.open(tmp_path / "l.db")

    def test_an_older_ledger_is_brought_up_to_date_with_all_it_holds(self, tmp_path: Path) -> None:
        judgement = {"grade": "high", "language": "en", "scores": {"suspicion": 0.1, "words": 900.0}}
        judgement |= {"reasons": [], "doubts": []}
        with sqlite3.connect(tmp_path / "l.db", isolation_level=None) as db:
            for step in MIGRATIONS[:3]:
                step(db)
            db.execute("PRAGMA user_version = 3")
            db.execute(
                "INSERT INTO transcripts (id, format, cues, cues_hash, metadata, verdict, judgement)"
                " VALUES ('t1', 'srt', '[]', 'h', '{}', 'accepted', ?)",
                (dump(judgement),),
            )
        db.close()
        with Ledger.open(tmp_path / "l.db") as ledger:
            row = ledger.transcript("t1")
            assert row is not None and row.judgement == judgement
            assert ledger.unweighed("base-x", 3.0) == ["t1"]
            bad = {"bits": 4.0, "load": 2.0, "unlike": 0.0, "doubts": []}
            assert ledger.put_weighed("t1", "h", bad, model="base-x", threshold=3.0) == "held"
            assert [one.id for one in ledger.held()] == ["t1"]
            assert ledger.drop_weighed() == ["t1"] and ledger.held() == []


def test_ctrl_c_as_a_transaction_begins_leaves_none_open(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        """The connection, on which Ctrl-C comes right after a transaction has begun."""

        def __init__(self, db: sqlite3.Connection) -> None:
            self._db = db

        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            done = self._db.execute(sql, *values)
            if sql.startswith("BEGIN"):
                raise KeyboardInterrupt
            return done

        def __getattr__(self, name: str) -> object:
            return getattr(self._db, name)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(ledger, "_db", Interrupted(ledger._db))
        take(ledger, "a.srt", "one")
    assert take(ledger, "a.srt", "one")[0] is Outcome.NEW


def test_within_a_snapshot_nothing_is_written(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db", create=True) as ledger:
        with ledger.snapshot(), pytest.raises(sqlite3.OperationalError, match="readonly"):
            ledger.set_state("a", 1)
        ledger.set_state("a", 2)
        assert ledger.get_state("a") == 2


def test_an_older_ledgers_samples_of_what_was_not_read_go(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    read, other = "t" + "1" * 19, "t" + "2" * 19
    rows = [SampleRow("c1", n, "Words", 1, 0.8, 0, "a sample", [f"{of}00000"]) for n, of in enumerate((read, other))]
    with Ledger.open(file, create=True) as ledger:
        ledger.add_checkpoint(CheckpointRow("c1", 1, "corpus", [read], {}, True))
        ledger.put_samples("c1", [*rows, SampleRow("c1", 2, "typed", 1, 0.8, 0, "a sample", [])])
        before = ledger.generation()
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version = 8")
    db.close()
    with Ledger.open(file) as ledger:
        assert [sample.number for sample in ledger.samples("c1")] == [0, 2]
        assert [group for _, group in ledger.changes_since(before)] == ["c1"] and ledger.get_state("purge")
