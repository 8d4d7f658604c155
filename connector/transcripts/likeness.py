"""Are two transcripts of one recording? Mostly the same words at the same times, whatever the files are called.

A script that is spoken again is another recording: two takes share nearly all words, and drift apart by a few seconds.
So the words are not enough, nor that each is said at about the same time: how much later the one is must stay the same.

``same_recording`` compares two transcripts word by word, of which ``transcripts.sketch`` finds those that are worth it.
And ``with_speakers_of`` gives a version that names nobody the speakers of the other. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from connector.transcripts.sketch import MIN_WORDS, RUN, Hashes, codes_of, runs_of, words_in
from connector.transcripts.transcript import Cue

MOSTLY = 0.3  # share of the shorter one's runs that the longer has at that time: three words in four are the same
SURELY = 0.8  # the same of a transcript of hardly any words, where some may agree by chance
ENOUGH = 100  # runs from which MOSTLY suffices
QUARTERS = 4
THIN = 0.3  # so much of the share that is needed of the whole each quarter has at least
LONGER = 1.5  # times as many words are another recording, or the same one with a translation between the lines
SLACK = 3.0  # seconds by which two programs may time a word differently
MAX_SHIFT = 30.0  # seconds by which one export as a whole may lie before the other
VERBATIM = 0.97  # share of the longer one's runs that the other has, where they are word for word the same

# How steady the lateness is. Measured on real files: exports of one recording differ by up to 0.66 of what is allowed
# here, takes of one script by 1.48 and more (tests/transcripts/test_likeness.py).
STEADY = 0.8  # seconds by which the lateness of two quarters differs where each is known exactly
PAUSES = 0.5  # a word's time is unsure by so much, times the root of its seconds from both of its cue's ends
SUREST = 0.3  # seconds; surer than that no word's time is
PAIRS = 8  # runs that both say once, of which at least so many tell how steady the lateness is
_RATES = (1.0, 1.001, 1 / 1.001)  # 30 frames a second taken for 29.97, or the other way round
_SPEEDS = tuple(rate for speed in (25 / 24, 25.025 / 24, 30 / 25.025, 30 / 25) for rate in (speed, 1 / speed))
EXACTLY = 0.5  # at another speed, so much of what else is allowed: two takes may drift as steadily as film does
_SAME_PACE = 0.004  # seconds by which times estimated from characters differ from that, for they are rounded

Seconds = NDArray[np.float64]


def same_recording(some: Sequence[Cue], others: Sequence[Cue]) -> bool:
    """Whether most of the shorter one's words stand in the other at the same time, judged by its runs of four words.

    A word's time is taken in proportion to the words before it in its cue, so it is as sure as its cue is short; one
    export may lie up to 30 seconds before the other as a whole, and, where it says every word, run at another speed of
    film. Neither a piece of a long recording is the same nor a talk that only begins with the same words: every quarter
    of the longer one must have its share; nor one that is spoken again: every quarter must be as late as the others.
    Where a file's own times are estimates (Google Meet's), that cannot be told, and every word must be the same.
    """
    shorter, longer = sorted((_Timed(some), _Timed(others)), key=len)
    if len(shorter) < MIN_WORDS or LONGER * len(shorter) < len(longer):
        return False
    pairs = _said_once(shorter, longer)
    if len(pairs) < PAIRS:
        return False
    if any(_unsteadiness(shorter, longer, pairs, rate) <= 1.0 for rate in _RATES):
        return _are_together(shorter, longer)
    if np.isin(longer.runs, shorter.runs).mean() < VERBATIM:
        return False
    if shorter.estimated or longer.estimated:
        return _are_together(shorter, longer)
    at_speed = (rate for rate in _SPEEDS if _unsteadiness(shorter, longer, pairs, rate) <= EXACTLY)
    return any(_are_together(shorter.at(rate), longer) for rate in at_speed)


def unsteadiness_of(some: Sequence[Cue], others: Sequence[Cue]) -> float | None:
    """By how much the two drift apart, 1 being the most that exports of one recording may; None with too few words."""
    shorter, longer = sorted((_Timed(some), _Timed(others)), key=len)
    pairs = _said_once(shorter, longer)
    return min(_unsteadiness(shorter, longer, pairs, rate) for rate in _RATES) if len(pairs) >= PAIRS else None


def with_speakers_of(cues: Sequence[Cue], earlier: Sequence[Cue]) -> Sequence[Cue]:
    """``cues``, which name nobody, each with the speaker of ``earlier`` whom most of its time belongs to there.

    ``cues`` themselves where the two are not mostly the same words, or ``earlier`` names nobody either. However much
    later the one is as a whole (another ``offset``), times are compared as if it were not. Both are in order of time.
    What got its speakers so gets the same ones again from itself: to read a file anew changes nothing.
    """
    if any(cue.speaker for cue in cues) or not any(cue.speaker for cue in earlier):
        return cues
    if [cue._replace(speaker=None) for cue in earlier] == list(cues):
        return earlier
    shift = _lateness(cues, earlier)
    return cues if shift is None else _named_by_time(cues, earlier, shift)


def _named_by_time(cues: Sequence[Cue], earlier: Sequence[Cue], shift: float) -> tuple[Cue, ...]:
    named, near, ahead = [], list[Cue](), 0
    for cue in cues:
        start, end = cue.start + shift, cue.end + shift
        while ahead < len(earlier) and earlier[ahead].start <= end:
            near.append(earlier[ahead])
            ahead += 1
        near = [one for one in near if one.end >= start]
        seconds: dict[str | None, float] = {}
        for one in near:
            if (common := min(end, one.end) - max(start, one.start)) >= 0:
                seconds[one.speaker] = seconds.get(one.speaker, 0.0) + common
        named.append(cue._replace(speaker=max(seconds, key=seconds.__getitem__, default=None)))
    return tuple(named)


def _lateness(some: Sequence[Cue], others: Sequence[Cue]) -> float | None:
    """By how many seconds ``others`` say later what ``some`` say; None where they are not mostly the same words."""
    first, second = _Timed(some), _Timed(others)
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) < MIN_WORDS or 2 * len(shorter) < len(longer):
        return None
    shift = _shift(shorter, longer)
    if shift is None:
        return None
    return shift if shorter is first else -shift


def share_words(some: Sequence[Cue], others: Sequence[Cue]) -> bool:
    """Whether two readings may be of one recording: a tenth of the shorter one's three-word runs are in the other."""
    first, second = _word_runs(some), _word_runs(others)
    return len(first & second) * 10 >= min(len(first), len(second))


def _word_runs(cues: Sequence[Cue]) -> set[int]:
    codes = codes_of(words_in(" ".join([cue.text for cue in cues])))
    return set(runs_of(codes, min(3, max(1, len(codes)))).tolist())


class _Timed:
    """The runs of words of a transcript, sorted by hash and time: hash, time and slack of each, in seconds.

    ``unsure`` is by how much a run's time may be wrong because the pauses in its cue are not known. They come as they
    please, so it grows with the root of the time to either end of the cue, as a random walk between two known points.
    """

    def __init__(self, cues: Sequence[Cue]) -> None:
        words: list[bytes] = []
        counts = []
        for cue in cues:
            found = words_in(cue.text)
            words += found
            counts.append(len(found))
        spread = np.repeat(np.arange(len(counts)), counts)
        ordinal = np.arange(len(words)) - np.repeat(np.cumsum([0, *counts[:-1]]), counts) if counts else spread
        starts = np.array([cue.start for cue in cues])[spread]
        lengths = np.array([cue.end - cue.start for cue in cues])[spread]
        passed = ordinal / np.maximum(np.array(counts)[spread], 1)
        unsure = PAUSES * np.sqrt(passed * (1.0 - passed) * np.maximum(lengths, 0.0))
        runs = runs_of(codes_of(words), RUN)
        times, slack = (starts + lengths * passed)[: len(runs)], SLACK + lengths[: len(runs)] / 2
        order = np.lexsort((times, runs))
        self.runs: Hashes = runs[order]
        self.times: Seconds = times[order]
        self.slack: Seconds = slack[order]
        self.unsure: Seconds = unsure[: len(runs)][order]
        self.estimated = _are_estimates(cues)

    def __len__(self) -> int:
        return len(self.runs)

    def at(self, rate: float) -> _Timed:
        """The same with every time so many times as late."""
        other = copy(self)
        other.times = self.times * rate
        return other


def _are_estimates(cues: Sequence[Cue]) -> bool:
    """Whether most cues last as long, by their characters, as the one before: then nobody knows their times.

    A Google Meet transcript has a time every few minutes; its reader shares that time out (``turns.spread``).
    """
    same = 0
    for one, two in pairwise(cues):
        named = [len(cue.text) + (len(cue.speaker) + 2 if cue.speaker else 0) for cue in (one, two)]
        for before, after in ((len(one.text), len(two.text)), named):
            expected = (one.end - one.start) * after / max(before, 1)
            missed = abs(two.end - two.start - expected)
            if expected > 0.0 and missed <= _SAME_PACE * max(1.0, after / max(before, 1)):
                same += 1
                break
    return 2 * same > len(cues)


def _are_together(shorter: _Timed, longer: _Timed) -> bool:
    shift = _shift(shorter, longer)
    return shift is not None and abs(shift) <= MAX_SHIFT


def _shift(shorter: _Timed, longer: _Timed) -> float | None:
    """How much later the longer one says what both say; None where it does not say most of it then, and everywhere."""
    pairs = _said_once(shorter, longer)
    if not len(pairs):
        return None
    shift = float(np.median(longer.times[pairs[:, 1]] - shorter.times[pairs[:, 0]]))
    needed = MOSTLY + (SURELY - MOSTLY) * max(0.0, 1.0 - len(shorter) / ENOUGH)
    matched = _matched(shorter, longer, shift)
    if len(matched) < needed * len(shorter) or not _is_spread(matched, longer, needed):
        return None
    return shift


def _said_once(shorter: _Timed, longer: _Timed) -> NDArray[np.intp]:
    """Where the runs stand that each of the two says once; (runs, 2), in order of the shorter one's time."""
    once, at, counts = np.unique(shorter.runs, return_index=True, return_counts=True)
    other, other_at, other_counts = np.unique(longer.runs, return_index=True, return_counts=True)
    once, at = once[counts == 1], at[counts == 1]
    other, other_at = other[other_counts == 1], other_at[other_counts == 1]
    _, mine, theirs = np.intersect1d(once, other, assume_unique=True, return_indices=True)
    found = np.stack((at[mine], other_at[theirs]), axis=1)
    return found[np.argsort(shorter.times[found[:, 0]], kind="stable")]


def _unsteadiness(shorter: _Timed, longer: _Timed, pairs: NDArray[np.intp], rate: float) -> float:
    """How much the lateness of a quarter differs from another's, in parts of what is allowed, at ``rate``.

    A quarter's lateness is the median of its runs', each of which weighs by how surely its time is known: a run at the
    beginning of a cue, which is where the file says the time, a thousand times as much as one in a paragraph's middle.
    """
    late = longer.times[pairs[:, 1]] - rate * shorter.times[pairs[:, 0]]
    unsure = np.hypot(shorter.unsure[pairs[:, 0]], longer.unsure[pairs[:, 1]])
    lateness, doubts = [], []
    for quarter in np.array_split(np.arange(len(pairs)), QUARTERS):
        weights = (SUREST + unsure[quarter]) ** -4
        lateness.append(_weighted_median(late[quarter], weights))
        doubts.append(_weighted_median(unsure[quarter], weights))
    return (max(lateness) - min(lateness)) / (STEADY + max(doubts))


def _weighted_median(values: Seconds, weights: Seconds) -> float:
    order = np.argsort(values, kind="stable")
    sums = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(sums, sums[-1] / 2)])


def _matched(shorter: _Timed, longer: _Timed, shift: float) -> Seconds:
    """The times, in ``longer``, of the runs of ``shorter`` that it has at their time, give or take both one's slack."""
    begin = np.searchsorted(longer.runs, shorter.runs, "left")
    end = np.searchsorted(longer.runs, shorter.runs, "right")
    found = []
    for first, last, time, slack in zip(
        begin.tolist(), end.tolist(), (shorter.times + shift).tolist(), shorter.slack.tolist(), strict=True
    ):
        if first == last:
            continue
        near = int(np.searchsorted(longer.times[first:last], time)) + first
        if any(
            abs(longer.times[place] - time) <= slack + longer.slack[place]
            for place in (near - 1, near)
            if first <= place < last
        ):
            found.append(time)
    return np.array(found)


def _is_spread(matched: Seconds, longer: _Timed, needed: float) -> bool:
    """Whether every quarter of the longer one's words has matches: two talks may open with the same words."""
    borders = np.quantile(longer.times, [0.25, 0.5, 0.75])
    quarters = np.bincount(np.searchsorted(borders, matched), minlength=QUARTERS)
    return bool((quarters >= needed * THIN * len(longer) / QUARTERS).all())
