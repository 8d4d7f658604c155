"""The check of files: any JSON that is meant for Glean, each value by its shape, and all of them with each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from connector.archive.rows import dump
from connector.errors import BadInputError, ConnectorError
from connector.glean.across import Across, People
from connector.glean.check import too_large
from connector.glean.json_file import Unreadable, values
from connector.glean.manifest import MANIFEST_NAME, broken_manifest, file_beside
from connector.glean.own import Own
from connector.glean.recognise import BODY, HASH, MANIFEST, ROW, SHAPES, meant, name_of
from connector.glean.report import Report
from connector.glean.rules import Broken, broken
from connector.glean.uploads import Uploads

Payload = dict[str, Any]
Asked = TypeVar("Asked")
FindOwn = Callable[[], Own | None]  # the datasource of the archive around here, where there is one

_IN_A_LIST = re.compile(r"(documents|users|groups|memberships)\[(\d+)\](?:\.(.+))?")
_HOLD_DOCUMENTS = ("body of bulkindexdocuments", "body of indexdocuments")
_NO_PAYLOAD = (ROW, HASH)  # of an export, for others than Glean


class Thing(NamedTuple):
    """A value of a file that is one thing, and where it stands."""

    file: str
    line: int | None
    value: Any


def check_files(paths: Iterable[Path], own: FindOwn = lambda: None) -> Report:
    """Every rule that these files break. A folder is what its manifest says goes to Glean, or all JSON in it.

    Documents are held against the datasource's configuration, the users and the groups in the same files, where those
    have none against ``own`` if the documents are of that datasource; and those on pages against each other, those that
    stand by themselves too. ``own`` is asked once a document needs it; where it fails, that is told as not looked at.
    BadInputError where there is nothing to look at.
    """
    report = Report()
    files = [file for path in paths for file in _files(path)]
    held = _Held(*_told_before(files), own)
    for file in files:
        for thing in _things(file):
            _hold(thing, held, report)
    for each in held.across.values():
        for what, found in each.finish():
            report.add(f"document {what}", [found])
        report.warnings += each.warnings()
        report.unheld += each.unheld()
    report.unheld += [*held.uploads.unheld(), *held.failed]
    return report


class _Held:
    """What documents are held against: those on pages and those by themselves, of the own datasource and of others."""

    def __init__(self, config: Payload | None, people: People | None, own: FindOwn) -> None:
        self._config, self._people, self._find_own = config, people, own
        self.across: dict[tuple[bool, bool], Across] = {}
        self.uploads = Uploads()
        self.failed: list[str] = []  # why something of the own datasource could not be asked for

    def add(self, document: Payload, *, paged: bool) -> list[Broken]:
        """The rules that it breaks beside those of its own shape."""
        told = self._config is not None and self._people is not None
        is_own = not told and self._own is not None and document.get("datasource") == self._own.name
        if (paged, is_own) not in self.across:
            config = self._config or (self._own_config if is_own else None)
            people = self._people or (self._own_people if is_own else None)
            self.across[paged, is_own] = Across(config, people, whole=False)
        return self.across[paged, is_own].add(document)

    @cached_property
    def _own(self) -> Own | None:
        return self._asked(self._find_own)

    @cached_property
    def _own_config(self) -> Payload | None:
        return self._asked(self._own.config) if self._own else None

    @cached_property
    def _own_people(self) -> People | None:
        return self._asked(self._own.people) if self._own else None

    def _asked(self, ask: Callable[[], Asked | None]) -> Asked | None:
        try:
            return ask()
        except ConnectorError as error:
            self.failed.append(f"the archive here: {error.message}")
            return None


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    if (path / MANIFEST_NAME).is_file():
        return [path / MANIFEST_NAME, *_sent(path / MANIFEST_NAME)]
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in (".json", ".ndjson", ".jsonl"))
    if not found:
        raise BadInputError(f"{path}: no JSON in this folder")
    return found


def _sent(manifest: Path) -> list[Path]:
    """The files beside the manifest that go to Glean."""
    listed = [thing.value for thing in _things(manifest)]
    entries = listed[0].get("files") if listed and isinstance(listed[0], dict) else None
    named = [
        file_beside(manifest, entry)
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and entry.get("endpoint")
    ]
    return [file for file in named if file is not None and _is_file(file)]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # too long a name
        return False


def _things(file: Path) -> Iterator[Thing]:
    """The values of a file, those of a list one by one."""
    for line, value in values(file):
        for one in value if isinstance(value, list) and value else [value]:
            yield Thing(str(file), line, one)


def _told_before(files: list[Path]) -> tuple[Payload | None, People | None]:
    """The datasource's configuration, and the users and groups, as far as the files have them."""
    config: Payload | None = None
    known: dict[str, set[str]] = {"users": set(), "groups": set()}
    told = False
    for file in files:
        for thing in _things(file):
            kind = meant(thing.value) if isinstance(thing.value, dict) else None
            if kind is None or kind == "document" or kind in _HOLD_DOCUMENTS or kind in _NO_PAYLOAD:
                break  # a file holds things of one kind
            if kind == "datasource":
                config = thing.value
            for key, names in known.items():
                if kind in (f"body of bulkindex{key}", f"body of index{key[:-1]}", key[:-1]):
                    told = True
                    names.update(_names(thing.value, key))
    return config, People(frozenset(known["users"]), frozenset(known["groups"])) if told else None


def _names(value: Payload, key: str) -> Iterator[str]:
    """The e-mails of ``users``, or the names of ``groups``, in the body of a call or in one of them."""
    listed = value.get(key, [value.get(key[:-1], value)])
    for one in listed if isinstance(listed, list) else ():
        name = one.get("email" if key == "users" else "name") if isinstance(one, dict) else None
        if isinstance(name, str):
            yield name.strip().lower() if key == "users" else name


def _hold(thing: Thing, held: _Held, report: Report) -> None:
    """One thing against the rules of its kind, its documents against the others."""

    def tell(what: str, found: list[Broken]) -> None:
        report.add(what, found, thing.file, thing.line)

    value = thing.value
    if isinstance(value, Unreadable):
        tell("", [Broken("", value.reason)])
        return
    kind = meant(value) if isinstance(value, dict) else None
    if kind is None:
        report.checked["unknown value"] += 1
        tell(
            "", [Broken("", "is nothing that Glean's indexing API takes: no document, page, datasource, user or group")]
        )
    elif kind == MANIFEST:
        report.checked["manifest"] += 1
        tell("manifest", list(broken_manifest(Path(thing.file), value)))
    elif kind in _NO_PAYLOAD:
        report.checked[kind] += 1
    else:
        if kind.startswith(BODY):
            tell(kind, list(held.uploads.add(kind.removeprefix(BODY), value, thing.file)))
        _hold_kind(value, kind, held, report, tell)


def _hold_kind(value: Payload, kind: str, held: _Held, report: Report, tell: Any) -> None:
    paged = kind != "document"
    documents = _documents(value, kind)
    if paged:
        report.checked["call" if kind.startswith(BODY) else kind] += 1
    report.checked["document"] += len(documents)
    for each in broken(value, SHAPES[kind], kind):
        inside = _IN_A_LIST.match(each.field)
        if inside and isinstance(listed := value.get(inside[1]), list):
            tell(f"{inside[1][:-1]} {name_of(listed[int(inside[2])])}", [Broken(inside[3] or "", each.rule)])
        else:
            tell(f"document {name_of(value)}" if kind == "document" else kind, [each])
    for document in documents:
        if isinstance(document, dict):
            size = len(dump(document).encode("utf-8", "surrogatepass"))
            tell(f"document {name_of(document)}", too_large(size) + held.add(document, paged=paged))


def _documents(value: Payload, kind: str) -> list[Any]:
    if kind == "document":
        return [value]
    if kind == "body of indexdocument":
        return [value["document"]]
    listed = value.get("documents") if kind in _HOLD_DOCUMENTS else None
    return listed if isinstance(listed, list) else []
