"""Checks of the archive: who holds it, the ledger whole and of this version, the index equal to it, the model loads."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from connector.archive.documents import fingerprint
from connector.archive.groups import group_documents
from connector.archive.ledger import Ledger
from connector.archive.ledger.migrations import MIGRATIONS
from connector.archive.writer import Holder, holder_of, is_held
from connector.config import Settings
from connector.counting import counted
from connector.doctor.check import Check, fail, ok, warn
from connector.errors import NotSetUpError
from indexer import IndexMissing, IndexProblem
from indexer.store import Index

COMPARED = 5_000  # documents compared one by one; of a larger archive those of groups spread over it
LOOKS = 3  # at an index that changes while it is compared
FIRST_STEPS = "`connector run` takes in what lies in the inbox."
REBUILD = "connector rebuild"
MOST_NAMED = 3


def locks(settings: Settings) -> tuple[Check, Holder | None]:
    """Who writes now, and whether they are there."""
    if not settings.ledger_file.exists():
        return ok("locks", "nobody writes"), None
    holder = holder_of(settings)
    pushing = "; a push is under way" if is_held(settings.push_lock_file) else ""
    if holder is None and is_held(settings.lock_file):
        todo = f"Another machine or container may hold {settings.lock_file}; see who with: fuser {settings.lock_file}"
        return warn("locks", f"held by somebody who does not say who they are{pushing}", todo), None
    if holder is None:
        return ok("locks", f"nobody writes{pushing}"), None
    told = f"`connector {holder['command']}` (process {holder['pid']}) since {holder['since']}{pushing}"
    if not _is_alive(holder["pid"]):
        todo = f"If no other machine or container works on this folder, see who holds it: fuser {settings.lock_file}"
        return warn("locks", f"held by {told}, which does not run on this machine", todo), holder
    return ok("locks", f"held by {told}"), holder


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def ledger(file: Path) -> Check:
    """Whether SQLite finds it whole, and its schema is this version's: to open an older one would change it."""
    if not file.exists():
        return warn("ledger", "nothing has been taken in yet", FIRST_STEPS)
    restore = "Restore it from a backup (connector restore); or move it away, and the inbox is taken in anew."
    try:
        db = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        try:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            problem = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        finally:
            db.close()
    except sqlite3.OperationalError as error:
        todo = f"See who holds it (fuser {file}), and that you may read and write in {file.parent}; it may be whole."
        return fail("ledger", f"{file} cannot be opened: {error}", todo)
    except sqlite3.DatabaseError as error:
        return fail("ledger", f"{file} cannot be read: {error}", restore)
    if problem != "ok":
        return fail("ledger", f"{file} is damaged: {problem}", restore)
    if version > len(MIGRATIONS):
        told = f"schema {version}, newer than this program's {len(MIGRATIONS)}"
        return fail("ledger", told, "Run the newer version of the connector on this data folder.")
    if version < len(MIGRATIONS):
        told = f"whole, of the older schema {version}: the rest of the archive is not looked at"
        return warn("ledger", told, f"The next command brings it to {len(MIGRATIONS)}: connector status")
    return ok("ledger", f"whole, schema {version}")


def index(settings: Settings, holder: Holder | None) -> Check:
    """Whether it shows the ledger's newest generation, under this configuration, with the very documents."""
    try:
        with Ledger.open(settings.ledger_file) as known, Index.open(settings.index_folder) as shown:
            return _compared(known, shown, settings, holder)
    except IndexMissing:
        return fail("index", "there is none", REBUILD)
    except IndexProblem as error:
        return fail("index", f"damaged: {error}", REBUILD)
    except NotSetUpError as error:
        return fail("index", error.message, error.hint)


def _compared(known: Ledger, shown: Index, settings: Settings, holder: Holder | None, looks: int = LOOKS) -> Check:
    soon = (
        f"`connector {holder['command']}` brings it up to date." if holder else f"The next start does it, or: {REBUILD}"
    )
    if shown.fingerprint != fingerprint(settings):
        again = "Stop the daemon and start it again: it builds the index anew." if holder else soon
        return warn("index", "made under another configuration", again)
    with known.snapshot():
        behind = len(known.changes_since(shown.generation))
        if shown.generation > known.generation():
            return fail("index", "shows more than the ledger holds", REBUILD)
        if behind:
            return warn("index", f"{counted(behind, 'change')} behind the ledger", soon)
        total = sum(shown.counts().values())
        groups = _spread([*known.groups(), *known.foreign_groups()], COMPARED, total)
        compared, differing = 0, list[str]()
        for group in groups:
            want = {one.id: one.payload for one in group_documents(known, group, settings)}
            have = {one.id: one.payload for one in shown.documents(group=group)}
            compared += len(want)
            if want != have:
                differing.append(group)
        whole = len(groups) == len(known.groups()) + len(known.foreign_groups())
    if differing and shown.refresh():  # it moved on while it was compared, and what is compared must be of one moment
        if looks > 1:
            return _compared(known, shown, settings, holder, looks - 1)
        told = f"it changed while it was compared, {LOOKS} times on end"
        return warn("index", told, "Look again once `connector status` says that nothing waits.")
    if differing:
        named = ", ".join(differing[:MOST_NAMED]) + (" …" if len(differing) > MOST_NAMED else "")
        return fail("index", f"{counted(len(differing), 'recording')} not as in the ledger: {named}", REBUILD)
    if whole and compared != total:
        return fail("index", f"{total:,} documents, and {compared:,} in the ledger", REBUILD)
    told = f"all {total:,}" if whole else f"{compared:,} of {total:,}"
    return ok("index", f"generation {shown.generation:,} is the ledger's; {told} documents compared, equal")


def _spread(groups: Sequence[str], most: int, documents: int) -> Sequence[str]:
    """So many of ``groups``, evenly, that some ``most`` documents are looked at, where they have ``documents``."""
    return groups[:: max(1, -(-documents // most))]


def newest_time(settings: Settings) -> float | None:
    """Of the ledger's entries, in seconds since 1970."""
    if not settings.ledger_file.exists():
        return None
    with Ledger.open(settings.ledger_file) as known:
        return known.last_seen()


def model(settings: Settings) -> Check:
    """Whether the newest checkpoint loads, or what a first training starts from."""
    from model.base import load_base
    from model.checkpoint import list_checkpoints, load, load_newest
    from model.errors import CheckpointError

    try:
        base = load_base(settings.train.base_folder) if settings.train.base_folder else None
    except CheckpointError as error:
        return fail(
            "model", str(error), "`train: {base: shipped}` starts from the one that comes along; or install anew."
        )
    told = f"base {base.info.id}" if base else "no base"
    try:
        newest = load_newest(settings.model_folder)
        if newest is None and (described := list_checkpoints(settings.model_folder)):
            load(settings.model_folder, described[-1].id)  # says why it is passed over
    except CheckpointError as error:
        return fail("model", f"no checkpoint can be read: {error}", "`connector train` makes a new one.")
    if newest is None:
        return ok("model", f"{told} loads; no checkpoint yet")
    if newest.skipped:
        return warn(
            "model", "; ".join(newest.skipped), f"{newest.info.id} is used instead; the next training makes a new one."
        )
    return ok("model", f"{told} and checkpoint {newest.info.id} load ({newest.info.parameters:,} parameters)")
