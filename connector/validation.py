"""Values people wrote, validated by pydantic models; mistakes name place, key and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from connector.errors import ConfigError
from connector.yaml_file import line_of, read_mapping

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[int | str, ...]

# What pydantic says to programmers, as it is said to people.
_SAID = {
    "dict_type": "must be `key: value` lines",
    "model_type": "must be `key: value` lines",
    "list_type": "must be a list, such as [one, two]",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "string_too_long": "must not be longer than {max_length} characters",
    "too_long": "must not be longer than {max_length}",
    "missing": "is missing",
}

# What a pattern asks for.
NOT_BLANK, NAME = r"\S", r"^[A-Za-z0-9]{1,50}$"
_PATTERNS = {NOT_BLANK: "must not be empty", NAME: "must be letters and digits, at most 50"}


def load_model(path: Path, model: type[Model], *, refused: Mapping[str, str] = MappingProxyType({})) -> Model:
    """The YAML file ``path`` validated as ``model``; a ConfigError names file, line, key and what is allowed.

    It says every mistake at once, in the order of their lines: keys written twice, unknown ones, wrong values, and the
    keys that are ``refused`` in this file, each with the reason why.
    """
    values, twins = read_mapping(path)
    mistakes: list[tuple[int | None, str]] = [*twins]
    mistakes += [(line_of(path, (key,)), f"`{key}`: {why}") for key, why in refused.items() if values.get(key)]
    try:
        read = model.model_validate(values)
    except ValidationError as error:
        mistakes += [(line_of(path, item["loc"]), _explained(item, model)) for item in error.errors(include_url=False)]
        raise _told(str(path), mistakes) from error
    if mistakes:
        raise _told(str(path), mistakes)
    return read


def validate(values: dict[str, Any], model: type[Model], where: str) -> Model:
    """``values`` as ``model``; a ConfigError says every mistake, one a line that begins with ``where``."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _told(where, [(None, _explained(item, model)) for item in error.errors(include_url=False)]) from error


def _told(where: str, mistakes: Iterable[tuple[int | None, str]]) -> ConfigError:
    ordered = sorted(mistakes, key=lambda mistake: mistake[0] or 0)
    return ConfigError("\n".join(f"{where}{f':{line}' if line else ''}: {told}" for line, told in ordered))


def nearest(wrong: str, valid: list[str]) -> str:
    """What may have been meant by ``wrong``: the nearest of ``valid``, else all there are."""
    meant = meant_by(wrong, valid)
    return f"did you mean `{meant}`?" if meant else f"known keys: {', '.join(valid)}"


def meant_by(wrong: str, valid: list[str]) -> str | None:
    """The one of ``valid`` that is spelled nearly as ``wrong`` is; None where none is."""
    alike = {each.lower().replace("_", ""): each for each in valid}
    near = difflib.get_close_matches(wrong.lower().replace("_", "").replace("-", ""), alike, n=1)
    return alike[near[0]] if near else None


def _explained(item: Any, model: type[BaseModel]) -> str:
    key = ".".join(str(part) for part in item["loc"] if part != "[key]")
    if item["type"] == "extra_forbidden":
        inner = _model_at(model, item["loc"][:-1])
        wrong = str(item["loc"][-1])
        if meant := getattr(inner, "MEANT", {}).get(wrong.lower()):
            return f"unknown key `{key}`; did you mean `{meant}`?"
        return f"unknown key `{key}`; {nearest(wrong, _keys_of(inner))}"
    said = _SAID.get(item["type"], "").format(**item.get("ctx", {})) or _PATTERNS.get(
        item.get("ctx", {}).get("pattern")
    )
    said = said or item["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    if item["type"] == "model_type":
        said += f" ({', '.join(_keys_of(_model_at(model, item['loc'])))})"
    return f"`{key}`: {said} (found {item['input']!r:.80})"


def _model_at(model: type[BaseModel], place: Place) -> type[BaseModel] | None:
    """The part of ``model`` that ``place`` leads to."""
    for part in place:
        if isinstance(part, int):  # a position in a list of what the key before it named
            continue
        field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
        kinds = (field.annotation, *get_args(field.annotation)) if field else ()
        inner = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
        if inner is None:
            return None
        model = inner
    return model


def _keys_of(model: type[BaseModel] | None) -> list[str]:
    return sorted(field.alias or name for name, field in model.model_fields.items()) if model else []
