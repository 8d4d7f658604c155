"""From cues as a source has them to cues as they are shown: no markup, no marks of sounds, nothing stammered,
nothing said twice by the captioner.

Pure functions; each step can be switched off. Knows nothing of formats. Cleaning twice is cleaning once,
whatever is switched.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate

from connector.transcripts.casing import ends_sentence, mostly_shouts, sentence_case, shouts
from connector.transcripts.markup import markup_positions, space_positions, with_single_spaces, without_markup
from connector.transcripts.rolling import ECHO_SECONDS, said_once
from connector.transcripts.sound_marks import pause_positions, sound_positions, without_pauses, without_sounds
from connector.transcripts.speech import (
    filler_positions,
    overlap_of,
    spoken_language,
    stutter_positions,
    without_fillers,
    without_stutters,
)
from connector.transcripts.transcript import Cue


@dataclass(frozen=True, slots=True)
class Cleaning:
    """Which steps are taken; none needs another.

    ``rolling`` and ``spaces`` put the lines of a cue into one; with both off they stay apart.
    """

    markup: bool = True  # tags, entities, {\an8}; dashes and >> before a line
    rolling: bool = True  # lines that captions repeat while they scroll
    sounds: bool = True  # [Music], (laughs), ♪
    pauses: bool = True  # [...] and dots that stand alone
    fillers: bool = True  # um, uh
    stutters: bool = True  # the… the, w- w- what
    casing: bool = True  # ALL CAPS, where most of the transcript is
    spaces: bool = True  # white space single, characters without width gone


ALL = Cleaning()

_ROUNDS = 8
_SENTENCE_ENDS = frozenset(".?!")
_EVERY_MARK = re.compile(r"[<>&{}\[\]()*（）【】♩♪♫♬…]")


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """One step on a text, and where in many, each after a line end and a space, it may have something to do.

    The second is a quick search; where it finds nothing, the text is passed over, and most are. ``at_once``:
    the step leaves itself nothing to do; ``aside``: nor, where they had nothing, any other step.
    """

    apply: Callable[[str], str]
    positions: Callable[[str], Iterable[int]]
    at_once: bool = False
    aside: bool = False


def clean_cues(cues: Iterable[Cue], cleaning: Cleaning = ALL, language: str | None = None) -> tuple[Cue, ...]:
    """The cues as they are shown, in the same order; those of which nothing remains are left out.

    ``language`` (BCP 47) is what is spoken; it says which words are fillers and which are never doubled on
    purpose. Where it is None it is guessed from the words.
    """
    raw = list(cues)
    marks = _mark_steps(cleaning)
    texts = _each_settled([cue.text for cue in raw], marks, marks)
    sought: list[_Step] = []
    scrolled: frozenset[int] = frozenset()
    if (cleaning.rolling or cleaning.spaces) and any("\n" in text for text in texts):
        texts, scrolled = _in_one_line(texts, rolling=cleaning.rolling)
        sought += marks  # a mark may lie over two lines
    spoken = _language_of(texts, cleaning, language)
    words = _word_steps(cleaning, spoken)
    texts = _each_settled(texts, sought + words, marks + words)
    result = _side_by_side(raw, texts, scrolled, cleaning, spoken)
    again = _language_of([cue.text for cue in result], cleaning, language) != spoken  # was told by what is gone
    turkish = (language or "").lower().startswith("tr")  # whose I has two lower cases
    if cleaning.casing and not turkish and mostly_shouts([cue.text for cue in result]):
        result, capitals = _in_sentence_case(result), result
        again = again or result != capitals
    return clean_cues(result, cleaning, language) if again else tuple(result)


def clean_text(text: str, cleaning: Cleaning = ALL, language: str | None = None) -> str:
    """One text as it is shown: the steps that need no other cue, which are all but ``rolling`` and ``casing``."""
    marks = _mark_steps(cleaning)
    spoken = None
    while spoken != (spoken := _language_of([text], cleaning, language)):
        text = _settled(text, [*marks, *_word_steps(cleaning, spoken)])
    return text


_MARKUP = _Step(without_markup, markup_positions)
_SOUNDS = _Step(without_sounds, sound_positions)
_PAUSES = _Step(without_pauses, pause_positions)
_SPACES = _Step(with_single_spaces, space_positions, at_once=True)


def _mark_steps(cleaning: Cleaning) -> list[_Step]:
    return [
        step
        for wanted, step in (
            (cleaning.markup, _MARKUP),
            (cleaning.sounds, _SOUNDS),
            (cleaning.pauses, _PAUSES),
        )
        if wanted
    ]


def _word_steps(cleaning: Cleaning, spoken: str) -> list[_Step]:
    """The steps on one line; ``spoken`` is the language of ``speech``'s lists."""
    steps = [_SPACES] if cleaning.spaces else []
    if cleaning.fillers:
        apply, positions = partial(without_fillers, language=spoken), partial(filler_positions, language=spoken)
        steps.append(_Step(apply, positions))
    if cleaning.stutters:
        steps.append(_Step(partial(without_stutters, language=spoken), stutter_positions, at_once=True, aside=True))
    return steps


def _language_of(texts: Sequence[str], cleaning: Cleaning, language: str | None) -> str:
    return spoken_language(language, texts) if cleaning.fillers or cleaning.stutters else ""


def _each_settled(texts: list[str], sought: Sequence[_Step], steps: Sequence[_Step]) -> list[str]:
    """The texts, after ``steps`` where one of those ``sought`` may have something to do."""
    many = "\n " + "\n ".join(texts) + "\n"
    starts: list[int] = []
    concerned: dict[int, list[_Step]] = {}
    for step in sought:
        for place in step.positions(many):
            starts = starts or list(accumulate((len(text) + 2 for text in texts), initial=0))
            asked = concerned.setdefault(bisect_right(starts, place) - 1, [])
            if step not in asked[-1:]:
                asked.append(step)
    if not concerned:
        return texts
    texts = list(texts)
    for number, asked in concerned.items():
        if number < len(texts):
            texts[number] = _settled(texts[number], steps, asked)
    return texts


def _settled(text: str, steps: Sequence[_Step], first: Sequence[_Step] | None = None) -> str:
    """``text`` after the steps, repeated until nothing changes: what one lays bare, another may take.

    Where only ``first`` may have something to do, the others follow if they had. Text that is still changing
    after eight rounds is a construction, not a caption; it loses the characters that make marks, so that the
    work stays bounded and the result final.
    """
    if first and len(first) == 1 and first[0].aside:
        return first[0].apply(text)
    changed_by: _Step | None = None
    for step in first or steps:
        changed = step.apply(text)
        if changed != text:
            text, changed_by = changed, step
    if changed_by is None:
        return text
    for _ in range(2):
        quiet, turn = int(changed_by.at_once), steps.index(changed_by)
        for _ in range(_ROUNDS * len(steps)):
            if quiet == len(steps):
                return text
            turn = (turn + 1) % len(steps)
            changed = steps[turn].apply(text)
            quiet = quiet + 1 if changed == text else int(steps[turn].at_once)
            text = changed
        text = _EVERY_MARK.sub(" ", text)
    return text


def _in_one_line(texts: Sequence[str], *, rolling: bool) -> tuple[list[str], frozenset[int]]:
    """Each text in one line, without what only scrolled on, and the numbers of those of which that was all."""
    lines = [[line for line in map(str.strip, text.split("\n")) if line] if "\n" in text else [text] for text in texts]
    new = said_once(lines) if rolling else lines
    scrolled = frozenset(number for number, (old, left) in enumerate(zip(lines, new, strict=True)) if old and not left)
    return [left[0] if len(left) == 1 else " ".join(left) for left in new], scrolled


def _side_by_side(
    raw: Sequence[Cue], texts: Sequence[str], scrolled: frozenset[int], cleaning: Cleaning, spoken: str
) -> list[Cue]:
    """The cues with their new texts and names, each looked at beside the one before: echoes and stutters go."""
    settle = partial(_settled, steps=[*_mark_steps(cleaning), *_word_steps(cleaning, spoken)])
    names = _names({cue.speaker for cue in raw}, cleaning)
    shown: list[Cue] = []

    def add(cue: Cue) -> None:
        while cleaning.stutters and shown and shown[-1].speaker == cue.speaker:
            overlap = overlap_of(shown[-1].text, cue.text, spoken)
            if not overlap:
                break
            last = shown.pop()
            left = settle(last.text[:-overlap].rstrip())
            if left:
                add(replace(last, text=left))
        if cleaning.rolling and shown and cue.end - cue.start <= ECHO_SECONDS and _same(cue.text, shown[-1].text):
            shown[-1] = _until(shown[-1], cue.end)
        else:
            shown.append(cue)

    for number, (cue, text) in enumerate(zip(raw, texts, strict=True)):
        if not text or text.isspace():
            if number in scrolled and shown:
                shown[-1] = _until(shown[-1], cue.end)
            continue
        speaker = names[cue.speaker]
        if text is not cue.text or speaker != cue.speaker:
            cue = Cue(cue.start, cue.end, speaker, text, cue.confidence)
        if cue.end - cue.start > ECHO_SECONDS and (not shown or shown[-1].text[-1] in _SENTENCE_ENDS):
            shown.append(cue)  # neither an echo nor stammered on
        else:
            add(cue)
    return shown


def _names(labels: Iterable[str | None], cleaning: Cleaning) -> dict[str | None, str | None]:
    """The speakers' names without markup and odd spaces; a name of none is None."""
    steps = _mark_steps(replace(cleaning, sounds=False, pauses=False))
    if cleaning.spaces:
        steps.append(_SPACES)
    return {label: (_settled(label, steps) or None) if label else None for label in labels}


def _same(text: str, other: str) -> bool:
    return text.casefold() == other.casefold()


def _until(cue: Cue, end: float) -> Cue:
    return replace(cue, end=end) if end > cue.end else cue


def _in_sentence_case(cues: Sequence[Cue]) -> list[Cue]:
    cased: list[Cue] = []
    for cue in cues:
        if shouts(cue.text):
            before = cased[-1] if cased else None
            opens = before is None or before.speaker != cue.speaker or ends_sentence(before.text)
            cue = replace(cue, text=sentence_case(cue.text, opens=opens))
        cased.append(cue)
    return cased
