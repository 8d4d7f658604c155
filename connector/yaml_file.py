"""The one way a YAML file of ours is read: bounded in size, plain values only, no aliases, errors that name the line.

Knows nothing of what the keys mean (see ``validation``), and stays light: every search begins with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from connector.errors import ConfigError

MAX_BYTES = 1 << 20
MAX_DEPTH = 20


_INT, _FLOAT, _MAP, _SEQ, _MERGE, _TIME = (
    f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "map", "seq", "merge", "timestamp")
)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C one where it was built
    """Numbers as people write them, after YAML 1.2: for 1.1, 10:00:00:00 is a number to the base of 60 and 010 is 8.

    Dates are text, as in 1.2: who reads the key knows what is a date, and names the one that is none.
    """


# What PyYAML raises on a value that is not what its tag says, beside its own errors.
_NOT_WHAT_THE_TAG_SAYS = (ValueError, TypeError, AttributeError, LookupError)

_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (_INT, _FLOAT, _MERGE, _TIME)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_INT, re.compile(r"[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    _FLOAT,
    re.compile(r"(?:[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan)$"),
    list("-+.0123456789"),
)


def load_mapping(path: Path) -> dict[str, Any]:
    """The mapping in the YAML file ``path``; an empty file is an empty mapping.

    Raises ConfigError that names file and line for anything else, OSError where the file cannot be read.
    """
    values, twins = read_mapping(path)
    if twins:
        raise ConfigError("\n".join(f"{path}:{line}: {told}" for line, told in twins))
    return values


def read_mapping(path: Path) -> tuple[dict[str, Any], list[tuple[int, str]]]:
    """``load_mapping``, with the keys that are written twice told beside it: their lines, and what is wrong."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_BYTES} bytes", hint="A configuration of this product is small.")
    try:
        building = _Building(data)
        value = building.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f":{mark.line + 1}" if mark else ""
        raise ConfigError(f"{path}{line}: no valid YAML: {error.problem or error.context}") from error
    except _RefusedError as error:
        raise ConfigError(f"{path}:{error.line}: {error}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: no valid YAML: {' '.join(str(error).split())[:200]}") from error
    if value is None:
        return {}, []
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ConfigError(
            f"{path}: must hold `key: value` lines", hint="See the commented config.yaml of `connector init`."
        )
    return value, building.twins


def line_of(path: Path, place: Iterable[str | int]) -> int | None:
    """The line of the YAML file ``path`` where the key is that ``place`` (keys and positions) leads to, from 1.

    The line of what lies nearest above it where it is not written there; None where the file cannot be read.
    """
    node, line = _composed(path), None
    for part in place:
        inner = None
        if isinstance(node, yaml.MappingNode):
            inner = next(((key, value) for key, value in node.value if key.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            inner = (node.value[part], node.value[part])
        if inner is None:
            break
        line, node = inner[0].start_mark.line + 1, inner[1]
    return line


def lines_of_keys(path: Path) -> dict[str, int]:
    """Each key of the mapping in the YAML file ``path`` with its line, from 1; none where the file cannot be read."""
    node = _composed(path)
    entries = node.value if isinstance(node, yaml.MappingNode) else []
    return {str(key.value): key.start_mark.line + 1 for key, _ in entries}


def _composed(path: Path) -> yaml.Node | None:
    """The nodes of a YAML file, which know their lines; None where it cannot be read."""
    try:
        with path.open("rb") as file:
            return yaml.compose(file.read(MAX_BYTES), Loader=_Loader)
    except (OSError, yaml.YAMLError, ValueError, RecursionError):
        return None


class _RefusedError(Exception):
    """What YAML allows and no file of ours needs."""

    def __init__(self, problem: str, event: Any) -> None:
        super().__init__(problem)
        self.line = _line(event)


class _Building:
    """One value built from the events of a YAML document, in one pass, since every search begins with it.

    Refused on the way: aliases, ten lines of which can unfold into gigabytes; depths nobody needs, of which each step
    becomes slower the deeper libyaml is let; tags of collections, which make more of them than plain values.
    """

    def __init__(self, data: bytes) -> None:
        self._loader = _Loader(data)
        self._next = self._loader.get_event
        self._resolvers = _Loader.yaml_implicit_resolvers
        self.twins: list[tuple[int, str]] = []  # YAML takes the last, and the first may be what was meant

    def document(self) -> Any:
        """The value of the only document; None of an empty stream. Raises YAMLError."""
        try:
            self._next()  # the stream's start
            if type(self._next()) is yaml.StreamEndEvent:
                return None
            value = self._value(self._next(), 0)
            self._next()  # the document's end
            if type(last := self._next()) is not yaml.StreamEndEvent:
                raise _RefusedError("more than one document", last)
            return value
        finally:
            self._loader.dispose()

    def _value(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return self._scalar(event)
        if kind is yaml.AliasEvent:
            raise _RefusedError("YAML's aliases (*name) are not allowed", event)
        if depth == MAX_DEPTH:
            raise _RefusedError(f"nested more than {MAX_DEPTH} deep", event)
        if event.tag not in (None, "!", _MAP, _SEQ):
            raise _RefusedError(f"YAML's tags ({event.tag}) are not allowed", event)
        if kind is yaml.MappingStartEvent:
            return self._mapping(depth + 1)
        values = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            values.append(self._value(event, depth + 1))
        return values

    def _mapping(self, depth: int) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        seen: dict[str, Any] = {}
        while type(event := self._next()) is not yaml.MappingEndEvent:
            key = self._value(event, depth)
            if type(event) is not yaml.ScalarEvent:
                raise _RefusedError("a key must be a plain value", event)
            if earlier := seen.get(event.value):
                self.twins.append((_line(event), f"`{event.value}` is there already, in line {_line(earlier)}"))
            seen[event.value] = event
            values[key] = self._value(self._next(), depth)
        return values

    def _scalar(self, event: Any) -> Any:
        """Text, unless it is written plainly and looks like something else, or a tag says so."""
        text: str = event.value
        tag = event.tag
        if tag is None and not event.style:
            kinds = self._resolvers.get(text[:1], ())
            tag = next((kind for kind, pattern in kinds if pattern.match(text)), None) if kinds else None
        if tag is None or tag == "!":
            return text
        try:
            return self._loader.construct_object(yaml.ScalarNode(tag, text, event.start_mark, event.end_mark))
        except _NOT_WHAT_THE_TAG_SAYS:
            raise _RefusedError(f"{text[:40]!r} is no {tag.rpartition(':')[2]}", event) from None


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
