"""Whoever the pages of a module's archive are for."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.pages.test_frame import ADMINISTRATOR, signed_in
from tests.serve.support import Served


@pytest.fixture(scope="module")
def owner(served: Served) -> Iterator[httpx.Client]:
    """Signed in as the administrator of the archive that the module serves."""
    with signed_in(served, ADMINISTRATOR) as client:
        yield client
