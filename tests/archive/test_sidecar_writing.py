"""A sidecar is written into without losing what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.archive.metadata import load_layer
from connector.archive.metadata.writing import tell
from connector.errors import ConfigError
from connector.yaml_file import load_mapping

URL = "https://youtu.be/dQw4w9WgXcQ"


def test_a_new_one_lies_beside_the_file(tmp_path: Path) -> None:
    source = tmp_path / "talk.en.srt"
    path = tell(source, tmp_path, {"url": URL, "title": 'A: "title" # of it\nin two lines', "recorded": "2025-01-14"})
    assert path == tmp_path / "talk.en.meta.yaml"
    layer = load_layer(path)
    assert (layer.url, layer.title) == (URL, 'A: "title" # of it in two lines')
    assert layer.recorded and layer.recorded.date().isoformat() == "2025-01-14"
    assert [one.name for one in tmp_path.iterdir()] == ["talk.en.meta.yaml"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "# who may see it\npermissions: {allowedGroups: [a]}  # a\ntitle: Old # it\n",
            f'# who may see it\npermissions: {{allowedGroups: [a]}}  # a\ntitle: "New" # it\nurl: "{URL}"\n',
        ),
        ("url:\ntitle: x", f'url: "{URL}"\ntitle: "New"\n'),
        ("url: 'https://x.example'\ntags: [a,\n  b]\n", f'url: "{URL}"\ntags: [a,\n  b]\ntitle: "New"\n'),
    ],
)
def test_what_is_there_stays(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "talk.meta.yaml"
    path.write_text(before)
    path.chmod(0o640)
    assert tell(tmp_path / "talk.srt", tmp_path, {"url": URL, "title": "New"}) == path
    assert path.read_text() == after
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "before", ["{tags: [a], title: x}\n", "---\ntags: [a]\n...\n", "title: >\n  folded\ntags: [a]\n"]
)
def test_however_it_is_written(tmp_path: Path, before: str) -> None:
    (tmp_path / "talk.meta.yaml").write_text(before)
    path = tell(tmp_path / "talk.srt", tmp_path, {"url": URL, "title": "New"})
    assert load_mapping(path) == {"tags": ["a"], "title": "New", "url": URL}


@pytest.mark.parametrize(
    ("before", "values"),
    [
        ("", {"url": "javascript:alert(1)"}),
        ("", {"recorded": "yesterday"}),
        ("", {"title": "x" * 501}),
        ("titel: wrong\n", {"url": URL}),
        ("title: [", {"url": URL}),
    ],
)
def test_nothing_wrong_is_written(tmp_path: Path, before: str, values: dict[str, str]) -> None:
    if before:
        (tmp_path / "talk.meta.yaml").write_text(before)
    there = sorted((one.name, one.read_text()) for one in tmp_path.iterdir())
    with pytest.raises(ConfigError):
        tell(tmp_path / "talk.srt", tmp_path, values)
    assert sorted((one.name, one.read_text()) for one in tmp_path.iterdir()) == there


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    inbox, outside = tmp_path / "inbox", tmp_path / "outside.yaml"
    inbox.mkdir()
    outside.write_text("title: x\n")
    (inbox / "talk.meta.yaml").symlink_to(outside)
    with pytest.raises(ConfigError, match="out of the inbox"):
        tell(inbox / "talk.srt", inbox, {"url": URL})
    assert outside.read_text() == "title: x\n"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    before=st.dictionaries(st.sampled_from(["title", "author", "collection"]), st.text(min_size=1, max_size=20)),
    title=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40).filter(str.strip),
)
def test_whatever_a_title_is_it_comes_back(tmp_path: Path, before: dict[str, str], title: str) -> None:
    path = tmp_path / "talk.meta.yaml"
    path.unlink(missing_ok=True)
    tell(tmp_path / "talk.srt", tmp_path, {"title": title})
    assert load_mapping(path) == {"title": title}
    assert load_layer(path).title == " ".join(title.split())
    if all(value.strip() and value.isprintable() for value in before.values()):
        tell(tmp_path / "talk.srt", tmp_path, before)
        assert load_mapping(path) == {"title": title} | before
