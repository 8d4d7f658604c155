"""Glean's specification files as they are shipped: of the calls that are served what a request is held against.

    python -m tests.serve.condense indexing.yaml client.yaml

writes them anew into the package, from the files of https://github.com/gleanwork/open-api.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from connector.config import Settings
from connector.serve.app import make_app
from connector.serve.service import Service
from connector.serve.specification import FOLDER

INFO = ("title", "version", "x-source-commit-sha", "x-open-api-commit-sha")
KEPT = (
    "$ref", "type", "format", "enum", "properties", "required", "items", "additionalProperties", "allOf", "oneOf",
    "anyOf", "minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems",
)  # fmt: skip


def served_paths() -> set[str]:
    """The paths of Glean's APIs that are served, as OpenAPI writes them."""
    paths = {getattr(route, "path", "") for route in make_app(Service(Settings(), Path("identity.yaml"))).routes}
    return {path for path in paths if path.startswith(("/api/index/", "/rest/api/", "/api/search"))}


def read(file: Path) -> dict[str, Any]:
    """A specification file of Glean's."""
    loaded: dict[str, Any] = yaml.load(file.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


def condensed(told: dict[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """An OpenAPI document of those ``paths`` that ``told`` has: query parameters, bodies, and the schemas they need."""
    calls: dict[str, Any] = {}
    for path in sorted(set(paths) & set(told["paths"])):
        calls[path] = {method: _asked(call, told) for method, call in told["paths"][path].items()}
    schemas: dict[str, Any] = {}
    wanted = sorted(_references(calls))
    while wanted:
        if (name := wanted.pop()) not in schemas:
            schemas[name] = _schema(told["components"]["schemas"][name])
            wanted += _references(schemas[name])
    info = {name: told["info"][name] for name in INFO if name in told["info"]}
    return {"openapi": told["openapi"], "info": info, "paths": calls, "components": {"schemas": schemas}}


def text(document: dict[str, Any]) -> str:
    """``document`` as JSON, a call or schema a line."""

    def lines(things: dict[str, Any]) -> str:
        return ",\n".join(f"  {json.dumps(name)}: {_line(thing)}" for name, thing in sorted(things.items()))

    return (
        f'{{"openapi": {_line(document["openapi"])}, "info": {_line(document["info"])},\n'
        f'"paths": {{\n{lines(document["paths"])}\n}},\n'
        f'"components": {{"schemas": {{\n{lines(document["components"]["schemas"])}\n}}}}}}\n'
    )


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _asked(call: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        told["components"]["parameters"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
        for one in call.get("parameters", ())
    ]
    asked: dict[str, Any] = {
        "parameters": [
            {"name": one["name"], "in": "query", "schema": _schema(one["schema"])}
            | ({"required": True} if one.get("required") else {})
            for one in parameters
            if one["in"] == "query"
        ]
    }
    if body := call.get("requestBody"):
        schema = _schema(body["content"]["application/json"]["schema"])
        asked["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return asked


def _schema(schema: Any) -> Any:
    """A schema without what is written for people."""
    if not isinstance(schema, dict):
        return [_schema(part) for part in schema] if isinstance(schema, list) else schema
    kept = {name: part for name, part in schema.items() if name in KEPT}
    for name, part in kept.items():
        if name == "properties":
            kept[name] = {key: _schema(value) for key, value in part.items()}
        elif name not in ("enum", "required"):
            kept[name] = _schema(part)
    return kept


def _references(thing: Any) -> set[str]:
    """The names of the schemas that ``thing`` refers to."""
    if isinstance(thing, list):
        return {name for part in thing for name in _references(part)}
    if not isinstance(thing, dict):
        return set()
    own = {thing["$ref"].rpartition("/")[2]} if isinstance(thing.get("$ref"), str) else set()
    return own | {name for part in thing.values() for name in _references(part)}


if __name__ == "__main__":
    for given in map(Path, sys.argv[1:]):
        (FOLDER / f"{given.stem}.json").write_text(text(condensed(read(given), served_paths())), "utf-8")
