"""Sidecars: nearest wins, mistakes are named, a source cannot speak for its own permissions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.archive.metadata import Metadata, from_source, layers_for, load_layer, merge
from connector.errors import ConfigError


def test_the_nearest_layer_wins_key_by_key(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    source = folder / "talk.srt"
    (tmp_path / "_folder.yaml").write_text("language: en\ntags: [far]\ntitle: far\n")
    (folder / "_folder.yaml").write_text("tags: [near]\n")
    (folder / "links.csv").write_text("file,url,offset\ntalk.srt,https://v.example.com/1,00:10:00\n")
    (folder / "talk.meta.yaml").write_text("title: Nearest\nrecorded: 2025-01-14\n")
    metadata = merge(layers_for(source, tmp_path), source, "a/b")
    assert metadata.title == "Nearest"
    assert metadata.tags == ["near"]
    assert metadata.language == "en"
    assert metadata.url == "https://v.example.com/1"
    assert metadata.offset == 600
    assert metadata.collection == "a/b"
    assert metadata.recorded == datetime(2025, 1, 14, tzinfo=UTC)


def test_links_of_a_parent_folder_name_the_path_below_it(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "links.csv").write_text("file,url\nx/talk.srt,https://v.example.com/2\n")
    source = tmp_path / "x" / "talk.srt"
    assert merge(layers_for(source, tmp_path), source, "").url == "https://v.example.com/2"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("titel: x\n", "did you mean `title`"),
        ("recorded: yesterday\n", "such as 2025-01-14"),
        ("url: javascript:alert(1)\n", "https://"),
        ("fps: fast\n", "fps"),
        ("", "is empty"),
        ("permissions:\n", "is empty; say who may see it"),
        ("permissions: {allowedGroups: [' ']}\n", "allowedGroups"),
        ("permissions: {allowedUsers: [a@b@c]}\n", "e-mail"),
        ("permissions: {allowedUser: [a@b.c]}\n", "did you mean `allowedUsers`"),
        ("permissions: {allowedUsers: [nobody]}\n", "e-mail"),
        ("permissions: {allowAllDatasourceUsersAccess: 'yes'}\n", "allowAllDatasourceUsersAccess"),
        ("- a list\n", "key: value"),
        ("title: [unclosed\n", ":2"),
        ("a: &x [1]\ntitle: *x\n", "aliases"),
        ("{a: " * 200_000, "nested more than"),
        ("[" * 500_000, "nested more than"),
        ("title: " + "[" * 30_000 + "]" * 30_000, "nested more than"),
        ("- " * 300_000, "nested more than"),
        ("title: !!python/object/apply:os.system [ls]\n", "YAML"),
    ],
    ids=lambda text: repr(text)[:30],
)
def test_a_mistake_names_file_and_mend(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "talk.meta.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_layer(file)
    assert str(file) in str(caught.value) and named in str(caught.value)


def test_a_source_cannot_grant_itself_anything() -> None:
    told = {
        "title": "T",
        "permissions": {"allowAnonymousAccess": True},
        "id": "x",
        "url": "ftp://x",
        "tags": ["a"],
    }
    metadata = from_source(told)
    assert metadata.permissions is None and metadata.id is None and metadata.url is None
    assert metadata.title == "T" and metadata.tags == ["a"]


@pytest.mark.parametrize(("value", "rate"), [("30000/1001", 29.97), ("25", 25), ("29.97", 29.97)])
def test_frame_rates(tmp_path: Path, value: str, rate: float) -> None:
    (tmp_path / "t.meta.yaml").write_text(f"fps: {value}\n")
    assert load_layer(tmp_path / "t.meta.yaml").fps == pytest.approx(rate, abs=0.001)


def test_a_title_is_made_of_the_name_where_nobody_gives_one(tmp_path: Path) -> None:
    assert merge([], tmp_path / "42_training-a-tokenizer.srt", "").title == "42 training a tokenizer"


def test_a_sidecar_that_is_a_link_out_of_the_inbox_is_refused(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (tmp_path / "passwords").write_text("root: secret")
    (inbox / "talk.meta.yaml").symlink_to(tmp_path / "passwords")
    with pytest.raises(ConfigError, match="leads out of the inbox") as caught:
        layers_for(inbox / "talk.srt", inbox)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("folder", [" ", "a" * 600, "tab\there"])
def test_any_folder_name_makes_a_collection_that_can_be_read_back(tmp_path: Path, folder: str) -> None:
    metadata = merge([], tmp_path / "talk.srt", folder)
    assert Metadata.model_validate_json(metadata.model_dump_json(exclude_unset=True)) == metadata
