"""Which phrases are said all the time, so that no glossary should take them for something misheard. Pure."""

from __future__ import annotations

import math

import numpy as np

from connector.transcripts.english import pair_list, spelled_out, word_list

EVERYDAY = math.log(1e-4)  # one word in ten thousand, as `fish`: an hour of talk has it about once by chance


def is_everyday(phrase: str) -> bool:
    """Whether ``phrase`` is one of the 1,500 words or 900 pairs of words of general English that are said most."""
    words = [word_list().index.get(word, -1) for word in spelled_out(phrase.lower()).replace("-", " ").split()]
    if len(words) == 1:
        return words[0] >= 0 and bool(word_list().logs[words[0]] >= EVERYDAY)
    if len(words) != 2 or min(words) < 0:
        return False
    pairs = pair_list()
    key = words[0] * len(word_list().logs) + words[1]
    at = min(int(np.searchsorted(pairs.keys, key)), len(pairs.keys) - 1)
    return bool(pairs.keys[at] == key and pairs.logs[at] >= EVERYDAY)
