"""train, sample: by hand what the daemon does by itself, and trainings outside the archive."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from connector.cli import completing, output
from connector.cli.context import config_of
from connector.errors import BadInputError, UsageError

BASE_SECONDS = 1200.0  # a base is made once
SEED = 1337  # nanoGPT's


def register(app: typer.Typer) -> None:
    app.command()(train)
    app.command()(sample)


def train(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH...]", help="With --base: transcripts, or folders of them.")
    ] = None,
    text: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Train on this plain text instead, or on what `model export` wrote."),
    ] = None,
    base: Annotated[
        bool, typer.Option("--base", help="Make a base from PATH..., for trainings to start from (train.base).")
    ] = False,
    preset: Annotated[
        str | None,
        typer.Option(
            autocompletion=completing.presets,
            metavar="NAME",
            help="With --text: nanoGPT's `cpu` or `baby` configuration.",
        ),
    ] = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            autocompletion=completing.tokenizers,
            metavar="NAME",
            help="With --text, --base: characters, or bpe: byte pairs learned from the text.",
        ),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=1, callback=output.finite, help="Time it may take; default: train.budget.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="With --text, --base: steps it may take.")] = None,
    into: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="With --text, --base: for the model; default: FILE.model, base."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**31 - 1, help="With --text, --base; default: 1337.")] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Not from the last checkpoint: from the base, with --text from nothing.")
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Train the character GPT on the archive, from its last checkpoint, and draw samples. Ctrl-C saves and stops.

    Example: connector train --text input.txt --preset cpu
    """
    if text and base:
        raise UsageError("--text and --base are two trainings", hint="Call the command once for each.")
    if bool(paths) != base:
        raise UsageError("--base and PATH... go together", hint="For example: connector train --base talks/ more/")
    if not text and not base:
        if preset or tokenizer or steps or into or seed is not None:
            raise UsageError(
                "--preset, --tokenizer, --steps, --into and --seed are for --text and --base",
                hint="For the archive, `train.tokenizer` and `train.seed` in config.yaml say how, --seconds how long.",
            )
        report = taught(context, "train", {"fresh": fresh} | ({"seconds": seconds} if seconds else {}))
        if as_json:
            output.emit(report)
        elif report.get("started"):
            typer.echo("the daemon trains; `connector status` shows how far it is")
        return
    if base and (preset or fresh):
        raise UsageError(
            "--preset and --fresh are not for --base", hint="A base has the one shape that trainings start from."
        )
    from model.config import TOKENIZERS

    if tokenizer and tokenizer not in TOKENIZERS:
        raise UsageError(f"there is no tokenizer {tokenizer!r}", hint=f"There are: {', '.join(TOKENIZERS)}")
    wanted = {"budget_seconds": seconds, "max_steps": steps, "tokenizer": tokenizer}
    given = {key: value for key, value in wanted.items() if value is not None}
    given["seed"] = SEED if seed is None else seed
    report = _base(paths or [], into, given) if base else _text(text or Path(), into, preset, given, fresh, as_json)
    if as_json:
        output.emit(report)


def _text(
    file: Path, into: Path | None, preset: str | None, given: dict[str, Any], fresh: bool, as_json: bool
) -> dict[str, Any]:
    """Trains on a plain text and prints what nanoGPT's prepare.py and train.py do, and why the samples are so."""
    from connector.daemon.outside import leads, learn, prepared
    from model.base import SHIPPED
    from model.config import PRESETS, UNBOUNDED, GPTConfig, TrainConfig

    if preset and preset not in PRESETS:
        known = "; ".join(f"{name}: {one.about}" for name, one in PRESETS.items())
        raise UsageError(f"there is no preset {preset!r}", hint=known)
    gpt, config = (PRESETS[preset].gpt, PRESETS[preset].train) if preset else (GPTConfig(), TrainConfig())
    config = replace(config, **given)
    if "max_steps" in given and "budget_seconds" not in given:
        config = replace(config, budget_seconds=UNBOUNDED)
    into = into or file.with_suffix(".model")
    base = None if preset or fresh else SHIPPED
    quiet = not leads()  # of several processes one speaks
    with prepared(file, config.tokenizer) as text:
        if not as_json and not quiet:
            for line in text.lines:
                typer.echo(output.printable(line))
        result = learn(
            text.documents,
            into,
            gpt,
            config,
            base=base,
            fresh=fresh,
            say=_nothing if quiet else output.say,
            show=_nothing if quiet else output.LiveProgress(),
        )
    if quiet:
        raise typer.Exit
    report = asdict(replace(result, training=(), validation=())) | {
        "validation_bits": result.validation_bits,
        "model": str(into),
    }
    report |= {"train": text.train, "validation": text.validation}
    if config.tokenizer == "characters":
        report["vocabulary"] = len(text.alphabet)
    if not as_json:
        ended = f"{result.steps:,} steps in {result.seconds:.1f} s, {result.reason}"
        if result.outcome == "finished":
            ended += f": train loss {result.train_loss:.4f}, val loss {result.validation_loss:.4f}"
            ended += f" ({result.validation_bits:.2f} bits a character)"
        typer.echo(ended)
        typer.echo(result.explanation)
        if result.outcome == "finished":
            typer.echo(f"in {into}, with a report: connector report {into}; draw: connector sample --model {into}")
    return report


def _nothing(_: Any) -> None:
    """Says nothing."""


def _base(paths: list[Path], into: Path | None, given: dict[str, Any]) -> dict[str, Any]:
    from connector.daemon.outside import make_base
    from model.config import GPTConfig, TrainConfig

    into = into or Path("base")
    config = replace(
        TrainConfig(budget_seconds=BASE_SECONDS, max_epochs=1000, batch_size=8, dropout=0.0, eval_interval=200), **given
    )
    result = make_base(paths, into, GPTConfig(), config, output.say, output.LiveProgress())
    report = asdict(replace(result, training=(), validation=())) | {"base": None}
    if result.outcome == "interrupted":
        output.say(f"there is no base yet. {result.explanation}")
        return report
    named = json.dumps(str(into.absolute()), ensure_ascii=False)  # JSON's strings are YAML's
    output.say(f"the base is in {into}; `train: {{base: {named}}}` in config.yaml starts from it")
    output.say("what it has read stays in it and in what starts from it: neither permissions nor `forget` reach a base")
    return report | {"base": str(into)}


def sample(
    context: typer.Context,
    model: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Draw from what `train --text` or `--base` made; nothing is indexed."),
    ] = None,
    prompt: Annotated[str | None, typer.Option(help="What to continue; default: beginnings of real segments.")] = None,
    count: Annotated[int | None, typer.Option(min=1, max=1000, help="How many.")] = None,
    length: Annotated[int | None, typer.Option(min=1, max=100_000, help="Characters of each, at most.")] = None,
    temperature: Annotated[
        float | None, typer.Option(min=0, max=10, callback=output.finite, help="0: always the likeliest.")
    ] = None,
    top_k: Annotated[int | None, typer.Option(min=0, max=10_000, help="Of the k likeliest characters; 0: all.")] = None,
    top_p: Annotated[
        float | None,
        typer.Option(min=1e-6, max=1, callback=output.finite, help="Of the likeliest with this share; 1: all."),
    ] = None,
    min_p: Annotated[
        float | None,
        typer.Option(min=0, max=1, callback=output.finite, help="Of those this near the likeliest; 0: all."),
    ] = None,
    stop: Annotated[bool | None, typer.Option("--stop/--no-stop", help="End where the model ends the text.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**31 - 1)] = None,
    as_json: output.Json = False,
) -> None:
    """Draw samples from the newest checkpoint and index them, in place of those it had.

    What is not given is as `sample` in config.yaml says; with --model, as that is by default.

    Example: connector sample --count 3 --seed 7
    """
    options = {"count": count, "prompt": prompt, "seed": seed, "length": length, "temperature": temperature}
    options |= {"top_k": top_k, "top_p": top_p, "min_p": min_p, "stop": stop}
    given = {key: value for key, value in options.items() if value is not None}
    report = _draw(model, given) if model else taught(context, "sample", given)
    if as_json:
        output.emit(report)
        return
    if report.get("started"):
        typer.echo("the daemon draws them; then: connector search WORDS --kind sample")
    for drawn in report.get("samples", ()):
        typer.secho(f"--- generated by {drawn['checkpoint_id']}, seed {drawn['seed']}", dim=True)
        typer.echo(typer.style(output.printable(drawn["prompt"]), bold=True) + output.printable(drawn["text"]))


def _draw(model: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Samples of a training outside the archive, or of a base."""
    from connector.config import SampleSettings
    from model.base import load_base
    from model.checkpoint import DESCRIPTION, load_newest
    from model.config import SampleConfig
    from model.errors import CheckpointError
    from model.sample import generate

    prompt = options.pop("prompt", "")
    config = SampleConfig(**SampleSettings().model_dump(exclude={"prompt_length"}) | options)
    try:
        loaded = load_base(model) if (model / DESCRIPTION).exists() else load_newest(model)
    except CheckpointError as error:
        raise BadInputError(str(error)) from error
    if loaded is None:
        raise BadInputError(f"{model}: no checkpoint", hint="`connector train --text FILE --into FOLDER` makes one.")
    for reason in loaded.skipped:
        output.say(f"passed over: {reason}")
    made = [asdict(one) for one in generate(loaded, [prompt], config)]
    return {"samples": [{"checkpoint_id": one.pop("checkpoint")} | one for one in made]}


def taught(context: typer.Context, command: str, options: dict[str, Any]) -> dict[str, Any]:
    """What came of a command that the training's child carries out, or the daemon's, its progress shown."""
    from connector.cli.logs import said_by_a_command
    from connector.daemon.teach import teach

    config = config_of(context)
    show = output.LiveProgress()
    try:
        return teach(config, command, options, said_by_a_command(config.settings), show)
    finally:
        show.close()
