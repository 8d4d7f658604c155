"""``jargon.yaml``, the glossary beside the configuration: read by every search, and added to without losing a comment.

Stays light (no pydantic). What a glossary may hold is ``connector.transcripts.jargon``'s to say; this module says where
in the file it went wrong.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from connector.errors import ConfigError
from connector.transcripts.jargon import MAX_DEFINITION, MAX_PHRASINGS, MAX_TERMS, Glossary, Term, all_of
from connector.yaml_file import lines_of_keys, load_mapping

FILE_NAME = "jargon.yaml"
KEYS = ("aliases", "misheard", "definition", "product")
_EXAMPLE = "`Kubernetes: {aliases: [k8s], misheard: [cooper netties], definition: runs our containers, product: true}`"
COMMON = "the mis-hearing `{}` is an everyday word: wherever it is said, it would be corrected"
ONLY_HERE = (
    "Write a longer phrase, said of nothing else; or, where it always means that, add it to jargon.yaml by hand."
)
_TERM_FIRST = re.compile("`([^`]+)`")  # as every mistake begins that is about one
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?: [A-Za-z0-9_-]+)*\Z")


def jargon_file(config: Path) -> Path:
    """The glossary beside the configuration file ``config``."""
    return config.with_name(FILE_NAME)


def load_glossary(path: Path) -> Glossary:
    """The glossary in the YAML file ``path``: a mapping keyed by term, each a definition or a mapping.

    No file is an empty glossary. Raises ConfigError that names file, term, key and, for a key that is
    unknown, the nearest that is known; every mistake at once, and the contradictions once there are no others.
    """
    try:
        values = load_mapping(path)
    except FileNotFoundError:
        return Glossary()
    if len(values) > MAX_TERMS:  # before each is looked at
        raise ConfigError(f"{path}: {len(values):,} terms; at most {MAX_TERMS:,} are allowed")
    wrong: list[ConfigError] = []
    terms = tuple(_term(name, value, wrong) for name, value in values.items())
    if wrong:
        raise _in_file(path, all_of(wrong))
    try:
        return Glossary(terms)
    except ConfigError as error:
        raise _in_file(path, error) from None


def common_mishearings(glossary: Glossary) -> list[str]:
    """A sentence for each mis-hearing that is an everyday word: all that is said with it is corrected, and found."""
    from connector.transcripts.jargon.everyday import is_everyday  # reads a list of words

    return [
        f"`{term.name}`: {COMMON.format(text)}"
        for term in glossary.terms
        for text in term.misheard
        if is_everyday(text)
    ]


def add_term(path: Path, term: Term) -> Term:
    """Writes ``term`` into the file: appended, or merged into the entry of that name; returns what now stands there.

    Aliases and mis-hearings are added to, a definition replaces the old one, ``product`` is only ever set.
    Everything else in the file, comments too, stays as it is; the file is replaced in one step. Raises
    ConfigError where the glossary would contradict itself, where a mis-hearing is an everyday word, or where the
    entry is written in a way that cannot be added to.
    """
    glossary = load_glossary(path)
    if common := common_mishearings(Glossary((term,))):
        raise ConfigError("\n".join(common), hint=ONLY_HERE)
    known = next((one for one in glossary.terms if one.name == term.name), None)
    merged = _merged(known, term) if known else term
    try:
        expected = Glossary((*(one for one in glossary.terms if one is not known), merged))
    except ConfigError as error:
        raise _in_file(path, error) from None
    if merged == known:
        return merged
    _write(path, lambda text: _inserted(text, known, merged) if known else _appended(text, merged), expected, merged)
    return merged


def _write(path: Path, change: Callable[[str], str], expected: Glossary, term: Term) -> None:
    """The file with its text changed, in one step; not at all unless it then holds what is ``expected``."""
    target = path.resolve()
    beside = target.with_name(f".{target.name}.new")
    try:
        before = target.read_bytes().decode("utf-8") if target.exists() else ""
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not written in UTF-8", hint="Save it as UTF-8, then add the term.") from None
    mark = "\ufeff" if before.startswith("\ufeff") else ""
    ending = "\r\n" if "\r\n" in before else "\n"
    after = change(before.removeprefix(mark).replace("\r\n", "\n")).replace("\n", ending)
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            file.write(mark + after)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            beside.chmod(target.stat().st_mode)
        if not _holds(beside, expected):
            raise ConfigError(
                f"{path}: `{term.name}` cannot be added to the way it is written there",
                hint=f"Write it by hand:\n{_entry(term)}",
            )
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _in_file(path: Path, error: ConfigError) -> ConfigError:
    """The error with the file before each line it tells, and where the term it is about stands there."""
    told, lines = [], lines_of_keys(path)
    for mistake in error.message.split("\n"):
        term = _TERM_FIRST.match(mistake)
        line = lines.get(term[1]) if term else None
        told.append(f"{path}:{line}: {mistake}" if line else f"{path}: {mistake}")
    return ConfigError("\n".join(told), hint=error.hint)


def _term(name: str, value: Any, wrong: list[ConfigError]) -> Term:
    """The term as far as it can be read; what is wrong with it is added to ``wrong``."""
    if value is None:
        return Term(name)
    if isinstance(value, str):
        return Term(name, definition=_definition(name, value, wrong))
    if not isinstance(value, dict):
        told = f"`{name:.80}`: must be a definition or `key: value` lines (found {value!r:.80})"
        wrong.append(ConfigError(told, hint=f"For example {_EXAMPLE}."))
        return Term(name)
    wrong += [
        ConfigError(f"`{name:.80}`: unknown key `{key!s:.80}`; {_nearest(str(key))}")
        for key in value
        if key not in KEYS
    ]
    product = value.get("product", False)
    if not isinstance(product, bool):
        wrong.append(ConfigError(f"`{name:.80}`: `product` must be true or false (found {product!r:.80})"))
    return Term(
        name,
        _texts(name, "aliases", value.get("aliases", []), wrong),
        _texts(name, "misheard", value.get("misheard", []), wrong),
        _definition(name, value.get("definition", ""), wrong),
        product is True,
    )


def _texts(name: str, key: str, value: Any, wrong: list[ConfigError]) -> tuple[str, ...]:
    if not isinstance(value, list):
        told = f"`{name:.80}`: `{key}` must be a list (found {value!r:.80})"
        wrong.append(ConfigError(told, hint=f"Write `{key}: [one, another]`."))
        return ()
    others = [item for item in value if not isinstance(item, str)]
    if others:
        told = f"`{name:.80}`: `{key}` must hold text (found {others[0]!r:.80})"
        wrong.append(ConfigError(told, hint="Put numbers, dates, yes and no in quotation marks."))
        return ()
    if len(value) > MAX_PHRASINGS:
        told = f"`{name:.80}`: `{key}` holds {len(value):,}; at most {MAX_PHRASINGS} are allowed"
        wrong.append(ConfigError(told))
    return tuple(" ".join(item.split()) for item in value)


def _definition(name: str, value: Any, wrong: list[ConfigError]) -> str:
    if not isinstance(value, str):
        wrong.append(ConfigError(f"`{name:.80}`: `definition` must be text (found {value!r:.80})"))
        return ""
    if len(value) > MAX_DEFINITION:
        wrong.append(ConfigError(f"`{name:.80}`: `definition` is longer than {MAX_DEFINITION:,} characters"))
    return " ".join(value.split())


def _nearest(key: str) -> str:
    import difflib  # only where something is wrong

    near = difflib.get_close_matches(key.lower(), KEYS, n=1)
    return f"did you mean `{near[0]}`?" if near else f"known keys: {', '.join(KEYS)}"


def _merged(known: Term, more: Term) -> Term:
    return replace(
        known,
        aliases=tuple(dict.fromkeys((*known.aliases, *more.aliases))),
        misheard=tuple(dict.fromkeys((*known.misheard, *more.misheard))),
        definition=more.definition or known.definition,
        product=known.product or more.product,
    )


def _holds(path: Path, expected: Glossary) -> bool:
    try:
        return load_glossary(path) == expected
    except ConfigError:
        return False


def _scalar(text: str) -> str:
    """``text`` as YAML on one line: bare where nobody could take it for something else."""
    if _BARE.match(text) and yaml.safe_load(text) == text:
        return text
    return json.dumps(text, ensure_ascii=False)


def _lines(term: Term, indent: str) -> dict[str, str]:
    """Each key that ``term`` has, as a line."""
    lines = {}
    for key, values in (("aliases", term.aliases), ("misheard", term.misheard)):
        if values:
            lines[key] = f"{indent}{key}: [{', '.join(map(_scalar, values))}]\n"
    if term.definition:
        lines["definition"] = f"{indent}definition: {_scalar(term.definition)}\n"
    if term.product:
        lines["product"] = f"{indent}product: true\n"
    return lines


def _entry(term: Term) -> str:
    return f"{_scalar(term.name)}:\n{''.join(_lines(term, '  ').values())}"


def _appended(text: str, term: Term) -> str:
    return f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{_entry(term)}"


def _inserted(text: str, known: Term, merged: Term) -> str:
    """``text`` with what ``merged`` has more than ``known`` put into its entry, from the end, so that places hold."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    key, value = next((key, value) for key, value in root.value if key.value == known.name)
    if not isinstance(value, yaml.MappingNode):  # a definition, or nothing
        end = value.end_mark.index if isinstance(value, yaml.ScalarNode) and value.value else key.end_mark.index + 1
        return f"{text[: key.end_mark.index]}:\n{''.join(_lines(merged, '  ').values()).rstrip()}{text[end:]}"
    nodes = {one.value: two for one, two in value.value}
    new = replace(
        merged,
        aliases=tuple(one for one in merged.aliases if one not in known.aliases),
        misheard=tuple(one for one in merged.misheard if one not in known.misheard),
        definition="" if merged.definition == known.definition else merged.definition,
        product=merged.product and not known.product,
    )
    edits: list[tuple[int, int, str]] = []
    added: list[str] = []
    for name, line in _lines(new, "").items():
        node = nodes.get(name)
        if node is None:
            added.append(line.rstrip())
        elif isinstance(node, yaml.SequenceNode):
            edits.append(_longer(text, node, new.aliases if name == "aliases" else new.misheard))
        else:
            edits.append((node.start_mark.index, node.end_mark.index, line.rstrip().split(": ", 1)[1]))
    if added and value.flow_style:
        last = value.value[-1][1].end_mark.index if value.value else value.start_mark.index + 1
        edits.append((last, last, (", " if value.value else "") + ", ".join(added)))
    elif added:
        at = _line_end(text, _end(value))
        edits.append((at, at, "".join(f"\n{' ' * value.start_mark.column}{line}" for line in added)))
    for start, end, put in sorted(edits, key=lambda edit: edit[0], reverse=True):
        text = f"{text[:start]}{put}{text[end:]}"
    return text


def _end(node: yaml.Node) -> int:
    """Where what is written of ``node`` ends; a block's own mark is at whatever comes next."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _line_end(text: str, position: int) -> int:
    """The end of the line that ``position`` is in, or was at the end of."""
    if text[position - 1 : position] == "\n":
        return position - 1
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _longer(text: str, node: yaml.SequenceNode, more: tuple[str, ...]) -> tuple[int, int, str]:
    """The edit that adds ``more`` to a list, in its own style."""
    items = [_scalar(one) for one in more]
    if not node.value:
        return node.start_mark.index, node.end_mark.index, f"[{', '.join(items)}]"
    last = node.value[-1].end_mark.index
    if node.flow_style:
        return last, last, "".join(f", {item}" for item in items)
    at = _line_end(text, last)
    return at, at, "".join(f"\n{' ' * node.start_mark.column}- {item}" for item in items)
