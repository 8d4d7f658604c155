"""Trainings with byte pairs: losses a character, what they start from, what they leave, what is asked of them."""

from __future__ import annotations

import json
import math
import os
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from model import CheckpointError, GPTConfig, SampleConfig, Text, list_checkpoints
from model.base import SHIPPED, load_base, write_base
from model.bpe import BytePairs
from model.checkpoint import load, load_newest
from model.dataset import split, stream
from model.evaluate import measure
from model.outcome import Progress, TrainResult
from model.page import figures
from model.report import Report
from model.run_state import load_run, read_run_info
from model.sample import generate
from model.serve import LanguageModel
from model.tokenizer import as_document
from model.train import train
from tests.model.conftest import HALF, OBJECTS, SUBJECTS, TINY, VERBS, corpus, prose, quick

WORDS = sorted({word for part in (SUBJECTS, VERBS, OBJECTS) for words in part for word in words.split()})
LATIN = ("arma", "virumque", "cano", "troiae", "primus", "oris", "italiam", "fato", "profugus", "venit", "litora")
PAIRS = {"tokenizer": "bpe", "bpe_size": 400}


def pairs(**changes: float) -> object:
    return quick(**{**PAIRS, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainResult]:
    """A small model of byte pairs that has learnt something; read only."""
    root = tmp_path_factory.mktemp("pairs")
    return root, train(corpus(12), root=root, gpt=TINY, config=pairs(max_steps=150, batch_size=8))


class TestLosses:
    def test_are_told_a_character(self, learned: tuple[Path, TrainResult], trained: tuple[Path, TrainResult]) -> None:
        result, other = learned[1], trained[1]
        assert (result.tokenizer, result.vocabulary, result.new_characters) == ("bpe", 375, "")
        assert result.characters_per_token > 4 and other.characters_per_token == 1.0
        loaded = load_newest(learned[0])
        assert loaded is not None
        held = split(corpus(12)).validation
        ids = stream(held, loaded.vocabulary)
        lengths = loaded.vocabulary.lengths
        loss = measure(loaded.network(), ids, lengths=lengths)
        assert result.validation_loss == pytest.approx(loss.nats, abs=1e-4)
        assert loss.characters == sum(d.characters for d in held) + len(held) == other.validation_characters
        assert loss.characters > 4 * loss.tokens
        assert loss.nats * loss.characters == pytest.approx(measure(loaded.network(), ids).nats * loss.tokens)
        assert result.validation_loss < other.validation_loss < 1.6
        assert result.train_loss == pytest.approx(result.validation_loss, abs=0.2)
        assert result.training[0].loss == pytest.approx(math.log(377) / result.characters_per_token, rel=0.3)
        assert result.readings == pytest.approx(
            150 * 8 * 16 * result.characters_per_token / result.train_characters, rel=1e-6
        )

    def test_the_report_tells_tokens(self, learned: tuple[Path, TrainResult]) -> None:
        told = dict(figures(Report.of(learned[1], "")))
        assert told["vocabulary"].startswith("375 byte-pair tokens, 4.")


class TestCheckpoint:
    def test_holds_all_it_takes_to_read(self, learned: tuple[Path, TrainResult]) -> None:
        root, result = learned
        loaded = load(root, result.checkpoint_id or "")
        assert isinstance(loaded.vocabulary, BytePairs) and len(loaded.vocabulary) == 377
        value = json.loads((root / "checkpoints" / loaded.info.id / "checkpoint.json").read_text())
        assert value["format"] == 3 and "characters" not in value and len(value["bpe"]) == 377 - 258
        assert list_checkpoints(root)[0] == loaded.info

    def test_one_that_is_edited_is_refused(self, learned: tuple[Path, TrainResult]) -> None:
        from model.checkpoint import CheckpointInfo

        (info,) = list_checkpoints(learned[0])
        value = info.to_json()
        for wrong in (
            {**value, "bpe": ["abc"]},
            {**value, "bpe": ["本a"]},
            {**value, "bpe": 3},
            {**value, "format": 4},
        ):
            with pytest.raises(CheckpointError):
                CheckpointInfo.from_json(wrong, Path("checkpoint.json"))


class TestStart:
    def test_the_base_of_characters_is_not_started_from_and_it_says_so(self, root: Path) -> None:
        result = train(corpus(12), root=root, config=pairs(max_steps=2), base=SHIPPED)
        assert result.continued_from is None
        assert any("reads characters, not bpe" in note for note in result.notes)
        assert any("377 byte-pair tokens" in note for note in result.notes)
        assert load_base().vocabulary.kind == "characters"

    def test_checkpoints_of_the_other_kind_are_not_continued(self, root: Path) -> None:
        first = train(corpus(12), root=root, gpt=TINY, config=quick(max_steps=2))
        second = train(corpus(12), root=root, gpt=TINY, config=pairs(max_steps=2))
        third = train(corpus(12), root=root, gpt=TINY, config=quick(max_steps=2))
        for result, kind, passed in ((second, "bpe", first), (third, "characters", second)):
            assert result.continued_from is None and result.tokenizer == kind
            assert any(f"{passed.checkpoint_id} reads" in note for note in result.notes)

    def test_one_of_its_own_is_continued_with_its_vocabulary(self, root: Path) -> None:
        first = train(corpus(12), root=root, gpt=TINY, config=pairs(max_steps=20))
        more = [*corpus(12), Text("new", "Ünknown wörds 会議 " * 30)]
        second = train(more, root=root, gpt=TINY, config=pairs(max_steps=20))
        assert second.continued_from == first.checkpoint_id
        old, new = list_checkpoints(root)
        assert old.vocabulary == new.vocabulary
        fresh = train(more, root=root, gpt=TINY, config=pairs(max_steps=2), fresh=True)
        assert list_checkpoints(root)[-1].id == fresh.checkpoint_id

    def test_begun_anew_since_the_text_has_grown_it_competes_with_what_it_was(self, root: Path) -> None:
        train(corpus(12), root=root, gpt=TINY, config=pairs(max_steps=60))
        grown = train(corpus(30), root=root, gpt=TINY, config=pairs(max_steps=1))
        assert any("begins anew" in note for note in grown.notes)
        assert not grown.improved and any("is better than what began anew" in note for note in grown.notes)

    def test_and_learns_a_vocabulary_of_all_there_is_now(self, root: Path) -> None:
        """Losses are told a character: what it competes with is measured with the vocabulary it has."""
        other = [Text(f"other{i}", " ".join(random.Random(i).choices(LATIN, k=150))) for i in range(40)]
        first = train(corpus(12), root=root, gpt=TINY, config=pairs(max_steps=1))
        grown = train([*corpus(12), *other[:12]], root=root, gpt=TINY, config=pairs(max_steps=12))
        old, new = list_checkpoints(root)
        assert grown.improved and (old.id, new.parent) == (first.checkpoint_id, None)
        text = other[0].text
        assert len(new.vocabulary.encode(text)) < len(old.vocabulary.encode(text)) / 2
        worse = train([*corpus(12), *other], root=root, gpt=TINY, config=pairs(max_steps=1))
        assert worse.continued_from == new.id and not worse.improved
        assert worse.characters_per_token == pytest.approx(grown.characters_per_token, rel=0.1)
        assert list_checkpoints(root)[-1].vocabulary == new.vocabulary and worse.vocabulary == grown.vocabulary

    def test_a_base_of_byte_pairs_is_started_from(self, learned: tuple[Path, TrainResult], tmp_path: Path) -> None:
        write_base(tmp_path / "base", load(learned[0], learned[1].checkpoint_id or ""), "# Card\n")
        result = train(
            corpus(4, first=50), root=tmp_path / "m", gpt=TINY, config=pairs(max_steps=2), base=tmp_path / "base"
        )
        assert result.continued_from is not None and result.validation_loss < 1.1
        other = train(
            corpus(4, first=50), root=tmp_path / "n", gpt=TINY, config=quick(max_steps=2), base=tmp_path / "base"
        )
        assert other.continued_from is None and any("reads bpe, not characters" in note for note in other.notes)


class TestForgetting:
    def test_no_merge_outlives_the_document_it_was_learned_from(self, root: Path) -> None:
        secret = [Text(f"secret{i}", "Zephyrine says nothing. " * 60) for i in range(4)]
        first = train([*corpus(12), *secret], root=root, gpt=TINY, config=pairs(max_steps=2))
        (info,) = list_checkpoints(root)
        assert any("Zephyr" in token.decode("latin-1") for token in info.vocabulary.joined)  # type: ignore[attr-defined]
        second = train(corpus(12), root=root, gpt=TINY, config=pairs(max_steps=2))
        assert second.continued_from is None
        newest = load_newest(root, read_within=[d.id for d in corpus(12)])
        assert newest is not None and newest.info.id == second.checkpoint_id != first.checkpoint_id
        assert "Zeph" not in json.dumps(newest.info.to_json())

    def test_nor_a_run_that_has_not_ended(self, root: Path) -> None:
        documents = [*corpus(12), *(Text(f"s{i}", "Zephyrine says nothing. " * 60) for i in range(4))]
        asked = iter(range(3))
        train(documents, root=root, gpt=TINY, config=pairs(), should_stop=lambda: next(asked, None) is None)
        assert "Zeph" in (root / "run" / "run.json").read_text()
        result = train(corpus(12), root=root, gpt=TINY, config=pairs(max_steps=2))
        assert not result.resumed
        assert "Zeph" not in json.dumps(list_checkpoints(root)[-1].to_json())

    @pytest.mark.skipif(os.name == "nt", reason="there such files have names until they are closed")
    def test_what_is_read_has_no_name_on_the_disk(self, root: Path) -> None:
        seen: set[str] = set()

        def look(_: Progress) -> None:
            seen.update(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

        train(corpus(12), root=root, gpt=TINY, config=pairs(max_steps=3, save_seconds=0), on_progress=look)
        assert seen and all(name.startswith("run/") and name.endswith((".safetensors", "run.json")) for name in seen)


class TestInterrupted:
    def test_goes_on_where_it_stopped_and_ends_where_it_would_have(self, tmp_path: Path) -> None:
        config = pairs(max_steps=12, dropout=0.1)
        whole = train(corpus(3), root=tmp_path / "whole", gpt=TINY, config=config)
        asked = iter(range(5))
        root = tmp_path / "parts"
        train(corpus(3), root=root, gpt=TINY, config=config, should_stop=lambda: next(asked, None) is None)
        run = load_run(root)
        assert run is not None and run.info == read_run_info(root) and run.info.vocabulary.kind == "bpe"
        rest = train(corpus(3), root=root, gpt=TINY, config=config)
        assert rest.resumed and rest.steps == whole.steps
        one, other = (load(p, r.checkpoint_id or "") for p, r in ((tmp_path / "whole", whole), (root, rest)))
        assert one.vocabulary == other.vocabulary
        assert all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)

    def test_is_dropped_where_another_kind_is_asked_for(self, root: Path) -> None:
        asked = iter(range(3))
        train(corpus(3), root=root, gpt=TINY, config=pairs(), should_stop=lambda: next(asked, None) is None)
        result = train(corpus(3), root=root, gpt=TINY, config=quick(max_steps=2))
        assert not result.resumed and any("reads bpe, not characters; it was dropped" in note for note in result.notes)

    @pytest.mark.parametrize("text", ["a" * 500, "日本語の会議。" * 40, "word " * 30 + "\x00\ud800", "é" * 200])
    def test_little_is_enough(self, root: Path, text: str) -> None:
        assert train([Text("a", text)], root=root, config=pairs(max_steps=3)).outcome == "finished"


class TestSamples:
    def test_have_at_most_as_many_characters_as_were_asked_for(self, learned: tuple[Path, TrainResult]) -> None:
        loaded = load_newest(learned[0])
        assert loaded is not None
        config = SampleConfig(count=6, length=50, temperature=0.9, seed=3, stop=True)
        made = generate(loaded, ["the ", "one recording"], config)
        assert all(len(one.text) <= 50 for one in made)
        assert any(len(one.text) > 30 for one in made)
        alone = generate(loaded, [made[8].prompt], SampleConfig(length=50, temperature=0.9, seed=11, stop=True))
        assert alone == [made[8]], "whatever is sampled beside it"
        greedy = generate(loaded, [""], SampleConfig(length=200, temperature=0))
        assert set(greedy[0].text.replace(".", "").split()) & set(WORDS)

    def test_of_random_bytes_are_text(self, root: Path) -> None:
        """A network that has learnt nothing writes half characters: they do not show."""
        train(corpus(3), root=root, gpt=TINY, config=pairs(max_steps=1))
        loaded = load_newest(root)
        assert loaded is not None
        hot = SampleConfig(count=20, length=40, temperature=10, top_k=0)
        for one in generate(loaded, ["caf", "é"], hot):
            assert len(one.text) <= 40 and not one.ended
            one.text.encode()


class TestServed:
    def test_a_score_is_in_bits_a_character(self, learned: tuple[Path, TrainResult]) -> None:
        root, result = learned
        served, loaded = LanguageModel(root), load(root, result.checkpoint_id or "")
        texts = [prose(300, 50), "x", "the encoder finds", "", "zq%é\ud800"]
        for text, bits in zip(texts, served.score(texts), strict=True):
            numbers = as_document(loaded.vocabulary, text)
            if text:
                expected = measure(loaded.network(), numbers, lengths=loaded.vocabulary.lengths)
                assert expected.characters == len(text)
                assert bits == pytest.approx(expected.bits, abs=HALF)
            else:
                assert math.isnan(bits)
        long = prose(3000, 51)
        assert served.score([long], most=600)[0] == pytest.approx(served.score([long])[0], rel=0.2)

    def test_words_are_completed(self, learned: tuple[Path, TrainResult]) -> None:
        served = LanguageModel(learned[0])
        assert served.complete("a caption expl", WORDS)[0].text == "a caption explains"
        assert served.complete("the spea", WORDS)[0].text == "the speaker"
        for prefix in ("", "the enc", "our index ", '"the l', "one recording keeps t", "two  ", "line\n"):
            found = served.complete(prefix, WORDS, 4)
            assert 0 < len(found) <= 4
            assert all(each.log_probability <= 0 for each in found)
            assert all(each.text.startswith(prefix) and each.text.split()[-1].lstrip('"') in WORDS for each in found)
        assert served.complete("xylo", WORDS) == served.complete("the ", []) == []
        assert served.complete("the encoder " * 30, WORDS, 3)

    def test_a_completion_is_as_likely_as_reading_it_says(self, learned: tuple[Path, TrainResult]) -> None:
        """Of one token: its probability after the prefix, and that of what is of no word after it."""
        root, result = learned
        loaded = load(root, result.checkpoint_id or "")
        vocabulary, network = loaded.vocabulary, loaded.network()
        assert len(vocabulary.encode(" index")) == 1
        best = {one.text: one.log_probability for one in LanguageModel(root).complete("our ", WORDS, 20)}
        with torch.inference_mode():
            start = torch.from_numpy(as_document(vocabulary, "our").astype(np.int64))[None]
            word = int(vocabulary.encode(" index")[0])
            logs = torch.log_softmax(network(start)[0, -1], -1)
            spaces = [n for n in range(2, len(vocabulary)) if vocabulary.decode([n]).startswith(" ")]
            after = torch.cat([start, torch.tensor([[word]])], dim=1)
            ends = torch.log_softmax(network(after)[0, -1], -1)
            texts = [vocabulary.decode([n]) for n in range(len(vocabulary))]
            outside = [1] + [n for n, t in enumerate(texts) if n > 1 and t and "\ufffd" not in t and not _inside(t[0])]
            expected = logs[word] + ends[outside].logsumexp(0) - logs[spaces].logsumexp(0)
        assert best["our index"] == pytest.approx(float(expected), abs=0.05)


def _inside(character: str) -> bool:
    return character.isalnum() or character in "'’_-"


def test_another_shape_is_told(root: Path) -> None:
    train(corpus(12), root=root, gpt=TINY, config=pairs(max_steps=2))
    other = GPTConfig(layers=1, heads=2, width=32, context=16)
    result = train(corpus(12), root=root, gpt=other, config=pairs(max_steps=2))
    assert result.continued_from is None and any("another shape" in note for note in result.notes)
