"""A checkpoint trained elsewhere on what `model export` wrote, taken over as the newest of the archive.

It comes from outside, so what it says of itself is not believed: it is measured here, on the archive's held-out text.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from connector.archive.corpus import corpus_hash
from connector.archive.rows import CheckpointRow
from connector.config import Settings
from model.checkpoint import CheckpointInfo, Loaded, load_newest, prune, publish
from model.dataset import Split, split, stream
from model.errors import CheckpointError
from model.evaluate import Loss, measure
from model.report import Report
from model.report_files import folder_of, read_report, save_report
from model.text import Document


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
    _refuse(found, texts, held, settings.train.tokenizer)
    loss = _loss(found, held)
    if not math.isfinite(loss.nats):
        raise CheckpointError(f"{found.info.id} is damaged: its loss is no number")
    own = load_newest(root, read_within=texts)
    if own is not None and (theirs := _loss(own, held).nats) <= loss.nats:
        raise CheckpointError(
            f"on the same held-out text {own.info.id}, which is here, is as good or better: {theirs:.3f} against"
            f" {loss.nats:.3f} nats a character"
        )
    info = _published(root, found, held, loss, now)
    told = (
        f"taken over from {folder.name}, {info.steps:,} steps; validation loss {info.validation_loss:.3f}"
        f" ({info.validation_bits:.2f} bits a character)"
    )
    say(f"checkpoint {info.number} ({info.id}): {told}")
    report = _report(folder, found)
    if report is not None:
        report = replace(report, checkpoint=info.id, validation_loss=loss.nats, validation_characters=loss.characters)
        with contextlib.suppress(OSError):  # a full disk costs the report, never the checkpoint
            save_report(folder_of(root, info.id), report)
    prune(root, settings.train.keep)
    read = {ident: texts[ident] for ident in info.read}
    figures = {
        "at": now,
        "told": told,
        "steps": info.steps,
        "parameters": info.parameters,
        "train_loss": info.train_loss,
    }
    figures |= {"validation_loss": loss.nats, "validation_characters": loss.characters}
    if report is not None:
        figures |= asdict(replace(report, training=(), validation=()))
    return CheckpointRow(
        info.id, info.number, corpus_hash(read), list(info.read), figures, settings.train.train_on == "open"
    )


def _refuse(found: Loaded, texts: dict[str, str], held: Split, tokenizer: str) -> None:
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
    if held.kind == "document" and info.validation_split != "document":
        raise CheckpointError(
            f"{info.id} has learnt from what is held out now that there are enough transcripts: export anew, and train"
        )


def _loss(loaded: Loaded, held: Split) -> Loss:
    ids = stream(held.validation, loaded.vocabulary)
    return measure(loaded.network(), ids, lengths=loaded.vocabulary.lengths)


def _report(folder: Path, found: Loaded) -> Report | None:
    """What it came with says of this checkpoint; None where that is nothing, or cannot be read."""
    with contextlib.suppress(CheckpointError):
        report = read_report(folder)
        return report if report is not None and report.checkpoint == found.info.id else None
    return None


def _published(root: Path, found: Loaded, held: Split, loss: Loss, now: str) -> CheckpointInfo:
    info = found.info
    return publish(
        root,
        found.weights,
        parent=None,
        gpt=info.gpt,
        vocabulary=found.vocabulary,
        steps=info.steps,
        train_loss=info.train_loss,
        validation_loss=loss.nats,
        validation_split=held.kind,
        validation_manifest=held.manifest(),
        read=info.read,
        origin_characters=held.train_characters,
        created=now,
    )
