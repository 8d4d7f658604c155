"""Where a training computes: the device, and torch's settings for as long as it takes."""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from model.config import TrainConfig
from model.errors import MemoryShortage, TrainingError

NO_MEMORY = ("allocate memory", "could not create a primitive", "bad_alloc")  # torch's, oneDNN's, C++'s words
HALF_INSTRUCTIONS = ("amx_bf16", "avx512_bf16", "bf16")
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)
LARGEST_KEPT = 32 << 20  # bytes of a block that is not given back at once; what glibc allows at most
KEPT = 4 * LARGEST_KEPT  # bytes that are freed and not yet given back, at most
SETTINGS_OF_MALLOC = ("MALLOC_", "GLIBC_TUNABLES")


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


@functools.cache
def keep_freed_memory() -> None:
    """Let this process keep what its tensors free, from now on and for good, rather than ask the system for every one.

    glibc gives blocks of megabytes back when they are freed, and each page of the next one costs a fault: half the
    time of reading on a processor (NOTES.md). Elsewhere nothing is done, nor where the environment says what to do.
    """
    if sys.platform == "linux" and not any(name.startswith(SETTINGS_OF_MALLOC) for name in os.environ):
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if mallopt is not None and mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT):  # the other alone makes it worse
            mallopt(M_TRIM_THRESHOLD, KEPT)


def device_of(config: TrainConfig) -> torch.device:
    """The device a training runs on. Raises TrainingError where the one that was asked for is not there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if config.device != "auto" and not there[config.device]:
        raise TrainingError(f"device: {config.device} is not there; auto takes the best there is")
    name = next(name for name, is_there in there.items() if is_there and config.device in ("auto", name))
    return torch.device(name, int(os.environ.get("LOCAL_RANK", "0"))) if name == "cuda" else torch.device(name)


def precision_of(device: torch.device) -> torch.dtype:
    """What matrix products are computed in there: bfloat16 where that is quicker, else single precision.

    A processor is quicker at it with AMX, or AVX-512's or Arm's instructions for it; without them it would have to
    imitate them. (An older torch does not tell.)
    """
    able = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    half = device.type == "cuda" or (device.type == "cpu" and any(able.get(name) for name in HALF_INSTRUCTIONS))
    return torch.bfloat16 if half else torch.float32


def halved(device: torch.device) -> torch.autocast:
    """Matrix products in `precision_of` the device, all else in single precision."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision_of(device) == torch.bfloat16)


def ran_out_of_memory(error: Exception) -> bool:
    """Whether torch, or Python, found no memory; for a processor torch has no type of error for it."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(word in str(error) for word in NO_MEMORY)


@contextmanager
def memory_shortage_told() -> Iterator[None]:
    """What found no memory in it is raised as MemoryShortage."""
    try:
        yield
    except (MemoryError, OSError, RuntimeError) as error:  # OSError: what is read is mapped from a file
        if not ran_out_of_memory(error):
            raise
        raise MemoryShortage(f"there is too little memory for this training ({error})") from error
