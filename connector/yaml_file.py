"""The one way a YAML file of ours is read: bounded in size, plain values only, no aliases, errors that name the line.

Knows nothing of what the keys mean; ``config``, ``identity`` and sidecars validate with pydantic and come back here to
have their errors said in words (``explain``).
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from connector.errors import ConfigError

MAX_BYTES = 1 << 20

Model = TypeVar("Model", bound=BaseModel)


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


def load_model(path: Path, model: type[Model]) -> Model:
    """The YAML file ``path`` validated as ``model``; ConfigError names file, key and what is allowed."""
    return validate(load_mapping(path), model, str(path))


def validate(values: dict[str, Any], model: type[Model], where: str) -> Model:
    """``values`` as ``model``; a ConfigError says every mistake, one a line, beginning with ``where``."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(f"{where}: {line}" for line in _explain(error, model))) from error


def _explain(error: ValidationError, model: type[BaseModel]) -> list[str]:
    lines = []
    for item in error.errors(include_url=False):
        key = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            valid = _keys_at(model, item["loc"][:-1])
            near = difflib.get_close_matches(str(item["loc"][-1]), valid, n=1)
            advice = f"did you mean `{near[0]}`?" if near else f"known keys: {', '.join(valid)}"
            lines.append(f"unknown key `{key}`; {advice}")
        else:
            lines.append(f"`{key}`: {item['msg'].removeprefix('Value error, ')} (found {item['input']!r:.80})")
    return lines


def _keys_at(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The keys allowed in the part of ``model`` that ``path`` leads to."""
    for part in path:
        field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
        kinds = (field.annotation, *get_args(field.annotation)) if field else ()
        inner = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
        if inner is None:
            return []
        model = inner
    return sorted(field.alias or name for name, field in model.model_fields.items())
