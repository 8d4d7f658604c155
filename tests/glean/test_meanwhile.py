"""What may still go of a push while the archive becomes another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.archive.ledger import Ledger
from connector.glean.meanwhile import Meanwhile
from connector.glean.spool import Spool
from tests.glean.pushing import check, document

CLOSED = {"allowedGroups": ["trainers"]}
MOMENT, SAMPLE = f"t1{5:010d}000", "c100000"


class Push:
    """One of two recordings and a sample; ``now`` is what leaves of each group as things stand."""

    def __init__(self, ledger: Ledger, spool: Spool) -> None:
        documents = [
            document(1, id="t1"), document(1, id=MOMENT, objectType="TranscriptSegment"), document(2, id="t2"),
            document(3, id=SAMPLE, objectType="TranscriptSample"),
        ]  # fmt: skip
        spool.fill(documents, check)
        self.ledger = ledger
        self.entries = list(spool.entries.values())
        self.now: dict[str, list[dict[str, Any]]] = {"t1": documents[:2], "t2": documents[2:3], "c1": documents[3:]}
        self.asked: list[str] = []
        self.meanwhile = Meanwhile(ledger, ledger.generation(), self._leaving)

    def _leaving(self, group: str) -> list[dict[str, Any]]:
        self.asked.append(group)
        return self.now[group]

    def change(self, group: str, *documents: dict[str, Any]) -> None:
        self.now[group] = list(documents)
        self.ledger._changed(group)

    def going(self) -> list[str]:
        return [entry.key.partition("/")[2] for entry in self.meanwhile.may_go(self.entries)]


@pytest.fixture
def push(tmp_path: Path) -> Iterator[Push]:
    with Ledger.open(tmp_path / "ledger.db", create=True) as ledger, Spool(tmp_path) as spool:
        ledger._changed("t1")  # before it was planned
        yield Push(ledger, spool)


def test_where_nothing_changes_all_of_it_goes_and_nothing_is_derived(push: Push) -> None:
    assert push.going() == ["t1", MOMENT, "t2", SAMPLE]
    assert (push.asked, push.meanwhile.withheld) == ([], set())


def test_other_words_for_the_same_people_are_for_the_next_push(push: Push) -> None:
    first, moment = push.now["t1"]
    push.change("t1", first | {"title": "Another"}, moment)
    assert push.going() == ["t1", MOMENT, "t2", SAMPLE]
    push.going()
    assert push.asked == ["t1", "c1"]  # derived once


def test_what_is_gone_or_for_others_goes_no_more_until_it_is_as_it_was(push: Push) -> None:
    first, moment = push.now["t1"]
    push.change("t1", first | {"permissions": CLOSED})
    assert push.going() == ["t2", SAMPLE]
    assert push.meanwhile.withheld == {"Transcript/t1", f"TranscriptSegment/{MOMENT}"}
    push.change("t1", first, moment)
    assert push.going() == ["t1", MOMENT, "t2", SAMPLE]
    assert push.meanwhile.withheld == set()


def test_a_sample_goes_no_more_where_something_its_model_read_was_closed(push: Push) -> None:
    """Its own group changes only once the checkpoint is revoked, which may be later."""
    push.now["c1"] = []
    push.change("t2", push.now["t2"][0] | {"permissions": CLOSED})
    assert push.going() == ["t1", MOMENT]
