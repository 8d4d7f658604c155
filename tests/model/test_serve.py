"""Scoring and completing: from checkpoints alone, and only from those that may be used."""

from __future__ import annotations

import math
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from model import CheckpointError, Text, serve
from model.checkpoint import list_checkpoints, load, publish
from model.evaluate import measure
from model.outcome import TrainResult
from model.serve import LanguageModel, Words
from model.train import train
from model.vocab import SEPARATOR
from tests.model.conftest import HALF, OBJECTS, SUBJECTS, TINY, VERBS, prose, quick

WORDS = sorted({word for part in (SUBJECTS, VERBS, OBJECTS) for words in part for word in words.split()})


@pytest.fixture(scope="module")
def served(trained: tuple[Path, TrainResult]) -> LanguageModel:
    return LanguageModel(trained[0])


class TestScore:
    def test_is_the_loss_that_evaluation_measures(
        self, served: LanguageModel, trained: tuple[Path, TrainResult]
    ) -> None:
        loaded = load(trained[0], served.info().id)
        texts = [prose(300, 50), "x", "the encoder finds", "", prose(16, 51), "\ud800 zq%", prose(33, 52)]
        scores = served.score(texts)
        for text, bits in zip(texts, scores, strict=True):
            numbers = np.array([SEPARATOR, *loaded.vocabulary.encode(text)], dtype=np.uint16)
            if text:
                assert bits == pytest.approx(measure(loaded.network(), numbers).bits, abs=HALF)
                assert served.score([text]) == pytest.approx([bits], abs=HALF)
            else:
                assert math.isnan(bits)
        assert served.score([]) == []
        assert max(scores[0], scores[2]) < scores[5], "words it has learnt are likelier than none"

    def test_of_many_windows(self, served: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
        texts = [prose(200, 60 + i)[: 17 * i] for i in range(1, 12)]
        whole = served.score(texts)
        monkeypatch.setattr(serve, "POSITIONS", 20)
        assert served.score(texts) == pytest.approx(whole, abs=HALF)

    def test_an_estimate_reads_evenly_spread_windows(
        self, served: LanguageModel, trained: tuple[Path, TrainResult]
    ) -> None:
        loaded = load(trained[0], served.info().id)
        text = prose(400, 70)
        numbers = np.array([SEPARATOR, *loaded.vocabulary.encode(text)], dtype=np.uint16)
        expected = measure(loaded.network(), numbers, windows=4).bits
        assert served.score([text], most=64) == pytest.approx([expected], abs=HALF)
        assert served.score([text[:60]], most=64) == served.score([text[:60]])


class TestComplete:
    def test_gives_words_of_the_archive_as_they_were_begun(self, served: LanguageModel) -> None:
        for prefix in ("", "the enc", "our index ", "a caption re", '"the l', "one recording keeps t"):
            found = served.complete(prefix, WORDS, 4)
            assert 0 < len(found) <= 4
            assert [each.log_probability for each in found] == sorted((e.log_probability for e in found), reverse=True)
            assert all(each.log_probability < 0 for each in found)
            for each in found:
                assert each.text.startswith(prefix) and len(each.text) > len(prefix)
                assert each.text.split()[-1].lstrip('"') in WORDS

    def test_the_likeliest_first(self, served: LanguageModel) -> None:
        assert served.complete("a caption expl", WORDS)[0].text == "a caption explains"
        assert served.complete("the spea", WORDS)[0].text == "the speaker"

    def test_is_what_reading_every_word_gives(self, served: LanguageModel, trained: tuple[Path, TrainResult]) -> None:
        """The beam against the definition: the word's characters, then any character that is of no word."""
        loaded = load(trained[0], served.info().id)
        outside = [c for c in loaded.vocabulary.characters if not c.isalnum() and c not in "'’_-"]
        short = [word for word in WORDS if len(word) < 6]

        def logarithm(word: str) -> float:
            def bits(text: str) -> float:
                numbers = torch.tensor([[SEPARATOR, *map(int, loaded.vocabulary.encode(text))]])
                with torch.inference_mode():
                    return float(loaded.network().loss(numbers[:, :-1], numbers[:, 1:])) * len(text)

            before = bits("our ")
            return float(np.logaddexp.reduce([before - bits(f"our {word}{end}") for end in outside]))

        found = served.complete("our ", short, len(short))
        assert len(found) > 5
        for each in found:
            assert each.log_probability == pytest.approx(logarithm(each.text.removeprefix("our ")), abs=1e-3)

    def test_nothing_where_no_word_begins_so(self, served: LanguageModel) -> None:
        assert served.complete("xylo", WORDS) == []
        assert served.complete("the ", []) == []
        assert served.complete("the ", ["Ωμέγα"]) == [], "its characters are unknown to the model"

    def test_capitals_of_the_text_are_words_in_small_letters(self, root: Path) -> None:
        text = "".join(f"we use Kafka for {end}. " for end in ("all", "this", "it", "that") * 40)
        train([Text("talk", text)], root=root, gpt=TINY, config=quick(max_steps=150, batch_size=8))
        model = LanguageModel(root)
        assert model.complete("we use ", ["kafka", "kettle", "for"])[0].text == "we use kafka"

    def test_a_long_prefix_and_a_long_word(self, served: LanguageModel) -> None:
        assert served.complete("the encoder " * 30, WORDS, 3)
        assert served.complete("the ", ["e" * 200]) == []


def test_words_are_a_tree() -> None:
    words = Words(["in", "index", "inner", "on", "in", ""])
    node = words.node("in")
    whole, branches = words.branches(node)
    assert whole and [words.beginning(branch) for branch in branches] == ["ind", "inn"]
    assert words.branches(words.node("x")) == (False, [])
    assert [words.beginning(branch) for branch in words.branches(words.node(""))[1]] == ["i", "o"]


class TestWhichCheckpoint:
    def test_none(self, tmp_path: Path) -> None:
        model = LanguageModel(tmp_path)
        for ask in (model.info, lambda: model.score(["a"]), lambda: model.complete("a", ["ab"])):
            with pytest.raises(CheckpointError):
                ask()

    def test_only_one_that_is_named(self, root: Path, trained: tuple[Path, TrainResult]) -> None:
        """Also once it is loaded: what the asker may see, and what is forgotten, is asked anew each time."""
        shutil.copytree(trained[0], root)
        (first,) = list_checkpoints(root)
        loaded = load(root, first.id)
        second = publish(
            root,
            {name: weights + 0.01 for name, weights in loaded.weights.items()},
            parent=first,
            gpt=first.gpt,
            vocabulary=loaded.vocabulary,
            steps=1,
            train_loss=1.0,
            validation_loss=1.0,
            validation_split="document",
            validation_manifest="",
            origin_characters=1,
            read=["secret"],
            created="",
        )
        model = LanguageModel(root)
        assert model.info().id == second.id
        assert model.info(among=[first.id]).id == first.id
        assert model.info(among=[first.id, second.id]).id == second.id
        alone = LanguageModel(root).score([prose(50)], among=[first.id])
        assert model.score([prose(50)], among=[first.id]) == alone != model.score([prose(50)])
        with pytest.raises(CheckpointError):
            model.score(["a"], among=[])
        assert model.info().id == second.id
        shutil.rmtree(root / "checkpoints" / second.id)
        assert model.info().id == first.id
        shutil.rmtree(root / "checkpoints" / first.id)
        with pytest.raises(CheckpointError):
            model.complete("the ", WORDS)

    def test_is_loaded_once(self, served: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
        served.info()
        monkeypatch.setattr(serve, "load", lambda *_, **__: pytest.fail("loaded again"))
        assert served.info()

    def test_is_there_in_less_than_a_second(self, trained: tuple[Path, TrainResult]) -> None:
        began = time.perf_counter()
        LanguageModel(trained[0]).score(["the"])
        assert time.perf_counter() - began < 1
