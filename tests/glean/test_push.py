"""A push to a server that keeps what a Glean would hold: what it is asked, in which order, and what it holds then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.archive.ledger import Ledger
from connector.archive.ledger.pushed import UPLOAD
from connector.errors import BadInputError, RemoteError
from connector.glean import bulk, guards, push
from connector.glean.destination import Destination
from tests.glean.misbehaving import KINDS, Faults, RefusalError, Server, serving
from tests.glean.pushing import DATASOURCE, Clock, document, equal, push_once, things
from tests.glean.specified import mistakes


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """An empty one that behaves; of all that it is asked nothing is against Glean's specification."""
    running.held = type(running.held)()
    running.faults = Faults()
    running.pauses, running.tells_uploads, running.strict = False, True, False
    running.before_answering = lambda _: None
    yield running
    for route, body in running.held.requests:
        assert mistakes(route, body) == []


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small ones."""
    monkeypatch.setattr(bulk, "PAGE", 4)
    monkeypatch.setattr(push, "BATCH", 4)


def routes(server: Server, since: int = 0) -> list[str]:
    return [route for route, _ in server.held.requests[since:]]


def bulk_pages(server: Server, since: int = 0) -> list[dict[str, Any]]:
    return [body for route, body in server.held.requests[since:] if route == "bulkindexdocuments"]


def held(ledger: Path, server: Server, kind: str = "document") -> dict[str, str | None]:
    with Ledger.open(ledger) as opened:
        return opened.pushed(Destination(server.url, DATASOURCE).key, kind)


def faults(seed: int = 1, **told: Any) -> Faults:
    return Faults(seed=seed, **told)


class TestSingly:
    def test_what_is_taken_goes_first_then_identity_then_documents(self, server: Server, ledger: Path) -> None:
        told = things([document(n) for n in range(10)], people=6)
        done = push_once(ledger, server.url, told)
        assert equal(server.held, told)
        assert done.sent == {"datasource": 1, "user": 6, "group": 2, "membership": 6, "document": 10}
        assert list(dict.fromkeys(routes(server))) == [
            "adddatasource", "indexgroup", "indexuser", "indexmembership", "indexdocuments",
        ]  # fmt: skip

        since = len(server.held.requests)
        told = things([document(n, "new words" if n == 3 else "") for n in range(1, 11)], people=5)
        push_once(ledger, server.url, told)
        assert equal(server.held, told)
        assert routes(server, since) == ["deletemembership", "deleteuser", "deletedocument", "indexdocuments"]
        sent = server.held.requests[since + 3][1]["documents"]
        assert [one["id"] for one in sent] == ["d00010", "d00003"]  # what is new, what changed, and no more

    def test_what_arrives_is_what_was_meant_byte_for_byte(self, server: Server, ledger: Path) -> None:
        """The client's models drop what they do not know and bend types: nothing of ours may be bent."""
        full = document(
            1,
            createdAt=1_700_000_000,
            tags=["generated", "größe"],
            author={"email": "ann@example.com"},
            container="Talk 1",
            containerDatasourceId="t1",
            containerObjectType="Transcript",
            permissions={
                "allowedUsers": [{"email": "bob@example.com"}],
                "allowedGroupIntersections": [{"requiredGroups": ["staff", "trainers"]}],
            },
            customProperties=[
                {"name": "start", "value": "83.25"},
                {"name": "duration", "value": 90},
                {"name": "speakers", "value": ["Ann", "Bob"]},
                {"name": "temperature", "value": "0.8"},
            ],
        )
        closed = document(2, permissions={"allowAllDatasourceUsersAccess": False})
        told = things([full, closed])
        push_once(ledger, server.url, told)
        assert server.held.requests[-1][1] == {"datasource": DATASOURCE, "documents": [full, closed]}
        assert equal(server.held, told)

    def test_nothing_changed_asks_nothing(self, server: Server, ledger: Path) -> None:
        told = things([document(1)])
        push_once(ledger, server.url, told)
        since = len(server.held.requests)
        assert push_once(ledger, server.url, told).sent == {}
        assert routes(server, since) == []

    def test_another_destination_knows_nothing_of_the_first(self, server: Server, ledger: Path) -> None:
        told = things([document(1)])
        push_once(ledger, server.url, told)
        with serving() as other:
            push_once(ledger, other.url, told)
            assert equal(other.held, told)

    def test_a_proxy_hears_nothing_of_a_server_on_this_machine(
        self, server: Server, ledger: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told = things([document(1)])
        with serving() as proxy:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, proxy.url)
            for name in ("NO_PROXY", "no_proxy"):
                monkeypatch.delenv(name, raising=False)
            push_once(ledger, server.url, told)
            assert proxy.held.requests == []
        assert equal(server.held, told)

    def test_the_limits_are_obeyed_ahead_of_time(self, server: Server, ledger: Path) -> None:
        clock, begun = Clock(), Clock().now
        push_once(ledger, server.url, things([document(n) for n in range(1250)], people=0), clock=clock)
        assert 120 <= clock.now - begun < 130  # at once, a minute later, and after another
        since = clock.now
        push_once(ledger, server.url, things([document(n) for n in range(1230)], people=0), clock=clock)
        assert 1 <= clock.now - since < 3  # ten deletions a second

    def test_the_next_push_goes_on_within_the_same_minute(self, server: Server, ledger: Path) -> None:
        clock, begun = Clock(), Clock().now
        for words in ("some", "other"):
            push_once(ledger, server.url, things([document(n, words) for n in range(600)], people=0), clock=clock)
        assert 60 <= clock.now - begun < 70
        with serving() as other:  # whose minute is its own
            since = clock.now
            push_once(ledger, other.url, things([document(n) for n in range(600)], people=0), clock=clock)
            assert clock.now - since < 5

    def test_what_a_killed_push_was_sending_counts(self, server: Server, ledger: Path) -> None:
        def killed(route: str) -> None:
            if route == "indexdocuments":
                with Ledger.open(ledger) as opened:
                    sent.append(sum(many for _, many in opened.sent_lately(Destination(server.url, DATASOURCE).key)))

        sent: list[int] = []
        server.before_answering = killed
        push_once(ledger, server.url, things([document(n) for n in range(250)], people=0))
        assert sent == [100, 200, 250]


class TestNobodyIsShownMore:
    """At no moment than the state before or the one after shows them; what is drawn: tests/benchmarks/faults.py."""

    TRAINERS = {"allowedGroups": ["trainers"]}  # noqa: RUF012
    EVERYBODY = {"allowAllDatasourceUsersAccess": True}  # noqa: RUF012

    @pytest.mark.parametrize("bulk_above", [10**9, 3, 0])
    def test_who_joins_a_group_that_may_see_less_joins_it_last(
        self, server: Server, ledger: Path, bulk_above: int
    ) -> None:
        push_once(ledger, server.url, things([document(1), document(2)]))
        told = things([document(1, permissions=self.TRAINERS), *(document(n) for n in range(2, 9))], people=4)
        broken = "indexdocuments" if bulk_above else "bulkindexdocuments"
        server.carry_out = _refusing(broken, server.carry_out, 401)  # type: ignore[method-assign]
        try:
            with pytest.raises(RemoteError):
                push_once(ledger, server.url, told, bulk_above=bulk_above)
        finally:
            del server.carry_out
        assert len(server.held.memberships) == 3
        since = len(server.held.requests)
        push_once(ledger, server.url, told, bulk_above=bulk_above)
        assert equal(server.held, told)
        sent = [one["id"] for _, body in server.held.requests[since:] for one in body.get("documents", [])]
        assert sent[0] == "d00001"  # before all that is new

    @pytest.mark.usefixtures("pages")
    def test_what_is_for_a_new_user_alone_is_hidden_until_they_are_there(self, server: Server, ledger: Path) -> None:
        server.strict = True  # a document names no user who is not there
        push_once(ledger, server.url, things([document(n, permissions=self.EVERYBODY) for n in (1, 2)]))
        new = {"allowedUsers": [{"email": "p4@example.com"}]}
        told = things([document(1, permissions=new), document(2, permissions=self.TRAINERS)], people=5)
        since = len(server.held.requests)
        push_once(ledger, server.url, told)
        assert equal(server.held, told)
        assert routes(server, since) == [
            "updatepermissions", "indexdocuments", *["indexuser"] * 2, *["indexmembership"] * 2, "indexdocuments",
        ]  # fmt: skip
        assert server.held.requests[since][1]["permissions"] == {"allowAllDatasourceUsersAccess": False}

    @pytest.mark.parametrize("refused", ["deletemembership", "deleteuser", "deletedocument"])
    def test_where_something_is_not_taken_back_nothing_is_given(
        self, server: Server, ledger: Path, refused: str
    ) -> None:
        push_once(ledger, server.url, things([document(n) for n in range(6)], people=6))
        told = things([document(n) for n in range(1, 7)], people=5)
        told["memberships"].append({"groupName": "trainers", "memberUserId": "p1@example.com"})
        server.carry_out = _refusing(refused, server.carry_out)  # type: ignore[method-assign]
        since = len(server.held.requests)
        try:
            with pytest.raises(RemoteError, match="1 thing could not be taken back, so nothing is given"):
                push_once(ledger, server.url, told)
        finally:
            del server.carry_out
        assert routes(server, since) == ["deletemembership", "deleteuser", "deletedocument"]
        push_once(ledger, server.url, told)
        assert equal(server.held, told)


class TestRefusals:
    @pytest.mark.usefixtures("pages")
    def test_documents_that_are_refused_are_found_and_the_others_arrive(self, server: Server, ledger: Path) -> None:
        server.faults = faults(poisoned=0.2)
        told = things([document(n) for n in range(30)])
        done = push_once(ledger, server.url, told)
        bad = {one["id"] for one in told["documents"] if server.faults.refuses(one["id"])}
        assert 0 < len(bad) < 20
        assert {one["key"] for one in done.refused} == {f"Transcript/{ident}" for ident in bad}
        assert all("400: 1 of 1 documents are no good" in one["reason"] for one in done.refused)
        assert len(server.held.documents) == 30 - len(bad)
        server.faults = Faults()
        since = len(server.held.requests)
        push_once(ledger, server.url, told)
        assert equal(server.held, told)
        assert sum(len(body["documents"]) for _, body in server.held.requests[since:]) == len(bad)

    def test_where_everything_is_refused_it_stops(self, server: Server, ledger: Path) -> None:
        server.faults = faults(poisoned=1.0)
        with pytest.raises(RemoteError, match="every document is refused"):
            push_once(ledger, server.url, things([document(n) for n in range(100)]))
        assert len(server.held.requests) < 50

    def test_bad_documents_at_the_beginning_keep_no_good_one_back(
        self, server: Server, ledger: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bad = [document(n) for n in range(12)]
        good = [document(n) for n in range(12, 30)]
        server.faults = faults()
        monkeypatch.setattr(server.faults, "refuses", lambda ident: ident in {one["id"] for one in bad})
        done = push_once(ledger, server.url, things(bad + good))
        assert len(done.refused) == 12 and done.sent["document"] == 18
        assert equal(server.held, things(good))

    def test_what_was_refused_is_told_though_the_push_ends_early(self, server: Server, ledger: Path) -> None:
        server.faults = faults(poisoned=1.0)
        with pytest.raises(RemoteError, match=r"document Transcript/.* was refused: "):
            push_once(ledger, server.url, things([document(n) for n in range(100)]))

    @pytest.mark.usefixtures("pages")
    def test_a_revoked_token_stops_it_at_once_and_the_next_goes_on(self, server: Server, ledger: Path) -> None:
        told = things([document(n) for n in range(20)])
        server.faults = Faults(revoke_at=12)
        clock = Clock()
        with pytest.raises(RemoteError, match=r"401: .*\n17 of 29 were sent") as caught:
            push_once(ledger, server.url, told, clock=clock)
        assert "API tokens" in caught.value.hint
        assert "glean-token" not in f"{caught.value!r}{caught.value.hint}"  # though the server repeats it
        assert clock.slept == []
        server.faults = Faults()
        since = len(server.held.requests)
        push_once(ledger, server.url, told)
        assert equal(server.held, told)
        assert routes(server, since) == ["indexdocuments"] * 3

    def test_who_may_see_less_of_a_refused_document_sees_no_more_of_its_former_words(
        self, server: Server, ledger: Path
    ) -> None:
        open_to_all = {"allowAllDatasourceUsersAccess": True}
        push_once(ledger, server.url, things([document(n, permissions=open_to_all) for n in range(4)]))
        server.faults = faults(poisoned=1.0)
        told = things([document(0), document(1, "new words", permissions=open_to_all)])
        told["documents"] += [document(n, permissions=open_to_all) for n in (2, 3)]
        done = push_once(ledger, server.url, told)
        closed, changed = (server.held.documents[f"Transcript/d0000{n}"] for n in (0, 1))
        assert (closed["permissions"], closed["body"]) == ({"allowedGroups": ["staff"]}, document(0)["body"])
        assert changed == document(1, permissions=open_to_all)
        reasons = {one["key"][-1]: one["reason"] for one in done.refused}
        assert "Glean may still show what was pushed before, to the people who may see it now" in reasons["0"]
        assert reasons["1"].endswith("Glean still shows what was pushed before")
        assert routes(server).count("updatepermissions") == 1

        server.faults = faults(poisoned=1.0, closed=True)  # not that either: it is deleted
        done = push_once(ledger, server.url, told)
        assert "Transcript/d00000" not in server.held.documents
        assert "is deleted, since other people may see it now" in done.refused[0]["reason"]
        server.faults = Faults()
        push_once(ledger, server.url, told)
        assert equal(server.held, told)

    def test_people_are_told_too(self, server: Server, ledger: Path) -> None:
        told = things([document(1)])
        told["memberships"].append({"groupName": "nobody", "memberUserId": "p0@example.com"})
        done = push_once(ledger, server.url, told)
        assert [one["kind"] for one in done.refused] == ["membership"]
        assert "unknown group nobody" in done.refused[0]["reason"]

    def test_a_refused_configuration_sends_nobody_to_try_again(self, server: Server, ledger: Path) -> None:
        server.carry_out = _refusing("adddatasource", server.carry_out)  # type: ignore[method-assign]
        try:
            with pytest.raises(RemoteError, match="`transcripts` was refused: 409: the name is taken") as caught:
                push_once(ledger, server.url, things([document(1)]))
        finally:
            del server.carry_out
        assert "glean.datasource" in caught.value.hint and "again: it goes on" not in caught.value.hint
        assert routes(server) == ["adddatasource"]


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
        server.faults = _only_at(11, "hang up after")
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
        server.faults = _only_at(3, kind)
        push_once(ledger, server.url, told, bulk_above=0)
        assert equal(server.held, told)
        sent = [page.get("forceRestartUpload") for page in bulk_pages(server)]
        begun = kind.endswith("after")  # refused as unfinished, and begun anew
        assert sent == ([None, None, True, None] if begun else [None, None, None])

    @pytest.mark.parametrize("kind", ["500", "hang up"])
    def test_nor_is_somebody_elses_where_the_first_page_failed(self, server: Server, ledger: Path, kind: str) -> None:
        server.held.upload = "another"
        server.faults = _only_at(3, kind)
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
        server.faults = _only_at(3, "500 after")
        told = things([document(n) for n in range(6)], people=0)
        push_once(ledger, server.url, told, bulk_above=0)
        assert equal(server.held, told)

    @pytest.mark.parametrize("kind", ["429", "503"])
    def test_nor_is_it_thrown_away_where_the_first_page_was_turned_away(
        self, server: Server, ledger: Path, kind: str
    ) -> None:
        server.held.upload = "another"
        server.faults = _only_at(3, kind)
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
    def test_where_too_many_are_refused_documents_go_by_themselves(self, server: Server, ledger: Path) -> None:
        server.faults = faults(poisoned=0.5)
        told = things([document(n) for n in range(20)])
        done = push_once(ledger, server.url, told, bulk_above=0)
        bad = [one for one in told["documents"] if server.faults.refuses(one["id"])]
        assert len(done.refused) == len(bad) > 4
        assert len(server.held.documents) == 20 - len(bad)
        assert server.held.upload is not None  # not finished, so that nothing is deleted


class TestRetries:
    @pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("wrong type", "lose the upload")])
    def test_what_passes_is_tried_again(self, server: Server, ledger: Path, kind: str) -> None:
        server.faults = _only_at(1, kind)
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
        server.faults = _only_at(3 if how else 2, "cut the request")
        clock = Clock()
        push_once(ledger, server.url, told, clock=clock, **how)
        assert server.held.faults["cut the request"] == 1
        assert equal(server.held, told)
        assert len(clock.slept) == 1 and server.held.twice == []

    def test_what_is_answered_with_200_is_done_whatever_the_answer_is_called(
        self, server: Server, ledger: Path
    ) -> None:
        server.faults = _only_at(1, "wrong type")
        clock, told = Clock(), things([document(1)], people=0)
        push_once(ledger, server.url, told, clock=clock)
        assert server.held.faults["wrong type"] == 1
        assert equal(server.held, told) and clock.slept == []

    @pytest.mark.usefixtures("pages")
    def test_an_upload_that_is_lost_is_begun_anew(self, server: Server, ledger: Path) -> None:
        told = things([document(n) for n in range(10)], people=0)
        server.faults = _only_at(4, "lose the upload")  # between its first page and its second
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


def _refusing(
    refused: str, carry_out: Callable[[str, dict[str, Any]], Any], status: int = 409
) -> Callable[[str, dict[str, Any]], Any]:
    def refuse(route: str, body: dict[str, Any]) -> Any:
        if route == refused:
            raise RefusalError(status, "the name is taken")
        return carry_out(route, body)

    return refuse


def _only_at(number: int, kind: str) -> Faults:
    """Faults of which one alone happens, at the request of that number."""

    class Once(Faults):
        asked = 0

        def next(self) -> str | None:
            self.asked += 1
            return kind if self.asked == number else None

    return Once()
