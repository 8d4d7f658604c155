"""A small GPT of characters, or of byte pairs: train it, continue it, keep its checkpoints, sample from it.

The package knows nothing of transcripts, of the index or of the service. Importing it, its configuration, its
reports or its list of checkpoints does not import torch; `model.train` and `model.sample` do.
"""

import os

# Before torch is loaded: OpenMP threads that wait for one another spin for a moment and then sleep. Spinning long, as
# they do by default, made a step of two threads three to fifty times as slow as one thread's on a busy machine; not
# spinning at all, half as quick on a quiet one (NOTES.md).
os.environ.setdefault("GOMP_SPINCOUNT", "3000")

from model.checkpoint import CheckpointInfo, list_checkpoints
from model.config import GPTConfig, SampleConfig, TrainConfig
from model.errors import CheckpointError, MemoryShortage, ModelError, TextError, TrainingError
from model.text import Text
from model.vocab import Vocabulary

__all__ = [
    "CheckpointError",
    "CheckpointInfo",
    "GPTConfig",
    "MemoryShortage",
    "ModelError",
    "SampleConfig",
    "Text",
    "TextError",
    "TrainConfig",
    "TrainingError",
    "Vocabulary",
    "list_checkpoints",
]
