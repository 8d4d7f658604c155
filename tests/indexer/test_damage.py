"""Files of the index that are not as they were written: said to be, and never served; and what is no damage."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from indexer import IndexDamaged, IndexMissing, view
from indexer.mapped import PAGE, MappedFile, seal
from indexer.matching import Evaluation
from indexer.search import SearchRequest, search
from indexer.store import Index
from tests.indexer.support import recording


def everything(folder: Path) -> Any:
    """What a few searches and the index as a whole say."""
    with Index.open(folder) as opened:
        found = [
            search(opened, SearchRequest(query, limit=50)) for query in ("number words", '"text 7"', "speaker:anna")
        ]
        return (
            [[(hit.id, hit.score, hit.text) for hit in one.hits] + [one.total, one.facets] for one in found],
            [document.canonical for document in opened.documents()],
        )


@pytest.fixture
def filled(index: Index) -> Index:
    index.write([recording("t1", *(f"text {n} number words" for n in range(40)))], 1)
    index.write([recording("t2", *(f"text {n} of others" for n in range(40)))], 2)
    return index


@pytest.mark.parametrize("pattern", ["*.toc", "*.seg"])
@pytest.mark.parametrize("damage", ["empty", "torn", "longer", "garbage", "sealed garbage", "gone"])
def test_damaged_files_are_said_to_be(index: Index, pattern: str, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "_OPENING", 5)
    index.write([recording("t1", *(f"text number {n}" for n in range(30)))], 1)
    (path,) = index.folder.glob(pattern)
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        cut = {"empty": b"", "torn": content[: len(content) // 2], "longer": content + b"\0"}
        path.write_bytes(cut.get(damage, b"\x80\x02garbage." * 40))
        if damage == "sealed garbage":  # what Whoosh makes of it, an Exception among others, is damage all the same
            seal(path)
    expected = IndexMissing if (pattern, damage) == ("*.toc", "gone") else IndexDamaged
    with pytest.raises(expected):
        Index.open(index.folder)
    with Index.create(index.folder, "again", [recording("t1", "whole")], 2) as again:
        assert (again.generation, again.fingerprint, again.counts()["segment"]) == (2, "again", 1)
    assert len(list(index.folder.iterdir())) == 3, "table of contents, one segment, lock"


def test_a_flipped_bit_or_a_cut_is_said_or_harmless(filled: Index) -> None:
    """Anywhere: whoever reads gets the right answers or is told; whoever will write is told in any case."""
    right = everything(filled.folder)
    draw = random.Random(8)
    told = 0
    for _ in range(60):
        path = draw.choice(sorted([*filled.folder.glob("*.seg"), *filled.folder.glob("*.toc")]))
        content = path.read_bytes()
        at, flip = draw.randrange(len(content)), draw.random() < 0.8
        # by another file: the bytes of this one are mapped by ``filled``
        path.unlink()
        path.write_bytes(
            content[:at] + bytes([content[at] ^ 1 << draw.randrange(8)]) + content[at + 1 :] if flip else content[:at]
        )
        try:
            assert everything(filled.folder) == right
        except IndexDamaged:
            told += 1
        with pytest.raises(IndexDamaged):
            Index.open(filled.folder, writer=True)
        path.write_bytes(content)
    assert told > 30
    assert everything(filled.folder) == right


def test_an_error_of_ours_is_not_called_damage(filled: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> None:
        raise KeyError("a slip")

    monkeypatch.setattr(Evaluation, "_word", wrong)
    with pytest.raises(KeyError, match="a slip"):
        search(filled, SearchRequest("words"))


@pytest.mark.parametrize("asked", [lambda index: index.get("t10003"), lambda index: list(index.documents())])
def test_damage_met_while_reading_is_told(index: Index, asked: Callable[[Index], Any]) -> None:
    texts = [" ".join(f"{draw:x}" for draw in random.Random(n).sample(range(1 << 30), 60)) for n in range(200)]
    index.write([recording("t1", *texts)], 1)
    path = max(index.folder.glob("*.seg"), key=lambda each: each.stat().st_size)
    content = bytearray(path.read_bytes())
    for at in range(PAGE, len(content) - 2 * PAGE, PAGE):  # opening reads the first page and the last ones
        content[at] ^= 1
    path.unlink()
    path.write_bytes(content)
    with pytest.raises(IndexDamaged), Index.open(index.folder) as opened:
        asked(opened)


def test_a_sealed_file_reads_as_it_was_written(tmp_path: Path) -> None:
    for length in (0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE):
        path = tmp_path / str(length)
        content = random.Random(length).randbytes(length)
        path.write_bytes(content)
        seal(path)
        opened = MappedFile.open(path)
        opened.check()
        assert (len(opened), opened.get(0, length), opened.file.read()) == (length, content, content)
        middle = opened.subset(length // 3, length)
        assert middle.get(0, 2 * length) == content[length // 3 :]
