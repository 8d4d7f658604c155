"""What of earlier trainings may be gone on with, on given documents: one that stopped, a checkpoint, a base.

Privacy decides first: a model remembers what it read, so neither an unfinished training nor a checkpoint is used that
has read a document no longer given. Then honesty: nor one that has learnt from what is held out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from model.base import is_base, load_base
from model.checked import check_weights
from model.checkpoint import CheckpointInfo, Loaded, load, load_newest
from model.config import GPTConfig
from model.dataset import Split, fingerprint
from model.errors import CheckpointError
from model.run_state import RunInfo, RunState, load_run
from model.seen import has_learnt, unseen
from model.text import Document
from model.tokenizer import Tokenizer

FAMILIAR = 0.5  # share of a text's characters that a base knows, where it helps: none but the spaces in other scripts
LOOKED_AT = 20_000  # characters of a text by which that is told


def unfinished(
    root: Path, documents: Sequence[Document], gpt: GPTConfig, tokenizer: str, base: Path | None, notes: list[str]
) -> tuple[RunState | None, CheckpointInfo | None]:
    """The unfinished training and its parent, if what it reads is given still and unchanged, and what it continues is
    there; other documents may have come since.
    """
    nothing = None, None
    try:
        run = load_run(root)
        if run is None:
            return nothing
        for weights in (run.weights, run.best):
            check_weights(run.info.gpt, len(run.info.vocabulary), weights, root / "run")
    except CheckpointError as error:
        notes.append(f"The unfinished training is damaged and was dropped: {error}.")
        return nothing
    read = frozenset(run.info.read)
    same = [d for d in documents if d.id in read]
    if fingerprint(same) != run.info.fingerprint:
        notes.append("The unfinished training read documents that are gone or changed; it was dropped.")
        return nothing
    if run.info.vocabulary.kind != tokenizer:
        notes.append(f"The unfinished training reads {run.info.vocabulary.kind}, not {tokenizer}; it was dropped.")
        return nothing
    if run.info.gpt != gpt:
        notes.append("The unfinished training has a network of another shape; it was dropped.")
        return nothing
    parent = _parent_of(root, base, run.info)
    if run.info.parent is not None and parent is None:  # whose rates it runs at, and which it may not end worse than
        notes.append(f"The unfinished training continues {run.info.parent}, which is gone; it was dropped.")
        return nothing
    notes.append(f"Goes on at step {run.info.step} of an unfinished training.")
    return run, parent


def _parent_of(root: Path, base: Path | None, info: RunInfo) -> CheckpointInfo | None:
    """What an unfinished training continues; None where it began from nothing, or that is gone."""
    if info.parent is None:
        return None
    try:
        found = load_base(base).info if base is not None and is_base(info.parent) else load(root, info.parent).info
    except CheckpointError:
        return None
    return found if found.id == info.parent else None  # the base may have become another


def older_of(root: Path, info: RunInfo, documents: Sequence[Document], parts: Split, notes: list[str]) -> Loaded | None:
    """What an unfinished training has to be better than, if it may be kept still; none comes to it later."""
    if info.rival is None:
        return None
    try:
        found = load(root, info.rival)
    except CheckpointError as error:
        notes.append(f"What began anew is compared with nothing: {error}.")
        return None
    if not set(found.info.read) <= set(info.read) or has_learnt(found.info, documents, parts):
        notes.append(f"What began anew is not compared with {info.rival}, which has read what it may not.")
        return None
    return found


def to_continue(
    root: Path, documents: Sequence[Document], parts: Split, gpt: GPTConfig, tokenizer: str, notes: list[str]
) -> Loaded | None:
    """The newest checkpoint that may be continued on these documents with this network."""
    found = load_newest(root, read_within=(d.id for d in documents))
    if found is None:
        return None
    notes += [f"Passed over: {reason}." for reason in found.skipped]
    name = found.info.id
    if found.vocabulary.kind != tokenizer:
        notes.append(f"{name} reads {found.vocabulary.kind}, not {tokenizer}; training does not continue it.")
        return None
    if not fits(found, gpt):
        notes.append(f"{name} has a network of another shape; training starts from scratch.")
        return None
    if has_learnt(found.info, documents, parts) or not unseen(parts, documents, found.info.marks).validation:
        notes.append(
            f"{name} has learnt from what is held out, since documents have come or been edited; training starts from"
            " scratch."
        )
        return None
    notes.append(f"Continues {name}.")
    return found


def from_base(
    base: Path, documents: Sequence[Document], parts: Split, gpt: GPTConfig, tokenizer: str, notes: list[str]
) -> Loaded | None:
    """The base, if it is one for this network and is not all that is held out."""
    try:
        found = load_base(base)
    except CheckpointError as error:
        notes.append(f"The base cannot be used: {error}; training starts from scratch.")
        return None
    if not fits(found, gpt):
        return None  # another shape was asked for
    if found.vocabulary.kind != tokenizer:
        notes.append(f"The base ({found.info.id}) reads {found.vocabulary.kind}, not {tokenizer}; starts from nothing.")
        return None
    if not unseen(parts, documents, found.info.marks).validation:
        notes.append(f"The base ({found.info.id}) has learnt all that is held out, so no loss of it would be true;")
        notes[-1] += " starts from nothing."
        return None
    if tokenizer == "characters" and (share := _known(found.vocabulary, parts.train)) < FAMILIAR:
        notes.append(f"The base ({found.info.id}) knows {share:.0%} of this text's characters: starts from nothing.")
        return None
    notes.append(f"Starts from the base ({found.info.id}), which knows how English talks are spelt.")
    return found


def _known(vocabulary: Tokenizer, documents: Sequence[Document]) -> float:
    """The share of the characters of ``documents``, by the beginnings of a hundred of them, that a vocabulary has."""
    some = documents[:: math.ceil(len(documents) / 100)]
    text = [c for one in some for c in islice(chain.from_iterable(one.pieces()), LOOKED_AT // len(some))]
    return sum(map(set(vocabulary.characters).__contains__, text)) / max(1, len(text))


def fits(found: Loaded, gpt: GPTConfig) -> bool:
    """Whether its weights are those of such a network; positions are relative, so the context may change."""
    return replace(found.info.gpt, context=gpt.context) == gpt
