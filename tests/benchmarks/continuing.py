"""A corpus dropped in ten batches: continuing after each, beside training on all that is there from the base.

python -m tests.benchmarks.continuing [--batches 10] [--seconds 15] [--characters 20000] [--json]

After each batch the model continues for so many seconds; at the fifth and the last another is trained on everything
so far for four times as long. Both are measured over whole documents that none has learnt from: those of earlier
batches (old) and those of the last (new); nats a character.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from connector.transcripts import formats
from connector.transcripts.clean import clean_cues
from model import Text, TrainConfig
from model.base import SHIPPED
from model.checkpoint import load
from model.dataset import is_validation, stream
from model.evaluate import measure
from model.threads import best_threads
from model.train import train
from tests.benchmarks.report import CORPUS, Figure, arguments, publish, say
from tests.support import talk

TIMES_LONGER = 4


class Reached(NamedTuple):
    """Losses over the held-out documents of earlier batches (NaN where there are none) and of the last, and seconds."""

    old: float
    new: float
    seconds: float


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--batches", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each continued training")
    parser.add_argument("--characters", type=int, default=20_000, help="of each transcript, at most")
    parser.add_argument("--talks", type=int, default=160)
    options = parser.parse_args()
    documents = talks(options.talks, options.characters)
    size = -(-len(documents) // options.batches)
    batches = [documents[i : i + size] for i in range(0, len(documents), size)]
    threads = best_threads(2)
    figures = [Figure("transcripts", len(documents), ""), Figure("batches", len(batches), "")]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, len(batches) + 1):
            known = [document for batch in batches[:number] for document in batch]
            held = [[document for document in part if is_validation(document.id)] for part in batches[:number]]
            old, new = [document for part in held[:-1] for document in part], held[-1]
            ours = learn(known, Path(folder) / "continued", options.seconds, threads, old, new)
            say(f"batch {number}: old {ours.old:.3f}, new {ours.new:.3f}, {ours.seconds:.0f} s")
            if old:
                figures.append(Figure(f"batch {number}: continued, old", ours.old, "nats"))
            figures.append(Figure(f"batch {number}: continued, new", ours.new, "nats"))
            if number not in (max(1, len(batches) // 2), len(batches)):
                continue
            whole = learn(known, Path(folder) / f"all{number}", TIMES_LONGER * options.seconds, threads, old, new)
            say(f"  all at once: old {whole.old:.3f}, new {whole.new:.3f}, {whole.seconds:.0f} s")
            for name, continued, at_once in (("old", ours.old, whole.old), ("new", ours.new, whole.new)):
                figures.append(Figure(f"batch {number}: all at once, {name}", at_once, "nats"))
                more = 100 * (continued / at_once - 1)
                figures.append(Figure(f"batch {number}: continued is above it, {name}", more, "%", "at most 2"))
    publish("continuing", figures, options.json)


def learn(documents: list[Text], root: Path, seconds: float, threads: int, old: list[Text], new: list[Text]) -> Reached:
    config = TrainConfig(budget_seconds=seconds, threads=threads, max_epochs=1000)
    began = time.monotonic()
    result = train(documents, root=root, config=config, base=SHIPPED if SHIPPED.exists() else None)
    took = time.monotonic() - began
    assert result.checkpoint_id is not None
    loaded = load(root, result.checkpoint_id)
    network = loaded.network()
    losses = [measure(network, stream(part, loaded.vocabulary)).nats if part else float("nan") for part in (old, new)]
    return Reached(losses[0], losses[1], took)


def talks(count: int, characters: int) -> list[Text]:
    """Meetings in the order they were held; written talks where those are not there."""
    found = []
    for path in sorted((CORPUS / "ethereum-pm").glob("*.vtt"))[:count]:
        cues = clean_cues(formats.read(path.read_bytes(), path.name).cues)
        found.append(Text(path.name, "\n".join(cue.text for cue in cues)[:characters]))
    return found or [Text(f"talk{n}", talk(f"subject {n}", count=300)[:characters]) for n in range(count)]


if __name__ == "__main__":
    main()
