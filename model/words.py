"""Where a text falls into words: pieces that a byte-pair vocabulary puts together, and never joins with one another.

A word is a run of letters with the single space before it, and with apostrophes between its letters; a digit, or a run
of other signs, each with the single space before it; a line's end; a run of spaces. For English that is what `PATTERN`
finds, here in a few passes of numpy over the bytes, ten times as quick as a regular expression. This module must not
know vocabularies.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

PATTERN = r" ?[^\W\d_]+(?:['’][^\W\d_]+)*| ?\d| ?(?:[^\w\s]|_)+|\n|[^\S\n]+"
LONGEST = 64  # bytes of a word; a script without spaces would else make one of every sentence
BLOCK = 1 << 17  # bytes at once: what is computed of them stays in a core's cache
_SURE = 8  # bytes from a block's end on which a word's beginning may still depend on what follows

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

_LETTER, _DIGIT, _LINE_END, _SPACE, _BLANK, _SIGN, _APOSTROPHE = range(7)


def utf8(text: str) -> bytes:
    """A text's bytes; half a surrogate pair, which is no character, becomes the replacement character."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def blocks(data: bytes) -> Iterator[tuple[bytes, Places]]:
    """The text (UTF-8) in blocks that end with a word, each with the places in it where its words begin.

    Where blocks end changes nothing: the words are those of the whole text.
    """
    at = 0
    while at < len(data):
        block = data[at : at + BLOCK]
        starts = _starts(block)
        if at + len(block) < len(data):
            sure = int(np.searchsorted(starts, len(block) - _SURE)) - 1
            if sure == 0:  # a word that fills the block
                starts = _with_cuts(block, starts)
                sure = int(np.searchsorted(starts, len(block) - _SURE)) - 1
            block, starts = block[: starts[sure]], starts[:sure]
        yield block, _with_cuts(block, starts)
        at += len(block)


def keys(data: bytes, starts: Places) -> Keys:
    """A number for each word of a block, of 64 bits: equal words have equal ones, others practically never."""
    eight = np.ndarray((len(data),), dtype="<u8", buffer=data + bytes(8), strides=(1,))  # from each byte on
    lengths = np.diff(starts, append=len(data))
    numbers: Keys = eight.take(starts) & _MASKS.take(lengths)
    numbers ^= _SALTS.take(lengths)
    longer, done = np.flatnonzero(lengths > 8), 8
    while len(longer):
        more = eight[starts[longer] + done] & _MASKS[lengths[longer] - done]
        numbers[longer] = _mixed(numbers[longer]) ^ more
        done += 8
        longer = longer[lengths[longer] > done]
    return numbers


def words(data: bytes, starts: Places, chosen: Places) -> list[bytes]:
    """The words number `chosen` of a block."""
    ends = np.append(starts[1:], len(data))
    return [data[start:end] for start, end in zip(starts[chosen].tolist(), ends[chosen].tolist(), strict=True)]


def _mixed(numbers: Keys) -> Keys:
    """Each bit of every number spread over all others (SplitMix64, Steele et al. 2014)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


# By a word's length: a mask of as many of the next eight bytes, and what tells "a" from "a" and a byte of zeros.
_MASKS = np.array([(1 << 8 * min(length, 8)) - 1 for length in range(LONGEST + 1)], dtype=np.uint64)
_SALTS = np.arange(LONGEST + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)


def _kind(byte: int) -> int:
    character = chr(byte)
    if byte >= 0x80 or character.isalpha():
        return _LETTER
    special = {" ": _SPACE, "\n": _LINE_END, "'": _APOSTROPHE}
    return special.get(character, _DIGIT if character.isdigit() else _BLANK if character.isspace() else _SIGN)


_KINDS = bytes(map(_kind, range(256)))


def _starts(data: bytes) -> Places:
    """Where the words of a text begin; what its last bytes are is only known with what follows."""
    kinds = np.frombuffer(bytearray(data.translate(_KINDS)), dtype=np.uint8)
    apostrophes = np.flatnonzero(kinds == _APOSTROPHE)
    if not data.isascii():
        apostrophes = np.concatenate([apostrophes, _mark_signs(data, kinds)])
    if len(apostrophes):
        _mark_apostrophes(kinds, apostrophes)
    spaces, line_ends = kinds == _SPACE, kinds == _LINE_END
    blanks = spaces | (kinds == _BLANK)
    begins = np.ones(len(kinds), dtype=bool)
    np.not_equal(kinds[1:], kinds[:-1], out=begins[1:])
    begins |= line_ends
    begins |= kinds == _DIGIT
    begins[1:] &= ~(blanks[1:] & blanks[:-1])
    taken = spaces[:-1] & ~(blanks[1:] | line_ends[1:])  # by the word after it,
    taken[1:] &= ~blanks[:-2]  # where it is the only one
    begins[1:] &= ~taken
    return np.flatnonzero(begins)


def _mark_signs(data: bytes, kinds: Bytes) -> Places:
    """Marks the signs outside ASCII: of Latin-1, general punctuation, and that of East Asia; returns where ’ begins."""
    numbers = np.frombuffer(data + bytes(2), dtype=np.uint8)
    places = np.flatnonzero(numbers >= 0xC2)  # where a character of several bytes begins
    first, second, third = (numbers.take(places + offset) for offset in range(3))
    latin = places[(first == 0xC2) & (second >= 0xA0)]
    general = (first == 0xE2) & ((second | 1) == 0x81)
    signs = places[(general | ((first == 0xE3) & (second == 0x80))) & (third >= 0x80)]
    for each in (latin, latin + 1, signs, signs + 1, signs + 2):
        kinds[each] = _SIGN
    right_quotes: Places = places[(first == 0xE2) & (second == 0x80) & (third == 0x99)]
    return right_quotes


def _mark_apostrophes(kinds: Bytes, places: Places) -> None:
    """Those between two letters are letters, all others signs."""
    widths = np.where(kinds[places] == _APOSTROPHE, 1, 3)
    kinds[places] = _SIGN
    inside = (places > 0) & (places + widths < len(kinds))
    places, widths = places[inside], widths[inside]
    between = (kinds[places - 1] == _LETTER) & (kinds[places + widths] == _LETTER)
    places, widths = places[between], widths[between]
    for offset in range(3):
        kinds[places[widths > offset] + offset] = _LETTER


def _with_cuts(data: bytes, starts: Places) -> Places:
    """The same with the places where words that are too long are cut, between characters."""
    lengths = np.diff(starts, append=len(data))
    if lengths.max() <= LONGEST:
        return starts
    long, cuts = np.flatnonzero(lengths > LONGEST), []
    for at, end in zip(starts[long].tolist(), (starts + lengths)[long].tolist(), strict=True):
        while end - at > LONGEST:
            at += LONGEST
            while data[at] & 0xC0 == 0x80:
                at -= 1
            cuts.append(at)
    return np.sort(np.append(starts, cuts))
