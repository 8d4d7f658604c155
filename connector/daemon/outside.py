"""Trainings outside the archive, in this process: on a plain text as nanoGPT does it, and of a base.

Nothing of it enters the ledger or the index; the checkpoints lie in a folder of their own.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connector.archive.corpus_file import SUFFIX, read_corpus
from connector.daemon.signals import stopping_by_signals
from connector.errors import BadInputError, TranscriptError
from model import GPTConfig, ModelError, Text, TextError, TrainConfig
from model.base import write_base
from model.checkpoint import load
from model.dataset import split
from model.outcome import Progress, TrainResult
from model.seen import marks_of
from model.text import Document, stored, text_file
from model.vocab import alphabet

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
UNWRITTEN = (*FULL, errno.EROFS, errno.EACCES, errno.EPERM, errno.EEXIST, errno.ENOTDIR)

Say = Callable[[str], None]
Show = Callable[[dict[str, Any]], None]

LETTERS = 100  # of an alphabet, for an estimate of how large weights are
STATES = 6  # times the weights: a checkpoint, and an unfinished training's, its best and the optimiser's memory


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A text as its training sees it, in the figures that nanoGPT's prepare.py prints."""

    documents: Sequence[Document]
    alphabet: str
    train: int
    validation: int
    tokenizer: str

    @property
    def lines(self) -> tuple[str, ...]:
        """The figures, in nanoGPT's words; how many tokens a byte-pair vocabulary makes of it is not known yet."""
        figures = (
            f"length of dataset in characters: {sum(document.characters for document in self.documents):,}",
            f"all the unique characters: {self.alphabet}",
        )
        if self.tokenizer != "characters":
            return (*figures, f"train has {self.train:,} characters", f"val has {self.validation:,} characters")
        size = f"vocab size: {len(self.alphabet):,}"
        return (*figures, size, f"train has {self.train:,} tokens", f"val has {self.validation:,} tokens")


def leads() -> bool:
    """Whether this process speaks for the training: the first of those that torchrun started, or the only one."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def prepared(file: Path, tokenizer: str = "characters") -> Iterator[Prepared]:
    """A text, of which the last tenth is for validation, read as it is needed: it may be larger than the memory. Or the
    transcripts that `model export` wrote, of which some are.

    Raises BadInputError where it is none.
    """
    with ExitStack() as stack:
        try:
            documents: Sequence[Document]
            if file.suffix == SUFFIX:
                documents = stack.enter_context(stored(read_corpus(file), file.parent))
            else:
                documents = [stack.enter_context(text_file(file))]
        except TextError as error:
            raise BadInputError(str(error), hint="Save it as UTF-8.") from error
        parts = split(documents)
        yield Prepared(
            documents=documents,
            alphabet=alphabet(piece for document in documents for piece in document.pieces()),
            train=parts.train_characters,
            validation=sum(held.characters for held in parts.validation),
            tokenizer=tokenizer,
        )


def learn(
    documents: Sequence[Document],
    into: Path,
    gpt: GPTConfig,
    config: TrainConfig,
    *,
    base: Path | None,
    fresh: bool,
    say: Say,
    show: Show,
) -> TrainResult:
    """Trains on ``documents``; checkpoints go into the folder ``into``. Ctrl-C and SIGTERM save, the next call goes on.

    Raises BadInputError where there is nothing to learn, and where ``into`` cannot be written.
    """
    with _importing():
        from model.report_files import report_on
        from model.threads import best_threads
        from model.train import train

    created = datetime.now(UTC).isoformat(timespec="seconds")
    if not config.threads and os.environ.get("WORLD_SIZE", "1") == "1":  # torchrun has said how many each may have
        config = replace(config, threads=best_threads())
    with _written(into, gpt, documents), stopping_by_signals() as stop:
        into.mkdir(parents=True, exist_ok=True, mode=0o700)  # a model remembers what it read, its report quotes it
        try:
            result = train(
                documents,
                root=into,
                gpt=gpt,
                config=config,
                base=base,
                fresh=fresh,
                created=created,
                should_stop=stop.is_set,
                on_progress=lambda at: show({"event": "progress", "text": progress_line(at)} | asdict(at)),
                on_note=lambda note: say(f"training: {note}"),
            )
        except ModelError as error:
            raise BadInputError(str(error)) from error
    show({"event": "ended"})
    if result.checkpoint_id is not None:
        try:
            report_on(result, into, documents, created)
        except OSError as error:  # a full disk costs the report, never the checkpoint
            say(f"the report could not be written: {error}")
    return result


def make_base(
    paths: Sequence[Path], into: Path, gpt: GPTConfig, config: TrainConfig, say: Say, show: Show
) -> TrainResult:
    """A base from the transcripts in ``paths``, written into the folder ``into``; interrupted, it goes on there."""
    documents = list(_documents(paths, say))
    if not documents:
        raise BadInputError("there is no transcript in these paths")
    work = into / "work"
    with _written(into, gpt, documents):
        into.mkdir(parents=True, exist_ok=True, mode=0o700)
    result = learn(documents, work, gpt, config, base=None, fresh=False, say=say, show=show)
    if result.checkpoint_id is not None:
        sources = [f"{path.resolve().name} ({len(_files(path))} files)" for path in paths]
        marks = marks_of(split(documents).train)
        with _written(into, gpt, documents):
            write_base(into, load(work, result.checkpoint_id), card(documents, sources, result, config), marks)
    return result


def card(documents: Sequence[Document], sources: Sequence[str], result: TrainResult, config: TrainConfig) -> str:
    """The model card of a base, in Markdown; who publishes it adds the licences of what it read."""
    characters = sum(document.characters for document in documents)
    measured = f"{result.validation_loss:.3f} nats a character ({result.validation_bits:.2f} bits)"
    facts = (
        f"Reads: {len(documents):,} transcripts, {characters:,} characters, from {', '.join(sources)}",
        f"Network: {result.parameters:,} parameters, in half precision",
        f"Training: {result.steps:,} steps of {config.batch_size} windows, {result.seconds:,.0f} s; {result.reason}",
        f"Loss on transcripts it has not read: {measured}, on {result.validation_characters:,} characters",
    )
    return "# A character GPT to start from\n\n" + "".join(f"- {fact}\n" for fact in facts)


def progress_line(progress: Progress) -> str:
    """Where a training stands, for a person."""
    validation = f", validation {progress.validation_loss:.3f}" if progress.validation_loss is not None else ""
    left = progress.elapsed / progress.fraction * (1 - progress.fraction) if progress.fraction else None
    rest = f", {left:,.0f} s left" if left is not None else ""
    loss = f", loss {progress.train_loss:.3f}" if progress.step else ""  # before the first step nobody has measured it
    return (
        f"{progress.fraction:4.0%}  step {progress.step:,}{loss}{validation},"
        f" {progress.characters_per_second:,.0f} characters/s{rest}"
    )


def _documents(paths: Sequence[Path], say: Say) -> Iterator[Text]:
    """The words of every transcript in ``paths``, cleaned, a cue a line; what is none is told and left out.

    Their ids are paths as they were given: whole folders hold files of one name.
    """
    from connector.transcripts import formats  # thirty readers; a plain text needs none of them
    from connector.transcripts.clean import clean_cues

    for file in dict.fromkeys(file for path in paths for file in _files(path)):
        try:
            reading = formats.read(file.read_bytes(), file.name)
        except TranscriptError as error:
            say(f"left out: {error.in_file(str(file))}".partition("\n")[0])
            continue
        cues = clean_cues(reading.cues, language=reading.metadata.get("language"))
        yield Text(file.as_posix(), "\n".join(cue.text for cue in cues))


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise BadInputError(f"{path}: no such file or folder")
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


@contextmanager
def _written(into: Path, gpt: GPTConfig, documents: Sequence[Document]) -> Iterator[None]:
    """What cannot be written into ``into`` is a BadInputError; of a full disk it says how much is needed."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNWRITTEN:  # a closed pipe, a text that is gone
            raise
        weights = 4 * gpt.parameters(LETTERS) / 1e6  # megabytes
        text = 2 * sum(document.characters for document in documents) / 1e6
        full = error.errno in FULL
        room = f"Some {weights * STATES + text:,.0f} MB are needed there, {weights:,.0f} of them to stay. Make room, or"
        room += " choose another folder with --into; what was saved is gone on with by the same command."
        raise BadInputError(f"{into}: {error.strerror or error}", hint=room if full else "") from error


@contextmanager
def _importing() -> Iterator[None]:
    """Nothing is looked through for garbage until it is over: torch makes a quarter of a million objects when it is
    imported, none of them garbage, and looking takes a tenth of its time.
    """
    if "torch" in sys.modules:
        yield
        return
    looks = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if looks:
            gc.enable()
