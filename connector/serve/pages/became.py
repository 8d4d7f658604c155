"""What became of a file that came in, as a page tells it: a word, the reasons, what may be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from connector.archive.file_keys import file_of, key_of
from connector.archive.ledger import Ledger
from connector.archive.ledger.reading import Arrival
from connector.archive.metadata.recordings import composed
from connector.archive.metadata.sidecars import FOR_ALL, is_sidecar, sidecar_paths
from connector.serve.pages.belonging import is_recording, stems
from connector.serve.pages.filing import Filed
from connector.transcripts.file_names import recording_stems

# What became of a file, in a word: how it looks, and what there is to say where the ledger says nothing.
_STATES = {
    "searchable": ("good", ""),
    "in doubt": ("doubt", ""),
    "not read": ("bad", ""),
    "rejected": (
        "bad",
        "You decided that it is no transcript worth having; the file is left alone while it is the same.",
    ),
    "older version": ("", "Another file of the same recording took its place."),
    "left out": ("", ""),
    "gone": ("", "The file is not there any more; what was read of it stays."),
    "forgotten": ("", "You had it deleted everywhere; the file is left alone."),
    "under way": ("", "It lies in the inbox and is being taken in."),
    "waiting": ("doubt", "It lies in the inbox; nobody takes in what lies there now."),
    "not there": ("bad", "There is no such file in the inbox."),
    "kept": ("good", ""),
    "refused": ("bad", ""),
    "left alone": (
        "doubt",
        "It lies in the inbox, but its name is one that is left alone (ingest.ignore, or unfinished).",
    ),
}
_WORDS = {
    "failed": "not read", "rejected": "rejected", "replaced": "older version", "duplicate": "left out",
    "missing": "gone", "forgotten": "forgotten",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A file as a page lists it. ``kind``: how the ``state`` looks. ``ident`` and ``title``: of the transcript that is
    shown of it. ``words``: the hash of those that are in doubt. ``unlinked``: nobody knows its video. ``seen``: when
    its state last changed.
    """

    path: str
    state: str
    kind: str
    lines: tuple[str, ...] = ()
    ident: str | None = None
    title: str = ""
    seen: str = ""
    unlinked: bool = False
    media: str | None = None
    words: str = ""


def row_of_upload(ledger: Ledger, one: Filed, inbox: Path, sources: Sequence[Path], unknown: str) -> Row:
    """What became of an uploaded file; ``sources``: those of the inbox; ``unknown``: the state of what nobody read."""
    if one.path is None:
        return replace(_plain(one.name, "refused"), lines=tuple(one.told.splitlines()))
    name = _key(one.path, inbox)
    if is_sidecar(one.path.name):
        row = _sidecar(name, one.path, described_by(sources, one.path, inbox))
    elif is_recording(one.path.name):
        beside = [ledger.arrival(_key(path, inbox)) for path in described_by(sources, one.path, inbox)]
        of = next((found.told.get("title") or found.source.path for found in beside if found), "")
        row = _plain(name, "kept", f"It is the recording of {of}." if of else _LATER)
    else:
        row = row_named(ledger, name, unknown)
    return replace(row, lines=(f"{one.told[0].upper()}{one.told[1:]}.", *row.lines)) if one.told else row


def _sidecar(name: str, path: Path, described: Sequence[Path]) -> Row:
    if path.name in FOR_ALL:
        return _plain(name, "kept", "It goes for its folder and all below.")
    if described:
        return _plain(name, "kept", "It describes the transcript it is named after.")
    return replace(
        _plain(name, "kept", "It describes nothing yet: no transcript beside it has its name."), kind="doubt"
    )


_LATER = "It is played once a transcript of the same name lies beside it."


def row_named(ledger: Ledger, name: str, unknown: str) -> Row:
    """The file of the inbox that the ledger knows by this name; in the state ``unknown`` where it does not."""
    found = ledger.arrival(name)
    return row_of(ledger, found) if found else _plain(name, unknown)


def row_of(ledger: Ledger, found: Arrival) -> Row:
    """A file that came in."""
    source = found.source
    state = _WORDS.get(source.state, "in doubt" if found.verdict == "held" else "searchable")
    if source.replaced and source.state == "indexed":
        state = "older version"
    row = _plain(source.path, state)
    lines = source.error.splitlines() if source.error else row.lines
    if state == "in doubt" and (transcript := ledger.transcript(source.transcript_id or "")):
        row = replace(row, words=transcript.cues_hash)
        lines = transcript.judgement.get("reasons", ())
    if state == "not read" and found.verdict:
        lines = (*lines, "What was read of it before is still found.")
    if not found.verdict:
        return replace(row, lines=tuple(lines), seen=_moment(found.seen))
    return replace(
        row,
        lines=tuple(lines),
        seen=_moment(found.seen),
        ident=source.transcript_id,
        title=found.told.get("title") or "Untitled",
        unlinked=not found.told.get("url") and not Path(source.path).is_absolute(),
        media=source.media,
    )


def _plain(name: str, state: str, told: str = "") -> Row:
    kind, usual = _STATES[state]
    return Row(name, state, kind, tuple(filter(None, [told or usual])))


def _moment(iso: str) -> str:
    return iso[:16].replace("T", " ")


def accompanies(path: Path) -> bool:
    """Whether a file is no transcript, but belongs to one."""
    return is_sidecar(path.name) or is_recording(path.name)


def sources_of(ledger: Ledger, inbox: Path) -> list[Path]:
    """The files of the inbox that are transcripts, as the ledger knows them."""
    return [file_of(inbox, one.path) for one in ledger.sources() if one.state not in ("missing", "forgotten")]


def described_by(sources: Sequence[Path], path: Path, inbox: Path) -> list[Path]:
    """Those of ``sources`` that ``path`` belongs to: a sidecar by how it is read, a recording by its name."""
    if path.name in FOR_ALL:
        return [one for one in sources if one.is_relative_to(path.parent)]
    beside = [one for one in sources if one.parent == path.parent]
    if is_sidecar(path.name):
        return [one for one in beside if path in sidecar_paths(one, inbox)]
    names = set(map(composed, stems(path.name)))
    return [one for one in beside if names & set(map(composed, recording_stems(one.stem)))]


def _key(path: Path, inbox: Path) -> str:
    return key_of(path.relative_to(inbox))
