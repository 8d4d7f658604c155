"""What was met already, kept on the disk."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connector.glean.met import Met, short

KEYS = st.integers(min_value=-3, max_value=3) | st.text(max_size=3).map(short)


@given(st.lists(st.tuples(st.sampled_from(["put", "put_all", "pop", "in"]), KEYS, KEYS)))
def test_it_is_a_dictionary(steps: list[tuple[str, int, int]]) -> None:
    met, held = Met(), dict[int, int]()
    for step, key, content in steps:
        match step:
            case "put":
                assert met.put(key, content) is (key not in held)
                held.setdefault(key, content)
            case "put_all":
                met.put_all([(key, 0), (key, content)])
                held[key] = content
            case "pop":
                assert met.pop(key) == held.pop(key, None)
            case _:
                assert (key in met) is (key in held)
