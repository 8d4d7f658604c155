"""A model remembers what it read: no checkpoint is kept that has read what its audience may not see any more.

The ledger's rows and the weights on disk follow the same rule; whoever changes the archive applies it (``View.sync``).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from connector.archive.corpus import trainable
from connector.archive.groups import may_be_shown
from connector.archive.ledger import Ledger
from connector.config import Settings
from model.checkpoint import list_checkpoints, remove
from model.errors import CheckpointError
from model.report import with_prompt
from model.report_files import folder_of, read_report, save_report
from model.run_state import discard_run, read_run_info


def revoke(ledger: Ledger, settings: Settings) -> list[str]:
    """Deletes every checkpoint, row and weights, that has read too much; returns the ids.

    Weights that no row knows yet stay if they read nothing else: a training may just have published them.
    """
    rows = {checkpoint.id: checkpoint for checkpoint in ledger.checkpoints()}
    on_disk = {info.id: info for info in list_checkpoints(settings.model_folder)}
    stale = {ident for ident, row in rows.items() if not may_be_shown(ledger, settings, row)}
    if stale:
        ledger.remove_checkpoints(sorted(stale))
    readable = trainable(ledger, settings.permissions, settings.train.train_on).keys()
    stale |= {ident for ident, info in on_disk.items() if ident not in rows and not set(info.read) <= readable}
    for ident in stale:
        remove(settings.model_folder, ident)
    return sorted(stale)


def unlearn(ledger: Ledger, settings: Settings, before: Iterable[str], ident: str) -> None:
    """The weights go of those of the checkpoints ``before`` that the ledger has no more, as does an unfinished training
    that reads the transcript ``ident``, whose words were rejected.
    """
    for gone in set(before) - {checkpoint.id for checkpoint in ledger.checkpoints()}:
        remove(settings.model_folder, gone)
    try:
        run = read_run_info(settings.model_folder)
    except CheckpointError:
        run = None
    if run and ident in run.read:
        discard_run(settings.model_folder)


def reconcile(ledger: Ledger, settings: Settings) -> None:
    """With no training under way: weights without a row go, rows without weights, a run that read too much."""
    root = settings.model_folder
    rows = {checkpoint.id for checkpoint in ledger.checkpoints()}
    on_disk = {info.id for info in list_checkpoints(root)}
    for ident in on_disk - rows:
        remove(root, ident)
    drop_rows_without_weights(ledger, settings)
    try:
        run = read_run_info(root)
    except CheckpointError:
        discard_run(root)
        return
    if run and not set(run.read) <= trainable(ledger, settings.permissions, settings.train.train_on).keys():
        discard_run(root)


def forget_samples_in_reports(ledger: Ledger, settings: Settings) -> None:
    """No report tells a sample that the ledger does not hold."""
    for checkpoint in ledger.checkpoints():
        folder = folder_of(settings.model_folder, checkpoint.id)
        held = {with_prompt(sample.prompt, sample.text) for sample in ledger.samples(checkpoint.id)}
        with suppress(CheckpointError):  # damaged, and so shown nowhere
            report = read_report(folder)
            if report and report.sampled and not held.issuperset(report.sampled.texts):
                save_report(folder, replace(report, sampled=None))


def drop_rows_without_weights(ledger: Ledger, settings: Settings) -> None:
    """The rows of checkpoints that were pruned or cannot be read go, with their samples and what is left of them.

    What cannot be read may hold words all the same, and without its row nobody would forget it.
    """
    on_disk = {info.id for info in list_checkpoints(settings.model_folder)}
    if lost := {checkpoint.id for checkpoint in ledger.checkpoints()} - on_disk:
        ledger.remove_checkpoints(lost)
        for ident in lost:
            remove(settings.model_folder, ident)
