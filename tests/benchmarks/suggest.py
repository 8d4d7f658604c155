"""Suggestions as one types, at 100,000 segments, the corpus and its talks again in other words: how long each keystroke
takes, for the owner and for a person who sees two thirds of them, with a network and without, and for a guest who sees
a hundredth; and how far up the word stands that people went on to say, in talks that neither archive nor network has.

python -m tests.benchmarks.suggest [--json] [--segments 100000] [--queries 60] [--words 300]
"""

from __future__ import annotations

import math
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path

from indexer import Asker, Document
from indexer.plan import Scope
from indexer.store import Index
from indexer.suggest import Expect, suggest
from indexer.text import words
from model.base import SHIPPED
from model.serve import LanguageModel
from tests.benchmarks.ingest import archived, fill_beyond
from tests.benchmarks.report import Figure, arguments, median, p95, publish, say
from tests.benchmarks.retold import is_retold
from tests.support import make_home

MOST = 10
RECORDINGS_A_COMMIT = 100
PERSON = Asker("ann@example.com")
GUEST = Asker("eve@example.com", member=False)
FOREIGN = "eth"  # the base has read the other collections


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--segments", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=60, help="typed letter by letter")
    parser.add_argument("--words", type=int, default=300, help="to be guessed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home", ingest="{duplicates: keep}")
        fill_beyond(home, Path(folder), options.segments)
        documents = archived(home)
        segments = [one for one in documents if one.kind == "segment"]
        figures = [Figure("segments", len(segments), "segments")]
        figures += _keystrokes(Path(folder) / "index", documents, _queries(segments, options.queries))
        figures += _guesses(
            Path(folder) / "known", [one for one in segments if not is_retold(one.recording)], options.words
        )
    publish("suggest", figures, options.json)


def network() -> Expect:
    """The base, as an archive's own network is asked."""
    model = LanguageModel(SHIPPED, base=SHIPPED)
    return lambda texts: [-bits * len(text) * math.log(2) for bits, text in zip(model.score(texts), texts, strict=True)]


def _keystrokes(folder: Path, documents: Sequence[Document], queries: Sequence[str]) -> Iterator[Figure]:
    """Each beginning of ``queries``, from the second letter on: just after the index was opened, and once its lists
    have been read.
    """
    typed = [query[:end] for query in queries for end in range(2, len(query) + 1)]
    expect = network()
    expect(["a "])
    say(f"an index of {len(documents):,} documents …")
    groups = _groups(_hidden(documents))
    with Index.create(folder, "f") as index:
        for generation, some in enumerate(iter(lambda: list(islice(groups, RECORDINGS_A_COMMIT)), []), start=1):
            index.write(some, generation)
        index.settle()
        with index.reading() as view:
            yield Figure("different words", len(Scope(view, None).words), "words")
            yield Figure("segments of the index", len(view.leaves), "segments")
    for name, asker, told in (
        ("owner", None, None), ("owner, network", None, expect), ("person", PERSON, None),
        ("person, network", PERSON, expect), ("guest", GUEST, None),
    ):  # fmt: skip
        say(f"{len(typed):,} keystrokes as {name} …")
        with Index.open(folder) as index:
            for when, aim in (("first", ""), ("warm", "30")):
                times = [_timed(index, query, asker, told) for query in typed]
                yield Figure(f"a keystroke, {name}, {when}: median", median([wall for wall, _ in times]), "ms")
                yield Figure(f"a keystroke, {name}, {when}: p95", p95([wall for wall, _ in times]), "ms", aim)
                yield Figure(f"  processor time, {name}, {when}: p95", p95([used for _, used in times]), "ms", aim)


def _timed(index: Index, query: str, asker: Asker | None, expect: Expect | None) -> tuple[float, float]:
    """Milliseconds that it took, and of the processor."""
    began, used = time.perf_counter(), time.process_time()
    suggest(index, query, asker, MOST, expect)
    return (time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000


def _guesses(folder: Path, segments: Sequence[Document], count: int) -> Iterator[Figure]:
    """The next word of talks that are held out, after two words and its first letter: the mean reciprocal rank."""
    groups = sorted({one.group for one in segments if (one.collection or "").startswith(FOREIGN)}) or sorted(
        {one.group for one in segments}
    )
    apart = set(random.Random(7).sample(groups, max(1, len(groups) // 5)))
    known = [one for one in segments if one.group not in apart]
    asked = list(_continued([one for one in segments if one.group in apart], known, count))
    expect = network()
    with Index.create(folder, "f", _groups(known)) as index:
        for name, context, told in (
            ("the word alone, by frequency", False, None), ("after the words before it", True, None),
            ("with the network", True, expect),
        ):  # fmt: skip
            ranks = [_rank(index, before if context else "", word, told) for before, word in asked]
            mean = sum(1 / rank for rank in ranks if rank) / max(1, len(ranks))
            yield Figure(f"the next word by its first two letters, {name}: MRR@{MOST}", mean, "")


def _rank(index: Index, before: str, word: str, expect: Expect | None) -> int:
    """Where the word stands among the suggestions, from 1; 0 where it is not."""
    found = suggest(index, f"{before}{word[:2]}", None, MOST, expect).suggestions
    wanted = f"{before}{word}"
    return next((place for place, one in enumerate(found, start=1) if one.text.lower() == wanted), 0)


def _continued(held: Sequence[Document], known: Sequence[Document], count: int) -> Iterator[tuple[str, str]]:
    """(two words, the one that was said after them), of words the archive has, that are no more than some twentieth."""
    rng = random.Random(5)
    often = Counter(word for one in known for word in set(words(one.text)))
    rows = [words(one.text) for one in held]
    places = [
        (row, at)
        for row in rows
        for at in range(2, len(row))
        if row[at].isalpha() and len(row[at]) > 3 and 0 < often[row[at]] < len(known) / 20
    ]
    for row, at in rng.sample(places, min(count, len(places))):
        yield f"{row[at - 2]} {row[at - 1]} ", row[at]


def _queries(segments: Sequence[Document], count: int) -> list[str]:
    """Words in a row that somebody said, and as often single words of them in no order."""
    rng = random.Random(11)
    said = [row for one in rng.sample(list(segments), min(2_000, len(segments))) if len(row := words(one.text)) > 4]
    found = []
    for number in range(count):
        row = rng.choice(said)
        at = rng.randrange(len(row) - 3)
        found.append(" ".join(row[at : at + rng.choice((2, 3))] if number % 2 else rng.sample(row, 2)))
    return found


def _hidden(documents: Sequence[Document]) -> Iterator[Document]:
    """Every third recording is the owner's alone, every hundredth open to guests too."""
    for number, (_, group) in enumerate(groupby(documents, key=lambda one: one.group)):
        access = {"allowAnonymousAccess": True} if number % 100 == 1 else {}
        for one in group:
            kept = number % 3 and not access
            yield one if kept else Document(one.payload | {"permissions": access}, one.cues)


def _groups(documents: Sequence[Document] | Iterator[Document]) -> Iterator[tuple[str, list[Document]]]:
    for name, group in groupby(documents, key=lambda one: one.group):
        yield name, list(group)


if __name__ == "__main__":
    main()
