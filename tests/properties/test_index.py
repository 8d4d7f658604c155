"""Properties of the index: identity, no query that fails, rights by brute force."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from whoosh import query as whoosh
from whoosh.scoring import BM25F
from whoosh.searching import Searcher

from indexer import Asker, Document, access, numbers
from indexer import query as typed
from indexer.finding import read
from indexer.matching import BOOSTS, K1, B
from indexer.numbers import in_words, phrasings
from indexer.occurrences import occurrences
from indexer.ordering import highest
from indexer.plan import Scope
from indexer.said import Said
from indexer.search import Hit, SearchRequest, search
from indexer.similar import similar
from indexer.snippet import Marks, snippet
from indexer.store import Index
from indexer.syntax import parse
from indexer.text import acronyms, alone, fold, spans, words
from tests.indexer.support import recording, sample, segment

QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.create(tmp_path_factory.mktemp("properties") / "index", "f") as created:
        created.write(
            [
                recording("t1", "We talk about the budget", "for next year (really)", "e-mail 東京 don't", tags=["a"]),
                recording("t2", "anna and bob AND not or", "kind of", permissions={"allowedGroups": ["g"]}),
                ("c1", [sample("c1", 0, "a budget of air")]),
            ],
            1,
        )
        yield created


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.create(tmp_path_factory.mktemp("scratch") / "index", "f") as created:
        yield created


@settings(QUICK, max_examples=25)
@given(st.lists(st.tuples(TEXT, TEXT, st.dictionaries(TEXT, JSON, max_size=3)), min_size=1, max_size=6), st.integers())
def test_document_to_index_to_document_is_the_identity(
    scratch: Index, parts: list[tuple[str, str, dict[str, Any]]], number: int
) -> None:
    documents = [
        segment("t1", at, text, speaker=speaker, interactions=extra) for at, (text, speaker, extra) in enumerate(parts)
    ]
    scratch.rewrite([("t1", documents)], number, "f")
    assert [one.canonical for one in scratch.documents()] == [one.canonical for one in documents]
    assert [one.sha256 for one in scratch.documents()] == [one.sha256 for one in documents]
    assert scratch.generation == number


SYNTAX = st.sampled_from(
    [
        *("(", ")", '"', "-", "*", ":", "AND", "OR", "NOT", "speaker:", "in:", "tag:", "kind:", "before:", "title:"),
        *("after:2025-01-01", "kind:all", "tag:a", "speaker:anna", "budget", "talk", "b*", '"the', "東京", "'"),
        *("\\", "\x00", "(((", "--", "::", "a:b:c"),
    ]
)


@settings(QUICK, max_examples=300)
@given(st.text(max_size=40) | st.lists(SYNTAX, max_size=14).map(" ".join) | st.lists(SYNTAX, max_size=14).map("".join))
@example("\udcff speaker:\udcff in:\udcff tag:\udcff")
@example("(" * 500)
@example("-" * 500 + "a")
@example("NOT " * 200 + "a")
@example('"' + "budget " * 100 + '"')
@example("a* " * 100)
def test_no_query_fails(index: Index, query: str) -> None:
    for asker in (None, Asker("ann@example.com")):
        result = search(index, SearchRequest(query, kind="all", asker=asker))
        assert len(result.hits) == min(10, result.total)
        json.dumps(result.to_json(full=True))
    assert all(fold(query[start:end]) == word for word, start, end, _ in parse(query).words)


NUMERALS = st.sampled_from(
    [
        *("zero", "one", "two", "nine", "twelve", "nineteen", "twenty", "ninety", "oh", "o", "point", "and"),
        *(
            "hundred",
            "thousand",
            "million",
            "billion",
            "first",
            "hundredth",
            "billionth",
            "3",
            "7th",
            "25",
            "000",
            "100",
        ),
    ]
)


@settings(QUICK, max_examples=500)
@given(st.lists(NUMERALS, min_size=1, max_size=12).map(tuple), st.booleans())
@example(("nineteen", "hundred", "billion"), False)
@example(("two", "thousand", "three", "thousand"), False)
@example(("one", "hundred", "and", "million"), False)
def test_a_row_of_number_words_is_the_number_that_is_said(row: tuple[str, ...], together: bool) -> None:
    told = set(phrasings(row, together=together))
    for other in told if "point" not in row else ():  # all are the same; 1.209 may be one thousand, too
        assert other == row or told <= {*phrasings(other, together=True), other}
    if (value := numbers.number(row)) is not None:
        hundreds, rest = divmod(value, 100)
        counted = [*in_words(hundreds), "hundred", *(in_words(rest) if rest else [])]
        assert [word for word in row if word != "and"] in (in_words(value), counted)
    read(SearchRequest(" ".join(row)), " ".join(row))


@settings(QUICK, max_examples=200)
@given(st.text(max_size=300), st.lists(st.text(max_size=5), max_size=4), st.integers(10, 80))
def test_a_snippet_is_well_formed(text: str, wanted: list[str], width: int) -> None:
    looked_for = [word for item in wanted for word in words(item)]
    marks = Marks(frozenset(looked_for), tuple(looked_for[:1]), (tuple(looked_for),) if len(looked_for) > 1 else ())
    shown = snippet(text, marks, width)
    assert shown.count("<b>") == shown.count("</b>") == shown.count("<") / 2
    assert len(shown.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")) <= width + 8 + 7 * shown.count(
        "<b>"
    )


@settings(QUICK, max_examples=200)
@given(st.text(max_size=80))
def test_words_are_the_same_wherever_they_are_cut(text: str) -> None:
    found = list(spans(text))
    assert alone([word for word, _, _ in found]) == alone(words(text))
    assert all(fold(text[start:end]) == word for word, start, end in found)
    assert all(0 <= start < end <= len(text) for _, start, end in found)


SIGNS = st.text(
    st.sampled_from(["a", "b", "u", "U", "S", " ", ".", "-", "+", "#", "'", "_", "1", "é", "東"]), max_size=40
)


@settings(QUICK, max_examples=200)
@given(st.text(max_size=60) | SIGNS, st.integers(0, 60), st.integers(0, 60))
def test_what_is_looked_for_in_a_text_is_what_it_has(text: str, low: int, high: int) -> None:
    tokens, spelled = list(spans(text)), list(acronyms(text))
    said = Said(text)
    for found, known in ((said.of, tokens), (said.spelled, spelled)):
        for wanted in ({word for word, *_ in known[::2]}, {"us", "a", "c++"}):
            assert set(found(wanted)) == {token for token in known if token[0] in wanted}
    assert set(said.beginning(("a", "u"))) == {token for token in tokens if token[0].startswith(("a", "u"))}
    inside = [(start, end) for _, start, end in tokens if start >= low and end <= high]
    assert said.whole_words(low, high) == ((inside[0][0], inside[-1][1]) if inside else None)
    assert all(said.has_any([word]) for word, *_ in tokens)


@settings(QUICK, max_examples=200)
@given(
    st.lists(st.sampled_from([0.5, 1.0, 1.0000004, 1.0000006, 2.0, 7.25]), min_size=1, max_size=900), st.integers(1, 9)
)
def test_the_highest_scores_are_all_there(scores: list[float], count: int) -> None:
    least = round(sorted(scores, reverse=True)[:count][-1], 6)
    high = [place for place, score in enumerate(scores) if round(score, 6) >= least]
    assert set(high) <= set(highest(np.array(scores), count).tolist())


GROUPS = st.sampled_from(["a", "b", "c", "B", "a,b", '"', "é"])
EMAILS = st.sampled_from(["ann@x.com", "Bob@x.com", "bob@X.com", "eve@y.org"])
PERMISSIONS = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "allowAnonymousAccess": st.booleans(),
        "allowAllDatasourceUsersAccess": st.booleans(),
        "allowedUsers": st.none() | st.lists(st.fixed_dictionaries({"email": EMAILS}), max_size=2),
        "allowedGroups": st.none() | st.lists(GROUPS, max_size=2),
        "allowedGroupIntersections": st.lists(
            st.fixed_dictionaries({"requiredGroups": st.lists(GROUPS, max_size=3)}), max_size=2
        ),
    },
)
ASKERS = st.builds(Asker, EMAILS, st.frozensets(GROUPS, max_size=4), st.booleans())


def may_see(asker: Asker, permissions: dict[str, Any] | None) -> bool:
    """The rule itself, without tokens."""
    if permissions is None:
        return False
    emails = [user["email"].casefold() for user in permissions.get("allowedUsers") or ()]
    return bool(
        permissions.get("allowAnonymousAccess")
        or (permissions.get("allowAllDatasourceUsersAccess") and asker.member)
        or asker.email.casefold() in emails
        or asker.groups & set(permissions.get("allowedGroups") or ())
        or any(
            one["requiredGroups"] and asker.groups >= set(one["requiredGroups"])
            for one in permissions.get("allowedGroupIntersections") or ()
        )
    )


@settings(QUICK, max_examples=500)
@given(PERMISSIONS, ASKERS)
def test_tokens_say_what_the_rule_says(permissions: dict[str, Any] | None, asker: Asker) -> None:
    tokens = access.tokens(permissions)
    opened = tokens & asker.tokens() or any(asker.opens(token) for token in tokens)
    assert bool(opened) == may_see(asker, permissions)


@settings(QUICK, max_examples=20)
@given(st.lists(PERMISSIONS, min_size=1, max_size=8), st.lists(ASKERS, min_size=3, max_size=6))
def test_search_shows_what_the_rule_allows(
    scratch: Index, permissions: list[dict[str, Any] | None], askers: list[Asker]
) -> None:
    documents = [segment("t1", at, f"word{at} common", permissions=one) for at, one in enumerate(permissions)]
    scratch.rewrite([("t1", documents)], 1, "f")
    for asker in askers:
        allowed = {one.id for one in documents if may_see(asker, one.payload["permissions"])}
        for query in ("common", "word* -nothing", "in:board"):
            result = search(scratch, SearchRequest(query, limit=100, asker=asker))
            assert {hit.id for hit in result.hits} == allowed
            assert result.total == len(allowed)
    assert search(scratch, SearchRequest("common")).total == len(documents)


@given(JSON)
def test_odd_permissions_open_nothing_and_never_fail(odd: Any) -> None:
    for name in ("allowedUsers", "allowedGroups", "allowedGroupIntersections", "allowAnonymousAccess"):
        tokens = access.tokens({name: odd})
        if name == "allowAnonymousAccess":
            assert tokens == ({access.EVERYONE} if odd is True else set())
    assert (
        Document({"id": "a", "permissions": odd, "tags": odd, "body": odd, "customProperties": None}).text == "" or odd
    )


LETTERS = st.sampled_from("abcd")
QUERIES = st.recursive(
    LETTERS.map(lambda word: (word, lambda said: word in said)),
    lambda inner: (
        st.tuples(inner, inner).map(lambda two: (f"({two[0][0]} AND {two[1][0]})", _both(*two)))
        | st.tuples(inner, inner).map(lambda two: (f"({two[0][0]} OR {two[1][0]})", _either(*two)))
        | inner.map(lambda one: (f"(NOT {one[0]})", lambda said: not one[1](said)))
    ),
    max_leaves=6,
)


def _both(one: Any, other: Any) -> Any:
    return lambda said: one[1](said) and other[1](said)


def _either(one: Any, other: Any) -> Any:
    return lambda said: one[1](said) or other[1](said)


@settings(QUICK, max_examples=40)
@given(
    st.lists(st.lists(LETTERS, max_size=4), min_size=1, max_size=12),
    st.lists(QUERIES, min_size=4, max_size=8),
    st.integers(1, 3),
)
def test_logic_is_what_it_says(scratch: Index, texts: list[list[str]], queries: list[Any], commits: int) -> None:
    """AND, OR and NOT against Python's own, over one to three segments of the index, some documents replaced."""
    scratch.rewrite([("c1", [sample("c1", 0, "a b c d")])], 1, "f")
    for number in range(commits):
        part = range(number, len(texts), commits)
        old = [segment(f"g{number}", at, "a b c d", title="T", speaker=None) for at in part]
        new = [segment(f"g{number}", at, " ".join(texts[at]), title="T", speaker=None) for at in part]
        scratch.write([(f"g{number}", old)], 1)
        scratch.write([(f"g{number}", new)], 1)
    for query, rule in queries:
        expected = sum(1 for text in texts if rule(text))
        assert search(scratch, SearchRequest(query)).total == expected, query


SPOKEN = st.lists(
    st.sampled_from(["dough", "rye", "rye", "salt", "bread", "oven", "the", "the", "the"]), min_size=1, max_size=12
)
ASKED = st.recursive(
    st.sampled_from(["dough", "rye", "salt", "oven", "the", "anna"]).map(lambda word: typed.Word((word,)))
    | st.lists(st.sampled_from(["rye", "the"]), min_size=2, max_size=3).map(lambda row: typed.Phrase(tuple(row))),
    lambda inner: st.lists(inner, min_size=2, max_size=3).map(tuple).flatmap(
        lambda parts: st.sampled_from([typed.Any(parts), typed.All(parts), typed.All((*parts, typed.Not(parts[0])))])
    ),
    max_leaves=5,
)  # fmt: skip


@settings(QUICK, max_examples=40)
@given(st.lists(SPOKEN, min_size=1, max_size=8), st.lists(SPOKEN, max_size=4), ASKED)
def test_scores_are_whooshs_own(
    scratch: Index, first: list[list[str]], then: list[list[str]], node: typed.Node
) -> None:
    """Of words, phrases, OR, AND and NOT, document for document, to rounding; over several commits, some documents
    deleted.
    """
    scratch.rewrite([(f"a{n}", [segment(f"a{n}", 0, " ".join(said))]) for n, said in enumerate(first)], 1, "f")
    scratch.write([(f"a{n}", [segment(f"a{n}", 0, " ".join(said))]) for n, said in enumerate(then)], 2)
    with scratch.reading() as view:
        scope = Scope(view, None)
        for word in ("dough", "rye", "salt", "oven", "the", "anna"):
            view.once(("forms", word, None), tuple[str, ...])
        found = scope.matches(node)
        searcher = Searcher(view.reader, weighting=BM25F(B=B, K1=K1))
        results = searcher.search(as_whoosh(node), limit=None)
        theirs = {results.docnum(at): results.score(at) for at in range(len(results))}
    assert found.numbers.tolist() == sorted(theirs)
    assert found.scores.tolist() == pytest.approx([theirs[number] for number in sorted(theirs)])


def as_whoosh(node: typed.Node) -> whoosh.Query:
    """The same query as Whoosh has it; its own AndNot loses documents, so NOT is a set of ids left out."""
    match node:
        case typed.Word((word,)):
            return whoosh.Or([whoosh.Term(name, word, boost=boost) for name, boost in BOOSTS.items()])
        case typed.Phrase(row):
            return whoosh.Or([whoosh.Phrase(name, list(row), boost=boost) for name, boost in BOOSTS.items()])
        case typed.Any(parts):
            return whoosh.Or([as_whoosh(part) for part in parts])
        case typed.All(parts):
            wanted = whoosh.And([as_whoosh(part) for part in parts if not isinstance(part, typed.Not)])
            unwanted = [as_whoosh(part.part) for part in parts if isinstance(part, typed.Not)]
            return whoosh.And([wanted, *(whoosh.Not(each) for each in unwanted)]) if unwanted else wanted
    raise AssertionError(node)


HIDDEN = {"allowedUsers": [{"email": "ann@x.example"}]}
TYPED = st.lists(
    st.sampled_from(["rye", "salt", "merger", "mergr", "nothing", "oven", "ovens", "bread*", "oven~", "-salt"]),
    min_size=1,
    max_size=4,
)


@settings(QUICK, max_examples=60)
@given(
    st.lists(SPOKEN, min_size=1, max_size=6), st.lists(SPOKEN, max_size=6), TYPED.map(" ".join), st.booleans(),
    st.booleans(),
)  # fmt: skip
def test_what_is_hidden_changes_nothing_that_is_told(
    scratch: Index, seen: list[list[str]], hidden: list[list[str]], typed_in: str, group: bool, inside: bool
) -> None:
    """Totals, scores, facets, hints, suggestions, explanations, occurrences and what is similar are as if the hidden
    documents were not there. Only where one moment of a recording is hidden and another is not do scores differ: what
    is said next counts as words of a moment.
    """
    asker = Asker("bob@x.example")

    def told(with_hidden: bool) -> tuple[Any, ...]:
        groups = [(f"a{n}", [segment(f"a{n}", 0, " ".join(said))]) for n, said in enumerate(seen)]
        if with_hidden:
            secret = [[*said, "merger", "ovens"] for said in hidden]
            groups += [
                (f"h{n}", [segment(f"h{n}", 0, " ".join(said), permissions=HIDDEN)]) for n, said in enumerate(secret)
            ]
            if inside:
                groups[0][1].append(segment("a0", 1, "rye merger", permissions=HIDDEN))
        scratch.rewrite(groups, 1, "f")
        request = SearchRequest(typed_in, limit=100, asker=asker, group=group, merge=True, explain=True)
        result = search(scratch, request)
        said = occurrences(scratch, "a0", request)
        near = similar(scratch, groups[0][1][:1], SearchRequest("", limit=100, asker=asker), apart="a0")
        return (
            (result.total, result.facets, result.hints, result.did_you_mean),
            {hit.id: (0 if inside else round(hit.score, 5), why(hit)) for hit in result.hits},
            (said.words, said.total, said.hints),
            (near.words, near.result.total, near.result.facets, {hit.id for hit in near.result.hits}),
        )

    assert told(True) == told(False)


def why(hit: Hit) -> set[tuple[Any, ...]]:
    """The words an explanation names, and where and how often they were found."""
    assert hit.explanation is not None
    return {
        (part.why, part.asked, part.found, part.field, part.times, part.at) for part in hit.explanation.parts if part.at
    }
