"""In plain words: why the samples are as they are. Numbers and strings in, words out; no torch, no files."""

from __future__ import annotations

import re
from collections.abc import Iterable

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

LITTLE_TEXT = 100_000  # characters; measured: below this a network of this size memorises before it generalises
MEMORISED_GAP = 0.5  # nats a character between training and validation
FEW_EPOCHS = 1.0
SCRAMBLED = 1.5  # nats a character: above it, measured, samples are still full of words that are none


def explain(
    *, train_characters: int, steps: int, characters_per_step: int, train_loss: float, validation_loss: float
) -> str:
    """What the losses (nats a character) mean for the samples, and what would help, in a sentence or two."""
    epochs = steps * characters_per_step / max(1, train_characters)
    gap = validation_loss - train_loss
    if validation_loss <= SCRAMBLED and gap < MEMORISED_GAP:
        return (
            "The model reads text it has not seen nearly as well as text it has. Most words of its samples are words; "
            "that they make sense is beyond a model of this size."
        )
    if gap >= MEMORISED_GAP:
        cause = "there is too little text" if train_characters < LITTLE_TEXT else "it read the text too often"
        return (
            f"Memorised: {gap:.2f} nats a character better on text it has read than on other text, "
            f"because {cause} ({train_characters:,} characters, read {epochs:.1f} times). Samples copy pieces "
            f"of it and are scrambled in between; more transcripts help, more training does not."
        )
    if epochs < FEW_EPOCHS:
        return (
            f"Too few steps: {steps:,} steps read {100 * epochs:.0f} % of the text. Samples are scrambled "
            f"because training was short; a larger time budget helps."
        )
    if train_characters < LITTLE_TEXT:
        return (
            f"Too little text: {train_characters:,} characters are not enough to learn how words are spelt. "
            f"Samples are scrambled; more transcripts help most."
        )
    return (
        f"Not finished: after {epochs:.1f} readings the model still guesses at words. Samples are partly "
        f"scrambled; a larger time budget, and then more text, helps."
    )


def known_word_share(sample: str, words: Iterable[str]) -> float:
    """Share in [0, 1] of the sample's words, its first and last aside, that are among `words` (lower case)."""
    vocabulary = words if isinstance(words, (set, frozenset)) else frozenset(words)
    found = WORD.findall(sample.lower())[1:-1]
    return sum(word in vocabulary for word in found) / len(found) if found else 0.0


def longest_copied_run(sample: str, text: str) -> int:
    """Length in characters of the longest piece of `sample` that is in `text` letter by letter.

    Two pointers: the end only moves on, so it costs at most two searches a character.
    """
    longest, start = 0, 0
    for end in range(1, len(sample) + 1):
        while end - start > longest and sample[start:end] not in text:
            start += 1
        longest = max(longest, end - start)
    return longest
