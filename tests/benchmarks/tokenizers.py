"""Characters beside byte pairs: the same text, the same seconds, bits a character; and how quickly each is encoded.

python -m tests.benchmarks.tokenizers [--text FILE] [--seconds 40] [--seeds 1] [--json]

`connector train --text FILE --preset cpu` from nothing as whole processes, by turns, since a machine is not always as
quick; the losses are measured over the whole validation split, by the characters that the tokens stand for. Encoding:
in this process, of real transcripts put together to some tens of megabytes; beside it tiktoken alone, with the same
vocabulary.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from connector.errors import TranscriptError
from connector.transcripts import formats
from connector.transcripts.clean import clean_cues
from model import Text, TrainConfig, Vocabulary
from model.bpe import BytePairs
from model.checkpoint import load_newest
from model.dataset import split, stream
from model.evaluate import measure
from model.merges import learn
from model.text import text_file
from tests.benchmarks.report import Figure, arguments, median, publish, real_or_written, say
from tests.benchmarks.training import ours, text_of

RUNS = 3


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--text", type=Path, help="default: tiny Shakespeare where it is, else written text")
    parser.add_argument("--seconds", type=float, default=40.0, help="of each training")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--files", type=int, default=200, help="transcripts to encode")
    parser.add_argument("--megabytes", type=float, default=30.0, help="to encode")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = text_of(options.text, Path(folder))
        figures = [*trainings(file, Path(folder), options), *encoding(Path(folder), options)]
    publish("tokenizers", figures, options.json)


def trainings(file: Path, folder: Path, options: argparse.Namespace) -> Iterator[Figure]:
    bits: dict[str, list[float]] = {"characters": [], "bpe": []}
    told: dict[str, dict[str, float]] = {}
    for seed in range(1, options.seeds + 1):
        for kind in bits:
            say(f"{kind}, {options.seconds:g} s, seed {seed} …")
            into = folder / f"{kind}{seed}"
            told[kind] = ours(file, into, "--tokenizer", kind, "--seconds", options.seconds, "--seed", seed)
            bits[kind].append(whole_split(file, into))
    for kind, each in bits.items():
        yield Figure(f"{kind}, {options.seconds:g} s, whole validation split", sum(each) / len(each), "bits/char")
        yield Figure("  steps", told[kind]["steps"], "")
        yield Figure("  characters a token", told[kind]["characters_per_token"], "")
        yield Figure("  characters learnt from", told[kind]["characters_per_second"], "a second")
        yield Figure("  parameters", told[kind]["parameters"], "")


def whole_split(file: Path, root: Path) -> float:
    """Bits a character: a training's own last evaluation has a few seconds, and so not the same text for both."""
    loaded = load_newest(root)
    assert loaded is not None
    with text_file(file) as document:
        ids = stream(split([document]).validation, loaded.vocabulary)
    return measure(loaded.network(), ids, lengths=loaded.vocabulary.lengths).bits


def encoding(folder: Path, options: argparse.Namespace) -> Iterator[Figure]:
    texts = list(spoken(real_or_written(folder, options.files)))
    documents = [Text(str(number), text) for number, text in enumerate(texts)]
    size = sum(len(text.encode()) for text in texts) / 1e6
    times = max(1, round(options.megabytes / size))

    def speed(encode: Callable[[str], object]) -> float:
        """Megabytes a second of one core, whatever else it does meanwhile; after a first call, which makes tables."""
        encode(texts[0])
        began = time.process_time()
        for text in texts * times:
            encode(text)
        return size * times / (time.process_time() - began)

    began = time.process_time()
    tokens = learn(documents, TrainConfig().bpe_size - len(BytePairs()))
    learning = time.process_time() - began
    pairs, characters = BytePairs(tokens), Vocabulary().grown(texts)
    yield Figure("characters, encoding, a core", median([speed(characters.encode) for _ in range(RUNS)]), "MB/s", "50")
    yield Figure("bpe, encoding, a core", median([speed(pairs.encode) for _ in range(RUNS)]), "MB/s", "50")
    yield Figure("  tiktoken alone, the same tokens", speed(pairs.encoding.encode_ordinary), "MB/s")
    yield Figure("  learning the vocabulary", learning, "s")
    yield Figure("  of so many characters", sum(map(len, texts)) / 1e6, "million")
    yield Figure("  tokens", len(pairs), "")


def spoken(files: Sequence[Path]) -> Iterator[str]:
    """The words of each transcript, cleaned, as a training reads them."""
    for file in files:
        with contextlib.suppress(TranscriptError):  # a licence lies among them
            yield "\n".join(cue.text for cue in clean_cues(formats.read(file.read_bytes(), file.name).cues))


if __name__ == "__main__":
    main()
