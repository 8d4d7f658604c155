"""Explanations: what they tell, and that their parts are the score that ranked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer import Document
from indexer.explanation import Part
from indexer.search import Hit, SearchRequest, search
from indexer.store import Index
from tests.indexer.support import recording, segment

SYNONYMS = (("kubernetes", "k8s", "cluster manager"),)
WORDS = ["rye", "rye", "bread", "breads", "salt", "25", "twenty", "five", "kubernetes", "k8s", "cluster", "manager"]
QUERIES = [
    *("rye bread", "rye salt oven", "bred~ salt", "25 breads", "k8s rye", '"rye bread" salt', "(rye AND salt) OR 25"),
    *("bre* rye", "bread -salt", "title:budget rye", "anna bread", "ryee bread salt", "budget rye rye"),
    *("cluster manager", "salt speaker:anna", "bread OR breads OR k8s", '"salt rye"', "kubernets salt bread oven"),
    *("twenty five rye",),
]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.create(tmp_path_factory.mktemp("explained") / "index", "f") as created:
        yield created


def hits(index: Index, query: str, **more: object) -> tuple[Hit, ...]:
    return search(index, SearchRequest(query, explain=True, synonyms=SYNONYMS, **more)).hits


def parts(hit: Hit) -> dict[tuple[str, str], Part]:
    assert hit.explanation is not None
    return {(part.why, part.found or part.asked): part for part in hit.explanation.parts}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9), min_size=1, max_size=8),
    st.lists(st.sampled_from(QUERIES), min_size=4, max_size=4),
)
def test_the_parts_add_up_to_the_score_that_ranked(scratch: Index, said: list[list[str]], queries: list[str]) -> None:
    half = len(said) // 2 + 1
    scratch.rewrite([recording("t0", *(" ".join(one) for one in said[:half]))], 1, "f")
    scratch.write([recording("t1", *(" ".join(one) for one in said[half:]))], 2)
    for query in queries:
        for hit in hits(scratch, query, limit=50):
            assert hit.explanation is not None
            assert hit.explanation.score == pytest.approx(hit.score, abs=2e-6), (query, hit.explanation)
            assert all(part.score < 0 for part in hit.explanation.parts if part.why in ("lacking", "below"))


def test_tells_which_words_were_found_how_where_and_when(index: Index) -> None:
    told = segment("t0", 0, "rye, rye and the breads of k8s", title="Salt", speaker="Ann Lee")
    index.write([("t0", [Document(told.payload, ((0, 1.5), (5, 4.0)))])], 1)
    (hit,) = hits(index, "rye bread kubernetes salt ann")
    found = parts(hit)
    assert [*found][:5] == [
        ("typed", "rye"),
        ("form", "breads"),
        ("synonym", "k8s"),
        ("typed", "salt"),
        ("typed", "ann"),
    ]
    rye = found["typed", "rye"]
    assert (rye.times, rye.at, rye.field) == (2, (1.5, 4.0), "text")
    assert rye.sentence == "“rye” in what is said, 2 times: as it was typed"
    assert (
        found["form", "breads"].sentence == "“breads” in what is said: another form of “bread”, with 0.6 of the weight"
    )
    assert (
        found["synonym", "k8s"].sentence
        == "“k8s” in what is said: another name for “kubernetes”, with 0.8 of the weight"
    )
    assert found["typed", "salt"].sentence == "“salt” in the recording's title: as it was typed, with 0.6 of the weight"
    assert found["typed", "ann"].to_json()["field"] == "speaker"


def test_tells_corrections_and_other_spellings(index: Index) -> None:
    index.write([recording("t0", "it took twenty five days to bake the bread", title="x", speaker=None)], 1)
    (hit,) = hits(index, "25 braed")
    found = parts(hit)
    assert found["correction", "bread"].asked == "braed" and found["spelling", "twenty five"].asked == "25"
    (hit,) = hits(index, "braed~")
    assert parts(hit)["correction", "bread"].sentence == "“bread” in what is said: for “braed”, which nobody said"


def test_tells_corrections_beside_what_was_taken_apart(index: Index) -> None:
    index.write([recording("t0", "bread with salt, then rye and oven", title="x", speaker=None)], 1)
    for query in ("braed salt-oven rye", "salt-oven rye braed", "oven's salt-braed"):
        (hit,) = hits(index, query)
        found = parts(hit)
        assert found["correction", "bread"].asked.split()[-1] == "braed", query
        assert {why for why, word in found if word not in ("bread", "")} == {"typed"}


def test_tells_what_raised_and_what_lowered_a_score(index: Index) -> None:
    between = " ".join(f"w{n}" for n in range(25))
    texts = (f"rye bread {between} salt", "rye bread", "rye", "bread", "salt")
    index.write([(f"t{at}", [segment(f"t{at}", 0, text, title="x", speaker=None)]) for at, text in enumerate(texts)], 1)
    best, other = hits(index, "rye bread salt")
    assert parts(best)["nearness", ""].share > 0
    assert [part.why for part in other.explanation.parts][2:] == ["lacking", "nearness", "below"]  # type: ignore[union-attr]
    assert "lacks “salt”" in parts(other)["lacking", "salt"].sentence


def test_tells_recency_and_nothing_where_nothing_is_looked_for(index: Index) -> None:
    index.write([recording("t0", "rye", title="x")], 1)
    (hit,) = hits(index, "", collections=("Board",))
    told = hit.to_json()["explanation"]
    assert told == {
        "score": 0,
        "parts": [],
        "recency": "recorded on 2025-01-01: of equal hits the newest comes first",
    }
    assert "explanation" not in search(index, SearchRequest("rye")).hits[0].to_json()


def test_explains_the_others_of_a_recording_and_the_best_of_a_passage(index: Index) -> None:
    index.write([recording("t0", "rye", "rye rye", "salt", "rye", title="x")], 1)
    (hit,) = hits(index, "rye", group=True, merge=True)
    for one in (hit, *hit.more):
        assert one.explanation is not None and one.explanation.score == pytest.approx(one.score)
