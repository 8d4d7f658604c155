"""Versions that go away or move, and what review, audiences and doubts make of versions."""

from __future__ import annotations

import pytest

from connector.archive.ledger import Outcome
from connector.archive.rows import CheckpointRow
from connector.archive.writer import Archive
from connector.daemon.missing import note_missing
from connector.daemon.pipeline import AS_BEFORE, Ingested
from tests.archive.versions import (
    FIRST,
    MENDED,
    put,
    state,
    take,
    words,
)
from tests.support import talk


class TestGone:
    def test_with_the_newest_file_removed_the_one_before_is_read_again(self, archive: Archive) -> None:
        old = put(archive, "old.srt", FIRST)
        put(archive, "new.srt", MENDED)
        (archive.settings.inbox / "new.srt").unlink()
        assert archive.ledger.mark_missing(["new.srt"], remove=True).removed == []
        again = take(archive, "old.srt")
        assert (again.outcome, again.transcript_id) == (Outcome.UPDATED, old.transcript_id)
        assert "rye bread" not in words(archive.ledger, old.transcript_id)

    @pytest.mark.parametrize("remove", [True, False])
    def test_which_version_counts_again_is_said(self, archive: Archive, remove: bool) -> None:
        for name, text in (("old.srt", FIRST), ("new.srt", MENDED), ("other.srt", talk("bridges", 20))):
            put(archive, name, text)
        told = note_missing(archive.ledger, ["new.srt"], remove=remove)
        assert told == "1 file is gone; old.srt counts again, the version before new.srt"
        assert note_missing(archive.ledger, ["other.srt"], remove=False) == "1 file is gone; kept searchable"

    def test_a_file_that_becomes_another_talk_leaves_the_words_to_the_older_file(self, archive: Archive) -> None:
        old = put(archive, "old.srt", FIRST)
        put(archive, "new.srt", MENDED)
        other = put(archive, "new.srt", talk("bridges", 20))
        assert other.outcome is Outcome.NEW
        assert take(archive, "old.srt").outcome is Outcome.UPDATED
        assert "rye bread" not in words(archive.ledger, old.transcript_id)

    @pytest.mark.parametrize("policy", ["replace", "reject"])
    def test_forgetting_bars_every_version(self, archive: Archive, policy: str) -> None:
        old = put(archive, "old.srt", FIRST)
        put(archive, "new.srt", MENDED, duplicates=policy)
        archive.ledger.forget(old.transcript_id or "")
        for name in ("old.srt", "new.srt"):
            assert take(archive, name, again=True).outcome is Outcome.FORGOTTEN
        assert archive.ledger.transcript_ids() == []


class TestMoved:
    """A file under another name is the same source, not one that is gone and another one."""

    CLOSED = "permissions: {allowedGroups: [staff]}\n"

    def move(self, archive: Archive, old: str, new: str) -> Ingested:
        file = archive.settings.inbox / new
        file.parent.mkdir(parents=True, exist_ok=True)
        (archive.settings.inbox / old).rename(file)
        return take(archive, new)

    def test_it_is_said_to_be_moved_and_nothing_is_missing(self, archive: Archive) -> None:
        old = put(archive, "old.srt", FIRST)
        new = self.move(archive, "old.srt", "sub/new.srt")
        assert (new.outcome, new.transcript_id, new.moved_from) == (Outcome.MOVED, old.transcript_id, "old.srt")
        assert archive.ledger.counts()["sources"] == {"indexed": 1} and archive.ledger.source("old.srt") is None
        assert AS_BEFORE not in new.notes

    def test_a_copy_is_none(self, archive: Archive) -> None:
        put(archive, "old.srt", FIRST)
        assert put(archive, "copy.srt", FIRST).outcome is Outcome.TWIN
        assert archive.ledger.counts()["sources"] == {"indexed": 2}

    def test_a_copy_whose_original_goes_has_taken_its_place(self, archive: Archive) -> None:
        (archive.settings.inbox / "old.meta.yaml").write_text(self.CLOSED)
        put(archive, "old.srt", FIRST)
        new = put(archive, "copy.srt", FIRST)
        (archive.settings.inbox / "old.srt").unlink()
        assert archive.ledger.mark_missing(["old.srt"]).moved == [("old.srt", "copy.srt")]
        assert archive.ledger.counts()["sources"] == {"indexed": 1}
        assert self.groups(archive, new) == ["staff"]

    def test_a_folder_that_is_renamed(self, archive: Archive) -> None:
        for name in ("bread", "bridges"):
            put(archive, f"a/{name}.srt", talk(name, 20))
        put(archive, "a/copy.srt", talk("bread", 20))
        (archive.settings.inbox / "a").rename(archive.settings.inbox / "b")
        moved = [take(archive, f"b/{name}.srt") for name in ("bread", "copy", "bridges")]
        assert {one.outcome for one in moved} == {Outcome.MOVED}
        assert archive.ledger.counts()["sources"] == {"indexed": 3}

    def test_an_older_version_stays_one(self, archive: Archive) -> None:
        put(archive, "old.srt", FIRST)
        new = put(archive, "new.srt", MENDED)
        assert self.move(archive, "old.srt", "older.srt").outcome is Outcome.MOVED
        assert state(archive.ledger, "older.srt") == "replaced"
        assert "rye bread" in words(archive.ledger, new.transcript_id)

    def test_out_of_a_closed_folder_it_stays_closed_and_says_so(self, archive: Archive) -> None:
        (archive.settings.inbox / "closed").mkdir()
        (archive.settings.inbox / "closed" / "_folder.yaml").write_text(self.CLOSED)
        put(archive, "closed/talk.srt", FIRST)
        new = self.move(archive, "closed/talk.srt", "open/talk.srt")
        assert AS_BEFORE in new.notes and self.groups(archive, new) == ["staff"]
        again = self.move(archive, "open/talk.srt", "other/talk.srt")
        assert AS_BEFORE in again.notes and self.groups(archive, again) == ["staff"]
        mended = put(archive, "other/talk.srt", MENDED)
        assert self.groups(archive, mended) == ["staff"]
        (archive.settings.inbox / "other" / "talk.meta.yaml").write_text(
            "permissions: {allowAllDatasourceUsersAccess: true}\n"
        )
        take(archive, "other/talk.srt")
        assert self.groups(archive, mended) is None

    def test_another_talk_in_its_place_is_not_closed_by_it(self, archive: Archive) -> None:
        (archive.settings.inbox / "old.meta.yaml").write_text(self.CLOSED)
        put(archive, "old.srt", FIRST)
        put(archive, "copy.srt", FIRST)
        self.move(archive, "old.srt", "new.srt")
        other = put(archive, "new.srt", talk("bridges", 20))
        row = archive.ledger.transcript(other.transcript_id or "")
        assert other.outcome is Outcome.NEW and row is not None and row.metadata.permissions is None

    def groups(self, archive: Archive, taken: Ingested) -> list[str] | None:
        row = archive.ledger.transcript(taken.transcript_id or "")
        assert row is not None and row.metadata.permissions is not None
        return None if row.metadata.permissions.open else row.metadata.permissions.allowed_groups


class TestReview:
    def test_rejected_stays_away_while_the_bytes_are_the_same(self, archive: Archive) -> None:
        one = put(archive, "a.srt", FIRST)
        ident = one.transcript_id or ""
        archive.ledger.add_checkpoint(CheckpointRow("c0000010123456789", 1, "x", [ident], {}, True))
        archive.ledger.reject(ident)
        assert archive.ledger.transcript_ids() == [] and archive.ledger.checkpoints() == []
        assert take(archive, "a.srt", again=True).outcome is Outcome.REJECTED
        assert put(archive, "copy.srt", FIRST).outcome is Outcome.REJECTED
        assert put(archive, "a.srt", MENDED).outcome is Outcome.NEW

    def test_a_changed_mind(self, archive: Archive) -> None:
        one = put(archive, "a.srt", FIRST)
        archive.ledger.reject(one.transcript_id or "")
        assert archive.ledger.readmit("a.srt") and not archive.ledger.readmit("b.srt")
        assert take(archive, "a.srt").outcome is Outcome.NEW
        assert archive.ledger.counts()["transcripts"] == {"accepted": 1}


class TestAudience:
    CLOSED = (
        "title: Plans\nurl: https://video.example/w?v=secret\ntags: [hush]\npermissions: {allowedGroups: [staff]}\n"
    )

    def test_renaming_or_tidying_opens_nothing(self, archive: Archive) -> None:
        (archive.settings.inbox / "old.meta.yaml").write_text(self.CLOSED)
        put(archive, "old.srt", FIRST)
        new = put(archive, "renamed.srt", FIRST)
        (archive.settings.inbox / "old.srt").unlink()
        archive.ledger.mark_missing(["old.srt"])
        row = archive.ledger.transcript(new.transcript_id or "")
        assert row is not None and row.metadata.permissions is not None and not row.metadata.permissions.open

    def test_what_was_said_for_some_is_not_shown_to_others(self, archive: Archive) -> None:
        (archive.settings.inbox / "old.meta.yaml").write_text(self.CLOSED)
        (archive.settings.inbox / "new.meta.yaml").write_text("permissions: {allowAllDatasourceUsersAccess: true}\n")
        put(archive, "old.srt", FIRST)
        new = put(archive, "new.srt", MENDED)
        row = archive.ledger.transcript(new.transcript_id or "")
        assert row is not None and row.metadata.permissions is not None and row.metadata.permissions.open
        assert (row.metadata.title, row.metadata.url, row.metadata.tags) == ("New", None, [])


class TestDoubtfulVersions:
    def test_the_first_version_is_shown_again_when_the_newest_is_rejected(self, archive: Archive) -> None:
        old = put(archive, "old.srt", FIRST)
        put(archive, "new.srt", MENDED)
        archive.ledger.reject(old.transcript_id or "")
        assert archive.ledger.waiting(old.transcript_id or "") == ["old.srt"]
        again = take(archive, "old.srt")
        assert again.outcome is Outcome.UPDATED and again.transcript_id == old.transcript_id
        assert "rye bread" not in words(archive.ledger, again.transcript_id)
        assert take(archive, "new.srt", again=True).outcome is Outcome.REJECTED

    def test_a_broken_sidecar_does_not_bring_the_old_words_back(self, archive: Archive) -> None:
        put(archive, "old.srt", FIRST)
        new = put(archive, "new.srt", MENDED)
        sidecar = archive.settings.inbox / "old.meta.yaml"
        sidecar.write_text("titel: Bread\n")
        assert take(archive, "old.srt").outcome is Outcome.FAILED
        sidecar.write_text("title: Bread\n")
        take(archive, "old.srt")
        assert "rye bread" in words(archive.ledger, new.transcript_id)

    def test_a_newest_file_that_is_gone_gives_way_to_the_one_that_is_there(self, archive: Archive) -> None:
        old = put(archive, "old.srt", FIRST)
        put(archive, "new.srt", MENDED)
        archive.ledger.mark_missing(["new.srt"])
        take(archive, "old.srt")
        assert "rye bread" not in words(archive.ledger, old.transcript_id)
