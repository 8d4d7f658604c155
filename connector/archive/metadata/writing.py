"""Writing into a recording's own sidecar what somebody said of it elsewhere: what it says stays, comments too."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import yaml

from connector.archive.metadata import Written
from connector.archive.metadata.sidecars import LONGEST_NAME, SIDECAR_SUFFIXES, is_ours, sidecars_of
from connector.errors import ConfigError
from connector.validation import validate
from connector.yaml_file import load_mapping


def tell(source: Path, inbox: Path, values: Mapping[str, str]) -> Path:
    """Writes ``values`` (keys of a sidecar) into the sidecar of ``source``, a new one where it has none; returns it.

    Whole or not at all. ConfigError where a value is none, or the sidecar that is there cannot be read: then nothing
    is written.
    """
    path = sidecar_of(source, inbox)
    there = is_ours(path, inbox)
    wanted = (load_mapping(path) if there else {}) | dict(values)
    validate(wanted, Written, str(path))
    before = path.read_text(encoding="utf-8-sig") if there else ""
    part = path.with_name(f".{secrets.token_hex(8)}.part")  # hidden: nobody takes it for a sidecar
    try:
        for text in (_spliced(before, values), _whole(wanted)):
            part.write_text(text, encoding="utf-8")
            if _says(part, wanted):
                break
        if there:
            part.chmod(path.stat().st_mode & 0o7777)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def sidecar_of(source: Path, inbox: Path) -> Path:
    """The sidecar that is nearest to ``source``, there or not."""
    for path in sidecars_of(source, inbox):
        if path.name.endswith(SIDECAR_SUFFIXES):
            return path
    name = source.stem + SIDECAR_SUFFIXES[0]
    if len(os.fsencode(name)) > LONGEST_NAME:
        raise ConfigError(f"{source.name}: too long a name to write a file beside it", hint="Give it a shorter one.")
    return source.with_name(name)


def _says(file: Path, wanted: Mapping[str, object]) -> bool:
    try:
        return load_mapping(file) == wanted
    except ConfigError:
        return False


def _whole(values: Mapping[str, object]) -> str:
    return yaml.safe_dump(dict(values), allow_unicode=True, sort_keys=False, width=10_000)


def _spliced(text: str, values: Mapping[str, str]) -> str:
    """``text`` with the values put where their keys are, and below it where they are not. A guess: the reader tells
    whether it came out.
    """
    node = yaml.compose(text, Loader=yaml.SafeLoader) if text else None
    there = {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}
    for key in sorted(values.keys() & there.keys(), key=lambda key: -there[key].start_mark.index):
        begin, end = there[key].start_mark.index, there[key].end_mark.index
        gap = "" if text[begin - 1 : begin].isspace() else " "
        text = text[:begin] + gap + _scalar(values[key]) + text[end:]
    lines = "".join(f"{key}: {_scalar(value)}\n" for key, value in values.items() if key not in there)
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{lines}"


def _scalar(value: str) -> str:
    return yaml.safe_dump(value, allow_unicode=True, width=10_000, default_style='"').rstrip("\n")
