"""Checkpoints of networks that have learnt nothing: there at once, with weights that can be asked."""

from __future__ import annotations

import torch

from connector.archive.ledger import Ledger
from connector.archive.rows import CheckpointRow
from connector.config import Settings
from model import GPTConfig
from model.checkpoint import publish
from model.gpt import GPT
from model.vocab import RESERVED, Vocabulary

TINY = GPTConfig(layers=1, heads=1, width=16, context=64)


def put_checkpoint(ledger: Ledger, settings: Settings, read: list[str], *, open: bool = True, seed: int = 0) -> str:
    """A checkpoint that has read these transcripts, its weights on disk and its row in the ledger; returns its id."""
    vocabulary = Vocabulary(RESERVED + "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ,.")
    torch.manual_seed(seed)
    network = GPT(TINY, len(vocabulary))
    weights = {name: torch.randn_like(one) * 0.3 for name, one in network.state_dict().items()}
    info = publish(
        settings.model_folder, weights, parent=None, gpt=TINY, vocabulary=vocabulary, steps=1, train_loss=1.0,
        validation_loss=1.0, validation_split="document", validation_manifest="", read=read, origin_characters=1,
        created="",
    )  # fmt: skip
    ledger.add_checkpoint(CheckpointRow(info.id, info.number, "corpus", read, {}, open))
    return info.id
