"""Glean's own OpenAPI specification of the calls that are served, and what is wrong with a request by it.

``indexing.json`` and ``client.json`` are excerpts of Glean's files (https://github.com/gleanwork/open-api, see LICENSE
beside this; ``tests/serve/condense.py`` makes them), ``plain.json`` has the two calls that are in neither. Knows
nothing of how a request came, nor of what is answered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

FOLDER = Path(__file__).parent
FILES = ("indexing.json", "client.json", "plain.json")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_FORMATS = FormatChecker(formats=())

Schema = Mapping[str, Any]


class Mistake(NamedTuple):
    """``place``: the keys and positions that lead to it, from the body down."""

    place: tuple[str | int, ...]
    detail: str
    missing: bool = False


@dataclass(frozen=True)
class Call:
    """What may be asked of one path. ``schema`` None: nothing is said of its body; its ``$ref`` are of ``schemas``."""

    schema: Schema | None
    parameters: Mapping[str, Schema]
    schemas: Mapping[str, Schema] = field(repr=False)

    @cached_property
    def _validator(self) -> Any:
        root = {**(self.schema or {}), "components": {"schemas": self.schemas}}
        return _Validator(root, format_checker=_FORMATS)

    def mistakes(self, body: Any) -> Iterator[Mistake]:
        """What is wrong with a body, lazily. RecursionError where it is nested too deeply to be told."""
        told: set[Mistake] = set()
        for error in self._validator.iter_errors(body):
            for mistake in _told(error):
                if mistake not in told:
                    told.add(mistake)
                    yield mistake

    def mistakes_in_query(self, query: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """(name, what is wrong) of the parameters of an address, given as often as they stand there; all are texts."""
        given: dict[str, list[str]] = {}
        for name, value in query:
            given.setdefault(name, []).append(value)
        for name, values in given.items():
            if name not in self.parameters:
                yield name, "the specification has no such parameter"
            elif self.parameters[name].get("type") != "array" and len(values) > 1:
                yield name, "stands there more than once"


def calls() -> dict[str, Call]:
    """Every call by its path, as OpenAPI writes it. Objects are closed: a key that is not specified is a mistake."""
    found: dict[str, Call] = {}
    for name in FILES:
        told = json.loads((FOLDER / name).read_text("utf-8"))
        known = told["components"]["schemas"]
        schemas = {name: _closed(schema, known) for name, schema in known.items()}
        for path, methods in told["paths"].items():
            (call,) = methods.values()
            content = call.get("requestBody", {}).get("content", {}).get("application/json")
            parameters = {one["name"]: one["schema"] for one in call["parameters"]}
            found[path] = Call(content and _closed(content["schema"], known), parameters, schemas)
    return found


def _closed(schema: Schema, known: Mapping[str, Schema]) -> Schema:
    """``schema`` as JSON Schema, its objects without keys of others'.

    In OpenAPI 3.0 nothing counts beside a ``$ref``. A key that must be there and is never described (two of Glean's
    schemas have one, which its own clients do not send) may be left out, and be anything.
    """
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    made = _whole(schema, known) if "allOf" in schema else dict(schema)
    for name in ("items", "additionalProperties"):
        if isinstance(made.get(name), dict):
            made[name] = _closed(made[name], known)
    if "oneOf" in made:
        made["oneOf"] = [_closed(one, known) for one in made["oneOf"]]
    if described := made.get("properties"):
        required = made.get("required", [])
        made["type"] = "object"
        made["properties"] = {name: {} for name in required} | {
            name: _closed(one, known) for name, one in described.items()
        }
        made["required"] = [name for name in required if name in described]
        made.setdefault("additionalProperties", False)
    return made


def _whole(schema: Schema, known: Mapping[str, Schema]) -> dict[str, Any]:
    """``schema`` with all of which its ``allOf`` consists."""
    if "$ref" in schema:
        return _whole(known[schema["$ref"].rpartition("/")[2]], known)
    whole: dict[str, Any] = {}
    for part in (*(_whole(one, known) for one in schema.get("allOf", ())), schema):
        both = {
            "properties": {**whole.get("properties", {}), **part.get("properties", {})},
            "required": [*whole.get("required", ()), *part.get("required", ())],
        }
        whole |= {name: value for name, value in part.items() if name != "allOf"}
        whole |= {name: value for name, value in both.items() if value}
    return whole


def _told(error: ValidationError) -> Iterator[Mistake]:
    place = tuple(error.absolute_path)
    match error.validator:
        case "required":
            for name in error.validator_value:  # of each that is missing there is such an error
                if name not in error.instance:
                    yield Mistake((*place, name), "must be there", missing=True)
        case "additionalProperties":
            for name in error.instance:
                if name not in error.schema["properties"]:
                    yield Mistake((*place, name), "the specification has no such key")
        case "type":
            kinds = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
            yield Mistake(place, f"must be of type {' or '.join(kinds)}")
        case "enum":
            yield Mistake(place, f"must be one of {', '.join(map(str, error.validator_value))}")
        case "format":
            yield Mistake(place, f"must be a {error.validator_value}")
        case _:
            yield Mistake(place, f"fits none of the forms that the specification has, or several ({error.validator})")


def _one_form(validator: Any, forms: list[Schema], instance: Any, _: Schema) -> Iterator[ValidationError]:
    """``oneOf`` without a list of all that is wrong by each form, which of a body full of mistakes would be as long."""
    if sum(validator.evolve(schema=form).is_valid(instance) for form in forms) != 1:
        yield ValidationError("")


def _is_time(value: object) -> bool:
    """RFC 3339."""
    return not isinstance(value, str) or bool(_TIME.fullmatch(value) and datetime.fromisoformat(value.upper()))


def _is_int64(value: object) -> bool:
    return not isinstance(value, int) or -(1 << 63) <= value < 1 << 63


_Validator = extend(Draft202012Validator, {"oneOf": _one_form})
_FORMATS.checks("date-time", raises=ValueError)(_is_time)
_FORMATS.checks("int64")(_is_int64)
