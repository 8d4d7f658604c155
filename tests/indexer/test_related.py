"""From something found to its words in the recording, and to moments like it."""

from __future__ import annotations

import json

import pytest

from indexer import Asker, Document
from indexer.occurrences import Occurrences, occurrences
from indexer.search import SearchRequest
from indexer.similar import Similar, similar, spread
from indexer.store import Index
from tests.indexer.support import recording, sample, segment

QUIET = {"title": "Talk", "collection": "x", "speaker": None}
SYNONYMS = (("kubernetes", "k8s"),)


def count(index: Index, query: str, group: str = "t0", **more: object) -> Occurrences:
    return occurrences(index, group, SearchRequest(query, synonyms=SYNONYMS, **more))


def counted(told: Occurrences) -> dict[str, int]:
    return {one.word: one.count for one in told.words}


class TestOccurrences:
    @pytest.fixture
    def filled(self, index: Index) -> Index:
        texts = ("rye bread, and rye again", "breads of the", "old mill, 25 or twenty five", "k8s was on kubernetes")
        segments = [segment("t0", at, text, **QUIET) for at, text in enumerate(texts)]
        segments[0] = Document(segments[0].payload, ((0, 0.0), (11, 7.25)))
        index.write([("t0", segments), recording("t1", "rye rye rye", "ovens", **QUIET)], 1)
        return index

    @pytest.mark.parametrize(
        ("query", "counts"),
        [
            ("rye", {"rye": 2}),
            ("rye bread", {"rye": 2, "bread": 2}),
            ('"rye bread"', {"rye bread": 1}),
            ('"the old mill"', {"the old mill": 1}),  # over the border of two moments
            ('"old mill two"', {"old mill two": 0}),
            ("br*", {"br*": 2}),
            ("25", {"25": 2}),
            ("twenty five", {"twenty five": 2}),
            ("kubernetes", {"kubernetes": 2}),
            ("oven", {"oven": 0}),  # said in the other recording alone
            ("rye -again", {"rye": 0}),
            ("rye speaker:anna", {"rye": 0}),
            ("rye rye", {"rye": 2}),
            ('bread "bread"', {"bread": 2}),
            ('"bread" bread', {"bread": 2}),
            ('25 "25"', {"25": 2}),
            ("-title:Rye-Bread rye_bread", {"rye_bread": 1}),
        ],
    )
    def test_are_counted(self, filled: Index, query: str, counts: dict[str, int]) -> None:
        told = count(filled, query)
        assert counted(told) == counts
        assert told.total == sum(counts.values()) == len(told.occurrences)

    def test_words_said_apart_or_letter_by_letter_are_counted(self, index: Index) -> None:
        texts = ("the U.S.A. has a data base", "a database in the USA", "send e-mail")
        index.write([("t0", [segment("t0", at, text, **QUIET) for at, text in enumerate(texts)])], 1)
        assert counted(count(index, "usa database email")) == {"usa": 2, "database": 2, "email": 1}

    def test_are_told_as_they_were_typed_and_said(self, index: Index) -> None:
        texts = ("the U.S.A., where we don't know", "of max_iters, and the USA is", "state of the", "Art, they say")
        index.write([("t0", [segment("t0", at, text, **QUIET) for at, text in enumerate(texts)])], 1)
        told = count(index, 'usa "Don\'t know" max-iters U.S.A. "state of the art"')
        assert {one.word: one.said for one in told.words} == {
            "usa": {"U.S.A": 1, "usa": 1},
            "Don't know": {"don't know": 1},
            "max-iters": {"max_iters": 1},
            "U.S.A": {"U.S.A": 1, "usa": 1},
            "state of the art": {"state of the Art": 1},
        }

    def test_have_their_time_their_words_and_what_is_around(self, filled: Index) -> None:
        told = count(filled, "bread rye")
        assert [(one.word, one.said, one.at) for one in told.occurrences] == [
            ("rye", "rye", 0.0),
            ("bread", "bread", 0.0),
            ("rye", "rye", 7.25),
            ("bread", "breads", 20.5),
        ]
        assert told.occurrences[2].snippet == "rye bread, and <b>rye</b> again"
        assert told.words[0].said == {"bread": 1, "breads": 1}
        shown = json.loads(json.dumps(told.to_json()))
        assert shown["occurrences"][3]["segment_id"] == "t00001" and shown["total"] == 4

    def test_are_shown_with_little_of_a_long_text(self, index: Index) -> None:
        index.write([recording("t0", "x " * 300 + "<b> rye & " + "y " * 300, **QUIET)], 1)
        (one,) = count(index, "rye").occurrences
        assert one.snippet.startswith("… x x") and one.snippet.endswith("y y …") and len(one.snippet) < 220
        assert "&lt;b&gt; <b>rye</b> &amp; y" in one.snippet

    def test_of_a_misspelt_word_are_those_of_the_right_one(self, filled: Index) -> None:
        told = count(filled, "kubernetse")
        assert counted(told) == {"kubernetes": 1}
        assert told.hints == ("Nobody said “kubernetse”: “kubernetes” is counted for it.",)
        assert count(filled, "zzzz").hints == ("Nobody said “zzzz”.",)

    def test_of_nothing_are_none(self, filled: Index) -> None:
        assert count(filled, "?!").total == 0 and "Type what to count" in count(filled, "?!").hints[0]
        assert count(filled, "rye", group="nowhere").total == 0

    def test_are_those_of_what_the_asker_may_see(self, index: Index) -> None:
        hidden = {"allowedUsers": [{"email": "ann@x.example"}]}
        index.write([("t0", [segment("t0", 0, "rye"), segment("t0", 1, "rye bred rye", permissions=hidden)])], 1)
        assert count(index, "rye").total == 3
        assert count(index, "rye", asker=Asker("ann@x.example")).total == 3
        assert count(index, "rye", asker=Asker("bob@x.example")).total == 1
        told = count(index, "bread", asker=Asker("bob@x.example"))
        assert told.total == 0 and "bred" not in json.dumps(told.to_json())


class TestSimilar:
    @pytest.fixture
    def filled(self, index: Index) -> Index:
        index.write(
            [
                recording("t0", "the sourdough starter wants rye flour", "and now a word about the mill", **QUIET),
                recording("t1", "feed the starter of a sourdough", "the engine of the car", **QUIET),
                recording("t2", "rye flour for the starter, and a jar", "the engine again", **QUIET),
                recording("t3", "the sourdough starter wants rye flour, they said", "nothing of it", **QUIET),
                *[recording(f"u{at}", f"the weather of day {at} and the news of it", **QUIET) for at in range(30)],
                ("c1", [sample("c1", 0, "sourdough starter and rye")]),
            ],
            1,
        )
        return index

    def like(self, index: Index, ident: str, *, apart: bool = True, **more: object) -> Similar:
        document = index.get(ident)
        assert document is not None
        return similar(index, [document], SearchRequest("", **more), apart=document.group if apart else None)

    def test_are_moments_with_its_telling_words_the_most_alike_first(self, filled: Index) -> None:
        told = self.like(filled, "t00000")
        assert [hit.id for hit in told.result.hits] == ["t30000", "t20000", "t10000"]
        assert told.result.total == 3
        assert set(told.words) == {"sourdough", "starter", "wants", "rye", "flour"}
        assert max(told.words.values()) == 1 and "<b>rye</b> <b>flour</b>" in told.result.hits[1].snippet

    def test_are_of_other_recordings_unless_asked_for(self, filled: Index) -> None:
        filled.write([recording("t9", "sourdough and rye flour", "rye flour and sourdough, too", **QUIET)], 2)
        assert "t90001" not in {hit.id for hit in self.like(filled, "t90000").result.hits}
        found = {hit.id for hit in self.like(filled, "t90000", apart=False).result.hits}
        assert "t90001" in found and "t90000" not in found

    def test_of_a_whole_recording_and_of_a_sample(self, filled: Index) -> None:
        whole = list(filled.documents("segment", "t1"))
        told = similar(filled, whole, SearchRequest(""), apart="t1")
        assert {"engine", "sourdough"} <= set(told.words)
        assert {hit.id for hit in told.result.hits} == {"t00000", "t20000", "t20001", "t30000"}
        assert {hit.id for hit in self.like(filled, "c10000").result.hits} == {"t00000", "t10000", "t20000", "t30000"}

    def test_of_a_long_recording_look_at_some_of_it(self, filled: Index, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("indexer.similar.MOST", 10)
        said = [f"{'rye flour' if at % 2 else 'sourdough starter'} again, {at}" for at in range(95)]
        filled.write([recording("t9", *said, **QUIET)], 2)
        whole = list(filled.documents("segment", "t9"))
        assert [len(spread(whole[:size])) for size in (0, 1, 10, 11, 95)] == [0, 1, 10, 6, 10]
        told = similar(filled, whole, SearchRequest(""), apart="t9")
        assert "sourdough" in told.words and {hit.id for hit in told.result.hits} >= {"t00000", "t30000"}
        assert not [
            hit for hit in similar(filled, whole, SearchRequest(""), apart=None).result.hits if hit.id[:2] == "t9"
        ]

    def test_have_pages_and_recordings(self, filled: Index) -> None:
        first = self.like(filled, "t00000", limit=2).result
        rest = self.like(filled, "t00000", limit=2, cursor=first.next).result
        assert [hit.id for hit in (*first.hits, *rest.hits)] == ["t30000", "t20000", "t10000"] and not rest.next
        assert self.like(filled, "t00000", group=True).result.total == 3

    def test_of_what_is_like_nothing_are_none_and_said_so(self, filled: Index) -> None:
        filled.write([recording("t9", "quite unheard", **QUIET)], 2)
        told = self.like(filled, "t90000")
        assert told.result.hits == () and "Nothing else is like it" in told.result.hints[0]
        filled.write([recording("t9", "?!", **QUIET)], 3)
        assert self.like(filled, "t90000").words == {}

    def test_are_those_that_the_asker_may_see(self, filled: Index) -> None:
        hidden = {"allowedUsers": [{"email": "ann@x.example"}]}
        filled.write([recording("t3", "the sourdough starter wants rye flour", permissions=hidden, **QUIET)], 2)
        asker = Asker("bob@x.example")
        told = self.like(filled, "t00000", asker=asker)
        assert "t30000" not in {hit.id for hit in told.result.hits} and told.result.total == 2
        filled.write([("t3", [])], 3)
        assert self.like(filled, "t00000", asker=asker).words == told.words
