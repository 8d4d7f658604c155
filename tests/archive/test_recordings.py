"""The video a transcript lies beside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from connector.archive.metadata.recordings import media_beside


def put(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")


@pytest.mark.parametrize(
    ("source", "media"),
    [
        ("talk.srt", "talk.mp4"),
        ("talk.srt", "talk.MOV"),
        ("talk.en.vtt", "talk.mp4"),
        ("talk.en.vtt", "talk.en.mp4"),
        ("talk.transcript.vtt", "talk.m4a"),
        ("GMT20250114-150000_Recording.transcript.vtt", "GMT20250114-150000_Recording_1920x1080.mp4"),
        ("GMT20250114-150000_Recording.transcript.vtt", "GMT20250114-150000_Recording_gallery_1280x720.mp4"),
        ("talk.srt", "talk-720p.webm"),
        ("cafe\u0301.srt", "caf\u00e9.mp4"),
    ],
)
def test_of_the_same_stem(tmp_path: Path, source: str, media: str) -> None:
    put(tmp_path, source, media, "other.mp4", "talk.png", "talk.prproj")
    assert media_beside(tmp_path / source, tmp_path) == tmp_path / media


@pytest.mark.parametrize("media", ["talks.mp4", "talk.png", "talk.prproj", "talk.part2.mp4", "x.mp4"])
def test_of_another(tmp_path: Path, media: str) -> None:
    put(tmp_path, "talk.srt", media)
    assert media_beside(tmp_path / "talk.srt", tmp_path) is None


def test_a_video_goes_before_audio_and_the_exact_name_before_all(tmp_path: Path) -> None:
    put(tmp_path, "talk.en.vtt", "talk.mp3")
    assert media_beside(tmp_path / "talk.en.vtt", tmp_path) == tmp_path / "talk.mp3"
    put(tmp_path, "talk_1080p.mp4")
    os.utime(tmp_path, ns=(1, 1))
    assert media_beside(tmp_path / "talk.en.vtt", tmp_path) == tmp_path / "talk_1080p.mp4"
    put(tmp_path, "talk.mp4")
    os.utime(tmp_path, ns=(2, 2))
    assert media_beside(tmp_path / "talk.en.vtt", tmp_path) == tmp_path / "talk.mp4"
    put(tmp_path, "talk.en.wav")
    os.utime(tmp_path, ns=(3, 3))
    assert media_beside(tmp_path / "talk.en.vtt", tmp_path) == tmp_path / "talk.en.wav"


def test_never_a_link_out_of_the_inbox(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    put(inbox / "x", "talk.srt")
    put(tmp_path, "secret.mp4")
    (inbox / "x" / "talk.mp4").symlink_to(tmp_path / "secret.mp4")
    (inbox / "x" / "talk.mkv").symlink_to(inbox / "gone.mkv")
    assert media_beside(inbox / "x" / "talk.srt", inbox) is None
    put(inbox, "kept.mp4")
    (inbox / "x" / "talk.webm").symlink_to(inbox / "kept.mp4")
    os.utime(inbox / "x", ns=(1, 1))
    assert media_beside(inbox / "x" / "talk.srt", inbox) == inbox / "x" / "talk.webm"


def test_a_folder_and_a_vanished_file_are_no_media(tmp_path: Path) -> None:
    put(tmp_path, "talk.srt", "talk.mkv")
    (tmp_path / "talk.mp4").mkdir()
    assert media_beside(tmp_path / "talk.srt", tmp_path) == tmp_path / "talk.mkv"
    before = tmp_path.stat().st_mtime_ns
    (tmp_path / "talk.mkv").unlink()
    os.utime(tmp_path, ns=(before, before))
    assert media_beside(tmp_path / "talk.srt", tmp_path) is None


def test_outside_the_inbox_the_folder_of_the_file(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", "talk.srt", "talk.mp4")
    put(tmp_path / "inbox")
    source = tmp_path / "elsewhere" / "talk.srt"
    assert media_beside(source, tmp_path / "inbox") == tmp_path / "elsewhere" / "talk.mp4"
