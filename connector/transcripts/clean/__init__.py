"""From cues as a source has them to cues as they are shown: no markup, no marks of sounds, nothing stammered,
nothing said twice by the captioner.

Pure functions; each step can be switched off. Knows nothing of formats. Cleaning twice is cleaning once,
whatever is switched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from connector.transcripts.clean.casing import ends_sentence, mostly_shouts, sentence_case, shouts
from connector.transcripts.clean.fillers import without_fillers
from connector.transcripts.clean.growing import grow, said_in_full
from connector.transcripts.clean.markup import (
    LINE_MARKS,
    MARKUP_SIGNS,
    with_odd_spaces,
    with_single_spaces,
    without_markup,
)
from connector.transcripts.clean.rolling import ECHO_SECONDS, said_once
from connector.transcripts.clean.search import END, holding, joined, matching
from connector.transcripts.clean.sound_marks import PAUSE_SIGNS, SOUND_SIGNS, without_pauses, without_sounds
from connector.transcripts.clean.speech import (
    GUESSED_FROM,
    overlap_of,
    spoken_language,
    without_stutters,
)
from connector.transcripts.clean.speech_search import with_slips
from connector.transcripts.transcript import Cue, cue_of

Step = Callable[[str], str]


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
# What the format brought and nobody said.
ONLY_FORMAT = Cleaning(sounds=False, pauses=False, fillers=False, stutters=False, casing=False)

_ROUNDS = 8
_EVERY_MARK = re.compile(r"[<>&{}\[\]()*（）【】♩♪♫♬…]")


def clean_cues(cues: Iterable[Cue], cleaning: Cleaning = ALL, language: str | None = None) -> tuple[Cue, ...]:
    """The cues as they are shown, in the same order; those of which nothing remains are left out.

    ``language`` (BCP 47) is what is spoken; it says which words are fillers and which are never doubled on
    purpose. Where it is None it is guessed from the words.
    """
    raw = said_in_full(list(cues)) if cleaning.rolling else list(cues)
    if not raw:
        return ()
    # Most texts need nothing but to be put in one line. A quick search says which ones the steps are for.
    said = [cue.text for cue in raw]
    texts, many = list(said), joined(said)
    signed = _marked(many, cleaning)
    marked = set(signed)
    for number in tuple(marked):
        before, texts[number] = texts[number], _settled(texts[number], _mark_steps(cleaning))
        if texts[number] == before and "\n" not in before:  # a mark may lie over two lines
            marked.remove(number)
    scrolled: frozenset[int] = frozenset()
    if cleaning.rolling or cleaning.spaces:
        texts, scrolled, indented = _in_one_line(texts, rolling=cleaning.rolling)
        marked |= indented
    spoken = _language_of(texts, cleaning, language)
    told_by = texts[: GUESSED_FROM + 1]
    if texts != said:
        many = joined(texts)
    if cleaning.spaces:
        marked |= with_odd_spaces(many, texts)
    slips = with_slips(many, texts, spoken, fillers=cleaning.fillers, stutters=cleaning.stutters)
    steps, last = _steps(cleaning, spoken)
    marked |= slips.broken
    if not cleaning.spaces:  # odd ones may part what is a mark
        marked.update(slips.again)
    signed |= marked
    for number in tuple(marked - slips.broken):
        if _after(texts[number], steps) == texts[number]:
            marked.remove(number)
    for number in marked:
        texts[number] = _settled(texts[number], steps, last)
    for number in slips.again.keys() - marked:  # in which nothing else was found
        texts[number] = without_stutters(texts[number], spoken, slips.again[number])
        if number in signed:  # words may have stood between the signs of a mark
            texts[number] = _settled(texts[number], steps, last)
    changed = marked | slips.again.keys()
    onward = slips.onward | changed | {number + 1 for number in changed}
    result = _side_by_side(raw, texts, scrolled, onward, cleaning, spoken)
    shown = [cue.text for cue in result]
    again = shown[: GUESSED_FROM + 1] != told_by and _language_of(shown, cleaning, language) != spoken
    again = again or (cleaning.rolling and grow(result))  # which fillers between the words had hidden
    turkish = (language or "").lower().startswith("tr")  # whose I has two lower cases
    if cleaning.casing and not turkish and mostly_shouts(shown):
        result, capitals = _in_sentence_case(result), result
        again = again or result != capitals
    return clean_cues(result, cleaning, language) if again else tuple(result)


def _marked(many: str, cleaning: Cleaning) -> set[int]:
    """The numbers of the texts joined in ``many`` that ``_mark_steps`` may change."""
    signs = set(MARKUP_SIGNS if cleaning.markup else ())
    signs.update(SOUND_SIGNS if cleaning.sounds else ())
    signs.update(PAUSE_SIGNS if cleaning.pauses else ())
    return holding(many, signs, END) | (matching(many, LINE_MARKS) if cleaning.markup or cleaning.pauses else set())


def _mark_steps(cleaning: Cleaning) -> list[Step]:
    steps: list[Step] = [without_markup] if cleaning.markup else []
    steps += [without_sounds] if cleaning.sounds else []
    steps += [without_pauses] if cleaning.pauses else []
    return steps


def _steps(cleaning: Cleaning, spoken: str) -> tuple[list[Step], Step]:
    """The steps on one line, and the last one; ``spoken`` is the language of ``speech``'s lists."""
    steps = _mark_steps(cleaning)
    steps += [with_single_spaces] if cleaning.spaces else []
    steps += [partial(without_fillers, language=spoken)] if cleaning.fillers else []
    return steps, partial(without_stutters, language=spoken) if cleaning.stutters else str


def _language_of(texts: Sequence[str], cleaning: Cleaning, language: str | None) -> str:
    return spoken_language(language, texts) if cleaning.fillers or cleaning.stutters else ""


def _settled(text: str, steps: Sequence[Step], last: Step = str) -> str:
    """``text`` after the steps, repeated until nothing changes: what one lays bare, another may take.

    ``last`` leaves itself nothing to do. Text that is still changing after eight rounds is a construction, not a
    caption; it loses the characters that make marks, so that the work stays bounded and the result final.
    """
    before, text = text, last(_after(text, steps))
    if text == before:
        return text
    for _ in range(2):
        for _ in range(_ROUNDS):
            changed = _after(text, steps)
            if changed == text:
                return text
            text = last(changed)
        text = _EVERY_MARK.sub(" ", text)
    return text


def _after(text: str, steps: Sequence[Step]) -> str:
    for step in steps:
        text = step(text)
    return text


def _in_one_line(texts: Sequence[str], *, rolling: bool) -> tuple[list[str], frozenset[int], set[int]]:
    """Each text in one line, without what only scrolled on; the numbers of those of which that was all, and of those
    with lines that had white space around them.
    """
    if "\n" not in "".join(texts):
        return list(texts), frozenset(), set()
    lines: list[Sequence[str]] = []
    indented = set()
    for number, text in enumerate(texts):
        if "\n" not in text:
            lines.append([text])
            continue
        found = text.split("\n")
        stripped = list(map(str.strip, found))
        if stripped != found:
            indented.add(number)
        lines.append(list(filter(None, stripped)))
    new = said_once(lines) if rolling else lines
    scrolled = frozenset(number for number, (old, left) in enumerate(zip(lines, new, strict=True)) if old and not left)
    return [" ".join(left) for left in new], scrolled, indented


def _side_by_side(
    raw: Sequence[Cue],
    texts: Sequence[str],
    scrolled: frozenset[int],
    onward: set[int],
    cleaning: Cleaning,
    spoken: str,
) -> list[Cue]:
    """The cues with their new texts and names, each looked at beside the one before: echoes and stutters go.

    ``onward`` are the numbers of those that may stammer on from the one before, as far as their texts tell.
    """
    names = _names({cue.speaker for cue in raw}, cleaning)
    shown: list[Cue] = []
    stutters, before, who = cleaning.stutters, "", None
    for number, (cue, text) in enumerate(zip(raw, texts, strict=True)):
        start, end, label, said, confidence = cue
        if not text or text.isspace():
            if number in scrolled and shown:
                shown[-1] = _until(shown[-1], end)
            onward.add(number + 1)  # from another one
            continue
        speaker = names[label]
        if text is not said or speaker is not label:
            cue = cue_of((start, end, speaker, text, confidence))
        if shown and (
            end - start <= ECHO_SECONDS
            or (stutters and number in onward and speaker == who and overlap_of(before, text, spoken))
        ):
            _add(cue, shown, cleaning, spoken)
            text, speaker = shown[-1].text, shown[-1].speaker
            onward.add(number + 1)
        else:
            shown.append(cue)
        before, who = text, speaker
    return shown


def _add(cue: Cue, shown: list[Cue], cleaning: Cleaning, spoken: str) -> None:
    """Puts ``cue`` behind ``shown``, of whose last words it may repeat some, or all."""
    while cleaning.stutters and shown and shown[-1].speaker == cue.speaker:
        overlap = overlap_of(shown[-1].text, cue.text, spoken)
        if not overlap:
            break
        last = shown.pop()
        left = _settled(last.text[:-overlap].rstrip(), *_steps(cleaning, spoken))
        if left:
            _add(Cue(last.start, last.end, last.speaker, left, last.confidence), shown, cleaning, spoken)
    if cleaning.rolling and shown and cue.end - cue.start <= ECHO_SECONDS and _same(cue.text, shown[-1].text):
        shown[-1] = _until(shown[-1], cue.end)
    else:
        shown.append(cue)


def _names(labels: Iterable[str | None], cleaning: Cleaning) -> dict[str | None, str | None]:
    """The speakers' names without markup and odd spaces; a name of none is None."""
    steps = _mark_steps(replace(cleaning, sounds=False, pauses=False))
    if cleaning.spaces:
        steps.append(with_single_spaces)
    return {label: (_settled(label, steps) or None) if label else None for label in labels}


def _same(text: str, other: str) -> bool:
    return text.casefold() == other.casefold()


def _until(cue: Cue, end: float) -> Cue:
    return Cue(cue.start, end, cue.speaker, cue.text, cue.confidence) if end > cue.end else cue


def _in_sentence_case(cues: Sequence[Cue]) -> list[Cue]:
    cased: list[Cue] = []
    for cue in cues:
        if shouts(cue.text):
            before = cased[-1] if cased else None
            opens = before is None or before.speaker != cue.speaker or ends_sentence(before.text)
            cue = Cue(cue.start, cue.end, cue.speaker, sentence_case(cue.text, opens=opens), cue.confidence)
        cased.append(cue)
    return cased
