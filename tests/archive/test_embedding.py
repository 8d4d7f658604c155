"""The embedding model: read from a folder or a package, named by its files, and told plainly where it is missing."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from connector.archive.embedding import INSTALL, embedder_of
from connector.archive.writer import writing
from connector.config import load
from connector.errors import ConfigError, NotSetUpError
from connector.evaluation.run import Wish, evaluate
from indexer.store import Index
from indexer.vectors import Vectors, complete
from tests.archive.test_view import take_in
from tests.indexer.support import recording
from tests.support import found, make_home, srt

TOKENS = {"[UNK]": 0, "bread": 1, "loaf": 2, "engine": 3, "car": 4, "the": 5}
ROWS = [[0, 0, 0], [1, 0, 0.1], [1, 0.1, 0], [0, 1, 0], [0.1, 1, 0], [0, 0, 0.01]]


def write_model(folder: Path) -> Path:
    """A model of six words in model2vec's format."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True)
    save_file({"embeddings": np.array(ROWS, np.float32)}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"model_type": "model2vec", "normalize": True}))
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": TOKENS, "unk_token": "[UNK]"},
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    return folder


def test_none_is_none() -> None:
    assert embedder_of("none") is None


@pytest.mark.parametrize(
    "named", ["missing", "empty", "package:no_such_package", "package:json.nothing", "package:sys"]
)
def test_a_model_that_is_not_there_is_said_to_be(tmp_path: Path, named: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"semantic\.model") as told:
        embedder_of(named if ":" in named else str(tmp_path / named))
    assert "none" in told.value.hint


def test_the_package_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "model2vec", None)
    with pytest.raises(NotSetUpError, match="model2vec") as told:
        embedder_of(str(write_model(tmp_path / "model")))
    assert INSTALL in told.value.hint


class TestWithModel2vec:
    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        pytest.importorskip("model2vec", reason="the extra `semantic` is not installed")

    def test_vectors_are_of_length_one_or_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = write_model(tmp_path / "site" / "tiny" / "model")
        (folder.parent / "__init__.py").touch()
        monkeypatch.syspath_prepend(tmp_path / "site")
        one, other = embedder_of(str(folder)), embedder_of("package:tiny")
        assert one is not None and other is not None and one.name == other.name
        vectors = one.embed(["the bread", "a loaf", "engine", "", "nothing known"])
        assert np.linalg.norm(vectors, axis=1).tolist() == pytest.approx([1, 1, 1, 0, 0])
        assert vectors[0] @ vectors[1] > 0.9 > 0.2 > vectors[0] @ vectors[2]

    def test_another_model_has_another_name(self, tmp_path: Path) -> None:
        one, other = write_model(tmp_path / "one"), write_model(tmp_path / "other")
        (other / "tokenizer.json").write_text((other / "tokenizer.json").read_text() + "\n")
        first, second = embedder_of(str(one)), embedder_of(str(other))
        assert first is not None and second is not None and first.name != second.name

    def test_a_model_that_is_garbage_is_said_to_be(self, tmp_path: Path) -> None:
        folder = write_model(tmp_path / "model")
        (folder / "tokenizer.json").write_text("{}")
        with pytest.raises(ConfigError, match="cannot be read"):
            embedder_of(str(folder))

    def test_from_a_file_to_a_search_by_meaning(self, tmp_path: Path) -> None:
        home = make_home(tmp_path / "home", semantic="{model: model}")
        settings = load(home / "config.yaml").settings
        with pytest.raises(ConfigError), writing(settings, "test", lambda _: None):
            pass  # no model there yet
        write_model(home / "model")
        with writing(settings, "test", lambda _: None) as archive:
            take_in(archive, "talk.srt", srt(["We baked the bread.", "Feed it twice a day."] * 4))
            loaf = take_in(archive, "other.srt", srt(["A loaf of rye.", "It rises overnight."] * 4))
            archive.view.sync()
            assert [hit["title"] for hit in found(home, "bread")] == ["Talk (0:01)", "Other (0:01)"]
            assert [hit["title"] for hit in found(home, '"bread"')] == ["Talk (0:01)"]
            (before,) = settings.index_folder.glob("*.vec")
            archive.ledger.forget(loaf)
            archive.view.rebuild()
            assert [hit["title"] for hit in found(home, "bread")] == ["Talk (0:01)"]
            assert not before.exists() and len(list(settings.index_folder.glob("*.vec"))) == 1


def test_evaluate_asks_with_and_without_meaning(tmp_path: Path) -> None:
    class Alike:
        name = "alike"

        def embed(self, texts: Sequence[str]) -> Vectors:
            return np.full((len(texts), 1), 1, np.float32)

    with Index.create(tmp_path / "index", "f") as index:
        index.write([recording(f"t{n}", f"rye{n} bread{n} oven{n} salt{n} flour{n}") for n in range(20)], 1)
        complete(index, Alike())
        rows = list(evaluate(index, (), Wish(("exact",), 3, 1, (0.0, 0.25), False), lambda _: None, Alike()))
    assert [row.engine for row in rows] == ["connector", "connector, by meaning too"] * 2
