"""A few schedules of the campaign in tests/benchmarks/faults.py: whatever goes wrong, a clean push ends equal."""

from __future__ import annotations

import pytest

from connector.glean import bulk, push, sending
from tests.benchmarks.faults import every_request, schedule
from tests.glean.misbehaving import KINDS


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PAGE", 7)
    monkeypatch.setattr(sending, "BATCH", 5)
    monkeypatch.setattr(push, "NOTED", 4)


@pytest.mark.parametrize("seed", [1, 6, 12, 18])
def test_whatever_goes_wrong_on_the_way(seed: int) -> None:
    outcome = schedule(seed, kill=False)
    assert outcome.wrong == []
    assert outcome.faults.total() or outcome.failed
    assert seed != 1 or outcome.faults.keys() == set(KINDS)  # in one of them all there are


@pytest.mark.parametrize("seed", [14, 16])
def test_whenever_the_process_is_killed(seed: int) -> None:
    outcome = schedule(seed, kill=True)
    assert outcome.wrong == []
    assert outcome.killed


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("bulk", [False, True])
def test_at_each_of_its_requests(bulk: bool, after: bool) -> None:
    outcome = every_request(bulk, after, documents=10)
    assert outcome.wrong == []
    assert outcome.killed >= 4
