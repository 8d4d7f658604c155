"""One training by several processes, on one machine or on many: `torchrun --nproc-per-node 2 …`.

Every process computes the same step on its share of the batch's rows, and the gradients are averaged
(DistributedDataParallel), so that the numbers are those of one process. The first one decides what looks at the clock
and what the validation loss is, and alone writes: processes that decided for themselves would end at different steps,
and the rest would wait for them for ever. All read the state of an unfinished training, so the model folder must be
shared by all hosts; it does not matter how many processes made that state, any number may go on. Without torchrun a
team is one process, and nothing here costs anything.
"""

from __future__ import annotations

import gc
import importlib
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, distributed, nn

from model.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Team:
    """Who takes part: ``rank`` of ``size``."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process decides and writes."""
        return self.rank == 0

    def share(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The rows of a batch (B, T) that are this process's. Raises TrainingError where they cannot be even."""
        if len(rows) % self.size:
            raise TrainingError(f"batch_size {len(rows)} is no multiple of the {self.size} processes of this training")
        return rows[self.rank :: self.size]

    def agreed(self, *values: float) -> tuple[float, ...]:
        """What the first process says."""
        if self.size == 1:
            return values
        told = torch.tensor(values, dtype=torch.float64)
        distributed.broadcast(told, src=0)
        return tuple(told.tolist())

    def alike(self, told: object) -> bool:
        """Whether all processes told the same; all of them get the same answer."""
        if self.size == 1:
            return True
        all_told: list[object] = [None] * self.size
        distributed.all_gather_object(all_told, told)
        return all(each == all_told[0] for each in all_told)

    def mean(self, value: Tensor) -> Tensor:
        """The mean of a number over the processes."""
        if self.size > 1:
            value = value.clone().cpu()
            distributed.all_reduce(value)
            value /= self.size
        return value

    def learner(self, model: nn.Module) -> nn.Module:
        """The network as a step calls it: averaging gradients where there are others."""
        return nn.parallel.DistributedDataParallel(model) if self.size > 1 else model


@contextmanager
def team() -> Iterator[Team]:
    """The team torchrun made, else one of one. What learnt with it must be gone when it ends.

    A thread of gloo that is still about to let go of a tensor when Python ends aborts the process. These threads end
    with the last that holds the group: a learner is a cycle of objects; and functions of ``torch.distributed.nn`` that
    are first imported while there is a group keep it as the default of an argument.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Team()
        return
    importlib.import_module("torch.distributed.nn")
    distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield Team(distributed.get_rank(), size)
    except BaseException as error:
        traceback.clear_frames(error.__traceback__)  # which hold the learner
        raise
    finally:
        gc.collect()
        distributed.destroy_process_group()
