"""The client API as the official client, unmodified, asks it, for the owner and for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from glean.api_client import Glean, errors, models

from tests.serve.archive import ANN, BOB, make_archive
from tests.serve.support import served

HEAP = "compost heap"
VIDEO = "https://youtu.be/abc"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home: Path = make_archive(tmp_path_factory.mktemp("client") / "home")
    with served(home) as (address, _):
        yield address


@pytest.fixture(scope="module")
def glean(address: str) -> Iterator[Glean]:
    with Glean(api_token="unused", server_url=address) as client:
        yield client


def acting(email: str) -> dict[str, Any]:
    return {"http_headers": {"X-Glean-ActAs": email}}


def options(*filters: tuple[str, list[Any]], **more: Any) -> models.SearchRequestOptions:
    """Filters as (field, values); a value alone is to be equal, else (value, relation)."""
    told = []
    for field, values in filters:
        pairs = [(value, "EQUALS") if isinstance(value, str) else value for value in values]
        told.append(
            models.FacetFilter(
                field_name=field,
                values=[models.FacetFilterValue(value=v, relation_type=models.RelationType(r)) for v, r in pairs],
            )
        )
    return models.SearchRequestOptions(facet_bucket_size=10, facet_filters=told, **more)


def titles(found: models.SearchResponse) -> set[str]:
    return {result.title.rpartition(" (")[0] for result in found.results or []}


def facet(found: models.SearchResponse, name: str) -> dict[str, int]:
    chosen = [one for one in found.facet_results or [] if one.source_name == name]
    return {bucket.value.string_value: bucket.count for one in chosen for bucket in one.buckets}


class TestSearch:
    def test_a_result_is_a_recording_with_its_other_moments(self, glean: Glean) -> None:
        found = glean.client.search.query(query=HEAP)
        compost = next(result for result in found.results if result.url.startswith(VIDEO))
        moments = {compost.url, *(other.url for other in compost.clustered_results)}
        assert moments == {f"{VIDEO}?t=1", f"{VIDEO}?t=31", f"{VIDEO}?t=91"}
        assert compost.document.container_document.title == "Compost for everybody"
        assert compost.document.metadata.author.metadata.email == "rosa@example.com"
        assert compost.document.metadata.create_time == datetime(2025, 1, 14, tzinfo=UTC)
        assert found.has_more_results is False and found.request_id and found.backend_time_millis >= 0

    def test_bold_are_the_words_that_were_found_counted_in_characters(self, glean: Glean) -> None:
        found = glean.client.search.query(query="turned walnut", max_snippet_size=400)
        result = found.results[0]
        (snippet,) = result.snippets
        assert snippet.url == result.url == f"{VIDEO}?t=91"
        assert snippet.text == "A compost heap under the walnut tree 🌳 is never turned at all."
        bold = [(one.start_index, one.end_index, one.type) for one in snippet.ranges]
        assert [snippet.text[start:end] for start, end, _ in bold] == ["walnut", "turned"]
        assert {kind for _, _, kind in bold} == {models.TextRangeType.BOLD}
        marked = snippet.model_dump()["snippet"]  # what came before `text`, and is to go
        assert marked == "A compost heap under the \ue006walnut\ue007 tree 🌳 is never \ue006turned\ue007 at all."

    def test_a_snippet_is_as_long_as_was_asked(self, glean: Glean) -> None:
        short = glean.client.search.query(query="walnut", max_snippet_size=30).results[0].snippets[0].text
        assert "walnut" in short and len(short) <= 30 + len("… ") + len(" …")

    def test_pages_go_on_with_the_cursor(self, glean: Glean) -> None:
        first = glean.client.search.query(query=HEAP, page_size=1)
        assert first.has_more_results and len(first.results) == 1
        second = glean.client.search.query(query=HEAP, page_size=1, cursor=first.cursor)
        assert titles(first) | titles(second) == {"Compost for everybody", "The golden spade"}
        assert not second.has_more_results and not second.cursor

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ([("tag", ["soil"])], {"Compost for everybody"}),
            ([("speaker", ["Rosa Luz"]), ("collection", ["garden"])], {"Compost for everybody"}),
            ([("collection", ["garden", "support"])], {"Compost for everybody", "The golden spade"}),
            ([("collection", ["garden"]), ("collection", ["support"])], set()),
            ([("collection", [("garden", "NOT_EQUALS")])], {"The golden spade"}),
            ([("from", ["rosa@example.com"])], {"Compost for everybody"}),
            ([("type", ["TranscriptSegment"])], {"Compost for everybody", "The golden spade"}),
            ([("type", ["TranscriptSample"])], set()),
            ([("title", ["everybody"])], {"Compost for everybody"}),
            ([("last_updated_at", [("2025-01-13", "GT"), ("2025-01-15", "LT")])], {"Compost for everybody"}),
            ([("last_updated_at", [("2025-01-14", "GT")])], set()),
            ([("month", ["2025-01"])], {"Compost for everybody"}),
            ([("datasource", ["elsewhere"])], set()),
        ],
    )
    def test_filters_are_and_their_values_or(self, glean: Glean, filters: Any, expected: set[str]) -> None:
        found = glean.client.search.query(query=HEAP, request_options=options(*filters))
        assert titles(found) == expected
        assert found.metadata.search_warning is None

    def test_sets_of_filters_are_or(self, glean: Glean) -> None:
        def one_of(name: str) -> models.FacetFilterSet:
            return models.FacetFilterSet(filters=options(("collection", [name])).facet_filters)

        either = models.SearchRequestOptions(
            facet_bucket_size=1, facet_filter_sets=[one_of("garden"), one_of("nowhere")]
        )
        found = glean.client.search.query(query=HEAP, request_options=either)
        assert titles(found) == {"Compost for everybody"}

    def test_a_field_that_nothing_has_is_passed_over_with_a_warning(self, glean: Glean) -> None:
        found = glean.client.search.query(query=HEAP, request_options=options(("colour", ["blue"])))
        assert len(titles(found)) == 2
        warning = found.metadata.search_warning
        assert (warning.warning_type, warning.ignored_terms) == ("MAYBE_INVALID_FACET_QUERY", ["colour"])

    def test_a_date_that_is_none_is_an_invalid_operator(self, glean: Glean) -> None:
        with pytest.raises(errors.GleanDataError) as caught:
            glean.client.search.query(query=HEAP, request_options=options(("last_updated_at", ["soon"])))
        assert caught.value.status_code == 422
        assert caught.value.data.invalid_operators[0].value == "soon"

    def test_facets_count_what_was_found(self, glean: Glean) -> None:
        found = glean.client.search.query(query=HEAP, request_options=options(("collection", ["garden"])))
        assert facet(found, "speaker") == {"Rosa Luz": 2, "Jo Hill": 1}
        assert facet(found, "type") == {"TranscriptSegment": 3, "Transcript": 1}
        fewer = options(facet_bucket_filter=models.FacetBucketFilter(facet="speaker", prefix="ro"))
        assert facet(glean.client.search.query(query=HEAP, request_options=fewer), "speaker") == {"Rosa Luz": 2}

    def test_hints_say_what_is_answered(self, glean: Glean) -> None:
        only = options(response_hints=[models.ResponseHint.FACET_RESULTS])
        found = glean.client.search.query(query=HEAP, request_options=only)
        assert found.results == [] and facet(found, "speaker")

    def test_what_nobody_said_is_searched_as_it_may_be_meant(self, glean: Glean) -> None:
        found = glean.client.search.query(query="walnat", **acting(BOB))
        assert titles(found) == {"Compost for everybody"}
        told = found.metadata
        assert (told.searched_query, told.modified_query_was_used, told.original_query) == ("walnut", True, "walnat")
        plain = glean.client.search.query(query="walnat", disable_spellcheck=True, **acting(BOB))
        assert not plain.results and not plain.metadata.modified_query_was_used

    def test_mistakes_are_problems_with_their_places(self, address: str) -> None:
        answer = httpx.post(f"{address}/rest/api/v1/search", json={"query": 5, "pageSize": 0})
        told = answer.json()
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json; charset=UTF-8")
        assert {one["pointer"] for one in told["errors"]} == {"/query", "/pageSize"}
        cursor = httpx.post(f"{address}/rest/api/v1/search", json={"query": "x", "cursor": "garbage"})
        assert (cursor.status_code, cursor.json()["code"]) == (400, "invalid_cursor")


class TestOtherMethods:
    def test_completions_are_words_speakers_and_titles(self, glean: Glean) -> None:
        found = glean.client.search.autocomplete(query="the comp")
        assert [(one.result, one.result_type) for one in found.results] == [
            ("the compost", "SUGGESTION"),
            ("the compost heap", "SUGGESTION"),
        ]
        names = glean.client.search.autocomplete(query="ro").results
        assert ('speaker:"Rosa Luz"', "OPERATOR_VALUE") in [(one.result, one.result_type) for one in names]
        titles = glean.client.search.autocomplete(query="compost for", result_types=["DOCUMENT"])
        assert [(one.result, one.url) for one in titles.results] == [("Compost for everybody", VIDEO)]
        assert [(one.title, one.start_index, one.end_index) for one in titles.groups] == [
            ("Recordings and documents", 0, 1)
        ]

    def test_documents_by_id_and_by_url(self, glean: Glean) -> None:
        moment = glean.client.search.query(query="walnut").results[0].document
        specs: list[Any] = [{"id": moment.id}, {"url": f"{VIDEO}?t=31"}, {"url": VIDEO}, {"id": "nothing"}]
        asked: Any = {"document_specs": specs, "include_fields": ["DOCUMENT_CONTENT"]}
        found = glean.client.documents.retrieve(get_documents_request=asked).documents
        assert found[moment.id].content.full_text_list == [
            "A compost heap under the walnut tree 🌳 is never turned at all."
        ]
        assert found[f"{VIDEO}?t=31"].title == "Compost for everybody (0:31)"
        assert found[VIDEO].doc_type == "Transcript" and found["nothing"].error

    def test_documents_by_facets(self, glean: Glean) -> None:
        chosen = options(("type", ["Transcript"]), ("collection", ["garden"])).facet_filters
        found = glean.client.documents.retrieve_by_facets(
            get_documents_by_facets_request={"filter_sets": [{"filters": chosen}]}
        )
        assert [one.title for one in found.documents] == ["Compost for everybody"]

    def test_a_summary_is_what_was_said_and_says_so(self, glean: Glean) -> None:
        def summary(**more: Any) -> list[str]:
            told = glean.client.documents.summarize(document_specs=[{"url": VIDEO}], **more)
            return str(told.summary.text).splitlines()

        assert summary(query="walnut") == [
            "Extracts, word for word; not a written summary.",
            "1:31 Rosa Luz: A compost heap under the walnut tree 🌳 is never turned at all.",
        ]
        assert len(summary()) == 5 and len(summary(preferred_summary_length=70)) == 2
        unknown = glean.client.documents.summarize(document_specs=[{"id": "nothing"}])
        assert unknown.summary is None and "nothing" in unknown.error.message

    def test_recommendations_are_other_recordings_like_it(self, glean: Glean) -> None:
        found = glean.client.search.recommendations(recommendation_document_spec={"url": f"{VIDEO}?t=1"}, **acting(ANN))
        assert titles(found) == {"The golden spade"}
        wanted = {
            "recommendation_document_spec": {"url": f"{VIDEO}?t=1"},
            "page_size": 10**9,
            "max_snippet_size": 10**9,
        }
        assert titles(glean.client.search.recommendations(**wanted, **acting(ANN))) == {"The golden spade"}

    def test_feedback_and_activity_are_accepted(self, glean: Glean) -> None:
        token = glean.client.search.query(query="walnut").results[0].tracking_token
        glean.client.activity.feedback(feedback1={"event": "CLICK", "tracking_tokens": [token]})
        event = {"action": "VIEW", "timestamp": datetime(2025, 1, 1, tzinfo=UTC), "url": VIDEO}
        glean.client.activity.report(events=[event])

    def test_the_plain_search_and_its_filters(self, glean: Glean) -> None:
        found = glean.search.query(query=HEAP, filters=[{"field": "speaker", "values": ["Jo Hill"]}])
        (result,) = found.results
        assert (result.url, result.document_type) == (f"{VIDEO}?t=1", "TranscriptSegment")
        assert result.snippets == ["The compost heap behind the shed is turned twice a year."]
        assert not found.has_more and found.next_cursor is None and found.warnings == []
        january = {"start": datetime(2025, 1, 14, tzinfo=UTC), "end": datetime(2025, 1, 15, tzinfo=UTC)}
        assert len(glean.search.query(query=HEAP, time_range=january).results) == 1
        for_ever = {"end": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)}
        assert len(glean.search.query(query=HEAP, time_range=for_ever).results) == 1
        (source,) = glean.search.list_filters(datasources=["transcripts"], query="walnut").result.datasources
        assert {one.field: one.values for one in source.filters}["speaker"] == ["Rosa Luz"]

    @pytest.mark.parametrize(
        ("asked", "status", "code"),
        [
            ({"datasources": ["elsewhere"]}, 400, "invalid_datasource"),
            ({"filters": [{"field": "type", "values": ["a"]}] * 2}, 400, "invalid_filter"),
            ({"filters": [{"field": "type", "values": ["a"], "operator": "GT"}]}, 400, "invalid_filter"),
            ({"page_size": 1000}, 400, "invalid_parameter"),
            ({"cursor": "garbage"}, 400, "invalid_cursor"),
        ],
    )
    def test_the_plain_search_tells_problems(self, glean: Glean, asked: Any, status: int, code: str) -> None:
        with pytest.raises(errors.PlatformProblemDetailError) as caught:
            glean.search.query(query=HEAP, **asked)
        assert (caught.value.status_code, caught.value.data.code) == (status, code)


class TestPermissions:
    SECRET = ("golden", "zygomorphic", "support", "hidden")

    def test_what_a_person_may_not_see_is_nowhere(self, address: str) -> None:
        """In no answer to any request, to the letter."""
        with httpx.Client(base_url=address) as owner:
            found = owner.post("/rest/api/v1/search", json={"query": "golden OR zygomorphic"}).json()["results"]
            secret = [result["document"]["id"] for result in found]
            urls = [result["document"]["url"] for result in found]
        assert len(secret) == 2
        specs = [{"id": one} for one in secret] + [{"url": one} for one in urls]
        asked: list[tuple[str, dict[str, Any]]] = [
            ("/rest/api/v1/search", {"query": HEAP}),
            ("/rest/api/v1/search", {"query": "gol* OR zygo*"}),
            ("/rest/api/v1/search", {"query": "compost", "requestOptions": {"facetFilterSets": [{"filters": []}]}}),
            ("/rest/api/v1/autocomplete", {"query": "gol"}),
            ("/rest/api/v1/autocomplete", {"query": "zygo"}),
            ("/rest/api/v1/autocomplete", {"query": "the"}),
            ("/rest/api/v1/getdocumentsbyfacets", {"filterSets": [{"filters": [
                {"fieldName": "type", "values": [{"value": "Transcript"}, {"value": "TranscriptSegment"}]}]}]}),
            ("/api/search", {"query": HEAP}),
        ]  # fmt: skip
        with httpx.Client(base_url=address, headers={"X-Glean-ActAs": BOB}) as bob:
            for path, body in asked:
                told = bob.post(path, json=body).json()
                answered = {name: value for name, value in told.items() if name != "metadata"}  # the query, repeated
                assert not [word for word in self.SECRET if word in json.dumps(answered).lower()], (path, body)
            told = bob.post("/rest/api/v1/getdocuments", json={"documentSpecs": specs}).json()["documents"]
            assert {json.dumps(one) for one in told.values()} == {json.dumps(told[secret[0]])} and "error" in told[
                urls[0]
            ]
            for ident in (secret[0], "nothing"):
                summary = bob.post("/rest/api/v1/summarize", json={"documentSpecs": [{"id": ident}]}).json()
                assert summary == {"error": {"message": f"{ident}: there is no such document, or it may not be seen"}}
                like = {"recommendationDocumentSpec": {"id": ident}}
                assert bob.post("/rest/api/v1/recommendations", json=like).status_code == 403

    def test_a_group_sees_what_is_its_own(self, glean: Glean) -> None:
        assert titles(glean.client.search.query(query="golden", **acting(ANN))) == {"The golden spade"}
        assert titles(glean.client.search.query(query="zygomorphic", **acting(ANN))) == set()
        completed = glean.client.search.autocomplete(query="gol", **acting(ANN)).results
        assert completed[0].result == "golden"
        assert titles(glean.client.search.query(query="zygomorphic")) == {"Board"}
