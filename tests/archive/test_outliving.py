"""What is said of a recording by a file that is overwritten, left out, rejected or gone: for whom it was stays so."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.archive.ledger import Outcome
from connector.archive.writer import Archive
from connector.daemon import decisions
from connector.daemon.operations import Operation
from connector.errors import BadInputError
from connector.permissions import Permissions, both, may_see
from indexer.access import Asker
from indexer.search import SearchRequest, search
from tests.archive.versions import (
    BOARD,
    EVERYBODY,
    FIRST,
    MENDED,
    STAFF,
    allow,
    as_webvtt,
    put,
    shown,
    speakers,
    state,
    take,
    with_speakers,
    words,
)
from tests.support import srt, talk

EDITED = FIRST.replace("part 3", "part three")
NEWEST = MENDED.replace("rye", "oat")


def permissions(archive: Archive, ident: str | None) -> Permissions | None:
    return shown(archive, ident).metadata.permissions


def names(archive: Archive, ident: str | None) -> set[str | None]:
    return set(speakers(archive.ledger, ident))


def gone(archive: Archive, name: str) -> None:
    (archive.settings.inbox / name).unlink()
    archive.ledger.mark_missing([name])


def rename(archive: Archive, old: str, new: str) -> None:
    (archive.settings.inbox / old).rename(archive.settings.inbox / new)
    take(archive, new)


def reject(archive: Archive, ident: str | None) -> None:
    """As a person does it, one id given twice."""
    decisions.reject(archive, {"ids": [ident, ident]}, lambda _: None, lambda *_: None)


class TestNamesTakenOutOfAFile:
    """Whom a file named for some is told to no others because the file names nobody any more."""

    @pytest.fixture
    def ident(self, archive: Archive) -> str:
        allow(archive, "board/_folder.yaml", BOARD)
        allow(archive, "open/_folder.yaml", EVERYBODY)
        ident = put(archive, "board/talk.vtt", with_speakers(FIRST, "Secret Name", "Bob")).transcript_id
        assert ident
        return ident

    def test_another_has_the_same_bytes(self, archive: Archive, ident: str) -> None:
        put(archive, "board/talk.vtt", as_webvtt(MENDED))
        put(archive, "open/talk.vtt", as_webvtt(MENDED))
        gone(archive, "board/talk.vtt")
        assert permissions(archive, ident) == Permissions.model_validate(EVERYBODY)
        assert names(archive, ident) == {None}

    def test_it_is_written_over_with_the_bytes_of_another(self, archive: Archive, ident: str) -> None:
        put(archive, "open/talk.srt", MENDED)
        assert names(archive, ident) == {None}
        put(archive, "board/talk.vtt", MENDED)
        gone(archive, "board/talk.vtt")
        assert names(archive, ident) == {None}

    def test_it_is_opened(self, archive: Archive, ident: str) -> None:
        put(archive, "board/talk.vtt", as_webvtt(FIRST))
        assert names(archive, ident) == {"Secret Name", "Bob"}
        allow(archive, "board/_folder.yaml", EVERYBODY)
        take(archive, "board/talk.vtt")
        assert names(archive, ident) == {None}


class TestNamesNobodyClosed:
    """As an installation is set up, names stay with their recording whatever becomes of the file that told them."""

    def test_the_older_version_is_written_over_the_newest(self, archive: Archive) -> None:
        put(archive, "old.vtt", as_webvtt(FIRST))
        ident = put(archive, "talk.vtt", with_speakers(MENDED)).transcript_id
        put(archive, "talk.vtt", as_webvtt(FIRST))
        for name in ("old.vtt", "talk.vtt"):
            take(archive, name)
        assert "rye" not in words(archive.ledger, ident) and names(archive, ident) == {"Ann", "Bob"}

    def test_the_file_is_left_out(self, archive: Archive) -> None:
        put(archive, "uncut.vtt", with_speakers(FIRST))
        ident = put(archive, "talk.srt", MENDED).transcript_id
        put(archive, "uncut.vtt", with_speakers(EDITED), duplicates="reject")
        assert state(archive.ledger, "uncut.vtt") == "duplicate" and names(archive, ident) == {"Ann", "Bob"}

    def test_the_newest_is_rejected(self, archive: Archive) -> None:
        put(archive, "uncut.vtt", with_speakers(FIRST))
        put(archive, "talk.srt", MENDED)
        ident = put(archive, "newest.srt", NEWEST).transcript_id
        reject(archive, ident)
        assert "rye" in words(archive.ledger, ident) and names(archive, ident) == {"Ann", "Bob"}

    def test_a_twin_that_is_for_more_says_them_too(self, archive: Archive) -> None:
        allow(archive, "open/_folder.yaml", EVERYBODY)
        put(archive, "a.vtt", with_speakers(FIRST))
        ident = put(archive, "open/b.vtt", with_speakers(FIRST) + "\n").transcript_id
        assert permissions(archive, ident) == Permissions.model_validate(EVERYBODY)
        assert names(archive, ident) == {"Ann", "Bob"}


class TestNamesTakenOutTellForWhomTheyAreAndNoMore:
    def test_what_is_said_of_the_recording_is_what_the_file_says_now(self, archive: Archive) -> None:
        allow(archive, "a.meta.yaml", BOARD, title="Secret")
        ident = put(archive, "a.vtt", with_speakers(FIRST)).transcript_id
        put(archive, "a.vtt", as_webvtt(FIRST))
        (archive.settings.inbox / "a.meta.yaml").unlink()
        take(archive, "a.vtt")
        row = shown(archive, ident)
        assert (row.metadata.permissions, row.metadata.title) == (None, "A") and names(archive, ident) == {None}


class TestADecisionIsAboutTheWordsThatWereSeen:
    def test_a_rejection_done_again_after_a_kill_leaves_the_version_before(self, archive: Archive) -> None:
        put(archive, "old.srt", FIRST)
        ident = put(archive, "new.srt", MENDED).transcript_id
        asked = decisions.about(archive.ledger, [str(ident)])
        decisions.reject(archive, asked, lambda _: None, lambda *_: None)
        with pytest.raises(BadInputError, match="other words or speakers by now: nothing was decided"):
            decisions.reject(archive, asked, lambda _: None, lambda *_: None)
        assert state(archive.ledger, "old.srt") == "indexed" and state(archive.ledger, "new.srt") == "rejected"

    @pytest.mark.parametrize("decide", [decisions.approve, decisions.reject])
    def test_a_version_that_came_meanwhile_is_not_decided_about(self, archive: Archive, decide: Operation) -> None:
        ident = put(archive, "talk.srt", FIRST).transcript_id
        other = put(archive, "other.srt", talk("bridges", 20)).transcript_id
        asked = decisions.about(archive.ledger, [str(other), str(ident)])
        put(archive, "talk.srt", MENDED)
        with pytest.raises(BadInputError, match="other words or speakers by now"):
            decide(archive, asked, lambda _: None, lambda *_: None)
        assert archive.ledger.transcript_ids() == sorted([str(ident), str(other)]), "not of the first one either"
        assert not archive.ledger.is_approved(str(other))


class TestRejected:
    """The version before takes its place, whatever else is there of it."""

    def test_of_several_files_of_the_version_before_one_is_gone(self, archive: Archive) -> None:
        allow(archive, "new.meta.yaml", STAFF)
        for name, text in (("old1.srt", FIRST), ("old2.srt", FIRST), ("new.srt", MENDED)):
            ident = put(archive, name, text).transcript_id
        (archive.settings.inbox / "old1.srt").unlink()
        reject(archive, ident)
        archive.ledger.mark_missing(["old1.srt"])
        assert state(archive.ledger, "old2.srt") == "indexed" and "rye" not in words(archive.ledger, ident)
        assert permissions(archive, ident) == Permissions.model_validate(STAFF)

    def test_the_version_before_has_the_same_words_and_is_judged_anew(self, archive: Archive) -> None:
        put(archive, "first.vtt", as_webvtt(FIRST))
        ident = put(archive, "named.vtt", with_speakers(FIRST)).transcript_id
        archive.view.sync()
        reject(archive, ident)
        row = shown(archive, ident)
        assert row.verdict == "accepted" and row.judgement.get("grade") == "high"
        assert search(archive.view.index, SearchRequest("bread")).total > 0

    def test_while_the_version_before_waits_to_be_read(self, archive: Archive) -> None:
        for name, text in (("a.srt", FIRST), ("b.srt", MENDED), ("c.srt", NEWEST)):
            ident = put(archive, name, text).transcript_id
        gone(archive, "c.srt")
        reject(archive, ident)
        assert "rye" in words(archive.ledger, ident) and state(archive.ledger, "a.srt") == "replaced"

    def test_it_is_not_where_the_version_before_cannot_be_read(self, archive: Archive) -> None:
        """It is done wholly or not at all."""
        put(archive, "old.srt", FIRST)
        ident = put(archive, "new.srt", MENDED).transcript_id
        (archive.settings.inbox / "old.meta.yaml").write_text("titel: Bread\n")
        for _ in range(2):  # not read since; read, and failed
            with pytest.raises(BadInputError, match="titel") as told:
                reject(archive, ident)
            assert "old.srt is the version before" in told.value.hint
            assert shown(archive, ident).verdict == "accepted" and "rye" in words(archive.ledger, ident)
            assert state(archive.ledger, "new.srt") == "indexed"
            take(archive, "old.srt")
            assert state(archive.ledger, "old.srt") == "failed"
        (archive.settings.inbox / "old.meta.yaml").unlink()
        take(archive, "old.srt")
        reject(archive, ident)
        assert "rye" not in words(archive.ledger, ident)

    def test_the_version_before_is_another_talk_by_now(self, archive: Archive) -> None:
        put(archive, "old.vtt", as_webvtt(FIRST))
        ident = put(archive, "new.vtt", with_speakers(MENDED)).transcript_id
        (archive.settings.inbox / "old.vtt").write_text(as_webvtt(talk("bridges", 20)))
        reject(archive, ident)
        other = (archive.ledger.source("old.vtt") or pytest.fail()).transcript_id
        assert "bridges" in words(archive.ledger, other) and names(archive, other) == {None}


class TestClosedStaysClosed:
    @pytest.mark.parametrize("rejected", [False, True])
    def test_what_another_file_said_opens_nothing_that_the_older_had_closed(
        self, archive: Archive, rejected: bool
    ) -> None:
        allow(archive, "a.meta.yaml", STAFF)
        allow(archive, "b.meta.yaml", EVERYBODY)
        put(archive, "a.srt", FIRST)
        rename(archive, "a.srt", "old.srt")
        ident = put(archive, "b.srt", MENDED).transcript_id
        if rejected:
            reject(archive, ident)
        else:
            gone(archive, "b.srt")
            take(archive, "old.srt")
        assert permissions(archive, ident) == Permissions.model_validate(STAFF)

    def test_the_file_that_said_so_is_left_out(self, archive: Archive) -> None:
        allow(archive, "first.meta.yaml", STAFF)
        put(archive, "first.srt", FIRST)
        ident = put(archive, "middle.srt", MENDED).transcript_id
        put(archive, "first.srt", EDITED, duplicates="reject")
        assert permissions(archive, ident) == Permissions.model_validate(STAFF)

    def test_the_file_that_said_so_is_left_out_under_another_name(self, archive: Archive) -> None:
        allow(archive, "first.meta.yaml", STAFF)
        put(archive, "first.vtt", with_speakers(FIRST))
        ident = put(archive, "twin.vtt", as_webvtt(FIRST)).transcript_id
        (archive.settings.inbox / "first.vtt").unlink()
        put(archive, "another.vtt", with_speakers(FIRST), duplicates="reject")
        archive.ledger.mark_missing(["first.vtt"])
        assert state(archive.ledger, "another.vtt") == "duplicate"
        assert permissions(archive, ident) == Permissions.model_validate(STAFF)
        assert names(archive, ident) == {"Ann", "Bob"}

    @pytest.mark.parametrize("who", ["first.srt", "newest.srt"])
    def test_the_newest_is_rejected(self, archive: Archive, who: str) -> None:
        """Whether the first or the newest said so."""
        allow(archive, who.replace(".srt", ".meta.yaml"), STAFF)
        for name, text in (("first.srt", FIRST), ("middle.srt", MENDED), ("newest.srt", NEWEST)):
            ident = put(archive, name, text).transcript_id
        reject(archive, ident)
        assert permissions(archive, ident) == Permissions.model_validate(STAFF)
        assert shown(archive, ident).verdict == "accepted" and "rye" in words(archive.ledger, ident)
        assert state(archive.ledger, "first.srt") == "replaced"

    def test_the_newest_is_rejected_and_the_one_before_is_gone(self, archive: Archive) -> None:
        put(archive, "old.srt", FIRST)
        ident = put(archive, "new.srt", MENDED).transcript_id
        (archive.settings.inbox / "old.srt").unlink()
        reject(archive, ident)
        assert archive.ledger.transcript(ident or "") is None
        assert put(archive, "old.srt", FIRST).outcome is Outcome.NEW  # nobody has decided about that one

    def test_bytes_that_were_gone_before_are_not_decided_about(self, archive: Archive) -> None:
        put(archive, "first.srt", FIRST)
        gone(archive, "first.srt")
        put(archive, "old.srt", MENDED)
        ident = put(archive, "new.srt", NEWEST).transcript_id
        (archive.settings.inbox / "old.srt").unlink()
        reject(archive, ident)
        assert put(archive, "first.srt", FIRST).outcome is Outcome.NEW

    def test_its_only_file_is_another_talk_and_the_words_come_back(self, archive: Archive) -> None:
        allow(archive, "a.meta.yaml", STAFF)
        ident = put(archive, "a.srt", FIRST).transcript_id
        gone(archive, "a.srt")
        (archive.settings.inbox / "a.meta.yaml").unlink()
        other = [f"Zebras of {number}, {' '.join(f'q{number}x{n}' for n in range(8))}." for number in range(20)]
        assert put(archive, "a.srt", srt(other)).transcript_id != ident
        assert put(archive, "b.srt", FIRST + "\n").transcript_id == ident
        assert permissions(archive, ident) == Permissions.model_validate(STAFF)


class TestAClosedDefault:
    @pytest.fixture(autouse=True)
    def closed(self, archive: Archive) -> None:
        archive.ledger.set_default(BOARD)

    def test_a_file_keeps_its_own_permissions_under_another_name(self, archive: Archive) -> None:
        allow(archive, "open.meta.yaml", EVERYBODY)
        ident = put(archive, "open.srt", FIRST).transcript_id
        rename(archive, "open.srt", "renamed.srt")
        assert permissions(archive, ident) == Permissions.model_validate(EVERYBODY)

    def test_the_words_of_an_older_file_are_for_nobody_who_could_not_see_them(self, archive: Archive) -> None:
        """The default lets in the board, the newer one let in the staff."""
        allow(archive, "staff/_folder.yaml", STAFF)
        put(archive, "uncut.srt", FIRST)
        ident = put(archive, "staff/cut.srt", MENDED).transcript_id
        reject(archive, ident)
        both = {"allowedGroupIntersections": [{"requiredGroups": ["board", "staff"]}]}
        assert permissions(archive, ident) == Permissions.model_validate(both)

    @pytest.mark.parametrize("there", [False, True])
    def test_a_file_that_has_another_ones_bytes_now_is_for_those_whom_that_one_is_for(
        self, archive: Archive, there: bool
    ) -> None:
        allow(archive, "open.meta.yaml", EVERYBODY)
        put(archive, "uncut.srt", FIRST)
        ident = put(archive, "open.srt", MENDED).transcript_id
        rename(archive, "open.srt", "renamed.srt")
        (archive.settings.inbox / "open.meta.yaml").unlink()
        if there:
            put(archive, "renamed.srt", FIRST)
            take(archive, "uncut.srt")
        else:
            rename(archive, "uncut.srt", "renamed.srt")
        take(archive, "renamed.srt")
        assert "rye" not in words(archive.ledger, ident) and permissions(archive, ident) is None

    @pytest.mark.parametrize("barred", [False, True])
    def test_what_a_rejected_file_said_is_not_of_the_next_talk_in_it(self, archive: Archive, barred: bool) -> None:
        allow(archive, "open.meta.yaml", EVERYBODY, title="Open")
        put(archive, "open.srt", FIRST)
        rename(archive, "open.srt", "week.srt")
        if barred:
            archive.ledger.reject(put(archive, "other.srt", talk("bridges", 20)).transcript_id or "")
            put(archive, "week.srt", talk("bridges", 20))
        else:
            archive.ledger.reject((archive.ledger.source("week.srt") or pytest.fail()).transcript_id or "")
        row = shown(archive, put(archive, "week.srt", talk("cheese", 20)).transcript_id)
        assert (row.metadata.permissions, row.metadata.title) == (None, "Week")

    @pytest.mark.parametrize("rejected", [False, True])
    def test_a_cut_for_the_world_that_is_taken_back_opens_no_older_words(
        self, archive: Archive, rejected: bool
    ) -> None:
        allow(archive, "open/_folder.yaml", EVERYBODY)
        put(archive, "uncut.srt", FIRST)
        ident = put(archive, "open/cut.srt", MENDED).transcript_id
        assert permissions(archive, ident) == Permissions.model_validate(EVERYBODY)
        if rejected:
            reject(archive, ident)
        else:
            gone(archive, "open/cut.srt")
            take(archive, "uncut.srt")
        assert "rye" not in words(archive.ledger, ident) and permissions(archive, ident) is None


NAMED = st.fixed_dictionaries(
    {
        "allowedUsers": st.lists(st.sampled_from(["ann@x.io", "bob@x.io"]), unique=True),
        "allowedGroups": st.lists(st.sampled_from("abc"), unique=True),
        "allowedGroupIntersections": st.lists(
            st.fixed_dictionaries({"requiredGroups": st.lists(st.sampled_from("abc"), min_size=1, unique=True)}),
            max_size=2,
        ),
    }
)


@given(NAMED, NAMED)
def test_both_let_in_whom_each_does(some: dict[str, Any], others: dict[str, Any]) -> None:
    some, others = (Permissions.model_validate(one).payload() for one in (some, others))
    told = both(some, others)
    Permissions.model_validate(told)
    for email in ("ann@x.io", "bob@x.io", "eve@x.io"):
        for size in range(4):
            for groups in combinations("abc", size):
                asker = Asker(email, groups=frozenset(groups))
                each = may_see(asker, some) and may_see(asker, others)
                assert each or not may_see(asker, told)
                if email == "eve@x.io":  # let in by groups alone
                    assert each == may_see(asker, told)


def test_of_long_lists_of_groups_those_in_both_are_let_in() -> None:
    some, others = ({"allowedGroups": [f"{name}{n}" for n in range(2_000)] + ["staff"]} for name in "ab")
    assert both(some, others) == STAFF


def test_what_is_kept_of_a_file_that_comes_and_goes_does_not_grow(archive: Archive) -> None:
    put(archive, "talk.srt", MENDED)
    for number in range(4):
        put(archive, "week.vtt", with_speakers(FIRST) + "\n" * number)
        put(archive, "week.vtt", with_speakers(talk("bridges", 20)) + "\n" * number)
    kept = archive.ledger._db.execute("SELECT former FROM sources").fetchall()
    assert sum(len(json.loads(row["former"])) for row in kept) == 1
