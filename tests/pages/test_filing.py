"""Uploads as properties: whatever a name is, it is safe; however bytes arrive, they are whole."""

from __future__ import annotations

import hashlib
import inspect
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.archive.metadata import layers_for
from connector.archive.metadata.sidecars import sidecar_paths, sidecars_of
from connector.config import Settings
from connector.serve.http import Refused
from connector.serve.pages.filing import OLD, PART, Arrived, clear_old_parts, file_all, folder_in
from connector.serve.pages.names import LONGEST, safe_name
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


def arrived(folder: Path, name: str, text: str) -> Arrived:
    part = folder / f"{PART}{os.urandom(6).hex()}"
    part.write_text(text)
    return Arrived(name, safe_name(name), part, hashlib.sha256(text.encode()).hexdigest())


def filed(folder: Path, *files: tuple[str, str]) -> list[str | None]:
    """The names under which the files of one upload lie in ``folder``, None for those refused."""
    sent = [arrived(folder, *file) for file in files]
    told = file_all(sent, folder, folder)
    for one in sent:
        assert one.part
        one.part.unlink(missing_ok=True)
    assert all(one.told for one in told if one.path is None)
    return [one.path.name if one.path else None for one in told]


def test_many_of_one_name_are_all_kept(tmp_path: Path) -> None:
    files = [("talk.srt", str(number)) for number in range(300)]
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 100)
    try:
        names = filed(tmp_path, *files)
    finally:
        sys.setrecursionlimit(limit)
    assert names == ["talk.srt", *(f"talk-{number}.srt" for number in range(2, 301))]
    assert filed(tmp_path, *reversed(files[100:103])) == names[102:99:-1], "each is there already"


def test_two_never_take_one_name(tmp_path: Path) -> None:
    (tmp_path / "b.srt").mkdir()  # a folder has the name
    assert [filed(tmp_path, ("b.srt", text)) for text in ("one", "two", "one")] == [
        ["b-2.srt"],
        ["b-3.srt"],
        ["b-2.srt"],
    ]
    assert filed(tmp_path, ("c.srt", "one"), ("c.srt", "two"), ("c.srt", "one")) == ["c.srt", "c-2.srt", "c.srt"]
    assert not list(tmp_path.glob(".*"))


def test_what_belongs_together_has_one_number(tmp_path: Path) -> None:
    assert filed(tmp_path, ("talk.srt", "a"), ("talk-2.mp4", "b")) == ["talk.srt", "talk-2.mp4"]
    again = ("talk.en.srt", "new"), ("talk.srt", "new"), ("talk_1920x1080.mp4", "new"), ("talk about owls.srt", "new")
    numbered = ["talk-3.en.srt", "talk-3.srt", "talk-3_1920x1080.mp4", "talk about owls.srt"]  # no stranger's video
    assert filed(tmp_path, *again) == numbered == filed(tmp_path, *again)


def test_it_has_it_in_other_capitals_too(tmp_path: Path) -> None:
    """Capitals of a letter may be two."""
    assert filed(tmp_path, ("straße.srt", "a"), ("STRASSE.mp4", "a")) == ["straße.srt", "STRASSE.mp4"]
    assert filed(tmp_path, ("straße.srt", "b"), ("STRASSE.mp4", "b")) == ["straße-2.srt", "straße-2.mp4"]


CLOSED = "permissions: {allowedUsers: [ann@example.com]}\n"
OPEN = "permissions: {allowAnonymousAccess: true}\n"


@pytest.mark.parametrize(
    ("there", "sent"),
    [
        ({"plan.srt": "a"}, {"plan.srt": "b", "plan.meta.yaml": CLOSED}),
        ({"plan.srt": "a", "plan.meta.yaml": OPEN}, {"plan.srt": "b", "plan.meta.yaml": CLOSED}),
        ({"plan.srt": "a", "plan.meta.yaml": CLOSED}, {"plan.srt": "b"}),  # plan-2.srt would be open
        ({"plan.meta.yaml": OPEN}, {"plan.srt": "b", "plan.meta.yml": CLOSED}),
        ({"plan.srt.meta.yaml": OPEN}, {"plan.srt": "b", "plan.meta.yaml": CLOSED}),
        ({}, {"plan.en.srt": "b", "plan.mp4": "b", "plan.meta.yaml": "permission: {}\n"}),
        ({}, {"plan.srt": "b", "Plan.meta.yaml": CLOSED}),
        ({}, {"plan.srt": "b", "_folder.yaml": "id: x\n"}),
        ({"_folder.yaml": OPEN}, {"plan.srt": "b", "_folder.yaml": CLOSED}),
        ({"_folder.yaml": OPEN}, {"plan.srt": "b", "_folder.yml": CLOSED}),
        ({}, {"plan.srt": "b", "links.csv": "datei,link\n"}),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_nothing_is_filed_without_what_says_who_may_see_it(
    tmp_path: Path, there: dict[str, str], sent: dict[str, str], *, backwards: bool
) -> None:
    for name, text in there.items():
        (tmp_path / name).write_text(text)
    files = list(sent.items())[:: -1 if backwards else 1]
    assert filed(tmp_path, *files) == [None] * len(sent)
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == there


def test_two_sidecars_of_one_name_close_the_door(tmp_path: Path) -> None:
    assert filed(tmp_path, ("a.srt", "x"), ("a.meta.yaml", OPEN), ("a.meta.yaml", CLOSED)) == [None] * 3
    assert filed(tmp_path, ("b.srt", "x"), ("a.srt", "x"), ("a.meta.yaml", CLOSED)) == ["b.srt", "a.srt", "a.meta.yaml"]


NAMES = (
    "a.srt", "a.en.vtt", "a.mp4", "A.srt", "a-2.srt", "é.srt", "a.meta.yaml", "a.srt.meta.yaml", "A.meta.yaml",
    "é.meta.yaml", "a.meta.yml", "_folder.yaml",
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(NAMES),
            st.sampled_from(["1", "2"]),
            min_size=1,
        ),
        max_size=4,
    )
)
def test_an_upload_is_as_closed_as_its_sidecar_says(tmp_path: Path, uploads: list[dict[str, str]]) -> None:
    folder = tmp_path / os.urandom(6).hex()
    folder.mkdir()
    for upload in uploads:
        texts = {
            name: f"permissions: {{allowedUsers: [u{text}@x.org]}}\n" if name.endswith(("yaml", "yml")) else text
            for name, text in upload.items()
        }
        before = {one.name for one in folder.iterdir()}
        described = {name: set(sidecars_of(folder / name, folder)) for name in texts}
        lie = dict(zip(texts, filed(folder, *texts.items()), strict=True))
        for name, now in lie.items():
            if now is None or now in before or now.endswith(("yaml", "yml")):
                continue
            assert described[name] <= set(sidecars_of(folder / now, folder))  # what speaks for the name speaks for it
            said = [path.name for path in sidecar_paths(Path(name), Path()) if path.name in texts]
            if (not described[name] and said) or any(one != "_folder.yaml" for one in said):
                layers = layers_for(folder / now, folder)
                assert layers[0].permissions
                assert [one.email for one in layers[0].permissions.allowed_users] == [f"u{upload[said[0]]}@x.org"]


def test_without_links_on_the_disk_names_are_kept_apart_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert [filed(tmp_path, ("b.srt", text)) for text in ("one", "two")] == [["b.srt"], ["b-2.srt"]]
    assert (tmp_path / "b.srt").read_text() == "one"


def test_who_is_quicker_keeps_the_name_and_nothing_is_filed_by_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def quicker(part: Path, target: Path) -> None:
        if target.suffix == ".srt":
            target.write_text("theirs")
        link(part, target)

    monkeypatch.setattr(os, "link", quicker)
    assert filed(tmp_path, ("b.srt", "ours"), ("b.meta.yaml", CLOSED)) == [None, None]
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("b.srt", "theirs")]


@pytest.mark.parametrize("name", ["x.META.YAML", "x.Meta.yaml", "_FOLDER.yml", "Links.csv", "x" * 200 + ".meta.yaml"])
def test_what_would_describe_nothing_is_refused(name: str) -> None:
    with pytest.raises(Refused):
        safe_name(name)


def test_collections_are_not_endless(tmp_path: Path) -> None:
    folder_in(tmp_path, tmp_path / "data", "a/" * 10)
    with pytest.raises(Refused, match="more than 10 folders"):
        folder_in(tmp_path, tmp_path / "data", "a/" * 1500)


def test_what_a_killed_server_left_is_cleared_away_after_a_day(tmp_path: Path) -> None:
    for name, age in (("old", 2 * OLD), ("new", 60.0)):
        part = tmp_path / f"{PART}{name}"
        part.touch()
        os.utime(part, (1e9 - age, 1e9 - age))
    (tmp_path / ".mine").touch()
    (tmp_path / f"{PART}filed").symlink_to("gone")  # as one that another upload files meanwhile
    clear_old_parts(tmp_path, now=1e9)
    (tmp_path / f"{PART}filed").unlink()
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
