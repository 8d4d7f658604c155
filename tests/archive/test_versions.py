"""One recording, many files: which words are shown, what people said of it, and what becomes of the other files."""

from __future__ import annotations

import json
import re

import pytest

from connector.archive.ledger import Outcome
from connector.archive.ledger.identity import transcript_id
from connector.archive.writer import Archive
from connector.transcripts.likeness import same_recording
from tests.archive.versions import (
    FIRST,
    GERMAN,
    MENDED,
    as_webvtt,
    cues,
    later,
    put,
    speakers,
    state,
    take,
    with_speakers,
    words,
)
from tests.support import srt, talk

AN_HOUR_ON = re.sub(r"\b00(:\d\d:\d\d,)", r"01\1", FIRST)


class TestReplace:
    def test_a_corrected_export_under_another_name_takes_the_place_of_the_old_one(self, archive: Archive) -> None:
        old = put(archive, "TALK-V1_B.srt", FIRST)
        new = put(archive, "talk final.vtt", as_webvtt(MENDED))
        assert (new.outcome, new.transcript_id) == (Outcome.VERSION, old.transcript_id)
        assert new.replaced == ("TALK-V1_B.srt",)
        assert "rye bread" in words(archive.ledger, new.transcript_id)
        assert state(archive.ledger, "TALK-V1_B.srt") == "replaced"
        assert archive.ledger.transcript_ids() == [old.transcript_id]

    def test_the_old_file_does_not_come_back_by_itself(self, archive: Archive) -> None:
        put(archive, "old.srt", FIRST)
        new = put(archive, "new.srt", MENDED)
        assert take(archive, "old.srt").outcome is Outcome.UNCHANGED
        assert take(archive, "old.srt", again=True).outcome is Outcome.UNCHANGED
        assert put(archive, "copy of old.srt", FIRST).outcome is Outcome.TWIN
        assert "rye bread" in words(archive.ledger, new.transcript_id)

    def test_the_old_file_changed_is_the_newest_version(self, archive: Archive) -> None:
        old = put(archive, "old.srt", FIRST)
        put(archive, "new.srt", MENDED)
        newest = put(archive, "old.srt", FIRST.replace("bread", "wheat bread"))
        assert (newest.outcome, newest.transcript_id) == (Outcome.VERSION, old.transcript_id)
        assert state(archive.ledger, "new.srt") == "replaced" and state(archive.ledger, "old.srt") == "indexed"
        assert "wheat bread" in words(archive.ledger, old.transcript_id)

    def test_two_talks_of_the_same_name_are_two(self, archive: Archive) -> None:
        one = put(archive, "monday/standup.srt", talk("bread", 20))
        two = put(archive, "tuesday/standup.srt", talk("bridges", 20))
        assert two.outcome is Outcome.NEW and one.transcript_id != two.transcript_id

    @pytest.mark.parametrize("first", ["talk.txt", "talk.srt"])
    def test_a_subtitle_counted_from_the_programme_s_hour_is_the_talk_from_its_start(
        self, archive: Archive, first: str
    ) -> None:
        """As Premiere writes them of a sequence that starts at 01:00:00:00: only the text says that frames count."""
        times = re.compile(r"^\d+\n(\S+),\d+ --> (\S+),\d+$", re.MULTILINE)
        files = {"talk.srt": AN_HOUR_ON, "talk.txt": times.sub(r"\1:00 - \2:00\nUnknown", AN_HOUR_ON)}
        one = put(archive, first, files[first])
        (other,) = files.keys() - {first}
        two = put(archive, other, files[other])
        assert (two.outcome, two.transcript_id) == (Outcome.VERSION, one.transcript_id)
        row = archive.ledger.transcript(one.transcript_id or "")
        assert row is not None and row.cues[0].start < 60
        again = take(archive, other, again=True)
        assert (again.outcome, again.transcript_id) == (Outcome.UNCHANGED, one.transcript_id)

    def test_one_that_begins_at_an_hour_alone_stays_there(self, archive: Archive) -> None:
        late = put(archive, "part 2.srt", AN_HOUR_ON)
        take(archive, "part 2.srt", again=True)
        row = archive.ledger.transcript(late.transcript_id or "")
        assert row is not None and row.cues[0].start >= 3600

    def test_one_sidecar_beside_two_formats(self, archive: Archive) -> None:
        (archive.settings.inbox / "talk.meta.yaml").write_text("id: bread-talk\ntitle: All about bread\n")
        one = put(archive, "talk.srt", FIRST)
        two = put(archive, "talk.vtt", as_webvtt(MENDED))
        assert (two.outcome, two.transcript_id) == (Outcome.VERSION, one.transcript_id)

    def test_a_sidecar_that_names_two_talks_alike_is_an_error(self, archive: Archive) -> None:
        for name in ("one", "two"):
            (archive.settings.inbox / f"{name}.meta.yaml").write_text("id: bread-talk\n")
        put(archive, "one.srt", FIRST)
        bridges = srt(
            [f"The {number}. bridge is older than any of us, and nobody paints it now." for number in range(20)]
        )
        error = put(archive, "two.srt", bridges).error
        assert "two ids" in error and "move one.srt out of the inbox" in error
        (archive.settings.inbox / "one.srt").unlink()
        archive.ledger.mark_missing(["one.srt"])
        assert take(archive, "two.srt", again=True).outcome is Outcome.UPDATED

    def test_another_transcription_by_the_same_id_is_a_version(self, archive: Archive) -> None:
        for name in ("one", "two"):
            (archive.settings.inbox / f"{name}.meta.yaml").write_text("id: bread-talk\n")
        old = put(archive, "one.srt", FIRST)
        heard = re.sub(r"\b(people|the|to|of|about)\b", "uhm", later(FIRST, 90.0))
        assert not same_recording(cues(FIRST), cues(heard))  # neither the words nor the times tell it
        new = put(archive, "two.srt", heard)
        assert (new.outcome, new.transcript_id) == (Outcome.VERSION, old.transcript_id)
        for name in ("one.srt", "two.srt"):
            assert take(archive, name, again=True).outcome is Outcome.UNCHANGED

    @pytest.mark.parametrize("sidecar", ["id: bread-talk\n", "id: bread-talk\ntitle: Brot\n"])
    @pytest.mark.parametrize("names", [("talk.en.srt", "talk.de.srt"), ("talk.srt", "talk.de.srt")])
    def test_one_talk_in_two_languages_by_one_id_is_two_transcripts(
        self, archive: Archive, names: tuple[str, str], sidecar: str
    ) -> None:
        (archive.settings.inbox / "talk.meta.yaml").write_text(sidecar)
        english = put(archive, names[0], FIRST)
        german = put(archive, names[1], GERMAN)
        assert english.transcript_id == transcript_id("id:bread-talk")
        assert (german.outcome, german.transcript_id) == (Outcome.NEW, transcript_id("id:bread-talk.de"))
        for name in reversed(names):
            assert take(archive, name, again=True).outcome is Outcome.UNCHANGED
        mended = put(archive, "talk.de.vtt", as_webvtt(GERMAN.replace("Brot", "Roggenbrot")))
        assert (mended.outcome, mended.transcript_id) == (Outcome.VERSION, german.transcript_id)
        (archive.settings.inbox / names[0]).unlink()
        archive.ledger.mark_missing([names[0]])
        assert take(archive, "talk.de.vtt", again=True).transcript_id == german.transcript_id
        archive.ledger.forget(english.transcript_id or "")
        assert take(archive, "talk.de.vtt", again=True).transcript_id == german.transcript_id

    def test_what_is_learned_from_the_old_words_is_learned_anew(self, archive: Archive) -> None:
        old = put(archive, "old.srt", FIRST)
        before = {ident: cues for ident, cues, _ in archive.ledger.accepted()}
        put(archive, "new.srt", MENDED)
        after = {ident: cues for ident, cues, _ in archive.ledger.accepted()}
        assert old.transcript_id is not None and before[old.transcript_id] != after[old.transcript_id]


class TestMetadata:
    def test_a_new_version_without_a_sidecar_opens_nothing(self, archive: Archive) -> None:
        sidecar = "title: About bread\nurl: https://video.example/w?v=1\npermissions: {allowedGroups: [staff]}\n"
        (archive.settings.inbox / "old.meta.yaml").write_text(sidecar)
        put(archive, "old.srt", FIRST)
        new = put(archive, "new name.srt", MENDED)
        row = archive.ledger.transcript(new.transcript_id or "")
        assert row is not None and row.metadata.permissions is not None and not row.metadata.permissions.open
        assert row.metadata.title == "About bread" and row.metadata.url == "https://video.example/w?v=1"

    def test_its_own_sidecar_goes_first(self, archive: Archive) -> None:
        (archive.settings.inbox / "old.meta.yaml").write_text("title: Old\ntags: [first]\n")
        (archive.settings.inbox / "new.meta.yaml").write_text("title: New\n")
        put(archive, "old.srt", FIRST)
        new = put(archive, "new.srt", MENDED)
        row = archive.ledger.transcript(new.transcript_id or "")
        assert row is not None and (row.metadata.title, row.metadata.tags) == ("New", ["first"])

    def test_a_change_of_the_old_sidecar_counts_where_the_new_says_nothing(self, archive: Archive) -> None:
        (archive.settings.inbox / "old.meta.yaml").write_text("permissions: {allowedGroups: [staff]}\n")
        put(archive, "old.srt", FIRST)
        new = put(archive, "new.srt", MENDED)
        (archive.settings.inbox / "old.meta.yaml").write_text("permissions: {allowedGroups: [board]}\n")
        assert take(archive, "old.srt").outcome in (Outcome.METADATA, Outcome.TWIN)
        row = archive.ledger.transcript(new.transcript_id or "")
        assert row is not None and row.metadata.permissions is not None
        assert row.metadata.permissions.allowed_groups == ["board"]

    def test_a_poorer_version_keeps_what_the_one_before_said_of_itself(self, archive: Archive) -> None:
        told = "---\ntitle: Weekly sync\ndate: 2026-01-05\nlanguage: en\n---\n\n"
        said = "\n\n".join(
            f"[00:{cue.start // 60:02.0f}:{cue.start % 60:02.0f}] **Ann:** {cue.text}" for cue in cues(FIRST)
        )
        assert put(archive, "A.md", told + said).outcome is Outcome.NEW
        new = put(archive, "B.srt", MENDED)
        assert new.outcome is Outcome.VERSION
        for _ in range(2):
            row = archive.ledger.transcript(new.transcript_id or "")
            assert row is not None and row.metadata.recorded is not None
            assert (row.metadata.title, row.metadata.language) == ("Weekly sync", "en")
            (archive.settings.inbox / "A.md").unlink(missing_ok=True)  # tidied away, as the older version it is
            archive.ledger.mark_missing(["A.md"])

    def test_a_guess_from_the_name_of_a_file_that_is_gone_counts_for_nothing(self, archive: Archive) -> None:
        put(archive, "2026-01-05 old name.srt", FIRST)
        new = put(archive, "new name.srt", MENDED)
        archive.ledger.mark_missing(["2026-01-05 old name.srt"])
        row = archive.ledger.transcript(new.transcript_id or "")
        assert row is not None and (row.metadata.title, row.metadata.recorded) == ("New name", None)


class TestSpeakers:
    """A version that names nobody keeps who spoke when from the one it takes the place of."""

    def test_the_speakers_of_the_version_before_are_kept_by_time(self, archive: Archive) -> None:
        old = put(archive, "meeting.vtt", with_speakers(FIRST))
        new = put(archive, "premiere.srt", later(MENDED, 2.0))
        assert (new.outcome, new.transcript_id) == (Outcome.VERSION, old.transcript_id)
        assert "rye bread" in words(archive.ledger, new.transcript_id)
        assert speakers(archive.ledger, new.transcript_id) == ["Ann", "Bob"] * 10
        assert any("names no speakers" in note for note in new.notes)

    def test_to_read_it_again_changes_nothing(self, archive: Archive) -> None:
        put(archive, "meeting.vtt", with_speakers(FIRST))
        new = put(archive, "premiere.srt", MENDED)
        before = archive.ledger.transcript(new.transcript_id or "")
        for name in ("premiere.srt", "meeting.vtt", "premiere.srt"):
            assert take(archive, name, again=True).outcome is Outcome.UNCHANGED
        assert put(archive, "copy of premiere.srt", MENDED).outcome is Outcome.TWIN
        (archive.settings.inbox / "meeting.vtt").unlink()
        archive.ledger.mark_missing(["meeting.vtt"])
        assert take(archive, "premiere.srt", again=True).outcome is Outcome.UNCHANGED
        assert archive.ledger.transcript(new.transcript_id or "") == before

    def test_another_offset_moves_the_words_and_keeps_the_speakers(self, archive: Archive) -> None:
        put(archive, "meeting.vtt", with_speakers(FIRST))
        new = put(archive, "premiere.srt", later(MENDED, 20.0))
        (archive.settings.inbox / "premiere.meta.yaml").write_text("offset: 20\n")
        take(archive, "premiere.srt")
        row = archive.ledger.transcript(new.transcript_id or "")
        assert row is not None and row.cues[0].start == 1.0
        assert speakers(archive.ledger, new.transcript_id) == ["Ann", "Bob"] * 10

    def test_a_version_with_speakers_of_its_own_has_those(self, archive: Archive) -> None:
        put(archive, "meeting.vtt", with_speakers(FIRST))
        new = put(archive, "better.vtt", with_speakers(MENDED, "Ann Lee", "Bob"))
        assert set(speakers(archive.ledger, new.transcript_id)) == {"Ann Lee", "Bob"}

    def test_another_talk_in_the_same_file_gets_nobody(self, archive: Archive) -> None:
        old = put(archive, "meeting.vtt", with_speakers(FIRST))
        new = put(archive, "meeting.vtt", as_webvtt(talk("bridges", 20)))
        assert new.transcript_id == old.transcript_id
        assert set(speakers(archive.ledger, new.transcript_id)) == {None}

    def test_names_said_for_some_are_not_shown_to_others(self, archive: Archive) -> None:
        (archive.settings.inbox / "meeting.meta.yaml").write_text("permissions: {allowedGroups: [staff]}\n")
        (archive.settings.inbox / "open.meta.yaml").write_text("permissions: {allowAllDatasourceUsersAccess: true}\n")
        put(archive, "meeting.vtt", with_speakers(FIRST))
        new = put(archive, "open.srt", MENDED)
        assert set(speakers(archive.ledger, new.transcript_id)) == {None}

    @pytest.mark.parametrize("text", [FIRST, MENDED], ids=["twin", "version"])
    @pytest.mark.parametrize("by_default", [False, True], ids=["written down", "by default"])
    def test_what_lies_beside_a_version_for_some_is_not_shown_to_others(
        self, archive: Archive, text: str, by_default: bool
    ) -> None:
        """Neither the uncut recording, nor what its sidecar says, once a cut of it is there for all."""
        inbox, board = archive.settings.inbox, {"allowedGroups": ["board"]}
        for folder, allowed in (("public", {"allowAnonymousAccess": True}), ("board", {} if by_default else board)):
            (inbox / folder).mkdir()
            (inbox / folder / "_folder.yaml").write_text(
                json.dumps({"permissions": allowed} if allowed else {"tags": []})
            )
        archive.ledger.set_default(board if by_default else {"allowAllDatasourceUsersAccess": True})
        (inbox / "board" / "uncut.mp4").touch()
        (inbox / "board" / "uncut.meta.yaml").write_text("title: Uncut\nurl: https://video.example/secret\n")
        uncut = put(archive, "board/uncut.srt", FIRST)
        assert archive.ledger.media(uncut.transcript_id or "") == "board/uncut.mp4"
        put(archive, "public/talk.srt", text)
        row = archive.ledger.transcript(uncut.transcript_id or "")
        assert row is not None and row.metadata.permissions is not None
        if row.metadata.permissions.open:
            assert (row.metadata.title, row.metadata.url) == ("Talk", None)
            assert archive.ledger.media(row.id) is None
            (inbox / "public" / "talk.mp4").touch()
            take(archive, "public/talk.srt", again=True)
            assert archive.ledger.media(row.id) == "public/talk.mp4"
        else:  # of twins the first says who may see it, where it says so
            assert text == FIRST and not by_default and row.metadata.title == "Uncut"

    def test_another_default_puts_together_anew_what_files_say(self, archive: Archive) -> None:
        (archive.settings.inbox / "open.meta.yaml").write_text("permissions: {allowAnonymousAccess: true}\n")
        (archive.settings.inbox / "old.meta.yaml").write_text("url: https://video.example/1\n")
        put(archive, "old.srt", FIRST)
        new = put(archive, "open.srt", MENDED)
        for default, url in (
            ({"allowedGroups": ["staff"]}, None),
            ({"allowAnonymousAccess": True}, "https://video.example/1"),
        ):
            archive.ledger.set_default(default)
            row = archive.ledger.transcript(new.transcript_id or "")
            assert row is not None and row.metadata.url == url

    def test_a_change_of_its_own_audience_keeps_them(self, archive: Archive) -> None:
        sidecar = archive.settings.inbox / "_folder.yaml"
        sidecar.write_text("permissions: {allowedGroups: [staff]}\n")
        put(archive, "meeting.vtt", with_speakers(FIRST))
        new = put(archive, "premiere.srt", MENDED)
        sidecar.write_text("permissions: {allowedGroups: [board]}\n")
        take(archive, "premiere.srt")
        take(archive, "meeting.vtt")
        assert set(speakers(archive.ledger, new.transcript_id)) == {"Ann", "Bob"}


class TestKeepAndReject:
    def test_keep_makes_two(self, archive: Archive) -> None:
        one = put(archive, "old.srt", FIRST, duplicates="keep")
        two = put(archive, "new.srt", MENDED, duplicates="keep")
        assert two.outcome is Outcome.NEW and one.transcript_id != two.transcript_id

    def test_reject_leaves_it_out_and_says_of_what_it_is_a_version(self, archive: Archive) -> None:
        one = put(archive, "old.srt", FIRST, duplicates="reject")
        two = put(archive, "new.srt", MENDED, duplicates="reject")
        source = archive.ledger.source("new.srt")
        assert two.outcome is Outcome.DUPLICATE and source is not None
        assert source.state == "duplicate" and "another version of Old" in (source.error or "")
        assert "rye bread" not in words(archive.ledger, one.transcript_id)
        assert take(archive, "new.srt").outcome is Outcome.UNCHANGED

    def test_a_rejected_version_is_read_once_the_first_is_gone(self, archive: Archive) -> None:
        one = put(archive, "old.srt", FIRST, duplicates="reject")
        put(archive, "new.srt", MENDED, duplicates="reject")
        assert archive.ledger.mark_missing(["old.srt"], remove=True).removed == [one.transcript_id]
        settings = archive.settings.model_copy(
            update={"ingest": archive.settings.ingest.model_copy(update={"duplicates": "reject"})}
        )
        assert take(archive, "new.srt", settings).outcome is Outcome.NEW

    def test_keep_makes_two_of_the_same_words_too(self, archive: Archive) -> None:
        one = put(archive, "old.srt", FIRST, duplicates="keep")
        two = put(archive, "new.srt", FIRST, duplicates="keep")
        assert two.outcome is Outcome.NEW and one.transcript_id != two.transcript_id
        for name, first in (("old.srt", one), ("new.srt", two)):  # each stays its own, whatever is read again
            again = put(archive, name, FIRST, duplicates="keep", again=True)
            assert (again.outcome, again.transcript_id) == (Outcome.UNCHANGED, first.transcript_id)
        row = archive.ledger.transcript(two.transcript_id or "")
        assert row is not None and row.judgement  # the gate was asked of it as well

    def test_keep_knows_a_moved_file_again(self, archive: Archive) -> None:
        put(archive, "old.srt", FIRST, duplicates="keep")
        two = put(archive, "new.srt", FIRST, duplicates="keep")
        (archive.settings.inbox / "new.srt").unlink()
        moved = put(archive, "newer.srt", FIRST, duplicates="keep")
        assert (moved.outcome, moved.transcript_id) == (Outcome.MOVED, two.transcript_id)

    def test_reject_leaves_the_same_words_out_too(self, archive: Archive) -> None:
        put(archive, "old.srt", FIRST, duplicates="reject")
        assert put(archive, "new.srt", FIRST, duplicates="reject").outcome is Outcome.DUPLICATE
        assert put(archive, "short.srt", srt(["One line."]), duplicates="reject").outcome is Outcome.NEW
        assert put(archive, "shorter.srt", srt(["One line."]), duplicates="reject").outcome is Outcome.DUPLICATE
        source = archive.ledger.source("new.srt")
        assert source is not None and "the same words as Old" in (source.error or "")
        (archive.settings.inbox / "old.srt").unlink()
        assert put(archive, "moved.srt", FIRST, duplicates="reject").outcome is Outcome.MOVED

    def test_its_own_edit_is_no_duplicate_of_itself(self, archive: Archive) -> None:
        one = put(archive, "old.srt", FIRST, duplicates="reject")
        two = put(archive, "old.srt", MENDED, duplicates="reject")
        assert (two.outcome, two.transcript_id) == (Outcome.UPDATED, one.transcript_id)
