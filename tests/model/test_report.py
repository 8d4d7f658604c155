from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import CheckpointError, Text, list_checkpoints
from model.checkpoint import load
from model.dataset import split, stream
from model.evaluate import measure
from model.outcome import Curve, Point, TrainResult, extended
from model.report import Report, judge, overrun_of
from model.report_files import PAGE, folder_of, read_report, report_on, save_report
from model.train import train
from model.vocab import unigram
from tests.model.conftest import TINY, corpus, quick


@pytest.fixture
def report(trained: tuple[Path, TrainResult]) -> Report:
    return Report.of(trained[1], "2026-11-23T10:00:00+00:00")


class TestVerdict:
    @pytest.mark.parametrize(
        ("told", "verdict", "word"),
        [
            ((14_000, 110, 0.24, 3.1), "memorised", "too little text"),
            ((1_000_000, 70, 0.8, 1.9), "memorised", "read the text too often"),
            ((10_000_000, 0.01, 2.4, 2.4), "stopped early", "1 % of 10,000,000"),
            ((20_000, 3.8, 2.3, 2.5), "too little text", "scrambled"),
            ((1_000_000, 2.3, 2.1, 2.2), "stopped early", "still guesses"),
            ((5_000_000, 1.4, 1.2, 1.3), "fine", "Most words of its samples are words"),
        ],
    )
    def test_of_the_losses(self, told: tuple[int, float, float, float], verdict: str, word: str) -> None:
        characters, readings, train_loss, validation_loss = told
        judgement = judge(
            train_characters=characters, readings=readings, train_loss=train_loss, validation_loss=validation_loss
        )
        assert judgement.verdict == verdict and word in judgement.why
        assert judgement.told == f"{judgement.why} {judgement.what_to_do}"

    def test_nanogpts_cpu_recipe_on_a_short_text_says_why_its_samples_are_scrambled(self) -> None:
        """The losses it ends with on 13,976 characters, 2,000 steps of 12 windows of 64 characters."""
        judgement = judge(
            train_characters=12_578,
            readings=2000 * 12 * 64 / 12_578,
            train_loss=0.2364,
            validation_loss=3.1086,
        )
        assert judgement.verdict == "memorised"
        for words in ("there is too little text", "12,578 characters, read 122 times", "scrambled between the pieces"):
            assert words in judgement.why
        for words in ("Add transcripts", "start from the base", "fewer steps"):
            assert words in judgement.what_to_do

    def test_what_does_not_know_the_texts_letters_yet_is_not_done(self) -> None:
        """From a base of other letters: its loss is above guessing by how often each comes."""
        figures: dict[str, Any] = {"train_characters": 1_500, "train_loss": 5.3, "validation_loss": 5.8, "unigram": 4.9}
        early = judge(**figures, readings=30, origin="base")
        assert early.verdict == "stopped early" and "Samples are noise" in early.why
        assert "begin from nothing" in early.what_to_do
        assert "begin from nothing" not in judge(**figures, readings=30).what_to_do
        assert judge(**figures | {"validation_loss": 8.0}, readings=0.7).verdict == "stopped early"

    def test_more_time_is_no_help_once_the_text_is_read_often_enough(self) -> None:
        figures: dict[str, Any] = {
            "train_characters": 500_000,
            "readings": 7,
            "train_loss": 1.8,
            "validation_loss": 1.9,
        }
        assert judge(**figures).verdict == "stopped early"
        assert judge(**figures, cut_short=False).verdict == "too little text"

    def test_what_is_continued_is_judged_by_all_its_readings(self) -> None:
        figures: dict[str, Any] = {"train_characters": 1_000_000, "train_loss": 1.9, "validation_loss": 2.0}
        early = judge(**figures, readings=0.2, origin="checkpoint")
        assert early.verdict == "stopped early" and "20 %" in early.why and "goes on" not in early.why
        late = judge(**figures, readings=3.0, origin="checkpoint", cut_short=False)
        assert late.verdict == "too little text" and "read 3.0 times in all trainings" in late.why

    def test_good_is_what_is_little_of_the_texts_own_entropy(self) -> None:
        """Of four thousand signs a loss is another than of thirty letters."""
        figures: dict[str, Any] = {"train_characters": 5_000_000, "readings": 8, "train_loss": 3.0}
        assert judge(**figures, validation_loss=3.2, unigram=6.6).verdict == "fine"
        assert judge(**figures, validation_loss=3.2).verdict != "fine"

    @pytest.mark.parametrize("text", ["a" * 202, "ab" * 150, "...---..." * 40])
    def test_the_same_few_characters_are_no_text(self, text: str) -> None:
        assert unigram([text]) < 0.7
        told = judge(train_characters=180, readings=2, train_loss=0.9, validation_loss=0.1, unigram=unigram(iter(text)))
        assert told.verdict == "too little text" and "no words in it to learn" in told.why

    def test_advice_can_be_followed(self) -> None:
        figures: dict[str, Any] = {
            "train_characters": 9_000,
            "readings": 0.4,
            "train_loss": 2.6,
            "validation_loss": 2.9,
        }
        assert "--seconds" in judge(**figures).what_to_do
        assert "leave out --preset" in judge(**figures | {"readings": 4}).what_to_do
        assert "base" not in judge(**figures | {"readings": 4}, tokenizer="bpe").what_to_do, "it is of characters"

    def test_what_is_based_is_not_told_to_start_from_the_base(self) -> None:
        figures: dict[str, Any] = {"train_characters": 9_000, "readings": 7, "train_loss": 1.6, "validation_loss": 1.9}
        assert "base" in judge(**figures).what_to_do
        assert "base" not in judge(**figures, origin="base").what_to_do

    def test_what_came_after_the_best_step_is_told(self) -> None:
        training: Curve = (Point(1, 0, 4.0), Point(50, 1, 2.4), Point(400, 9, 0.3))
        validation: Curve = (Point(50, 1, 2.6), Point(400, 9, 4.3))
        overrun = overrun_of(training, validation, 50)
        assert overrun is not None and "step 50" in overrun.told and "4.30" in overrun.told
        assert overrun_of(training[:2], validation[:1], 50) is None
        assert overrun_of((), (), 0) is None


class TestFigures:
    def test_both_losses_are_those_of_the_weights_that_were_kept(self, trained: tuple[Path, TrainResult]) -> None:
        """Without dropout, on what they read and on what they did not."""
        root, result = trained
        loaded, parts = load(root, result.checkpoint_id or ""), split(corpus(12))
        read, held = (
            measure(loaded.network(), stream(part, loaded.vocabulary)) for part in (parts.train, parts.validation)
        )
        assert result.train_loss == pytest.approx(read.nats, abs=1e-3)
        assert result.validation_loss == pytest.approx(held.nats, abs=1e-3)
        assert (loaded.info.train_loss, loaded.info.validation_loss) == (result.train_loss, result.validation_loss)

    def test_a_continued_training_counts_what_was_read_before(self, root: Path) -> None:
        first = train(corpus(12, 4_000), root=root, gpt=TINY, config=quick(max_steps=6, batch_size=8))
        second = train(corpus(12, 4_000), root=root, gpt=TINY, config=quick(max_steps=3, batch_size=8))
        assert second.continued_from == first.checkpoint_id and second.judgement is not None
        in_all = 100 * (first.readings + second.readings)
        assert second.judgement.verdict == "stopped early" and f"it read {in_all:.0f} %" in second.judgement.why
        read = [info.characters_read for info in list_checkpoints(root)]
        assert read == [first.best_step * 8 * 16, (first.best_step + second.best_step) * 8 * 16]

    def test_new_text_read_often_enough_says_nothing_of_the_old(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("model.report.LITTLE_TEXT", 1_000)
        draw = random.Random(1)
        noise = [Text(f"talk{i:04d}", "".join(draw.choices("abcdefghijkl", k=300))) for i in range(13)]
        train(noise[:12], root=root, gpt=TINY, config=quick(max_steps=15, batch_size=20))
        second = train(noise, root=root, gpt=TINY, config=quick(max_epochs=4.0, batch_size=20))
        assert second.reason == "the text was read often enough" and second.judgement is not None
        assert second.judgement.verdict == "stopped early" and "in all trainings" in second.judgement.why


class TestCurves:
    @given(st.integers(0, 30_000), st.integers(1, 50))
    def test_stay_short_and_reach_to_the_end(self, steps: int, every: int) -> None:
        curve: Curve = ()
        for step in range(1, steps + 1, every):
            curve = extended(curve, Point(step, 0.0, 1.0))
        assert len(curve) < 1_000
        assert not curve or steps - curve[-1].step <= every + steps // 100

    def test_a_training_records_them(self, trained: tuple[Path, TrainResult]) -> None:
        result = trained[1]
        assert result.training[0].step == 1 and result.training[-1].step == 150
        assert result.training[-1].loss < result.training[0].loss
        assert [point.step for point in result.validation] == [25, 50, 75, 100, 125, 150]
        assert result.readings == pytest.approx(150 * 8 * 16 / result.train_characters)
        assert result.judgement is not None and result.explanation == result.judgement.told
        assert set(result.new_characters) <= set("".join(text.text for text in corpus(12)))
        assert result.vocabulary == len(result.new_characters), "it began with none"

    def test_an_interruption_leaves_no_gap(self, root: Path, tmp_path: Path) -> None:
        asked = iter(range(7))
        train(corpus(3), root=root, gpt=TINY, config=quick(), should_stop=lambda: next(asked, None) is None)
        rest = train(corpus(3), root=root, gpt=TINY, config=quick())
        whole = train(corpus(3), root=tmp_path / "whole", gpt=TINY, config=quick())
        assert rest.resumed
        for one, other in ((rest.training, whole.training), (rest.validation, whole.validation)):
            assert [(p.step, p.loss) for p in one] == [(p.step, p.loss) for p in other]

    def test_new_characters_are_those_its_parent_lacked(self, root: Path) -> None:
        train(corpus(12), root=root, gpt=TINY, config=quick(max_steps=2))
        again = train(corpus(12), root=root, gpt=TINY, config=quick(max_steps=2))
        assert again.new_characters == "" and again.vocabulary > 10


class TestReport:
    def test_comes_back_from_json(self, report: Report, tmp_path: Path) -> None:
        report = report.with_samples(["the index finds zzz again", "a caption"], "the index finds every moment", ["so"])
        assert save_report(tmp_path, report)
        assert read_report(tmp_path) == report
        value = json.loads((tmp_path / "report.json").read_text())
        assert value["judgement"]["verdict"] == report.judgement.verdict
        assert value["validation_bits"] == pytest.approx(report.validation_loss * 1.4427, rel=1e-3)
        assert value["gap"] == pytest.approx(report.validation_loss - report.train_loss)
        assert value["sampled"]["copied"] == "the index finds "
        assert report.checkpoint in (tmp_path / PAGE).read_text()

    def test_half_a_surrogate_is_no_reason_to_fail(self, report: Report, tmp_path: Path) -> None:
        assert save_report(tmp_path, report.with_samples(["broken \ud800 text"], "text"))
        assert read_report(tmp_path) is not None

    def test_is_not_written_where_its_checkpoint_is_gone(self, report: Report, tmp_path: Path) -> None:
        assert not save_report(tmp_path / "gone", report)
        assert not (tmp_path / "gone").exists() and read_report(tmp_path / "gone") is None

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 9}', '{"format": 1, "steps": 3}', "\ufffd"])
    def test_what_is_none_is_told(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "report.json").write_text(text)
        with pytest.raises(CheckpointError, match=r"report\.json"):
            read_report(tmp_path)

    def test_an_interrupted_training_has_none(self, trained: tuple[Path, TrainResult]) -> None:
        with pytest.raises(ValueError, match="interrupted"):
            Report.of(replace(trained[1], checkpoint_id=None), "")

    def test_of_a_training_outside_an_archive(self, root: Path) -> None:
        documents = corpus(12)
        result = train(documents, root=root, gpt=TINY, config=quick(max_steps=60, batch_size=8))
        report = report_on(result, root, documents, "now")
        assert report.sampled is not None and len(report.sampled.texts) == 3
        assert 0 < report.sampled.known <= 1 and len(report.sampled.copied) > 2
        assert read_report(root) == report

    def test_goes_with_its_checkpoint(self, root: Path) -> None:
        for number in range(3):
            result = train(corpus(3), root=root, gpt=TINY, config=quick(max_steps=2, keep=2))
            assert save_report(folder_of(root, result.checkpoint_id or ""), Report.of(result, str(number)))
        assert sorted(read_report(folder).created for folder in (root / "checkpoints").iterdir()) == ["1", "2"]  # type: ignore[union-attr]
        assert len(list(root.rglob("report.html"))) == 2
