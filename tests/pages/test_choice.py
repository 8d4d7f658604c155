"""What the search page is asked and its address say the same."""

from __future__ import annotations

from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from connector.serve.pages.choice import FACETS, MOST_CHOSEN, SORTS, Choice

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
CHOSEN = st.lists(st.tuples(st.sampled_from(sorted(FACETS)), TEXT.filter(bool)), unique=True, max_size=5).map(tuple)
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


@given(CHOICES, st.sampled_from(sorted(FACETS)), TEXT.filter(bool))
def test_what_is_chosen_twice_is_let_go(choice: Choice, name: str, value: str) -> None:
    once = read(choice.toggled(name, value))
    assert ((name, value) in once.chosen) is ((name, value) not in choice.chosen)
    assert set(read(once.toggled(name, value)).chosen) == set(choice.chosen) and not once.cursor


@given(st.lists(st.tuples(st.sampled_from(["q", "tab", "sort", "exact", "cursor", *FACETS]), TEXT), max_size=100))
def test_any_address_is_read(pairs: list[tuple[str, str]]) -> None:
    choice = Choice.read(QueryParams(pairs))
    assert len(choice.chosen) <= MOST_CHOSEN and choice.sort in SORTS
    assert as_set(read(choice.address)) == as_set(choice)
