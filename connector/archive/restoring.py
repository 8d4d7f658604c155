"""A backup put back: checked whole in a folder of its own, and only then moved into places where nothing is.

A backup is hostile input. Its ledger has nothing done, and its configuration has no file lie outside the folder it is
restored into, unless a person has put that configuration there.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from connector import config as configuration
from connector.archive.backup import CHUNK, CONFIG, IDENTITY, JARGON, LEDGER, TOKENS, synced
from connector.archive.groups import Progress, nothing
from connector.archive.ledger import Ledger
from connector.archive.ledger.file import schema_of
from connector.archive.pushes import doubt
from connector.archive.unpacking import refused, unpacked
from connector.archive.writer import Say
from connector.config import NO_BASE, SHIPPED_BASE, Config, Settings
from connector.config_file import FILE_NAME, NO_MODEL, PACKAGE
from connector.errors import BadInputError, ConflictError, NotSetUpError, UsageError

OF_THE_MACHINE = (  # what SQLite says of a disk or of rights, whatever the ledger is
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY,
)  # fmt: skip
LOOPBACK = ("127.0.0.1", "::1", "localhost")
LOCKS = ("writer.lock", "push.lock")


def restore(file: Path, config_file: Path, progress: Progress = nothing, say: Say = lambda _: None) -> Config:
    """Puts the backup ``file`` back, with ``config_file`` as its configuration; the index is then to be built.

    Raises ConflictError where the data folder holds something, or another configuration, glossary, list of people or
    tokens is there; BadInputError where the file is no backup, cut off or changed, is of a newer version, or has files
    lie elsewhere. Then nothing has been done. ``say`` is told of what time the backup is.
    """
    folder = config_file.parent
    folder.mkdir(parents=True, exist_ok=True)
    with unpacked(file, folder, progress) as (stage, made), ExitStack() as undo:
        was_pushed = _demand_ledger(file, stage / LEDGER)
        trusted = config_file.exists()  # and the same, or it is a conflict
        _put(stage / CONFIG, config_file, undo)
        config = configuration.load(config_file)
        settings = config.settings
        if not trusted:
            _demand_inside(file, config)
        _demand_empty(settings)
        beside = {JARGON: config.jargon_file, IDENTITY: config.identity_file, TOKENS: settings.tokens_file}
        for name, path in beside.items():
            if (stage / name).exists():
                _put(stage / name, path, undo)
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        for found in sorted((stage / "data").rglob("*")):
            if found.is_file() and found != stage / LEDGER:
                _put(found, settings.data / found.relative_to(stage / "data"), undo)
        _put(stage / LEDGER, settings.ledger_file, undo)  # last: where it is, all is
        undo.pop_all()
    say(f"restored as of {made}: what was forgotten or corrected after that is as it was before")
    if was_pushed:
        say(
            "Glean may hold what is of later: the next push sends all of this archive again, and what was pushed since"
            " then it does not know; `connector push --full --yes-delete` has Glean hold this archive alone"
        )
    if not trusted:
        for line in _leading_out(settings):
            say(f"look at it before you start it: {line}")
    return config


def target_of(explicit: Path | None, folder: Path | None) -> Path:
    """The configuration that a backup is put back with: ``--config``, else the one of ``folder``, else that of here.

    Raises UsageError where both are given.
    """
    if explicit and folder:
        raise UsageError(
            f"--config {explicit} and the folder {folder} both say where to", hint="Leave one of them out."
        )
    return (explicit or (folder or Path()) / FILE_NAME).absolute()


def _demand_ledger(file: Path, staged: Path) -> bool:
    """That it is whole, and one this version reads. It is brought to the newest schema, asks nothing of whoever will
    hold it, and is certain of nothing that another place holds; whether anything was pushed.
    """
    try:
        if not schema_of(staged):
            raise refused(file, "its ledger is none")
        with Ledger.open(staged) as ledger:
            if problem := ledger.problem():
                raise refused(file, f"its ledger is damaged: {problem}")
            ledger.disown()
            was_pushed = doubt(ledger)
            ledger.fold()
    except NotSetUpError as error:
        raise refused(file, error.message) from error
    except sqlite3.Error as error:
        if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in OF_THE_MACHINE:
            raise
        raise refused(file, f"its ledger is none: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise refused(file, f"its ledger says what none does: {error}") from error
    return was_pushed


def _leading_out(settings: Settings) -> Iterator[str]:
    """What of a configuration that somebody else wrote would have words leave this machine, or others come in."""
    if settings.push.server:
        itself = ", by itself (push.auto)" if settings.push.auto else ""
        yield f"push.server: the archive, and the token of pushes, go to {settings.push.server}{itself}"
    if settings.serve.host not in LOOPBACK:
        yield f"serve.host: {settings.serve.host}: it is served to other machines"
    if settings.tokens_file.exists():
        yield f"{settings.tokens_file}: whoever has a token that is listed there is let in"


def _demand_inside(file: Path, config: Config) -> None:
    """That no path of the configuration leads out of its folder, or to what is hidden there: whoever made it may not
    say where files lie here.
    """
    settings, folder = config.settings, Path(os.path.normpath(config.file.parent))
    named = {"inbox": settings.inbox, "data": settings.data, "serve.tokens_file": settings.tokens_file}
    if settings.push.token_file:
        named["push.token_file"] = settings.push.token_file
    if settings.train.base not in (SHIPPED_BASE, NO_BASE):
        named["train.base"] = Path(settings.train.base)
    if settings.semantic.model != NO_MODEL and not settings.semantic.model.startswith(PACKAGE):
        named["semantic.model"] = Path(settings.semantic.model)
    for key, path in named.items():
        hidden = any(part.startswith(".") for part in path.parts[len(folder.parts) :])  # .ssh, where DIR is a home
        if not path.is_relative_to(folder) or hidden:
            raise BadInputError(
                f"{file}: its {CONFIG} leads out of {folder}, or to what is hidden there: {key}: {path}",
                hint="Where you trust it, take that file out first (tar -xzf FILE -C DIR config.yaml), look at it, and"
                " restore again; nothing was restored.",
            )


def _demand_empty(settings: Settings) -> None:
    held = [path for path in settings.data.rglob("*") if path.is_file() and path.name not in LOCKS]
    if held:
        what = "an archive" if settings.ledger_file in held else held[0].relative_to(settings.data)
        raise ConflictError(
            f"{settings.data} is not empty: it holds {what}",
            hint="Restore into another folder (connector restore FILE DIR), or move this one away.",
        )


def _put(source: Path, target: Path, undo: ExitStack) -> None:
    """Moves a file where none is, or the same; ``undo`` takes it away again."""
    if target.exists():
        if target.read_bytes() != source.read_bytes():
            raise ConflictError(
                f"{target} is there, and is another than in the backup",
                hint="Move it away, or restore into another folder (connector restore FILE DIR).",
            )
        return
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    undo.callback(target.unlink, missing_ok=True)
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copied(source, target)
    synced(target.parent)


def _copied(source: Path, target: Path) -> None:
    """From another file system: under its own name only once all of it is there."""
    work = target.with_name(f".{target.name}.restored")
    try:
        with (
            source.open("rb") as read,
            os.fdopen(os.open(work, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
        ):
            shutil.copyfileobj(read, out, CHUNK)
            out.flush()
            os.fsync(out.fileno())
        work.rename(target)
    finally:
        work.unlink(missing_ok=True)
