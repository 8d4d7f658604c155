"""quality: what the gate says of one file, and how many of its words are wrong. No archive is needed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import output
from connector.cli.reading import settings_or_defaults
from connector.counting import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.config import Settings
    from connector.transcripts.transcript import Cue, Reading

TEXT_SUFFIXES = (".txt", ".text", ".md", "")  # of a reference that is a text without times


def register(app: typer.Typer) -> None:
    app.command()(quality)


def quality(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A transcript.")],
    reference: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What was really said in it, to count errors by: a transcript, or plain text."
        ),
    ] = None,
    language: Annotated[
        list[str],
        typer.Option(metavar="CODE", help="A language it should be in, e.g. en; default: quality.languages."),
    ] = [],  # noqa: B006  # Typer's way
    bits: Annotated[
        bool, typer.Option("--bits", help="Ask the language model too, as the daemon does; takes seconds.")
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Show what the quality gate says of a transcript, and with --reference its word error rate.

    Example: connector quality talk.vtt --reference corrected/talk.vtt
    """
    from connector.archive.judging import judge
    from connector.transcripts.clean import clean_cues

    settings = _settings(context, language)
    reading = _reading(file, settings)
    cleaned = clean_cues(reading.cues, settings.clean.steps, reading.metadata.get("language"))
    told: dict[str, Any] = {"file": str(file), "reader": reading.format, "cues": len(cleaned)}
    language_told = reading.metadata.get("language")
    judgement = judge(reading.cues, language_told, lambda _: set(), settings, run_back=reading.run_back).judgement
    told |= _weighed(judgement, reading, settings) if bits else judgement
    if reference:
        right = clean_cues(_right_cues(reference, settings), settings.clean.steps)
        told["errors"] = _errors(right, cleaned)
    if as_json:
        output.emit(told)
        return
    output.rows(
        [
            ("verdict", f"{told['verdict']}, quality {told['grade']}"),
            *[("because", reason) for reason in told["reasons"]],
            ("language", told["language"] or "undecided"),
            *[(name.replace("_", " "), f"{value:g}") for name, value in told["scores"].items()],
        ]
    )
    if reference:
        _tell_errors(told["errors"])


def _settings(context: typer.Context, languages: list[str]) -> Settings:
    """Those of the configuration there is, with the ``languages`` of the command line where it names some."""
    settings = settings_or_defaults(context)
    if not languages:
        return settings
    from connector.config import QualitySettings
    from connector.validation import validate

    given = validate(settings.quality.model_dump() | {"languages": languages}, QualitySettings, "--language")
    return settings.model_copy(update={"quality": given})


def _reading(path: Path, settings: Settings) -> Reading:
    from connector.daemon.pipeline import read_whole
    from connector.errors import BadInputError, TranscriptError
    from connector.transcripts import formats

    if not path.is_file():
        raise BadInputError(f"{path}: no such file")
    try:
        return formats.read(read_whole(path, settings.ingest.max_megabytes << 20), path.name)
    except TranscriptError as error:
        raise error.in_file(str(path)) from error


def _right_cues(path: Path, settings: Settings) -> Sequence[Cue]:
    """What was really said: the cues of a transcript, or a text in UTF-8 without times as one cue."""
    from connector.daemon.pipeline import read_whole
    from connector.errors import TranscriptError
    from connector.transcripts.transcript import Cue

    try:
        return _reading(path, settings).cues
    except TranscriptError:
        if path.suffix.lower() not in TEXT_SUFFIXES:
            raise
        try:
            text = read_whole(path, settings.ingest.max_megabytes << 20).decode("utf-8-sig")
        except UnicodeDecodeError:
            text = ""
        if not text.strip() or "\0" in text:
            raise
    output.say(f"{path}: read as plain text without times")
    return [Cue(0.0, 0.0, None, text)]


def _weighed(judgement: dict[str, Any], reading: Reading, settings: Settings) -> dict[str, Any]:
    """The judgement with what the language model thinks, under the limit of the settings or the usual one."""
    from connector.archive.judging import weigh_cues
    from connector.daemon.scorer import base_bits
    from connector.errors import BadInputError
    from connector.transcripts.quality.plausibility import LIMIT, joined
    from model.errors import CheckpointError

    try:
        ask = base_bits()
    except CheckpointError as error:
        raise BadInputError(str(error), hint="Without --bits the language model is not asked.") from error
    language, limit = reading.metadata.get("language"), settings.quality.bits_a_character or LIMIT
    weighed = asdict(weigh_cues(reading.cues, language, ask, limit, settings))
    told = joined(judgement, weighed)
    return told | {"verdict": "held" if told["grade"] == "low" else "accepted"}


def _errors(right: Sequence[Cue], heard: Sequence[Cue]) -> dict[str, Any]:
    from connector.transcripts.quality.error_rate import word_errors

    counted = word_errors(*("\n".join(cue.text for cue in cues) for cues in (right, heard)))
    return {
        "word_error_rate": round(counted.rate, 4),
        "words": counted.words,
        "substitutions": counted.substitutions,
        "deletions": counted.deletions,
        "insertions": counted.insertions,
        "worst": [{"reference": one.reference, "heard": one.hypothesis} for one in counted.worst],
    }


def _tell_errors(errors: dict[str, Any]) -> None:
    counts = ", ".join(counted(errors[f"{name}s"], name) for name in ("substitution", "deletion", "insertion"))
    typer.echo(f"\nword error rate  {errors['word_error_rate']:.1%} of {counted(errors['words'], 'word')}: {counts}")
    for one in errors["worst"]:
        typer.secho(output.printable(f"\n  right  {one['reference']}"), dim=True)
        typer.echo(output.printable(f"  heard  {one['heard']}"))
