"""Rate limits: what a server with the switch takes, by processes; and the windows, by a clock that is held."""

from __future__ import annotations

import cProfile
from pathlib import Path
from pstats import Stats
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.serve.http import Refused
from connector.serve.limits import LIMITS, MOST_KNOWN, Limits
from tests.support import WAIT, daemon, make_home, serving_process, until

MOST, SECONDS = LIMITS["documents"]


def document(number: int) -> dict[str, Any]:
    return {"datasource": "wiki", "objectType": "Article", "id": f"a{number}", "viewURL": "https://wiki.example.com/a"}


def taken(client: httpx.Client, call: str, body: Any) -> int:
    """The status of an answer; one of 429 says when to come again."""
    answer = client.post(call if call.startswith("/") else f"/api/index/v1/{call}", json=body)
    assert answer.status_code != 429 or int(answer.headers["retry-after"]) >= 1
    return answer.status_code


def test_a_server_with_the_switch_takes_no_more_than_glean(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    with serving_process(home, "--rate-limits") as address, httpx.Client(base_url=address, timeout=WAIT) as client:
        config = {"name": "wiki", "datasourceCategory": "PUBLISHED_CONTENT", "urlRegex": "https://wiki.*"}
        assert taken(client, "adddatasource", config) == 200
        many = {"datasource": "wiki", "documents": [document(number) for number in range(MOST - 1)]}
        assert taken(client, "indexdocuments", many) == 200
        assert taken(client, "indexdocuments", many | {"documents": [document(0), document(1)]}) == 429
        assert taken(client, "indexdocuments", many | {"documents": [document(0)]}) == 200
        assert [taken(client, "processalldocuments", {"datasource": "wiki"}) for _ in "12"] == [200, 429]
        for call in ("indexdocument", "/rest/api/v1/search", "/rest/api/v1/autocomplete", "/api/search"):
            assert taken(client, call, []) == 400
            until(lambda call=call: taken(client, call, []) == 429, f"{call} is asked more often than it may be")


def test_a_daemon_that_serves_has_it_too(tmp_path: Path) -> None:
    with daemon(make_home(tmp_path / "home", serve="{port: 0, rate_limits: true}")) as running:
        running.says("serving http")
        address = running.log.rpartition("serving ")[2].split()[0]
        with httpx.Client(base_url=address, timeout=WAIT) as client:
            assert [taken(client, "processalldocuments", {}) for _ in "12"] == [200, 429]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class TestLimits:
    def test_the_window_slides(self) -> None:
        clock = Clock()
        limits = Limits(clock)
        limits.take("documents", "a", 590)
        clock.now = 20.0
        for amount, wait in ((11, "40"), (MOST, "40"), (MOST + 1, "40")):
            with pytest.raises(Refused) as refused:
                limits.take("documents", "a", amount)
            assert (refused.value.status, refused.value.headers) == (429, {"retry-after": wait})
        limits.take("documents", "a", 10)
        limits.take("documents", "b", MOST)
        clock.now = 60.0
        limits.take("documents", "a", 590)
        with pytest.raises(Refused, match="again in 20 s"):
            limits.take("documents", "a")

    def test_more_than_a_limit_has_goes_alone(self) -> None:
        clock = Clock()
        limits = Limits(clock)
        limits.take("documents", "a", 3 * MOST)
        with pytest.raises(Refused):
            limits.take("documents", "a")
        clock.now = SECONDS
        limits.take("documents", "a")

    def test_processing_all_is_processing_each(self) -> None:
        limits = Limits(lambda: 0.0)
        limits.take("processalldocuments", "a")
        limits.take("processalldocuments", amount=0)
        limits.take("processalldocuments")
        with pytest.raises(Refused):
            limits.take("processalldocuments", amount=0)

    def test_a_flood_of_addresses_makes_nobody_forget_what_the_deployment_was_asked(self) -> None:
        limits = Limits(lambda: 0.0)
        limits.take("processalldocuments")
        for number in range(MOST_KNOWN + 2):
            limits.take("address", f"host{number}")
        with pytest.raises(Refused):
            limits.take("processalldocuments")

    def test_the_thousandth_question_costs_no_more_than_the_first(self) -> None:
        limits = Limits(lambda: 0.0)

        def calls() -> int:
            with cProfile.Profile() as profile:
                limits.take("deployment")
            return int(Stats(profile).total_calls)  # type: ignore[attr-defined]  # typeshed has no such name

        limits.take("deployment")
        few = calls()
        for _ in range(1_000):
            limits.take("deployment")
        assert calls() == few

    @given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, MOST)), max_size=30))
    def test_no_window_holds_more_and_nobody_waits_for_nothing(self, asked: list[tuple[int, int]]) -> None:
        clock = Clock()
        limits = Limits(clock)
        passed: list[tuple[float, int]] = []
        for pause, amount in asked:
            clock.now += pause
            inside = sum(many for when, many in passed if when + SECONDS > clock.now)
            try:
                limits.take("documents", "a", amount)
            except Refused as refused:
                assert inside + amount > MOST
                clock.now += int(refused.headers["retry-after"])  # as it is told
                limits.take("documents", "a", amount)
            else:
                assert inside + amount <= MOST
            passed.append((clock.now, amount))
