"""Which files of an upload belong together: a transcript, its recording, and what says who may see it.

By names alone, without regard to capitals, which somebody may have meant to be the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from connector.archive.metadata.recordings import RENDITION, composed
from connector.archive.metadata.sidecars import FOR_ALL, is_sidecar
from connector.transcripts.file_names import recording_stems
from connector.transcripts.media import PLAYABLE


def describes(name: str) -> bool:
    """Whether a file of this name describes others, or would but for its capitals."""
    return is_sidecar(name.lower())


def goes_for_all(name: str) -> bool:
    """Whether it describes a whole folder."""
    return name.lower() in FOR_ALL


def is_recording(name: str) -> bool:
    """Whether a file of this name is video or audio, which may be of any size."""
    return PurePath(name).suffix.lower() in PLAYABLE


def stems(name: str) -> tuple[str, ...]:
    """What a file of this name, which goes for no whole folder, has in common with those it belongs to; the shortest
    last.
    """
    if describes(name):
        return (name[: name.lower().rindex(".meta.")],)
    stem = PurePath(name).stem
    if is_recording(name):
        return tuple(dict.fromkeys((stem, RENDITION.sub("", stem))))
    return (name, *recording_stems(stem))


def together(names: Sequence[str]) -> list[list[int]]:
    """The places in ``names`` of those that belong together, by any stem that they share."""
    groups: list[tuple[set[str], list[int]]] = []
    for place, name in enumerate(names):
        shared, places = set(map(folded, stems(name))), [place]
        for group in [one for one in groups if one[0] & shared]:
            groups.remove(group)
            shared, places = shared | group[0], group[1] + places
        groups.append((shared, places))
    return [places for _, places in groups]


def misspelt(names: Iterable[str]) -> tuple[str, str] | None:
    """A file that describes others and one that it was meant for, which it misses by its capitals."""
    names = list(names)
    for said in filter(describes, names):
        (stem,) = stems(said)
        for name in names:
            if not describes(name) and stem not in stems(name) and folded(stem) in map(folded, stems(name)):
                return said, name
    return None


def folded(name: str) -> str:
    return composed(name).casefold()


def after(stem: str, name: str) -> str:
    """What follows ``stem`` in ``name``, which may write it in other capitals: ß is two letters then."""
    ends = (end for end in range(len(name), 0, -1) if folded(name[:end]) == folded(stem))
    return name[next(ends, len(stem)) :]
