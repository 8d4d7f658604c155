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


_INT, _FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C one where it was built
    """Numbers as people write them, after YAML 1.2: for 1.1, 10:00:00:00 is a number to the base of 60 and 010 is 8."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (_INT, _FLOAT)]
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
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_BYTES} bytes", hint="A configuration of this product is small.")
    try:
        _refuse_bombs(data, path)
        loader = _Loader(data)
        try:
            node = loader.get_single_node()
            _refuse_twins(node, path)
            value = loader.construct_document(node) if node else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f":{mark.line + 1}" if mark else ""
        raise ConfigError(f"{path}{line}: no valid YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: no valid YAML: {' '.join(str(error).split())[:200]}") from error
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ConfigError(
            f"{path}: must hold `key: value` lines", hint="See the commented config.yaml of `connector init`."
        )
    return value


def line_of(path: Path, place: Iterable[str | int]) -> int | None:
    """The line of the YAML file ``path`` where the key is that ``place`` (keys and positions) leads to, from 1.

    The line of what lies nearest above it where it is not written there; None where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            node = yaml.compose(file.read(MAX_BYTES), Loader=_Loader)
    except (OSError, yaml.YAMLError, ValueError, RecursionError):
        return None
    line = None
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


def _refuse_twins(node: yaml.Node | None, path: Path) -> None:
    """ConfigError for a key that is written twice: YAML takes the last, and the first may be what was meant."""
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                line = key.start_mark.line + 1
                if key.value in seen:
                    raise ConfigError(f"{path}:{line}: `{key.value}` is there already, in line {seen[key.value]}")
                seen[key.value] = line
            _refuse_twins(value, path)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_twins(item, path)


def _refuse_bombs(data: bytes, path: Path) -> None:
    """ConfigError for aliases, ten lines of which can unfold into gigabytes, and for depths nobody needs.

    Parsed lazily: the deeper libyaml is let, the slower each step becomes.
    """
    depth = 0
    for event in yaml.parse(data, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        wrong = "aliases (*name) are not allowed" if isinstance(event, yaml.AliasEvent) else ""
        if wrong or depth > MAX_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise ConfigError(f"{path}:{line}: {wrong or f'nested more than {MAX_DEPTH} deep'}")
