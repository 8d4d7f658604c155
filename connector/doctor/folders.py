"""Checks of the folders: the inbox can be read and watched, the data folder is ours alone."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from watchdog.observers import Observer

from connector.config import Settings
from connector.counting import counted
from connector.daemon.inbox import Inbox
from connector.daemon.watch import Event, Watch
from connector.doctor.check import Check, fail, ok, warn

PROBE_WAIT = 2.0  # seconds until an event that does not come never does
MOST_NAMED = 3
LIMITS = Path("/proc/sys/fs/inotify")
_OCTAL = re.compile(rb"\\([0-3][0-7]{2})")  # a space in the name of a mount point is \040
# Kinds of file systems where changes made by another machine are not reported here.
REMOTE = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "fuse.rclone", "afpfs", "virtiofs", "vboxsf")


def inbox(settings: Settings, access: Callable[[Path, int], bool] = os.access) -> tuple[Check, float | None]:
    """Whether all of it can be read; with the time of its newest file, in seconds since 1970. ``access``: as the system
    grants it to this user.
    """
    folder = settings.inbox
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist"
        return fail(
            "inbox", f"{folder} {what}", f"Make it, or name another as `inbox` in config.yaml: mkdir {folder}"
        ), None
    if not access(folder, os.R_OK | os.X_OK):
        return fail("inbox", f"{folder} cannot be read", f"Give yourself the right to: chmod u+rx {folder}"), None
    unreadable, count, newest = [], 0, None
    errors: list[OSError] = []
    for found in Inbox(settings).scan(on_error=errors.append):
        count += 1
        newest = max(newest or 0.0, found.modified)
        if not access(found.path, os.R_OK):
            unreadable.append(found.key)
    unreadable += [str(error.filename) for error in errors]
    if unreadable:
        named = ", ".join(unreadable[:MOST_NAMED]) + (" …" if len(unreadable) > MOST_NAMED else "")
        told = f"{counted(len(unreadable), 'path')} cannot be read: {named}"
        return fail("inbox", told, "Let the user who runs the connector read them: chmod -R u+rX"), newest
    told = f"{folder}, {counted(count, 'source')}"
    if not access(folder, os.W_OK):
        return warn("inbox", f"{told}; read-only", "Uploads by the page need the right to write there."), newest
    return ok("inbox", told), newest


def data(settings: Settings) -> Check:
    folder = settings.data
    if not folder.exists():
        return ok("data folder", f"{folder} is made by the first command that writes")
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return fail("data folder", f"{folder} cannot be written", f"Give yourself the right to: chmod u+rwx {folder}")
    if folder.stat().st_uid != os.geteuid():
        return fail(
            "data folder", f"{folder} is another user's", "Run the connector as that user, or chown the folder."
        )
    if folder.stat().st_mode & 0o077:
        return warn("data folder", f"{folder} is open to others", f"It holds all that was said: chmod 700 {folder}")
    return ok("data folder", f"{folder}, for its owner alone")


def used(settings: Settings) -> int:
    """Bytes of ledger and index."""
    total = 0
    for path in (settings.ledger_file, *settings.index_folder.rglob("*")):
        with suppress(OSError):  # a daemon may remove files of the index meanwhile
            total += path.stat().st_size if path.is_file() else 0
    return total


def watching(settings: Settings, limits: Path = LIMITS, probe: Callable[[Path], bool] | None = None) -> Check:
    """Whether the system reports a file that appears, tried with one; and whether it reports all folders there are."""
    folder, every = settings.inbox, f"every {settings.ingest.rescan:g} s"
    if not folder.is_dir():
        return warn("watching", "there is no inbox to watch", f"Make it: mkdir {folder}")
    if kind := remote_kind(folder):
        todo = f"Files written there by other machines are seen {every} only; `ingest.rescan` changes that."
        return warn("watching", f"the inbox lies on {kind}", todo)
    folders = sum(len(names) for _, names, _ in os.walk(folder)) + 1
    most = _limit(limits / "max_user_watches")
    if most is not None and folders > most:
        setting = f"fs.inotify.max_user_watches={4 * folders}"
        todo = f"echo {setting} | sudo tee /etc/sysctl.d/60-inotify.conf; sudo sysctl --system"
        return fail("watching", f"{folders:,} folders, and the system watches {most:,} at most", todo)
    if not os.access(folder, os.W_OK):
        return warn("watching", "not tried: the inbox is read-only", f"New files are seen {every} at the latest.")
    try:
        reported = (probe or is_reported)(folder)
    except OSError as error:
        todo = f"The inbox is looked at {every} instead. On Linux raise fs.inotify.max_user_instances."
        return fail("watching", f"the system refuses: {error.strerror or error}", todo)
    if not reported:
        return warn("watching", "a new file was not reported", f"The inbox is looked at {every}; that is all it needs.")
    return ok("watching", f"a new file was reported at once; {counted(folders, 'folder')} watched")


def is_reported(folder: Path) -> bool:
    """Whether a file that appears in a hidden folder of ``folder``, which is left alone otherwise, is reported."""
    reported: SimpleQueue[Event] = SimpleQueue()
    with _hidden(folder) as place:
        observer = Observer()
        observer.schedule(Watch(reported), str(place))
        observer.start()
        try:
            (place / "probe").write_bytes(b"")
            reported.get(timeout=PROBE_WAIT)
        except Empty:
            return False
        finally:
            observer.stop()
            observer.join()
    return True


@contextmanager
def _hidden(folder: Path) -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix=".connector-doctor-", dir=folder))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def remote_kind(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """The kind of file system ``folder`` is on, where others may write to it without a word; "" else."""
    try:
        lines = mounts.read_bytes().splitlines()
    except OSError:
        return ""
    real, best = folder.resolve(), ("", "")
    for line in lines:
        fields = line.split(b" ")
        if len(fields) < 3:
            continue
        point = os.fsdecode(_OCTAL.sub(lambda found: bytes([int(found[1], 8)]), fields[1]))
        if real.is_relative_to(point) and len(point) >= len(best[0]):
            best = (point, os.fsdecode(fields[2]))
    return best[1] if best[1] in REMOTE else ""


def _limit(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None
