"""The indexing API by Glean's own client, unmodified: every method for documents and datasources."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from glean.api_client import Glean, errors

from tests.serve.indexing.wiki import ANN, EVE, TOKEN, article, count, datasource, idents, upload
from tests.serve.support import Served
from tests.support import connector_json, found

# The debug methods say the same, and more; the client warns of these.
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")


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


def test_all_of_it_survives_a_rebuild(server: Served, glean: Glean) -> None:
    name = datasource(glean, "rebuilt")
    glean.indexing.documents.add_or_update(document=article(name, "x1", "an aardvark"))
    assert connector_json(server.home, "rebuild")["documents"] >= 1
    assert idents(server, "aardvark") == ["rebuilt/Article/x1"]
    assert idents(server, "aardvark", **{"as": EVE}) == ["rebuilt/Article/x1"]
