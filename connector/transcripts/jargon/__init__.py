"""The house's glossary: what its words are called, how machines mishear them, and text set right by it.

Pure. Knows nothing of the file it is written in nor of how documents are searched.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property

from connector.errors import ConfigError
from connector.transcripts.jargon.edits import Change, Edit, applied, composed
from connector.transcripts.jargon.phrases import Found, Phrase, Phrases, Words, apart, is_plain, phrase_of

MAX_TERMS = 5_000
MAX_CHARACTERS = 200  # of a name, an alias or a mis-hearing
MAX_PHRASINGS = 50  # aliases, and mis-hearings, of one term
MAX_DEFINITION = 2_000
MOST_TOLD = 20  # mistakes; of a file of something else each line is one

_SENTENCE_START = re.compile(r"(?:\A|[.!?…][\"'”’»)\]]{0,3}\s)\s*[\"'“‘«(\[]{0,3}\Z")
_TIES = "'’-‐‑"
_BEFORE = 12  # characters that tell whether a sentence starts here
_FILTER = re.compile(r"""\w+:(?:"[^"]*"|\S+) | (?:(?<!\S)-|\bNOT\s+)(?:"[^"]*"|\S+) | \S+\*""", re.VERBOSE)


@dataclass(frozen=True)
class Term:
    """A word of the house: ``aliases`` are right as well, ``misheard`` is what machines write instead.

    ``product``: the house means a thing of its own by it, so its case is set right wherever it is said.
    """

    name: str
    aliases: tuple[str, ...] = ()
    misheard: tuple[str, ...] = ()
    definition: str = ""
    product: bool = False

    @property
    def phrasings(self) -> tuple[str, ...]:
        """Everything it may be called in a text or a query, the name first."""
        return (self.name, *self.aliases, *self.misheard)


@dataclass(frozen=True)
class Glossary:
    """Terms in the order of their names. Raises ConfigError, naming the terms, where they contradict each other."""

    terms: tuple[Term, ...] = ()
    _names: tuple[Phrase, ...] = field(init=False, repr=False, compare=False)  # in the order of the terms
    _aliases: tuple[Phrase, ...] = field(init=False, repr=False, compare=False)
    _heard: tuple[Phrase, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", tuple(sorted(self.terms, key=lambda term: term.name)))
        self._check()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def to_json(self) -> str:
        """Canonical JSON: equal glossaries have equal texts."""
        return json.dumps(
            [asdict(term) for term in self.terms], sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )

    @classmethod
    def from_json(cls, text: str) -> Glossary:
        """The glossary of which ``text`` is the ``to_json``."""
        return cls(
            tuple(
                Term(**(one | {"aliases": tuple(one["aliases"]), "misheard": tuple(one["misheard"])}))
                for one in json.loads(text)
            )
        )

    def correct(self, text: str) -> tuple[str, tuple[Change, ...]]:
        """``text`` with mis-hearings replaced by the terms' names, and every change, in order.

        Whole words alone are replaced, the longest phrase first, whatever white space or hyphen joins its
        words; never a part of a name or an alias, of an address, or one word of a hyphenated one. A
        possessive ``'s`` stays. A name in lower case gets a capital where a capital began the sentence.
        Correcting twice is correcting once.
        """
        if not self._changing.may_be_in(text):
            return text, ()
        current = text
        edits: list[Edit] = []
        # A replacement may complete a longer mis-hearing; each takes away words that belong to no name, so this ends.
        while new := self._edits(Words(current)):
            edits = composed(current, edits, new)
            current = applied(current, new)
        changes = (Change(e.start, text[e.start : e.end], e.put, self.terms[e.term].name) for e in edits)
        return current, tuple(change for change in changes if change.found != change.put)

    def touched_by(self, other: Glossary) -> tuple[Term, ...]:
        """The terms that correct otherwise in ``other``, as they are here, else as they are there."""
        here, there = ({term.name: term for term in one.terms} for one in (self, other))
        return tuple(
            here.get(name) or there[name]
            for name in sorted({*here, *there})
            if name not in here or name not in there or _effect(here[name]) != _effect(there[name])
        )

    def differs_on(self, other: Glossary) -> Callable[[str], bool]:
        """A test of a text: is it corrected otherwise by ``other``? Quick where no touched term is in it."""
        touched = {term.name for term in self.touched_by(other)}
        both = [term for one in (self, other) for term in one.terms if term.name in touched]
        filtered = Phrases(_phrases((number, text) for number, term in enumerate(both) for text in term.phrasings))
        return lambda text: filtered.may_be_in(text) and self.correct(text)[0] != other.correct(text)[0]

    def named_in(self, query: str) -> tuple[Term, ...]:
        """The terms that a search ``query`` names, by whatever phrasing; filters and unwanted words name none."""
        if not self._right.may_be_in(query) and not self._wrong.may_be_in(query):
            return ()
        words = Words(_FILTER.sub(" . ", query))
        every = [*self._right.find(words), *self._wrong.find(words)]
        found = apart(sorted(every, key=lambda one: (one.first, -one.last, one.start - one.end, one.phrase.term)))
        return tuple(self.terms[number] for number in dict.fromkeys(one.phrase.term for one in found))

    @property
    def synonyms(self) -> tuple[tuple[str, ...], ...]:
        """For each term that has several phrasings all of them: what a search takes for the same."""
        return tuple(term.phrasings for term in self.terms if len(term.phrasings) > 1)

    @cached_property
    def _misheard(self) -> tuple[Phrase, ...]:
        return tuple(
            phrase if self._names[phrase.term].possessive else phrase._replace(possessive=False)
            for phrase in self._heard
        )

    @cached_property
    def _right(self) -> Phrases:
        """What stays as it is, or changes its case alone."""
        return Phrases((*self._names, *self._aliases))

    @cached_property
    def _wrong(self) -> Phrases:
        return Phrases(self._misheard)

    @cached_property
    def _changing(self) -> Phrases:
        """What can make a text change at all."""
        products = [phrase for phrase in self._names if self.terms[phrase.term].product]
        return Phrases((*self._misheard, *products))

    def _edits(self, words: Words) -> list[Edit]:
        """What to change next: mis-hearings, and when there are none left, the case of products."""
        right = list(self._right.find(words))
        firsts = [one.first for one in right]

        def is_misheard(found: Found) -> bool:
            near = right[bisect_left(firsts, found.first - MAX_CHARACTERS) : bisect_left(firsts, found.last)]
            return not (
                any(other.last > found.first and not _is_within(other, found) for other in near)
                or words.in_address(found.start, found.end)
                or (found.last - found.first == 1 and words.in_compound(found.start, found.end))
            )

        wrong = apart(filter(is_misheard, self._wrong.find(words)))
        if wrong:
            return [self._edit(one, words) for one in wrong]
        cased = (self._edit(one, words) for one in apart(right) if self._is_product(one, words))
        return [edit for edit in cased if " ".join(words.text[edit.start : edit.end].split()) != edit.put]

    def _is_product(self, found: Found, words: Words) -> bool:
        phrase = found.phrase
        return (
            self.terms[phrase.term].product
            and phrase.key == self._names[phrase.term].key
            and (phrase.has_address or not words.in_address(found.start, found.end))
        )

    def _edit(self, found: Found, words: Words) -> Edit:
        """The name, with a capital where it is written without and a capital begins the sentence here."""
        put = self.terms[found.phrase.term].name
        if words.text[found.start].isupper() and put[0].islower() and put == put.lower():
            cut = max(0, found.start - _BEFORE)
            if _SENTENCE_START.search(("x" if cut else "") + words.text[cut : found.start]):
                put = put[0].upper() + put[1:]
        return Edit(found.start, found.end, put, found.phrase.term)

    def _check(self) -> None:
        """Makes the phrases of every term; ConfigError with every mistake there is in them."""
        if len(self.terms) > MAX_TERMS:
            raise ConfigError(f"{len(self.terms):,} terms; at most {MAX_TERMS:,} are allowed")
        owners: dict[Hashable, tuple[Term, str]] = {}
        wrong: list[ConfigError] = []
        for role, kept in (("name", "_names"), ("alias", "_aliases"), ("mis-hearing", "_heard")):
            phrases = []
            for number, term in enumerate(self.terms):
                for text in {"name": (term.name,), "alias": term.aliases, "mis-hearing": term.misheard}[role]:
                    try:
                        phrase = _checked(term, role, text, number)
                    except ConfigError as error:
                        wrong.append(error)
                        continue
                    if phrase.key in owners:
                        wrong.append(_twice(term, role, text, *owners[phrase.key]))
                    owners.setdefault(phrase.key, (term, role))
                    phrases.append(phrase)
            object.__setattr__(self, kept, tuple(phrases))
        if wrong := wrong or list(self._circles()):
            raise all_of(wrong)

    def _circles(self) -> Iterator[ConfigError]:
        """Where what is put in the place of a mis-hearing would be taken for one itself."""
        for term, name in zip(self.terms, self._names, strict=True):
            for found in self._wrong.find(Words(term.name)) if self._wrong.may_be_among(name.words) else ():
                other, inner = self.terms[found.phrase.term], term.name[found.start : found.end]
                yield ConfigError(
                    f"`{term.name}` contains `{inner}`, a mis-hearing of `{other.name}`: corrected once, a text would "
                    "be corrected again",
                    hint=f"Take `{inner}` out of the mis-hearings of `{other.name}`, or write a longer phrase.",
                )
        texts = (text for term in self.terms for text in term.misheard)
        for text, heard in zip(texts, self._heard, strict=True):
            if not self._right.may_be_among(heard.words):
                continue
            words = Words(text)
            right = list(self._right.find(words))
            covered = {at for one in right for at in range(one.first, one.last)}
            if len(covered) == len(words.keys):  # made of names alone: one becomes another, and back
                term = self.terms[heard.term]
                names = " and ".join(dict.fromkeys(f"`{self.terms[one.phrase.term].name}`" for one in right))
                yield ConfigError(f"`{term.name}`: every word of the mis-hearing `{text}` is right already, as {names}")


def all_of(wrong: Sequence[ConfigError]) -> ConfigError:
    """One error that tells several, one a line, and each hint once."""
    more = [f"and {len(wrong) - MOST_TOLD:,} more mistakes"] if len(wrong) > MOST_TOLD else []
    told = [error.message for error in wrong[:MOST_TOLD]]
    hints = dict.fromkeys(error.hint for error in wrong[:MOST_TOLD] if error.hint)
    return ConfigError("\n".join(told + more), hint=" ".join(hints))


def _phrases(numbered: Iterable[tuple[int, str]]) -> tuple[Phrase, ...]:
    return tuple(phrase for number, text in numbered if (phrase := phrase_of(text, number)))


def _effect(term: Term) -> Hashable:
    """What of ``term`` corrections depend on: aliases too, since no mis-hearing is replaced inside of one."""
    return frozenset(term.aliases), frozenset(term.misheard), term.product


def _is_within(inner: Found, outer: Found) -> bool:
    shorter = inner.last - inner.first < outer.last - outer.first
    return shorter and outer.first <= inner.first and inner.last <= outer.last


def _checked(term: Term, role: str, text: str, number: int) -> Phrase:
    """The phrase of ``text`` for the term of that ``number``, if a text may hold it and be found to."""
    wrong = ""
    phrase = phrase_of(text, number)
    if phrase and is_plain(text) and len(text) <= MAX_CHARACTERS:
        return phrase
    if not text.strip():
        wrong = "is empty"
    elif len(text) > MAX_CHARACTERS:
        wrong = f"is longer than {MAX_CHARACTERS} characters"
    elif phrase is None:
        wrong = "has neither letter nor digit"
    elif role == "mis-hearing" and (phrase.lead or phrase.trail):
        wrong = "begins or ends with neither letter nor digit"
    elif text[0] in _TIES or text[-1] in _TIES:
        wrong = "begins or ends with an apostrophe or a hyphen"
    elif " ".join(text.split()) != text or not any(
        (one.start, one.end) == (0, len(text)) for one in Phrases([phrase]).find(Words(text))
    ):
        wrong = "has white space that no text could match"
    if wrong or phrase is None:
        raise ConfigError(f"`{term.name:.80}`: the {role} `{text:.80}` {wrong}")
    return phrase


def _twice(term: Term, role: str, text: str, owner: Term, known: str) -> ConfigError:
    if owner is term:
        hint = "`product: true` sets the case right wherever it is said." if known == "name" else ""
        return ConfigError(f"`{term.name}`: the {role} `{text}` is its {known} already", hint=hint)
    return ConfigError(f"`{term.name}`: the {role} `{text}` is the {known} of `{owner.name}` already")
