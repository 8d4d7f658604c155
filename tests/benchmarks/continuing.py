"""A corpus dropped in ten batches: continuing after each, beside training on all that is there from the base.

python -m tests.benchmarks.continuing [--batches 10] [--seconds 20] [--characters 20000] [--json]

After each batch the model continues for so many seconds; at the fifth and the last another is trained on everything
so far for four times as long. Seconds are a processor's, of one thread, so that what else the machine does matters
little. Both are measured over whole documents that none has learnt from: those of earlier batches (old) and those of
the last (new); nats a character.

A third of the documents, by a hash of their own, is kept back here and never given to a training; what a training
holds out of the rest, by the product's hash, is measured too, for it is never learnt either. With the product's tenth
alone a batch had one or two such documents, so that the figure was theirs. Both trainings read the same ones, so the
difference is taken document by document, and its standard error says how far chance among documents goes.
"""

from __future__ import annotations

import hashlib
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from connector.transcripts import formats
from connector.transcripts.clean import clean_cues
from model import Text, TrainConfig
from model.base import SHIPPED
from model.checkpoint import load
from model.dataset import is_validation, stream
from model.evaluate import Loss, measure
from model.train import train
from tests.benchmarks.report import CORPUS, Figure, arguments, publish, say
from tests.support import talk

TIMES_LONGER = 4
KEPT_BACK = 85  # of 256


class Reached(NamedTuple):
    """What a training reads each held-out document at: those of earlier batches, those of the last; and its seconds."""

    old: list[Loss]
    new: list[Loss]
    seconds: float


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--batches", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=20.0, help="of one processor, each time")
    parser.add_argument("--characters", type=int, default=20_000, help="of each transcript, at most")
    parser.add_argument("--talks", type=int, default=160)
    options = parser.parse_args()
    documents = talks(options.talks, options.characters)
    size = -(-len(documents) // options.batches)
    batches = [documents[i : i + size] for i in range(0, len(documents), size)]
    figures = [Figure("transcripts", len(documents), ""), Figure("batches", len(batches), "")]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, len(batches) + 1):
            so_far = batches[:number]
            ours = learn(so_far, Path(folder) / "continued", options.seconds)
            say(f"batch {number}: old {mean(ours.old):.3f}, new {mean(ours.new):.3f}, {ours.seconds:.0f} s")
            if ours.old:
                figures.append(Figure(f"batch {number}: continued, old", mean(ours.old), "nats"))
            figures.append(Figure(f"batch {number}: continued, new", mean(ours.new), "nats"))
            if number not in (max(1, len(batches) // 2), len(batches)):
                continue
            whole = learn(so_far, Path(folder) / f"all{number}", TIMES_LONGER * options.seconds)
            say(f"  all at once: old {mean(whole.old):.3f}, new {mean(whole.new):.3f}, {whole.seconds:.0f} s")
            for name, continued, at_once in (("old", ours.old, whole.old), ("new", ours.new, whole.new)):
                if not at_once:
                    continue
                figures.append(Figure(f"batch {number}: all at once, {name}", mean(at_once), "nats"))
                figures.append(Figure(f"  documents held out, {name}", len(at_once), ""))
                more = 100 * (mean(continued) / mean(at_once) - 1)
                figures.append(Figure(f"  continued is above it, {name}", more, "%", "at most 2"))
                figures.append(Figure("  standard error", standard_error(continued, at_once), "%"))
    publish("continuing", figures, options.json)


def is_kept_back(document: Text) -> bool:
    """Whether no training is given it; by another hash than the product's."""
    return hashlib.sha256(f"kept back: {document.id}".encode()).digest()[0] < KEPT_BACK


def learn(batches: Sequence[Sequence[Text]], root: Path, seconds: float) -> Reached:
    """Trains on what is given of the batches; measures what none has learnt from, document by document."""
    given = [document for batch in batches for document in batch if not is_kept_back(document)]
    config = TrainConfig(budget_seconds=seconds, threads=1, max_epochs=1000)
    base, clock = SHIPPED if SHIPPED.exists() else None, time.process_time
    began = clock()
    result = train(given, root=root, config=config, base=base, clock=clock)
    took = clock() - began
    assert result.checkpoint_id is not None
    loaded = load(root, result.checkpoint_id)
    network, vocabulary = loaded.network(), loaded.vocabulary
    held = [[text for text in batch if is_kept_back(text) or is_validation(text.id)] for batch in batches]
    losses = [
        [measure(network, stream([text], vocabulary), lengths=vocabulary.lengths) for text in part] for part in held
    ]
    return Reached([loss for part in losses[:-1] for loss in part], losses[-1], took)


def mean(losses: Sequence[Loss]) -> float:
    """Nats a character over all of them; NaN of none."""
    characters = sum(loss.characters for loss in losses)
    return sum(loss.nats * loss.characters for loss in losses) / characters if characters else float("nan")


def standard_error(continued: Sequence[Loss], at_once: Sequence[Loss]) -> float:
    """Of how far the one is above the other, in percent, over documents; NaN of fewer than two."""
    above = [100 * (one.nats / other.nats - 1) for one, other in zip(continued, at_once, strict=True)]
    return statistics.stdev(above) / len(above) ** 0.5 if len(above) > 1 else float("nan")


def talks(count: int, characters: int) -> list[Text]:
    """Meetings of one series after another, so that most batches bring a kind of meeting not heard before; written
    talks where those are not there.
    """
    found = []
    for path in sorted((CORPUS / "ethereum-pm").glob("*.vtt"))[:count]:
        cues = clean_cues(formats.read(path.read_bytes(), path.name).cues)
        found.append(Text(path.name, "\n".join(cue.text for cue in cues)[:characters]))
    return found or [Text(f"talk{n}", talk(f"subject {n}", count=300)[:characters]) for n in range(count)]


if __name__ == "__main__":
    main()
