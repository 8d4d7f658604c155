"""What the search page is asked and its address say the same."""

from __future__ import annotations

from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from connector.serve.http import LONGEST_QUERY
from connector.serve.pages.choice import FACETS, MOST_CHOSEN, SORTS, Choice

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MONTHS = st.dates().map(lambda day: f"{day:%Y-%m}".zfill(7)).filter(lambda month: month < "9999")
VALUES = st.sampled_from(sorted(FACETS)).flatmap(
    lambda name: st.tuples(st.just(name), MONTHS if name == "month" else TEXT.filter(bool))
)
CHOSEN = st.lists(VALUES, unique=True, max_size=5).map(tuple)
CHOICES = st.builds(
    Choice, TEXT.map(str.strip), CHOSEN, st.sampled_from(sorted(SORTS)), st.booleans(), st.booleans(), TEXT
)


def read(address: str) -> Choice:
    return Choice.read(QueryParams(urlsplit(address).query))


def as_set(choice: Choice) -> Choice:
    """With what was chosen in an order of its own."""
    return Choice(**{**vars(choice), "chosen": tuple(sorted(choice.chosen))})


@given(CHOICES)
def test_its_address_asks_the_same(choice: Choice) -> None:
    assert as_set(read(choice.address)) == as_set(choice)
    assert choice.address.startswith("/") and not choice.address.startswith("//")


@given(CHOICES, VALUES)
def test_what_is_chosen_twice_is_let_go(choice: Choice, chosen: tuple[str, str]) -> None:
    name, value = chosen
    once = read(choice.toggled(name, value))
    assert ((name, value) in once.chosen) is ((name, value) not in choice.chosen)
    assert set(read(once.toggled(name, value)).chosen) == set(choice.chosen) and not once.cursor


@given(st.lists(st.tuples(st.sampled_from(["q", "tab", "sort", "exact", "cursor", *FACETS]), TEXT), max_size=100))
def test_any_address_is_read(pairs: list[tuple[str, str]]) -> None:
    choice = Choice.read(QueryParams(pairs))
    assert len(choice.chosen) <= MOST_CHOSEN and choice.sort in SORTS
    assert as_set(read(choice.address)) == as_set(choice)


@given(st.text("a b", min_size=LONGEST_QUERY - 2, max_size=LONGEST_QUERY + 9))
def test_a_query_is_cut_once(query: str) -> None:
    choice = Choice.read(QueryParams({"q": query}))
    assert len(choice.query) <= LONGEST_QUERY and query.strip().startswith(choice.query)
    assert read(choice.address) == choice
