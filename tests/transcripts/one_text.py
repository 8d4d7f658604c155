"""Cleaning one text by its steps alone: what the search over all texts at once is held against."""

from __future__ import annotations

from connector.transcripts import clean
from connector.transcripts.clean import ALL, Cleaning


def clean_text(text: str, cleaning: Cleaning = ALL, language: str | None = None) -> str:
    """One text as it is shown: the steps that need no other cue, which are all but ``rolling`` and ``casing``."""
    spoken = None
    while spoken != (spoken := clean._language_of([text], cleaning, language)):
        text = clean._settled(text, *clean._steps(cleaning, spoken))
    return text
