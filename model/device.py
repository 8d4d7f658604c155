"""Where a training computes: the device, and torch's settings for as long as it takes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from model.config import TrainConfig
from model.errors import TrainingError


@contextmanager
def torch_settings(config: TrainConfig) -> Iterator[None]:
    """Seed and threads for the training alone: whoever called keeps their own."""
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        if config.threads:
            torch.set_num_threads(config.threads)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def device_of(config: TrainConfig) -> torch.device:
    """The device a training runs on. Raises TrainingError where the one that was asked for is not there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if config.device != "auto" and not there[config.device]:
        raise TrainingError(f"device: {config.device} is not there; auto takes the best there is")
    name = next(name for name, is_there in there.items() if is_there and config.device in ("auto", name))
    return torch.device(name, int(os.environ.get("LOCAL_RANK", "0"))) if name == "cuda" else torch.device(name)
