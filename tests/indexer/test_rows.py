"""Words in a row: a text of which a few are looked for says the same as one that is taken apart."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.rows import Rows, Text
from indexer.text import spans

PIECES = (
    "we",
    "We'll",
    "don't",
    "the",
    "therE",
    "attention",
    "mask",
    "C++",
    "Müller",
    "東京都",
    "…",
    " ",
    "  ",
    "\n",
    "-",
    "’",
    ". ",
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@settings(deadline=None, max_examples=60)
@given(TEXTS, st.sampled_from(("w", "the", "at", "c", "東", "don")), st.integers(1, 80))
def test_a_text_knows_its_words_and_their_neighbours(text: str, prefix: str, most: int) -> None:
    there = list(spans(text[:most]))[: None if len(text) <= most else -1]  # the last one may be cut
    read = Text(text, most)
    assert list(read.beginning(prefix)) == [token for token in there if token[0].startswith(prefix)]
    for before, after in zip([None, *there], [*there, None], strict=True):
        assert read.after(before[2] if before else 0) == after
        assert after is None or read.before(after[1]) == before
    for word, start, end in there:
        assert (word, start, end) in read.each(word)


def test_what_follows_is_read_with_what_stands_before_it() -> None:
    rows = Rows()
    for said in ("We'll pay attention, maybe. The attention mask", "the ATTENTION mask hides", "no attention. Mask it"):
        rows.read(Text(said, 100), ("the", "attention"), "m")
    assert rows.best() == {("mask",): 2, ("mask", "hides"): 1}
    assert rows.surfaces[("mask",)] == {"mask": 2, "Mask": 1} and rows.follow[1] == {}
    nothing_begun = Rows()
    nothing_begun.read(Text("the attention span", 100), ("attention",), "")
    assert nothing_begun.best() == {("span",): 1}
