"""From bytes to the ledger: what every kind of source comes to, and that nothing wrong gets past."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from connector.archive.judging import judge
from connector.archive.ledger import Outcome
from connector.archive.writer import Archive
from connector.daemon.inbox import Inbox
from connector.daemon.pipeline import Ingested, StillChangingError, ingest, read_whole
from connector.errors import TranscriptError
from connector.permissions import OWNER_ONLY
from connector.transcripts import formats
from tests.support import talk


def take(archive: Archive, name: str) -> Ingested:
    inbox = Inbox(archive.settings)
    found = inbox.find(archive.settings.inbox / name)
    assert found is not None
    return ingest(found, inbox, archive.ledger, archive.settings)


def put(archive: Archive, name: str, text: str | bytes) -> Ingested:
    file = archive.settings.inbox / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return take(archive, name)


def test_new_unchanged_updated(archive: Archive) -> None:
    first = put(archive, "a.srt", talk("bread"))
    assert (first.outcome, first.format, first.cues) == (Outcome.NEW, "srt", 6)
    assert take(archive, "a.srt").outcome is Outcome.UNCHANGED
    assert put(archive, "a.srt", talk("bread")).outcome is Outcome.UNCHANGED  # written again, the same bytes
    second = put(archive, "a.srt", talk("baking"))
    assert (second.outcome, second.transcript_id) == (Outcome.UPDATED, first.transcript_id)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("empty.srt", b"", "empty"),
        ("photo.srt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "PNG"),
        ("notes.txt", b"just some words, no times", "not a transcript"),
        ("other.json", b'{"a": 1}', "JSON"),
    ],
)
def test_what_cannot_be_read_is_said_with_name_and_reason(archive: Archive, name: str, data: bytes, told: str) -> None:
    result = put(archive, name, data)
    assert result.outcome is Outcome.FAILED and result.error.startswith(name) and told in result.error
    assert (archive.settings.inbox / name).read_bytes() == data
    assert take(archive, name).outcome is Outcome.UNCHANGED  # reported once
    assert put(archive, name, talk("mended")).outcome is Outcome.NEW  # tried again when it changes


def test_a_broken_edit_leaves_the_last_good_version(archive: Archive) -> None:
    good = put(archive, "a.srt", talk("bread"))
    assert put(archive, "a.srt", b"\x00\x01\x02\x03").outcome is Outcome.FAILED
    assert good.transcript_id is not None and archive.ledger.transcript(good.transcript_id) is not None


class TestSidecars:
    def test_title_permissions_frame_rate_and_offset(self, archive: Archive) -> None:
        sidecar = "title: Kickoff\nfps: 25\noffset: '01:00:00:00'\npermissions: {allowedGroups: [staff]}\n"
        (archive.settings.inbox / "a.meta.yaml").write_text(sidecar)
        result = put(archive, "a.txt", "01:00:12:05 - 01:00:42:17\nUnknown\nHello everybody.\n")
        row = archive.ledger.transcript(result.transcript_id or "")
        assert row is not None and row.metadata.title == "Kickoff"
        assert row.cues[0].start == pytest.approx(12.2, abs=0.001)
        assert row.metadata.permissions is not None and not row.metadata.permissions.open

    def test_a_changed_sidecar_changes_the_documents_alone(self, archive: Archive) -> None:
        first = put(archive, "a.srt", talk("bread"))
        (archive.settings.inbox / "a.meta.yaml").write_text("title: About bread\n")
        second = take(archive, "a.srt")
        assert (second.outcome, second.transcript_id) == (Outcome.METADATA, first.transcript_id)

    def test_a_wrong_sidecar_never_opens_what_it_may_close(self, archive: Archive) -> None:
        (archive.settings.inbox / "a.meta.yaml").write_text("permission: {allowedGroups: [staff]}\n")
        result = put(archive, "a.srt", talk("secrets"))
        assert result.outcome is Outcome.FAILED and "did you mean `permissions`" in result.error
        assert archive.ledger.transcript_ids() == []

    def test_front_matter_that_names_people_opens_nothing_to_all(self, archive: Archive) -> None:
        words = "".join(f"{'AB'[n % 2]}: 00:00:{n:02}\n\nThe dough number {n} rests.\n\n" for n in range(1, 7))
        first = put(archive, "a.md", f"---\npermissions: {{allowedUsers: [x@y.z]}}\n---\n\n{words}")
        row = archive.ledger.transcript(first.transcript_id or "")
        assert row is not None and row.metadata.permissions == OWNER_ONLY
        assert any("`permissions` count in a sidecar alone" in note for note in first.notes)
        (archive.settings.inbox / "a.meta.yaml").write_text("permissions: {allowedGroups: [staff]}\n")
        assert take(archive, "a.md").outcome is Outcome.METADATA
        row = archive.ledger.transcript(first.transcript_id or "")
        assert row is not None and row.metadata.permissions is not None
        assert row.metadata.permissions.allowed_groups == ["staff"]

    def test_a_wrong_change_leaves_the_last_good_metadata(self, archive: Archive) -> None:
        (archive.settings.inbox / "a.meta.yaml").write_text("permissions: {allowedGroups: [staff]}\n")
        first = put(archive, "a.srt", talk("secrets"))
        (archive.settings.inbox / "a.meta.yaml").write_text("permissions: {allowedGroup: [staff]}\n")
        assert take(archive, "a.srt").outcome is Outcome.FAILED
        row = archive.ledger.transcript(first.transcript_id or "")
        assert row is not None and row.metadata.permissions is not None
        assert row.metadata.permissions.allowed_groups == ["staff"]


class TestOffset:
    @pytest.mark.parametrize(
        ("name", "text", "line"),
        [
            ("a.meta.yaml", "title: Bread\noffset: 01:00:00:00\n", 2),
            ("_folder.yaml", "offset: 3600\n", 1),
            ("links.csv", "file,url,offset\na.srt,https://v.example.com/1,01:00:00\n", 2),
        ],
    )
    def test_one_that_leaves_no_time_is_an_error_where_it_is_written(
        self, archive: Archive, name: str, text: str, line: int
    ) -> None:
        first = put(archive, "a.srt", talk("bread"))
        file = archive.settings.inbox / name
        file.write_text(text)
        told = take(archive, "a.srt")
        assert told.outcome is Outcome.FAILED
        assert told.error.startswith(f"{file}:{line}: `offset`: the programme cannot start at 1:00:00, after the")
        assert "last words (at 0:24)" in told.error
        assert "leave the key out" in told.error
        row = archive.ledger.transcript(first.transcript_id or "")
        assert row is not None and row.metadata.title == "A" and row.cues[0].start == 1.0

    def test_cues_before_it_are_counted(self, archive: Archive) -> None:
        (archive.settings.inbox / "a.meta.yaml").write_text("offset: 9.5\n")
        result = put(archive, "a.srt", talk("bread"))
        assert "2 of 6 cues lie before the `offset`: they are put at 0" in result.notes


class TestOutOfOrder:
    """The cues of a reading are in order; what the file's own order says reaches the gate all the same."""

    BLOCKS = tuple(talk("bread", 40).split("\n\n"))

    def test_shuffled_lines_are_held(self, archive: Archive) -> None:
        shuffled = random.Random(2).sample(self.BLOCKS, len(self.BLOCKS))
        result = put(archive, "a.srt", "\n\n".join(block.strip() for block in shuffled))
        assert any("of its lines run back in time" in reason for reason in result.held)
        assert "of 40 lines run back in time" in result.notes[0]
        row = archive.ledger.transcript(result.transcript_id or "")
        assert row is not None and row.verdict == "held" and row.judgement["run_back"] > 0.3

    def test_lines_that_end_before_they_start_are_held(self, archive: Archive) -> None:
        back = re.sub(r"(\S+) --> (\S+)", r"\2 --> \1", talk("bread", 40))
        assert list(put(archive, "a.srt", back).held) == ["100 % of its lines run back in time"]

    def test_in_order_is_accepted(self, archive: Archive) -> None:
        assert not put(archive, "a.srt", "\n\n".join(self.BLOCKS)).held

    def test_voices_one_after_another_are_no_disorder(self, archive: Archive) -> None:
        ann, bob = (
            [
                f"00:{second:02d}.000 --> 00:{second:02d}.900\n<v {name}>{said} {second}"
                for second in range(first, 60, 2)
            ]
            for name, said, first in (("Ann", "we walked to the mill", 0), ("Bob", "and the rain was cold", 1))
        )
        turns = [turn for pair in zip(bob, ann, strict=True) for turn in pair]  # each pair the wrong way round
        both = "WEBVTT\n\n" + "\n\n".join(turns)
        result = put(archive, "a.vtt", both)
        row = archive.ledger.transcript(result.transcript_id or "")
        assert row is not None and row.judgement["run_back"] == 0

    def test_its_share_is_kept_where_the_sign_is_left_out(self, archive: Archive) -> None:
        quality = archive.settings.quality.model_copy(update={"out_of_order": None})
        settings = archive.settings.model_copy(update={"quality": quality})
        cues = formats.read(talk("bread", 40).encode(), "a.srt").cues
        judgement = judge(cues, None, lambda _: set(), settings, run_back=0.4).judgement
        assert judgement["verdict"] == "accepted" and judgement["run_back"] == 0.4


class TestForgotten:
    def test_the_untouched_file_does_not_bring_it_back(self, archive: Archive) -> None:
        first = put(archive, "a.srt", talk("secrets"))
        archive.ledger.forget(first.transcript_id or "")
        assert take(archive, "a.srt").outcome is Outcome.UNCHANGED
        assert put(archive, "copy.srt", talk("secrets")).outcome is Outcome.FORGOTTEN
        assert archive.ledger.transcript_ids() == []


class TestReadWhole:
    def test_too_large(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_bytes(b"x" * 2000)
        with pytest.raises(TranscriptError, match="larger than"):
            read_whole(tmp_path / "a", 1000)

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises((TranscriptError, OSError)):
            read_whole(tmp_path, 1000)

    def test_still_changing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        import os

        file = tmp_path / "a"
        file.write_bytes(b"x" * 100)
        real, looks = os.fstat, []

        def growing(descriptor: int) -> os.stat_result:
            looks.append(descriptor)
            if len(looks) == 2:
                with file.open("ab") as more:
                    more.write(b"y")
            return real(descriptor)

        monkeypatch.setattr("connector.daemon.pipeline.os.fstat", growing)
        with pytest.raises(StillChangingError):
            read_whole(file, 1000)
