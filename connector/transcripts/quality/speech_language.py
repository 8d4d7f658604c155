"""Which languages a transcript is in, stretch by stretch: the word list clears what is plainly English, the model is
asked about the rest.

Knows nothing of verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from connector.transcripts.language import alike, identify

FEWEST_LETTERS = 40  # of a stretch; in less, nobody tells Danish from Norwegian nor either from "okay okay"
SURE = 0.7  # the model's probability from which a stretch counts
_MOST_ASKED = 150  # stretches the model is asked about; more, and it is asked about as many, evenly spread
_PLAINLY_ENGLISH = 0.7  # share of words in the list; at most half of the words of a French stretch are
_FOREIGN_LETTERS = 0.05  # share of letters beyond those of Western European languages: "café" is English enough
_FOREIGN_LETTER = re.compile(r"[^\W\d_\x00-\u024f]")
_NEGLIGIBLE = 0.02  # share of text that is not plainly English: names, jargon, noise; not worth loading a model for


@dataclass(frozen=True, slots=True)
class Languages:
    """``codes`` (S,) holds each text's language, "" where it is undecided; ``shares`` how much of the decided text each
    language has, by characters; ``main`` the first among them, None where nothing is decided.
    """

    codes: list[str]
    shares: dict[str, float]
    main: str | None

    def strangers(self, allowed: Collection[str]) -> dict[str, float]:
        """The shares of the languages that are none of ``allowed`` and like none of them, the largest first."""
        return {code: share for code, share in self.shares.items() if not any(alike(code, each) for each in allowed)}


def languages(texts: Sequence[str], listed: NDArray[np.float64]) -> Languages:
    """The languages of ``texts``, of whose words the shares ``listed`` (S,) are in the English list."""
    codes = [""] * len(texts)
    doubtful = []
    for position, text in enumerate(texts):
        if len(text) < FEWEST_LETTERS:
            continue
        if listed[position] >= _PLAINLY_ENGLISH and _foreign(text) < _FOREIGN_LETTERS:
            codes[position] = "en"
        elif sum(map(str.isalpha, text)) >= (FEWEST_LETTERS if text.isascii() else FEWEST_LETTERS // 3):
            doubtful.append(position)
    if sum(len(texts[position]) for position in doubtful) < _NEGLIGIBLE * sum(map(len, texts)):
        doubtful = []
    step = max(1.0, len(doubtful) / _MOST_ASKED)
    for number in range(min(len(doubtful), _MOST_ASKED)):
        position = doubtful[int(number * step)]
        guess = identify(texts[position])
        if guess.probability >= SURE:
            codes[position] = guess.code
    weights: dict[str, float] = {}
    asked = set(doubtful)
    for position, code in enumerate(codes):
        if code:
            weight = len(texts[position]) * (step if position in asked else 1.0)  # one asked stands for its neighbours
            weights[code] = weights.get(code, 0.0) + weight
    if not weights:
        joined = " ".join(texts)
        if len(joined) >= FEWEST_LETTERS // 2:
            guess = identify(joined)
            if guess.probability >= SURE:
                codes, weights = [guess.code] * len(texts), {guess.code: 1.0}
    total = sum(weights.values())
    shares = {code: weight / total for code, weight in sorted(weights.items(), key=lambda item: -item[1])}
    return Languages(codes, shares, next(iter(shares), None))


def _foreign(text: str) -> float:
    """The share of characters that are letters no English word has."""
    return 0.0 if text.isascii() else len(_FOREIGN_LETTER.findall(text)) / len(text)
