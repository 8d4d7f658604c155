"""Fixtures for all tests: a clean environment, settings in a folder of the test's own."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from connector import config as configuration
from connector.archive.writer import Archive, writing
from connector.config import Settings
from tests.support import SHARED, make_home


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays: else half a million objects are walked with every collection of garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONNECTOR_CONFIG", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A configured folder, training off."""
    return make_home(tmp_path / "home")


@pytest.fixture
def settings(home: Path) -> Settings:
    return configuration.load(home / "config.yaml").settings


@pytest.fixture
def archive(settings: Settings) -> Iterator[Archive]:
    """The writer's archive, open."""
    with writing(settings, "test", lambda _: None) as opened:
        yield opened


@pytest.fixture
def shared_data() -> Path:
    """Real transcripts beside the project; the tests that want them are skipped without."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the real transcripts are not beside this checkout")
    return SHARED / "data"
