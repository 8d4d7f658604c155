"""What is a source, told by names and stats."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from connector.config import Settings
from connector.daemon.inbox import Inbox
from connector.glean.export import MARK


def names(inbox: Inbox) -> set[str]:
    return {found.key for found in inbox.scan()}


def put(settings: Settings, *paths: str) -> None:
    for path in paths:
        file = settings.inbox / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")


LEFT_ALONE = [
    ".DS_Store", ".hidden.srt", ".git/config.srt", "~$talk.docx", "talk.srt~", "talk.srt.tmp", "talk.srt.part",
    "talk.srt.crdownload", ".talk.srt.swp", "#talk.srt#", "Thumbs.db", "talk.meta.yaml", "_folder.yaml", "links.csv",
    "talk.mp4", "TALK.MOV",
]  # fmt: skip


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_left_alone(settings: Settings, name: str) -> None:
    put(settings, name, "talk.srt")
    assert names(Inbox(settings)) == {"talk.srt"}


@pytest.mark.parametrize(
    "name", ["a b.srt", "tásk-🤗.srt", "-rf.srt", "new\nline.srt", "README", "week;rm.srt", "a/b/c/d.vtt"]
)
def test_taken(settings: Settings, name: str) -> None:
    put(settings, name)
    assert names(Inbox(settings)) == {name}


def test_a_name_that_is_no_text_has_a_key_all_the_same(settings: Settings) -> None:
    path = os.fsencode(settings.inbox) + b"/caf\xe9.srt"
    with open(path, "w") as file:
        file.write("x")
    (found,) = Inbox(settings).scan()
    assert found.key == r"caf\xe9.srt" and os.fsencode(found.path) == path


class TestLinks:
    def test_out_of_the_inbox(self, settings: Settings, tmp_path: Path) -> None:
        secret = tmp_path / "secret.srt"
        secret.write_text("x")
        (settings.inbox / "link.srt").symlink_to(secret)
        (settings.inbox / "folder").symlink_to(tmp_path)
        assert names(Inbox(settings)) == set()

    def test_within_the_inbox(self, settings: Settings) -> None:
        put(settings, "real.srt")
        (settings.inbox / "link.srt").symlink_to("real.srt")
        assert names(Inbox(settings)) == {"real.srt", "link.srt"}

    def test_to_nowhere_and_to_themselves(self, settings: Settings) -> None:
        (settings.inbox / "nowhere.srt").symlink_to("missing.srt")
        (settings.inbox / "loop.srt").symlink_to("loop.srt")
        assert names(Inbox(settings)) == set()


def test_no_regular_file(settings: Settings) -> None:
    os.mkfifo(settings.inbox / "pipe.srt")
    (settings.inbox / "folder.srt").mkdir()
    assert names(Inbox(settings)) == set()


def test_our_own_output_inside_the_inbox(settings: Settings) -> None:
    inside = settings.model_copy(update={"data": settings.inbox / "data"})
    put(inside, "data/ledger.db", "data/export/documents.ndjson", "out/documents.ndjson", f"out/{MARK}", "talk.srt")
    inbox = Inbox(inside)
    assert names(inbox) == {"talk.srt"}
    assert inbox.find(inside.inbox / "out" / "documents.ndjson") is None
    assert inbox.find(inside.inbox / "data" / "ledger.db") is None


def test_patterns_of_the_configuration(settings: Settings) -> None:
    ingest = settings.ingest.model_copy(update={"ignore": ["drafts/*", "*.bak.srt"]})
    put(settings, "drafts/a.srt", "b.bak.srt", "c.srt")
    assert names(Inbox(settings.model_copy(update={"ingest": ingest}))) == {"c.srt"}


def test_the_stamp_follows_the_file_and_its_sidecars(settings: Settings) -> None:
    put(settings, "week/talk.srt")
    inbox, path = Inbox(settings), settings.inbox / "week" / "talk.srt"

    def stamp() -> str:
        found = inbox.find(path)
        assert found is not None
        return found.stamp

    stamps = [stamp()]
    for change in ("week/talk.meta.yaml", "week/_folder.yaml", "_folder.yaml", "links.csv", "week/talk.srt"):
        (settings.inbox / change).write_text(f"title: changed by {change}")
        stamps.append(stamp())
    assert len(set(stamps)) == len(stamps)
    assert stamp() == stamps[-1]


def test_a_subfolder_is_a_collection(settings: Settings, tmp_path: Path) -> None:
    inbox = Inbox(settings)
    assert inbox.collection(settings.inbox / "a.srt") == ""
    assert inbox.collection(settings.inbox / "talks" / "2025" / "a.srt") == "talks/2025"
    assert inbox.collection(tmp_path / "course" / "x" / "a.srt", root=tmp_path / "course") == "course/x"
    assert inbox.collection(tmp_path / "a.srt", root=tmp_path / "a.srt") == ""


def test_what_cannot_be_looked_at_is_told_and_not_taken_for_gone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(settings, "a.srt", "b.srt")
    real = Path.lstat

    def lstat(path: Path) -> os.stat_result:
        if path.name == "a.srt":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(Path, "lstat", lstat)
    told: list[OSError] = []
    assert [found.key for found in Inbox(settings).scan(on_error=told.append)] == ["b.srt"]
    assert [error.strerror for error in told] == ["Permission denied"]


def test_a_path_through_a_link_is_a_path_of_the_inbox(settings: Settings, tmp_path: Path) -> None:
    put(settings, "staff/a.srt")
    (tmp_path / "link").symlink_to(settings.inbox)
    inbox = Inbox(settings)
    assert inbox.real(tmp_path / "link" / "staff" / "a.srt") == settings.inbox / "staff" / "a.srt"
    assert inbox.real(settings.inbox / ".." / "inbox" / "staff") == settings.inbox / "staff"
