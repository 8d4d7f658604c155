"""Uploads as properties: whatever a name is, it is safe; however bytes arrive, they are whole."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.config import Settings
from connector.serve.http import Refused
from connector.serve.pages.filing import LONGEST, OLD, PART, clear_old_parts, put, safe_name
from connector.serve.pages.receiving import Receiving

PIECES = st.lists(
    st.sampled_from([b"\r\n", b"--x", b"--x--", b"a\0", b"\xff" * 9, b"Content-Type: y\r\n\r\n"]), max_size=8
)


@given(
    st.text(max_size=300)
    | st.sampled_from(["\ud800.srt", "a/" * 200 + "b.srt", "." * 9, "CON", "x" * 400 + ".meta.yaml"])
)
def test_any_name_is_made_safe_or_refused(sent: str) -> None:
    try:
        name = safe_name(sent)
    except Refused:
        return
    assert name and len(name.encode()) <= LONGEST and name.isprintable()
    assert not name.startswith(".") and not set(name) & set('/\\<>:"|?*') and name == name.strip()
    assert safe_name(name) == name


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(files=st.lists(PIECES.map(b"".join), min_size=1, max_size=3), size=st.integers(1, 50))
def test_bytes_arrive_whole_however_they_are_cut(tmp_path: Path, files: list[bytes], size: int) -> None:
    folder = tmp_path / os.urandom(6).hex()
    receiving = Receiving(Settings(inbox=folder, data=tmp_path / "data"), b"x7d")
    field = b'--x7d\r\nContent-Disposition: form-data; name="collection"\r\n\r\nbirds\r\n'
    head = b'--x7d\r\nContent-Disposition: form-data; name="files"; filename="f%d.srt"\r\nContent-Type: a/b\r\n\r\n'
    body = field + b"".join(head % n + data + b"\r\n" for n, data in enumerate(files)) + b"--x7d--\r\n"
    for at in range(0, len(body), size):
        receiving.feed(body[at : at + size])
    filed = receiving.finish()
    assert [one.path.read_bytes() for one in filed if one.path] == files
    assert sorted(one.name for one in (folder / "birds").iterdir()) == [f"f{n}.srt" for n in range(len(files))]


def test_two_at_once_never_take_one_name(tmp_path: Path) -> None:
    def arrived(text: str) -> tuple[Path, str]:
        part = tmp_path / f"{PART}{text}"
        part.write_text(text)
        return part, hashlib.sha256(text.encode()).hexdigest()

    (tmp_path / "b.srt").mkdir()  # a folder has the name
    names = [put(*arrived(text), tmp_path, "b.srt").path for text in ("one", "two", "one")]
    assert [path and path.name for path in names] == ["b-2.srt", "b-3.srt", "b-2.srt"]
    assert not list(tmp_path.glob(".*"))


def test_what_a_killed_server_left_is_cleared_away_after_a_day(tmp_path: Path) -> None:
    for name, age in (("old", 2 * OLD), ("new", 60.0)):
        part = tmp_path / f"{PART}{name}"
        part.touch()
        os.utime(part, (1e9 - age, 1e9 - age))
    (tmp_path / ".mine").touch()
    clear_old_parts(tmp_path, now=1e9)
    assert sorted(one.name for one in tmp_path.iterdir()) == [".mine", f"{PART}new"]


@pytest.mark.parametrize("body", [b"", b"--x7d", b"junk", b"--x7d\r\nA: " + b"b" * 10_000, b"--x7d\r\n\r\n\r\n--x7d--"])
def test_what_is_no_form_is_refused_or_empty(tmp_path: Path, body: bytes) -> None:
    receiving = Receiving(Settings(inbox=tmp_path, data=tmp_path / "data"), b"x7d")
    try:
        receiving.feed(body)
        assert receiving.finish() == []
    except Refused as refused:
        assert refused.status == 400
    finally:
        receiving.clear()
    assert list(tmp_path.iterdir()) == []
