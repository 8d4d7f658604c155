"""What captions of the kind "a line of times, then words" share: SubRip, WebVTT, SBV and SubViewer.

Blank lines do not end a cue here, the next time line does: real files have them in the middle of a cue,
and lack them between cues. So a missing or broken time line costs nothing: its words stay with the cue
before. Knows nothing of what the words mean.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import repeat
from operator import lt
from typing import Any, NamedTuple

from connector.transcripts.formats.arrow_lines import arrow_lines
from connector.transcripts.formats.double_spaced import with_numbers_at_times
from connector.transcripts.formats.highlighted import highlighted_once
from connector.transcripts.formats.source import Notes, Row, row_of
from connector.transcripts.formats.time_lines import ARROW_LINE, TimeLine, Times, unusual_times, usual_times

_TITLES_OF_TOOLS = frozenset({"", "default aegisub file", "file", "subtitle", "subtitles", "untitled", "no title"})
_BLOCK = 1 << 18  # characters
_NUMBER_PARAGRAPH = re.compile(r"\n[ \t]*\n[ \t]*\d{1,9}[ \t]*\n")


class _Block(NamedTuple):
    """What stands before each of some time lines, and their times; where one's are unusual, the groups of all. At last
    what stands below all, with neither. ``bare``: the bodies are without the names and numbers of the cues below them.
    """

    bodies: list[str]
    times: Sequence[Times] = ()
    parts: Sequence[Sequence[Any]] = ()
    bare: bool = False


def is_number(line: str, _before: str) -> bool:
    """Whether ``line``, right above a time line, is SubRip's cue number."""
    return line.isdigit()


def is_nothing(_line: str, _before: str) -> bool:
    """For formats whose cues have no name or number."""
    return False


def caption_rows(
    text: str,
    notes: Notes,
    *,
    time_line: TimeLine = ARROW_LINE,
    is_identifier: Callable[[str, str], bool] = is_number,
    tidy: Callable[[str], str] | None = None,
    blank_ends: bool = False,
) -> list[Row]:
    """The cues of ``text`` as rows without speakers, in file order; empty ones included.

    ``is_identifier(line, text before it)`` tells a cue's name or number from words; ``tidy`` cleans what stands
    below a time line, from its line end on, where it holds blank lines (comments, style sheets). ``blank_ends`` says
    that a blank line ends a cue by the format's rules: words below it have lost their time line, which is noted.
    """
    cues = _Cues(notes, time_line, is_identifier, tidy, blank_ends)
    rows = cues.rows
    start: float | None = None
    end: float | None = None
    mark = time_line.mark
    if time_line is ARROW_LINE:
        text = with_numbers_at_times(text)
    lined = "\n" + text  # so its positions are ahead by one

    @cache
    def lines() -> tuple[array[int], array[int]]:
        """Where the time lines begin and end; asked for notes alone."""
        starts, ends = array("q"), array("q")
        for match in time_line.pattern.finditer(lined):
            starts.append(match.start())
            ends.append(match.end())
        return starts, ends

    def below(number: int) -> int:
        """Where the body of that number begins in ``text``."""
        return lines()[1][number - 1] - 1 if number else 0

    number = 0  # of time lines so far
    for bodies, times, parts, bare in _blocks(time_line, lined):
        if not times and not parts:  # below all of them no line can be a number
            cues.add(start, end, bodies[0], partial(below, number))
            break
        if start is not None and times and not cues.stray and mark not in bodies[0]:
            words = bodies if bare else _without_identifiers(bodies, is_identifier)
            found = _usual_rows(words, [(start, end), *times])
        else:
            found = []
        if found:
            rows += found
            start, end = times[-1]
            number += len(times)
            continue
        for place, body in enumerate(bodies):
            before, _, line = body.rpartition("\n")
            if line and is_identifier(line.strip(), before):
                body = before
            if start is None or cues.stray or mark in body or "\n\n" in body:
                cues.add(start, end, body, partial(below, number))
            else:
                rows.append(row_of((start, end, None, body.strip(), None)))
            if times:
                start, end = times[place]
            else:
                start, end = usual_times(*parts[place]) or unusual_times(parts[place], notes, lines()[0][number])
                cues.spoken = True
            if start is not None and end is not None and end < start:
                notes.add("this cue ends before it starts", position=lines()[0][number])
            number += 1
    cues.give_back()
    return highlighted_once(rows) if "<" in text and "</" in text else rows  # one sign is sought quicker


def _blocks(time_line: TimeLine, lined: str) -> Iterator[_Block]:
    """``lined``, a block at a time: one match after another takes longer, the whole text at once more memory."""
    before, position = "", 0
    while position < len(lined):
        end = lined.find("\n", position + _BLOCK)  # no time line lies over it
        block = lined[position : end if end >= 0 else None]
        if time_line is ARROW_LINE and (found := arrow_lines(block)):
            stops = found.begins[1:] if found.words is None else found.words
            borders = zip([0, *found.ends], [found.begins[0], *stops, len(block)], strict=True)
            bodies = [block[start:stop] for start, stop in borders]
            yield _Block([before + bodies[0]], found.times[:1])  # which alone may be the file's head
            if len(bodies) > 2:
                yield _Block(bodies[1:-1], found.times[1:], bare=found.words is not None)
        else:
            split = time_line.pattern.split(block)
            bodies = split[::9]
            bodies[0] = before + bodies[0]
            if len(bodies) > 1:
                parts = zip(*(split[group::9] for group in range(1, 9)), strict=True)
                yield _Block(bodies[:-1], parts=list(parts))
        before, position = bodies[-1], end if end >= 0 else len(lined)
    yield _Block([before])


def _without_identifiers(bodies: Sequence[str], is_identifier: Callable[[str, str], bool]) -> list[str]:
    texts = list(bodies)
    for place, body in enumerate(bodies):
        if body[-1:] != "\n":  # else no name or number is in its last line
            before, _, line = body.rpartition("\n")
            if line and is_identifier(line.strip(), before):
                texts[place] = before
    return texts


def _usual_rows(texts: Sequence[str], times: Sequence[tuple[float, float | None]]) -> list[Row]:
    """The rows of ``texts``, each with the time before it; none, where any is out of the ordinary."""
    starts, ends = zip(*times, strict=True)
    if (ends[0] is not None and ends[0] < starts[0]) or any(map(lt, ends[1:], starts[1:])) or "\n\n" in " ".join(texts):
        return []
    return list(map(row_of, zip(starts, ends, repeat(None), map(str.strip, texts), repeat(None), strict=False)))


def shown_until_next(changes: Iterable[tuple[float, str]]) -> list[Row]:
    """Rows of what a screen shows from each time on, in order of time; an empty text clears it.

    For formats that write starts alone: the next change, words or clearing, ends a cue. The last has no end.
    """
    ordered = sorted(changes, key=lambda change: change[0])
    ends: list[float | None] = [start for start, _ in ordered[1:]]
    return [Row(start, end, None, text) for (start, text), end in zip(ordered, [*ends, None], strict=False) if text]


def own_title(text: str) -> dict[str, str]:
    """``{"title": …}`` where ``text`` names the recording, else ``{}``: programs write "Untitled" and the like."""
    title = " ".join(text.split())
    return {} if title.strip("<>[]").lower() in _TITLES_OF_TOOLS else {"title": title[:300]}


@dataclass(slots=True)
class _Cues:
    """The rows found so far, and what to do with those that are out of the ordinary."""

    notes: Notes
    time_line: TimeLine
    is_identifier: Callable[[str, str], bool]
    tidy: Callable[[str], str] | None
    blank_ends: bool
    rows: list[Row] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)  # words whose own time is lost, for the last row, else the first
    spoken: bool = False  # the head of the file is past

    def add(self, start: float | None, end: float | None, body: str, where: Callable[[], int]) -> None:
        """Adds the cue that said ``body``, or, without a time of its own, puts the words by for the cue before.

        ``where`` says at which position the body begins.
        """
        if start is None and not self.rows and not self.spoken:
            body = self._behind_broken_time(body)  # what stands before is the head of the file
            if not body:
                return
            self.spoken = True
        whole = self._without_broken_times(body, where()) if self.time_line.mark in body else body
        words = (self.tidy(whole) if self.tidy else whole).strip()
        if "\n\n" in words:
            numbered = _NUMBER_PARAGRAPH.sub("\n", words)
            if numbered != words:
                number = _NUMBER_PARAGRAPH.search(self.notes.text, where())
                self._note_untimed(number.end() - 1 if number else where())
                words = numbered
            elif self.blank_ends and whole == body:
                first = words.partition("\n\n")[2].lstrip().partition("\n")[0]
                self._note_untimed(self.notes.text.find(first, self.notes.text.find("\n\n", where())))
        if start is not None:
            if not self.rows and self.stray:  # nothing comes before the first
                words = "\n".join([*self.stray, words]).strip()
                self.stray.clear()
            self.give_back()
            self.rows.append(Row(start, end, None, words))
        elif words:
            self.stray.append(words)

    def _note_untimed(self, position: int) -> None:
        self.notes.add("a cue without a time line; its words stay with the cue before", position=max(0, position))

    def give_back(self) -> None:
        """Puts stray words to the last row, all at once: one by one, many of them would cost the square."""
        if self.stray and self.rows:
            self.rows[-1] = self.rows[-1]._replace(text="\n".join([self.rows[-1].text, *self.stray]).strip())
            self.stray.clear()

    def _behind_broken_time(self, body: str) -> str:
        """``body`` from its first time line that cannot be read on; empty where it has none."""
        lines = body.split("\n")
        broken = (
            number
            for number, line in enumerate(lines)
            if self.time_line.mark in line and self.time_line.is_broken(line)
        )
        first = next(broken, len(lines))
        return "\n".join(lines[first:])

    def _without_broken_times(self, body: str, position: int) -> str:
        kept: list[str] = []
        for line in body.split("\n"):
            if self.time_line.mark in line and self.time_line.is_broken(line):
                if len(kept) > 1 and not kept[-2].strip() and self.is_identifier(kept[-1].strip(), ""):
                    kept.pop()
                position = self.notes.text.find(line, position)
                self.notes.add(f"a time line that cannot be read: {line.strip()[:60]!r}", position=position)
            else:
                kept.append(line)
        return "\n".join(kept)
