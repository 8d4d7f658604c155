"""Where uploaded files are put: in a folder of the inbox, never over another file, never elsewhere, and never open to
more people than what was sent with them says.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from connector.archive.metadata import load_layer
from connector.archive.metadata.links_file import LINKS_FILE
from connector.archive.metadata.listing import names_in
from connector.archive.metadata.recordings import composed
from connector.archive.metadata.sidecars import FOR_ALL, links_table, sidecar_paths
from connector.errors import ConfigError
from connector.serve.http import Refused
from connector.serve.pages.belonging import after, describes, goes_for_all, misspelt, stems, together
from connector.serve.pages.names import LONGEST

MOST_NUMBERS = 2_000  # files of one name, and one: more than come at once
DEEPEST = 10  # folders of a collection in one another
PART = ".upload-"  # what is still arriving is hidden, so that nobody takes it in
OLD = 86_400.0  # seconds until what a killed server left half arrived is cleared away


@dataclass(frozen=True, eq=False)
class Arrived:
    """One file that was sent: under what name (``sent``), what it may be called here (``name``), where it waits
    (``part``), and why it is not kept, if so.
    """

    sent: str
    name: str
    part: Path | None
    sha256: str = ""
    refused: str = ""


@dataclass(frozen=True)
class Filed:
    """What became of one file that was sent. ``path`` is where it lies, None where it was refused; ``told`` says why,
    or what else there is to say.
    """

    name: str
    path: Path | None
    told: str = ""


_Fate = dict[Arrived, Filed]
_FILING = Lock()  # between what is decided and done the folder is ours


def folder_in(inbox: Path, data: Path, collection: str) -> Path:
    """The folder of the inbox that is this collection, made if need be; Refused for one that lies elsewhere."""
    parts = [part.strip() for part in collection.replace("\\", "/").split("/") if part.strip()]
    if len(parts) > DEEPEST:
        raise Refused(400, f"collection: more than {DEEPEST} folders in one another")
    for part in parts:
        if part.startswith(".") or not part.isprintable() or len(os.fsencode(part)) > LONGEST:
            raise Refused(400, f"collection: `{part[:80]}` cannot be the name of a folder here")
    folder = inbox.joinpath(*parts)
    real, root = Path(os.path.realpath(folder)), Path(os.path.realpath(inbox))
    if not real.is_relative_to(root) or (parts and real.is_relative_to(os.path.realpath(data))):
        raise Refused(400, "collection: that folder leads out of the inbox")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(400, f"collection: the folder cannot be made: {error.strerror}") from error
    return folder


def file_all(arrived: Sequence[Arrived], folder: Path, inbox: Path) -> list[Filed]:
    """Gives the files their names in ``folder``, a number where another file has one; what became of each.

    What describes others may say who may see them. So what belongs together is filed together or not at all, and
    nothing where the folder's own description is refused.
    """
    everywhere = [one for one in arrived if goes_for_all(one.sent)]
    others = [one for one in arrived if not goes_for_all(one.sent)]
    with _FILING:
        fate = _file(everywhere, folder, inbox)
        lost = next((one for one in everywhere if fate[one].path is None), None)
        for places in together([one.sent for one in others]):
            group = [others[place] for place in places]
            fate |= _left_out(group, lost) if lost else _file(group, folder, inbox)
    return [fate[one] for one in arrived]


def _file(group: Sequence[Arrived], folder: Path, inbox: Path) -> _Fate:
    """Files what belongs together: first what describes the others."""
    if any(describes(one.sent) for one in group):
        return _file_described(group, folder, inbox)
    fate = {one: Filed(one.name, None, one.refused) for one in group if one.refused}
    left = [one for one in group if not one.refused]
    given: set[str] = set()
    while left:  # of several files of one name the first of each, then what says something else
        first: dict[str, str] = {}
        for one in left:
            first.setdefault(one.name, one.sha256)
        fate |= _file_numbered([one for one in left if one.sha256 == first[one.name]], folder, inbox, given)
        left = [one for one in left if one.sha256 != first[one.name]]
    return fate


def _file_described(group: Sequence[Arrived], folder: Path, inbox: Path) -> _Fate:
    """Under their own names or not at all: what describes would not go for another name."""
    said = [one for one in group if describes(one.sent)]
    for one in said:
        if why := one.refused or _mistakes(one):
            return _refused(group, one, why)
    whole = [one for one in group if not one.refused]
    for one in whole:
        if any(other.name == one.name and other.sha256 != one.sha256 for other in whole):
            return _refused(group, one, "two different files of this name were sent at once")
    if not goes_for_all(said[0].sent) and (missed := misspelt(one.name for one in whole)):
        culprit = next(one for one in said if one.name == missed[0])
        return _refused(group, culprit, f"it would not describe {missed[1]}: write the name with the same capitals")
    names = {one.name for one in said}
    for one in said:
        if (twin := _twin(one.name)) and twin not in names and os.path.lexists(folder / twin):
            return _refused(group, one, f"{twin} lies there and says something of the same: edit that one")
    for one in whole:
        if not describes(one.name) and (nearer := _described_by(folder / one.name, inbox, names)) not in (*names, None):
            return _refused(group, one, f"{nearer} lies there and goes before what was sent with it: edit that one")
        if not _fits(one, folder / one.name):
            why = "there is one of that name, which says something else: edit that one"
            return _refused(group, one, why if one in said else f"another file is called {one.name}: rename all of it")
    fate = {one: Filed(one.name, None, one.refused) for one in group if one.refused}
    return fate | _place({one: folder / one.name for one in sorted(whole, key=lambda one: one not in said)})


def _file_numbered(group: Sequence[Arrived], folder: Path, inbox: Path, given: set[str]) -> _Fate:
    """Under one number for all of the group, none that is ``given`` to files of their names that say something else."""
    taken = next((one for one in group if not _fits(one, folder / one.name)), None)
    if taken is None:
        return _place({one: folder / one.name for one in group})
    if said := next(filter(None, (_described_by(folder / one.name, inbox) for one in group)), None):
        why = f"another file is called {taken.name}, and {said} would not go for this one under another name"
        return _refused(group, taken, why)
    root = min((stems(one.name)[-1] for one in group), key=len)
    numbered = re.compile(re.escape(root) + r"-([1-9]\d*)", re.ASCII)
    taken_numbers = {found[1] for name in names_in(folder) if (found := numbered.match(composed(name)))}
    for number in range(2, MOST_NUMBERS):
        begin = f"{root}-{number}"
        if begin in given:
            continue
        targets = {one: folder / f"{begin}{after(root, one.name)}" for one in group}
        if str(number) not in taken_numbers or all(_has(target, one) for one, target in targets.items()):
            given.add(begin)
            fate = _place(targets)
            why = "another file is called {}, so this one is {}"
            told = {one: filed.told or why.format(taken.name, targets[one].name) for one, filed in fate.items()}
            return {one: replace(filed, told=told[one]) for one, filed in fate.items()}
    return _refused(group, taken, "there are too many files of that name")


def _place(targets: Mapping[Arrived, Path]) -> _Fate:
    """All of them in this order, or, where somebody else was quicker, none."""
    fate: _Fate = {}
    placed: list[Path] = []
    for one, target in targets.items():
        if _has(target, one):
            fate[one] = Filed(one.name, target, "it was there already, the same to the letter")
            continue
        try:
            _link(one, target)
        except FileExistsError:
            for path in placed:
                path.unlink()
            return _refused(list(targets), one, f"another file is called {one.name} by now: send it again")
        placed.append(target)
        fate[one] = Filed(one.name, target)
    for one in targets:
        if one.part:
            one.part.unlink(missing_ok=True)
    return fate


def _link(one: Arrived, target: Path) -> None:
    """Gives the file its name; FileExistsError where another has it, which is never written over."""
    assert one.part is not None
    try:
        os.link(one.part, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: an empty file holds the name until ours takes its place
        target.touch(exist_ok=False)
        one.part.replace(target)


def _fits(one: Arrived, target: Path) -> bool:
    return not os.path.lexists(target) or _has(target, one)


def _described_by(file: Path, inbox: Path, sent: Container[str] = ()) -> str | None:
    """What is nearest to describe ``file`` alone, of what is there and what was ``sent``."""
    present = names_in(file.parent)
    own = (path.name for path in sidecar_paths(file, inbox) if path.parent == file.parent and path.name not in FOR_ALL)
    return next((name for name in own if name in sent or name in present), None)


def _twin(name: str) -> str:
    """The name with the other spelling of YAML's suffix; "" where it has none."""
    stem, dot, suffix = name.rpartition(".")
    other = {"yml": "yaml", "yaml": "yml"}.get(suffix)
    return f"{stem}{dot}{other}" if other else ""


def _mistakes(one: Arrived) -> str:
    """What is wrong in a file that describes others, a line each."""
    assert one.part is not None
    try:
        _ = links_table(one.part) if one.name == LINKS_FILE else load_layer(one.part, one.name)
    except ConfigError as error:
        return error.message.replace(str(one.part), one.name)
    return ""


def _refused(group: Sequence[Arrived], culprit: Arrived, why: str) -> _Fate:
    return _left_out(group, culprit) | {culprit: Filed(culprit.name, None, why)}


def _left_out(group: Sequence[Arrived], culprit: Arrived) -> _Fate:
    return {one: Filed(one.name, None, one.refused or f"left out, for {culprit.name} was refused") for one in group}


def clear_old_parts(folder: Path, now: float | None = None) -> None:
    """Away with what arrived by half, long ago."""
    now = time.time() if now is None else now
    for part in folder.glob(f"{PART}*"):
        with suppress(FileNotFoundError):  # another upload gave it its name meanwhile
            if now - part.stat().st_mtime > OLD:
                part.unlink()


def _has(file: Path, one: Arrived) -> bool:
    """Whether ``file`` is there and the same to the letter."""
    assert one.part is not None
    try:
        if file.stat().st_size != one.part.stat().st_size:
            return False
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == one.sha256
    except OSError:  # a folder, or what may not be read: another file at any rate
        return False
