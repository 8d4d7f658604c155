from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.dataset import Sampler, Windows, fingerprint, is_validation, split, stream
from model.text import Text
from model.vocab import Vocabulary
from tests.model.conftest import corpus, prose

IDS = st.lists(st.text("abcdef0123456789", min_size=1), min_size=1, max_size=40, unique=True)


class TestSplit:
    @given(IDS)
    def test_nothing_is_in_both_parts_and_nothing_is_lost(self, ids: list[str]) -> None:
        documents = [Text(i, f"{i} says something of its own {i}") for i in ids]
        parts = split(documents)
        if parts.kind == "document":
            assert {d.id for d in parts.train}.isdisjoint(d.id for d in parts.validation)
            assert sorted([*parts.train, *parts.validation], key=lambda d: d.id) == sorted(
                documents, key=lambda d: d.id
            )
        else:
            tails = {d.id: d.text for d in parts.validation}
            assert [d.text + tails.get(d.id, "") for d in parts.train] == [d.text for d in documents]

    @given(IDS, IDS)
    def test_a_document_never_moves(self, some: list[str], more: list[str]) -> None:
        def held(ids: list[str]) -> set[str] | None:
            parts = split([Text(i, "words") for i in ids])
            return {d.id for d in parts.validation} if parts.kind == "document" else None

        before, after = held(some), held(list(dict.fromkeys([*some, *more])))
        if before is not None:
            assert after is not None
            assert before == after & set(some)

    def test_about_a_tenth_is_held_out(self) -> None:
        assert 60 < sum(is_validation(f"talk{i}") for i in range(1000)) < 140

    def test_few_documents_are_cut_at_nine_tenths(self) -> None:
        parts = split([Text("a", "x" * 100), Text("b", " \n")])
        assert parts.kind == "position"
        assert [len(d.text) for d in parts.train] == [90]
        assert [len(d.text) for d in parts.validation] == [10]

    @pytest.mark.parametrize(("characters", "train"), [(1_115_394, 1_003_854), (1_009, 908), (5, 4)])
    def test_a_text_is_cut_where_nanogpts_prepare_cuts_it(self, characters: int, train: int) -> None:
        parts = split([Text("a", "x" * characters)])
        assert parts.train_characters == train == int(0.9 * characters)
        assert sum(d.characters for d in parts.validation) == characters - train

    def test_manifest_tells_validation_apart_and_ignores_order(self) -> None:
        documents = corpus(30)
        assert split(documents).manifest() == split(documents[::-1]).manifest()
        held = next(d for d in documents if is_validation(d.id))
        other = [d for d in documents if d is not held]
        changed = [*other, Text(held.id, held.text + "!")]
        assert split(documents).manifest() != split(changed).manifest()
        assert fingerprint(documents) != fingerprint(other)


class TestBatches:
    vocabulary = Vocabulary().grown([prose(2000)])

    @given(st.integers(2, 300), st.integers(1, 64), st.integers(0, 5))
    def test_windows_are_pieces_of_the_stream(self, size: int, length: int, seed: int) -> None:
        ids = np.arange(size, dtype=np.uint16)
        windows = Windows(ids, length, seed).take(0, 50)
        assert windows.shape == (50, min(length, size - 1) + 1)
        assert (np.diff(windows, axis=1) == 1).all()

    @settings(max_examples=20)
    @given(st.lists(st.integers(0, 40), min_size=1, max_size=10))
    def test_a_batch_depends_on_its_step_alone(self, steps: list[int]) -> None:
        new, old = (stream([Text("x", prose(n, n))], self.vocabulary) for n in (300, 900))
        one, two = (Sampler(new, old, length=16, batch_size=4, replay=0.3, seed=1) for _ in range(2))
        for step in steps:
            for a, b in zip(one.batch(step), two.batch(step), strict=True):
                assert np.array_equal(a, b)
        for step in range(max(steps) + 1):
            two.batch(step)
        for a, b in zip(one.batch(steps[0]), two.batch(steps[0]), strict=True):
            assert np.array_equal(a, b)

    def test_targets_are_inputs_shifted_and_an_epoch_reads_nearly_everything(self) -> None:
        ids = np.arange(1601, dtype=np.uint16)
        sampler = Sampler(ids, None, length=16, batch_size=4, replay=0.3, seed=1)
        seen: set[int] = set()
        for step in range(int(sampler.steps_per_epoch)):
            inputs, targets = sampler.batch(step)
            assert np.array_equal(inputs + 1, targets)
            seen.update(targets.flatten().tolist())
        assert len(seen) >= 1600 - 2 * 16

    def test_replay_is_a_fixed_share_of_every_batch(self) -> None:
        new, old = np.full(500, 2, dtype=np.uint16), np.full(500, 3, dtype=np.uint16)
        sampler = Sampler(new, old, length=16, batch_size=8, replay=0.25, seed=1)
        for step in range(20):
            assert (sampler.batch(step)[0][:, 0] == 3).sum() == 2
