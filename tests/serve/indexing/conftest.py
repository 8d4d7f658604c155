"""A server that takes documents, people and datasources of others, and Glean's own client, unmodified."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from glean.api_client import Glean

from tests.serve.indexing.wiki import TOKEN
from tests.serve.support import Served, serving_home
from tests.support import make_home


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home: Path = make_home(tmp_path_factory.mktemp("indexing") / "home")
    with serving_home(home, token=TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def glean(server: Served) -> Iterator[Glean]:
    with Glean(api_token=TOKEN, server_url=server.address, timeout_ms=60_000) as client:
        yield client
