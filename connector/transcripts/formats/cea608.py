"""A decoder of CEA-608 line 21 captions: byte pairs of one channel to the captions a viewer sees, with their times.

Pop-on captions are shown at once, roll-up and paint-on ones as they are written; colours, italics and columns do
not matter here. Knows nothing of files. Sources: 47 CFR 15.119 (codes, memories, modes) and CEA-608-E (characters).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

# ASCII but for a few. 0x27 is printed as a curly quote on some receivers; in text it is an apostrophe.
_BASIC = {code: chr(code) for code in range(0x20, 0x80)}
_BASIC |= {0x2A: "á", 0x5C: "é", 0x5E: "í", 0x5F: "ó", 0x60: "ú", 0x7B: "ç", 0x7C: "÷", 0x7D: "Ñ", 0x7E: "ñ", 0x7F: "█"}
_SPECIAL = "®°½¿™¢£♪à èâêîôû"  # 0x1130 to 0x113F
_EXTENDED = {
    0x12: "ÁÉÓÚÜü‘¡*'—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»",  # 0x1220 to 0x123F: Spanish, French
    0x13: "ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤│ÅåØø┌┐└┘",  # Portuguese, German, Danish
}
_ROWS = {0x10: 11, 0x11: 1, 0x12: 3, 0x13: 12, 0x14: 14, 0x15: 5, 0x16: 7, 0x17: 9}
_COLUMNS = 32


class Shown(NamedTuple):
    """A caption as it was on screen: seconds, end None where nothing took it away; lines parted by ``\\n``."""

    start: float
    end: float | None
    text: str


@dataclass(slots=True)
class _Memory:
    """One of the two pages a receiver keeps: lines of characters by row, and where the next one goes."""

    lines: dict[int, list[str]] = field(default_factory=dict)
    row: int = 15
    column: int = 0

    def write(self, character: str) -> None:
        line = self.lines.setdefault(self.row, [])
        if self.column == len(line):
            line.append(character)
        else:
            line.extend(" " * (self.column + 1 - len(line)))
            line[self.column] = character
        if self.column < _COLUMNS - 1:
            self.column += 1

    def back(self) -> None:
        self.column = max(0, self.column - 1)
        line = self.lines.get(self.row, [])
        if self.column < len(line):
            line[self.column] = " "

    def erase_rest(self) -> None:
        del self.lines.setdefault(self.row, [])[self.column :]

    def text(self) -> str:
        lines = (" ".join("".join(self.lines[row]).split()) for row in sorted(self.lines))
        return "\n".join(line for line in lines if line)


class Decoder:
    """Takes the pairs of one channel in order; the captions they made are handed out by ``finish``."""

    def __init__(self) -> None:
        self._shown: list[Shown] = []
        self._screen, self._hidden = _Memory(), _Memory()
        self._mode = ""  # "pop", "roll", "paint"; "" before the first command, "text" for what is no caption
        self._since: float | None = None  # when what is on screen appeared
        self._last_control = 0

    def take(self, pair: int, time: float) -> None:
        """Decodes one pair (14 bits, parity and channel bit taken off) that is sent at ``time`` seconds."""
        high, low = pair >> 8, pair & 0xFF
        if not 0x10 <= high < 0x20:
            self._last_control = 0
            if self._mode not in ("", "text"):
                for byte in (high, low):
                    if byte >= 0x20:
                        self._write(_BASIC[byte], time)
            return
        if pair == self._last_control:  # control codes are sent twice
            self._last_control = 0
            return
        self._last_control = pair
        if high in (0x14, 0x15) and 0x20 <= low < 0x30:
            self._command(low, time)
        elif self._mode in ("", "text"):
            return
        elif low >= 0x40:
            self._place(high, low)
        elif high == 0x11 and low >= 0x30:
            self._write(_SPECIAL[low - 0x30], time)
        elif high == 0x11 and low >= 0x20:  # a change of colour or slant takes the place of a space
            self._write(" ", time)
        elif high in _EXTENDED and low >= 0x20:  # sent after a plain letter for receivers that lack it
            self._memory.back()
            self._write(_EXTENDED[high][low - 0x20], time)
        elif high == 0x17 and 0x21 <= low <= 0x23:
            self._memory.column = min(self._memory.column + low - 0x20, _COLUMNS - 1)

    def finish(self) -> list[Shown]:
        """All captions so far, what is still on screen included."""
        self._put_away(None)
        return self._shown

    @property
    def _memory(self) -> _Memory:
        return self._hidden if self._mode == "pop" else self._screen

    def _write(self, character: str, time: float) -> None:
        self._memory.write(character)
        if self._mode != "pop" and self._since is None and character != " ":
            self._since = time

    def _place(self, high: int, low: int) -> None:
        """A preamble: the row and the indent of what follows. Rolling text stays in one line, wherever it is."""
        memory = self._memory
        if self._mode != "roll":
            memory.row = _ROWS[high] + (low >= 0x60 and high != 0x10)
        memory.column = (low & 0x0E) * 2 if low & 0x10 else 0

    def _command(self, low: int, time: float) -> None:
        if low == 0x20:
            self._mode = "pop"
        elif low in (0x25, 0x26, 0x27):
            if self._mode != "roll":
                self._put_away(time)
            self._mode = "roll"
            self._screen.column = 0
        elif low == 0x29:
            self._put_away(time)
            self._mode = "paint"
        elif low in (0x2A, 0x2B):
            self._mode = "text"
        elif low == 0x2C or (low == 0x2D and self._mode == "roll"):  # erased, or a new line that rolls
            self._put_away(time)
        elif low == 0x2E:
            self._hidden = _Memory()
        elif low == 0x2F:
            self._put_away(time)
            self._screen, self._hidden = self._hidden, _Memory()
            self._mode, self._since = "pop", time
        elif low == 0x21 and self._mode not in ("", "text"):
            self._memory.back()
        elif low == 0x24 and self._mode not in ("", "text"):
            self._memory.erase_rest()

    def _put_away(self, time: float | None) -> None:
        """Hands out what is on screen. A rolled line is said once, when the next one pushes it up."""
        text = self._screen.text()
        if text and self._since is not None:
            self._shown.append(Shown(self._since, time, text))
        self._screen, self._since = _Memory(), None
