"""Words that nobody said, or hardly anybody, are searched as what may be meant, and said so."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from indexer import Asker, own
from indexer.plan import Scope
from indexer.store import Index
from tests.indexer.support import QUIET, find, ids, said, segment


def test_what_nobody_said_is_searched_as_what_may_be_meant_and_said_so(index: Index) -> None:
    said(index, "a database of bread", "another database", "the bread")
    result = find(index, "bread databse")
    assert ids(result)[0] == "t0"
    assert result.did_you_mean == "bread database"
    assert "“databse”" in result.hints[0] and "“bread database”" in result.hints[0]


class TestHardlySaid:
    """A word that somebody wrote down wrong is found, and the right one told."""

    @pytest.fixture
    def archive(self, index: Index) -> Index:
        said(index, "a trasformer model", "one tree", *["the transformer model"] * 20, *["three trees"] * 60)
        return index

    def test_the_right_word_is_told_and_the_hits_stay(self, archive: Index) -> None:
        result = find(archive, "trasformer")
        assert ids(result) == ["t0"] and result.did_you_mean == "transformer" and not result.corrected
        result = find(archive, "Trasformer model")
        assert ids(result)[0] == "t0" and result.did_you_mean == "transformer model"

    @pytest.mark.parametrize(
        "query", ["transformer", "tree", "trasformer -model", '"trasformer"', "trasform*", "model"]
    )
    def test_of_others_nothing_is_told(self, archive: Index, query: str) -> None:
        assert find(archive, query).did_you_mean is None

    @pytest.mark.parametrize(
        ("query", "told"),
        [
            ("trasformer -title:trasformer", "transformer -title:trasformer"),
            ("(tree -trasformer) OR trasformer", "(tree -trasformer) OR transformer"),
            ('"trasformer of" OR trasformer', '"trasformer of" OR transformer'),
            ("trasformer* OR TRASFORMER", "trasformer* OR transformer"),
            ("trasformer in:x after:trasformer", "transformer in:x after:transformer"),  # which is no day, but words
        ],
    )
    def test_of_what_was_typed_the_word_alone_is_told_otherwise(self, archive: Index, query: str, told: str) -> None:
        assert find(archive, query).did_you_mean == told

    def test_nor_where_it_is_unwanted_or_hidden(self, index: Index) -> None:
        said(index, "a trasformer model")
        secret = {"allowedUsers": [{"email": "boss@house.example"}]}
        hidden = [segment(f"h{n}", 0, "the transformer", **QUIET, permissions=secret) for n in range(30)]
        index.write([(one.id[:-4], [one]) for one in hidden], 2)
        assert find(index, "trasformer", asker=Asker("ann@x.example")).did_you_mean is None
        assert find(index, "trasformer").did_you_mean == "transformer"
        assert find(index, "trasformer", spelling=False).did_you_mean is None

    def test_who_sees_little_waits_for_no_hidden_words(self, archive: Index, monkeypatch: pytest.MonkeyPatch) -> None:
        secret = {"allowedUsers": [{"email": "boss@house.example"}]}
        hidden = " ".join(f"t{chr(97 + one)}{chr(97 + other)}nsformer" for one in range(26) for other in range(26))
        archive.write([("h0", [segment("h0", 0, hidden, **QUIET, permissions=secret)])], 2)
        walked: list[tuple[str, str]] = []
        within = Scope.lexicon

        def noted(self: Scope, name: str, prefix: str = "") -> Iterable[str]:
            walked.append((name, prefix))
            return within(self, name, prefix)

        monkeypatch.setattr(Scope, "lexicon", noted)
        asker = Asker("ann@x.example")
        assert find(archive, "trasformer", asker=asker).did_you_mean == "transformer"
        assert ("text", "t") not in walked
        monkeypatch.setattr(own, "READ", 0)
        archive.write([("h1", [])], 3)
        assert find(archive, "trasformer", asker=asker).did_you_mean == "transformer"
        assert ("text", "t") in walked


def test_nobody_is_told_a_word_that_they_may_not_see(index: Index) -> None:
    said(index, "a database of bread", permissions={"allowedUsers": [{"email": "ann@x.example"}]})
    result = find(index, "databse", asker=Asker("bob@x.example"))
    assert result.total == 0 and result.did_you_mean is None and "database" not in " ".join(result.hints)
    assert find(index, "databse", asker=Asker("ann@x.example")).did_you_mean == "database"


def test_a_misspelt_word_is_asked_for_as_the_right_one_is(index: Index) -> None:
    said(index, "a database of things", "the bread is baked", "salt")
    assert set(ids(find(index, "bread databse"))) == set(ids(find(index, "bread database"))) == {"t0", "t1"}
    assert find(index, "bread databse").did_you_mean == "bread database"
    assert find(index, 'bread "databse"').did_you_mean is None


def test_names_and_titles_are_spelled_wrong_too(index: Index) -> None:
    said(index, "hello", speaker="Vitalik Buterin")
    assert ids(find(index, "vitlaik")) == ["t0"]
    assert ids(find(index, "pre-train*")) == []
    said(index, "it was pre-training")
    assert ids(find(index, "pre-train*")) == ["t0"]
