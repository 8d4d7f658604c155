"""config.yaml: commented, complete, strict, and found from any folder."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml

from connector import config as configuration
from connector.archive.documents import fingerprint
from connector.archive.metadata import load_layer
from connector.config import Settings
from connector.config_file import default_text, find
from connector.errors import ConfigError, NotSetUpError
from connector.yaml_file import load_mapping

ROOT = Path(__file__).parents[1]


def test_the_file_init_writes_holds_every_key_at_its_default() -> None:
    written = yaml.safe_load(default_text())
    assert Settings.model_validate(written) == Settings()
    expected = Settings().model_dump(mode="json", by_alias=True)
    expected["permissions"] = {"allowAllDatasourceUsersAccess": True}
    expected["public_url"] = None
    assert written == expected


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", "http://127.0.0.1:8765"),
        ("public_url: null\nserve: {port: 9000}\n", "http://127.0.0.1:9000"),
        ("serve: {port: 9000, host: 0.0.0.0}\n", "http://127.0.0.1:9000"),
        ("serve: {port: 0, host: '::1'}\n", "http://[::1]:8765"),
        ("serve: false\n", "http://127.0.0.1:8765"),
        ("public_url: https://talks.example.com/\nserve: {port: 9000}\n", "https://talks.example.com"),
    ],
)
def test_links_go_where_the_pages_are_served_unless_told_otherwise(tmp_path: Path, text: str, address: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    settings = configuration.load(tmp_path / "config.yaml").settings
    assert settings.public_url == address
    if "port: 9000" in text:
        assert fingerprint(settings) != fingerprint(Settings()), "the index is made anew"


def test_the_projects_own_config_is_that_file() -> None:
    assert (ROOT / "config.yaml").read_text() == default_text()


def test_every_key_has_a_comment() -> None:
    for line in default_text().splitlines():
        if re.match(r" {2}\w+: .", line) and "seed" not in line and "allowAll" not in line:
            assert "#" in line, line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("inbx: x\n", "did you mean `inbox`"),
        ("train: {budgt: 3}\n", "did you mean `budget`"),
        ("train: {budget: -3}\n", "train.budget"),
        ("ingest: {on_delete: burn}\n", "keep"),
        ("glean: {datasource: my talks}\n", "`glean.datasource`: must be letters and digits, at most 50 (found"),
        ("glean: {display_name: ' '}\n", "`glean.display_name`: must not be empty"),
        ("public_url: talks\n", "https://talks.example.com"),
        ("serve: {port: talks}\n", "serve.port"),
        ("inbox: data/inbox\n", "lies in `data`"),
        ("train: [1\n", "config.yaml:"),
    ],
)
def test_a_mistake_names_the_key_and_what_is_allowed(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        configuration.load(tmp_path / "config.yaml")
    assert told in f"{caught.value} {caught.value.hint}" and "config.yaml" in str(caught.value)


class TestFind:
    def test_paths_are_taken_from_the_files_folder(self, tmp_path: Path) -> None:
        (tmp_path / "config.yaml").write_text("inbox: ../drop\n")
        settings = configuration.load(tmp_path / "config.yaml").settings
        assert settings.inbox == tmp_path.parent / "drop" and settings.data == tmp_path / "data"

    def test_here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "config.yaml").write_text("")
        monkeypatch.chdir(tmp_path)
        assert find(None) == tmp_path / "config.yaml"

    def test_named_by_the_environment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "other.yaml").write_text("")
        monkeypatch.setenv("CONNECTOR_CONFIG", str(tmp_path / "other.yaml"))
        assert find(None) == tmp_path / "other.yaml"

    def test_beside_the_environment_from_any_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
        for folder in (project, elsewhere):
            folder.mkdir()
        (project / "config.yaml").write_text("")
        monkeypatch.setattr(sys, "prefix", str(project / ".venv"))
        monkeypatch.chdir(elsewhere)
        assert find(None) == project / "config.yaml"

    def test_nowhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
        monkeypatch.chdir(tmp_path)
        with pytest.raises(NotSetUpError, match="no config"):
            find(None)


class TestDates:
    """YAML 1.1 reads dates by itself and fails at those that are none; here they are text."""

    def test_are_text_also_where_they_cannot_be(self, tmp_path: Path) -> None:
        file = tmp_path / "a.yaml"
        file.write_text("recorded: 2025-13-01\nday: 2025-01-14\n2025-01-15: [2001-12-14t21:59:43]\n")
        assert load_mapping(file) == {
            "recorded": "2025-13-01",
            "day": "2025-01-14",
            "2025-01-15": ["2001-12-14t21:59:43"],
        }

    def test_a_value_that_is_not_what_its_tag_says_has_a_line(self, tmp_path: Path) -> None:
        file = tmp_path / "a.yaml"
        file.write_text("title: x\nday: !!timestamp 2025-13-01\n")
        with pytest.raises(ConfigError, match=r"a\.yaml:2: '2025-13-01' is no timestamp"):
            load_mapping(file)

    def test_a_wrong_one_hides_no_other_mistake(self, tmp_path: Path) -> None:
        file = tmp_path / "talk.meta.yaml"
        file.write_text("permisions: {}\ntitel: x\nrecorded: 2025-13-01\nfps: abc\n")
        with pytest.raises(ConfigError) as caught:
            load_layer(file)
        told = caught.value.message.splitlines()
        assert [line.split(":")[1] for line in told] == ["1", "2", "3", "4"]
        assert "`recorded`: must be a date" in told[2]
