"""What a language model thinks of a transcript, in bits a character, and how that joins what the other signs say.

The signs look at words, one or two at a time, and a word that is said often passes for a term of the talk. A character
model also hears what words do not show: numbers for words, the same word misread every time, one word for another in
the middle of a sentence. Pure: the model is a function. Knows nothing of ledgers, of torch, or of which model it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from operator import itemgetter
from typing import Any

import numpy as np

from connector.transcripts.quality import DOUBTED, HELD, MUCH, TOGETHER, TOLD, Doubt
from connector.transcripts.quality.signs import ERRORS
from connector.transcripts.quality.speech_language import languages
from connector.transcripts.quality.wording import numbers_in_list, words_of
from connector.transcripts.segment import segment
from connector.transcripts.transcript import Cue, Segment

LANGUAGE = "en"  # the one the model has read
FEWEST_WORDS = 200  # of a transcript the model is asked about: in fewer, one name or one quotation decides
SHORTEST = 64  # characters of a segment it is asked about; "Yeah. Okay." costs more a character than talks do
READ = 128  # characters read of a segment: they tell of a talk what all would, in a third of the time
LIMIT = 3.0  # bits a character that hold a transcript: above other registers (licences have 2.3 to 2.7), below verse
LIKELY = 1.9  # bits a character in the middle one of clean talks that the model has not read; 1.73 to 2.23 in all 164
_FEWEST_READ = 4 * READ  # characters in all
_SPREAD = 3.4  # bits times the root of the characters read: how far a clean segment is from the mean
_MOSTLY = 0.5  # share of the text it was asked about from which the finding counts in full for the whole
_SCORE = "bits_a_character"

Bits = Callable[[Sequence[str]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the model thinks of a transcript.

    ``bits`` a character on average, None where too little is said in its language to tell; ``load`` as a sign's: 1
    alone holds a transcript; ``unlike`` the share of text in the segments of ``doubts``.
    """

    bits: float | None = None
    load: float = 0.0
    unlike: float = 0.0
    doubts: tuple[Doubt, ...] = ()


def weigh(cues: Sequence[Cue], bits: Bits, limit: float = LIMIT) -> Weighed:
    """Asks the model about a transcript's cleaned ``cues``, a segment a text.

    ``bits`` gives the bits a character of texts, of which it reads some ``READ`` characters; ``limit`` is where they
    hold a transcript. Only segments in the model's language are asked about: what is in another is for the sign that
    knows languages. A short text gets the benefit of the doubt, as with the other signs.
    """
    segments = segment(cues)
    asked = _asked(segments)
    sizes = np.array([len(each.text) for each in asked], float)
    read = np.minimum(sizes, READ)
    if read.sum() < _FEWEST_READ:
        return Weighed()
    found = np.array(bits([each.text for each in asked]), float)
    mean = float(np.average(found, weights=sizes))
    share = float(sizes.sum()) / sum(len(each.text) for each in segments)
    suspicions = np.array([_joined(0.0, _load(*of, limit)) for of in zip(found.tolist(), read.tolist(), strict=True)])
    doubtful = suspicions >= DOUBTED
    doubts = [
        Doubt(
            asked[at].start, asked[at].end, "low" if suspicions[at] >= HELD else "medium", _unlikely("this", found[at])
        )
        for at in np.flatnonzero(doubtful).tolist()
    ]
    unlike = float(sizes[doubtful].sum() / sizes.sum())
    load = _load(mean, float(read.sum()), limit) * min(1.0, share / _MOSTLY)
    return Weighed(round(mean, 3), round(load, 4), round(unlike, 4), tuple(doubts))


def joined(judgement: Mapping[str, Any], weighed: Mapping[str, Any]) -> dict[str, Any]:
    """The gate's ``judgement`` with what the model thinks, both in the values they are kept in (JSON).

    As if the model had been one more sign. What the gate holds stays held: grade ``low`` means held, here as there.
    """
    told = dict(judgement)
    if not judgement or weighed["bits"] is None:
        return told
    before, load = float(judgement["scores"]["suspicion"]), float(weighed["load"])
    suspicion = _joined(before, load)
    held = judgement["grade"] == "low" or suspicion >= HELD
    much = weighed["unlike"] > MUCH
    reasons = list(judgement["reasons"])
    if load >= TOLD or (held and not reasons):
        reason = f"{_unlikely('it', weighed['bits'])}, where clean talks have 1.5 to 2.3"
        reasons.insert(0 if _joined(0.0, load) > before else len(reasons), reason)
    scores = {**judgement["scores"], "suspicion": round(suspicion, 4), _SCORE: weighed["bits"]}
    return told | {
        "grade": "low" if held else "medium" if suspicion >= DOUBTED or much else judgement["grade"],
        "scores": scores | {"unlike_speech": weighed["unlike"]},
        "reasons": reasons,
        "doubts": _together(judgement["doubts"], weighed["doubts"]),
    }


def suspicion_with(suspicion: float, weighed: Weighed) -> float:
    """The gate's ``suspicion``, from 0 to 1, and what the model thinks, joined as ``joined`` does it."""
    return _joined(suspicion, weighed.load)


def _asked(segments: Sequence[Segment]) -> list[Segment]:
    """The segments the model may judge: long enough, and in no other language, of a transcript that is in its own."""
    texts = [each.text for each in segments]
    words = words_of(texts)
    found = languages(texts, words.per_text(numbers_in_list(words) >= 0) / np.maximum(words.lengths(), 1))
    if found.main != LANGUAGE:
        return []
    return [
        each
        for each, code in zip(segments, found.codes, strict=True)
        if code in ("", LANGUAGE) and len(each.text) >= SHORTEST
    ]


def _load(bits: float, characters: float, limit: float) -> float:
    favoured = bits - ERRORS * _SPREAD / sqrt(characters)
    return max(0.0, (favoured - LIKELY) / (limit - LIKELY))


def _joined(suspicion: float, load: float) -> float:
    """One load more, by the gate's own rule: half of the trust that is left goes with a load of 1."""
    return float(1.0 - (1.0 - suspicion) * 0.5 ** min(load**TOGETHER, 50.0))


def _unlikely(subject: str, bits: float) -> str:
    return f"the language model finds {subject} unlike speech, {bits:.1f} bits a character"


def _together(doubts: Sequence[Sequence[Any]], more: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Doubts [start, end, grade, reason] of both, in order of time; of the same segment the worse, else the gate's."""
    kept = [list(doubt) for doubt in doubts]
    at = {doubt[0]: position for position, doubt in enumerate(kept)}
    for doubt in more:
        position = at.get(doubt[0])
        if position is None:
            kept.append(list(doubt))
        elif doubt[2] == "low" and kept[position][2] != "low":
            kept[position] = list(doubt)
    return sorted(kept, key=itemgetter(0))
