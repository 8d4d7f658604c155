"""One table of what is video and audio, for all who ask."""

from __future__ import annotations

import pytest

from connector.serve.pages.belonging import is_recording
from connector.transcripts.media import AUDIO, FOREIGN, MEDIA, PLAYABLE, VIDEO
from connector.transcripts.players import is_audio, playable


def test_every_suffix_is_of_one_kind_and_never_a_transcript() -> None:
    assert not VIDEO.keys() & AUDIO.keys()
    assert FOREIGN < PLAYABLE.keys() < MEDIA


@pytest.mark.parametrize("suffix", PLAYABLE)
def test_all_who_ask_are_told_the_same(suffix: str) -> None:
    name = f"Talk{suffix.upper()}"
    assert is_recording(name) and playable(name) == (suffix not in FOREIGN)
    kind, _, _ = PLAYABLE[suffix].partition("/")
    assert (kind == "audio") == is_audio(name) or kind == "application"
