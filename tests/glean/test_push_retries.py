"""What a push does where the other side fails for a while: each fault on its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.errors import RemoteError
from tests.glean.asked import bulk_pages, only_at
from tests.glean.misbehaving import KINDS, Faults, Server
from tests.glean.pushing import Clock, document, equal, push_once, things


class TestRetries:
    @pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("wrong type", "lose the upload")])
    def test_what_passes_is_tried_again(self, server: Server, ledger: Path, kind: str) -> None:
        server.faults = only_at(1, kind)
        clock, told = Clock(), things([document(1)], people=0)
        push_once(ledger, server.url, told, clock=clock, timeout=0.2)
        assert server.held.faults[kind] == 1
        assert equal(server.held, told)
        (pause,) = clock.slept
        least = {"429 seconds": 7.0, "429 date": 20.0}.get(kind)  # by the server's clock, days off
        assert (0.5 <= pause <= 1.0) if least is None else (least <= pause <= least + 1)

    @pytest.mark.parametrize("how", [{}, {"bulk_above": 0}])
    def test_megabytes_that_are_cut_off_while_they_are_written(
        self, server: Server, ledger: Path, how: dict[str, Any]
    ) -> None:
        told = things([document(n, "x" * (1 << 20)) for n in range(4)], people=0)
        server.faults = only_at(3 if how else 2, "cut the request")
        clock = Clock()
        push_once(ledger, server.url, told, clock=clock, **how)
        assert server.held.faults["cut the request"] == 1
        assert equal(server.held, told)
        assert len(clock.slept) == 1 and server.held.twice == []

    def test_what_is_answered_with_200_is_done_whatever_the_answer_is_called(
        self, server: Server, ledger: Path
    ) -> None:
        server.faults = only_at(1, "wrong type")
        clock, told = Clock(), things([document(1)], people=0)
        push_once(ledger, server.url, told, clock=clock)
        assert server.held.faults["wrong type"] == 1
        assert equal(server.held, told) and clock.slept == []

    @pytest.mark.usefixtures("pages")
    def test_an_upload_that_is_lost_is_begun_anew(self, server: Server, ledger: Path) -> None:
        told = things([document(n) for n in range(10)], people=0)
        server.faults = only_at(4, "lose the upload")  # between its first page and its second
        push_once(ledger, server.url, told, bulk_above=0)
        assert server.held.faults["lose the upload"] == 1
        assert equal(server.held, told)
        assert len({page["uploadId"] for page in bulk_pages(server)}) == 2

    def test_not_for_ever(self, server: Server, ledger: Path) -> None:
        server.faults = Faults(rate=1.0, kinds=("503",), in_a_row=10**6)
        clock = Clock()
        with pytest.raises(RemoteError, match=r"503: .*\(8 times\)\n0 of 2 were sent") as caught:
            push_once(ledger, server.url, things([document(1)], people=0), clock=clock)
        assert "goes on where it stopped" in caught.value.hint
        assert len(clock.slept) == 7
        assert 60 < sum(clock.slept) < 130

    def test_nobody_there(self, ledger: Path) -> None:
        with pytest.raises(RemoteError, match="refused"):
            push_once(ledger, "http://127.0.0.1:9", things([document(1)]))
