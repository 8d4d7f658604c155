"""Where a training starts: goes on where one stopped, continues a checkpoint, or begins from the base, or from nothing.

Privacy decides first: a model remembers what it read, so neither an unfinished training nor a
checkpoint is used that has read a document no longer given. This module must not know optimisers or
steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from torch import Tensor

from model.base import is_base, load_base
from model.bpe import BytePairs
from model.checked import check_weights
from model.checkpoint import CheckpointInfo, Loaded, load, load_newest
from model.config import GPTConfig
from model.dataset import Split, fingerprint, split, stream
from model.errors import CheckpointError, TrainingError
from model.gpt import grow
from model.merges import learn
from model.run_state import UNMEASURED, RunInfo, RunState, discard_run, load_run
from model.text import Document
from model.tokenizer import Tokenizer
from model.vocab import RESERVED, Ids, Vocabulary, unigram

FEWEST_CHARACTERS = 100  # below this there is nothing to hold out and nothing to learn
MEASURED = 1_000_000  # tokens of which the mean length is taken
RETRAIN_AT = 2.0  # times the text that the last training from the base or from nothing read; chosen


@dataclass(frozen=True)
class Rival:
    """What a training that begins anew has to be better than. The weights are those of its own vocabulary, grown by the
    characters it lacks: losses are told a character, so the two compare.
    """

    info: CheckpointInfo
    weights: dict[str, Tensor]
    vocabulary: Tokenizer


@dataclass(frozen=True, kw_only=True)
class Start:
    """What a training begins with. `weights` None: fresh ones. `run` is set where it goes on where one
    stopped, `rival` where it begins anew for the archive has grown: the better of the two is kept.

    `new` and `old` are the training text not yet read and already read (None where there is no such
    division), in tokens of some `characters_per_token`; `unigram` is the entropy of its characters one by one, in nats.
    `notes` tell a person what was found, used and passed over.
    """

    documents: tuple[Document, ...]
    split: Split
    vocabulary: Tokenizer
    weights: dict[str, Tensor] | None
    parent: CheckpointInfo | None
    run: RunState | None
    rival: Rival | None
    new: Ids
    old: Ids | None
    validation: Ids
    characters_per_token: float
    unigram: float
    notes: tuple[str, ...]

    @property
    def read(self) -> tuple[Ids, ...]:
        """All of the training text."""
        return (self.new,) if self.old is None else (self.new, self.old)


def origin_of(parent: CheckpointInfo | None) -> Literal["nothing", "base", "checkpoint"]:
    """What weights come from."""
    if parent is None:
        return "nothing"
    return "base" if is_base(parent.id) else "checkpoint"


def new_characters(parent: CheckpointInfo | None, vocabulary: Tokenizer) -> str:
    """Those the vocabulary grew by."""
    known = set(parent.vocabulary.characters if parent else RESERVED)
    return "".join(c for c in vocabulary.characters if c not in known)


def begin(
    root: Path,
    documents: Sequence[Document],
    gpt: GPTConfig,
    *,
    base: Path | None = None,
    fresh: bool = False,
    tokenizer: str = "characters",
    bpe_size: int = 512,
) -> Start:
    """Decide where to start. Raises TrainingError, with nothing changed, where there is too little text.

    Only what has the same kind of `tokenizer` is gone on with; a first byte-pair vocabulary has `bpe_size` tokens.
    """
    notes: list[str] = []
    run, parent = (None, None) if fresh else _unfinished(root, documents, gpt, tokenizer, base, notes)
    if run is not None:
        read = frozenset(run.info.read)
        documents = [d for d in documents if d.id in read]
    parts = split(documents)
    if parts.train_characters < FEWEST_CHARACTERS or not parts.validation:
        raise TrainingError(
            f"too little text to train on: {sum(d.characters for d in documents)} characters in "
            f"{len(documents)} documents; some {FEWEST_CHARACTERS * 2} are the least, and a hundred thousand "
            f"make it worth while"
        )
    older = None
    if run is not None:
        vocabulary = run.info.vocabulary
        weights: dict[str, Tensor] | None = run.weights
        older = _rival_of(root, run.info, parts, notes)
    else:
        found = None if fresh else _to_continue(root, documents, parts, gpt, tokenizer, notes)
        if found and parts.train_characters >= RETRAIN_AT * found.info.origin_characters > 0:
            times = parts.train_characters / found.info.origin_characters
            notes[-1] = f"The text is {times:.1f} times what {found.info.id} grew from: begins anew, keeps the better."
            older, found = found, None
        if found is None and base is not None:
            found = _from_base(base, gpt, tokenizer, notes)
        parent = found.info if found else None
        known = found.vocabulary if found else None
        if tokenizer == "characters" and older and (known is None or older.vocabulary.extends(known)):
            known = older.vocabulary  # which grew from it; byte pairs are learned anew, of all the text there is now
        vocabulary = _vocabulary(known, parts.train, tokenizer, bpe_size, notes)
        weights = grow(found.weights, len(vocabulary)) if found else None
    if len(vocabulary) == len(RESERVED):
        raise TrainingError("too little text to train on: no character occurs twice")
    if run is None:
        discard_run(root)
    new, old = _divide(parts, parent, vocabulary, gpt.context, root)
    return Start(
        documents=tuple(documents),
        split=parts,
        vocabulary=vocabulary,
        weights=weights,
        parent=parent,
        run=run,
        rival=_rival(older, parts) if older and _fits(older, gpt) else None,
        new=new,
        old=old,
        validation=stream(parts.validation, vocabulary, root),
        characters_per_token=float(vocabulary.lengths.take(new[:MEASURED]).mean()),
        unigram=unigram(piece for d in parts.train for piece in d.pieces()),
        notes=tuple(notes),
    )


def blank(start: Start, gpt: GPTConfig, seed: int) -> RunInfo:
    """Where a training stands that has not made a step: it expects every token equally."""
    loss = math.log(len(start.vocabulary)) / start.characters_per_token
    return RunInfo(
        gpt=gpt,
        vocabulary=start.vocabulary,
        fingerprint=fingerprint(start.documents),
        read=tuple(sorted(d.id for d in start.documents)),
        parent=start.parent.id if start.parent else None,
        rival=start.rival.info.id if start.rival else None,
        seed=seed,
        step=0,
        elapsed=0.0,
        rate=1.0,
        setbacks=0,
        smooth_loss=loss,
        best_loss=UNMEASURED,
        best_step=0,
    )


def _unfinished(
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


def _rival_of(root: Path, info: RunInfo, parts: Split, notes: list[str]) -> Loaded | None:
    """What an unfinished training has to be better than, if it may be kept still; none comes to it later."""
    if info.rival is None:
        return None
    try:
        found = load(root, info.rival)
    except CheckpointError as error:
        notes.append(f"What began anew is compared with nothing: {error}.")
        return None
    if not set(found.info.read) <= set(info.read) or _learnt_what_is_held_out(found, parts):
        notes.append(f"What began anew is not compared with {info.rival}, which has read what it may not.")
        return None
    return found


def _rival(older: Loaded, parts: Split) -> Rival:
    known = older.vocabulary
    if isinstance(known, Vocabulary):
        known = known.grown(piece for d in parts.train for piece in d.pieces())
    return Rival(older.info, grow(older.weights, len(known)), known)


def _learnt_what_is_held_out(found: Loaded, parts: Split) -> bool:
    """A part of every document was held out when it learnt, whole documents are now: it has learnt most of them."""
    return parts.kind == "document" and found.info.validation_split == "position" and bool(found.info.read)


def _to_continue(
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
    if not _fits(found, gpt):
        notes.append(f"{name} has a network of another shape; training starts from scratch.")
        return None
    if _learnt_what_is_held_out(found, parts):
        notes.append(
            f"{name} has learnt from what is held out now that there are enough documents; training starts "
            f"from scratch."
        )
        return None
    notes.append(f"Continues {name}.")
    return found


def _from_base(base: Path, gpt: GPTConfig, tokenizer: str, notes: list[str]) -> Loaded | None:
    try:
        found = load_base(base)
    except CheckpointError as error:
        notes.append(f"The base cannot be used: {error}; training starts from scratch.")
        return None
    if not _fits(found, gpt):
        return None  # another shape was asked for
    if found.vocabulary.kind != tokenizer:
        notes.append(f"The base ({found.info.id}) reads {found.vocabulary.kind}, not {tokenizer}; starts from nothing.")
        return None
    notes.append(f"Starts from the base ({found.info.id}), which knows how English talks are spelt.")
    return found


def _fits(found: Loaded, gpt: GPTConfig) -> bool:
    """Whether its weights are those of such a network; positions are relative, so the context may change."""
    return replace(found.info.gpt, context=gpt.context) == gpt


def _vocabulary(
    known: Tokenizer | None, documents: Sequence[Document], tokenizer: str, bpe_size: int, notes: list[str]
) -> Tokenizer:
    """`known` with the characters it lacks, or a first one; byte pairs cover every text and stay as they are."""
    if tokenizer == "characters":
        assert known is None or isinstance(known, Vocabulary)
        return (known or Vocabulary()).grown(piece for d in documents for piece in d.pieces())
    if known is None:
        known = BytePairs(learn(documents, bpe_size - len(BytePairs())))
        notes.append(f"Learned a vocabulary of {len(known)} byte-pair tokens from the text.")
    return known


def _divide(
    parts: Split, parent: CheckpointInfo | None, vocabulary: Tokenizer, context: int, folder: Path
) -> tuple[Ids, Ids | None]:
    """Training text not yet read, and already read; all as one where either is shorter than a window."""
    read = frozenset(parent.read) if parent else frozenset()
    old = [d for d in parts.train if d.id in read]
    if old and len(old) < len(parts.train):
        new = stream((d for d in parts.train if d.id not in read), vocabulary, folder)
        known = stream(old, vocabulary, folder)
        if min(len(new), len(known)) > context:
            return new, known
    return stream(parts.train, vocabulary, folder), None
