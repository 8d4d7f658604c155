"""Speakers written into the text: ``Name: what was said``, and a name alone on a cue's first line.

A prefix is a guess, since ``Note: …`` looks the same; so the whole file is asked before any is believed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from connector.transcripts.formats.source import Row, Values

_HEAD = re.compile(r"(?:((?:&gt;|>){1,3})\s*|[-–—]\s*)?([^\s:：<>\[\](){}&\"“«-][^:：\n<>]{0,59}+)")
# Markup before a name: `{\an8}ANN: …`, `<b>Ann:</b> …`, `<font color="#ff0">ANN:</font> …`.
_MARKED_NAME = re.compile(
    r"^((?:\{\\[^{}\n]{1,40}\}|</?[a-z][^<>\n]{0,60}>)++)([^:<>{}\[\]\n]{1,60}:)((?:</[a-z]{1,6}>)*+)(?=[ \t\n])",
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST_HEAD = 100  # characters, with marks and spaces before the name, which has 60 at most
# Tells at once of most cues that no line but the first may have one.
_BELOW = re.compile(rf"\n{_HEAD.pattern}(?::(?:\s|$)|：)")
# ">>": somebody else speaks, in the middle of a line where a name follows.
_CHANGE = re.compile(
    r"\n(?=[ \t]{0,9}(?:&gt;|>){2})|(?<![ \t])[ \t]++(?=(?:&gt;|>){2,3}[ \t]*[^\W\d_][^:\n<>]{0,40}+:\s)"
)
_PARTICLES = frozenset({"van", "von", "de", "da", "di", "der", "den", "del", "dos", "la", "le", "bin", "al"})
_COMMON_WORDS = (
    "note notes warning caution attention important example remember hint tip tips update edit summary "
    "spoiler question questions answer answers q a step chapter part section title subject re fwd topic "
    "agenda action actions http https ftp url link links source sources date time location figure table fact "
    "reminder todo ps first second third finally conclusion result results problem solution definition then "
    "so and but or music lesson option level day rule rules point task exercise phase stage slide"
)
_NO_NAMES = frozenset(_COMMON_WORDS.split())
_COUNTED = re.compile(r" (?:\d{1,3}(?:\.\d{1,3})?|[A-Z]|[IVX]{2,4})$")  # "Step 1", "Option A"
_BESIDE_NAME = re.compile(r"[ \t]*(?:\([^()]*\)|\|.*)")  # "Bob (he/him)", "Dima | Lido": of a person, no name
_PHONE = 7  # digits of a telephone number: who dials in has no other name
_CONSISTENT = 0.75  # share of cues with a prefix above which a file plainly writes one in each (Zoom)


class _Prefixes(NamedTuple):
    """What texts open with up to a colon: the names that may be ("" for none), what stands behind them, and which names
    ``>>`` announces.
    """

    names: list[str]
    behind: list[str]
    announced: set[str]


def name_speakers(rows: list[Row]) -> Sequence[Values]:
    """Moves speakers that ``rows`` carry in their text into their place; rows that have one keep it.

    Where most cues carry a prefix, each stands for its own cue. Where a few do, a name counts that recurs,
    and it holds until the next, as in broadcast captions; there ``>>`` announces a name, or a change alone,
    and a cue with two of them becomes two, as does one with two names at the beginning of lines, where each is
    met in other cues too: ``Sugar: two cups`` below what somebody says is theirs.
    """
    if not rows or any(map(itemgetter(2), rows)):
        return rows
    texts = list(map(itemgetter(3), rows))
    many = "".join(texts)
    if (">" in many and ">>" in many) or ("&" in many and "&gt;&gt;" in many):  # one sign is sought quicker
        rows = _changes_apart(rows)
        texts = list(map(itemgetter(3), rows))
        many = "".join(texts)
    if "<" in many or ("{" in many and "{\\" in many):
        rows = _names_first(rows)
        texts = list(map(itemgetter(3), rows))
    several = "\n" in many  # lines in a cue
    names, said, announced = _prefixes(texts)
    counts = Counter(filter(None, names))
    if not counts:
        return _names_on_own_line(rows)
    spoken = len(texts) - texts.count("")
    consistent = sum(counts.values()) >= _CONSISTENT * spoken
    if not consistent and "：" in many:
        # Chinese and Japanese write that colon before whatever is quoted: only a file full of them names speakers.
        names, said, announced = _prefixes(texts, wide=False)
        counts = Counter(filter(None, names))
        if not counts:
            return _names_on_own_line(rows)
    most = 2 if sum(counts.values()) == spoken else 0  # where each has one, what else has a colon stands behind it
    below = _names_below(rows, names, wide=consistent) if several else Counter[str]()
    counts.update({name: count for name, count in below.items() if counts[name] + count > 1})
    if consistent:
        believed = {name for name, count in counts.items() if count > 1 or _small_words(name) <= most}
        unsure = set[str]()  # who is not believed ends the turn before in any case
    else:
        believed = {name for name, count in counts.items() if (count > 1 or name in announced) and _is_name(name)}
        opening = next((name for text, name in zip(texts, names, strict=True) if text), "")
        if len(believed) < 2 and opening not in believed and not announced:
            believed = set()  # one word with a colon now and then is no cast
        # Perhaps somebody else: then they are nobody's words rather than those of who spoke before.
        unsure = {name for name in counts if name not in believed and _is_name(name)}
    if not believed:
        return rows
    announced &= believed
    parted = _names_apart(rows, believed, wide=consistent) if several else rows
    if parted is not rows:
        rows = parted
        names, said, _ = _prefixes([row.text for row in rows], wide=consistent)
    if believed.issuperset(names):  # as in most files with names
        starts, ends, _, _, confidences = zip(*rows, strict=True)
        return list(zip(starts, ends, names, said, confidences, strict=True))
    result: list[Values] = []
    current: str | None = None
    for (start, end, _, text, confidence), name, behind in zip(rows, names, said, strict=True):
        if name in believed:
            current, text = name, behind
        elif (text.startswith((">>", "&gt;&gt;")) if announced else consistent) or name in unsure:
            current = None
        result.append((start, end, current, text, confidence))
    return result


def _small_words(name: str) -> int:
    """How many words are written as none of a name are: of "Remember this" one, of "danny ryan" none."""
    words = _BESIDE_NAME.sub("", name).split()
    small = sum(word.islower() and word not in _PARTICLES for word in words[1:])
    return max(0, small - name[:1].islower())


def _names_first(rows: list[Row]) -> list[Row]:
    """The rows with markup that opens before a name opening behind it, where names are looked for; it goes with the
    words all the same: ``ANN: {\\an8} Hello``.
    """
    return [
        row._replace(text=_MARKED_NAME.sub(r"\2 \1\3", row.text)) if "<" in row.text or "{\\" in row.text else row
        for row in rows
    ]


def _changes_apart(rows: list[Row]) -> list[Row]:
    """Each change of speaker at the start of its own row; captions that scroll, and so repeat lines, are let be."""
    if not any(_CHANGE.search(row.text) for row in rows):
        return rows
    result: list[Row] = []
    last = ""
    for row in rows:
        scrolls = row.text.partition("\n")[0] == last
        result.extend([row] if scrolls else [row._replace(text=said) for said in _CHANGE.split(row.text)])
        last = row.text.rpartition("\n")[2]
    return result


def _names_below(rows: list[Row], names: list[str], *, wide: bool) -> Counter[str]:
    """In how many cues each name stands below who else opens them; cues with several, as lists have, do not count."""
    below = Counter[str]()
    for row, first in zip(rows, names, strict=True):
        if row.end is not None and _BELOW.search(row.text):
            opened = _prefixes(row.text.split("\n")[1:], wide=wide).names
            others = set(filter(_is_name, opened)) - {first}
            if len(others) == 1:
                below.update(others)
    return below


def _names_apart(rows: list[Row], believed: set[str], *, wide: bool) -> list[Row]:
    """Each line that opens with another of the ``believed`` names at the start of its own row; the same name again goes
    on. ``rows`` themselves where only first lines have a prefix.

    Of a cue, that is: a paragraph that says only when it starts is no moment that two share.
    """
    if not any(map(_BELOW.search, map(itemgetter(3), rows))):
        return rows
    result: list[Row] = []
    for row in rows:
        if row.end is None or not _BELOW.search(row.text):
            result.append(row)
            continue
        said: list[str] = []
        speaker = ""
        lines = row.text.split("\n")
        names, behind, _ = _prefixes(lines, wide=wide)
        for line, name, rest in zip(lines, names, behind, strict=True):
            if name not in believed:
                said.append(line)
            elif said and name == speaker:
                said.append(rest)
            else:
                if said:
                    result.append(row._replace(text="\n".join(said)))
                said = [line]
                speaker = name
        result.append(row._replace(text="\n".join(said)))
    return result


def _prefixes(texts: Sequence[str], *, wide: bool = True) -> _Prefixes:
    """What ``texts`` open with up to a colon, perhaps a ``wide`` one."""
    parts = [text.partition(":") for text in texts]
    heads = [head if colon and (not said or said[0].isspace()) else "" for head, colon, said in parts]
    behind = [said for _, _, said in parts]
    if "：" in "".join(texts):
        for number, (head, _, _) in enumerate(parts):
            if "：" in head:
                heads[number], _, behind[number] = texts[number].partition("：") if wide else ("", "", "")
    read = {head: _read_prefix(head) for head in set(heads)}  # of a few people, in a file of many cues
    names = {head: name for head, (name, _) in read.items()}
    announced = {name for name, is_announced in read.values() if name and is_announced}
    return _Prefixes([names[head] for head in heads], list(map(str.lstrip, behind)), announced)


def _read_prefix(head: str) -> tuple[str, bool]:
    """The name that ``head``, which stands before a colon, may be, "" for none; whether ``>>`` announces it."""
    if head[:1] == "[" and head[-1:] == "]":  # WhisperX: "[SPEAKER_00]: words"
        head = head[1:-1]
    match = _HEAD.fullmatch(head) if len(head) <= _LONGEST_HEAD else None
    if match is None:
        return "", False
    name = match[2].strip()
    word = _COUNTED.sub("", _BESIDE_NAME.sub("", name)).lower()
    none = word in _NO_NAMES or (name.isdigit() and len(name) < _PHONE)
    return "" if none else name, len(match[1] or "") > 1


def _is_name(text: str) -> bool:
    """Whether ``text`` is written as a name: up to five capitalised words or initials, perhaps a number.

    Pronouns or another name in parentheses, and a house behind a bar, may stand beside it.
    """
    text = _BESIDE_NAME.sub("", text).strip()
    words = text.split(" ")
    if not text or len(words) > 5 or not words[0][:1].isalpha() or words[0][:1].islower() or text[-1] in ",;!?":
        return False
    return all(
        word in _PARTICLES if word[:1].islower() else word[:1].isalpha() or (word.isdigit() and position > 0)
        for position, word in enumerate(words)
    )


def _names_on_own_line(rows: list[Row]) -> list[Row]:
    """Cues that all open with a line that is only a name, and some name twice."""
    if not all("\n" in row.text for row in rows if row.text):
        return rows
    split = [row.text.partition("\n") for row in rows if row.text]
    names = Counter(name.strip() for name, _, _ in split)
    if len(names) == len(split) or not all(rest.strip() for _, _, rest in split):
        return rows
    if not all(" " in name and _is_name(name) for name in names):
        return rows
    return [
        row._replace(speaker=row.text.partition("\n")[0].strip() or None, text=row.text.partition("\n")[2].strip())
        for row in rows
    ]


def all_names(texts: Iterable[str]) -> bool:
    """Whether each of ``texts`` is written as a name."""
    return all(map(_is_name, texts))
