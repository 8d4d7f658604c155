"""YAML front matter at the head of Markdown talks, shared by the readers that meet it.

Knows which of its keys a sidecar may have; whatever else it holds is left alone. It is data of others: any YAML at
all may stand there.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import yaml

from connector.transcripts.formats.source import Notes
from connector.transcripts.links import is_web_url

_OPENING = re.compile(r"\s*---[ \t]*\n")
_CLOSING = re.compile(r"\n(?:---|\.\.\.)[ \t]*(?:\n|$)")
_LONGEST = 65536  # characters
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
# As a key of what is no YAML; one with an escape in it may be that, too.
_PERMISSIONS = re.compile(r"(?<![\w-])permissions[\"'\]\s]*:|\"[^\":\\]*\\[^\"]*\"\s*:", re.IGNORECASE)
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C one is ten times as fast
    """Dates stay text: one that is none must not cost the rest."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
MAX_DEPTH = 20
# What PyYAML's safe loader raises on values that are not what their tag says, beside its own errors.
_YAML_ERRORS = (
    yaml.YAMLError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    OverflowError,
    RecursionError,
)


def front_matter(text: str) -> tuple[str, int]:
    """The YAML between two lines ``---`` at the head of ``text`` ("" for none), and the position behind it."""
    opening = _OPENING.match(text)
    closing = _CLOSING.search(text, opening.end()) if opening else None
    if opening is None or closing is None or closing.start() - opening.end() > _LONGEST:
        return "", 0
    return text[opening.end() : closing.start()], closing.end()


def front_metadata(text: str, labels: set[str], notes: Notes) -> dict[str, Any]:
    """What the front matter ``text`` says that a sidecar may say: title, url, recorded, author, tags, language,
    speakers; and ``permissions``, of which only the keys that open it to all are kept.

    ``labels`` are the speakers as the transcript calls them. What is no YAML is noted, never raised.
    """
    if not text:
        return {}
    try:
        values = _loaded(text)
        keys = _keys_called("permissions", text) if "permissions" in text.lower() or "\\" in text else []
    except _YAML_ERRORS:
        notes.add("the front matter is not YAML; left out", line=1)
        values, keys = {}, [match.start() for match in _PERMISSIONS.finditer(text)]
    if not isinstance(values, dict):
        values = {}
    metadata: dict[str, Any] = {
        key: value for key in ("title", "author", "language") if (value := _string(values.get(key)))
    }
    links = filter(is_web_url, (_string(values.get(key)) for key in ("url", "media")))
    if url := next(links, ""):
        metadata["url"] = url
    for key in ("date", "recorded"):
        if recorded := _date(values.get(key)):
            metadata["recorded"] = recorded
        elif values.get(key):
            notes.add(f"{str(values[key])[:40]!r} is no date; left out", position=_place(key, text, notes))
    if tags := _strings(values.get("tags")):
        metadata["tags"] = tags
    if speakers := _speakers(values.get("speakers"), labels):
        metadata["speakers"] = speakers
    if keys:
        own = [value for key, value in values.items() if str(key).strip().lower() == "permissions"]
        # Twice, further in, or in what is no YAML, it may have been meant to keep people out.
        said = own[0] if len(keys) == len(own) == 1 and isinstance(own[0], dict) else {}
        metadata["permissions"] = {str(name): value for name, value in said.items() if isinstance(value, bool)}
        notes.add(
            "`permissions` count in a sidecar alone; what is not for all is the owner's until one says who may see it",
            position=max(0, notes.text.find(text)) + keys[0],
        )
    return metadata


def _keys_called(name: str, text: str) -> list[int]:
    """Where in a YAML text, at whatever depth, keys stand that are ``name`` or hold it, however they are written."""
    found: list[int] = []
    nodes, seen = [yaml.compose(text, Loader=_Loader)], set[int]()
    while nodes:
        node = nodes.pop()
        if id(node) in seen:  # what an alias stands for
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                nodes += (key, value)
                parts = key.value if isinstance(key, yaml.SequenceNode) else (key,)
                if any(isinstance(one, yaml.ScalarNode) and one.value.strip().lower() == name for one in parts):
                    found.append(key.start_mark.index)
        elif isinstance(node, yaml.SequenceNode):
            nodes += node.value
    return sorted(found)


def _place(key: str, text: str, notes: Notes) -> int:
    """Where ``key`` stands in the source, of which ``text`` is the front matter."""
    found = re.search(rf"^[ \t]*[\"']?{re.escape(key)}\b", text, re.MULTILINE)
    return max(0, notes.text.find(text)) + (found.start() if found else 0)


def _loaded(text: str) -> Any:
    """The value of a YAML text, plain types only. Its depth is looked at first: deep down libyaml becomes slow."""
    if not plainly_flat(text):
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise yaml.YAMLError("nested too deeply")
    loader = _Loader(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def plainly_flat(text: str) -> bool:
    """Whether nothing in a YAML text can lie deeper than ``MAX_DEPTH``, as far as that shows at once: a level has a
    bracket of its own or begins further in, and each may have one more in it, a pair or a list of a key.
    """
    furthest = max((len(line) - len(line.lstrip(" -?:")) for line in text.splitlines()), default=0)
    return 2 * (text.count("[") + text.count("{") + furthest + 1) <= MAX_DEPTH


def _speakers(value: Any, labels: set[str]) -> dict[str, str]:
    """Which label of the text is which name of the front matter: as it says itself, else a first or last name, or the
    only one of both.
    """
    if isinstance(value, dict):
        return {label: name for label in sorted(labels) if (name := _string(value.get(label)))}
    names = _strings(value)
    if len(names) == 1 and len(labels) == 1:
        return {label: names[0] for label in labels if label != names[0]}
    found: dict[str, str] = {}
    for label in sorted(labels):
        meant = [name for name in names if label in name.split()]
        if len(meant) == 1 and label not in names:
            found[label] = meant[0]
    return found


def _string(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return " ".join(value.encode("utf-8", "replace").decode("utf-8").split())


def _strings(value: Any) -> list[str]:
    return [string for item in value if (string := _string(item))] if isinstance(value, list) else []


def _date(value: Any) -> str:
    """The day as ``YYYY-MM-DD``, from a text that begins with one; "" where it is none."""
    text = _string(value)
    match = _DAY.match(text)
    try:
        day = date(*map(int, match.groups())) if match else date.fromisoformat(text[:10])
    except ValueError:
        return ""
    return day.isoformat()
