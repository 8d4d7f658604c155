"""The documents of the whole archive, group by group: a transcript with its segments, or a checkpoint's samples; and
those of other datasources that are searched with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from connector.archive.corpus import trainable
from connector.archive.documents import SAMPLE, leaves, sample_documents, timed_documents
from connector.archive.ledger import Ledger
from connector.archive.rows import CheckpointRow
from connector.config import Settings
from indexer import Document

Progress = Callable[[int, int], None]  # done, total


def nothing(done: int, total: int) -> None:
    """Progress that nobody watches."""


def group_documents(ledger: Ledger, group: str, settings: Settings) -> list[Document]:
    """The documents of one group as they should be now; none where it is gone."""
    if is_foreign(group):
        return [Document(payload, scope=datasource) for datasource, payload in ledger.foreign_group(group)]
    if row := ledger.transcript(group):
        return [Document(payload, cues) for payload, cues in timed_documents(row, settings, ledger.glossary())]
    checkpoint = ledger.checkpoint(group)
    if checkpoint and may_be_shown(ledger, settings, checkpoint):
        return [Document(payload) for payload in sample_documents(checkpoint, ledger.samples(group), settings)]
    return []


def is_foreign(group: str) -> bool:
    """Whether a group is of another datasource, whose name it then begins with; our own ids are letters and digits."""
    return "/" in group


def stands_alone(group: str) -> bool:
    """Whether it is the group of a single document of another datasource: that is named by its object type and id."""
    return is_foreign(group) and not group.partition("/")[0].endswith(":")


def may_be_shown(ledger: Ledger, settings: Settings, checkpoint: CheckpointRow) -> bool:
    """Whether the audience of a checkpoint's samples may see all it read, as things stand now.

    With ``train_on: open``, and for a checkpoint that was trained so, that is every user; else the owner alone.
    """
    for_everyone = checkpoint.open or settings.train.train_on == "open"
    return set(checkpoint.read) <= trainable(ledger, settings.permissions, "open" if for_everyone else "all").keys()


def all_documents(
    ledger: Ledger, settings: Settings, progress: Progress = nothing
) -> Iterator[tuple[str, list[Document]]]:
    """(group, documents) of all that is searched: the archive's own, by group, and those of other datasources."""
    groups = [*ledger.groups(), *ledger.foreign_groups()]
    for done, group in enumerate(groups, start=1):
        yield group, group_documents(ledger, group, settings)
        progress(done, len(groups))


def outgoing(ledger: Ledger, settings: Settings, progress: Progress = nothing) -> Iterator[dict[str, Any]]:
    """Every document that may leave for Glean, in an order that the archive alone decides.

    Of ``glean.object_types``, and of samples the first few of the newest checkpoint. All of one moment: what a daemon
    changes meanwhile, a permission or a verdict, is for the next export.
    """
    with ledger.snapshot():
        groups = leaving_groups(ledger)
        for done, group in enumerate(groups, start=1):
            yield from leaving(group_documents(ledger, group, settings), settings)
            progress(done, len(groups))


def leaving_groups(ledger: Ledger) -> list[str]:
    """The groups of which documents may leave: all but the older checkpoints."""
    older = {checkpoint.id for checkpoint in ledger.checkpoints()[:-1]}
    return [group for group in ledger.groups() if group not in older]


def leaving(documents: list[Document], settings: Settings) -> Iterator[dict[str, Any]]:
    """Those of a group's documents that leave."""
    glean = settings.glean
    samples = 0
    for document in documents:
        payload = document.payload
        if payload["objectType"] not in glean.object_types or not leaves(payload):
            continue
        if payload["objectType"] == SAMPLE:
            samples += 1
            if samples > glean.samples:
                return
        yield payload
