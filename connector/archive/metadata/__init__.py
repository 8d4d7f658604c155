"""What people say about a recording: sidecars, folder defaults, links, and what the file says of itself.

Nearest wins: ``NAME.meta.yaml``, then ``links.csv``, then each ``_folder.yaml`` from the file's folder up to the inbox,
then the source itself (front matter), then what its name and folder tell. A sidecar that is wrong is an error, never
ignored: it may hold the permissions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from connector.archive.metadata.links_file import LINKS_FILE, Link
from connector.archive.metadata.sidecars import FOLDER_FILES, is_ours, links_table, sidecars_of
from connector.errors import ConfigError
from connector.permissions import OWNER_ONLY, Permissions
from connector.transcripts.file_names import described_by_name
from connector.transcripts.links import is_web_url
from connector.transcripts.transcript import Cue
from connector.validation import load_model, meant_by, validate
from connector.yaml_file import line_of
from indexer.languages import NAMES, code_of

MAX_TEXT = 500


def _text(value: Any) -> Any:
    """Numbers and dates as YAML reads them are text to a person who wrote a title."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | date):
        return value
    return " ".join(str(value).split())


Text = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=MAX_TEXT)]
Label = Annotated[str, BeforeValidator(_text)]


class Metadata(BaseModel):
    """The keys of a sidecar (DESIGN's contract), all optional."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    MEANT: ClassVar[dict[str, str]] = {  # what people write for the keys, where spelling does not lead to them
        "date": "recorded", "day": "recorded", "link": "url", "video": "url", "lang": "language", "names": "speakers",
        "people": "speakers", "keywords": "tags", "labels": "tags", "folder": "collection", "framerate": "fps",
        "frame_rate": "fps", "start": "offset", "access": "permissions", "name": "title",
    }  # fmt: skip

    title: Text | None = None
    url: Text | None = None
    recorded: datetime | None = None
    author: Text | None = None
    speakers: dict[Label, Text] = {}
    tags: list[Text] = []
    collection: Text | None = None
    language: Text | None = None
    fps: float | None = Field(default=None, ge=1, le=1000)
    offset: float | None = Field(default=None, ge=0)
    permissions: Permissions | None = None
    id: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _said(cls, values: Any) -> Any:
        """A key with nothing after it says nothing, but for ``permissions``."""
        if not isinstance(values, dict):
            return values
        silent = cls.model_fields.keys() - {"permissions"}
        return {key: value for key, value in values.items() if value is not None or key not in silent}

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
        if not isinstance(value, str):
            return value
        if re.fullmatch(r"\s*-?\d{1,7}(?:\.\d{1,9})?\s*", value):
            return float(value)
        if not re.search(r"[:;]", value):
            raise ValueError("must be a number of seconds, or a time such as 01:00:00:00")
        match = re.fullmatch(r"(\d{1,3})[:;](\d\d)[:;](\d\d)(?:[:;]\d\d|\.\d{1,6})?", value.strip())
        if match is None:
            raise ValueError("must be seconds or a time such as 01:00:00:00")
        hours, minutes, seconds = map(int, match.groups())
        return hours * 3600 + minutes * 60 + seconds


class Written(Metadata):
    """What people write: held to more than what is kept of it, which the ledger has of all times."""

    @field_validator("language")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        """A code (BCP 47) of any language there is, or the name of one that is known here."""
        if value is None or re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*", value) or code_of(value):
            return value
        names = list(NAMES.values())
        meant = meant_by(value, names)
        told = f"did you mean `{meant}`?" if meant else "write a code such as en, de or pt-BR"
        raise ValueError(f"is no language; {told}")


def layers_for(source: Path, inbox: Path) -> list[Metadata]:
    """The layers people wrote for ``source``, nearest first. Raises ConfigError with what is wrong in any of them."""
    found, wrong = [], list[ConfigError]()
    for path in sidecars_of(source, inbox):
        try:
            if not is_ours(path, inbox):
                continue
            if path.name != LINKS_FILE:
                found.append(load_layer(path))
            elif row := links_table(path).row_for(PurePosixPath(source.relative_to(path.parent).as_posix())):
                found.append(_layer_of(row, path))
        except ConfigError as error:
            wrong.append(error)
    if wrong:
        hints = dict.fromkeys(error.hint for error in wrong if error.hint)
        raise ConfigError("\n".join(error.message for error in wrong), hint=" ".join(hints))
    return found


def place_of(key: str, source: Path, inbox: Path) -> str:
    """File and line of the value of ``key`` that counts for ``source``; nothing where nobody wrote one."""
    for path in sidecars_of(source, inbox):
        if path.name == LINKS_FILE:
            row = links_table(path).row_for(PurePosixPath(source.relative_to(path.parent).as_posix()))
            if row and key in row.values:
                return f"{path}:{row.line}"
        elif key in load_layer(path).model_fields_set:
            return f"{path}:{line_of(path, (key,))}"
    return ""


def load_layer(path: Path, name: str = "") -> Metadata:
    """One sidecar or folder file, which is to be called ``name`` where it is not yet. Raises ConfigError with file,
    line, key and what is allowed.

    An empty one is an error: it may be half of one that is just being written, and the other half the permissions.
    """
    if path.stat().st_size == 0:
        raise ConfigError(f"{path}: is empty", hint="Write `key: value` lines into it, or delete it.")
    one = {"id": "is one recording's; put it into that recording's own sidecar"}
    return load_model(path, Written, refused=one if (name or path.name) in FOLDER_FILES else {})


def from_source(values: dict[str, Any]) -> Metadata:
    """What a source says of itself; a value that makes no sense there is left out, since nobody meant it for us.

    A text must not grant access to itself, nor take another's place. But one that says it is for some people alone, or
    says of it what cannot be understood, is nobody's but the owner's until a person says who may see it.
    """
    kept: dict[str, Any] = {}
    for key, value in values.items():
        try:
            said = validate({key: value}, Written, "")
        except ConfigError:
            said = None
        if key == "permissions":
            if said is None or (said.permissions and not said.permissions.open):
                kept[key] = OWNER_ONLY
        elif said is not None and key != "id":
            kept[key] = value
    return Metadata.model_validate(kept)


def merge(layers: list[Metadata], source: Path, collection: str) -> Metadata:
    """One value a key: the nearest layer that sets it, then what the file's name tells; the folder is the collection.

    Speakers are merged label by label.
    """
    merged: dict[str, Any] = {}
    speakers: dict[str, str] = {}
    for layer in layers:
        speakers = {**layer.speakers, **speakers}
        for key in layer.model_fields_set:
            if (value := getattr(layer, key)) is not None:
                merged.setdefault(key, value)
    if speakers:
        merged["speakers"] = speakers
    told = described_by_name(source.stem)
    for key in ("title", "recorded", "language", "url"):
        if value := getattr(told, key):
            merged.setdefault(key, value)
    if named := " ".join(collection.split())[:MAX_TEXT].strip():
        merged.setdefault("collection", named)
    return Metadata.model_validate(merged)


def unused_labels(speakers: Mapping[str, str], cues: Iterable[Cue]) -> list[str]:
    """The labels of a speaker map that nobody in ``cues`` has: a spelling that does nothing unless it is said."""
    return sorted(set(speakers) - {cue.speaker for cue in cues})


def _layer_of(row: Link, path: Path) -> Metadata:
    where = f"{path}:{row.line}"
    if row.problem:
        raise ConfigError(f"{where}: {row.problem}")
    return validate(dict(row.values), Written, where)
