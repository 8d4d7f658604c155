"""In plain words: what became of a training, why its samples are as they are, and what to do. No torch, no files."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from model.checked import made_of
from model.copied import compare
from model.errors import CheckpointError
from model.outcome import Judgement, Point, TrainResult

FORMAT = 1

LITTLE_TEXT = 100_000  # characters; measured: below this a network of this size memorises before it generalises
MEMORISED_GAP = 0.5  # nats a character between training and validation
ENGLISH = 3.0  # nats: the entropy of the characters of English talks, one by one
SCRAMBLED = (
    0.5  # of that entropy: above it, measured in English (1.5 nats), samples are still full of words that are none
)
FEW_CHARACTERS = 1.5  # nats of it: below are fewer than five characters, or nearly
FEW_READINGS = 1.0
BASE = (
    "; start from the base, which knows how words are spelt (train: {base: shipped}; with --text, leave out --preset"
    " and --fresh)"
)
TIME = "Give it more time (--seconds; for all trainings, train: {budget: …})"

Origin = Literal["nothing", "base", "checkpoint"]


def judge(
    *,
    train_characters: int,
    readings: float,
    train_loss: float,
    validation_loss: float,
    unigram: float = ENGLISH,
    origin: Origin = "nothing",
    tokenizer: str = "characters",
    cut_short: bool = True,
    overrun: Overrun | None = None,
) -> Judgement:
    """What the losses (nats a character) of the kept weights mean for the samples, and what would help.

    ``readings`` is how often they, and what they descend from, read the text, ``unigram`` the entropy of its characters
    one by one in nats, ``cut_short`` whether time or steps ended the training rather than the text; ``overrun`` is
    given where it went on after its best step.
    """
    gap = validation_loss - train_loss
    little = train_characters < LITTLE_TEXT
    text = f"{train_characters:,} characters, read {_times(readings, origin)}"
    more = f"Add transcripts: {LITTLE_TEXT:,} characters are about the least that a model of this size learns from"
    base = BASE * (origin == "nothing" and tokenizer == "characters")  # which the base is of
    after = overrun.told if overrun else ""
    if unigram < FEW_CHARACTERS:
        return Judgement(
            "too little text",
            f"Too little text: {text}, nearly all of them the same few. There are no words in it to learn, whatever the"
            f" loss.{after}",
            f"{more}. More training does not help.",
        )
    knows_letters = train_loss < unigram
    if not knows_letters and readings >= FEW_READINGS:
        begun = "" if origin == "nothing" else ", or begin from nothing (with --text: --fresh)"
        return Judgement(
            "stopped early",
            f"Stopped early: {text}, and it does not know yet which characters are common in it: to guess by how often"
            f" each comes is as good. Samples are noise.{after}",
            f"{TIME}{begun}.",
        )
    if knows_letters and gap >= MEMORISED_GAP:
        cause = "there is too little text" if little else "it read the text too often"
        return Judgement(
            "memorised",
            f"Memorised: {gap:.2f} nats a character better on text it has read than on other text, because {cause}"
            f" ({text}). Samples copy pieces of it letter by letter and are scrambled between the pieces, since what"
            f" follows a piece the model knows only where it stood in the text.",
            f"{more if little else 'Add transcripts'}{base}; take fewer steps. More training makes it worse.",
        )
    if validation_loss <= SCRAMBLED * unigram:
        return Judgement(
            "fine",
            "Fine: the model reads text it has not seen nearly as well as text it has. Most words of its samples are"
            f" words; that they make sense is beyond a model of this size.{after}",
            "Nothing needs doing; more transcripts, and then more time, make it better.",
        )
    if readings < FEW_READINGS:
        return Judgement(
            "stopped early",
            f"Stopped early: it read {100 * readings:.0f} % of {train_characters:,} characters. Samples are scrambled"
            f" because training was short, not because the text is.{after}",
            f"{TIME}, or let it go on: the next training continues this one.",
        )
    if little or not cut_short:
        lacking = "do not show how words are spelt" if little else "do not suffice: it still guesses at words"
        return Judgement(
            "too little text",
            f"Too little text: {text}, {lacking}, and reading them more often would only learn them by heart. Samples"
            f" are scrambled: their letters follow each other as in the text, but many of their words are none.{after}",
            f"{more if little else 'Add transcripts'}{base}. More training does not help.",
        )
    return Judgement(
        "stopped early",
        f"Stopped early: {text}, and the model still guesses at words. Samples are partly scrambled.{after}",
        f"{TIME}, and then more transcripts.",
    )


@dataclass(frozen=True, slots=True)
class Overrun:
    """What a training learnt after its best step, which was not kept: losses at its end, in nats a character."""

    best_step: int
    train_loss: float
    validation_loss: float

    @property
    def told(self) -> str:
        return (
            f" After step {self.best_step:,}, whose weights were kept, it only learnt its text by heart (training loss"
            f" {self.train_loss:.2f}, validation loss {self.validation_loss:.2f} at the end)."
        )


def overrun_of(training: Sequence[Point], validation: Sequence[Point], best_step: int) -> Overrun | None:
    """Set where the losses at the end are those of a memorised text, and the best step's are not."""
    if not training or not validation or validation[-1].step <= best_step:
        return None
    train_loss, last = training[-1].loss, validation[-1].loss
    best = min(point.loss for point in validation)
    memorised = last - train_loss >= MEMORISED_GAP and last > best
    return Overrun(best_step, train_loss, last) if memorised else None


def _times(readings: float, origin: Origin) -> str:
    often = f"{readings:,.0f} times" if readings >= 10 else f"{readings:.1f} times"
    return f"{often} in all trainings" if origin == "checkpoint" else often


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampled:
    """What the samples show: ``known`` is the share of their words that the text has, None where they have none to look
    up, ``copied`` the longest run of it.

    ``texts`` are a few of them, prompts included.
    """

    count: int
    known: float | None
    copied: str
    texts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A training in figures and words. Losses in nats a character, curves as in ``TrainResult``.

    It quotes samples and so what they were learnt from: it goes when its checkpoint goes.
    """

    checkpoint: str
    continued_from: str | None
    created: str
    judgement: Judgement
    reason: str
    notes: tuple[str, ...]
    steps: int
    best_step: int
    seconds: float
    characters_per_second: float
    parameters: int
    train_characters: int
    readings: float
    validation_characters: int
    train_loss: float
    validation_loss: float
    vocabulary: int
    new_characters: str
    training: tuple[Point, ...]
    validation: tuple[Point, ...]
    tokenizer: str = "characters"
    characters_per_token: float = 1.0
    sampled: Sampled | None = None

    @classmethod
    def of(cls, result: TrainResult, created: str) -> Report:
        """The report of a finished training. Raises ValueError for one that was interrupted."""
        if result.checkpoint_id is None:
            raise ValueError("an interrupted training has no checkpoint to report on")
        shared = {f.name: getattr(result, f.name) for f in fields(cls) if hasattr(result, f.name)}
        return cls(checkpoint=result.checkpoint_id, created=created, **shared)

    @property
    def gap(self) -> float:
        """How much better it is on text it has read, in nats a character."""
        return self.validation_loss - self.train_loss

    @property
    def bits(self) -> float:
        """Validation loss in bits a character."""
        return self.validation_loss / math.log(2)

    def with_samples(self, texts: Sequence[str], archive: str | Iterable[str], prompts: Sequence[str] = ()) -> Report:
        """This report with what ``texts``, drawn after ``prompts``, have of the ``archive``."""
        return replace(self, sampled=sampled(texts, archive, prompts)) if texts else self

    def to_json(self) -> dict[str, Any]:
        """A JSON object; ``from_json`` reads it. ``gap`` and ``validation_bits`` are there for other readers."""
        return {"format": FORMAT, **asdict(self), "gap": self.gap, "validation_bits": self.bits}

    @classmethod
    def from_json(cls, value: dict[str, Any], path: Path) -> Report:
        """Raises CheckpointError naming ``path`` where it is no report, or one of another version."""
        try:
            if value["format"] != FORMAT:
                raise CheckpointError(f"{path}: format {value['format']}, this version reads format {FORMAT}")
            return made_of(cls, value)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise CheckpointError(f"{path}: not a training's report ({error!r})") from error


TEXTS_SHOWN = 3


def share_told(known: float | None) -> str:
    """A share of words for people."""
    return "too few to say" if known is None else f"{known:.0%}"


def with_prompt(prompt: str, text: str) -> str:
    """A sample as reports show it."""
    return f"{prompt} … {text}" if prompt.strip() else text


def sampled(texts: Sequence[str], archive: str | Iterable[str], prompts: Sequence[str] = ()) -> Sampled:
    """Measures ``texts`` (at least one), drawn after ``prompts``, against the ``archive``, whole or in pieces."""
    shown = list(map(with_prompt, prompts, texts))
    heard = compare(texts, (archive,) if isinstance(archive, str) else archive)
    return Sampled(count=len(texts), known=heard.known, copied=heard.copied, texts=tuple(shown or texts)[:TEXTS_SHOWN])
