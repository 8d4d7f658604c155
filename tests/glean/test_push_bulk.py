"""All documents as one upload, and what keeps a push from deleting what nobody meant to delete."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.archive.ledger.pushed import UPLOAD
from connector.errors import BadInputError, RemoteError
from connector.glean import guards
from tests.glean.asked import bulk_pages, faults, held, only_at, refusing, routes, watch
from tests.glean.misbehaving import Faults, Server
from tests.glean.pushing import document, equal, push_once, things

EVERYBODY = {"allowAllDatasourceUsersAccess": True}


class TestGuards:
    @pytest.mark.usefixtures("pages")
    def test_more_than_a_fifth_is_not_deleted_unless_it_is_meant(self, server: Server, ledger: Path) -> None:
        push_once(ledger, server.url, things([document(n) for n in range(10)]))
        fewer = things([document(n) for n in range(7)])
        since = len(server.held.requests)
        for how in ({}, {"full": True}, {"bulk_above": 0}):
            with pytest.raises(BadInputError, match="10 documents that Glean holds would become 7"):
                push_once(ledger, server.url, fewer, **how)  # type: ignore[arg-type]
        assert set(routes(server, since)) == {"debug/transcripts/status"}  # it was looked, and nothing sent
        push_once(ledger, server.url, fewer, full=True, yes_delete=True)
        assert equal(server.held, fewer)
        assert server.held.requests[-1][1]["disableStaleDocumentDeletionCheck"] is True

    def test_an_empty_archive_is_deleted_one_by_one_if_at_all(self, server: Server, ledger: Path) -> None:
        push_once(ledger, server.url, things([document(1)]))
        empty = things([])
        for full in (False, True):
            with pytest.raises(BadInputError, match="none be left"):
                push_once(ledger, server.url, empty, full=full)
        push_once(ledger, server.url, empty, full=True, yes_delete=True)
        assert equal(server.held, empty)
        assert "bulkindexdocuments" not in routes(server)

    def test_what_is_replaced_is_not_less(self, server: Server, ledger: Path) -> None:
        """Samples of a newer checkpoint, and segments that begin elsewhere, have other ids."""
        samples = [document(n, objectType="TranscriptSample") for n in range(20, 40)]
        push_once(ledger, server.url, things([document(n) for n in range(8)] + samples))
        told = things([document(n) for n in range(4, 12)])
        push_once(ledger, server.url, told)
        assert equal(server.held, told)

    def test_what_was_forgotten_goes_unasked(self, server: Server, ledger: Path) -> None:
        talks = [document(n, id=f"t{n}") for n in range(3)]
        parts = [document(n, id=f"t{n}{1000:010d}000", objectType="TranscriptSegment") for n in range(3)]
        push_once(ledger, server.url, things(talks + parts))
        left = things([talks[0], parts[0]])
        with pytest.raises(BadInputError, match="4 documents that Glean holds would become 2"):
            push_once(ledger, server.url, left, forgotten={"t1"})  # the other is gone for no reason
        push_once(ledger, server.url, left, forgotten={"t1", "t2"})
        assert equal(server.held, left)

    def test_to_take_a_membership_away_needs_no_word_but_all_do(self, server: Server, ledger: Path) -> None:
        told = things([document(1)], people=2)
        push_once(ledger, server.url, told)
        push_once(ledger, server.url, told | {"memberships": told["memberships"][:1]})
        assert len(server.held.memberships) == 1
        with pytest.raises(BadInputError, match="all 1 membership"):
            push_once(ledger, server.url, told | {"memberships": []})

    def test_people_are_guarded_too(self, server: Server, ledger: Path) -> None:
        push_once(ledger, server.url, things([document(1)], people=3))
        with pytest.raises(BadInputError, match="all 3 users"):
            push_once(ledger, server.url, things([document(1)], people=0))

    def test_what_another_ledger_put_there_is_seen_before_an_upload(
        self, server: Server, ledger: Path, tmp_path: Path
    ) -> None:
        push_once(ledger, server.url, things([document(n) for n in range(10)]))
        fresh, few = tmp_path / "fresh.db", things([document(n) for n in range(3)])
        with pytest.raises(BadInputError, match="Glean holds 10 documents of this datasource, 7 more than are of this"):
            push_once(fresh, server.url, few, full=True)
        push_once(fresh, server.url, things([document(1)]))  # it knows of one, and of no more
        with pytest.raises(BadInputError, match="7 more than are of this archive"):
            push_once(fresh, server.url, few, full=True)
        assert len(server.held.documents) == 10
        push_once(fresh, server.url, few, full=True, yes_delete=True)
        server.held.documents["Transcript/other"] = document(0, id="other")  # somebody else's, after our upload
        with pytest.raises(BadInputError, match="1 more than are of this archive"):
            push_once(fresh, server.url, few, full=True)

    def test_a_ledger_made_anew_needs_no_word_for_what_is_its_own(
        self, server: Server, ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(guards, "ASKED", 4)
        told = things([document(n) for n in range(10)])
        push_once(ledger, server.url, told)
        told = things([document(n, "new words") for n in range(12)])
        push_once(tmp_path / "anew.db", server.url, told, full=True)
        assert equal(server.held, told)
        assert routes(server).count("debug/transcripts/documents") == 3


class TestBulk:
    @pytest.mark.usefixtures("pages")
    def test_pages_under_one_id(self, server: Server, ledger: Path) -> None:
        told = things([document(n) for n in range(10)])
        push_once(ledger, server.url, told, bulk_above=9)
        assert equal(server.held, told)
        sent = bulk_pages(server)
        assert [(page["isFirstPage"], page["isLastPage"]) for page in sent] == [
            (True, False), (False, False), (False, True),
        ]  # fmt: skip
        assert len({page["uploadId"] for page in sent}) == 1
        assert not any("forceRestartUpload" in page for page in sent)
        push_once(ledger, server.url, told, full=True)
        again = server.held.requests[-1][1]["uploadId"]
        assert again[:24] == sent[0]["uploadId"][:24]  # of the content
        assert again != sent[0]["uploadId"]  # and of the attempt
        since = len(server.held.requests)
        push_once(ledger, server.url, told)
        assert routes(server, since) == []

    @pytest.mark.usefixtures("pages")
    def test_what_is_to_go_goes_though_the_deletion_of_what_is_stale_is_paused(
        self, server: Server, ledger: Path
    ) -> None:
        push_once(ledger, server.url, things([document(n) for n in range(12)]))
        server.pauses = True
        told = things([document(n) for n in range(4, 14)])
        assert push_once(ledger, server.url, told, full=True).removed == {"document": 4}
        assert equal(server.held, told)
        assert held(ledger, server).keys() == server.held.documents.keys()

    @pytest.mark.usefixtures("pages")
    def test_interrupted_it_deletes_nothing_and_is_begun_anew(self, server: Server, ledger: Path) -> None:
        push_once(ledger, server.url, things([document(n) for n in range(10)]))
        server.held.documents["Transcript/other"] = document(0, id="other")
        told = things([document(n, "new words") for n in range(1, 11)])
        server.faults = Faults(revoke_at=len(server.held.requests) + 4)
        with pytest.raises(RemoteError, match="9 of 11"):
            push_once(ledger, server.url, told, bulk_above=0, yes_delete=True)
        assert "Transcript/other" in server.held.documents
        assert sum(content is None for content in held(ledger, server).values()) == 10
        del server.held.documents["Transcript/other"]
        server.faults = Faults()
        since = len(server.held.requests)
        push_once(ledger, server.url, told, bulk_above=0)
        assert equal(server.held, told)
        assert bulk_pages(server, since)[0]["forceRestartUpload"] is True

    @pytest.mark.usefixtures("pages")
    def test_a_lost_answer_to_the_last_page(self, server: Server, ledger: Path) -> None:
        """The upload is finished there and nobody here knows: it is done once more, and nothing is left half."""
        told = things([document(n) for n in range(3)])
        server.faults = only_at(11, "hang up after")
        push_once(ledger, server.url, told, bulk_above=0)
        assert len(bulk_pages(server)) == 3  # the first, the same again, which is refused, and a new upload
        assert len({page["uploadId"] for page in bulk_pages(server)}) == 2
        assert equal(server.held, told)
        assert None not in held(ledger, server).values()
        assert len(held(ledger, server, UPLOAD)) == 1

    def test_somebody_elses_upload_is_left_alone(self, server: Server, ledger: Path) -> None:
        server.held.upload = "another"
        told = things([document(1)])
        for _ in range(2):
            with pytest.raises(RemoteError, match="another bulk upload into this datasource is under way"):
                push_once(ledger, server.url, told, bulk_above=0)
        push_once(ledger, server.url, told, bulk_above=0, restart=True)
        assert equal(server.held, told)

    @pytest.mark.usefixtures("pages")
    @pytest.mark.parametrize("kind", ["500", "hang up", "500 after", "hang up after"])
    def test_a_first_page_that_failed_is_sent_again_as_it_was(self, server: Server, ledger: Path, kind: str) -> None:
        """Whose upload is under way, where one is, the other side says: only our own is thrown away."""
        told = things([document(n) for n in range(6)], people=0)
        server.faults = only_at(3, kind)
        push_once(ledger, server.url, told, bulk_above=0)
        assert equal(server.held, told)
        sent = [page.get("forceRestartUpload") for page in bulk_pages(server)]
        begun = kind.endswith("after")  # refused as unfinished, and begun anew
        assert sent == ([None, None, True, None] if begun else [None, None, None])

    @pytest.mark.parametrize("kind", ["500", "hang up"])
    def test_nor_is_somebody_elses_where_the_first_page_failed(self, server: Server, ledger: Path, kind: str) -> None:
        server.held.upload = "another"
        server.faults = only_at(3, kind)
        told = things([document(1)], people=0)
        with pytest.raises(RemoteError, match="another bulk upload"):
            push_once(ledger, server.url, told, bulk_above=0)
        assert server.held.upload == "another"
        with pytest.raises(RemoteError, match="another bulk upload"):  # and the next push knows of none of ours
            push_once(ledger, server.url, told, bulk_above=0)
        assert server.held.upload == "another"

    @pytest.mark.usefixtures("pages")
    def test_an_upload_that_nobody_tells_of_is_taken_for_ours(self, server: Server, ledger: Path) -> None:
        server.tells_uploads = False
        server.faults = only_at(3, "500 after")
        told = things([document(n) for n in range(6)], people=0)
        push_once(ledger, server.url, told, bulk_above=0)
        assert equal(server.held, told)

    @pytest.mark.parametrize("kind", ["429", "503"])
    def test_nor_is_it_thrown_away_where_the_first_page_was_turned_away(
        self, server: Server, ledger: Path, kind: str
    ) -> None:
        server.held.upload = "another"
        server.faults = only_at(3, kind)
        with pytest.raises(RemoteError, match="another bulk upload"):
            push_once(ledger, server.url, things([document(1)], people=0), bulk_above=0)
        assert [page.get("forceRestartUpload") for page in bulk_pages(server)] == [None, None]
        assert server.held.upload == "another"

    @pytest.mark.usefixtures("pages")
    @pytest.mark.parametrize("staged", [False, True])
    @pytest.mark.parametrize("bad", [[0], [0, 1, 2], [9], [19], [16, 17, 18, 19], [0, 7, 19]])
    def test_refused_documents_are_left_out_of_the_upload(
        self, server: Server, ledger: Path, monkeypatch: pytest.MonkeyPatch, bad: list[int], staged: bool
    ) -> None:
        push_once(ledger, server.url, things([document(n, "before") for n in range(10)], people=0))
        monkeypatch.setattr(server, "staged", staged)
        server.faults = faults()
        monkeypatch.setattr(server.faults, "refuses", lambda ident: int(ident[1:]) in bad)
        told, since = things([document(n) for n in range(20)], people=0), len(server.held.requests)
        done = push_once(ledger, server.url, told, bulk_above=0)
        assert [one["key"] for one in done.refused] == [f"Transcript/d{n:05d}" for n in bad]
        assert all(
            one["reason"].endswith("what was pushed before is deleted: an upload replaces all there is")
            == (int(one["key"][-5:]) < 10)
            for one in done.refused
        )
        assert done.sent["document"] == 20 - len(bad)
        good = things([one for n, one in enumerate(told["documents"]) if n not in bad], people=0)
        assert equal(server.held, good)
        assert server.held.upload is None  # nobody else is kept waiting
        assert "indexdocuments" not in routes(server, since)

        server.faults, since = Faults(), len(server.held.requests)
        push_once(ledger, server.url, told)
        assert equal(server.held, told)
        assert sum(len(body["documents"]) for _, body in server.held.requests[since:]) == len(bad)

    @pytest.mark.usefixtures("pages")
    @pytest.mark.parametrize("many", [3, 6])
    def test_what_names_a_new_user_is_hidden_in_it_until_they_are_there(
        self, server: Server, ledger: Path, many: int
    ) -> None:
        """A document may name nobody who is not there; where it is much that was hidden, another upload shows it. One
        that named them before, and did not change, is hidden too.
        """
        new = {"allowedUsers": [{"email": "p4@example.com"}]}
        before = [*(document(n, permissions=EVERYBODY) for n in range(20)), document(20, permissions=new)]
        push_once(ledger, server.url, things(before, people=2))
        server.strict = True
        told = things([*(document(n) for n in range(20)), before[20]], people=5)
        told["documents"][:many] = [document(n, permissions=new) for n in range(many)]
        since, far, leaked = len(server.held.requests), list[tuple[int, int]](), list[str]()
        watch(server, told, leaked.append)
        done = push_once(ledger, server.url, told, bulk_above=5, progress=lambda *told: far.append(told))
        assert leaked == [] and equal(server.held, told)
        assert done.refused == [] and done.sent["document"] == 21
        ways = ["bulkindexdocuments", "indexuser", "indexmembership", "indexdocuments"]
        if many > 5:
            ways[3] = ways[0]
        asked = [route for route in routes(server, since) if not route.endswith("/status")]
        assert [route for at, route in enumerate(asked) if [route] != asked[at - 1 : at]] == ways
        assert far[-1] == (far[-1][1], far[-1][1])
        assert None not in held(ledger, server).values()

    def test_what_was_hidden_by_itself_before_it_counts_once(self, server: Server, ledger: Path) -> None:
        push_once(ledger, server.url, things([document(n) for n in range(3)]))
        new = {"allowedUsers": [{"email": "p3@example.com"}]}
        told = things([document(n, "new words") for n in range(13)], people=4)
        told["documents"][0] |= {"permissions": new}
        far = list[tuple[int, int]]()
        push_once(ledger, server.url, told, bulk_above=5, progress=lambda *told: far.append(told))
        assert equal(server.held, told) and far[-1] == (far[-1][1], far[-1][1])

    def test_given_up_it_counts_what_goes_by_itself(self, server: Server, ledger: Path) -> None:
        push_once(ledger, server.url, things([document(n) for n in range(18)]))
        server.carry_out = refusing("bulkindexdocuments", server.carry_out, 400)  # type: ignore[method-assign]
        far = list[tuple[int, int]]()
        try:
            push_once(
                ledger, server.url, things([document(n) for n in range(20)]),
                bulk_above=1, progress=lambda *told: far.append(told),
            )  # fmt: skip
        finally:
            del server.carry_out
        assert far[-1] == (2, 2)

    @pytest.mark.parametrize("many", [2, 9])
    def test_what_is_refused_before_and_in_the_upload_is_told_once(
        self, server: Server, ledger: Path, many: int
    ) -> None:
        """By itself or in a first upload, before a new user is there, then in the upload that shows them all."""
        push_once(ledger, server.url, things([document(n) for n in range(10)]))
        server.faults = faults()
        server.faults.refuses = lambda ident: ident == "d00000"  # type: ignore[method-assign]
        new = {"allowedUsers": [{"email": "p3@example.com"}]}
        told = things([document(n, permissions=new) if n < many else document(n) for n in range(20)], people=4)
        done = push_once(ledger, server.url, told, bulk_above=4)
        assert routes(server).count("updatepermissions") == (1 if many == 2 else 0)
        assert [one["key"] for one in done.refused] == ["Transcript/d00000"]
        assert "is deleted: an upload replaces all there is" in done.refused[0]["reason"]

    @pytest.mark.usefixtures("pages")
    def test_where_too_many_are_refused_documents_go_by_themselves(self, server: Server, ledger: Path) -> None:
        server.faults = faults(poisoned=0.5)
        told = things([document(n) for n in range(20)])
        done = push_once(ledger, server.url, told, bulk_above=0)
        bad = [one for one in told["documents"] if server.faults.refuses(one["id"])]
        assert len(done.refused) == len(bad) > 4
        assert len(server.held.documents) == 20 - len(bad)
        assert server.held.upload is not None  # not finished, so that nothing is deleted
