"""A checkpoint trained elsewhere on what `model export` wrote, taken over as the newest of the archive.

It comes from outside, so what it says of itself is not believed: it is measured here, on the archive's held-out text.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from connector.archive.corpus import corpus_hash
from connector.archive.rows import CheckpointRow
from connector.config import Settings
from model.checkpoint import CheckpointInfo, Loaded, load_newest, prune, publish
from model.config import TrainConfig
from model.dataset import Split, split, stream
from model.errors import CheckpointError
from model.losses import Losses, losses_of
from model.report import Report, judge
from model.report_files import folder_of, read_report, save_report
from model.schedule import CUT_SHORT
from model.seen import has_learnt, unseen
from model.text import Document
from model.vocab import unigram


def take_over(
    settings: Settings,
    texts: dict[str, str],
    documents: Sequence[Document],
    folder: Path,
    now: str,
    say: Callable[[str], None],
) -> CheckpointRow:
    """Publishes the newest checkpoint in ``folder`` as the archive's newest; its row for the ledger.

    ``texts`` are the transcripts the model may read, and the ``documents`` what they say. Raises CheckpointError, with
    nothing changed, where there is no checkpoint, where it has read anything else or cannot be gone on with here, and
    where the archive's own is as good. (What was corrected since the export counts as read, until it changes again.)
    """
    root = settings.model_folder
    found = load_newest(folder)
    if found is None:
        raise CheckpointError(
            f"{folder}: no checkpoint that can be read; `connector train --text FILE.jsonl` makes one"
        )
    for reason in found.skipped:
        say(f"passed over: {reason}")
    held = split(documents)
    _refuse(found, texts, documents, held, settings.train.tokenizer)
    own = load_newest(root, read_within=texts)
    if own is not None and has_learnt(own.info, documents, held):
        say(f"{own.info.id}, which is here, has learnt from what is held out now: it is not compared")
        own = None
    held = unseen(held, documents, found.info.marks, own.info.marks if own else "")
    if not held.validation:
        raise CheckpointError(f"{found.info.id} cannot be measured: nothing is held out here that it has not learnt")
    losses = _losses(found, held, root)
    loss = losses.validation
    if not math.isfinite(loss.nats):
        raise CheckpointError(f"{found.info.id} is damaged: its loss is no number")
    if own is not None and (theirs := _losses(own, held, root).validation.nats) <= loss.nats:
        raise CheckpointError(
            f"on the same held-out text {own.info.id}, which is here, is as good or better: {theirs:.3f} against"
            f" {loss.nats:.3f} nats a character"
        )
    info = _published(root, found, held, losses, now)
    told = (
        f"taken over from {folder.name}, {info.steps:,} steps; validation loss {info.validation_loss:.3f}"
        f" ({info.validation_bits:.2f} bits a character)"
    )
    say(f"checkpoint {info.number} ({info.id}): {told}")
    report = _report(folder, found)
    judgement = judge(
        train_characters=held.train_characters,
        readings=info.characters_read / held.train_characters,
        train_loss=losses.training,
        validation_loss=loss.nats,
        unigram=unigram(piece for document in held.train for piece in document.pieces()),
        origin="checkpoint",
        tokenizer=info.vocabulary.kind,
        cut_short=report is None or report.reason in CUT_SHORT,
    )
    measured: dict[str, Any] = {
        "train_loss": losses.training,
        "validation_loss": loss.nats,
        "validation_characters": loss.characters,
    }
    if report is not None:
        report = replace(report, checkpoint=info.id, judgement=judgement, sampled=None, **measured)
        with contextlib.suppress(OSError):  # a full disk costs the report, never the checkpoint
            save_report(folder_of(root, info.id), report)
    prune(root, settings.train.keep)
    read = {ident: texts[ident] for ident in info.read}
    figures = asdict(replace(report, training=(), validation=())) if report is not None else {}
    figures |= {"at": now, "told": told, "steps": info.steps, "parameters": info.parameters, **measured}
    figures |= {"judgement": asdict(judgement), "explanation": judgement.told}
    return CheckpointRow(
        info.id, info.number, corpus_hash(read), list(info.read), figures, settings.train.train_on == "open"
    )


def _refuse(found: Loaded, texts: dict[str, str], documents: Sequence[Document], held: Split, tokenizer: str) -> None:
    info = found.info
    strange = sorted(set(info.read) - texts.keys())
    if strange:
        raise CheckpointError(
            f"{info.id} has read {len(strange):,} of its {len(info.read):,} texts that the model may not read here,"
            f" {strange[0]!r} first: export what it may read, and train on that"
        )
    if not info.read:
        raise CheckpointError(f"{info.id} has read nothing of this archive")
    if info.vocabulary.kind != tokenizer:
        raise CheckpointError(
            f"{info.id} reads {info.vocabulary.kind}, trainings here {tokenizer} (train.tokenizer in config.yaml)"
        )
    if has_learnt(info, documents, held):
        raise CheckpointError(
            f"{info.id} has learnt from what is held out now, since transcripts have come or been edited: export anew,"
            " and train"
        )


def _losses(loaded: Loaded, held: Split, folder: Path) -> Losses:
    vocabulary, context, few = loaded.vocabulary, loaded.info.gpt.context, TrainConfig().eval_windows
    ids, read = (stream(part, vocabulary, folder) for part in (held.validation, held.train))
    return losses_of(loaded.network(), ids, (read,), vocabulary.lengths, context=context, windows=None, few=few)


def _report(folder: Path, found: Loaded) -> Report | None:
    """What it came with says of this checkpoint; None where that is nothing, or cannot be read."""
    with contextlib.suppress(CheckpointError):
        report = read_report(folder)
        return report if report is not None and report.checkpoint == found.info.id else None
    return None


def _published(root: Path, found: Loaded, held: Split, losses: Losses, now: str) -> CheckpointInfo:
    info = found.info
    return publish(
        root,
        found.weights,
        parent=None,
        gpt=info.gpt,
        vocabulary=found.vocabulary,
        steps=info.steps,
        train_loss=losses.training,
        validation_loss=losses.validation.nats,
        validation_split=held.kind,
        validation_manifest=held.manifest(),
        read=info.read,
        origin_characters=held.train_characters,
        created=now,
        characters_read=info.characters_read,
        seconds=info.seconds,
        texts=info.texts_by_id,
        marks=info.marks,
    )
