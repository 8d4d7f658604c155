"""What a version of a recording lends to one that is for other people: link, video, names of who speaks."""

from __future__ import annotations

from typing import Any

import pytest

from connector.archive.ledger import Ledger, Outcome, said
from connector.archive.ledger.migrations import m008_who_named_them
from connector.archive.writer import Archive, writing
from connector.config import Settings
from connector.permissions import Permissions
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
from tests.support import talk


def test_what_names_nobody_is_for_the_users_and_not_for_the_world(archive: Archive) -> None:
    """As an installation is set up, every user may see what names nobody; a cut for the world shows no more of it."""
    allow(archive, "uncut.meta.yaml", None, title="Uncut", url="https://video.example/secret")
    allow(archive, "public/talk.meta.yaml", EVERYBODY)
    (archive.settings.inbox / "uncut.mp4").touch()
    put(archive, "uncut.vtt", with_speakers(FIRST))
    new = put(archive, "public/talk.srt", MENDED)
    row = shown(archive, new.transcript_id)
    assert (row.metadata.title, row.metadata.url) == ("Talk", None)
    assert archive.ledger.media(row.id) is None
    assert set(speakers(archive.ledger, row.id)) == {None}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"allowedGroups": ["x", "y"]}, {"allowedGroups": ["y", "x"]}),
        ({"allowedGroups": ["x", "y"]}, {"allowedGroups": ["x"]}),
        (EVERYBODY, STAFF),
        ({"allowAllDatasourceUsersAccess": True}, STAFF),
    ],
    ids=["in another order", "fewer", "the world", "all users"],
)
def test_who_may_see_a_version_keeps_what_lay_beside_the_one_before(
    archive: Archive, before: dict[str, Any], after: dict[str, Any]
) -> None:
    allow(archive, "a.meta.yaml", before, url="https://video.example/1")
    allow(archive, "b.meta.yaml", after)
    (archive.settings.inbox / "a.mp4").touch()
    put(archive, "a.vtt", with_speakers(FIRST))
    new = put(archive, "b.srt", MENDED)
    assert shown(archive, new.transcript_id).metadata.url == "https://video.example/1"
    assert archive.ledger.media(new.transcript_id or "") == "a.mp4"
    assert set(speakers(archive.ledger, new.transcript_id)) == {"Ann", "Bob"}


@pytest.mark.parametrize("renamed", [False, True])
def test_what_was_for_some_by_an_older_file_is_not_for_all_by_the_configuration(
    archive: Archive, renamed: bool
) -> None:
    """The middle one names nobody, and so was for the staff of the first, though the configuration says all users."""
    allow(archive, "first.meta.yaml", STAFF)
    allow(archive, "middle.meta.yaml", None, url="https://video.example/staff")
    allow(archive, "open.meta.yaml", {"allowAllDatasourceUsersAccess": True})
    (archive.settings.inbox / "middle.mp4").touch()
    put(archive, "first.srt", FIRST)
    first = "renamed.srt" if renamed else "first.srt"
    (archive.settings.inbox / "first.srt").rename(archive.settings.inbox / first)
    take(archive, first)
    put(archive, "middle.vtt", with_speakers(MENDED))
    new = put(archive, "open.srt", MENDED.replace("rye", "oat"))
    for names in ([], [first], ["middle.vtt"]):
        archive.ledger.mark_missing(names)
        assert shown(archive, new.transcript_id).metadata.url is None
        assert archive.ledger.media(new.transcript_id or "") is None
        assert set(speakers(archive.ledger, new.transcript_id)) == {None}


def test_what_a_file_said_under_a_former_name_follows_the_default(archive: Archive) -> None:
    allow(archive, "a.meta.yaml", None, title="Secret")
    allow(archive, "b.meta.yaml", EVERYBODY)
    put(archive, "a.srt", FIRST)
    (archive.settings.inbox / "a.srt").rename(archive.settings.inbox / "b.srt")
    for default, title in ((EVERYBODY, "Secret"), (BOARD, "B")):
        archive.ledger.set_default(default)
        assert shown(archive, take(archive, "b.srt").transcript_id).metadata.title == title


def test_another_default_lets_others_write_meanwhile_and_begins_anew_where_it_was_stopped(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(said, "PART", 1)
    allow(archive, "open/_folder.yaml", EVERYBODY)
    archive.ledger.set_default(BOARD)
    idents = []
    for name in ("bread", "bridges"):
        allow(archive, f"{name}.meta.yaml", None, url=f"https://video.example/{name}")
        put(archive, f"{name}.srt", talk(name, 20))
        idents.append(put(archive, f"open/{name}.srt", talk(name, 20).replace(name, f"new {name}")).transcript_id)

    def stop(*done: int) -> None:
        with Ledger.open(archive.settings.ledger_file) as other:
            other.set_state("written meanwhile", done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.ledger.set_default(EVERYBODY, stop)
    assert archive.ledger.get_state("written meanwhile") == [1, 2]
    assert sum(shown(archive, ident).metadata.url is not None for ident in idents) == 1
    archive.ledger.set_default(BOARD)
    assert [shown(archive, ident).metadata.url for ident in idents] == [None, None]


def test_who_is_stopped_while_another_default_is_followed_holds_the_archive_no_more(settings: Settings) -> None:
    with writing(settings, "test", lambda _: None) as archive:
        put(archive, "a.srt", FIRST)
        put(archive, "b.srt", MENDED)

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    changed = settings.model_copy(update={"permissions": Permissions.model_validate(BOARD)})
    with pytest.raises(KeyboardInterrupt), writing(changed, "test", lambda _: None, stop):
        pass
    with Ledger.open(settings.ledger_file) as ledger:
        assert ledger.get_state("holder") is None and ledger.get_state(said.DEFAULT) == BOARD


class TestWordsOfAFileThatIsGone:
    """They are shown until the older version has been read again, and to nobody else."""

    @pytest.fixture
    def closed(self, archive: Archive) -> Archive:
        """A version for the board that took the place of one for the world, by its sidecar, in another folder."""
        allow(archive, "open.meta.yaml", EVERYBODY, url="https://video.example/open")
        allow(archive, "board/_folder.yaml", BOARD)
        put(archive, "open.srt", FIRST)
        put(archive, "board/new.srt", MENDED)
        archive.view.sync()
        return archive

    def found(self, archive: Archive) -> int:
        archive.view.sync()
        asker = Asker("eve@example.com", member=False)
        return search(archive.view.index, SearchRequest("rye", asker=asker)).total

    def test_the_newest_is_gone(self, closed: Archive) -> None:
        closed.ledger.mark_missing(["board/new.srt"])
        assert self.found(closed) == 0
        (closed.settings.inbox / "open.meta.yaml").write_text("titel: A mistake\n")
        assert take(closed, "open.srt").outcome is Outcome.FAILED
        closed.ledger.set_default(STAFF)
        assert self.found(closed) == 0
        allow(closed, "open.meta.yaml", EVERYBODY)
        again = take(closed, "open.srt")
        assert "rye" not in words(closed.ledger, again.transcript_id)
        assert shown(closed, again.transcript_id).metadata.permissions == Permissions.model_validate(EVERYBODY)

    def test_the_newest_is_another_talk_now(self, closed: Archive) -> None:
        old = shown(closed, (closed.ledger.source("open.srt") or pytest.fail()).transcript_id)
        put(closed, "board/new.srt", talk("bridges", 20))
        assert self.found(closed) == 0
        closed.ledger.mark_missing(["open.srt"])  # not read again either
        assert self.found(closed) == 0
        assert shown(closed, old.id).metadata.permissions == Permissions.model_validate(BOARD)

    @pytest.mark.parametrize("gone", [False, True])
    def test_where_nobody_is_named_by_the_older(self, closed: Archive, gone: bool) -> None:
        """Then what the newer one said counts on, whether it is gone or another talk."""
        allow(closed, "open.meta.yaml", None)
        take(closed, "open.srt")
        if gone:
            closed.ledger.mark_missing(["board/new.srt"])
        else:
            put(closed, "board/new.srt", talk("bridges", 20))
        new = shown(closed, (closed.ledger.source("open.srt") or pytest.fail()).transcript_id)
        assert new.metadata.permissions == Permissions.model_validate(BOARD)
        again = shown(closed, take(closed, "open.srt").transcript_id)
        assert again.metadata.permissions == Permissions.model_validate(BOARD)

    def test_a_version_that_comes_before_the_older_is_read_again_stays_the_newest(self, closed: Archive) -> None:
        closed.ledger.mark_missing(["board/new.srt"])
        newest = put(closed, "newest.srt", MENDED.replace("rye", "oat"))
        assert (newest.outcome, newest.replaced) == (Outcome.VERSION, ("open.srt",))
        take(closed, "open.srt")
        assert "oat" in words(closed.ledger, newest.transcript_id) and state(closed.ledger, "open.srt") == "replaced"

    def test_the_older_one_goes_as_well_once_it_has_been_read_again(self, archive: Archive) -> None:
        allow(archive, "a.meta.yaml", EVERYBODY)
        allow(archive, "b.meta.yaml", BOARD)
        for name, text in (("a.srt", FIRST), ("b.srt", MENDED), ("a.srt", MENDED.replace("rye", "oat"))):
            put(archive, name, text)
        for name in ("a.srt", "b.srt"):
            archive.ledger.mark_missing([name])
            if name == "a.srt":
                take(archive, "b.srt")
        assert self.found(archive) == 0


class TestAFileThatHoldsAnotherTalkNow:
    """What it said of the recording it was counts on, as if it were gone: to write over a file opens nothing."""

    def test_names_are_kept_where_nobody_says_who_may_see_them(self, archive: Archive) -> None:
        """As with a recorder that calls each week's file the same."""
        put(archive, "audio.vtt", with_speakers(FIRST))
        first = put(archive, "talk.srt", MENDED).transcript_id
        put(archive, "audio.vtt", with_speakers(talk("bridges", 20)))
        assert set(speakers(archive.ledger, first)) == {"Ann", "Bob"}
        put(archive, "talk.srt", MENDED.replace("rye", "oat"))
        assert set(speakers(archive.ledger, first)) == {"Ann", "Bob"}

    @pytest.mark.parametrize("how", ["overwritten", "rejected"])
    def test_it_opens_nothing(self, archive: Archive, how: str) -> None:
        allow(archive, "first.meta.yaml", STAFF)
        put(archive, "first.srt", FIRST)
        ident = put(archive, "middle.vtt", with_speakers(MENDED)).transcript_id
        if how == "rejected":
            archive.ledger.reject(put(archive, "barred.srt", talk("bridges", 20)).transcript_id or "")
        put(archive, "first.srt", talk("bridges", 20))
        assert (archive.ledger.source("first.srt") or pytest.fail()).transcript_id != ident
        row = shown(archive, ident)
        assert row.metadata.permissions == Permissions.model_validate(STAFF)
        assert set(speakers(archive.ledger, ident)) == {"Ann", "Bob"}
        allow(archive, "middle.meta.yaml", EVERYBODY)
        take(archive, "middle.vtt")
        assert shown(archive, ident).metadata.permissions == Permissions.model_validate(EVERYBODY)

    def test_through_several_files_and_a_former_name(self, archive: Archive) -> None:
        allow(archive, "a.meta.yaml", STAFF)
        for name, text in (("a.srt", FIRST), ("b.srt", MENDED), ("c.srt", MENDED.replace("rye", "oat"))):
            ident = put(archive, name, text).transcript_id
        for name in ("a.srt", "b.srt"):
            put(archive, name, talk(f"bridges of {name}", 20))
        assert shown(archive, ident).metadata.permissions == Permissions.model_validate(STAFF)


def test_names_that_make_a_file_the_twin_of_another_stay_with_those_that_one_is_for(archive: Archive) -> None:
    """The same words at the same times: with the names of the one for the board the other has all its cues."""
    allow(archive, "board/_folder.yaml", BOARD)
    allow(archive, "open/_folder.yaml", EVERYBODY)
    put(archive, "board/talk.vtt", with_speakers(FIRST))
    ident = put(archive, "open/talk.vtt", as_webvtt(FIRST)).transcript_id
    assert [one["path"] for one in archive.ledger.twins()] == ["open/talk.vtt"]
    archive.ledger.mark_missing(["board/talk.vtt"])
    row = shown(archive, ident)
    assert row.metadata.permissions == Permissions.model_validate(EVERYBODY)
    assert set(speakers(archive.ledger, ident)) == {None}
    take(archive, "open/talk.vtt", again=True)
    assert set(speakers(archive.ledger, ident)) == {None}


def test_a_twin_that_names_its_speakers_itself_is_asked_once_the_other_is_gone(archive: Archive) -> None:
    allow(archive, "board/_folder.yaml", BOARD)
    allow(archive, "open/_folder.yaml", EVERYBODY)
    put(archive, "board/talk.vtt", with_speakers(FIRST))
    ident = put(archive, "open/talk.vtt", with_speakers(FIRST) + "\n").transcript_id
    archive.ledger.mark_missing(["board/talk.vtt"])
    assert set(speakers(archive.ledger, ident)) == {None}
    take(archive, "open/talk.vtt")
    assert set(speakers(archive.ledger, ident)) == {"Ann", "Bob"}


def test_the_newest_that_comes_back_before_the_older_was_read_again_stays_the_newest(archive: Archive) -> None:
    put(archive, "old.srt", FIRST)
    ident = put(archive, "new.srt", MENDED).transcript_id
    archive.ledger.mark_missing(["new.srt"])
    take(archive, "new.srt")
    assert state(archive.ledger, "old.srt") == "replaced"
    take(archive, "old.srt")
    assert "rye" in words(archive.ledger, ident)
    assert [one["by"] for one in archive.ledger.versions()] == ["new.srt"]


def test_a_file_with_another_versions_names_keeps_its_recording_where_versions_are_kept_apart_since(
    archive: Archive,
) -> None:
    put(archive, "uncut.vtt", with_speakers(FIRST))
    ident = put(archive, "talk.srt", MENDED).transcript_id
    told = put(archive, "talk.srt", MENDED, again=True, duplicates="keep")
    assert told.transcript_id == ident and archive.ledger.transcript_ids() == [ident]
    assert set(speakers(archive.ledger, ident)) == {"Ann", "Bob"}


def test_what_was_forgotten_stays_so_with_the_bytes_its_words_were_first_of(archive: Archive) -> None:
    put(archive, "a.srt", FIRST)
    ident = put(archive, "a.srt", FIRST + "\n\n").transcript_id
    archive.ledger.forget(ident or "")
    for text in (FIRST, FIRST + "\n\n"):
        assert put(archive, "a.srt", text).outcome is Outcome.FORGOTTEN


class TestNamesOfAnotherVersion:
    """Who spoke when, taken from a version that is for some, is told to these alone, whatever happens afterwards."""

    @pytest.fixture
    def cut(self, archive: Archive) -> Archive:
        """A cut that names nobody, in the place of what the board alone may see; so it has its audience and names."""
        allow(archive, "board/_folder.yaml", BOARD)
        put(archive, "board/uncut.vtt", with_speakers(FIRST, "Secret Name", "Bob"))
        new = put(archive, "talk.srt", MENDED)
        assert set(speakers(archive.ledger, new.transcript_id)) == {"Secret Name", "Bob"}
        assert any("names no speakers" in note for note in new.notes)
        return archive

    def names(self, archive: Archive) -> set[str | None]:
        source = archive.ledger.source("talk.srt")
        assert source is not None
        return set(speakers(archive.ledger, source.transcript_id))

    def test_it_is_opened(self, cut: Archive) -> None:
        allow(cut, "talk.meta.yaml", EVERYBODY)
        told = take(cut, "talk.srt")
        assert self.names(cut) == {None} and not any("names no speakers" in note for note in told.notes)
        cut.view.sync()
        assert search(cut.view.index, SearchRequest("bread", kind="all")).facets["speaker"] == []
        put(cut, "newer.srt", MENDED.replace("rye", "oat"))
        assert self.names(cut) == {None}
        allow(cut, "board/_folder.yaml", EVERYBODY)
        take(cut, "board/uncut.vtt")
        assert self.names(cut) == {"Secret Name", "Bob"}

    def test_who_named_them_holds_another_talk(self, cut: Archive) -> None:
        put(cut, "board/uncut.vtt", with_speakers(talk("bridges", 20)))
        allow(cut, "talk.meta.yaml", EVERYBODY)
        take(cut, "talk.srt")
        assert self.names(cut) == {None}

    def test_another_default(self, archive: Archive) -> None:
        allow(archive, "talk.meta.yaml", EVERYBODY)
        archive.ledger.set_default(EVERYBODY)
        put(archive, "uncut.vtt", with_speakers(FIRST))
        put(archive, "talk.srt", MENDED)
        for default, names in ((STAFF, {None}), (EVERYBODY, {"Ann", "Bob"})):
            archive.ledger.set_default(default)
            assert self.names(archive) == names

    def test_a_file_that_names_nobody_any_more_keeps_those_it_named_itself(self, archive: Archive) -> None:
        """For those for whom it was when it named them: names that were taken out of it are opened by nothing."""
        allow(archive, "talk.meta.yaml", BOARD)
        put(archive, "talk.srt", with_speakers(FIRST))
        for text in (MENDED, MENDED.replace("rye", "oat")):
            put(archive, "talk.srt", text)
            assert self.names(archive) == {"Ann", "Bob"}
        allow(archive, "talk.meta.yaml", EVERYBODY)
        take(archive, "talk.srt")
        assert self.names(archive) == {None}
        put(archive, "talk.srt", with_speakers(MENDED))
        assert self.names(archive) == {"Ann", "Bob"}

    def test_a_ledger_from_before_knows_not_who_named_them(self, cut: Archive) -> None:
        allow(cut, "talk.meta.yaml", EVERYBODY)
        take(cut, "talk.srt")
        cut.ledger._db.execute("UPDATE transcripts SET sha256 = 'of bytes before'")
        cut.ledger._db.execute("ALTER TABLE transcripts DROP COLUMN named_by")
        cut.ledger._db.execute("ALTER TABLE transcripts DROP COLUMN unnamed")
        m008_who_named_them(cut.ledger._db)
        new, old = (cut.ledger.source(name) for name in ("talk.srt", "board/uncut.vtt"))
        assert new is not None and old is not None and new.stamp == "" != old.stamp
        row = shown(cut, new.transcript_id)
        assert (row.sha256, row.named_by) == ("of bytes before", old.sha256)
        cut.ledger.set_default(STAFF)
        assert self.names(cut) == {None}
        take(cut, "talk.srt")
        assert self.names(cut) == {None}

    def test_a_ledger_from_before_whose_file_was_written_anew_with_the_same_words(self, archive: Archive) -> None:
        """The bytes of which its words first were are of no file any more."""
        put(archive, "talk.vtt", with_speakers(FIRST))
        put(archive, "talk.vtt", with_speakers(FIRST) + "\n\n")
        archive.ledger._db.execute("ALTER TABLE transcripts DROP COLUMN named_by")
        archive.ledger._db.execute("ALTER TABLE transcripts DROP COLUMN unnamed")
        m008_who_named_them(archive.ledger._db)
        put(archive, "talk.srt", MENDED)
        assert self.names(archive) == {"Ann", "Bob"}
