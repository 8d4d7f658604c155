"""The child process of a training: reads the ledger, weighs what is new, learns, samples, and tells its parent in JSON
lines.

Writes only into the model folder; the ledger and the index are the parent's.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connector import config as configuration
from connector.archive.corpus import Prompt, corpus, corpus_hash, prompts, trainable
from connector.archive.ledger import Ledger
from connector.archive.rows import CheckpointRow, SampleRow
from connector.config import Settings
from connector.counting import counted
from connector.daemon.outside import progress_line
from connector.daemon.scorer import weigh_new
from connector.daemon.signals import set_by_handler
from connector.daemon.takeover import take_over
from connector.daemon.tracking import tracked
from model.base import is_base
from model.checkpoint import list_checkpoints, load_newest
from model.config import GPTConfig, SampleConfig, TrainConfig
from model.errors import CheckpointError, ModelError, TrainingError
from model.outcome import Progress, TrainResult
from model.report import Report, sampled
from model.report_files import PAGE, folder_of, read_report, save_report
from model.sample import generate
from model.text import stored
from model.threads import best_threads
from model.train import train

NICENESS = 10
DRAWING = 5  # seconds that a training's samples get once it is to stop


def tell(event: str, **values: Any) -> None:
    """One line to the parent. Where it is gone, the stop follows from our input's end."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
        sys.stdout.flush()


class Stop:
    """Asked for by SIGTERM, or by the end of our standard input, when the parent is gone."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._was = False
        self._grace: int | None = None
        signal.signal(signal.SIGTERM, lambda *_: self._ask())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=self._wait_for_the_end, daemon=True).start()

    def nothing_to_save(self, grace: int) -> None:
        """From here on whoever is asked to stop, or was, has ``grace`` seconds for what is under way."""
        self._grace = grace
        if self._was:
            self._ask()

    def _wait_for_the_end(self) -> None:
        while os.read(0, 1024):  # not through sys.stdin, whose lock would be held when the interpreter ends
            pass
        self._ask()

    def _ask(self) -> None:
        self._was = True
        if self._grace is None:
            set_by_handler(self.asked)
        elif self._grace:
            signal.alarm(self._grace)  # which ends the process
        else:
            os._exit(1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="connector.daemon.trainer")
    parser.add_argument("command", choices=["train", "sample", "score", "import"])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--options", type=json.loads, default={})
    arguments = parser.parse_args()
    stop = Stop()
    if arguments.command in ("sample", "import"):
        stop.nothing_to_save(grace=0)
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    settings = configuration.load(arguments.config).settings
    with Ledger.open(settings.ledger_file) as ledger:
        held = set() if arguments.command == "sample" else score(ledger, settings, stop.asked, arguments.command)
        if arguments.command == "score" or stop.asked.is_set():
            return
        texts = trainable(ledger, settings.permissions, settings.train.train_on)
        texts = {ident: cues_hash for ident, cues_hash in texts.items() if ident not in held}
        if not texts:
            tell("say", text="there is nothing left to learn from: what there was is held")
            return
        try:
            if arguments.command == "train":
                goes_on = learn(ledger, settings, texts, stop.asked, arguments.options)
            elif arguments.command == "import":
                bring_in(ledger, settings, texts, Path(arguments.options["folder"]))
            if arguments.command != "train" or goes_on:
                stop.nothing_to_save(0 if arguments.command == "sample" else DRAWING)
                draw(ledger, settings, texts, arguments.options)
        except (ModelError, MemoryError, OSError) as error:
            lasting = isinstance(error, TrainingError) and arguments.command == "train"
            tell("failed", corpus=corpus_hash(texts), reason=str(error) or type(error).__name__, lasting=lasting)


def score(ledger: Ledger, settings: Settings, stop: threading.Event, command: str) -> set[str]:
    """Has the language model weigh what is new; the ids of what it holds, which is not to be learned. Where it cannot,
    or no further, that is told.
    """
    held = set[str]()
    try:
        weigh_new(ledger, settings, tell, stop, held)
    except (ModelError, MemoryError, OSError, RuntimeError) as error:  # RuntimeError: torch's word for no memory
        reason = str(error) or type(error).__name__
        if command == "score":
            tell("failed", reason=reason, lasting=False)
        else:
            tell("say", text=f"the language model could not be asked about new transcripts: {reason}")
    return held


def learn(
    ledger: Ledger, settings: Settings, texts: dict[str, str], stop: threading.Event, options: dict[str, Any]
) -> bool:
    """Trains and tells of the checkpoint; False where it was interrupted. Options: fresh, seconds."""
    want, fresh = settings.train, bool(options.get("fresh"))
    budget = float(options.get("seconds") or want.budget)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    noted: list[str] = []

    def say(told: str) -> None:
        tell("say", text=f"training: {told}")

    def note(told: str) -> None:
        noted.append(told)
        say(told)

    with (
        stored(corpus(ledger, settings, texts), settings.model_folder) as documents,
        tracked(want.tracking, settings.log_folder, {"budget": budget, "seed": want.seed}, say) as tracker,
    ):
        tell("reads", transcripts=[document.id for document in documents])
        characters = sum(document.characters for document in documents)
        tell(
            "say",
            text=f"training on {counted(len(documents), 'transcript')}, {characters:,} characters,"
            f" at most {budget:g} s",
        )

        def progressed(at: Progress) -> None:
            tell("progress", text=progress_line(at), **asdict(at))
            tracker.progress(at)

        result = train(
            documents,
            root=settings.model_folder,
            gpt=None if fresh else shape_of(settings.model_folder, texts, want.tokenizer),
            config=TrainConfig(
                budget_seconds=budget,
                save_seconds=want.save_every,
                keep=want.keep,
                seed=want.seed,
                threads=want.threads or best_threads(),
                tokenizer=want.tokenizer,
                device=want.device,
            ),
            base=want.base_folder,
            fresh=fresh,
            created=now,
            should_stop=stop.is_set,
            on_progress=progressed,
            on_note=note,
        )
        report = Report.of(result, now) if result.checkpoint_id is not None else None
        if report:
            tracker.finished(report)
    for late in result.notes[len(noted) :]:
        note(late)
    if report is None:
        tell("say", text=f"training stopped at step {result.steps:,}; it goes on there the next time")
        tell("saved", steps=result.steps)
        return False
    info = next(info for info in list_checkpoints(settings.model_folder) if info.id == report.checkpoint)
    figures = asdict(replace(result, training=(), validation=())) | {"at": now, "told": _told(result)}
    _keep(settings.model_folder, report)
    read = {ident: cues_hash for ident, cues_hash in texts.items() if ident in info.read}  # a resumed one reads no more
    row = CheckpointRow(info.id, info.number, corpus_hash(read), list(info.read), figures, want.train_on == "open")
    tell("checkpoint", checkpoint=asdict(row))  # before it is said: what is said to be there is there
    for line in (f"checkpoint {info.number} ({info.id}): {_told(result)}", result.explanation):
        tell("say", text=line)
    tell("say", text=f"report: {folder_of(settings.model_folder, info.id) / PAGE} (connector report)")
    return True


def shape_of(root: Path, texts: dict[str, str], tokenizer: str) -> GPTConfig | None:
    """The network's shape of the checkpoint that would be continued, None for the usual one: a larger network that was
    brought in stays.
    """
    usable = [
        info.gpt
        for info in list_checkpoints(root)
        if texts.keys() >= set(info.read) and info.vocabulary.kind == tokenizer
    ]
    return usable[-1] if usable else None


def bring_in(ledger: Ledger, settings: Settings, texts: dict[str, str], folder: Path) -> None:
    """Takes over a checkpoint that was trained elsewhere, and tells of it."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with stored(corpus(ledger, settings, texts), settings.model_folder) as documents:
        row = take_over(settings, texts, documents, folder, now, lambda told: tell("say", text=told))
    tell("checkpoint", checkpoint=asdict(row))


def _told(result: TrainResult) -> str:
    """What a training came to, in a line."""
    if result.resumed:
        origin = "went on with the interrupted training"
    elif is_base(result.continued_from or ""):
        origin = "from the base"
    elif result.continued_from:
        origin = f"continued from {result.continued_from}"
    else:
        origin = "from scratch"
    validation = f"{result.validation_loss:.3f} ({result.validation_bits:.2f} bits a character)"
    return (
        f"{origin}, {result.steps:,} steps in {result.seconds:.0f} s, {result.reason}; validation loss {validation},"
        f" training loss {result.train_loss:.3f}"
    )


def draw(ledger: Ledger, settings: Settings, texts: dict[str, str], options: dict[str, Any]) -> None:
    """Draws the samples of the newest checkpoint and tells them; options: prompt, and what the `sample` settings name.

    Without a prompt each continues the beginning of a real segment, of what the checkpoint has read: a sample is for
    those who may see all of that, and goes when one of it is forgotten.
    """
    given = {key: value for key, value in options.items() if key in type(settings.sample).model_fields}
    want = settings.sample.model_copy(update=given)
    if want.count == 0:
        return
    loaded = load_newest(settings.model_folder, read_within=texts)
    if loaded is None:
        raise CheckpointError("there is no checkpoint that can be read")
    for reason in loaded.skipped:
        tell("say", text=f"passed over: {reason}")
    if options.get("prompt"):
        beginnings = [Prompt(None, options["prompt"])] * want.count
    else:
        read = {ident: cues_hash for ident, cues_hash in texts.items() if ident in loaded.info.read}
        beginnings = prompts(ledger, settings, read, count=want.count, length=want.prompt_length, seed=want.seed)
    generated = generate(
        loaded,
        [prompt.text for prompt in beginnings],
        SampleConfig(**want.model_dump(exclude={"count", "prompt_length"})),
    )
    samples = [
        SampleRow(
            loaded.info.id,
            number,
            g.prompt,
            g.seed,
            g.temperature,
            g.top_k,
            g.text,
            [prompt.segment_id] if prompt.segment_id else [],
        )
        for number, (g, prompt) in enumerate(zip(generated, beginnings, strict=True))
        if g.text.strip()  # a document may have ended at once
    ]
    if samples:
        archive = (piece for _, text in corpus(ledger, settings, texts) for piece in (text, "\n"))
        tell("say", text=_heard(settings.model_folder, samples, archive))
    tell("samples", checkpoint=loaded.info.id, samples=[asdict(sample) for sample in samples])


def _keep(root: Path, report: Report) -> None:
    """Writes the report beside its checkpoint; a full disk costs the report, never the checkpoint."""
    try:
        save_report(folder_of(root, report.checkpoint), report)
    except OSError as error:
        tell("say", text=f"the report could not be written: {error}")


def _heard(root: Path, samples: list[SampleRow], archive: Iterable[str]) -> str:
    """How much of the samples is the archive's, which comes in pieces; told and put into the checkpoint's report.

    Words that are none say that it is scrambled, long runs that it copies.
    """
    heard = sampled([sample.text for sample in samples], archive, [sample.prompt for sample in samples])
    with contextlib.suppress(CheckpointError):  # damaged: as good as none, and the samples are as good as ever
        if report := read_report(folder_of(root, samples[0].checkpoint_id)):
            _keep(root, replace(report, sampled=heard))
    known = "" if heard.known is None else f"{heard.known:.0%} of their words are the archive's, "
    return (
        f"{heard.count} samples drawn: {known}the longest run copied from it has {len(heard.copied)} characters; see"
        " them with: connector search WORDS --kind sample"
    )


if __name__ == "__main__":
    main()
