"""What an evaluation says of the model's samples."""

from __future__ import annotations

from pathlib import Path

from connector.evaluation.run import Wish, evaluate
from indexer.store import Index
from tests.indexer.support import sample, segment, transcript

TEXT = "rye bread needs a slow dough and patience while butter melts over warm toast every single morning"


def moments(group: str) -> list[str]:
    """Texts of which each has words that no other has."""
    return [" ".join(f"{word}{group}{at}" if n % 2 else word for n, word in enumerate(TEXT.split())) for at in range(4)]


def test_samples_are_weighed_in_every_kind_beside_an_index_without_them(tmp_path: Path) -> None:
    with Index.create(tmp_path / "index", "") as index:
        groups = []
        for group in ("t1", "t2", "t3"):
            said = [segment(group, at, text, title=group) for at, text in enumerate(moments(group))]
            groups.append((group, [transcript(group, group), *said]))
        copied = [sample("c1", number, text) for number, text in enumerate(moments("t1"))]  # a model that has memorised
        groups.append(("c1", copied))
        index.write(groups, 1)
        wish = Wish(("exact", "shuffled"), 12, 1, (0.0,), with_peers=False)
        rows = list(evaluate(index, (), wish, lambda _: None))
    by = {(row.kind, row.engine.removeprefix("connector, ")): row.measures for row in rows}
    assert len(by) == 8  # and the plain search
    for kind in ("exact", "shuffled"):
        assert by[kind, "no samples in the index"].mrr == 1
        assert by[kind, "samples left out of the hits"].mrr == 1
        assert by[kind, "samples among the moments"].mrr < 1
