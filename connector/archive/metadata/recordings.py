"""The video or audio file that a transcript lies beside: its recording. Looks at names and links; opens nothing."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from connector.archive.metadata.listing import names_in
from connector.transcripts.file_names import recording_stems
from connector.transcripts.media import AUDIO, VIDEO

# What meeting programs and editors add to a video's name alone: Zoom's view and resolution, a rendition's height.
RENDITION = re.compile(r"(?:_(?:as|avo|gallery|gvo))?[_-](?:[0-9]{3,4}x[0-9]{3,4}|[0-9]{3,4}p)$", re.IGNORECASE)
_MOST_FILES = 10_000


def media_beside(source: Path, inbox: Path) -> Path | None:
    """The media file of the same stem in the folder of ``source``, a video before audio; None where there is none.

    ``talk.mp4`` for ``talk.srt``, ``talk.en.vtt`` and ``talk.transcript.vtt``, Zoom's ``…_1920x1080.mp4`` too. Never a
    link that leads out of the inbox (of the file's own folder for a source outside it). Raises OSError where the
    folder cannot be read.
    """
    folder = source.parent
    by_stem = _media(names_in(folder))
    bounds = (inbox if folder.is_relative_to(inbox) else folder).resolve()
    for stem in recording_stems(source.stem):
        for name in by_stem.get(composed(stem), ()):
            found = folder / name
            if found.is_file() and (not found.is_symlink() or found.resolve().is_relative_to(bounds)):
                return found
    return None


@lru_cache(maxsize=16)
def _media(names: frozenset[str]) -> dict[str, list[str]]:
    """The ``names`` of media files by stem, with and without a rendition's mark: exact ones, videos first."""
    ranked = []
    for name in names:
        stem, dot, kind = name.rpartition(".")
        if (kind := f"{dot}{kind}".lower()) in VIDEO or kind in AUDIO:
            plain = RENDITION.sub("", stem)
            ranked.append((kind in AUDIO, plain != stem, name, plain))
    by_stem: dict[str, list[str]] = {}
    for _, marked, name, plain in sorted(ranked)[:_MOST_FILES]:
        by_stem.setdefault(composed(Path(name).stem), []).append(name)
        if marked:
            by_stem.setdefault(composed(plain), []).append(name)
    return by_stem


def composed(stem: str) -> str:
    """A name in one spelling: some file systems take a letter and its accent apart."""
    return unicodedata.normalize("NFC", stem)
