"""formats, parse: what is read and how. No archive is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import output

if TYPE_CHECKING:
    from connector.config import Settings

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files, or folders with all below them.")]
FrameRate = Annotated[
    str | None, typer.Option(metavar="RATE", help="Frames a second of hh:mm:ss:ff times, e.g. 25 or 30000/1001.")
]
Cleaned = Annotated[bool, typer.Option("--cleaned", help="As it is searched: after the cleaning of config.yaml.")]


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


def parse(
    context: typer.Context, files: Files, fps: FrameRate = None, cleaned: Cleaned = False, as_json: output.Json = False
) -> None:
    """Show what would be read of a file and why by this reader; of several files a line each. Nothing is kept.

    Every word that is said is there, once: tags are gone, and lines that captions only scroll on.

    Example: connector parse kickoff.txt --fps 29.97
    """
    from connector.errors import BadInputError, TranscriptError

    paths = _files_of(files)
    settings = settings_or_defaults(context)
    shown: list[dict[str, Any]] = []
    failed = 0
    for path in paths:
        try:
            shown.append(_parsed(path, fps, settings, cleaned=cleaned))
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


def settings_or_defaults(context: typer.Context) -> Settings:
    """The settings of the configuration there is, else the defaults: looking at one file needs no archive."""
    from connector.config import Settings, load
    from connector.errors import NotSetUpError

    try:
        return load(context.obj).settings
    except NotSetUpError:
        if context.obj:
            raise
        return Settings()


def _parsed(path: Path, fps: str | None, settings: Settings, *, cleaned: bool) -> dict[str, Any]:
    """What is read of a file, with the cues as they were said, or ``cleaned`` as they would be searched."""
    from connector.daemon.pipeline import read_whole
    from connector.transcripts import formats
    from connector.transcripts.clean import ONLY_FORMAT, clean_cues
    from connector.transcripts.programme import from_its_start

    data = read_whole(path, settings.ingest.max_megabytes << 20)
    reading, ((chosen, _), *others) = formats.read_and_explain(data, path.name, fps=fps)
    reading = from_its_start(reading, None)
    steps = settings.clean.steps if cleaned else ONLY_FORMAT
    cues = clean_cues(reading.cues, steps, reading.metadata.get("language"))
    return {
        "file": str(path),
        "reader": reading.format,
        "told_by": chosen.told_by,
        "others": [{"reader": other.name, "sure": round(sure, 2)} for other, sure in others],
        "metadata": reading.metadata,
        "notes": list(reading.notes),
        "cues_in_file": len(reading.cues),
        "cues": [
            {"start": cue.start, "end": cue.end, "speaker": cue.speaker, "text": cue.text}
            | ({} if cue.confidence is None else {"confidence": round(cue.confidence, 4)})
            for cue in cues
        ],
    }


def _show(parsed: dict[str, Any]) -> None:
    from connector.transcripts.timecode_text import clock_text

    shown, whole = len(parsed["cues"]), parsed["cues_in_file"]
    others = ", ".join(f"{one['reader']} ({one['sure']:g})" for one in parsed["others"])
    output.rows(
        [
            ("reader", f"{parsed['reader']}, chosen for {parsed['told_by']}"),
            *([("or else", others)] if others else []),
            *[(name, str(value)) for name, value in parsed["metadata"].items()],
            *[("note", note) for note in parsed["notes"]],
            ("cues", f"{shown:,}" if shown == whole else f"{shown:,} once cleaned, of {whole:,} in the file"),
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
        first, last = (clock_text(cues[0]["start"]), clock_text(max(cue["end"] for cue in cues))) if cues else ("", "")
        lines.append((one["file"], one["reader"], f"{len(cues):,}", first, last, named))
    output.table(("file", "reader", "cues", "first", "last", "speakers, or why not"), lines)
