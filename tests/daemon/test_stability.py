"""A file is read when it has arrived in full. The clock is the test's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from connector.daemon.inbox import Found
from connector.daemon.stability import CLOSED_WAIT, RETRY_LONGEST, Arrivals

A, B = Path("a.srt"), Path("b.srt")


def looking(stamp: str = "stamp") -> Callable[[Path], Found]:
    """A look that shows every file with this stamp."""
    return lambda path: Found(path, path.name, stamp, 0.0)


def taken(arrivals: Arrivals, now: float, stamp: str = "stamp", most: int = 10) -> list[tuple[Path, int]]:
    return [(found.path, tries) for found, tries in arrivals.take(now, looking(stamp), most)]


class TestArrivals:
    def test_a_closed_file_is_read_almost_at_once(self) -> None:
        arrivals = Arrivals(settle=5.0)
        arrivals.closed(A, now=0.0)
        assert taken(arrivals, CLOSED_WAIT / 2) == []
        assert taken(arrivals, CLOSED_WAIT) == [(A, 0)]
        assert len(arrivals) == 0

    def test_an_open_file_waits_until_it_has_lain_unchanged(self) -> None:
        arrivals = Arrivals(settle=1.0)
        for second in range(5):
            arrivals.touched(A, now=second * 0.9)
            assert taken(arrivals, second * 0.9 + 0.8) == []
        assert taken(arrivals, 4.7) == [(A, 0)]

    def test_a_look_that_shows_another_stamp_starts_the_wait_again(self) -> None:
        arrivals = Arrivals(settle=1.0)
        arrivals.seen(A, "10 bytes", age=0.0, now=0.0)
        assert taken(arrivals, 1.0, "20 bytes") == []
        assert taken(arrivals, 1.9, "20 bytes") == []
        assert taken(arrivals, 2.0, "20 bytes") == [(A, 0)]

    def test_what_lay_there_before_is_read_at_once(self) -> None:
        arrivals = Arrivals(settle=1.0)
        arrivals.seen(A, "stamp", age=3600.0, now=0.0)
        assert taken(arrivals, 0.0) == [(A, 0)]

    def test_a_date_in_the_future_does_not_wait_for_ever(self) -> None:
        arrivals = Arrivals(settle=1.0)
        arrivals.seen(A, "stamp", age=-1e6, now=0.0)
        assert taken(arrivals, 1.0) == [(A, 0)]

    def test_a_vanished_file_is_nobodys_business(self) -> None:
        arrivals = Arrivals(settle=1.0)
        arrivals.closed(A, now=0.0)
        arrivals.closed(B, now=0.0)
        arrivals.gone(B)
        assert arrivals.take(9.0, lambda _: None, 10) == []
        assert len(arrivals) == 0

    def test_retries_back_off_and_have_an_upper_limit(self) -> None:
        arrivals = Arrivals(settle=0.1)
        waits = [arrivals.again(A, now=0.0, tries=tries) for tries in range(12)]
        assert waits[:3] == [1.0, 2.0, 4.0] and waits[-1] == RETRY_LONGEST
        assert taken(arrivals, RETRY_LONGEST) == [(A, 12)]

    def test_a_batch_is_bounded_and_in_order(self) -> None:
        arrivals = Arrivals(settle=0.1)
        paths = [Path(f"{n:04d}.srt") for n in range(100)]
        for path in reversed(paths):
            arrivals.seen(path, "stamp", age=9.0, now=0.0)
        first = [path for path, _ in taken(arrivals, 0.0, most=30)]
        assert first == paths[:30] and len(arrivals) == 70


WRITES = st.lists(st.floats(0.01, 3.0), min_size=1, max_size=20)


@given(WRITES, st.floats(0.1, 2.0))
def test_never_read_within_settle_of_a_write(gaps: list[float], settle: float) -> None:
    arrivals = Arrivals(settle)
    now = last_write = 0.0
    size = 0
    for gap in gaps:
        arrivals.touched(A, now)
        last_write, size = now, size + 1
        for step in range(10):
            moment = now + gap * step / 10
            if taken(arrivals, moment, str(size)):
                assert moment - last_write >= settle - 1e-9
        now += gap
    arrivals.touched(A, now)
    assert taken(arrivals, now + settle, str(size)) == [(A, 0)]
