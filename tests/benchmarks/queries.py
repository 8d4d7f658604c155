"""Random strings as queries: none may fail, none may take longer than a second.

Random Unicode, random syntax, real words mangled, very long ones, nested quotation marks, brackets and operators, many
beginnings, words spelled nearly, words typed as one, filters and number words; on an archive of made-up talks, or on an
index that is there.

python -m tests.benchmarks.queries [--json] [--count 100000] [--seconds N] [--segments 20000] [--index FOLDER]
"""

from __future__ import annotations

import random
import string
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from indexer import Asker, Document
from indexer.search import SearchRequest, search
from indexer.store import Index
from tests.benchmarks.report import Figure, arguments, median, p95, publish, say
from tests.indexer.support import recording

SLOW = 1.0  # seconds
MANY = (1, 2, 3, 5, 40)  # words of a kind that takes long
TOLD = 20  # of the slowest and of those that failed
SYNTAX = (
    *("(", ")", '"', "-", "*", "~", ":", "AND", "OR", "NOT", "“", "”", "«", "'", "\\", "\x00", "--", "((", "))", '""'),
    *("speaker:", "in:", "tag:", "kind:all", "kind:", "lang:en", "title:", "after:2025", "before:2025-13-45", "x:y:z"),
)
NUMERALS = (
    *("zero", "one", "two", "nine", "twelve", "nineteen", "twenty", "ninety", "hundred", "thousand", "million"),
    *("billion", "first", "billionth", "point", "oh", "and", "3", "21st", "000"),
)
PLACES = (
    *((0x20, 0x7F), (0xA0, 0x24F), (0x370, 0x5FF), (0x600, 0x6FF), (0x900, 0xE7F), (0x1100, 0x11FF), (0x2000, 0x2BFF)),
    *((0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7FF), (0xFF00, 0xFFEF), (0x1F300, 0x1FAFF), (0x20000, 0x2A6DF)),
    *((0xD800, 0xDFFF), (0, 0x10FFFF)),
)

Make = Callable[[random.Random, Sequence[str]], str]


def unicode_text(rng: random.Random, _: Sequence[str]) -> str:
    low, high = rng.choice(PLACES)
    return "".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 60)))


def syntax(rng: random.Random, said: Sequence[str]) -> str:
    pieces = [rng.choice(SYNTAX) if rng.random() < 0.6 else rng.choice(said) for _ in range(rng.randint(1, 20))]
    return rng.choice(("", " ")).join(pieces)


def mangled(rng: random.Random, said: Sequence[str]) -> str:
    return " ".join(_slip(rng.choice(said), rng) for _ in range(rng.randint(1, 8)))


def nearly(rng: random.Random, said: Sequence[str]) -> str:
    return " ".join(_slip(rng.choice(said), rng) + "~" for _ in range(rng.choice(MANY)))


def beginnings(rng: random.Random, said: Sequence[str]) -> str:
    return rng.choice((" ", " OR ")).join(rng.choice(said)[: rng.randint(1, 3)] + "*" for _ in range(rng.choice(MANY)))


def plain(rng: random.Random, said: Sequence[str]) -> str:
    return rng.choice((" ", " OR ", " AND ", "-", "")).join(rng.choice(said) for _ in range(rng.randint(1, 12)))


def phrase(rng: random.Random, said: Sequence[str]) -> str:
    at = rng.randrange(len(said))
    return '"' + " ".join(said[at : at + rng.randint(1, 12)]) + '"' * rng.randint(0, 2)


def long(rng: random.Random, said: Sequence[str]) -> str:
    choice = rng.randrange(4)
    if choice == 0:
        return " ".join(rng.choice(said) for _ in range(rng.randint(30, 3_000)))
    if choice == 1:
        return rng.choice(string.printable + "東。é") * rng.randint(100, 20_000)
    if choice == 2:
        return rng.choice(said) * rng.randint(10, 500)
    return '"' + " ".join(rng.choice(said) for _ in range(rng.randint(30, 200))) + '"'


def nested(rng: random.Random, said: Sequence[str]) -> str:
    def part(depth: int) -> str:
        if depth == 0 or rng.random() < 0.2:
            return rng.choice(said) + rng.choice(("", "", "*", "~"))
        inner = [part(depth - 1) for _ in range(rng.randint(1, 3))]
        joined = rng.choice((" ", " OR ", " AND ", " NOT ", " -")).join(inner)
        return rng.choice(("({})", '"{}"', "NOT ({})", "-({})", "{}", "({}")).format(joined)

    return part(rng.randint(1, 22))[:5_000]


def as_one(rng: random.Random, said: Sequence[str]) -> str:
    return " ".join("-".join(rng.choices(said, k=rng.randint(2, 4))) for _ in range(rng.randint(1, 16)))


def filters(rng: random.Random, said: Sequence[str]) -> str:
    names = ("speaker", "in", "tag", "lang", "title")
    return " ".join(f"{rng.choice(names)}:{rng.choice(said)}" for _ in range(rng.choice((*MANY, 100))))


def numbers(rng: random.Random, _: Sequence[str]) -> str:
    return " ".join(rng.choices(NUMERALS, k=rng.randint(1, 16)))


KINDS: tuple[Make, ...] = (
    *(unicode_text, syntax, mangled, nearly, beginnings, plain, phrase, long, nested),
    *(as_one, filters, numbers),
)


def queries(said: Sequence[str], seed: int) -> Iterator[tuple[str, str]]:
    """Kinds and queries without end, of the words ``said`` as they were said; the same for the same seed."""
    rng = random.Random(seed)
    while True:
        make = rng.choice(KINDS)
        yield make.__name__, make(rng, said)


def ask(index: Index, query: str, number: int) -> float:
    """Processor seconds that one query takes, as the owner or a person, plain, grouped or with facets, in turn."""
    asker = Asker("ann@example.com") if number % 3 == 0 else None
    kind = ("segment", "segment", "all", "transcript")[number % 4]
    began = time.thread_time()
    search(index, SearchRequest(query, kind=kind, asker=asker, group=number % 5 == 0, facets=number % 2 == 0))
    return time.thread_time() - began


def archive(segments: int, seed: int) -> Iterator[tuple[str, list[Document]]]:
    """Recordings of made-up talks whose words are as frequent as words are (Zipf), some in Japanese."""
    rng = random.Random(seed)
    syllables = [one + other for one in "bcdfghklmnprstvw" for other in "aeiou"]
    words = [
        "".join(rng.choices(syllables, k=rng.randint(1, 4))) + rng.choice(("", "s", "ing", "n")) for _ in range(20_000)
    ]
    weights = [1 / (rank + 2) for rank in range(len(words))]
    for group in range(max(1, segments // 100)):
        texts = [" ".join(rng.choices(words, weights, k=rng.randint(20, 80))) for _ in range(min(segments, 100))]
        if group % 20 == 0:
            texts = ["".join(chr(rng.randint(0x4E00, 0x4FFF)) for _ in range(200)) for _ in texts]
        yield recording(f"t{group:05d}", *texts)


def _slip(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word) + 1)
    return (
        word[:at] + rng.choice(("", rng.choice(string.ascii_letters), "'", "é", "-")) + word[at + rng.randint(0, 2) :]
    )


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so many")
    parser.add_argument("--segments", type=int, default=20_000)
    parser.add_argument("--index", type=Path, help="the folder of an index that is there; it is only read")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.index:
            index = Index.open(options.index)
        else:
            say(f"indexing {options.segments:,} segments …")
            index = Index.create(Path(folder) / "index", "queries")
            index.rewrite(archive(options.segments, options.seed), 1, "queries")
        with index:
            failed, times = campaign(index, options.count, options.seconds, options.seed)
    took = [seconds for seconds, *_ in times]
    slow = [each for each in times if each[0] > SLOW]
    for seconds, kind, query in sorted(times, reverse=True)[: max(5, min(len(slow), TOLD))]:
        say(f"{seconds:.2f} s  {kind}  {query[:200]!r}")
    for problem, kind, query in failed[:TOLD]:
        say(f"{problem}  {kind}  {query[:500]!r}")
    figures = [
        Figure("queries", len(took), "queries"),
        Figure("failed", len(failed), "queries", "0"),
        Figure("above 1 s", len(slow), "queries", "0"),
        Figure("median", median(took) * 1000, "ms"),
        Figure("p95", p95(took) * 1000, "ms"),
        Figure("slowest", max(took), "s", "1"),
    ]
    publish("queries", figures, options.json)
    sys.exit(bool(failed or slow))


def campaign(
    index: Index, count: int, seconds: float, seed: int
) -> tuple[list[tuple[str, str, str]], list[tuple[float, str, str]]]:
    """Asks up to ``count`` queries for up to ``seconds``: those that failed, and how long each of the others took."""
    documents = [one.text for _, one in zip(range(2_000), index.documents("segment"), strict=False)]
    said = [word for text in documents for word in text.split()]
    until = time.monotonic() + seconds
    failed: list[tuple[str, str, str]] = []
    times: list[tuple[float, str, str]] = []
    for number, (kind, query) in zip(range(count), queries(said, seed), strict=False):
        try:
            times.append((ask(index, query, number), kind, query))
        except Exception as problem:  # noqa: BLE001  # whatever it is, it is what is looked for
            failed.append((repr(problem), kind, query))
        if time.monotonic() > until:
            break
    return failed, times


if __name__ == "__main__":
    main()
