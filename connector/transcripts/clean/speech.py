"""What speakers say again without meaning it: stutters (the… the arch, w- w- what); and which language they speak.

Pure functions. A word said twice is a stutter only where it is known as one that is not doubled
on purpose; ``very, very``, ``no, no``, ``had had``, names and numbers stay. Which words those are depends on
the language. Knows nothing of cues; a repetition over two cues is told by ``overlap_of``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import eq
from typing import NamedTuple


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that nobody doubles on purpose; a comma may stand between.
STUTTERED = {
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
TRAILED = {
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
GLUE = {
    "en": STUTTERED["en"]
    | _words(
        "is it this that in on you he who how what where so are was were be been am can could should would will might "
        "may must have has had do does did don't didn't isn't wasn't can't couldn't won't think mean guess want need "
        "going gonna there these those my his her not just let me us them all by able kind sort lot"
    ),
}
AFTER_A_WORD = ',.…-‐‑–—?!;:)]"”»'
_ASCII_SIGNS = "".join(filter(str.isascii, AFTER_A_WORD)).encode()
_OTHER_SIGNS = [sign for sign in AFTER_A_WORD if not sign.isascii()]
_REACH = 6  # words before one that say whether it is a repetition: a phrase of three, twice
_TRAILS = frozenset({"…", "...", "..", "-", "--", "–", "—"})
_HYPHENS = frozenset("-‐‑")
_SEPARATORS = frozenset(",-‐‑–—…")
STOPS = frozenset(".?!")

_CHAIN = re.compile(r"\A([^\W\d_]{1,2})-(?:\1-)+(?=\1[^\W\d_])", re.IGNORECASE)  # w-w-what

_LANGUAGE_SIGNS = {
    "en": _words("the of and is this that with are have what was"),
    "de": _words("der die das und ist nicht ein ich mit auch wir sie"),
    "fr": _words("le la les et est des une que dans pour vous nous"),
    "es": _words("el la los que y es en una por con para las"),
}
_ANY_LANGUAGE = frozenset().union(*_LANGUAGE_SIGNS.values())
GUESSED_FROM = 100  # words; more tell no more
_MOST_TOLD = 10_000  # characters of a text; it may be as long as a book


class _Word(NamedTuple):
    token: str
    core: str  # in lower case, without the signs after it
    tail: str  # those signs


_word_of: Callable[[tuple[str, str, str]], _Word] = partial(tuple.__new__, _Word)  # in half the time


def spoken_language(language: str | None, texts: Sequence[str]) -> str:
    """Which lists apply: of ``language`` (BCP 47), or, where it is None, of the one ``texts`` look like.

    Empty where neither tells: then only what is safe in any language is taken out. Of a language without lists
    the name is returned, and nothing is taken out but words broken off.
    """
    if language is not None:
        return language.replace("_", "-").partition("-")[0].lower() or "und"
    words: list[str] = []
    for text in texts:
        words += text[:_MOST_TOLD].lower().split()
        if len(words) > GUESSED_FROM:
            break
    told = list(filter(_ANY_LANGUAGE.__contains__, words))
    counts = {name: sum(map(signs.__contains__, told)) for name, signs in _LANGUAGE_SIGNS.items()}
    second, best = sorted(counts.values())[-2:]
    if best * 12 < len(words) or best < 2 * second or not best:
        return ""
    return max(counts, key=counts.__getitem__)


def without_stutters(text: str, language: str, again: Iterable[int] | None = None) -> str:
    """``text`` with what was stammered said once: words, broken-off words, short phrases.

    ``again`` are the numbers of the words, parted by spaces, that end what is said again, where those are known and no
    word is broken off.
    """
    if again is None and text.count("-") > 1:
        text = " ".join([_CHAIN.sub("", token) if "-" in token else token for token in text.split(" ")])
    plain_words = plain(text.lower()).split(b" ")
    tokens = text.split(" ")
    if again is None:
        sizes = (1, 2, 3) if language in GLUE else (1,)
        again = {place + 2 * size - 1 for size in sizes for place in _said_twice(plain_words, size)}
        if "- " in text or "‐ " in text or "‑ " in text:
            again.update(number for number, token in enumerate(tokens, 1) if token[-1:] in _HYPHENS)
    if not again:
        return text
    kept: list[str] = []
    cores = [b"", b"", b"", b""]  # of the words kept, after four of nothing
    position = 0
    for place in sorted(again):
        if place < position:
            continue
        kept += tokens[position:place]
        cores += plain_words[position:place]
        position = reach = place
        while position <= reach and position < len(tokens):
            core = plain_words[position]
            perhaps = core in cores[-3:] or kept[-1][-1:] in _HYPHENS  # with most words nothing is
            kept.append(tokens[position])
            cores.append(core)
            while perhaps and _said_once(kept, cores, language):
                reach = position + _REACH
            position += 1
    return " ".join(kept + tokens[position:])


def plain(text: str) -> bytes:
    """``text`` without the signs that may follow a word; its spaces are those of ``text``."""
    if not text.isascii():
        text = text.replace("’", "'")
        for sign in _OTHER_SIGNS:
            text = text.replace(sign, "")
    return text.encode("utf-8", "surrogatepass").translate(None, _ASCII_SIGNS)


def _said_twice(words: Sequence[bytes], size: int) -> list[int]:
    """Where ``size`` words begin that are said again right after."""
    same, run = bytes(map(eq, words[size:], words)), b"\1" * size
    places = []
    place = same.find(run)
    while place >= 0:
        places.append(place)
        place = same.find(run, place + 1)
    return places


def overlap_of(before: str, after: str, language: str) -> int:
    """How many last characters of ``before`` the text ``after``, by the same speaker, stammers on from.

    Zero where it does not. So a stutter over two cues is mended in the first, and the second keeps its
    words and time.
    """
    if not (before[-1].isalpha() or before[-1] in _SEPARATORS):
        return 0
    if after[0].lower() != before[before.rfind(" ") + 1].lower():
        return 0
    last, first = before.rpartition(" ")[2], after.partition(" ")[0]
    return len(last) if _is_said_again(_word(last), _word(first), language) else 0


def _word(token: str) -> _Word:
    body = token.rstrip(AFTER_A_WORD)
    return _word_of((token, body.lower(), token[len(body) :]))


def _said_once(kept: list[str], cores: list[bytes], language: str) -> bool:
    """Takes one repetition off the end of the words ``kept``, of which ``cores`` are the plain ones after four of
    nothing; False where there is none.
    """
    core, one = cores[-1], cores[-2]
    if not core or not one:
        return False
    broken = kept[-2][-1:] in _HYPHENS
    if not broken and core not in cores[-4:-1]:  # so it is with most
        return False
    if (core == one or (broken and core.startswith(one))) and _is_said_again(
        old := _word(kept[-2]), new := _word(kept[-1]), language
    ):
        kept[-2:] = [_merged(old, new)]
        del cores[-2]
        return True
    glue = GLUE.get(language, frozenset())
    for size in (2, 3):
        if len(kept) < 2 * size:  # the cores before those are of nothing, and so are those of signs
            break
        phrase = cores[-size:]
        if phrase != cores[-2 * size : -size] or cores[-2 * size - 1] == core:  # by step, step by step
            continue
        if phrase[-2:] == [b"so", b"on"]:  # and so on and so on
            continue
        words = [_word(token) for token in kept[-2 * size :]]
        first, second = words[:size], words[size:]
        said = [word.core for word in second]
        if said != [word.core for word in first] or not glue.issuperset(said):
            continue
        if any(word.tail for word in (*first[:-1], *second[:-1])) or not _may_repeat(first[-1].tail):
            continue
        if second[-1].tail[:1] in STOPS:  # I do, I do. is meant
            continue
        if _is_repeated(first[0], second[0]):
            kept[-2 * size :] = [_merged(first[0], second[0]), *kept[1 - size :]]
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
    return core in STUTTERED.get(language, ()) or (word.tail in _TRAILS and core in TRAILED.get(language, ()))


def _merged(old: _Word, new: _Word) -> str:
    """``new`` in the place of ``old``, with its capital."""
    token = new.token
    if old.token[0].isupper() and token[0].islower() and (old.core == new.core or len(old.core) > 1):
        token = token[0].upper() + token[1:]
    return token
