"""Search by meaning: what is near is found, within what the asker may see; vectors never outlive their documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from indexer import Asker, merging
from indexer.hits import Hits
from indexer.mapped import MappedFile, _Pages
from indexer.meaning import fused
from indexer.search import SearchRequest, SearchResult, search
from indexer.store import Index
from indexer.text import words
from indexer.vectors import Vectors, complete
from tests.indexer.support import segment

QUIET = {"title": "Talk", "collection": "x", "speaker": None}
THEMES = (("bread", "loaf", "baking", "oven"), ("car", "engine", "driving", "wheel"))


class Themes:
    """A model that knows of two things, bread and cars."""

    name = "themes1"

    def embed(self, texts: Sequence[str]) -> Vectors:
        found = np.zeros((len(texts), len(THEMES)), np.float32)
        for row, text in enumerate(texts):
            for column, theme in enumerate(THEMES):
                found[row, column] = sum(word in theme for word in words(text))
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return found / np.where(lengths > 0, lengths, 1)


class OtherThemes(Themes):
    name = "themes2"


class WideThemes(Themes):
    """Sixteen kilobytes, a page of the file, are 64 vectors."""

    name = "themes3"

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.pad(super().embed(texts), ((0, 0), (0, 62)))


MODEL = Themes()


def said(index: Index, generation: int, **texts: str) -> None:
    index.write([(name, [segment(name, 0, text, **QUIET)]) for name, text in texts.items()], generation)


def find(index: Index, query: str, model: Themes = MODEL, **more: object) -> SearchResult:
    return search(index, SearchRequest(query, **more), model)


def ids(result: SearchResult) -> list[str]:
    return [hit.id[:-4] for hit in result.hits]


def vector_files(index: Index) -> list[Path]:
    return sorted(index.folder.glob("*.vec"))


@pytest.fixture
def filled(index: Index) -> Index:
    said(index, 1, a="the bread was good", b="a loaf from the oven", c="the engine of a car", d="salt")
    complete(index, MODEL)
    return index


def test_what_means_the_same_comes_after_what_has_the_word(filled: Index) -> None:
    result = find(filled, "bread")
    assert ids(result) == ["a", "b"] and result.total == 2
    assert result.hints == ("1 more was found by meaning.",)
    assert ids(search(filled, SearchRequest("bread"))) == ["a"]
    assert ids(find(filled, "wheel")) == ["c"]
    assert ids(find(filled, "salt")) == ["d"]


@pytest.mark.parametrize("query", ['"bread"', "bread -salt", "bre*", "bread AND was", "bread OR salt", "bread~"])
def test_syntax_is_meant_as_it_is_typed(filled: Index, query: str) -> None:
    assert ids(find(filled, query)) == ids(search(filled, SearchRequest(query)))


def test_filters_hold_for_what_is_found_by_meaning(index: Index) -> None:
    index.write([(name, [segment(name, 0, "a loaf", **{**QUIET, "collection": name})]) for name in "ab"], 1)
    complete(index, MODEL)
    assert ids(find(index, "bread in:a")) == ids(find(index, "bread", collections=("a",))) == ["a"]
    assert set(ids(find(index, "bread"))) == {"a", "b"}
    assert ids(find(index, "bread", sort="date")) == []  # which is no order of nearness


def test_only_what_the_asker_may_see_is_compared(index: Index) -> None:
    secret = {"permissions": {"allowedUsers": [{"email": "boss@house.example"}]}}
    groups = [(f"s{n}", [segment(f"s{n}", 0, "bread loaf", **QUIET, **secret)]) for n in range(60)]
    index.write([*groups, ("open", [segment("open", 0, "an oven", **QUIET)])], 1)
    complete(index, MODEL)
    result = find(index, "baking", asker=Asker("ann@house.example"))
    assert ids(result) == ["open"] and result.total == 1 and result.hints[-1] == "1 more was found by meaning."
    assert find(index, "baking", asker=Asker("boss@house.example")).total == 50


def test_vectors_are_of_their_documents_alone(filled: Index) -> None:
    said(filled, 2, b="of cars and a wheel")
    assert ids(find(filled, "bread")) == ["a"]  # the replaced one is gone at once, the new one is not compared yet
    assert complete(filled, MODEL) == 5  # the commit made one small segment of all, which has none yet
    assert ids(find(filled, "driving")) == ["b", "c"]
    filled.write([("c", [])], 3)
    complete(filled, MODEL)
    assert ids(find(filled, "driving")) == ["b"]
    assert complete(filled, MODEL) == 0


def test_vectors_go_with_what_is_forgotten(filled: Index) -> None:
    before = vector_files(filled)
    filled.rewrite([("d", [segment("d", 0, "salt", **QUIET)])], 2, "f")
    complete(filled, MODEL)
    assert len(before) == 1 and len(vector_files(filled)) == 1 and vector_files(filled) != before
    with Index.open(filled.folder, writer=True) as opened:
        assert vector_files(opened) == vector_files(filled)


def test_vectors_of_another_model_are_not_used(filled: Index) -> None:
    assert ids(find(filled, "wheel", OtherThemes())) == []
    complete(filled, OtherThemes())
    assert ids(find(filled, "wheel", OtherThemes())) == ["c"]
    assert ids(find(filled, "wheel")) == [] and len(vector_files(filled)) == 1


@pytest.mark.parametrize("damage", ["empty", "garbage", "cut", "a bit"])
def test_damaged_vectors_are_none(filled: Index, damage: str) -> None:
    file = vector_files(filled)[0]
    whole = file.read_bytes()
    at = len(whole) // 2
    flipped = whole[:at] + bytes([whole[at] ^ 64]) + whole[at + 1 :]
    file.write_bytes({"empty": b"", "garbage": b"garbage", "cut": whole[:-3], "a bit": flipped}[damage])
    assert ids(find(filled, "bread")) == ["a"]
    complete(filled, MODEL)
    assert ids(find(filled, "bread")) == ["a", "b"]


def test_vectors_are_checked_where_they_are_compared(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    model = WideThemes()
    texts = [segment("t", at, "a loaf", **{**QUIET, "collection": f"c{at // 40}"}) for at in range(200)]
    index.write([("t", texts)], 1)
    complete(index, model)
    (file,) = vector_files(index)
    whole = file.read_bytes()
    at = len(whole) // 2  # of the moments in c2
    file.write_bytes(whole[:at] + bytes([whole[at] ^ 64]) + whole[at + 1 :])
    checked: list[int] = []
    within = _Pages.check

    def noted(self: _Pages, start: int, end: int) -> None:
        checked.append(end - start if self.path.suffix == ".vec" else 0)
        within(self, start, end)

    monkeypatch.setattr(_Pages, "check", noted)
    with Index.open(index.folder) as reader:
        for _ in range(2):
            checked.clear()
            assert find(reader, "bread in:c0", model).total == 40 and sum(checked) < len(whole) / 4
        assert find(reader, "bread in:c2", model).total == find(reader, "bread", model).total == 0
        complete(index, model)
        assert find(reader, "bread in:c2", model).total == 40, "written anew, another process finds them"
        file.write_bytes(b"garbage")
        find(reader, "bread", model)
        opened: list[Path] = []
        monkeypatch.setattr(MappedFile, "open", opened.append)
        assert find(reader, "bread", model).total == 0 and not opened, "garbage is not read again"


def test_ranks_are_fused_as_the_paper_has_it() -> None:
    one = Hits(np.array([1, 2, 5]), np.array([9.0, 8.0, 7.0]))
    other = Hits(np.array([2, 3]), np.array([0.9, 0.8]))
    both = fused(one, other)
    assert both.numbers.tolist() == [1, 2, 3, 5]
    assert (both.scores / 30.5).tolist() == pytest.approx([1 / 61, 1 / 62 + 1 / 61, 1 / 62, 1 / 63])
    equal = fused(Hits(np.array([1, 2, 3]), np.array([4.0, 4.0, 1.0])), Hits(np.array([3]), np.array([1.0])))
    assert equal.scores[0] == equal.scores[1]


def test_pages_of_both_together_give_every_hit_once(index: Index) -> None:
    said(index, 1, **{f"t{n}": "bread" if n % 2 else "a loaf and more" for n in range(30)})
    complete(index, MODEL)
    whole = ids(find(index, "bread", limit=100))
    pages = [hit for page in range(0, 30, 7) for hit in ids(find(index, "bread", limit=7, offset=page))]
    assert pages == whole and len(set(whole)) == 30
    assert find(index, "bread", group=True).total == 30


def test_an_explanation_adds_up_with_meaning_too(filled: Index) -> None:
    for hit in find(filled, "bread", explain=True).hits:
        assert hit.explanation is not None and hit.explanation.score == pytest.approx(hit.score, abs=2e-6)
        assert hit.explanation.parts[-1].why == "meaning"


def test_what_is_merged_in_the_background_is_found_by_meaning(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "SMALL", 1)
    monkeypatch.setattr(merging, "_WANTED", 1)
    index.after_merge = lambda: complete(index, MODEL)
    for number in range(4):
        said(index, number + 1, **{f"t{number}": "a loaf of bread"})
    complete(index, MODEL)
    index.settle()
    assert find(index, "baking").total == 4
