"""A push to a server that keeps what a Glean would hold: what it is asked, in which order, and what it holds then."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connector.archive.ledger import Ledger
from connector.archive.rows import dump
from connector.errors import RemoteError
from connector.glean.destination import Destination
from tests.glean.asked import faults, held, refusing, routes, watch
from tests.glean.misbehaving import NOBODY, Faults, Server, key, serving
from tests.glean.pushing import DATASOURCE, Clock, document, equal, push_once, things


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
        assert [one["id"] for one in sent] == ["d00003", "d00010"]  # what changed, what is new, and no more

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
        server.carry_out = refusing(broken, server.carry_out, 401)  # type: ignore[method-assign]
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
            "indexdocuments", *["indexuser"] * 2, *["indexmembership"] * 2, "indexdocuments",
        ]  # fmt: skip
        hidden, other = server.held.requests[since][1]["documents"]
        assert hidden["permissions"] == {"allowAllDatasourceUsersAccess": False}
        assert other == told["documents"][1]

    def test_who_is_let_in_sees_no_words_that_change(self, server: Server, ledger: Path) -> None:
        told = things([document(1, "the secret"), document(2, "another", permissions=self.EVERYBODY)])
        push_once(ledger, server.url, told)
        told = things([document(1), document(2, permissions=self.EVERYBODY), document(3)], people=4)
        leaked = list[str]()
        watch(server, told, leaked.append)
        since = len(server.held.requests)
        push_once(ledger, server.url, told)
        assert leaked == [] and equal(server.held, told)
        assert routes(server, since) == ["indexdocuments", "indexuser", "indexmembership", "indexdocuments"]

    @pytest.mark.parametrize("closed", [False, True])
    def test_what_is_refused_keeps_its_words_to_itself(self, server: Server, ledger: Path, closed: bool) -> None:
        """Where others may see it than before, and where it changed and anybody is let in."""
        trainers = {"groupName": "trainers", "memberUserId": "p0@example.com"}
        former = things([document(0, "the secret", permissions=self.TRAINERS), document(1, "the secret"), document(2)])
        push_once(ledger, server.url, former)
        told = things([document(0, permissions=self.EVERYBODY), document(1), document(2), document(3)])
        told["memberships"].append(trainers)
        server.faults = faults(closed=closed)
        server.faults.refuses = lambda ident: ident in ("d00000", "d00001")  # type: ignore[method-assign]
        leaked = list[str]()
        watch(server, told, leaked.append)
        done = push_once(ledger, server.url, told)
        assert leaked == [] and [one["key"][-1] for one in done.refused] == ["0", "1"]
        there = {ident[-1]: one["permissions"] for ident, one in server.held.documents.items()}
        hidden = {} if closed else {"0": NOBODY, "1": NOBODY}
        assert there == hidden | {"2": document(2)["permissions"], "3": document(3)["permissions"]}
        assert ("deleted" if closed else "to nobody, until the next push") in done.refused[0]["reason"]
        server.faults = Faults()
        push_once(ledger, server.url, told)
        assert equal(server.held, told)

    def test_what_is_kept_back_under_way_keeps_its_words_to_itself(self, server: Server, ledger: Path) -> None:
        """While users are given somebody takes the secret out of one document, its author out of another, and opens
        all three to everybody.
        """
        secrets = [document(n, "the secret", id=f"t{n}") for n in (1, 2)]
        secrets.append(document(3, id="t3", author={"name": "The source"}))
        push_once(ledger, server.url, things(secrets))
        later = [
            one | {"permissions": self.EVERYBODY} for one in (document(1, id="t1"), secrets[1], document(3, id="t3"))
        ]

        def meanwhile(route: str) -> None:
            if route == "adddatasource":
                with Ledger.open(ledger) as opened:
                    opened._changed("t1")
                    opened._changed("t2")
                    opened._changed("t3")

        server.before_answering = meanwhile
        told = things([one | {"title": "New"} for one in secrets]) | {"config": {"name": DATASOURCE}}
        done = push_once(ledger, server.url, told, leaving=lambda group: [one for one in later if one["id"] == group])
        assert done.withheld == 3
        there = server.held.documents
        assert there["Transcript/t1"] == secrets[0] | {"permissions": NOBODY}
        assert there["Transcript/t2"] == later[1]
        assert there["Transcript/t3"] == secrets[2] | {"permissions": NOBODY}

    def test_what_names_somebody_whom_glean_refuses_is_hidden_not_deleted(self, server: Server, ledger: Path) -> None:
        server.strict = True
        push_once(ledger, server.url, things([document(1), document(2)]))
        both = {"allowedGroups": ["staff"], "allowedUsers": [{"email": "p3@example.com"}]}
        told = things([document(1, permissions=both), document(2)], people=4)
        told["memberships"].pop()
        server.carry_out = refusing("indexuser", server.carry_out)  # type: ignore[method-assign]
        try:
            done = push_once(ledger, server.url, told)
        finally:
            del server.carry_out
        assert server.held.documents["Transcript/d00001"] == document(1, permissions=NOBODY)
        assert "to nobody, until the next push" in done.refused[-1]["reason"]
        push_once(ledger, server.url, told)
        assert equal(server.held, told)

    def test_who_is_taken_out_under_way_is_not_let_in(self, server: Server, ledger: Path) -> None:
        told = things([document(1)])
        still = {"membership": {dump(one) for one in told["memberships"][1:]}}
        done = push_once(ledger, server.url, told, people=lambda: still)
        assert list(server.held.memberships.values()) == told["memberships"][1:]
        assert done.withheld == 1
        push_once(ledger, server.url, told)
        assert equal(server.held, told)

    @pytest.mark.parametrize("refused", ["deletemembership", "deleteuser", "deletedocument"])
    def test_where_something_is_not_taken_back_nothing_is_given(
        self, server: Server, ledger: Path, refused: str
    ) -> None:
        push_once(ledger, server.url, things([document(n) for n in range(6)], people=6))
        told = things([document(n) for n in range(1, 7)], people=5)
        told["memberships"].append({"groupName": "trainers", "memberUserId": "p1@example.com"})
        server.carry_out = refusing(refused, server.carry_out)  # type: ignore[method-assign]
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

    def test_where_everything_is_refused_it_stops_and_says_what_was(self, server: Server, ledger: Path) -> None:
        server.faults = faults(poisoned=1.0)
        with pytest.raises(RemoteError, match="every document is refused") as caught:
            push_once(ledger, server.url, things([document(n) for n in range(100)]))
        assert re.search(r"document Transcript/.* was refused: ", caught.value.message)
        assert len(server.held.requests) < 50

    @pytest.mark.usefixtures("pages")
    def test_bad_documents_at_the_beginning_keep_no_good_one_back(
        self, server: Server, ledger: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And the one that is tried out of turn is noted before as all are: it may be there after a kill."""

        def noted(route: str) -> None:
            sent = server.held.requests[-1][1].get("documents", [])
            unnoted.extend({key(one) for one in sent} - held(ledger, server).keys())

        unnoted = list[str]()
        server.before_answering = noted
        bad = [document(n) for n in range(12)]
        good = [document(n) for n in range(12, 30)]
        server.faults = faults()
        monkeypatch.setattr(server.faults, "refuses", lambda ident: ident in {one["id"] for one in bad})
        done = push_once(ledger, server.url, things(bad + good))
        assert len(done.refused) == 12 and done.sent["document"] == 18 and unnoted == []
        assert equal(server.held, things(good))

    def test_what_was_taken_hidden_was_taken(self, server: Server, ledger: Path) -> None:
        """So documents that are refused for what they are keep nobody out."""
        server.strict = True
        push_once(ledger, server.url, things([document(n) for n in range(30)]))
        new = {"allowedGroups": ["staff"], "allowedUsers": [{"email": "p3@example.com"}]}
        told = things([document(n, "new words") for n in range(35)], people=4)
        told["documents"][:20] = [document(n, "new words", permissions=new) for n in range(20)]
        server.faults = faults()
        server.faults.refuses = lambda ident: 20 <= int(ident[1:]) < 30  # type: ignore[method-assign]
        for _ in range(2):
            assert len(push_once(ledger, server.url, told).refused) == 10
        server.faults = Faults()
        push_once(ledger, server.url, told)
        assert equal(server.held, told)

    @pytest.mark.usefixtures("pages")
    def test_what_is_refused_for_good_keeps_nothing_else_back(self, server: Server, ledger: Path) -> None:
        """Though it goes first, and fills whole batches: neither what is new nor, in the end, people."""
        server.faults = faults()
        server.faults.refuses = lambda ident: int(ident[1:]) < 12  # type: ignore[method-assign]
        for many, people in ((17, 3), (20, 3), (20, 3), (23, 4), (23, 5), (23, 5)):
            told = things([document(n) for n in range(many)], people=people)
            assert len(push_once(ledger, server.url, told).refused) == 12
            assert equal(server.held, told | {"documents": told["documents"][12:]})

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
        server.carry_out = refusing("adddatasource", server.carry_out)  # type: ignore[method-assign]
        try:
            with pytest.raises(RemoteError, match="`transcripts` was refused: 409: the name is taken") as caught:
                push_once(ledger, server.url, things([document(1)]))
        finally:
            del server.carry_out
        assert "glean.datasource" in caught.value.hint and "again: it goes on" not in caught.value.hint
        assert routes(server) == ["adddatasource"]
