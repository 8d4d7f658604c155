"""The signs of a bad transcript, each measured for the whole and for every segment, as a load: 1 is too much.

A short text gets the benefit of the doubt: what is measured on few words counts with two standard errors in its
favour. Knows nothing of verdicts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from heapq import nlargest

import numpy as np
from numpy.typing import NDArray

from connector.transcripts.quality.invented import invented
from connector.transcripts.quality.speech_language import Languages
from connector.transcripts.quality.timing import Times, coverage, overlap, rates
from connector.transcripts.quality.wording import Words
from connector.transcripts.timecode_text import clock_text
from connector.transcripts.transcript import Cue, Segment
from indexer.languages import name_of

Array = NDArray[np.float64]

ERRORS = 2.0  # standard errors in favour of a text
_FITTING = 1.6  # nats: how well words follow each other in well transcribed talks
_SPREAD = 1.8  # nats: the deviation of a single pair, damaged or not
_EXAMPLES = 3
_MOST = 0.5  # of a segment: so much in a loop, and it is one
_PERHAPS = 0.7  # the load of a segment that is a stock line: somebody may have said it
_FEWEST = 3  # words known to nobody; one or two are a name
_FAST_SHARE = 0.3  # of the text that is too fast to have been spoken
_CROWD = 4.0  # voices at once, on average
_TWO_VOICES = 2.0  # what talking across each other, or a channel for each speaker, comes to at most
_FEWEST_CUES = 10


@dataclass(frozen=True, slots=True)
class Sign:
    """One measurement: ``score`` as it is told, its ``load`` (0 is none, 1 as much as is allowed) and what gives the
    reason in plain words; ``loads`` (S,) and ``doubt`` the same for each segment, empty where it says nothing of them.
    """

    name: str
    score: float
    load: float
    reason: Callable[[], str]
    loads: Array = field(default_factory=lambda: np.zeros(0))
    doubt: Callable[[int], str] = str


def at_least(share: Array, count: Array) -> Array:
    """The least that a share seen in ``count`` words may be in truth (Wilson's interval, two standard errors)."""
    count = np.maximum(count, 1e-9)
    square = ERRORS * ERRORS
    middle = share + square / (2 * count)
    reach = ERRORS * np.sqrt(np.maximum(share * (1 - share), 0) / count + square / (4 * count * count))
    return np.maximum((middle - reach) / (1 + square / count), 0.0)


def repetition(words: Words, loops: NDArray[np.bool_], segments: Sequence[Segment], limit: float) -> Sign:
    """The share of words that repeat what was just said."""
    again = words.per_text(loops)
    score = float(loops.mean()) if len(loops) else 0.0

    def reason() -> str:
        first = int(np.argmax(loops))
        phrase = " ".join(words.distinct[number] for number in words.ids[first : first + _EXAMPLES])
        since = clock_text(segments[int(words.at[first])].start)
        return f"{_percent(score)} of it says the same words over and over (“{phrase} …”), from {since}"

    return Sign(
        "repetition",
        score,
        _surely(score, len(loops)) / _positive(limit),
        reason,
        # No benefit of the doubt: a loop has eight words or more by itself.
        again / np.maximum(words.lengths(), 1) / _MOST,
        lambda _: "it says the same words over and over",
    )


def unknown(words: Words, strange: NDArray[np.bool_], english: NDArray[np.bool_], limit: float) -> Sign:
    """The share of words that neither English nor the archive knows, in the segments that are English (S,)."""
    judged = english[words.at]
    strange = strange & judged
    lengths, found = words.per_text(judged), words.per_text(strange)
    total = int(judged.sum())
    score = float(strange.sum()) / max(1, total)
    load = _surely(score, total) / _positive(limit) if strange.sum() >= _FEWEST else 0.0
    loads = np.where(found >= _FEWEST, at_least(found / np.maximum(lengths, 1), lengths) / _positive(limit), 0.0)

    def told(which: NDArray[np.int64]) -> str:
        return f"neither English nor known in this archive, e.g. {', '.join(_longest(words, which))}"

    def doubt(position: int) -> str:
        first, last = np.searchsorted(words.at, (position, position + 1)).tolist()
        return f"its words are {told(np.flatnonzero(strange[first:last]) + first)}"

    return Sign(
        "unknown_words",
        score,
        load,
        lambda: f"{_percent(score)} of its words are {told(np.flatnonzero(strange))}",
        loads,
        doubt,
    )


def order(words: Words, fits: Array, english: NDArray[np.bool_], limit: float) -> Sign | None:
    """How well the words follow each other, in nats, in the segments that are English."""
    judged = ~np.isnan(fits) & english[words.at]
    count = float(judged.sum())
    if not count:
        return None
    values = np.where(judged, fits, 0.0)
    score = float(values.sum()) / count
    counts = words.per_text(judged)
    means = words.per_text(values) / np.maximum(counts, 1)

    def loads(mean: Array, of: Array) -> Array:
        favoured = mean + ERRORS * _SPREAD / np.sqrt(np.maximum(of, 1e-9))
        return np.maximum(0.0, (_FITTING - favoured) / _positive(_FITTING - limit))

    def reason() -> str:
        pairs = ", ".join(_worst_pairs(words, np.where(judged, fits, np.inf)))
        return f"its words do not follow each other as English words do, e.g. {pairs}"

    return Sign(
        "word_order",
        score,
        float(loads(np.array([score]), np.array([count]))[0]),
        reason,
        loads(means, counts),
        lambda _: "its words do not follow each other as English words do",
    )


def foreign(found: Languages, expected: Collection[str], declared: str | None, limit: float) -> Sign:
    """The share of text in a language that is not expected, or is not the one it is declared to be in."""
    unexpected = found.strangers(expected) if expected else {}
    undeclared = found.strangers([declared]) if declared else {}
    if declared and sum(undeclared.values()) > sum(unexpected.values()):
        strangers, wanted = undeclared, f"the {name_of(declared)} it is said to be in"
    else:
        strangers, wanted = unexpected, " or ".join(map(name_of, expected))
    score = min(1.0, sum(strangers.values()))
    looks = name_of(next(iter(strangers), ""))
    subject = "this" if score >= 0.5 else f"{_percent(score)} of it"
    return Sign(
        "foreign",
        score,
        score / _positive(limit),
        lambda: f"{subject} looks {looks}, not {wanted}",
        np.array([float(code in strangers) for code in found.codes]) / _positive(limit),
        lambda position: f"this looks {name_of(found.codes[position])}, not {wanted}",
    )


def silence(cues: Sequence[Cue], segments: Sequence[Segment], of_cues: NDArray[np.int64], limit: float) -> Sign:
    """The share of cues that recognisers invent where nobody speaks; ``of_cues`` (C,) says each cue's segment."""
    found = invented(cues)
    score = len(found) / max(1, len(cues))
    characters = np.zeros(len(segments))
    for position in found:
        characters[of_cues[position]] += len(cues[position].text)
    lengths = np.array([len(segment.text) for segment in segments], float)

    def reason() -> str:
        line, times = Counter(cues[position].text for position in found).most_common(1)[0]
        return (
            f"{_percent(score)} of its lines are what recognisers invent over silence, {times} times “{_cut(line)}”, "
            f"from {clock_text(cues[found[0]].start)}"
        )

    return Sign(
        "invented",
        score,
        _surely(score, len(cues)) / _positive(limit),
        reason,
        characters / np.maximum(lengths, 1) * _PERHAPS,
        lambda _: "perhaps invented over silence: nobody may have spoken",
    )


def speed(
    times: Times,
    of_cues: NDArray[np.int64],
    count: int,
    characters_a_second: float | None,
    words_a_second: float | None,
) -> Sign | None:
    """The share of text that comes faster than anybody speaks, by the one limit or the other."""
    units = (
        (times.characters, characters_a_second, "characters"),
        (times.words, words_a_second, "words"),
    )
    measured = [(rates(times, amounts), limit, unit) for amounts, limit, unit in units if limit is not None]
    known = ~np.isnan(measured[0][0]) if measured else np.zeros(0, bool)
    characters = float(times.characters[known].sum()) if measured else 0.0
    if not characters:
        return None
    fast = np.logical_or.reduce([rate > limit for rate, limit, _ in measured])  # never where a rate is not known
    score = float(times.characters[fast].sum()) / characters
    too_fast = np.bincount(of_cues, np.where(fast, times.characters, 0.0), count).astype(np.float64)
    loads = too_fast / np.maximum(np.bincount(of_cues, times.characters, count), 1)

    def reason() -> str:
        rate, _, unit = max(measured, key=lambda each: float(np.nanmax(each[0])) / each[1])
        fastest = int(np.nanargmax(rate))
        return (
            f"{_percent(score)} of it comes faster than anybody speaks, up to {rate[fastest]:.0f} {unit} a "
            f"second, at {clock_text(float(times.starts[fastest]))}"
        )

    return Sign("too_fast", score, score / _FAST_SHARE, reason, loads, lambda _: "faster than anybody speaks")


def emptiness(times: Times, limit: float) -> Sign | None:
    """How little of the time from first to last word anything is said in: ``limit`` is the least share; twice as much
    is nothing to wonder at.
    """
    score = coverage(times)
    if score is None:
        return None
    told = f"something is said in only {_percent(score)} of its time"
    return Sign("coverage", score, max(0.0, 2 - score / _positive(limit)), lambda: told)


def times_astray(times: Times, score: float, limit: float) -> Sign:
    """``score`` is the share of lines that were out of order in the file; many that run at once count as well."""
    crowd = overlap(times)
    back = score / _positive(limit)
    across = (crowd - 1) / (_CROWD - 1) if crowd >= _TWO_VOICES and len(times.starts) >= _FEWEST_CUES else 0.0
    if across > back:
        return Sign("out_of_order", score, across, lambda: f"its lines overlap, {crowd:.1f} at once where any is said")
    return Sign("out_of_order", score, back, lambda: f"{_percent(score)} of its lines run back in time")


def confidence(cues: Sequence[Cue], of_cues: NDArray[np.int64], count: int, limit: float) -> Sign | None:
    """How sure the recogniser was, by characters, where the format tells."""
    if all(cue.confidence is None for cue in cues):
        return None
    values = np.array([np.nan if cue.confidence is None else cue.confidence for cue in cues], float)
    weights = np.array([len(cue.text) for cue in cues], float)
    known = np.isfinite(values)
    if not weights[known].sum():
        return None
    values, weights, at = np.clip(values[known], 0, 1), weights[known], of_cues[known]
    score = float((values * weights).sum() / weights.sum())
    total = np.bincount(at, weights, count)
    means = np.where(total > 0, np.bincount(at, values * weights, count) / np.maximum(total, 1e-9), 1.0)
    return Sign(
        "confidence",
        score,
        (1 - score) / _positive(1 - limit),
        lambda: f"its recogniser was sure of only {_percent(score)} of it",
        (1 - means) / _positive(1 - limit),
        lambda position: f"its recogniser was sure of only {_percent(float(means[position]))} of it",
    )


def _surely(share: float, count: int) -> float:
    return float(at_least(np.array([share]), np.array([float(count)]))[0])


def _positive(limit: float) -> float:
    """A limit that can be divided by: one of nothing allows nothing."""
    return max(limit, 1e-6)


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _cut(line: str) -> str:
    return line if len(line) <= 60 else line[:57] + "…"


def _longest(words: Words, which: NDArray[np.int64]) -> list[str]:
    """The longest few of the words at some places, as examples."""
    found = dict.fromkeys(words.ids[which].tolist())
    return [_cut(word) for word in nlargest(_EXAMPLES, (words.distinct[number] for number in found), key=len)]


def _worst_pairs(words: Words, fits: Array) -> list[str]:
    """The few pairs of words that fit least, each once."""
    worst = np.argsort(fits, kind="stable")[: 10 * _EXAMPLES].tolist()
    pairs = [
        f"“{words.distinct[words.ids[at - 1]]} {words.distinct[words.ids[at]]}”"
        for at in worst
        if at and np.isfinite(fits[at])
    ]
    return list(dict.fromkeys(pairs))[:_EXAMPLES]
