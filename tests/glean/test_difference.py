"""What goes, as a difference; how long to wait for a rate limit. Pure, so by property."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from connector.archive.rows import dump
from connector.glean.calls import retry_after
from connector.glean.difference import difference, shrinks_sharply
from connector.glean.fingerprint import PART, differ_in_audience_alone, fingerprint
from connector.glean.limits import Limit
from tests.glean.pushing import document

KEYS = st.sampled_from("abcdefgh")
HASHES = st.sampled_from("12")


@given(st.dictionaries(KEYS, HASHES), st.dictionaries(KEYS, HASHES | st.none()))
def test_what_is_sent_and_removed_makes_both_sides_equal(wanted: dict[str, str], held: dict[str, str | None]) -> None:
    found = difference(wanted, held)
    there = {key: content for key, content in held.items() if key not in found.removed}
    there |= {key: wanted[key] for key in found.sent}
    assert there == wanted
    assert len(found.sent) + found.unchanged == len(wanted)
    assert not difference(wanted, there)


def test_why_each_goes() -> None:
    found = difference({"a": "1", "b": "1", "c": "1", "d": "1"}, {"b": "1", "c": "2", "d": None, "e": "1", "f": None})
    assert (found.new, found.changed, found.unsure) == (("a",), ("c",), ("d",))
    assert (found.removed, found.unchanged) == (("e", "f"), 1)


def test_what_an_older_ledger_remembers_is_enough_to_be_unchanged_not_to_be_shown_to_others() -> None:
    talk, moved = document(1, author={"name": "Ann"}), document(1, permissions={})
    now, other = (fingerprint(one, dump(one).encode()) for one in (talk, talk | {"permissions": {}}))
    older = now[:-PART]
    assert difference({"a": now}, {"a": older}).unchanged == 1
    assert differ_in_audience_alone(now, other) and not differ_in_audience_alone(older, other)
    assert not differ_in_audience_alone(now, fingerprint(moved, dump(moved).encode()))


def test_a_fifth_may_go_and_more_may_not() -> None:
    assert not shrinks_sharply(10, 8)
    assert shrinks_sharply(10, 7)
    assert shrinks_sharply(1, 0)  # the last one
    assert not shrinks_sharply(0, 0)
    assert not shrinks_sharply(4, 4)  # others in their place


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 30)), max_size=40))
def test_no_window_holds_more_than_the_limit(asked: list[tuple[int, int]]) -> None:
    limit, now = Limit(60, 60.0), 0.0
    done: list[tuple[float, int]] = []
    for amount, pause in asked:
        now += pause
        now += limit.wait(amount, now)
        assert limit.wait(amount, now) == 0.0
        limit.note(amount, now)
        done.append((now, amount))
    for end, _ in done:
        assert sum(many for when, many in done if end - 60.0 < when <= end) <= 60


def test_a_small_push_never_waits() -> None:
    limit = Limit(600, 60.0)
    for _ in range(6):
        assert limit.wait(100, 5.0) == 0.0
        limit.note(100, 5.0)
    assert limit.wait(1, 6.0) == 59.0


def test_a_clock_that_is_set_back_makes_nobody_wait_longer() -> None:
    kept: list[tuple[float, int]] = []
    limit = Limit(600, 60.0, [(7000.0, 600)], lambda done: kept.__setitem__(slice(None), done))
    assert limit.wait(100, 3000.0) == 60.0
    assert limit.wait(100, 3060.0) == 0.0
    limit.note(100, 3060.0)
    limit.answered(3065.0)
    assert kept == [(3065.0, 100)]
    limit.note(500, 3066.0)
    limit.answered(2000.0)
    assert limit.wait(600, 2000.0) == 60.0


def test_retry_after() -> None:
    now = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
    assert retry_after({"retry-after": "7"}, now) == 7.0
    assert retry_after({"retry-after": "Mon, 04 May 2026 12:00:20 GMT"}, now) == 20.0
    late = {"retry-after": "Mon, 04 May 2026 18:00:20 GMT", "date": "Mon, 04 May 2026 18:00:00 GMT"}
    assert retry_after(late, now) == 20.0  # by the server's clock, which is six hours ahead
    assert retry_after({"retry-after": "Sun, 03 May 2026 12:00:00 GMT"}, now) == 0.0
    for nothing in ({}, {"retry-after": "soon"}, {"retry-after": "-5"}, {"retry-after": "١٢"}):
        assert retry_after(nothing, now) is None
