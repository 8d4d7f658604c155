"""The one way a YAML file of ours is read: bounded in size, plain values only, no aliases, errors that name the line.

Knows nothing of what the keys mean (see ``validation``), and stays light: every search begins with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from connector.errors import ConfigError

MAX_BYTES = 1 << 20
MAX_DEPTH = 20


_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one where it was built


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
            value = loader.get_single_data()
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
