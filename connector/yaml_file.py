"""The one way a YAML file of ours is read: bounded in size, plain values only, no aliases, errors that name the line.

Knows nothing of what the keys mean (see ``validation``), and stays light: every search begins with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from connector.errors import ConfigError

MAX_BYTES = 1 << 20


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
        for event in yaml.parse(data, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):  # ten lines of them can unfold into gigabytes
                number = event.start_mark.line + 1 if event.start_mark else 0
                raise ConfigError(f"{path}:{number}: aliases (*name) are not allowed")
        value = yaml.load(data, Loader=_Loader)  # noqa: S506  # a safe loader
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
