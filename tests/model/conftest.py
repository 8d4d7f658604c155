"""Shared by the model's tests: a small network, a short training, and text with something in it to learn."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from model import GPTConfig, Text, TrainConfig
from model.outcome import TrainResult
from model.train import train

TINY = GPTConfig(layers=2, heads=2, width=32, context=16)
HALF = 0.02  # bits: where products are computed in half precision, their shape shows in the third digit
SUBJECTS = ("the encoder", "our index", "a caption", "the speaker", "this archive", "one recording")
VERBS = ("finds", "keeps", "loses", "repeats", "explains", "forgets")
OBJECTS = ("every moment", "the last word", "a long pause", "two questions", "the whole talk", "its own name")


def prose(characters: int, seed: int = 0) -> str:
    """Sentences with a grammar of their own: learnable, never twice the same text."""
    rng = random.Random(seed)
    text = ""
    while len(text) < characters:
        text += f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)}. "
    return text[:characters]


def corpus(count: int, characters: int = 400, first: int = 0) -> list[Text]:
    return [Text(f"talk{i:04d}", prose(characters, i)) for i in range(first, first + count)]


def quick(**changes: float) -> TrainConfig:
    """Bounded by steps, not by time, on one thread: the same weights every time."""
    values = {"budget_seconds": 1e6, "max_steps": 30, "max_epochs": 1e6, "batch_size": 4, "threads": 1, **changes}
    return TrainConfig(**values)  # type: ignore[arg-type]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "model"


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainResult]:
    """A small model that has learnt something; read only."""
    root = tmp_path_factory.mktemp("trained")
    return root, train(corpus(12), root=root, gpt=TINY, config=quick(max_steps=150, batch_size=8))
