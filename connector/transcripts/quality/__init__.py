"""The quality gate: whether a transcript is published or held for a person to look at, and why.

Pure: what the archive knows is asked of a function. The signs are in ``signs.py``; here they become a verdict. Knows
nothing of configuration, ledgers or models.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from connector.transcripts.clean.sound_marks import without_sounds
from connector.transcripts.quality import signs
from connector.transcripts.quality.signs import Sign
from connector.transcripts.quality.speech_language import Languages, languages
from connector.transcripts.quality.timing import times_of
from connector.transcripts.quality.wording import Words, following, looped, numbers_in_list, unfamiliar, words_of
from connector.transcripts.segment import segment
from connector.transcripts.transcript import Cue, Segment
from indexer.languages import code_of

Verdict = Literal["accepted", "held"]
Grade = Literal["high", "medium", "low"]

HELD = 0.5  # suspicion; one sign at its limit has it, as have several that come near together
DOUBTED = 0.25  # suspicion from which a transcript or a segment is of medium grade
TOGETHER = 1.5  # the power of a load: small signs add up to less than a great one
MUCH = 0.2  # of the text in doubtful segments, or in those not judged, makes a transcript of medium grade
FEWEST_WORDS = 50  # of a transcript that is held for whatever it may be: fewer tell too little of the rest
_ENOUGH_FOR = {"foreign": 0, "repetition": 20}  # words, where one sign alone holds it: a loop is plain after a few
TOLD = 0.5  # load from which a sign is a reason
_NO_SPEECH = "nothing is said in it: its lines are only marks of sounds and pauses, such as [Music]"
_NOT_JUDGED = "its words were not judged: the word list is English only"
_MOSTLY = 0.5  # share of words in English from which their signs count in full for the whole
_ENGLISH = 0.5  # share of words in the English list from which a text in no sure language is taken for English


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where each sign alone holds a transcript; ``None`` leaves a sign out."""

    unknown_words: float | None = 0.07  # share of words neither English nor in the archive
    word_order: float | None = 1.0  # nats by which neighbours go together; 1.2 to 1.8 in good talks, 0 in a heap
    repetition: float | None = 0.1  # share of words in a loop
    invented: float | None = 0.2  # share of cues invented over silence
    foreign: float | None = 0.15  # share in a language not expected
    characters_a_second: float | None = 45.0  # faster than speech
    words_a_second: float | None = 8.0  # likewise
    coverage: float | None = 0.1  # least share of the time from first to last word in which anything is said
    out_of_order: float | None = 0.3  # share of lines whose times run back in the file
    confidence: float | None = 0.5  # the recogniser's own, mean


class Doubt(NamedTuple):
    """A stretch that is not to be trusted, in seconds, and why."""

    start: float
    end: float
    grade: Grade
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the gate says of a transcript.

    ``scores`` are JSON-able: every sign as measured, ``suspicion`` from 0 to 1, and ``words``. ``reasons`` are
    clauses for a person, the weightiest first; an accepted transcript may have some too. The high grade is for what
    was looked at and found good: what has no speech, or none of which the words could be judged, is accepted with the
    medium one, and told why.
    ``language`` is the code of what most of it is in, None where that is undecided; ``unlisted`` are the words of its
    English parts that the list of English does not have.
    """

    verdict: Verdict
    grade: Grade
    scores: dict[str, float]
    reasons: tuple[str, ...]
    doubts: tuple[Doubt, ...]
    language: str | None
    unlisted: frozenset[str] = frozenset()


def assess(
    cues: Sequence[Cue],
    *,
    language: str | None = None,
    expected: Sequence[str] = (),
    archive_knows: Callable[[set[str]], set[str]] = lambda _: set(),
    thresholds: Thresholds = Thresholds(),
    run_back: float = 0.0,
) -> Judgement:
    """Judges a transcript by its cleaned ``cues``, which are in order of time.

    ``language`` is the declared one and ``expected`` those the house speaks, empty for any; both in any spelling
    ``language.code_of`` reads, others are ignored. ``archive_knows`` returns those of some words, in lower case, that
    other accepted transcripts have. ``run_back`` is the share of lines that were out of order in the file.
    """
    segments = segment(cues)
    texts = [each.text for each in segments]
    if not any(map(_says_something, texts)):
        silent = tuple(doubt for _, doubt in _stretches(np.ones(len(texts), bool), segments, _NO_SPEECH))
        return Judgement("accepted", "medium", {"suspicion": 0.0, "words": 0.0}, (_NO_SPEECH,), silent, None)
    words = words_of(texts)
    numbers = numbers_in_list(words)
    in_list = numbers >= 0
    found = languages(texts, words.per_text(in_list) / np.maximum(words.lengths(), 1))
    times = times_of(cues)
    limits, of_cues = thresholds, _segments_of(cues, segments)
    loops = looped(words)
    wanted = _codes(expected)
    declared = code_of(language) if language else None
    every: list[Sign | None] = []
    if limits.foreign is not None:
        every.append(signs.foreign(found, wanted, declared, limits.foreign))
    if limits.repetition is not None:
        every.append(signs.repetition(words, loops, segments, limits.repetition))
    if limits.invented is not None:
        every.append(signs.silence(cues, segments, of_cues, limits.invented))
    english = _english(found, in_list)
    if english.any():
        every += _wording(cues, words, numbers, loops, english, archive_knows, limits)
    every.append(signs.speed(times, of_cues, len(segments), limits.characters_a_second, limits.words_a_second))
    if limits.coverage is not None:
        every.append(signs.emptiness(times, limits.coverage))
    if limits.out_of_order is not None:
        every.append(signs.times_astray(times, run_back, limits.out_of_order))
    if limits.confidence is not None:
        every.append(signs.confidence(cues, of_cues, len(segments), limits.confidence))
    measured = sorted((sign for sign in every if sign is not None), key=lambda sign: -sign.load)
    scores = {sign.name: round(float(sign.score), 4) for sign in measured}
    scores["words"] = float(len(words.ids))
    unlisted = frozenset(
        words.distinct[number] for number in np.unique(words.ids[~in_list & english[words.at]]).tolist()
    )
    by_words = limits.unknown_words is not None or limits.word_order is not None
    unjudged = ~english & (words.lengths() > 0) & by_words
    return replace(_judged(measured, scores, segments, unjudged, found.main), unlisted=unlisted)


def _wording(
    cues: Sequence[Cue],
    words: Words,
    numbers: NDArray[np.int64],
    loops: NDArray[np.bool_],
    english: NDArray[np.bool_],
    archive_knows: Callable[[set[str]], set[str]],
    limits: Thresholds,
) -> list[Sign | None]:
    """The signs that need a word list, over the segments that are ``english`` (S,).

    The fewer of the words those hold, the less they tell of the whole: a lecture in Chinese that reads out a line of
    a program is no bad transcript.
    """
    found: list[Sign | None] = []
    if limits.unknown_words is not None:
        names = set(words_of(sorted({cue.speaker for cue in cues if cue.speaker})).distinct)
        strange = unfamiliar(words, numbers >= 0, names, archive_knows)
        found.append(signs.unknown(words, strange, english, limits.unknown_words))
    if limits.word_order is not None:
        found.append(signs.order(words, following(words, numbers, loops), english, limits.word_order))
    weight = min(1.0, float(english[words.at].mean()) / _MOSTLY) if len(words.at) else 0.0
    return [sign and replace(sign, load=sign.load * weight) for sign in found]


def _judged(
    measured: Sequence[Sign],
    scores: dict[str, float],
    segments: Sequence[Segment],
    unjudged: NDArray[np.bool_],
    language: str | None,
) -> Judgement:
    """The verdict of the signs, the heaviest first; ``unjudged`` (S,) says of which segments no sign read the words.

    What was not judged is not suspect: it makes the grade medium and never holds. Of what is held for something else
    only that is told.
    """
    suspicion = float(_suspicion(np.array([sign.load for sign in measured]).reshape(-1, 1))[0])
    scores["suspicion"] = round(suspicion, 4)
    enough = any(sign.load >= 1 and scores["words"] >= _ENOUGH_FOR.get(sign.name, FEWEST_WORDS) for sign in measured)
    held = suspicion >= HELD and (enough or scores["words"] >= FEWEST_WORDS)
    reasons = [sign.reason() for sign in measured if sign.load >= TOLD]
    if held and not reasons:
        reasons = [sign.reason() for sign in measured[:1]]
    doubts = _doubts([sign for sign in measured if len(sign.loads)], segments)
    doubtful = np.zeros(len(segments), bool)
    doubtful[[position for position, _ in doubts]] = True
    sizes = np.array([len(each.text) for each in segments])
    much = sizes[doubtful | unjudged].sum() > MUCH * sizes.sum()
    if not held:
        doubts = sorted([*doubts, *_stretches(unjudged & ~doubtful, segments, _NOT_JUDGED)])
        if sizes[unjudged].sum() > MUCH * sizes.sum():
            reasons.append(_NOT_JUDGED)
    grade: Grade = "low" if held else "medium" if suspicion >= DOUBTED or much else "high"
    return Judgement(
        "held" if held else "accepted", grade, scores, tuple(reasons), tuple(doubt for _, doubt in doubts), language
    )


def _doubts(measured: Sequence[Sign], segments: Sequence[Segment]) -> list[tuple[int, Doubt]]:
    """The segments that are not to be trusted, by position."""
    if not measured:
        return []
    loads = np.array([sign.loads for sign in measured])
    suspicion = _suspicion(loads)
    weightiest = loads.argmax(axis=0)
    return [
        (
            position,
            Doubt(
                segments[position].start,
                segments[position].end,
                "low" if suspicion[position] >= HELD else "medium",
                measured[int(weightiest[position])].doubt(position),
            ),
        )
        for position in np.flatnonzero(suspicion >= DOUBTED).tolist()
    ]


def _stretches(which: NDArray[np.bool_], segments: Sequence[Segment], reason: str) -> list[tuple[int, Doubt]]:
    """The segments of ``which`` (S,) as doubts of medium grade, those in a row as one, by position of the first.

    Where times stand still a new one begins: the start of every segment lies within its doubt.
    """
    found: list[tuple[int, Doubt]] = []
    last = -1
    for position in np.flatnonzero(which).tolist():
        start, end = segments[position].start, segments[position].end
        if found and position == last + 1 and start < max(end, found[-1][1].end):
            first, doubt = found[-1]
            found[-1] = (first, doubt._replace(end=max(end, doubt.end)))
        else:
            found.append((position, Doubt(start, end, "medium", reason)))
        last = position
    return found


def _says_something(text: str) -> bool:
    """Whether anything in a text may have been spoken; marks of sounds are not, also where cleaning left them."""
    return any(map(str.isalnum, without_sounds(text)))


def _suspicion(loads: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 0 to 1 for the loads (signs, texts): half where one is at its limit, or several together come to as much."""
    total = (np.maximum(loads, 0.0) ** TOGETHER).sum(axis=0)
    suspicion: NDArray[np.float64] = 1.0 - 0.5 ** np.minimum(total, 50.0)
    return suspicion


def _english(found: Languages, in_list: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which segments (S,) the word list may judge: those in English, and the undecided ones of a text that is."""
    main = found.main
    if main is None and len(in_list) and in_list.mean() >= _ENGLISH:
        main = "en"
    return np.array([code == "en" or (not code and main == "en") for code in found.codes])


def _segments_of(cues: Sequence[Cue], segments: Sequence[Segment]) -> NDArray[np.int64]:
    """For each cue (C,) the position of the segment it is in, by their starts."""
    starts = np.maximum.accumulate([each.start for each in segments])
    at = np.searchsorted(starts, [cue.start for cue in cues], side="right") - 1
    return np.clip(at, 0, len(segments) - 1).astype(np.int64)


def _codes(expected: Collection[str]) -> list[str]:
    return list(dict.fromkeys(code for code in map(code_of, expected) if code))
