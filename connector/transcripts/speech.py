"""What speakers say without meaning it: fillers (um, uh) and stutters (the… the arch, w- w- what).

Pure functions of one text. A word said twice is a stutter only where it is known as one that is not doubled
on purpose; ``very, very``, ``no, no``, ``had had``, names and numbers stay. Which words those are depends on
the language. Knows nothing of cues; a repetition over two cues is told by ``overlap_of``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from connector.transcripts.casing import ends_sentence, shouts

_FILLERS = {
    "en": r"u(?:m+|h+m*)|erm+",
    "de": r"äh+m*|öh+m*|uhm+",
    "fr": r"euh+|heu+",
    "es": r"ehm+|eeh+",
    "": r"uh+m*|äh+m*|öhm+|euh+",  # words in no language we know of: um is one in German and in Portuguese
}
_FILLER_TOKEN = {name: re.compile(rf"({letters})([,.?!…-]*)", re.IGNORECASE) for name, letters in _FILLERS.items()}
# Where a text may hold fillers. Each pattern begins with two fixed characters, which is what makes the search quick.
_UM = "(?:[mM]+|[hH]+[mM]*)"
_FILLER_STARTS = {
    "en": (f"u{_UM}", f"U{_UM}", "e[rR][mM]+", "E[rR][mM]+"),
    "de": (*(f"{letter}[hH]+[mM]*" for letter in "äÄöÖ"), "u[hH][mM]+", "U[hH][mM]+"),
    "fr": ("e[uU][hH]+", "E[uU][hH]+", "h[eE][uU]+", "H[eE][uU]+"),
    "es": ("e(?:[hH][mM]+|[eE][hH]+)", "E(?:[hH][mM]+|[eE][hH]+)"),
    "": (*(f"{letter}[hH]+[mM]*" for letter in "uUäÄ"), "[öÖ][hH][mM]+", "e[uU][hH]+", "E[uU][hH]+"),
}
_FILLER_SIGNS = {
    name: tuple(re.compile(rf" {start}(?![\w'’&])") for start in starts) for name, starts in _FILLER_STARTS.items()
}
_ANY_FILLER = {
    name: re.compile(rf"(?:^| )(?:{'|'.join(starts)})(?![\w'’&])") for name, starts in _FILLER_STARTS.items()
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that nobody doubles on purpose; a comma may stand between.
_STUTTERED = {
    "en": _words(
        "the a an i we they she and or but if of to for from with at as because when which your our their its "
        "i'm i'll i've i'd it's that's we're we'll we've you're you've you'll they're they've there's let's what's "
        "he's she's into than"
    ),
    "de": _words("und ich wir ein eine einen einem von mit aber oder wenn im zum zur weil"),
    "fr": _words("je et le les des du dans pour avec sur mais ou c'est j'ai"),
    "es": _words("y el los las de en con pero por"),
    "": _words("the and i'm i'll i've i'd it's that's we're we'll we've you're they're there's let's what's"),
}
# Words that are doubled on purpose now and then, but not across a dash or trailing dots.
_TRAILED = {
    "en": _words(
        "is it this that so on in you some any one what how then not maybe just was are these those my by can could "
        "will would have has had there like he do did who where why me us them be"
    ),
    "de": _words("der die das es sie er so auch da dann ist sind war wie was in an auf den dem dass man"),
    "fr": _words("que qui on il elle un une de la en est ce ça nous vous se"),
    "es": _words("que la lo un una se es no está como si"),
    "": frozenset(),
}
# Phrases of two or three of these words are said twice by stutterers alone.
_GLUE = {
    "en": _STUTTERED["en"]
    | _words(
        "is it this that in on you he who how what where so are was were be been am can could should would will might "
        "may must have has had do does did don't didn't isn't wasn't can't couldn't won't think mean guess want need "
        "going gonna there these those my his her not just let me us them all by able kind sort lot"
    ),
}
_SIGNS = ',.…-‐‑–—?!;:)]"”»'
_REACH = 6  # words before one that say whether it is a repetition: a phrase of three, twice
_TOKEN = re.compile(r"(\s*)(\S+)")
_TRAILS = frozenset({"…", "...", "..", "-", "--", "–", "—"})
_HYPHENS = frozenset("-‐‑")
_SEPARATORS = frozenset(",-‐‑–—…")
_ANSWERS = ("huh", "oh")  # uh huh, uh oh
_STOPS = frozenset(".?!")

# Where a text may stutter, told cheaply: something said again after a space, or after a comma or dots (whatever is
# said, up to twelve characters), a word broken off at a hyphen, a short phrase said again. Each pattern begins with
# a fixed character and takes words whole, so that most of a text is passed over at the speed of a plain search.
_AGAIN = "|".join(rf"(?<=[ \n]({'.' * width})@ )(?i:\{width})" for width in range(1, 13))
_STUTTER_SIGNS = tuple(
    re.compile(pattern)
    for pattern in (
        r" ([^ ]++) (?:(?i:\1)\b|([^ ]{1,7}+) (?i:\1 \2)\b)",
        *(rf"{mark} (?:{_AGAIN.replace('@', mark)})\b" for mark in (",", "…", r"\.\.\.")),
        *(rf"{dash} (?<=[\w-]. )" for dash in "-‐‑–—"),
        r"-(?:(?<=\b(\w)-)(?i:\1)-|(?<=\b(\w\w)-)(?i:\2)-)",
    )
)
_CHAIN = re.compile(r"\A([^\W\d_]{1,2})-(?:\1-)+(?=\1[^\W\d_])", re.IGNORECASE)  # w-w-what

_LANGUAGE_SIGNS = {
    "en": _words("the of and is this that with are have what was"),
    "de": _words("der die das und ist nicht ein ich mit auch wir sie"),
    "fr": _words("le la les et est des une que dans pour vous nous"),
    "es": _words("el la los que y es en una por con para las"),
}
_GUESSED_FROM = 100  # words; more tell no more


class _Word(NamedTuple):
    token: str
    core: str  # in lower case, without the signs after it
    tail: str  # those signs


def spoken_language(language: str | None, texts: Sequence[str]) -> str:
    """Which lists apply: of ``language`` (BCP 47), or, where it is None, of the one ``texts`` look like.

    Empty where neither tells: then only what is safe in any language is taken out. Of a language without lists
    the name is returned, and nothing is taken out but words broken off.
    """
    if language is not None:
        return language.replace("_", "-").partition("-")[0].lower() or "und"
    words: list[str] = []
    for text in texts:
        words += text.lower().split()
        if len(words) > _GUESSED_FROM:
            break
    counts = {name: sum(map(signs.__contains__, words)) for name, signs in _LANGUAGE_SIGNS.items()}
    second, best = sorted(counts.values())[-2:]
    if best * 12 < len(words) or best < 2 * second or not best:
        return ""
    return max(counts, key=counts.__getitem__)


def filler_positions(text: str, language: str) -> Iterator[int]:
    """Where there may be fillers in ``text``: one or more texts, each after a line end and a space."""
    return (match.start() for sign in _FILLER_SIGNS.get(language, ()) for match in sign.finditer(text))


def stutter_positions(text: str) -> Iterator[int]:
    """Where there may be stutters in ``text``: one or more texts, each after a line end and a space."""
    return (match.start() for sign in _STUTTER_SIGNS for match in sign.finditer(text))


def without_fillers(text: str, language: str) -> str:
    """``text`` without um, uh, äh, euh …; the sentence keeps its capital and its full stop."""
    sign = _ANY_FILLER.get(language)
    if sign is None or not sign.search(text):
        return text
    loud = shouts(text)
    kept: list[tuple[str, str]] = []
    capital = False
    tokens = _TOKEN.findall(text)
    for number, (space, token) in enumerate(tokens):
        match = _FILLER_TOKEN[language].fullmatch(token)
        if match and match[1].isupper() and not loud:  # UM is a university where the rest is small
            match = None
        if match and number + 1 < len(tokens) and tokens[number + 1][1].lower().startswith(_ANSWERS):
            match = None
        if match is None:
            if capital and token.islower():
                token = token[0].upper() + token[1:]
            kept.append((space if kept else tokens[0][0], token))
            capital = False
            continue
        if match[1][0].isupper() and (not kept or ends_sentence(kept[-1][1])):
            capital = True
        if kept and match[2][:1] in _STOPS and len(match[2]) == 1:
            before = kept[-1][1].rstrip(",")
            if before[-1:].isalnum():
                kept[-1] = (kept[-1][0], before + match[2])
    return "".join([part for word in kept for part in word]) + text[len(text.rstrip()) :]


def without_stutters(text: str, language: str) -> str:
    """``text`` with what was stammered said once: words, broken-off words, short phrases."""
    tokens = text.split(" ")
    if "-" in text:
        tokens = [_CHAIN.sub("", token) if "-" in token else token for token in tokens]
    all_cores = ["", "", "", "", *[token.rstrip(_SIGNS).lower() for token in tokens]]  # after four of nothing
    broken = "- " in text or "‐ " in text or "‑ " in text
    repeated = [
        number
        for number, (four, three, two, one, core) in enumerate(
            zip(all_cores, all_cores[1:], all_cores[2:], all_cores[3:], all_cores[4:], strict=False)
        )
        if core == one or (core == two and one == three) or (core == three and one == four) or (broken and one)
    ]
    if not repeated:
        return " ".join(tokens)
    position, last = repeated[0], repeated[-1]
    kept, cores = tokens[:position], all_cores[: position + 4]
    while position < len(tokens) and position <= last:
        kept.append(tokens[position])
        cores.append(all_cores[position + 4])
        while _said_once(kept, cores, language):
            last = max(last, position + _REACH)
        position += 1
    return " ".join(kept + tokens[position:])


def overlap_of(before: str, after: str, language: str) -> int:
    """How many last characters of ``before`` the text ``after``, by the same speaker, stammers on from.

    Zero where it does not. So a stutter over two cues is mended in the first, and the second keeps its
    words and time.
    """
    if not (before[-1].isalpha() or before[-1] in _SEPARATORS):
        return 0
    last, first = before.rpartition(" ")[2], after.partition(" ")[0]
    if last[:1].casefold() != first[:1].casefold():
        return 0
    return len(last) if _is_said_again(_word(last), _word(first), language) else 0


def _word(token: str) -> _Word:
    body = token.rstrip(_SIGNS)
    return _Word(token, body.lower(), token[len(body) :])


def _said_once(kept: list[str], cores: list[str], language: str) -> bool:
    """Takes one repetition off the end of the words ``kept``; False where there is none."""
    core, one = cores[-1], cores[-2]
    if not core or not one:
        return False
    if core.startswith(one) and _is_said_again(old := _word(kept[-2]), new := _word(kept[-1]), language):
        kept[-2:] = [_merged(old, new)]
        del cores[-2]
        return True
    if not (core == cores[-3] and one == cores[-4]) and not (core == cores[-4] and one == cores[-5]):
        return False
    glue = _GLUE.get(language, frozenset())
    for size in (2, 3):
        phrase = cores[-size:]
        if phrase != cores[-2 * size : -size] or not glue.issuperset(phrase):
            continue
        if cores[-2 * size - 1] == phrase[-1]:  # by step, step by step
            continue
        words = [_word(token) for token in kept[-2 * size :]]
        apart = words.pop(size - 1)
        if not _may_repeat(apart.tail) or any(word.tail for word in words[:-1]) or words[-1].tail[:1] in _STOPS:
            continue  # I do, I do. is meant
        if _is_repeated(words[0], words[size - 1]):
            kept[-2 * size :] = [_merged(words[0], words[size - 1]), *kept[1 - size :]]
            del cores[-size:]
            return True
    return False


def _is_said_again(old: _Word, new: _Word, language: str) -> bool:
    if not old.core:
        return False
    return _breaks_off(old, new) or (_is_repeated(old, new) and _is_stutter(old, language))


def _breaks_off(old: _Word, new: _Word) -> bool:
    """Whether ``old`` is the beginning of ``new``, broken off at a hyphen: w- what, con- contract."""
    if old.tail not in _HYPHENS or not new.core.startswith(old.core) or not old.core.isalpha():
        return False
    if len(new.core) == len(old.core):
        return new.tail == old.tail
    return len(old.core) > 1 or new.token[0] == old.token[0]  # but a grade A- average


def _is_repeated(old: _Word, new: _Word) -> bool:
    """Whether ``new`` is ``old`` again, and no name of its own (The The)."""
    if old.core != new.core or not _may_repeat(old.tail):
        return False
    if new.token[0].islower() or new.core == "i" or new.core.startswith(("i'", "i’")):
        return True
    return old.token.isupper() and new.token.isupper()


def _may_repeat(tail: str) -> bool:
    return tail in _SEPARATORS or tail in _TRAILS or not tail


def _is_stutter(word: _Word, language: str) -> bool:
    core = word.core.replace("’", "'")
    return core in _STUTTERED.get(language, ()) or (word.tail in _TRAILS and core in _TRAILED.get(language, ()))


def _merged(old: _Word, new: _Word) -> str:
    """``new`` in the place of ``old``, with its capital."""
    token = new.token
    if old.token[0].isupper() and token[0].islower() and (old.core == new.core or len(old.core) > 1):
        token = token[0].upper() + token[1:]
    return token
