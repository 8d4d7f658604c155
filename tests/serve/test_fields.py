"""Glean's filters as nodes of a query, and snippets as plain text with ranges: pure."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.serve.client_requests import FacetFilter
from connector.serve.fields import BadOperatorError, any_of, translate
from connector.serve.results import snippet_text
from indexer import Document
from indexer import query as typed
from indexer.request import Hit
from indexer.snippet import Marks, snippet

TODAY = date(2025, 3, 10)


def asked(name: str, *values: tuple[str, str]) -> FacetFilter:
    told = [{"value": value, "relationType": relation} for relation, value in values]
    return FacetFilter.model_validate({"fieldName": name, "values": told})


def node(name: str, *values: tuple[str, str], **more: Any) -> typed.Node:
    (found,) = translate([asked(name, *values)], TODAY, "ann@example.com", **more).nodes
    return found


def recorded(after: date | None, before: date | None) -> typed.Recorded:
    return typed.Recorded(after, before, updated=True)


@pytest.mark.parametrize(
    ("relation", "value", "expected"),
    [
        ("EQUALS", "today", recorded(TODAY, date(2025, 3, 11))),
        ("EQUALS", "yesterday", recorded(date(2025, 3, 9), TODAY)),
        ("EQUALS", "past_week", recorded(date(2025, 3, 3), None)),
        ("EQUALS", "last_5_days", recorded(date(2025, 3, 5), None)),
        ("EQUALS", "2025-03-01", recorded(date(2025, 3, 1), date(2025, 3, 2))),
        ("GT", "2025-03-01", recorded(date(2025, 3, 2), None)),
        ("GT", "yesterday", recorded(TODAY, None)),
        ("LT", "2025-03-01", recorded(None, date(2025, 3, 1))),
        ("LT", "past_week", recorded(None, date(2025, 3, 3))),
    ],
)
def test_times_are_days(relation: str, value: str, expected: typed.Node) -> None:
    assert node("last_updated_at", (relation, value)) == expected


@pytest.mark.parametrize("value", ["", "soon", "past_", "2025-13-01", "past_99999999_years", "2025-03-01tomorrow"])
def test_what_is_no_time_is_refused(value: str) -> None:
    with pytest.raises(BadOperatorError):
        node("last_updated_at", ("EQUALS", value))


def test_both_bounds_of_one_filter_hold() -> None:
    assert node("created_at", ("GT", "2025-01-01"), ("LT", "2025-02-01")) == typed.All(
        (typed.Recorded(date(2025, 1, 2), None), typed.Recorded(None, date(2025, 2, 1)))
    )


def test_values_are_any_of_them_and_none_of_the_others() -> None:
    assert node("Type", ("EQUALS", "a"), ("NOT_EQUALS", "b"), ("ID_EQUALS", "c")) == typed.All(
        (typed.Property("type", ("a", "c")), typed.Not(typed.Property("type", ("b",))))
    )
    assert node("from", ("EQUALS", "me")) == typed.Property("from", ("ann@example.com",))
    assert node("team", ("EQUALS", "blue"), custom=["Team"]) == typed.Property("team", ("blue",))


def test_what_cannot_be_compared_so_is_passed_over() -> None:
    assert translate([asked("type", ("GT", "a")), asked("team", ("EQUALS", "b"))], TODAY, None).unknown == (
        "type",
        "team",
    )


def test_sets_of_filters_are_either_of_them() -> None:
    one, two = (translate([asked("tag", ("EQUALS", tag))], TODAY, None) for tag in "ab")
    assert any_of([one, two]).nodes == (typed.Any((typed.All(one.nodes), typed.All(two.nodes))),)
    assert any_of([one, translate([], TODAY, None)]).nodes == ()


@given(st.text("ab <>&;\n\t🌳é", max_size=60), st.integers(5, 80))
def test_a_snippet_is_plain_text_and_bold_are_its_words(text: str, width: int) -> None:
    wanted = Marks(words=frozenset({"ab", "e"}))
    hit = Hit(Document({"id": "a"}), 1.0, snippet(text, wanted, width))
    shown, ranges = snippet_text(hit)
    assert shown.removeprefix("… ").removesuffix(" …") in " ".join(text.split())
    assert {shown[start:end].lower().replace("é", "e") for start, end in ranges} <= {"ab", "e"}
    assert all(start < end for start, end in ranges)
