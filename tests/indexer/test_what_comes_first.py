"""In which order hits come, a moment or a recording each, what is counted beside them, and where their links open."""

from __future__ import annotations

import pytest

from indexer import Document
from indexer.store import Index
from tests.indexer.support import QUIET, find, ids, recording, said, segment


def test_all_words_come_before_most_of_them(index: Index) -> None:
    said(index, "rye flour and salt", "rye flour", "salt flour and water", "rye rye rye", "water")
    result = find(index, "rye flour salt")
    assert ids(result)[0] == "t0" and set(ids(result)) == {"t0", "t1", "t2"}
    assert [hit.score for hit in result.hits] == sorted((hit.score for hit in result.hits), reverse=True)
    assert "1 has all of these words; 2 more have most of them." in result.hints
    assert ids(find(index, "rye AND flour AND salt")) == ["t0"]


class TestOverABorder:
    """Plain words of which some are said at the end of one moment and the others at the start of the next."""

    @pytest.fixture
    def archive(self, index: Index) -> Index:
        split = recording("t1", "we bake with rye", "breads of all kinds, and rolls", "salt", **QUIET)
        apart = recording("t2", "bread", "and now for something that is not at all of ovens", "rye", **QUIET)
        index.write([split, apart, recording("t3", "rye rye rye", **QUIET)], 1)
        return index

    @pytest.fixture
    def split(self, index: Index) -> Index:
        here, then = "gradient descent in an e-mail of today", "here with an optimizer that is all of our own"
        index.write([recording("t1", here, then, **QUIET)], 1)
        return index

    @pytest.mark.parametrize("query", ["rye bread", "bread rye", "rye kind", "rye breads -salt"])
    def test_come_before_single_ones(self, archive: Index, query: str) -> None:
        result = find(archive, query, explain=True)
        best = result.hits[0]
        assert best.id == "t10000" and best.snippet == "we bake with <b>rye</b>"
        assert "next" in {part.why for part in best.explanation.parts}  # type: ignore[union-attr]
        assert best.explanation.score == pytest.approx(best.score)  # type: ignore[union-attr]
        assert not any("Nothing has all" in hint for hint in result.hints)

    @pytest.mark.parametrize(
        ("query", "behind"),
        [
            ('"gradient descent" optimizer', "optimizer"),
            ("gradient-descent optimizers", "optimizer"),
            ("email optimizer", "optimizer"),
            ('gradient "an optimizer"', "an optimizer"),
            ("today an-optimizer", "an optimizer"),
            ("(gradient OR hill) (bread OR optimizer)", "optimizer"),
            ("grad* optimizer", "optimizer"),
        ],
    )
    def test_phrases_and_what_is_typed_as_one_too(self, split: Index, query: str, behind: str) -> None:
        result = find(split, query, explain=True)
        parts = result.hits[0].explanation.parts  # type: ignore[union-attr]
        assert result.hits[0].id == "t10000" and not any("Nothing has all" in hint for hint in result.hints)
        assert {part.found for part in parts if part.why == "next"} == {behind}
        assert sum(part.score for part in parts) == pytest.approx(result.hits[0].score)

    # Behind the first eight words; not in a row; and of beginnings there is no end.
    @pytest.mark.parametrize("query", ['gradient "our own"', 'gradient "optimizer with"', "gradient opt*"])
    def test_but_no_others(self, split: Index, query: str) -> None:
        assert any("Nothing has all" in hint for hint in find(split, query).hints)

    def test_come_below_what_has_all_of_them(self, archive: Index) -> None:
        archive.write([recording("t4", "bread, long before there was any rye", **QUIET)], 2)
        assert [hit.id for hit in find(archive, "rye bread").hits][:2] == ["t40000", "t10000"]

    def test_words_of_the_next_moment_alone_are_no_hit_of_this(self, archive: Index) -> None:
        assert "t10000" not in [hit.id for hit in find(archive, "breads kinds").hits]
        assert find(archive, "rye AND bread").total == 0
        both = [segment("t5", 0, "the oven", speaker="Ann"), segment("t5", 1, "is hot", speaker="Bob")]
        archive.write([("t5", both)], 3)
        assert find(archive, "speaker:bob oven hot").hits[0].id == "t50001"
        assert find(archive, "speaker:ann oven hot").hits[0].id == "t50000"
        assert find(archive, "speaker:ann is hot").total == 0
        titled = [segment("t6", 0, "salt", title="Oven", speaker="Ann"), segment("t6", 1, "is very hot", speaker="Bob")]
        archive.write([("t6", titled)], 4)  # by its title and by what is said next, and says neither
        assert "Nothing has all of these words together" in find(archive, "speaker:ann oven very").hints[0]


def test_words_that_stand_together_come_first(index: Index) -> None:
    said(index, "state of the art, and some proof of that", "art in a state of proof", "a proof of the state")
    assert ids(find(index, "proof state"))[0] == "t2"
    said(index, "the market fee one", "fee for the market", "one the fee market")
    assert ids(find(index, "fee market")) == ["t2", "t0", "t1"]


def test_newer_first_where_equal(index: Index) -> None:
    days = [1_700_000_000, 1_750_000_000, 1_600_000_000]
    index.write([(f"t{at}", [segment(f"t{at}", 0, "bread", **QUIET, createdAt=day)]) for at, day in enumerate(days)], 1)
    assert ids(find(index, "bread")) == ["t1", "t0", "t2"]


def test_of_many_equal_ones_the_newest_and_then_the_first_by_id_are_shown(index: Index) -> None:
    days = [1_700_000_000 + 86_400 * (number % 7) for number in range(60)]
    for part in (range(0, 60, 2), range(1, 60, 2)):  # two segments of the index
        index.write(
            [(f"t{n:02d}", [segment(f"t{n:02d}", 0, "a loaf", createdAt=days[n], **QUIET)]) for n in part], part.start
        )
    expected = [f"t{n:02d}" for n in sorted(range(60), key=lambda n: (-days[n], n))]
    for limit in (1, 5, 10, 50, 60):
        assert ids(find(index, "loaf", limit=limit)) == expected[:limit]


def test_the_time_of_a_hit_is_that_of_its_cue(index: Index) -> None:
    told = segment("t0", 1, "first the flour, then the salt, at last the oven", **QUIET)
    timed = Document(told.payload, ((0, 20.5), (17, 24.25), (32, 31.0)))
    index.write([("t0", [timed, segment("t0", 2, "no cues are known of this bread", **QUIET)])], 1)

    def at(query: str) -> float | None:
        return find(index, query).hits[0].at

    assert (at("flour"), at("salt"), at("oven"), at('"the oven"'), at("then")) == (20.5, 24.25, 31.0, 31.0, 24.25)
    assert at("talk") == 20.5  # the title's word: the segment as a whole
    assert at("bread") == 41.0
    assert index.get("t00001") == timed == told


def test_a_recording_a_hit(index: Index) -> None:
    index.write(
        [
            recording("t0", "rye bread", "more of the rye bread, and bread", "salt", **QUIET),
            recording("t1", "bread at last, and a great many other words about ovens", **QUIET),
            recording("t2", "salt", **QUIET),
        ],
        1,
    )
    result = find(index, "bread", group=True)
    assert result.total == 2 and find(index, "bread").total == 3
    best, other = result.hits
    assert {best.id, *(hit.id for hit in best.more)} == {"t00000", "t00001"} and best.moments == 2
    assert best.score >= best.more[0].score
    assert other.id == "t10000" and other.moments == 1 and other.more == ()
    assert [hit.id for hit in find(index, "bread", group=True, limit=1, offset=1).hits] == ["t10000"]
    assert [hit.id[:2] for hit in find(index, "bread", group=True, sort="start").hits] == ["t0", "t1"]
    assert result.to_json()["hits"][0]["more"][0]["id"] == best.more[0].id


def test_facets_by_month_language_and_quality(index: Index) -> None:
    said(index, "bread", "bread", language="de", createdAt=1_750_000_000)
    facets = find(index, "bread").facets
    assert facets["month"] == [{"value": "2025-06", "count": 2}]
    assert facets["language"] == [{"value": "de", "count": 2}]
    assert facets["quality"] == []


def test_paging_gives_every_hit_once(index: Index) -> None:
    said(index, *[" ".join(["bread"] * (1 + at % 3) + ["and salt"] * (at % 2)) for at in range(45)])
    for query in ("bread", "bread salt", "bread salt oven"):
        whole = ids(find(index, query, limit=100))
        pages = [hit for page in range(0, 45, 7) for hit in ids(find(index, query, limit=7, offset=page))]
        assert pages == whole and len(set(whole)) == len(whole)


def test_a_hit_with_all_words_stands_above_nearer_ones_with_most(index: Index) -> None:
    between = " ".join(f"w{n}" for n in range(25))
    said(index, f"rye {between} flour {between} salt", "rye flour and water", "rye", "flour", "salt")
    assert ids(find(index, "rye flour salt"))[0] == "t0"


def test_the_link_opens_where_the_words_stand_together(index: Index) -> None:
    text = "the fork was mentioned before, then we talk, and now the fork choice rule"
    told = segment("t0", 0, text, **QUIET)
    index.write([("t0", [Document(told.payload, ((0, 0.0), (31, 8.0), (45, 16.0)))])], 1)
    assert find(index, "fork choice rule").hits[0].at == 16.0
    assert find(index, "fork").hits[0].at == 0.0


def test_recordings_are_in_the_order_of_their_days_whatever_was_written_first(index: Index) -> None:
    days = [1_700_000_000, 1_750_000_000, 1_600_000_000]
    groups = [(f"t{at}", [segment(f"t{at}", 0, "bread", **QUIET, createdAt=day)]) for at, day in enumerate(days)]
    for order in (groups, groups[::-1]):
        index.rewrite(order, 1, "f")
        assert ids(find(index, "bread", group=True)) == ids(find(index, "bread")) == ["t1", "t0", "t2"]
