"""formats, parse: what is read and how. No archive is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import output

if TYPE_CHECKING:
    from connector.transcripts.formats import Reader
    from connector.transcripts.transcript import Reading

MOST_BYTES = 256 << 20  # as ingest.max_megabytes: what is larger is no transcript

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files, or folders with all below them.")]
FrameRate = Annotated[
    str | None, typer.Option(metavar="RATE", help="Frames a second of hh:mm:ss:ff times, e.g. 25 or 30000/1001.")
]


def register(app: typer.Typer) -> None:
    app.command()(formats)
    app.command()(parse)


def formats(as_json: output.Json = False) -> None:
    """List the formats that are read, their usual suffixes, and what each is told by.

    Example: connector formats
    """
    from connector.transcripts.formats import READERS

    if as_json:
        output.emit(
            [
                {"reader": one.name, "label": one.label, "suffixes": list(one.suffixes), "told_by": one.told_by}
                for one in READERS
            ]
        )
        return
    output.table(
        ("reader", "of", "suffixes", "told by"),
        [(one.name, one.label, " ".join(one.suffixes), one.told_by) for one in READERS],
    )


def parse(files: Files, fps: FrameRate = None, as_json: output.Json = False) -> None:
    """Show what would be read of a file and why by this reader; of several files a line each. Nothing is kept.

    Example: connector parse kickoff.txt --fps 29.97
    """
    from connector.errors import BadInputError, TranscriptError

    paths = _files_of(files)
    shown: list[dict[str, Any]] = []
    failed = 0
    for path in paths:
        try:
            shown.append(_parsed(path, fps))
        except TranscriptError as error:
            if len(paths) == 1:
                raise error.in_file(str(path)) from error
            failed += 1
            shown.append({"file": str(path), "error": error.reason, "line": error.line, "hint": error.hint})
    if as_json:
        output.emit(shown[0] if len(paths) == 1 else shown)
    elif len(paths) == 1:
        _show(shown[0])
    else:
        _summarize(shown)
    if failed and failed == len(paths):
        raise typer.Exit(BadInputError.exit_code)


def _files_of(paths: list[Path]) -> list[Path]:
    from connector.errors import BadInputError

    for path in paths:
        if not path.exists():
            raise BadInputError(f"{path}: no such file or folder")
    inside = [found for path in paths if path.is_dir() for found in sorted(path.rglob("*")) if found.is_file()]
    found = [path for path in paths if not path.is_dir()] + inside
    if not found:
        raise BadInputError(f"{paths[0]}: there are no files in it")
    return found


def read(path: Path, fps: str | None = None) -> tuple[Reading, list[tuple[Reader, float]]]:
    """The reading of one file, and the readers that took it for theirs, surest first; raises TranscriptError."""
    from connector.daemon.pipeline import read_whole
    from connector.transcripts import formats

    data = read_whole(path, MOST_BYTES)
    return formats.read(data, path.name, fps=fps), formats.candidates(data, path.name)


def _parsed(path: Path, fps: str | None) -> dict[str, Any]:
    reading, candidates = read(path, fps)
    chosen = candidates[0][0]
    return {
        "file": str(path),
        "reader": reading.format,
        "told_by": chosen.told_by,
        "others": [{"reader": other.name, "sure": round(sure, 2)} for other, sure in candidates[1:]],
        "metadata": reading.metadata,
        "notes": list(reading.notes),
        "cues": [
            {"start": cue.start, "end": cue.end, "speaker": cue.speaker, "text": cue.text}
            | ({} if cue.confidence is None else {"confidence": round(cue.confidence, 4)})
            for cue in reading.cues
        ],
    }


def _show(parsed: dict[str, Any]) -> None:
    from connector.transcripts.timecode_text import clock_text

    others = ", ".join(f"{one['reader']} ({one['sure']:g})" for one in parsed["others"])
    output.rows(
        [
            ("reader", f"{parsed['reader']}, chosen for {parsed['told_by']}"),
            *([("or else", others)] if others else []),
            *[(name, str(value)) for name, value in parsed["metadata"].items()],
            *[("note", note) for note in parsed["notes"]],
            ("cues", f"{len(parsed['cues']):,}"),
        ]
    )
    typer.echo()
    for cue in parsed["cues"]:
        who = f"{cue['speaker']}: " if cue["speaker"] else ""
        text = " ".join(cue["text"].split())
        typer.echo(output.printable(f"{clock_text(cue['start']):>8}-{clock_text(cue['end']):<8} {who}{text}"))


def _summarize(shown: list[dict[str, Any]]) -> None:
    from connector.transcripts.timecode_text import clock_text

    lines = []
    for one in shown:
        if "error" in one:
            lines.append((one["file"], "-", "", "", "", one["error"]))
            continue
        cues = one["cues"]
        speakers = sorted({cue["speaker"] for cue in cues if cue["speaker"]})
        named = ", ".join(speakers[:4]) + (f" and {len(speakers) - 4} more" if len(speakers) > 4 else "")
        last = max(cue["end"] for cue in cues)
        lines.append(
            (one["file"], one["reader"], f"{len(cues):,}", clock_text(cues[0]["start"]), clock_text(last), named)
        )
    output.table(("file", "reader", "cues", "first", "last", "speakers, or why not"), lines)
