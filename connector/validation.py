"""Values people wrote, validated by pydantic models; mistakes name place, key and what is allowed."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from connector.errors import ConfigError
from connector.yaml_file import load_mapping

Model = TypeVar("Model", bound=BaseModel)


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
