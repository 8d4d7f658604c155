"""Sense on little text: a transcript of 13,976 characters; nanoGPT's recipe, ours from nothing, ours from the base.

python -m tests.benchmarks.little [--talks 20] [--seconds 60] [--nanogpt CHECKOUT --their-talks 3] [--json]

The first 90 % of each transcript train, the last 10 % measure (nats a character, all of it). The base has read none of
these talks, nor others of their kind. nanoGPT's 2,000 iterations take minutes a talk, so it is run on fewer of them.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from connector.transcripts import formats
from connector.transcripts.clean import clean_cues
from model import GPTConfig, SampleConfig, Text, TrainConfig
from model.base import SHIPPED
from model.checkpoint import load
from model.config import PRESETS
from model.sample import generate
from model.threads import best_threads
from model.train import train
from tests.benchmarks import nanogpt
from tests.benchmarks.report import CORPUS, Figure, arguments, median, publish, say
from tests.support import talk

CHARACTERS = 13_976
PROMPT = 40  # characters of a talk that its sample goes on from


class Learnt(NamedTuple):
    loss: float
    seconds: float
    sample: str


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--talks", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0, help="of ours, at most")
    parser.add_argument("--nanogpt", type=Path, metavar="CHECKOUT", help="run its recipe too")
    parser.add_argument("--their-talks", type=int, default=3)
    options = parser.parse_args()
    texts = talks(options.talks)
    threads = best_threads(2)
    alone, based = [], []
    for number, text in enumerate(texts, start=1):
        alone.append(ours(text, PRESETS["cpu"].gpt, None, options.seconds, threads))
        based.append(ours(text, GPTConfig(), SHIPPED, options.seconds, threads))
        say(f"talk {number}: {alone[-1].loss:.3f} from nothing, {based[-1].loss:.3f} from the base")
    theirs = []
    for number, text in enumerate(texts[: options.their_talks] if options.nanogpt else [], start=1):
        theirs.append(nanogpt.train(options.nanogpt, text, prompt=text[:PROMPT]))
        say(f"talk {number}: {theirs[-1].loss:.3f} by nanoGPT")
    figures = [Figure("talks", len(texts), "")]
    for name, learnt, aim in (("from nothing", alone, ""), ("from the base", based, "1.30")):
        losses = [each.loss for each in learnt]
        figures.append(Figure(f"ours {name}, mean validation loss", sum(losses) / len(losses), "nats", aim))
        figures.append(Figure("  least", min(losses), "nats"))
        figures.append(Figure("  most", max(losses), "nats"))
        figures.append(Figure("  median time", median([each.seconds for each in learnt]), "s", "60"))
    if theirs:
        figures.append(Figure("nanoGPT, mean", sum(each.loss for each in theirs) / len(theirs), "nats"))
        figures.append(Figure("  median time", median([each.seconds for each in theirs]), "s"))
    else:
        figures.append(Figure("nanoGPT, another such transcript (quoted)", nanogpt.QUOTED_LITTLE, "nats"))
    publish("little", figures, options.json)
    columns = [("from nothing", alone[0].sample), ("from the base", based[0].sample)]
    columns += [("nanoGPT", each.sample) for each in theirs[:1]]
    say("".join(f"\n{name}: {texts[0][:PROMPT]}|{sample}\n" for name, sample in columns))


def talks(count: int) -> list[str]:
    """The beginnings of ethereum-pm transcripts that are long enough; written ones where those are not there."""
    found: list[str] = []
    for path in sorted((CORPUS / "ethereum-pm").glob("*.vtt")):
        cues = clean_cues(formats.read(path.read_bytes(), path.name).cues)
        text = "\n".join(cue.text for cue in cues)
        if len(text) >= CHARACTERS:
            found.append(text[:CHARACTERS])
        if len(found) == count:
            return found
    return found or [talk(f"subject {number}", count=300)[:CHARACTERS] for number in range(count)]


def ours(text: str, gpt: GPTConfig, base: Path | None, seconds: float, threads: int) -> Learnt:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        began = time.monotonic()
        config = TrainConfig(budget_seconds=seconds, threads=threads)
        result = train([Text("talk", text)], root=root, gpt=gpt, config=config, base=base)
        took = time.monotonic() - began
        assert result.checkpoint_id is not None
        made = generate(load(root, result.checkpoint_id), [text[:PROMPT]], SampleConfig(length=nanogpt.SAMPLED))
    return Learnt(result.validation_loss, took, made[0].text)


if __name__ == "__main__":
    main()
