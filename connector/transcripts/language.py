"""Which language a text is in, by py3langid's model.
The model is package data, loaded on first use (half a second) and mapped, not held. Knows nothing of transcripts.
"""

from __future__ import annotations

import lzma
import math
import shutil
import tempfile
import zipfile
from functools import cache
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from py3langid import langid

from indexer.languages import NAMES

# Languages that the model cannot be trusted to tell apart in speech.
_ALIKE = ({"no", "da", "sv"}, {"hr", "bs", "sr", "sl"}, {"id", "ms"}, {"cs", "sk"}, {"pt", "gl"}, {"hi", "mr", "ne"})
MOST_CHARACTERS = 1_000  # of one text; more make the answer no surer
_ROWS = 4_096  # of an array of the model, copied at once


class Guess(NamedTuple):
    """A language's code and how sure the model is of it, from 0 to 1 (calibrated by the length of the text)."""

    code: str
    probability: float


def alike(first: str, second: str) -> bool:
    """Whether two languages are the same, or so near that no verdict should hang on the difference."""
    return first == second or any(first in group and second in group for group in _ALIKE)


def identify(text: str) -> Guess:
    """The likeliest of the languages of ``NAMES`` for ``text``, of which the first thousand characters are read."""
    code, probability = _identifier().classify(text[:MOST_CHARACTERS])
    return Guess(code, float(probability))


@cache
def _identifier() -> langid.LanguageIdentifier:
    """The model as py3langid's own loader builds it, but for the languages left out and for where it lies: mapped from
    a temporary file, so that of 54 MB only the pages a text touches are in memory.
    """
    with tempfile.TemporaryFile() as unpacked:
        with lzma.open(langid.MODEL_DIR / langid.MODEL_FILE) as packed:
            shutil.copyfileobj(packed, unpacked, 1 << 18)
        unpacked.seek(0)
        with np.load(unpacked, allow_pickle=False) as model:
            codes = model["classes"].tolist()
            wanted = [number for number, code in enumerate(codes) if code in NAMES]
            return langid.LanguageIdentifier(
                _mapped(model.zip, "ptc", wanted),
                model["pc"][wanted],
                [codes[number] for number in wanted],
                memoryview(cast(Any, _mapped(model.zip, "nextmove"))),
                memoryview(model["out_feat"]),
                norm_probs=True,
                tk_row=memoryview(model["nextmove_row"]),
            )


def _mapped(archive: zipfile.ZipFile, name: str, columns: list[int] | None = None) -> NDArray[Any]:
    """An array of the model, or some columns of it, as a read-only map of a file that is gone when the map is."""
    with archive.open(f"{name}.npy") as member, tempfile.TemporaryFile() as file:
        np.lib.format.read_magic(member)
        shape, _, kind = np.lib.format.read_array_header_1_0(member)
        width = math.prod(shape[1:])
        while block := member.read(_ROWS * width * kind.itemsize):
            rows = np.frombuffer(block, kind).reshape(-1, *shape[1:])
            file.write((rows if columns is None else rows[:, columns]).tobytes())
        file.flush()
        shape = shape if columns is None else (shape[0], len(columns))
        return np.memmap(file, kind, "r", shape=shape)
