"""Transcripts damaged on purpose, to a share of words that is known: what the quality gate is measured on."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from connector.transcripts.english import known_words
from connector.transcripts.transcript import Cue

Cues = tuple[Cue, ...]
KINDS = ("words", "own words", "letters", "loops", "language", "mixed")
UNHEARD = ("misread", "numbers")  # what a list of words does not show


class Damage:
    """Damages cues by one of ``KINDS`` or ``UNHEARD``; ``words`` are the corpus's own, as often as it says them,
    ``foreign`` transcripts in other languages.
    """

    def __init__(self, words: Sequence[str], foreign: Sequence[Cues], seed: int = 1337) -> None:
        self._words = words
        self._foreign = [cues for cues in foreign if cues]
        self._vocabulary = sorted(known_words())
        self._seed = seed

    def __call__(self, cues: Cues, kind: str, share: float) -> Cues:
        """``cues`` with ``share`` of their words wrong; of ``misread``, of their different words."""
        rng = random.Random(f"{self._seed} {kind} {share} {len(cues)}")
        if kind == "mixed":
            for each in KINDS[:-1]:
                cues = self._one(cues, each, share / (len(KINDS) - 1), rng)
            return cues
        return self._one(cues, kind, share, rng)

    def _one(self, cues: Cues, kind: str, share: float, rng: random.Random) -> Cues:
        if kind == "loops":
            return _with_loops(cues, share, rng)
        if kind == "language":
            return self._spliced(cues, share, rng)
        other: dict[str, Callable[[str], str]] = {
            "words": lambda _: rng.choice(self._vocabulary),
            "own words": lambda _: rng.choice(self._words),
            "letters": lambda word: _shuffled(word, rng),
            "numbers": lambda word: "".join(rng.choices("0123456789", k=len(word))),
        }
        if kind == "misread":
            return _misread(cues, share, rng)
        change = other[kind]
        return tuple(
            cue._replace(text=" ".join(change(word) if rng.random() < share else word for word in cue.text.split()))
            for cue in cues
        )

    def _spliced(self, cues: Cues, share: float, rng: random.Random) -> Cues:
        """Runs of some ten cues say what a talk in another language says there."""
        damaged, characters = list(cues), sum(len(cue.text) for cue in cues)
        left = share * characters
        starts = list(range(0, len(cues), 10))
        rng.shuffle(starts)
        for start in starts:
            talk = rng.choice(self._foreign)
            at = rng.randrange(len(talk))
            for position in range(start, min(start + 10, len(cues))):
                if left <= 0:
                    return tuple(damaged)
                length, text = len(cues[position].text), ""
                while len(text) < length:
                    text += f" {talk[at % len(talk)].text}"
                    at += 1
                damaged[position] = cues[position]._replace(text=text[: max(length, 20)].strip())
                left -= length
        return tuple(damaged)


def _misread(cues: Cues, share: float, rng: random.Random) -> Cues:
    """Some of the words are misread, each in the same way every time it is said."""
    words = sorted({word.lower() for cue in cues for word in cue.text.split()})
    heard = {word: _shuffled(word, rng) for word in words if rng.random() < share}
    return tuple(
        cue._replace(text=" ".join(heard.get(word.lower(), word) for word in cue.text.split())) for cue in cues
    )


def _with_loops(cues: Cues, share: float, rng: random.Random) -> Cues:
    """Here and there the last words of a cue are said again and again, within it or as cues of their own."""
    left = share * sum(len(cue.text.split()) for cue in cues)
    order = list(range(len(cues)))
    rng.shuffle(order)
    texts = [cue.text for cue in cues]
    for position in order:
        words = texts[position].split()
        if left <= 0:
            break
        if words:
            phrase = words[-rng.randint(1, 8) :]
            times = min(rng.randint(8, 40), max(4, int(left / len(phrase))))
            texts[position] = " ".join(words + phrase * times)
            left -= times * len(phrase)
    return tuple(cue._replace(text=text) for cue, text in zip(cues, texts, strict=True))


def _shuffled(word: str, rng: random.Random) -> str:
    """The letters of a word in another order, if it has one."""
    for _ in range(5):
        letters = "".join(rng.sample(word, len(word)))
        if letters != word:
            return letters
    return word
