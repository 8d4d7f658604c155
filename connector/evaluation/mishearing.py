"""Moments as a machine might have misheard them: what recognisers do to words, to a share that is known. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from connector.evaluation.known_items import Moment

_NAMES = 2.0  # times as often is a name misheard: no recogniser has a list of them
_OTHER, _SLIP = 0.6, 0.25  # of the words: another one that begins alike, wrong letters; the rest is not heard at all


class Mishearing:
    """Mishears ``moments``; one seed gives the same for the same."""

    def __init__(self, moments: Sequence[Moment], seed: int = 1) -> None:
        self._seed = seed
        self._alike: dict[str, list[str]] = {}
        for word in sorted({word for moment in moments for word in moment.text.split()}):
            self._alike.setdefault(word[:2].lower(), []).append(word)

    def __call__(self, moment: Moment, share: float) -> Moment:
        """``moment`` with some ``share`` of its words wrong, of names twice that."""
        rng = random.Random(f"{self._seed} {share} {moment.id}")
        heard: list[str] = []
        for place, word in enumerate(moment.text.split()):
            is_name = place > 0 and word[:1].isupper() and heard[-1:] != [] and heard[-1][-1:].isalnum()
            if rng.random() >= min(1.0, share * (_NAMES if is_name else 1.0)):
                heard.append(word)
                continue
            how = rng.random()
            if how < _OTHER:
                heard.append(rng.choice(self._alike[word[:2].lower()]))
            elif how < _OTHER + _SLIP and len(word) > 2:
                at = rng.randrange(1, len(word))
                heard.append(word[:at] + word[at:][::-1])
        return replace(moment, text=" ".join(heard) or "…")
