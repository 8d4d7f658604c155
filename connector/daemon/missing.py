"""What becomes of transcripts whose files are gone: kept, or removed where the settings say so."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from connector.archive.ledger import Gone, Ledger
from connector.archive.rows import SourceRow
from connector.counting import counted

LARGEST_LOSS = 5  # a fifth of the archive at once is a mistake or a missing disk, not tidying up
NAMED = 5  # so many files are told of by name


def missing(known: Iterable[SourceRow], present: set[str]) -> list[str]:
    """The sources of the inbox that are not ``present`` any more; named files from elsewhere are nobody's loss."""
    return [
        source.path
        for source in known
        if source.state != "missing" and source.path not in present and not Path(source.path).is_absolute()
    ]


def note_missing(ledger: Ledger, gone: list[str], *, remove: bool) -> str:
    """Marks the sources as missing, and with ``remove`` deletes what no file is left of; returns what to tell of it."""
    files = "1 file is" if len(gone) == 1 else f"{len(gone):,} files are"
    lost = ledger.lost_transcripts(gone) if remove else set()
    if lost and len(lost) * LARGEST_LOSS >= len(ledger.transcript_ids()):
        ledger.mark_missing(gone)
        return (
            f"{files} gone, and with them {len(lost):,} of {len(ledger.transcript_ids()):,} transcripts: a fifth or"
            f" more at once, so they are kept. `connector forget ID` removes one."
        )
    return f"{files} gone; {_told(ledger.mark_missing(gone, remove=remove), len(gone))}"


def _told(gone: Gone, files: int) -> str:
    """What became of the words of so many files, the commonest last."""
    told = []
    if gone.removed:
        told.append(f"{counted(len(gone.removed), 'transcript')} removed")
    for path, older in gone.again[:NAMED]:
        told.append(f"{older} counts again, the version before {path}")
    if more := len(gone.again[NAMED:]):
        told.append(f"{more:,} more earlier versions count again")
    for path, twin in gone.moved[:NAMED]:
        told.append(f"{twin} has the same content as {path} had")
    if more := len(gone.moved[NAMED:]):
        told.append(f"{more:,} more are there under other names")
    rest = files - len(gone.removed) - len(gone.again) - len(gone.moved)
    if rest > 0 and not gone.removed:
        told.append("the others are kept searchable" if told else "kept searchable")
    return "; ".join(told)
