"""What the weights of a training are measured on, all alike: on its way the held-out text in part, at its end all of it
that there is time for, and of what was read some.

This module must not know optimisers or steps.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from model.dataset import stream
from model.evaluate import measure
from model.gpt import GPT
from model.losses import Losses, losses_of
from model.schedule import Schedule
from model.start import Start
from model.tokenizer import Tokenizer


class Exam:
    """Of ``network`` in windows of `length` tokens; what has to be written to measure goes into ``folder``."""

    def __init__(
        self,
        start: Start,
        network: GPT,
        schedule: Schedule,
        *,
        length: int,
        folder: Path,
        clock: Callable[[], float],
    ) -> None:
        self._start, self._network, self._schedule, self._length = start, network, schedule, length
        self._few, self._folder, self._clock = schedule.config.eval_windows, folder, clock
        self._window_seconds = 0.0

    def on_the_way(self) -> float:
        """The validation loss of the weights as they are, in nats a character; notes what a window costs."""
        start, began = self._start, self._clock()
        loss = measure(
            self._network, start.validation, lengths=start.vocabulary.lengths, context=self._length, windows=self._few
        )
        self._window_seconds = (self._clock() - began) * self._length / loss.tokens
        return loss.nats

    def at_the_end(self, weights: dict[str, Tensor], vocabulary: Tokenizer) -> Losses:
        """Both losses of ``weights``, whose vocabulary may be another than the training's; the network takes them."""
        start, network = self._start, self._network
        held, read = start.validation, start.read
        if vocabulary != start.vocabulary:
            network = GPT(network.config, len(vocabulary)).to(network.head.weight.device)
            held = stream(start.split.validation, vocabulary, self._folder)
            read = (stream(start.split.train, vocabulary, self._folder),)
        network.load_state_dict(weights)
        windows = self._schedule.windows(self._window_seconds)
        return losses_of(network, held, read, vocabulary.lengths, context=self._length, windows=windows, few=self._few)
