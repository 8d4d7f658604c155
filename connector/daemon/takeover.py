"""A checkpoint trained elsewhere on what `model export` wrote, taken over as the newest of the archive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from connector.archive.corpus import corpus_hash
from connector.archive.rows import CheckpointRow
from connector.config import Settings
from model.checkpoint import CheckpointInfo, Loaded, load_newest, prune, publish
from model.errors import CheckpointError
from model.report import Report
from model.report_files import folder_of, read_report, save_report


def take_over(
    settings: Settings, texts: dict[str, str], folder: Path, now: str, say: Callable[[str], None]
) -> CheckpointRow:
    """Publishes the newest checkpoint in ``folder`` as the archive's newest; its row for the ledger.

    ``texts`` are the transcripts the model may read. Raises CheckpointError, with nothing changed, where there is no
    checkpoint, where it has read anything else, and where the archive's own is better on the same held-out text.
    """
    found = load_newest(folder)
    if found is None:
        raise CheckpointError(
            f"{folder}: no checkpoint that can be read; `connector train --text FILE.jsonl` makes one"
        )
    _refuse(found, texts, load_newest(settings.model_folder, read_within=texts))
    info = _published(settings.model_folder, found, now)
    prune(settings.model_folder, settings.train.keep)
    read = {ident: texts[ident] for ident in info.read}
    told = (
        f"taken over from {folder.name}, {info.steps:,} steps; validation loss {info.validation_loss:.3f}"
        f" ({info.validation_bits:.2f} bits a character)"
    )
    say(f"checkpoint {info.number} ({info.id}): {told}")
    report = read_report(folder)
    if report is not None and report.checkpoint != found.info.id:
        report = None  # of an older one
    if report is not None:
        save_report(folder_of(settings.model_folder, info.id), replace(report, checkpoint=info.id))
    figures = _figures(report, info) | {"at": now, "told": told}
    return CheckpointRow(
        info.id, info.number, corpus_hash(read), list(info.read), figures, settings.train.train_on == "open"
    )


def _refuse(found: Loaded, texts: dict[str, str], own: Loaded | None) -> None:
    strange = sorted(set(found.info.read) - texts.keys())
    if strange:
        raise CheckpointError(
            f"{found.info.id} has read {len(strange):,} of its {len(found.info.read):,} texts that the model may not"
            f" read here, {strange[0]!r} first: export what it may read, and train on that"
        )
    if not found.info.read:
        raise CheckpointError(f"{found.info.id} has read nothing of this archive")
    if own is None or own.info.validation_manifest != found.info.validation_manifest:
        return
    if own.info.validation_loss <= found.info.validation_loss:
        raise CheckpointError(
            f"on the same held-out text {own.info.id}, which is here, is as good or better:"
            f" {own.info.validation_loss:.3f} against {found.info.validation_loss:.3f} nats a character"
        )


def _published(root: Path, found: Loaded, now: str) -> CheckpointInfo:
    info = found.info
    return publish(
        root,
        found.weights,
        parent=None,
        gpt=info.gpt,
        vocabulary=found.vocabulary,
        steps=info.steps,
        train_loss=info.train_loss,
        validation_loss=info.validation_loss,
        validation_split=info.validation_split,
        validation_manifest=info.validation_manifest,
        read=info.read,
        origin_characters=info.origin_characters,
        created=now,
    )


def _figures(report: Report | None, info: CheckpointInfo) -> dict[str, object]:
    if report is None:
        return {"steps": info.steps, "train_loss": info.train_loss, "validation_loss": info.validation_loss}
    return asdict(replace(report, training=(), validation=()))
