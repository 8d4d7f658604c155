"""A recogniser's JSON with odd values anywhere in it: only the parse error is raised, and what is read is sound."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.errors import TranscriptError
from connector.transcripts.formats import read
from tests.properties.test_reading import check

VALUES = [
    json.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parents[1] / "fixtures" / "transcripts").glob("*.json"))
]
ODD: list[Any] = [
    None, True, -1, 1e12, 10**400, float("nan"), float("inf"), "", "1.5", "nan", "\ud800", "\x00", "dough", "00:00:01",
    [], {}, [[]], [1], [[["dough", 1, 2]]], {"seconds": "1", "nanos": -5}, {"text": "dough", "start": 1}, "x" * 5000,
]  # fmt: skip


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in ``value`` with each of its keys."""
    if isinstance(value, dict):
        return [place for key, inner in value.items() for place in [(value, key), *places(inner)]]
    if isinstance(value, list):
        return [place for at, inner in enumerate(value) for place in [(value, at), *places(inner)]]
    return []


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_odd_values_anywhere(data: st.DataObject) -> None:
    value = json.loads(json.dumps(data.draw(st.sampled_from(VALUES))))
    for _ in range(data.draw(st.integers(1, 3))):
        found = places(value)
        if not found:
            break
        holder, key = data.draw(st.sampled_from(found))
        if data.draw(st.booleans()):
            holder[key] = deepcopy(data.draw(st.sampled_from(ODD)))
        else:
            del holder[key]
    try:
        check(read(json.dumps(value).encode(), "talk.json"))
    except TranscriptError as error:
        assert error.reason
