"""The word error rate of a transcript against a reference, by jiwer, and where it is worst.

Case and punctuation are no errors, numbers are words. Knows nothing of times, files or verdicts.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import NamedTuple

import jiwer
import numpy as np
from numpy.typing import NDArray

from connector.transcripts.quality.wording import UNSPACED

BLOCK = 50_000  # words aligned at once; the time to align grows with their square (0.4 s for as many)
WINDOW = 40  # words of a stretch
_WORST = 3
_SLACK = 5_000  # words by which the two texts may run apart in a block
_ANCHOR = 8  # equal words in a row after which a block may end
# As in ``wording``, but numbers stay, with what divides their digits; scripts without spaces count by the sign.
_TOKEN = re.compile(rf"[{UNSPACED}]|\d+(?:[.,:]\d+)*|[^\W\d_{UNSPACED}]+(?:'[^\W\d_{UNSPACED}]+)*")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some 40 words of the reference, from word number ``position`` on, and what the other text has for them."""

    position: int
    errors: int
    reference: str
    hypothesis: str


@dataclass(frozen=True, slots=True)
class WordErrors:
    """``words`` of the reference and the errors against them; ``worst`` the stretches with most, the worst first."""

    words: int
    substitutions: int
    deletions: int
    insertions: int
    worst: tuple[Stretch, ...]

    @property
    def errors(self) -> int:
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Errors for each word of the reference (above 1 where more was put in than there is); 0 or 1 where that has
        no words.
        """
        return self.errors / self.words if self.words else float(self.insertions > 0)


class _Run(NamedTuple):
    """Words ``first`` to ``last`` of the reference are ("equal") or became ("substitute", "delete", "insert") words
    ``other`` to ``other_last`` of the other text.
    """

    kind: str
    first: int
    last: int
    other: int
    other_last: int


def word_errors(reference: str, hypothesis: str) -> WordErrors:
    """How ``hypothesis`` differs from ``reference``, word by word.

    Up to 50,000 words the alignment is the best there is; longer texts are aligned in blocks that end where both say
    the same, so that time stays in proportion to their length.
    """
    said, heard = _words(reference), _words(hypothesis)
    runs = _aligned(said, heard)
    counts = {"equal": 0, "substitute": 0, "delete": 0, "insert": 0}
    wrong = np.zeros(len(said) + 1)
    for run in runs:
        length = max(run.last - run.first, run.other_last - run.other)
        counts[run.kind] += length
        if run.kind == "insert":
            wrong[run.first] += length
        elif run.kind != "equal":
            wrong[run.first : run.last] += 1
    worst = _worst(wrong, runs, said, heard)
    return WordErrors(len(said), counts["substitute"], counts["delete"], counts["insert"], worst)


def _words(text: str) -> list[str]:
    return _TOKEN.findall(text.casefold().replace("’", "'"))


def _aligned(said: list[str], heard: list[str]) -> list[_Run]:
    """What became of ``said`` in ``heard``, from the first word to the last."""
    runs: list[_Run] = []
    at = other = 0
    while at < len(said) and other < len(heard):
        block, block_heard = said[at : at + BLOCK], heard[other : other + BLOCK + _SLACK]
        chunks = jiwer.process_words(" ".join(block), " ".join(block_heard)).alignments[0]
        reached = (len(block), len(block_heard))
        if at + reached[0] < len(said) or other + reached[1] < len(heard):
            # Ends where both say the same. Texts that never do in half a block have nothing to do with each other, and
            # it is no matter where they are cut.
            for chunk in reversed(chunks):
                if chunk.ref_end_idx <= len(block) // 2:
                    break
                if chunk.type == "equal" and chunk.ref_end_idx - chunk.ref_start_idx >= _ANCHOR:
                    reached = (chunk.ref_end_idx, chunk.hyp_end_idx)
                    break
        runs += [
            _Run(
                chunk.type,
                at + chunk.ref_start_idx,
                at + chunk.ref_end_idx,
                other + chunk.hyp_start_idx,
                other + chunk.hyp_end_idx,
            )
            for chunk in chunks
            if chunk.ref_end_idx <= reached[0] and chunk.hyp_end_idx <= reached[1]
        ]
        at, other = at + reached[0], other + reached[1]
    if at < len(said):
        runs.append(_Run("delete", at, len(said), len(heard), len(heard)))
    if other < len(heard):
        runs.append(_Run("insert", len(said), len(said), other, len(heard)))
    return runs


def _worst(wrong: NDArray[np.float64], runs: list[_Run], said: list[str], heard: list[str]) -> tuple[Stretch, ...]:
    """The stretches with the most errors, none within another. ``wrong`` (N + 1,) counts them by word of ``said``."""
    before = np.append(0.0, np.cumsum(wrong))
    firsts = np.arange(max(1, len(said) - WINDOW + 1))
    lasts = np.minimum(firsts + WINDOW, len(said))
    lasts[-1] += 1  # what was put in after the last word
    sums = before[lasts] - before[firsts]
    borders = [run.first for run in runs]
    found = []
    for _ in range(_WORST):
        first = int(sums.argmax())
        if sums[first] <= 0:
            break
        last = min(first + WINDOW, len(said))
        other = _place(runs, borders, first), _place(runs, borders, last) if last < len(said) else len(heard)
        # What was put in for them may be a novel.
        shown = heard[other[0] : min(other[1], other[0] + 2 * WINDOW)]
        found.append(Stretch(first, int(sums[first]), " ".join(said[first:last]), " ".join(shown)))
        sums[max(0, first - WINDOW + 1) : max(last, first + 1)] = 0
    return tuple(found)


def _place(runs: list[_Run], borders: list[int], position: int) -> int:
    """Where in the other text word ``position`` of the reference is, or would be."""
    run = runs[bisect_left(borders, position + 1) - 1]
    return min(run.other + position - run.first, run.other_last)
