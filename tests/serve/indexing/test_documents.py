"""The indexing API by Glean's own client, unmodified: every method for documents, datasources and people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from glean.api_client import Glean, errors

from tests.serve.support import Served, serving_home
from tests.support import connector_json, found, make_home

# The debug methods say the same, and more; the client warns of these.
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

TOKEN = "a-token-of-the-administrator"
ANN, BOB, EVE = "ann@example.com", "bob@example.com", "eve@example.com"
OPEN = {"allowAllDatasourceUsersAccess": True}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home: Path = make_home(tmp_path_factory.mktemp("indexing") / "home")
    with serving_home(home, token=TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def glean(server: Served) -> Iterator[Glean]:
    with Glean(api_token=TOKEN, server_url=server.address, timeout_ms=60_000) as client:
        yield client


def datasource(glean: Glean, name: str, **more: Any) -> str:
    glean.indexing.datasources.add(
        name=name,
        datasource_category="PUBLISHED_CONTENT",
        url_regex="https://wiki\\.example\\.com/.*",
        object_definitions=[{"name": "Article", "doc_category": "PUBLISHED_CONTENT"}, {"name": "Note"}],
        **more,
    )
    return name


def article(datasource: str, ident: str, text: str = "about llamas", **more: Any) -> dict[str, Any]:
    return {
        "datasource": datasource,
        "object_type": "Article",
        "id": ident,
        "title": f"Article {ident}",
        "view_url": f"https://wiki.example.com/{ident}",
        "body": {"mime_type": "text/plain", "text_content": text},
        "permissions": {"allow_anonymous_access": True},
    } | more


def upload(glean: Glean, name: str, upload_id: str, documents: list[Any], **more: Any) -> None:
    glean.indexing.documents.bulk_index(datasource=name, upload_id=upload_id, documents=documents, **more)


def count(glean: Glean, name: str) -> int:
    return glean.indexing.documents.count(datasource=name).document_count or 0


def idents(server: Served, query: str, **options: str) -> list[str]:
    return sorted(hit["id"] for hit in found(server.home, query, kind="all", **options))


class TestDatasources:
    def test_are_told_as_they_were_added(self, glean: Glean) -> None:
        datasource(glean, "told", is_test_datasource=True)
        config = glean.indexing.datasources.retrieve_config(datasource="told")
        assert (config.name, config.url_regex) == ("told", "https://wiki\\.example\\.com/.*")
        assert [one.name for one in config.object_definitions or ()] == ["Article", "Note"]
        status = glean.indexing.datasource.status(datasource="told")
        assert status.datasource_visibility == "ENABLED_FOR_TEST_GROUP"

    @pytest.mark.parametrize(
        ("wrong", "text"),
        [
            ({"name": "two words"}, "/name: must be 1 to 50 letters and digits"),
            ({"name": "x", "url_regex": "(" * 3}, "/urlRegex: is no regular expression"),
            ({"name": "x", "datasource_category": "UNCATEGORIZED"}, "/datasourceCategory: must say what kind"),
        ],
    )
    def test_that_are_wrong_are_refused_in_words(self, glean: Glean, wrong: dict[str, Any], text: str) -> None:
        with pytest.raises(errors.GleanError) as refused:
            glean.indexing.datasources.add(**wrong)
        assert refused.value.status_code == 400 and text in refused.value.body

    def test_a_pattern_that_takes_years_over_a_link_holds_nothing_up(self, glean: Glean) -> None:
        glean.indexing.datasources.add(
            name="slow", datasource_category="PUBLISHED_CONTENT", url_regex="^https://wiki.example.com/(a|aa)+$"
        )
        documents = [article("slow", f"a{at}", view_url=f"https://wiki.example.com/{'a' * 99}!") for at in range(50)]
        with pytest.raises(errors.GleanError) as refused:
            glean.indexing.documents.index(datasource="slow", documents=documents)
        assert refused.value.status_code == 400 and "takes too long" in refused.value.body

    def test_the_archives_own_is_not_taken(self, glean: Glean) -> None:
        for ask in (
            lambda: glean.indexing.datasources.add(name="Transcripts", datasource_category="EMAIL"),
            lambda: glean.indexing.documents.index(datasource="transcripts", documents=[]),
        ):
            with pytest.raises(errors.GleanError) as refused:
                ask()
            assert refused.value.status_code == 409 and "makes the documents of" in refused.value.body

    def test_what_is_not_known_is_refused(self, glean: Glean) -> None:
        with pytest.raises(errors.GleanError) as refused:
            glean.indexing.documents.index(datasource="nowhere", documents=[article("nowhere", "a1")])
        assert (refused.value.status_code, refused.value.body) == (
            400,
            "the datasource `nowhere` is not known here: add it first, by adddatasource",
        )


class TestDocuments:
    def test_are_found_at_once_and_gone_at_once(self, server: Served, glean: Glean) -> None:
        name = datasource(glean, "single")
        glean.indexing.documents.add_or_update(document=article(name, "S1", "the quokka smiles"))
        assert idents(server, "quokka") == ["single/Article/s1"]
        glean.indexing.documents.add_or_update(document=article(name, "s1", "the wombat digs"))  # ids have no case
        assert (idents(server, "quokka"), idents(server, "wombat")) == ([], ["single/Article/s1"])
        glean.indexing.documents.delete(datasource=name, object_type="Article", id="S1")
        glean.indexing.documents.delete(datasource=name, object_type="Article", id="S1")  # gone is gone
        assert (idents(server, "wombat"), count(glean, name)) == ([], 0)

    def test_of_many_all_or_none_are_taken(self, server: Served, glean: Glean) -> None:
        name = datasource(glean, "many")
        glean.indexing.documents.index(
            datasource=name, documents=[article(name, f"m{at}", "an axolotl") for at in range(30)]
        )
        assert (count(glean, name), len(found(server.home, "axolotl", kind="all", limit="100"))) == (30, 30)
        with pytest.raises(errors.GleanError) as refused:
            glean.indexing.documents.index(datasource=name, documents=[article(name, "m99"), article("other", "m98")])
        assert (refused.value.status_code, refused.value.body) == (
            400,
            "document m98: datasource: is `other`, not `many`",
        )
        assert count(glean, name) == 30

    @pytest.mark.parametrize(
        ("wrong", "text"),
        [
            ({"object_type": "Poem"}, "document w1: objectType: `Poem` is none of the datasource's (Article, Note)"),
            ({"object_type": "A b"}, "/document/objectType: "),
            ({"view_url": "https://elsewhere.example.com/"}, "document w1: viewURL: `https://elsewhere"),
            ({"view_url": None}, "document w1: viewURL: is missing"),
            ({"id": "x" * 201}, "/document/id: "),
        ],
    )
    def test_that_are_wrong_are_named(self, glean: Glean, wrong: dict[str, Any], text: str) -> None:
        name = datasource(glean, "strict")
        with pytest.raises(errors.GleanError) as refused:
            glean.indexing.documents.add_or_update(document=article(name, "w1", **wrong))
        assert refused.value.status_code == 400 and text in refused.value.body

    def test_nested_ones_are_refused_or_found(self, server: Served, glean: Glean) -> None:
        name = datasource(glean, "nested")
        with httpx.Client(base_url=server.address, headers={"Authorization": f"Bearer {TOKEN}"}) as client:

            def put(depth: int) -> int:
                payload = {
                    "datasource": name,
                    "objectType": "Article",
                    "id": f"n{depth}",
                    "viewURL": "https://wiki.example.com/",
                    "body": {"mimeType": "text/plain", "textContent": "a vicuna"},
                }
                body = json.dumps({"document": payload | {"interactions": "here"}})
                body = body.replace('"here"', "[" * depth + "]" * depth)
                return client.post("/api/index/v1/indexdocument", content=body).status_code

            statuses = {depth: put(depth) for depth in (5, 200, *range(520, 600, 8), *range(930, 996, 6), 2_000)}
        assert statuses[200] == 200 and statuses[2_000] == 400 and set(statuses.values()) == {200, 400}
        taken = {f"{name}/Article/n{depth}" for depth, status in statuses.items() if status == 200}
        assert set(idents(server, "vicuna", limit="100")) == taken

    def test_of_many_senders_at_once_all_are_taken(self, server: Served, glean: Glean) -> None:
        name = datasource(glean, "crowd")

        def send(sender: int) -> None:
            for at in range(5):
                glean.indexing.documents.add_or_update(document=article(name, f"s{sender}n{at}", "a tapir"))

        with ThreadPoolExecutor(6) as senders:
            list(senders.map(send, range(6)))
        assert (count(glean, name), len(found(server.home, "tapir", kind="all", limit="100"))) == (30, 30)

    def test_older_versions_are_refused(self, glean: Glean) -> None:
        name = datasource(glean, "versioned")
        documents = glean.indexing.documents
        documents.add_or_update(document=article(name, "v1", "third"), version=3)
        documents.add_or_update(document=article(name, "v1", "third"), version=3)  # sent again
        for ask in (
            lambda: documents.add_or_update(document=article(name, "v1", "second"), version=2),
            lambda: documents.delete(datasource=name, object_type="Article", id="v1", version=2),
        ):
            with pytest.raises(errors.GleanError) as refused:
                ask()
            assert (refused.value.status_code, "version 2 is older" in refused.value.body) == (409, True)
        documents.delete(datasource=name, object_type="Article", id="v1", version=4)
        with pytest.raises(errors.GleanError):  # what was deleted is not brought back by what came before
            documents.add_or_update(document=article(name, "v1", "third"), version=3)
        documents.add_or_update(document=article(name, "v1", "unversioned"))
        assert count(glean, name) == 1

    def test_of_several_datasources_may_have_one_id(self, server: Served, glean: Glean) -> None:
        for name in ("twinone", "twintwo"):
            glean.indexing.documents.add_or_update(document=article(datasource(glean, name), "same", "an okapi"))
        assert idents(server, "okapi") == ["twinone/Article/same", "twintwo/Article/same"]
        shown = connector_json(server.home, "show", "twintwo/article/same")["document"]
        assert shown["datasource"] == "twintwo"

    def test_are_told_of(self, glean: Glean) -> None:
        name = datasource(glean, "debugged")
        permissions = {"allowed_users": [{"email": ANN}], "allowed_groups": ["g"]}
        documents = glean.indexing.documents
        documents.add_or_update(document=article(name, "d1", permissions=permissions))
        documents.add_or_update(document=article(name, "d2"))
        documents.delete(datasource=name, object_type="Article", id="d2")
        told = documents.status(datasource=name, object_type="Article", doc_id="D1")
        assert (told.upload_status, told.indexing_status) == ("UPLOADED", "INDEXED")
        gone = documents.status(datasource=name, object_type="Article", doc_id="d2")
        assert (gone.upload_status, gone.indexing_status) == ("NOT_UPLOADED", "NOT_INDEXED")
        one = documents.debug(datasource=name, object_type="Article", doc_id="d1")
        assert one.status and one.status.permission_identity_status == "NOT_UPLOADED"
        assert one.uploaded_permissions and one.uploaded_permissions.allowed_groups == ["g"]
        both = documents.debug_many(
            datasource=name, debug_documents=[{"object_type": "Article", "doc_id": ident} for ident in ("d1", "d2")]
        )
        statuses = [one.debug_info.status.upload_status for one in both.document_statuses or ()]  # type: ignore[union-attr]
        assert statuses == ["UPLOADED", "NOT_UPLOADED"]
        for ident, happened in (("d1", ["INDEXED", "UPLOADED"]), ("d2", ["DELETED", "DELETION_REQUESTED"])):
            events = documents.debug_events(datasource=name, object_type="Article", doc_id=ident)
            assert [one.event for one in events.life_cycle_events or ()] == happened
        documents.process_all(request={"datasource": name})


class TestUploads:
    def test_replace_all_there_is(self, server: Served, glean: Glean) -> None:
        name = datasource(glean, "bulk")
        upload(glean, name, "one", [article(name, f"b{at}", "a narwhal") for at in range(3)], is_first_page=True)
        assert (count(glean, name), idents(server, "narwhal")) == (0, [])  # nothing of it shows before its end
        upload(glean, name, "one", [article(name, f"b{at}", "a narwhal") for at in range(3, 10)])
        upload(glean, name, "one", [], is_last_page=True)
        assert (count(glean, name), len(idents(server, "narwhal"))) == (10, 10)
        pages = [article(name, f"b{at}", "a narwhal") for at in range(1, 10)]
        upload(glean, name, "two", pages, is_first_page=True, is_last_page=True)  # a tenth goes
        assert (count(glean, name), len(idents(server, "narwhal"))) == (9, 9)
        history = glean.indexing.datasource.status(datasource=name).documents
        assert history and [one.upload_id for one in history.bulk_upload_history or ()] == ["two", "one"]
        assert history.counts and [one.count for one in history.counts.indexed or ()] == [9]

    def test_more_than_a_fifth_waits_for_its_deletion(self, server: Served, glean: Glean) -> None:
        name = datasource(glean, "paused")
        ten = [article(name, f"p{at}", "a pangolin") for at in range(10)]
        upload(glean, name, "a", ten, is_first_page=True, is_last_page=True)
        upload(glean, name, "b", ten[:7], is_first_page=True, is_last_page=True)
        status = glean.indexing.datasource.status(datasource=name).documents
        assert status and status.bulk_upload_history
        assert [one.processing_state for one in status.bulk_upload_history] == ["DELETION PAUSED", "INDEXING COMPLETED"]
        assert (count(glean, name), len(idents(server, "pangolin"))) == (10, 10)
        upload(
            glean, name, "c", ten[:7], is_first_page=True, is_last_page=True, disable_stale_document_deletion_check=True
        )
        assert (count(glean, name), len(idents(server, "pangolin"))) == (7, 7)

    def test_what_is_indexed_meanwhile_stays(self, glean: Glean) -> None:
        name = datasource(glean, "meanwhile")
        upload(glean, name, "a", [article(name, "u1")], is_first_page=True)
        glean.indexing.documents.add_or_update(document=article(name, "single"))
        upload(glean, name, "a", [], is_last_page=True, disable_stale_document_deletion_check=True)
        assert count(glean, name) == 2

    def test_one_at_a_time(self, glean: Glean) -> None:
        name = datasource(glean, "conflict")

        def refused(upload_id: str, **more: Any) -> tuple[int, str]:
            with pytest.raises(errors.GleanError) as error:
                upload(glean, name, upload_id, [article(name, "c1")], **more)
            return error.value.status_code, error.value.body

        assert refused("a") == (409, "no upload of documents is under way: begin one with isFirstPage")
        assert refused("a", is_last_page=True)[0] == 409
        upload(glean, name, "a", [article(name, "c1")], is_first_page=True)
        code, text = refused("b", is_first_page=True)
        assert code == 409 and text.startswith("upload a of documents is not finished")
        assert refused("b") == (409, "upload a of documents is under way, not b")
        assert refused("a", force_restart_upload=True)[0] == 400
        assert refused("a", disable_stale_document_deletion_check=True)[0] == 400
        upload(glean, name, "b", [article(name, "c2")], is_first_page=True, force_restart_upload=True)
        assert refused("a", is_last_page=True) == (409, "upload b of documents is under way, not a")
        upload(glean, name, "b", [], is_last_page=True)
        assert count(glean, name) == 1
        assert refused("b", is_last_page=True)[0] == 409
        upload(glean, name, "b", [article(name, "c2")], is_first_page=True, is_last_page=True)  # replayed


@pytest.fixture(scope="module")
def name(glean: Glean) -> str:
    """A datasource with people, groups, and groups within groups."""
    name = datasource(glean, "people")
    rights = glean.indexing.permissions
    for email in (ANN, BOB):
        rights.index_user(datasource=name, user={"email": email, "name": "", "user_id": email[:3].upper()})
    for group in ("inner", "outer", "third"):
        rights.index_group(datasource=name, group={"name": group})
    rights.index_membership(datasource=name, membership={"group_name": "inner", "member_user_id": ANN})
    rights.index_membership(datasource=name, membership={"group_name": "outer", "member_group_name": "inner"})
    rights.index_membership(datasource=name, membership={"group_name": "third", "member_user_id": "BOB"})
    return name


class TestPeople:
    """Users, groups, groups within groups: who sees what follows, in one datasource alone."""

    def put(self, glean: Glean, name: str, ident: str, **permissions: Any) -> None:
        document = article(name, ident, "a secret capybara", permissions=permissions)
        glean.indexing.documents.add_or_update(document=document)

    def may(self, glean: Glean, name: str, ident: str) -> list[str]:
        documents = glean.indexing.documents

        def sees(email: str) -> bool:
            asked = {"datasource": name, "object_type": "Article", "doc_id": ident, "user_email": email}
            return bool(documents.check_access(**asked).has_access)

        return [email[:3] for email in (ANN, BOB, EVE) if sees(email)]

    @pytest.mark.parametrize(
        ("permissions", "who"),
        [
            ({"allow_anonymous_access": True}, ["ann", "bob", "eve"]),
            ({"allow_all_datasource_users_access": True}, ["ann", "bob"]),
            ({"allowed_users": [{"email": "Ann@Example.com"}, {"email": EVE}]}, ["ann"]),  # eve is nobody here
            ({"allowed_users": [{"datasource_user_id": "BOB"}]}, ["bob"]),
            ({"allowed_groups": ["inner"]}, ["ann"]),
            ({"allowed_groups": ["outer"]}, ["ann"]),
            ({"allowed_groups": ["third"]}, ["bob"]),
            ({"allowed_group_intersections": [{"required_groups": ["inner", "outer"]}]}, ["ann"]),
            ({"allowed_group_intersections": [{"required_groups": ["inner", "third"]}]}, []),
            ({"allowed_group_intersections": [{"required_groups": []}]}, []),
            ({"allowed_groups": ["nobodys"]}, []),
            ({}, []),
        ],
    )
    def test_who_may_see(
        self, server: Served, glean: Glean, name: str, permissions: dict[str, Any], who: list[str]
    ) -> None:
        self.put(glean, name, "r1", **permissions)
        assert self.may(glean, name, "r1") == who
        for email in (ANN, BOB, EVE):
            assert bool(idents(server, "capybara", **{"as": email})) == (email[:3] in who)

    def test_changed_rights_count_at_once(self, server: Served, glean: Glean, name: str) -> None:
        rights = glean.indexing.permissions
        self.put(glean, name, "r2", allowed_groups=["outer"])
        permissions = {"allowed_groups": ["third"]}
        rights.update_permissions(datasource=name, object_type="Article", id="R2", permissions=permissions)
        assert self.may(glean, name, "r2") == ["bob"]
        rights.update_permissions(
            datasource=name, view_url="https://wiki.example.com/r2", permissions={"allowed_groups": ["inner"]}
        )
        assert self.may(glean, name, "r2") == ["ann"]
        assert "people/Article/r2" in idents(server, "capybara", **{"as": ANN})

    def test_in_another_datasource_they_mean_nothing(self, glean: Glean, name: str) -> None:
        other = datasource(glean, "peopleelsewhere")
        glean.indexing.permissions.index_group(datasource=other, group={"name": "inner"})
        for ident, permissions in (("e1", {"allowed_groups": ["inner"]}), ("e2", {"allowed_users": [{"email": ANN}]})):
            self.put(glean, other, ident, **permissions)
            assert self.may(glean, other, ident) == []
        assert self.may(glean, name, "nothing") == []

    def test_identities_of_another_are_used_where_that_is_said(self, glean: Glean, name: str) -> None:
        other = datasource(glean, "peopleborrowed", identity_datasource_name=name)
        self.put(glean, other, "e1", allowed_groups=["outer"])
        assert self.may(glean, other, "e1") == ["ann"]

    def test_who_leaves_sees_nothing(self, glean: Glean) -> None:
        name = datasource(glean, "leaving")
        rights = glean.indexing.permissions
        member = {"group_name": "g", "member_user_id": ANN}

        def ann(**more: Any) -> None:
            rights.index_user(datasource=name, user={"email": ANN, "name": "Ann", **more})

        ann()
        rights.index_group(datasource=name, group={"name": "g"})
        rights.index_membership(datasource=name, membership=member)
        self.put(glean, name, "l1", allowed_groups=["g"])
        assert self.may(glean, name, "l1") == ["ann"]
        ann(is_active=False)
        assert self.may(glean, name, "l1") == []
        ann()
        rights.delete_membership(datasource=name, membership=member)
        assert self.may(glean, name, "l1") == []
        rights.index_membership(datasource=name, membership=member)
        rights.delete_group(datasource=name, group_name="g")
        rights.index_group(datasource=name, group={"name": "g"})  # memberships went with the group
        assert self.may(glean, name, "l1") == []
        rights.index_membership(datasource=name, membership=member)
        assert self.may(glean, name, "l1") == ["ann"]
        rights.delete_user(datasource=name, email=ANN)
        ann()
        assert self.may(glean, name, "l1") == []
        assert glean.indexing.people.count(datasource=name).user_count == 1

    def test_in_bulk(self, glean: Glean) -> None:
        name = datasource(glean, "bulkpeople")
        rights = glean.indexing.permissions
        page: dict[str, Any] = {"datasource": name, "upload_id": "a", "is_first_page": True, "is_last_page": True}
        rights.bulk_index_users(users=[{"email": email, "name": ""} for email in (ANN, BOB)], **page)
        rights.bulk_index_groups(groups=[{"name": "g"}, {"name": "h"}], **page)
        rights.bulk_index_memberships(group="g", memberships=[{"member_user_id": ANN}], **page)
        rights.bulk_index_memberships(
            group="h", memberships=[{"member_user_id": BOB}, {"member_group_name": "g"}], **page
        )
        rights.process_memberships(request={"datasource": name})
        self.put(glean, name, "k1", allowed_groups=["h"])
        assert self.may(glean, name, "k1") == ["ann", "bob"]
        rights.bulk_index_memberships(group="h", memberships=[{"member_group_name": "g"}], **page)
        assert self.may(glean, name, "k1") == ["ann"]
        told = glean.indexing.people.debug(datasource=name, email=ANN)
        assert told.status and told.status.is_active_user
        assert [one.name for one in told.uploaded_groups or ()] == ["g", "h"]
        rights.bulk_index_users(users=[{"email": BOB, "name": ""}], **page)
        assert self.may(glean, name, "k1") == ["ann"]  # half of all go only where that is meant
        identity = glean.indexing.datasource.status(datasource=name).identity
        assert identity and identity.users and identity.users.bulk_upload_history
        assert identity.users.bulk_upload_history[0].processing_state == "DELETION PAUSED"
        meant = {"disable_stale_data_deletion_check": True}
        rights.bulk_index_users(users=[{"email": BOB, "name": ""}], **page, **meant)
        assert self.may(glean, name, "k1") == []
        assert glean.indexing.people.debug(datasource=name, email=ANN).status.upload_status == "NOT_UPLOADED"  # type: ignore[union-attr]
        rights.bulk_index_groups(groups=[{"name": "h"}], **page, **meant)
        status = glean.indexing.datasource.status(datasource=name).identity
        assert status and status.groups and status.groups.counts and status.groups.counts.uploaded == 1

    def test_memberships_of_no_group_are_taken_and_open_nothing(
        self, glean: Glean, caplog: pytest.LogCaptureFixture
    ) -> None:
        name = datasource(glean, "groupless")
        rights = glean.indexing.permissions
        rights.index_user(datasource=name, user={"email": ANN, "name": "Ann"})
        rights.index_group(datasource=name, group={"name": "g"})
        self.put(glean, name, "n1", allowed_groups=["g", ""], allowed_group_intersections=[{"required_groups": [""]}])
        member: dict[str, Any] = {"datasource": name, "upload_id": "crawl", "memberships": [{"member_user_id": ANN}]}
        rights.bulk_index_memberships(**member, is_first_page=True)
        rights.bulk_index_memberships(**member, is_last_page=True)
        assert "memberships `crawl` to `groupless` names no group: it opens nothing" in caplog.text
        assert self.may(glean, name, "n1") == []
        rights.bulk_index_memberships(**member | {"upload_id": "g"}, group="g", is_first_page=True, is_last_page=True)
        rights.bulk_index_memberships(**member, is_first_page=True, is_last_page=True)  # takes nothing away either
        assert self.may(glean, name, "n1") == ["ann"]
        identity = glean.indexing.datasource.status(datasource=name).identity
        assert identity and identity.memberships and identity.memberships.counts
        assert identity.memberships.counts.uploaded == 1
        told = [(one.upload_id, one.processing_state) for one in identity.memberships.bulk_upload_history or ()]
        assert told == [("crawl", "UPLOAD COMPLETED"), ("g", "INDEXING COMPLETED"), ("crawl", "UPLOAD COMPLETED")]

    def test_nobody_goes_by_the_id_or_address_of_another(self, glean: Glean) -> None:
        name = datasource(glean, "borrowedids")
        rights = glean.indexing.permissions

        def put(email: str, user_id: str) -> int:
            try:
                rights.index_user(datasource=name, user={"email": email, "name": "", "user_id": user_id})
            except errors.GleanError as error:
                return error.status_code
            return 200

        told = [put(ANN, "ann"), put(ANN, "ann"), put(BOB, "ann"), put(BOB, ANN), put(BOB, BOB), put(EVE, "bob")]
        assert told == [200, 200, 409, 409, 200, 200]
        page: dict[str, Any] = {"datasource": name, "upload_id": "a", "is_first_page": True, "is_last_page": True}
        swapped = [{"email": ANN, "name": "", "user_id": "bob"}, {"email": EVE, "name": "", "user_id": "ann"}]
        rights.bulk_index_users(users=swapped, **page)
        with pytest.raises(errors.GleanError, match="goes for two users"):
            twice = [{"email": email, "name": "", "user_id": "ann"} for email in (ANN, EVE)]
            rights.bulk_index_users(users=twice, **page)
        assert glean.indexing.people.count(datasource=name).user_count == 3

    def test_identities_are_borrowed_from_a_datasource_that_is_known(self, glean: Glean) -> None:
        with pytest.raises(errors.GleanError, match="`nowhere` is not known here: add it first") as refused:
            datasource(glean, "borrows", identity_datasource_name="nowhere")
        assert refused.value.status_code == 400
        with pytest.raises(errors.GleanError) as unknown:
            glean.indexing.datasources.retrieve_config(datasource="borrows")
        assert unknown.value.status_code == 400

    def test_older_versions_are_refused(self, glean: Glean, name: str) -> None:
        rights = glean.indexing.permissions
        user = {"email": EVE, "name": "Eve", "is_active": False}
        rights.index_user(datasource=name, user=user, version=5)
        rights.index_group(datasource=name, group={"name": "versioned"}, version=5)
        for ask in (
            lambda: rights.index_user(datasource=name, user=user, version=4),
            lambda: rights.delete_user(datasource=name, email=EVE, version=4),
            lambda: rights.index_group(datasource=name, group={"name": "versioned"}, version=4),
        ):
            with pytest.raises(errors.GleanError) as refused:
                ask()
            assert refused.value.status_code == 409


def test_all_of_it_survives_a_rebuild(server: Served, glean: Glean) -> None:
    name = datasource(glean, "rebuilt")
    glean.indexing.documents.add_or_update(document=article(name, "x1", "an aardvark"))
    assert connector_json(server.home, "rebuild")["documents"] >= 1
    assert idents(server, "aardvark") == ["rebuilt/Article/x1"]
    assert idents(server, "aardvark", **{"as": EVE}) == ["rebuilt/Article/x1"]
