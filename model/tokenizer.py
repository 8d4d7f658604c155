"""What the rest of the model knows of a vocabulary, be it of characters or of byte pairs.

Losses are told a character, whatever is one number: so vocabularies compare. This module must not know torch or files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from model.bpe import BytePairs
from model.vocab import SEPARATOR, Ids, Vocabulary


class Tokenizer(Protocol):
    """Which piece of text is which number: 0 is "unknown", 1 separates documents. Immutable; equal ones compare so."""

    @property
    def kind(self) -> str:
        """`characters` or `bpe`."""
        ...

    @property
    def characters(self) -> str:
        """Those that have a number of their own, the reserved two among them."""
        ...

    @property
    def lengths(self) -> npt.NDArray[np.uint16]:
        """How many characters each number stands for (V,); the separator counts as one."""
        ...

    def __len__(self) -> int: ...

    def extends(self, other: object) -> bool:
        """Whether every number of `other` means the same here."""
        ...

    def encode(self, text: str) -> Ids: ...

    def decode(self, ids: Sequence[int] | npt.NDArray[np.integer]) -> str: ...

    def to_json(self) -> dict[str, Any]:
        """One key, which `from_json` finds among others."""
        ...


def from_json(value: dict[str, Any]) -> Tokenizer:
    """The vocabulary in a checkpoint's description. Raises KeyError, ValueError, TypeError, AttributeError for none."""
    if "bpe" in value:
        return BytePairs([token.encode("latin-1") for token in value["bpe"]])
    return Vocabulary(value["characters"])


def as_document(tokenizer: Tokenizer, text: str) -> Ids:
    """A text's numbers as those of a document: a separator before them."""
    return np.concatenate([np.array([SEPARATOR], dtype=np.uint16), tokenizer.encode(text)])
