"""What people say about a recording: sidecars, folder defaults, links, and what the file says of itself.

Nearest wins: ``NAME.meta.yaml``, then ``links.csv``, then each ``_folder.yaml`` from the file's folder up to the inbox,
then the source itself (front matter), then what its name and folder tell. A sidecar that is wrong is an error, never
ignored: it may hold the permissions.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from connector.errors import ConfigError
from connector.permissions import Permissions
from connector.transcripts.links import is_web_url
from connector.validation import load_model, validate

SIDECAR_SUFFIX = ".meta.yaml"
FOLDER_FILE = "_folder.yaml"
LINKS_FILE = "links.csv"
MAX_TEXT = 500


def _text(value: Any) -> Any:
    """Numbers and dates as YAML reads them are text to a person who wrote a title."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | date):
        return value
    return " ".join(str(value).split())


Text = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=MAX_TEXT)]


class Metadata(BaseModel):
    """The keys of a sidecar (DESIGN's contract), all optional."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Text | None = None
    url: Text | None = None
    recorded: datetime | None = None
    author: Text | None = None
    speakers: dict[str, Text] = {}
    tags: list[Text] = []
    collection: Text | None = None
    language: Text | None = None
    fps: float | None = Field(default=None, gt=0, le=1000)
    offset: float | None = Field(default=None, ge=0)
    permissions: Permissions | None = None
    id: Text | None = None

    @field_validator("permissions", mode="before")
    @classmethod
    def _somebody(cls, value: Any) -> Any:
        """`permissions:` and nothing after it was meant to say something; the default may be everybody."""
        if value is None:
            raise ValueError("is empty; say who may see it, or leave the key out")
        return value

    @field_validator("url")
    @classmethod
    def _web(cls, value: str | None) -> str | None:
        if value is not None and not is_web_url(value):
            raise ValueError("must begin with https:// or http://")
        return value

    @field_validator("recorded", mode="before")
    @classmethod
    def _moment(cls, value: Any) -> Any:
        """A day is its midnight; times without a zone are UTC, so that every machine derives the same document."""
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value.strip())
            except ValueError:
                raise ValueError("must be a date such as 2025-01-14") from None
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, date):
            return datetime.combine(value, time(), UTC)
        raise ValueError("must be a date such as 2025-01-14")

    @field_validator("fps", mode="before")
    @classmethod
    def _rate(cls, value: Any) -> Any:
        """``30000/1001`` is a frame rate too."""
        if isinstance(value, str) and re.fullmatch(r"\s*\d{1,6}\s*/\s*[1-9]\d{0,5}\s*", value):
            return float(Fraction(value.replace(" ", "")))
        return value

    @field_validator("offset", mode="before")
    @classmethod
    def _start(cls, value: Any) -> Any:
        """Where the programme starts: seconds, ``h:mm:ss`` or ``hh:mm:ss:ff`` (frames, below a second, are dropped)."""
        if isinstance(value, str) and (match := re.fullmatch(r"(\d{1,3}):(\d\d):(\d\d)(?:[:;]\d\d)?", value.strip())):
            hours, minutes, seconds = map(int, match.groups())
            return hours * 3600 + minutes * 60 + seconds
        return value


def load_layer(path: Path) -> Metadata:
    """One sidecar or folder file. Raises ConfigError with file, key and what is allowed.

    An empty one is an error: it may be half of one that is just being written, and the other half the permissions.
    """
    if path.stat().st_size == 0:
        raise ConfigError(f"{path}: is empty", hint="Write `key: value` lines into it, or delete it.")
    return load_model(path, Metadata)


def from_source(values: dict[str, Any]) -> Metadata:
    """What a source says of itself; a value that makes no sense there is left out, since nobody meant it for us."""
    kept = {}
    for key, value in values.items():
        if key in ("permissions", "id"):  # a text must not grant access to itself, nor take another's place
            continue
        try:
            validate({key: value}, Metadata, "")
        except ConfigError:
            continue
        kept[key] = value
    return Metadata.model_validate(kept)


def layers_for(source: Path, inbox: Path) -> list[Metadata]:
    """The layers people wrote for ``source``, nearest first. Raises ConfigError where one is wrong."""
    found = []
    sidecar = source.with_name(source.stem + SIDECAR_SUFFIX)
    if _is_ours(sidecar, inbox):
        found.append(load_layer(sidecar))
    for folder in folders_up(source, inbox):
        links = folder / LINKS_FILE
        if _is_ours(links, inbox):
            info = links.stat()
            if link := _links(links, info.st_mtime_ns, info.st_size).get(source.relative_to(folder).as_posix()):
                found.append(link)
        defaults = folder / FOLDER_FILE
        if _is_ours(defaults, inbox):
            found.append(load_layer(defaults))
    return found


def _is_ours(path: Path, inbox: Path) -> bool:
    """Whether the file is there; ConfigError for a link that leads out of the inbox: it would tell of other files."""
    if path.is_symlink() and path.is_relative_to(inbox) and not path.resolve().is_relative_to(inbox.resolve()):
        raise ConfigError(f"{path}: is a link that leads out of the inbox", hint="Put the file itself there.")
    return path.is_file()


def folders_up(source: Path, inbox: Path) -> Iterator[Path]:
    """The folder of ``source``, its parent … up to ``inbox``; outside the inbox the file's own folder alone."""
    folder = source.parent
    if not folder.is_relative_to(inbox):
        yield folder
        return
    while True:
        yield folder
        if folder == inbox:
            return
        folder = folder.parent


@lru_cache(maxsize=16)
def _links(path: Path, mtime_ns: int, size: int) -> dict[str, Metadata]:  # noqa: ARG001  # part of the cache's key
    """``links.csv``: columns file, url and (optional) offset; file is relative to the folder it lies in."""
    rows: dict[str, Metadata] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="_more")
            if not {"file", "url"} <= set(reader.fieldnames or ()):
                raise ConfigError(f"{path}:1: needs the columns file,url and may have offset")
            for row in reader:
                values = {key: row[key].strip() for key in ("url", "offset") if (row.get(key) or "").strip()}
                rows[(row["file"] or "").strip()] = validate(values, Metadata, f"{path}:{reader.line_num}")
    except (csv.Error, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: no readable CSV: {error}", hint="Save it as CSV, UTF-8.") from error
    return rows


def merge(layers: list[Metadata], source: Path, collection: str) -> Metadata:
    """One value a key: the nearest layer that sets it; title and collection from name and folder where none does."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for key in layer.model_fields_set:
            if (value := getattr(layer, key)) not in (None, [], {}):
                merged.setdefault(key, value)
    merged.setdefault("title", title_from_name(source.stem))
    if named := " ".join(collection.split())[:MAX_TEXT].strip():
        merged.setdefault("collection", named)
    return Metadata.model_validate(merged)


def title_from_name(stem: str) -> str:
    """``42_training-a-new-tokenizer`` → ``42 training a new tokenizer``; never empty."""
    words = re.sub(r"[\s_\-]+", " ", stem.encode("utf-8", "replace").decode()).strip()
    return words[:MAX_TEXT] or "Untitled"
