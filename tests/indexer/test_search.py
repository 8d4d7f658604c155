"""Search: the syntax, the order, the snippets, the hints, and what stays hidden."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from indexer import Asker
from indexer.plan import Scope
from indexer.search import SearchRequest, SearchResult
from indexer.snippet import Marks, snippet
from indexer.store import Index
from tests.indexer.support import find, recording, sample, segment, transcript


@pytest.fixture
def filled(index: Index) -> Index:
    day = {"createdAt": 1_750_000_000}  # 2025-06-15
    index.write(
        [
            (
                "t1",
                [
                    transcript("t1"),
                    segment("t1", 0, "Welcome. We talk about the budget", tags=["finance"]),
                    segment("t1", 1, "for next year. Müller doesn't agree with the plan.", tags=["finance"]),
                    segment("t1", 2, "Please e-mail the planning sheet to 東京.", speaker="Bob Roy"),
                ],
            ),
            ("t2", [segment("t2", 0, "Kubernetes budget limits", title="Platform", collection="Engineering", **day)]),
            ("t3", [segment("t3", 0, "nobody knows who said this", title="Platform", speaker=None, **day)]),
            ("c1", [sample("c1", 0, "the budget of the moon")]),
        ],
        1,
    )
    return index


def ids(result: SearchResult) -> set[str]:
    return {hit.id for hit in result.hits}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kubernetes", {"t20000"}),
        ("KUBERNETES Limits", {"t20000"}),
        ("muller", {"t10001"}),
        ("talk about", {"t10000"}),
        ("platform", {"t20000", "t30000"}),
        ("platform kubernetes", {"t20000"}),
        ("anna next", {"t10001"}),
        ('"talk about the budget"', {"t10000"}),
        ('"about talk"', set()),
        ('"budget review"', {"t10000"}),  # the title of all three, which stands once
        ("“talk about”", {"t10000"}),
        ("kubernetes OR agree", {"t20000", "t10001"}),
        ("budget AND limits", {"t20000"}),
        ("budget NOT limits", {"t10000"}),
        ("budget -limits -welcome", {"t10001"}),
        ("(agree OR limits) budget", {"t10001", "t20000"}),
        ("plan*", {"t10001", "t10002"}),
        ("plan", {"t10001", "t10002"}),  # planning
        ("planned sheets", {"t10002"}),
        ("speaker:bob", {"t10002"}),
        ('speaker:"anna maier" next', {"t10001"}),
        ("speaker:nobody", set()),
        ("in:engineering", {"t20000"}),
        ("collection:Board please", {"t10002"}),
        ("tag:finance year", {"t10001"}),
        ("title:platform", {"t20000", "t30000"}),
        ("title:budget kubernetes", set()),
        ("after:2025-06-01", {"t20000", "t30000"}),
        ("at:0:20-0:41 budget", {"t10001"}),  # segments begin every 20.5 seconds
        ("at:20.5-", set()),  # no time: words
        ("at:21-", {"t10002"}),
        ("at:-0:20 budget", {"t10000", "t20000"}),
        ("budget -at:-0:20", {"t10001"}),
        ("at:0:00:20-41", {"t10001"}),
        ("at:1:00:00- kind:all", set()),
        ("at:-1 kind:all", {"t10000", "t20000", "t30000"}),  # a transcript and a sample begin nowhere
        ("before:2025-06 budget", {"t10000"}),
        ("after:2025-06-15 before:2025-06-16 limits", {"t20000"}),
        ("after:2025-06-16 limits", set()),
        ("kind:sample budget", {"c10000"}),
        ("e-mail", {"t10002"}),
        ("email", {"t10002"}),
        ("doesn't", {"t10001"}),
        ("東京", {"t10002"}),
        ("京東", set()),
        ("said -who", set()),
    ],
)
def test_syntax(filled: Index, query: str, expected: set[str]) -> None:
    result = find(filled, query)
    assert ids(result) == expected
    assert result.total == len(expected)


class TestPhrases:
    def test_over_the_border_of_two_segments(self, filled: Index) -> None:
        result = find(filled, '"the budget for next year"')
        assert ids(result) == {"t10000"}
        assert result.hits[0].snippet == "Welcome. We talk about <b>the budget</b>"

    def test_the_next_segment_alone_is_not_a_hit_of_this_one(self, filled: Index) -> None:
        assert ids(find(filled, '"for next year"')) == {"t10001"}
        assert ids(find(filled, "year")) == {"t10001"}

    def test_over_a_short_segment(self, index: Index) -> None:
        index.write([recording("t1", "I would say so", "yes", "and no more than that")], 1)
        assert ids(find(index, '"say so yes and no"')) == {"t10000"}
        assert ids(find(index, '"yes and"')) == {"t10001"}

    def test_by_eight_words_into_the_next_segment_and_no_more(self, index: Index) -> None:
        index.write([recording("t1", "we come to the end", "of all that was said here today by everybody")], 1)
        assert ids(find(index, '"the end of all that was said here today by"')) == {"t10000"}
        result = find(index, '"the end of all that was said here today by everybody"')
        assert result.total == 0 and "Try fewer words, or without quotation marks." in result.hints

    def test_not_over_the_border_of_two_recordings(self, index: Index) -> None:
        index.write([recording("t1", "the very end"), recording("t2", "begins here")], 1)
        assert find(index, '"end begins"').total == 0


class TestSamples:
    def test_are_hidden_unless_asked_for(self, filled: Index) -> None:
        assert find(filled, "moon").total == 0
        assert any("--kind all" in hint for hint in find(filled, "moon").hints)
        for kind in ("sample", "all"):
            (hit,) = find(filled, "moon", kind=kind).hits
            assert (hit.id, hit.kind, hit.generated) == ("c10000", "sample", True)

    def test_nothing_else_is_generated(self, filled: Index) -> None:
        result = find(filled, "budget", kind="all")
        assert {hit.id for hit in result.hits if hit.generated} == {"c10000"}
        assert "t1" in ids(result)


class TestFilters:
    def test_each(self, filled: Index) -> None:
        assert ids(find(filled, "budget", speakers=("bob roy",))) == {"t10002"}
        assert ids(find(filled, "budget", speakers=("Bob Roy", "Anna"), tags=("Finance",))) == {"t10000"}
        assert ids(find(filled, "budget", collections=("engineering",))) == {"t20000"}
        assert ids(find(filled, "budget", after=date(2025, 2, 1))) == {"t20000"}
        assert ids(find(filled, "budget limits", before=date(2025, 2, 1))) == {"t10000"}

    def test_alone_list_newest_first(self, filled: Index) -> None:
        listed = [hit.id for hit in find(filled, "", collections=("Board", "Engineering")).hits]
        assert listed == ["t20000", "t30000", "t10000", "t10001", "t10002"]

    def test_an_empty_query_finds_nothing_and_says_why(self, filled: Index) -> None:
        for query in ("", "   ", "?!", '""'):
            result = find(filled, query)
            assert result.total == 0
            assert len(result.hints) == 1


class TestOrder:
    def test_relevance_then_id_however_written(self, index: Index) -> None:
        index.write([recording("t2", "same words")], 1)
        index.write([recording("t1", "same words")], 2)
        index.write([recording("t3", "same words same words")], 3)
        assert [hit.id for hit in find(index, "words").hits] == ["t30000", "t10000", "t20000"]
        assert [hit.id for hit in find(index, "words", limit=1, offset=1).hits] == ["t10000"]
        assert [hit.id for hit in find(index, "words", limit=5, offset=2).hits] == ["t20000"]

    def test_by_date_and_by_start(self, filled: Index) -> None:
        assert find(filled, "budget", sort="date").hits[0].id == "t20000"
        by_start = [hit.id for hit in find(filled, "budget", sort="start").hits]
        assert by_start == ["t10000", "t20000"]

    def test_limits(self, filled: Index) -> None:
        assert len(find(filled, "budget", limit=100_000).hits) == 2
        nothing = find(filled, "budget", limit=0)
        assert (nothing.hits, nothing.total) == ((), 2)
        assert find(filled, "budget", offset=50).hits == ()

    @pytest.mark.parametrize("wrong", [{"limit": -1}, {"limit": 100_001}, {"offset": -1}, {"kind": "x"}, {"sort": "x"}])
    def test_nonsense_is_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValueError):
            SearchRequest("x", **wrong)


class TestHints:
    def test_unknown_word_and_another_spelling(self, filled: Index) -> None:
        result = find(filled, "Kubernets budgt")
        assert result.did_you_mean == "Kubernets budget"  # the stem of the first word is that of kubernetes
        assert ids(result) == {"t20000"}
        assert "“budgt”" in result.hints[0]
        assert find(filled, "xyzzyx").did_you_mean is None
        assert find(filled, "kubernetes").did_you_mean is None

    def test_not_all_words_together(self, filled: Index) -> None:
        result = find(filled, "kubernetes welcome")
        assert ids(result) == {"t10000", "t20000"}
        assert any("some of them" in hint for hint in result.hints)
        assert find(filled, "kubernetes AND welcome").total == 0

    def test_filters_that_leave_nothing(self, filled: Index) -> None:
        hints = " ".join(find(filled, "kubernetes", speakers=("Bob Roy",)).hints)
        assert "leave out all 1" in hints
        assert "There is no speaker “Zoe”." in find(filled, "budget", speakers=("Zoe",)).hints

    @pytest.mark.parametrize(
        ("typed", "hint"),
        [
            ("speaker:mayer budget", "There is no speaker “mayer”; the nearest is “Anna Maier”."),
            ('speaker:"ana maier"', "There is no speaker “ana maier”; the nearest is “Anna Maier”."),
            ("speaker:bxx budget", "There is no speaker “bxx”."),
            ("tag:finanse", "There is no tag “finanse”; the nearest is “finance”."),
            ("in:bord budget", "There is no collection “bord”; the nearest is “Board”."),
            ("lang:germn", "There is no language “germn”; the nearest is “de”."),
            ("lang:fr see", "There is no language “fr”."),
        ],
    )
    def test_names_that_nobody_has_and_the_nearest(self, filled: Index, typed: str, hint: str) -> None:
        german = transcript("d1", customProperties=[{"name": "language", "value": "de"}])
        filled.write([("d1", [german, segment("d1", 0, "die Häuser am See", title="Haus")])], 2)
        result = find(filled, typed)
        assert result.total == 0 and hint in result.hints
        assert not any("There is no" in one for one in find(filled, "speaker:anna budget lang:german").hints)

    @pytest.mark.parametrize(
        "query",
        [
            '"budget',
            "(budget",
            "budget)",
            "budget AND",
            "OR budget",
            "NOT",
        ],
    )
    def test_bad_syntax_is_searched_as_words_and_said(self, filled: Index, query: str) -> None:
        result = find(filled, query)
        assert "The query was searched as plain words." in result.hints[0]

    @pytest.mark.parametrize(
        "bad",
        ["after:june", "kind:june", "at:june", "at:5", "at:-", "at:20-10", "at:1:2:3:4-", 'before:"in june"', "tag:"],
    )
    def test_a_bad_filter_is_words_and_the_others_hold(self, filled: Index, bad: str) -> None:
        for query in (f"speaker:bob budget {bad}", f"{bad} speaker:bob budget", f"(speaker:bob budget {bad})"):
            result = find(filled, query)
            assert "That part was searched as words." in result.hints[0]
            assert ids(result) == {"t10002"}  # by its title
        assert ids(find(filled, "after:talk budget")) == {"t10000"}
        assert ids(find(filled, "budget -after:talk")) == {"t10001", "t20000"}

    def test_of_many_filters_the_first_hold_and_names_are_walked_through_once(
        self, filled: Index, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        walked: list[str] = []
        within = Scope.lexicon

        def noted(self: Scope, name: str, prefix: str = "") -> Iterable[str]:
            walked.append(name)
            return within(self, name, prefix)

        monkeypatch.setattr(Scope, "lexicon", noted)
        result = find(filled, " ".join(f"speaker:nobody{n}" for n in range(60)))
        assert result.total == 0 and walked.count("speaker") <= 1 + 3
        assert "The query has many filters: only the first 32 were searched." in result.hints
        assert [hint for hint in result.hints if "There is no speaker" in hint] == [
            f"There is no speaker “nobody{n}”." for n in range(3)
        ]
        assert find(filled, " ".join(["speaker:anna"] * 32 + ["speaker:nobody"])).total > 0

    def test_long_queries_are_cut_and_said(self, filled: Index) -> None:
        assert any("first 32" in hint for hint in find(filled, "budget " * 50).hints)
        assert any("1,000 characters" in hint for hint in find(filled, "budget " * 500).hints)


class TestSnippets:
    def test_is_escaped_and_marked(self, index: Index) -> None:
        index.write([recording("t1", "a <b>bold</b> claim & more")], 1)
        assert find(index, "claim").hits[0].snippet == "a &lt;b&gt;bold&lt;/b&gt; <b>claim</b> &amp; more"

    def test_is_short_and_of_whole_words(self, index: Index) -> None:
        text = " ".join(f"word{n}" for n in range(200)) + " the needle is here " + "tail " * 100
        index.write([recording("t1", text)], 1)
        for query in ("needle", '"needle is here"', "need*"):
            shown = find(index, query).hits[0].snippet
            assert "<b>needle" in shown
            assert shown.startswith("… word")
            assert shown.endswith("tail …")
            assert len(shown) < 230
        assert "<b>needle is here</b>" in find(index, '"needle is here"').hits[0].snippet

    def test_a_phrase_that_overlaps_with_itself_is_marked_once(self) -> None:
        phrase = Marks(phrases=(("thank", "you", "thank", "you"),))
        assert snippet("So thank you thank you thank you.", phrase) == "So <b>thank you thank you thank you</b>."

    def test_of_a_hit_in_the_title_begins_the_text(self, filled: Index) -> None:
        (hit,) = find(filled, "platform nobody", limit=1).hits
        assert hit.snippet == "<b>nobody</b> knows who said this"
        assert find(filled, "title:platform limits").hits[0].snippet == "Kubernetes budget <b>limits</b>"


def test_facets_count_all_matches(filled: Index) -> None:
    facets = find(filled, "budget", limit=1).facets
    assert facets["speaker"] == [{"value": "Anna Maier", "count": 2}]
    assert facets["collection"] == [{"value": "Board", "count": 1}, {"value": "Engineering", "count": 1}]
    assert facets["tag"] == [{"value": "finance", "count": 1}]
    assert find(filled, "budget", facets=False).facets == {}


def test_the_json_contract(filled: Index) -> None:
    result = find(filled, "kubernetes")
    told = json.loads(json.dumps(result.to_json()))
    assert list(told) == ["query", "total", "took_ms", "did_you_mean", "facets", "hits", "hints"]
    (hit,) = told["hits"]
    assert hit.pop("score") > 0
    assert hit == {
        "id": "t20000",
        "kind": "segment",
        "title": "Platform (0:00)",
        "speaker": "Anna Maier",
        "start": 0.0,
        "end": 20.0,
        "at": 0.0,
        "url": "https://v.example/t2?t=0",
        "text": "Kubernetes budget limits",
        "snippet": "<b>Kubernetes</b> budget limits",
        "transcript_id": "t2",
        "collection": "Engineering",
        "generated": False,
        "held": False,
        "quality": None,
        "recorded": "2025-06-15",
    }
    assert result.to_json(full=True)["hits"][0]["document"] == filled.get("t20000").payload  # type: ignore[union-attr]


class TestPermissions:
    @pytest.fixture
    def guarded(self, index: Index) -> Index:
        index.write(
            [
                recording("t1", "shared topic", permissions={"allowAllDatasourceUsersAccess": True}),
                recording("t2", "secret topic zanzibar", speaker="Anna", permissions={"allowedGroups": ["board"]}),
                recording("t3", "nobody topic", permissions=None),
                recording("t4", "public topic", permissions={"allowAnonymousAccess": True}),
                recording(
                    "t5",
                    "narrow topic",
                    permissions={"allowedGroupIntersections": [{"requiredGroups": ["emea", "managers"]}]},
                ),
            ],
            1,
        )
        return index

    @pytest.mark.parametrize(
        ("asker", "seen"),
        [
            (None, {"t1", "t2", "t3", "t4", "t5"}),
            (Asker("ann@example.com"), {"t1", "t4"}),
            (Asker("ann@example.com", member=False), {"t4"}),
            (Asker("ann@example.com", frozenset({"board"})), {"t1", "t2", "t4"}),
            (Asker("ann@example.com", frozenset({"emea"})), {"t1", "t4"}),
            (Asker("ann@example.com", frozenset({"emea", "managers", "x"})), {"t1", "t4", "t5"}),
        ],
    )
    def test_who_sees_what(self, guarded: Index, asker: Asker | None, seen: set[str]) -> None:
        result = find(guarded, "topic", asker=asker)
        assert {hit.transcript_id for hit in result.hits} == seen
        assert result.total == len(seen) == sum(one["count"] for one in result.facets["collection"])

    def test_nothing_hidden_shows_through(self, guarded: Index) -> None:
        stranger = Asker("eve@example.com")
        for query in ("zanzibar", "zanzibr", "zanz*", "speaker:anna zanzibar"):
            result = find(guarded, query, asker=stranger)
            told = json.dumps(result.to_json())
            assert result.total == 0
            assert result.did_you_mean is None
            assert "secret" not in told
            assert "match" not in " ".join(result.hints)
        assert find(guarded, "zanzibr").did_you_mean == "zanzibar"

    def test_a_hidden_name_is_nearest_to_nothing(self, guarded: Index) -> None:
        guarded.write(
            [recording("t6", "secret topic", speaker="Zoe Zanzibar", permissions={"allowedGroups": ["x"]})], 2
        )
        guarded.write([recording("t7", "topic", speaker="Anna Manzibar")], 3)
        request = {"query": "speaker:zanzibr topic"}
        assert "“Zoe Zanzibar”" in " ".join(find(guarded, **request).hints)
        told = find(guarded, **request, asker=Asker("eve@example.com")).hints
        assert "There is no speaker “zanzibr”; the nearest is “Anna Manzibar”." in told

    def test_a_hidden_name_does_not_stand_before_a_visible_one(self, guarded: Index) -> None:
        stranger = Asker("eve@example.com")
        assert find(guarded, "topic", speakers=("anna",), asker=stranger).total == 2
        assert {hit.id for hit in find(guarded, "topic", speakers=("anna",)).hits} == {"t20000"}
