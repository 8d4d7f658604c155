"""No loss counts a text that was learnt: of documents that were edited, or by a base of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from model import Text, list_checkpoints
from model.base import load_base, write_base
from model.checkpoint import load
from model.dataset import is_validation, split
from model.outcome import TrainResult
from model.seen import begins_as, has_learnt, marks_of, told_of, unseen
from model.start import begin
from model.train import train
from tests.model.conftest import TINY, corpus, prose, quick

FEW = quick(max_steps=1)


def talks(count: int, first: int = 0) -> list[Text]:
    """Talks of lines of their own, as transcripts are."""
    return [
        Text(f"talk{i}", "".join(f"{i}.{n} {sentence}.\n" for n, sentence in enumerate(prose(900, i).split(". "))))
        for i in range(first, first + count)
    ]


class TestTold:
    def test_a_text_is_known_though_it_goes_on(self) -> None:
        text = Text("a", prose(300))
        told = told_of(text)
        assert begins_as(text, told) and begins_as(Text("a", text.text + " And more."), told)
        for other in (text.text[:-1], "x" + text.text, text.text.replace("the", "The"), ""):
            assert not begins_as(Text("a", other), told)

    @pytest.mark.parametrize("told", ["", "x", "12", "-1:" + "0" * 64, "9" * 5_000 + ":" + "0" * 64, "3:abc"])
    def test_what_says_nothing_is_of_no_text(self, told: str) -> None:
        assert not begins_as(Text("a", "abc"), told)


class TestEdited:
    def test_what_was_learnt_is_not_held_out_by_cutting_it_shorter(self, root: Path) -> None:
        whole = Text("a", prose(2_000))
        train([whole], root=root, gpt=TINY, config=FEW)
        shorter = Text("a", whole.text[:1_600])
        assert split([shorter]).validation[0].text in split([whole]).train[0].text  # type: ignore[attr-defined]
        second = train([shorter], root=root, gpt=TINY, config=FEW)
        assert second.continued_from is None and any("has learnt from what is held out" in n for n in second.notes)
        third = train([shorter], root=root, gpt=TINY, config=FEW)
        assert third.continued_from == second.checkpoint_id
        longer = train([Text("a", whole.text[:1_600] + prose(300, 9))], root=root, gpt=TINY, config=FEW)
        # of its end, now, nothing was learnt
        assert longer.continued_from == third.checkpoint_id == list_checkpoints(root)[2].id, (
            "of its end nothing was learnt"
        )

    def test_one_whose_texts_nobody_kept_is_not_gone_on_with(self, root: Path) -> None:
        """As earlier versions wrote them."""
        train(corpus(3), root=root, gpt=TINY, config=FEW)
        (info,) = list_checkpoints(root)
        parts = split(corpus(3))
        assert not has_learnt(info, corpus(3), parts)
        assert has_learnt(replace(info, texts=()), corpus(3), parts)
        assert has_learnt(replace(info, validation_split="document"), corpus(3), parts)

    def test_of_whole_documents_it_does_not_matter_but_what_changed_is_new(self, root: Path) -> None:
        first = train(corpus(12), root=root, gpt=TINY, config=FEW)
        train_id = next(d.id for d in corpus(12) if not is_validation(d.id))
        changed = [Text(d.id, prose(500, 99)) if d.id == train_id else d for d in corpus(12)]
        second = train(changed, root=root, gpt=TINY, config=quick(max_steps=1, batch_size=2))
        assert second.continued_from == first.checkpoint_id
        told = list_checkpoints(root)[-1].texts_by_id
        assert told == {d.id: told_of(d) for d in changed}
        start = begin(root, corpus(12), TINY)
        assert start.old is not None and 400 < len(start.new) < 410, "it is learnt as new, the rest is replayed"


class TestBase:
    @pytest.fixture
    def own(self, trained: tuple[Path, TrainResult], tmp_path: Path) -> Path:
        """A base that says it has learnt some talks."""
        loaded = load(trained[0], trained[1].checkpoint_id or "")
        write_base(tmp_path / "base", loaded, "# Card\n", marks_of(talks(8)))
        assert load_base(tmp_path / "base").info.marks and (tmp_path / "base").stat().st_mode & 0o077 == 0
        return tmp_path / "base"

    def test_texts_are_found_again_under_other_names_and_somewhat_corrected(self) -> None:
        marks = marks_of(talks(8))
        others = [replace(d, id=f"x{d.id}", text=d.text.replace("the encoder", "The Encoder")) for d in talks(16)]
        others = [replace(d, text=d.text.replace("a caption", "the caption")) for d in others]
        held = unseen(replace(split(others), validation=tuple(others)), others, "", marks).validation
        assert [d.id for d in held] == [d.id for d in others[8:]]
        assert unseen(split(others), others, "") == split(others)

    def test_what_it_learnt_is_not_counted_now_nor_later(self, root: Path, own: Path) -> None:
        documents = talks(12)
        held = split(documents)
        assert [d.id for d in held.validation] == ["talk5", "talk8"], "it has learnt the first eight"
        first = train(documents, root=root, gpt=TINY, config=FEW, base=own)
        left = held.validation[1:]
        assert first.validation_characters == left[0].characters + 1
        assert any("Of 2 held-out documents the base has learnt 1:" in note for note in first.notes)
        train(talks(13), root=root, gpt=TINY, config=FEW, base=own)
        one, two = list_checkpoints(root)
        assert one.marks == two.marks == load_base(own).info.marks and two.parent == one.id
        assert one.validation_manifest == two.validation_manifest == replace(held, validation=left).manifest()

    @pytest.mark.parametrize("count", [8, 3])
    def test_where_it_learnt_all_that_is_held_out_training_starts_from_nothing(
        self, root: Path, own: Path, count: int
    ) -> None:
        result = train(talks(count), root=root, gpt=TINY, config=FEW, base=own)
        assert result.continued_from is None and result.validation_characters > 0
        assert any("has learnt all that is held out" in note for note in result.notes)
