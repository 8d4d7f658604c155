"""How things stand: read from the ledger and the index, by any process, without the writer's lock."""

from __future__ import annotations

from collections import Counter
from typing import Any

from connector.archive.corpus import trainable
from connector.archive.documents import fingerprint
from connector.archive.file_keys import file_of
from connector.archive.ledger import Ledger
from connector.archive.metadata.sidecars import describing_nothing
from connector.archive.pushes import pushes
from connector.archive.writer import DAEMON, holder_of
from connector.config import Settings
from connector.counting import counted
from indexer import IndexProblem

ERRORS_SHOWN = 20


def status(settings: Settings) -> dict[str, Any]:
    """A JSON value; NotSetUpError where nothing has been taken in yet."""
    with Ledger.open(settings.ledger_file) as ledger:
        counts = ledger.counts()
        holder = holder_of(settings)
        daemon = (ledger.get_state("daemon") or {}) | holder if holder and holder["command"] == DAEMON else None
        checkpoints = ledger.checkpoints()
        newest = checkpoints[-1] if checkpoints else None
        failed = Counter(source.error for source in reversed([*ledger.sources("failed")]) if source.error)
        told = list(failed.items())[:ERRORS_SHOWN]  # the newest; what is wrong with one sidecar fails many files
        failure = ledger.get_state("training_failed")
        return {
            "inbox": str(settings.inbox),
            "data": str(settings.data),
            "public_url": settings.public_url,
            "daemon": daemon,
            "served": holder.get("address") if holder else None,
            "sources": counts["sources"],
            "transcripts": counts["transcripts"],
            "replaced": ledger.versions(),
            "twins": ledger.twins(),
            "duplicates": [source.error for source in ledger.sources("duplicate")],
            "describing_nothing": _describing_nothing(settings, ledger),
            "without_link": ledger.without_link(),
            **_index(settings, ledger),
            "checkpoint": newest
            and {
                "id": newest.id,
                "number": newest.number,
                "transcripts_read": len(newest.read),
                "samples": len(ledger.samples(newest.id)),
                "told": newest.report.get("told", ""),
                "report": newest.report,
            },
            "training": _training(settings, ledger, daemon, failure),
            "push": pushes(ledger, settings),
            "queue": {"files": daemon["waiting"] if daemon else 0, "intents": len(ledger.waiting_intents())},
            "errors": [f"{count:,} files: {error}" if count > 1 else error for error, count in reversed(told)],
            "errors_total": failed.total(),  # files
            "errors_more": failed.total() - sum(count for _, count in told),
        }


def training(settings: Settings) -> dict[str, Any]:
    """What ``status`` says of the daemon and the training, and no more: it is asked again and again."""
    with Ledger.open(settings.ledger_file) as ledger:
        holder = holder_of(settings)
        daemon = (ledger.get_state("daemon") or {}) | holder if holder and holder["command"] == DAEMON else None
        told = _training(settings, ledger, daemon, ledger.get_state("training_failed"))
        return {"daemon": daemon, "training": told}


def _describing_nothing(settings: Settings, ledger: Ledger) -> list[str]:
    """Sidecars and links of files that are not there: a slip in a name may leave a transcript open to all."""
    paths = (source.path for source in ledger.sources() if source.state != "missing")
    return describing_nothing(settings.inbox, [file_of(settings.inbox, path) for path in paths])


def _index(settings: Settings, ledger: Ledger) -> dict[str, Any]:
    from indexer.store import Index

    try:
        with Index.open(settings.index_folder) as index:
            current = index.generation == ledger.generation() and index.fingerprint == fingerprint(settings)
            problem = None if current else "behind the ledger; whoever writes next brings it up to date"
            return {
                "documents": dict(sorted(index.counts().items())),
                "index": {"current": current, "problem": problem},
            }
    except IndexProblem as error:
        return {"documents": {}, "index": {"current": False, "problem": f"{error} (connector rebuild)"}}


def _training(settings: Settings, ledger: Ledger, daemon: Any, failure: Any) -> str:
    if daemon and daemon["training"]:
        progress = daemon["training"]
        return f"under way: {progress['text']}" if "text" in progress else "under way"
    if failure:
        return f"failed: {failure['reason']}"
    readable = len(trainable(ledger, settings.permissions, settings.train.train_on))
    return f"idle; {counted(readable, 'transcript')} to learn from (train_on: {settings.train.train_on})"
