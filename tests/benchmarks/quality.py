"""The quality gate: transcripts damaged on purpose against clean ones, other languages, false alarms, speed.

python -m tests.benchmarks.quality [--json] [--files 1000] [--half report|choose] [--weighed 20]

The limits of connector.transcripts.quality were set on one half of the transcripts (by the hash of the name), with a
look at how clean talks of both halves range; what is told here is the other half. "Archive" is all other transcripts,
never the one that is judged. What the language model adds is told for as many talks as ``--weighed`` says, beside what
the signs without it say of the same; of the damaged ones (ethereum-pm) it has read none, of the clean ones it has.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from connector.daemon.scorer import base_bits
from connector.errors import TranscriptError
from connector.transcripts.clean import clean_cues
from connector.transcripts.formats import read
from connector.transcripts.quality import HELD, Judgement, assess
from connector.transcripts.quality.error_rate import word_errors
from connector.transcripts.quality.plausibility import Bits, suspicion_with, weigh
from connector.transcripts.quality.wording import words_of
from connector.transcripts.segment import segment
from connector.transcripts.transcript import Cue
from tests.benchmarks.damage import KINDS, UNHEARD, Cues, Damage
from tests.benchmarks.report import CORPUS, Figure, arguments, publish, say

LEVELS = (0.05, 0.10, 0.25, 0.50)
AIMS = {0.25: 0.95, 0.50: 0.99}
FALSE_ALARMS = 0.01
ENGLISH = ["en"]
NON_ENGLISH = CORPUS.parent / "nonenglish"


@dataclass(frozen=True)
class Talk:
    """A transcript and the words it has."""

    name: str
    cues: Cues
    words: frozenset[str]


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--files", type=int, default=1_000, help="at most so many of each collection")
    parser.add_argument("--half", choices=("report", "choose"), default="report")
    parser.add_argument("--weighed", type=int, default=20, help="talks the language model is asked about, damaged")
    options = parser.parse_args()
    talks = _talks(CORPUS, options.files) or _written_talks()
    foreign = _talks(NON_ENGLISH, options.files) or _written_foreign()
    archive = Counter(word for talk in talks for word in talk.words)
    half = [talk for talk in talks if _chosen(talk.name) == (options.half == "choose")]
    damaged = [talk for talk in half if talk.name.startswith("ethereum-pm")] or half
    own = [word for talk in talks for cue in talk.cues for word in cue.text.split()]
    damage = Damage(own, [talk.cues for talk in foreign if "zh-" not in talk.name])  # those are half English
    figures = _damage(damaged, damage, archive)
    figures += _false_alarms(half, archive)
    bits = base_bits()
    figures += _weighed(_evenly(damaged, options.weighed), damage, archive, bits)
    figures += _weighed_clean(_evenly(half, 10 * options.weighed), archive, bits)
    held = [_judge(talk.cues, _nothing).verdict == "held" for talk in foreign]
    figures += [
        Figure("other languages, read", len(foreign), "files", "251"),
        Figure("other languages, held", sum(held), "files", "all that are read"),
        *_speed(half),
    ]
    for talk, is_held in zip(foreign, held, strict=True):
        if not is_held:
            say(f"not held: {talk.name}")
    publish("quality", figures, options.json)


def _damage(talks: Sequence[Talk], damage: Damage, archive: Counter[str]) -> list[Figure]:
    """AUC, caught at 1 % false alarms and held, for every kind and level."""
    clean = np.array([_judge(talk.cues, _others(talk, archive)).scores["suspicion"] for talk in talks])
    limit = np.sort(clean)[len(clean) - 1 - int(FALSE_ALARMS * len(clean))]
    figures = [Figure("clean talks beside the damaged", len(clean), "files")]
    for kind in KINDS:
        for level in LEVELS:
            cues = [damage(talk.cues, kind, level) for talk in talks]
            found = [_judge(each, _others(talk, archive)) for each, talk in zip(cues, talks, strict=True)]
            suspicion = np.array([each.scores["suspicion"] for each in found])
            name = f"{kind} {level:.0%}"
            aim = f"≥ {AIMS[level]}" if level in AIMS else ""
            rate = word_errors(_text(talks[0].cues), _text(cues[0])).rate
            figures += [
                Figure(f"{name}: ROC AUC", auc(clean, suspicion), "", aim),
                Figure(f"{name}: caught at 1 % false alarms", float((suspicion > limit).mean()), ""),
                Figure(f"{name}: held", sum(each.verdict == "held" for each in found) / len(found), ""),
                Figure(f"{name}: word error rate of one file", rate, ""),
            ]
    return figures


def _weighed(talks: Sequence[Talk], damage: Damage, archive: Counter[str], bits: Bits) -> list[Figure]:
    """AUC and held, without the language model and with it, for every kind and level; and the model by itself."""
    clean = _suspicions([talk.cues for talk in talks], talks, archive, bits)
    figures = [Figure("weighed: clean talks beside the damaged", len(talks), "files")]
    for kind in (*KINDS, *UNHEARD):
        for level in LEVELS:
            found = _suspicions([damage(talk.cues, kind, level) for talk in talks], talks, archive, bits)
            without, joined, alone = (auc(a, b) for a, b in zip(clean, found, strict=True))
            figures += [
                Figure(f"weighed, {kind} {level:.0%}: ROC AUC without", without, ""),
                Figure(f"weighed, {kind} {level:.0%}: with the language model", joined, ""),
                Figure(f"weighed, {kind} {level:.0%}: by it alone", alone, ""),
                Figure(f"weighed, {kind} {level:.0%}: held without", float((found[0] >= HELD).mean()), ""),
                Figure(f"weighed, {kind} {level:.0%}: held with", float((found[1] >= HELD).mean()), ""),
            ]
    return figures


def _suspicions(
    damaged: Sequence[Cues], talks: Sequence[Talk], archive: Counter[str], bits: Bits
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The suspicion of each without the language model and with it, and bits a character."""
    alone = [
        _judge(cues, _others(talk, archive)).scores["suspicion"] for cues, talk in zip(damaged, talks, strict=True)
    ]
    weighed = [weigh(cues, bits) for cues in damaged]
    joined = [suspicion_with(suspicion, each) for suspicion, each in zip(alone, weighed, strict=True)]
    return np.array(alone), np.array(joined), np.array([each.bits or 0.0 for each in weighed])


def _weighed_clean(talks: Sequence[Talk], archive: Counter[str], bits: Bits) -> list[Figure]:
    """Bits of clean talks by where they are from, how many more are held, and how long the model takes."""
    started = time.perf_counter()
    weighed = [weigh(talk.cues, bits) for talk in talks]
    seconds = time.perf_counter() - started
    alone = [_judge(talk.cues, _others(talk, archive)).scores["suspicion"] for talk in talks]
    joined = [suspicion_with(suspicion, each) for suspicion, each in zip(alone, weighed, strict=True)]
    newly = sum(suspicion < HELD <= both for suspicion, both in zip(alone, joined, strict=True))
    figures = [
        Figure("weighed, clean: newly held", newly / len(talks), f"of {len(talks)}", "≤ 0.01"),
        Figure("weighed, clean: text doubted", float(np.mean([each.unlike for each in weighed])), ""),
        Figure("asked about", seconds / sum(len(cue.text) for talk in talks for cue in talk.cues) * 1e6, "s/MB"),
    ]
    for source in sorted({talk.name.partition("/")[0] for talk in talks}):
        found = [each.bits for talk, each in zip(talks, weighed, strict=True) if talk.name.startswith(source)]
        known = [each for each in found if each is not None]
        if known:
            figures.append(Figure(f"{source}: median", float(np.median(known)), "bits/character"))
            figures.append(Figure(f"{source}: highest", max(known), "bits/character"))
    return figures


def _evenly(talks: Sequence[Talk], count: int) -> list[Talk]:
    """At most ``count`` of them, from everywhere."""
    return [talks[number * len(talks) // count] for number in range(count)] if count < len(talks) else list(talks)


def auc(clean: np.ndarray, damaged: np.ndarray) -> float:
    """The chance that a damaged one is more suspect than a clean one, ties half (Mann and Whitney's U)."""
    both = np.concatenate([clean, damaged])
    _, inverse, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    above = ranks[len(clean) :].sum() - len(damaged) * (len(damaged) + 1) / 2
    return float(above / (len(clean) * len(damaged)))


def _false_alarms(talks: Sequence[Talk], archive: Counter[str]) -> list[Figure]:
    """The share of clean transcripts held, by a full and by an empty archive, and of their segments doubted."""
    figures = []
    for name, knows in (("full", lambda talk: _others(talk, archive)), ("empty", lambda _: _nothing)):
        found = [_judge(talk.cues, knows(talk)) for talk in talks]
        for talk, each in zip(talks, found, strict=True):
            if each.verdict == "held":
                say(f"held, archive {name}: {talk.name}: {'; '.join(each.reasons)}")
        held = sum(each.verdict == "held" for each in found) / len(found)
        doubted = sum(len(each.doubts) for each in found) / sum(len(segment(talk.cues)) for talk in talks)
        figures += [
            Figure(f"clean, archive {name}: held", held, "", "≤ 0.01"),
            Figure(f"clean, archive {name}: segments doubted", doubted, ""),
        ]
    return [Figure("clean talks", len(talks), "files"), *figures]


def _speed(talks: Sequence[Talk]) -> list[Figure]:
    started = time.perf_counter()
    for talk in talks:
        assess(talk.cues, expected=ENGLISH)
    seconds = time.perf_counter() - started
    size = sum(len(cue.text) for talk in talks for cue in talk.cues) / 1e6
    return [Figure("cut and assessed", seconds / size, "s/MB", "≤ 0.6, then 0.25")]


def _judge(cues: Cues, knows: Callable[[set[str]], set[str]]) -> Judgement:
    return assess(cues, expected=ENGLISH, archive_knows=knows)


def _nothing(_: set[str]) -> set[str]:
    return set()


def _others(talk: Talk, archive: Counter[str]) -> Callable[[set[str]], set[str]]:
    """What the archive knows without ``talk``."""
    return lambda asked: {word for word in asked if archive[word] > (word in talk.words)}


def _talks(folder: Path, count: int) -> list[Talk]:
    """The transcripts below ``folder``, at most ``count`` of each of its folders."""
    taken: Counter[Path] = Counter()
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".srt", ".vtt", ".md", ".stc", ".sub") and path.stem not in ("NOTICE", "LICENSE", "README"):
            taken[path.parent] += 1
            if taken[path.parent] > count:
                continue
            try:
                cues = clean_cues(read(path.read_bytes(), path.name).cues)
            except TranscriptError as error:
                say(f"not read: {path.name}: {error}")
            else:
                found.append(_talk(path.relative_to(folder).as_posix(), cues))
    return found


def _talk(name: str, cues: Cues) -> Talk:
    return Talk(name, cues, frozenset(words_of([cue.text for cue in cues]).distinct))


def _chosen(name: str) -> bool:
    """Whether limits may be chosen on this transcript; half of all may."""
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 0


def _text(cues: Cues) -> str:
    return " ".join(cue.text for cue in cues)


_OPENINGS = "so what we do here is|I think that|and then you see how|before we start|most of the time|in the end"
_MIDDLES = "the baker opens the oven|the water runs under the bridge|they write down what they found|nobody looks at it"
_ENDINGS = "early in the morning|and it takes about an hour|because the stones are old|which is what you would expect"
_GERMAN = "Wir schauen uns jetzt an, wie der Teig aufgeht|Danach gehen wir über die alte Brücke zum Bäcker"
_SPANISH = "Ahora vamos a ver cómo sube la masa del pan|Después cruzamos el puente viejo hasta la panadería"


def _written_talks() -> list[Talk]:
    """Small talks, where the real ones are not on this machine."""
    rng = random.Random(1)
    parts = [each.split("|") for each in (_OPENINGS, _MIDDLES, _ENDINGS)]
    return [
        _talk(f"written{number}", _cues([" ".join(map(rng.choice, parts)) + "." for _ in range(60)]))
        for number in range(12)
    ]


def _written_foreign() -> list[Talk]:
    return [_talk(f"foreign{n}", _cues(text.split("|") * 5)) for n, text in enumerate((_GERMAN, _SPANISH))]


def _cues(lines: Sequence[str]) -> Cues:
    return tuple(Cue(number * 5.0, number * 5.0 + 4.5, None, line) for number, line in enumerate(lines))


if __name__ == "__main__":
    main()
