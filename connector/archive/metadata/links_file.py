"""``links.csv``: the video links of many files in one table, with the columns file, url and offset.

Knows the table, not what the links are for. A wrong row is the trouble of the file it names, and of no other.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from connector.errors import ConfigError
from connector.transcripts.file_names import recording_stems
from connector.transcripts.media import MEDIA
from connector.validation import nearest

LINKS_FILE = "links.csv"
COLUMNS = ("file", "url", "offset")
MAX_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Link:
    """One row: the file it names, relative to the table's folder, its url and offset as written, and its line.

    ``problem`` says, without the place, why the row cannot be used.
    """

    file: str
    line: int
    values: dict[str, str] = field(default_factory=dict)
    problem: str = ""


class LinksTable:
    """The rows of one ``links.csv``, found by the file they name."""

    def __init__(self, rows: Iterable[Link]) -> None:
        self.rows = tuple(rows)
        self._by_name: dict[str, list[Link]] = {}
        for row in self.rows:
            self._by_name.setdefault(_key(row.file), []).append(row)

    def row_for(self, source: PurePosixPath) -> Link | None:
        """The row for ``source``, a path relative to the table's folder: by its name, else without suffix and language.

        A row may name the recording's video. Where several tell different things of a file, the answer is a row whose
        problem says so.
        """
        for name in _names_of(source):
            found = self._by_name.get(name, [])
            if any(row.values != found[0].values for row in found):
                first, last = found[0], found[-1]
                return Link(first.file, last.line, problem=f"`{first.file}` is there already, in line {first.line}")
            if found:
                return found[0]
        return None

    def unused(self, sources: Iterable[PurePosixPath]) -> list[Link]:
        """The rows that name none of ``sources``, which are paths relative to the table's folder."""
        names = {name for source in sources for name in _names_of(source)}
        return [row for row in self.rows if _key(row.file) not in names]


@lru_cache(maxsize=16)
def read_links(path: Path, mtime_ns: int, size: int) -> LinksTable:  # noqa: ARG001  # part of the cache's key
    """The table in ``path``; ConfigError where it is no such table at all."""
    if size > MAX_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_BYTES >> 20} MB", hint="A table of links is small.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            file.seek(0)
            mark = max(",;\t", key=head.count)  # programs write a semicolon where the comma is the decimal mark
            return LinksTable(_rows(csv.reader(file, delimiter=mark), path))
    except (csv.Error, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: no readable CSV: {error}", hint="Save it as CSV, UTF-8.") from error


def _rows(reader: Any, path: Path) -> Iterator[Link]:
    header = [name.strip().lower() for name in next(reader, [])]
    wrong = [f"unknown column `{name}`; {nearest(name, list(COLUMNS))}" for name in header if name not in COLUMNS]
    if not {"file", "url"} <= set(header):
        wrong.append("needs the columns file,url and may have offset")
    if wrong:
        raise ConfigError("\n".join(f"{path}:1: {one}" for one in wrong))
    for cells in reader:
        told = [cell.strip() for cell in cells]
        if not any(told):
            continue
        row = dict(zip(header, told, strict=False))
        values = {key: row[key] for key in ("url", "offset") if row.get(key)}
        problem = ""
        file = row.get("file", "")
        if any(told[len(header) :]):
            problem = f'has {len(told)} fields for {len(header)} columns; put a url that holds a comma into "…"'
        elif not file:
            problem = "names no file"
        yield Link(file, reader.line_num, values, problem)


def _names_of(source: PurePosixPath) -> list[str]:
    """What a row may call ``source``, the most exact first."""
    return [_key(str(source.parent / name)) for name in (source.name, *recording_stems(source.stem))]


def _key(file: str) -> str:
    """A path as it is compared: with slashes, without ``./`` and a video's suffix, in one of the ways to write é."""
    path = PurePosixPath(unicodedata.normalize("NFC", file.replace("\\", "/")))
    return str(path.with_suffix("") if path.suffix.lower() in MEDIA else path)
