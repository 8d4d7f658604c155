"""Where a training starts: goes on where one stopped, continues a checkpoint, or begins from the base, or from nothing.

What may be gone on with is decided in `earlier`, what is held out in `dataset`. This module must not know optimisers or
steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from model.base import is_base
from model.bpe import BytePairs
from model.checkpoint import CheckpointInfo, Loaded
from model.config import GPTConfig
from model.dataset import Split, fingerprint, split, stream
from model.earlier import fits, from_base, older_of, to_continue, unfinished
from model.errors import TrainingError
from model.gpt import grow
from model.merges import learn
from model.report import Origin
from model.run_state import UNMEASURED, RunInfo, RunState, discard_run
from model.seen import told_of, unseen
from model.text import Document
from model.tokenizer import Tokenizer
from model.vocab import RESERVED, Ids, Vocabulary, unigram

FEWEST_CHARACTERS = 100  # below this there is nothing to hold out and nothing to learn
MEASURED = 1_000_000  # tokens of which the mean length is taken
RETRAIN_AT = 2.0  # times the text that the last training from the base or from nothing read; chosen
WORTH = 0.8  # of the seconds that an older model took: with that it is beaten, with half of them it is not (NOTES.md)


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


def origin_of(parent: CheckpointInfo | None) -> Origin:
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
    seconds: float = math.inf,
) -> Start:
    """Decide where to start. Raises TrainingError, with nothing changed, where there is too little text.

    Only what has the same kind of `tokenizer` is gone on with; a first byte-pair vocabulary has `bpe_size` tokens.
    `seconds` are what the training has: against what took much longer it does not begin anew, and says what it takes.
    """
    notes: list[str] = []
    run, parent = (None, None) if fresh else unfinished(root, documents, gpt, tokenizer, base, notes)
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
        older = older_of(root, run.info, documents, parts, notes)
    else:
        found = None if fresh else to_continue(root, documents, parts, gpt, tokenizer, notes)
        if found and parts.train_characters >= RETRAIN_AT * found.info.origin_characters > 0:
            times = parts.train_characters / found.info.origin_characters
            notes[-1] = f"The text is {times:.1f} times what {found.info.id} grew from"
            needed = WORTH * found.info.seconds
            if seconds >= needed:
                notes[-1] += ": begins anew, keeps the better."
                older, found = found, None
            else:
                notes[-1] += (
                    f", in {found.info.seconds:,.0f} s of training, and {seconds:,.0f} are too few to begin anew"
                )
                notes[-1] += f" against that: continues it. With --seconds {math.ceil(needed)} it begins anew."
        if found is None and base is not None:
            found = from_base(base, documents, parts, gpt, tokenizer, notes)
        parent = found.info if found else None
        known = found.vocabulary if found else None
        if tokenizer == "characters" and older and (known is None or older.vocabulary.extends(known)):
            known = older.vocabulary  # which grew from it; byte pairs are learned anew, of all the text there is now
        vocabulary = _vocabulary(known, parts.train, tokenizer, bpe_size, notes)
        weights = grow(found.weights, len(vocabulary)) if found else None
    parts, older = _counted(parts, documents, parent, older, notes)
    if len(vocabulary) == len(RESERVED):
        raise TrainingError("too little text to train on: no character occurs twice")
    if run is None:
        discard_run(root)
    new, old = _divide(parts, documents, parent, vocabulary, gpt.context, root)
    return Start(
        documents=tuple(documents),
        split=parts,
        vocabulary=vocabulary,
        weights=weights,
        parent=parent,
        run=run,
        rival=_rival(older, parts) if older and fits(older, gpt) else None,
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


def _counted(
    parts: Split,
    documents: Sequence[Document],
    parent: CheckpointInfo | None,
    older: Loaded | None,
    notes: list[str],
) -> tuple[Split, Loaded | None]:
    """The split without what the base has learnt that either descends from; without `older` where nothing is left."""
    marks = parent.marks if parent else ""
    counted = unseen(parts, documents, marks, older.info.marks if older else "")
    if not counted.validation:
        counted, older = unseen(parts, documents, marks), None
    if left_out := len(parts.validation) - len(counted.validation):
        notes.append(
            f"Of {len(parts.validation):,} held-out documents the base has learnt {left_out:,}: the loss does not count"
            " them."
        )
    return counted, older


def _rival(older: Loaded, parts: Split) -> Rival:
    known = older.vocabulary
    if isinstance(known, Vocabulary):
        known = known.grown(piece for d in parts.train for piece in d.pieces())
    return Rival(older.info, grow(older.weights, len(known)), known)


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
    parts: Split,
    documents: Sequence[Document],
    parent: CheckpointInfo | None,
    vocabulary: Tokenizer,
    context: int,
    folder: Path,
) -> tuple[Ids, Ids | None]:
    """Training text not yet read, and already read; all as one where either is shorter than a window. What was edited
    since is new.
    """
    known = parent.texts_by_id if parent else {}
    read = {d.id for d in documents if d.id in known and known[d.id] in ("", told_of(d))}
    old = [d for d in parts.train if d.id in read]
    if old and len(old) < len(parts.train):
        new = stream((d for d in parts.train if d.id not in read), vocabulary, folder)
        again = stream(old, vocabulary, folder)
        if min(len(new), len(again)) > context:
            return new, again
    return stream(parts.train, vocabulary, folder), None
