"""POST /rest/api/v1/search and recommendations, as a Glean user expects them: results by recording."""

from __future__ import annotations

import time
from typing import Any

from starlette.routing import Route

from connector.serve.client_requests import Options, RecommendationsAsked, SearchAsked, read
from connector.serve.documents import named_by
from connector.serve.fields import COUNTED, DEFAULT, BadOperatorError, Translated, any_of
from connector.serve.http import Answer, Asked, Refused, request_id, route
from connector.serve.results import Told, search_result
from connector.serve.searching import MORE, MOST_RESULTS, Searching, Wanted, of_datasources, width_of
from connector.serve.service import Service
from indexer import query as typed
from indexer.access import Asker
from indexer.lookup import of_group
from indexer.request import SearchRequest, SearchResult
from indexer.similar import similar
from indexer.snippet import WIDTH
from indexer.syntax import parse
from indexer.text import key, words

PAGE = 10


def routes(service: Service) -> list[Route]:
    searching = Searching(service)

    def search(asked: Asked) -> Any:
        body = read(SearchAsked, asked.body)
        try:
            return _answer(searching, body, asked.asker)
        except BadOperatorError as error:
            return error.answer()

    def recommendations(asked: Asked) -> Any:
        return _recommended(searching, read(RecommendationsAsked, asked.body), asked.asker)

    return [route("/rest/api/v1/search", search), route("/rest/api/v1/recommendations", recommendations)]


def filters_of(searching: Searching, options: Options, asker: Asker | None) -> Translated:
    """What the options of a request ask to hold."""
    if options.facet_filter_sets:
        sets = options.facet_filter_sets
        found = any_of([searching.translated(one.filters, asker, options.timezone_offset) for one in sets])
    else:
        found = searching.translated(options.facet_filters or (), asker, options.timezone_offset)
    datasources = of_datasources(options.datasource_filter, *(options.datasources_filter or ()))
    return Translated((*datasources, *found.nodes), found.unknown)


def _answer(searching: Searching, body: SearchAsked, asker: Asker | None) -> Told:
    began = time.perf_counter()
    options = body.request_options or Options()
    filters = filters_of(searching, options, asker)
    hints = options.response_hints or ["RESULTS", "FACET_RESULTS", "QUERY_METADATA"]
    shown = "RESULTS" in hints
    wide = options.return_llm_content_over_snippets
    wanted = Wanted(
        query=body.query, filters=filters.nodes, size=(body.page_size or PAGE) if shown else 0,
        cursor=body.cursor or "", width=body.max_snippet_size or (WIDTH * 10 if wide else WIDTH),
        fields=_fields(options) if "FACET_RESULTS" in hints else (), facet_values=options.facet_bucket_size,
        spelling=not (body.disable_spellcheck or options.disable_spellcheck or options.disable_query_autocorrect),
    )  # fmt: skip
    found = searching.find(wanted, asker)
    ident = request_id()
    told: Told = {
        "requestID": ident,
        "trackingToken": ident,
        "results": [search_result(hit, f"{ident}.{place}") for place, hit in enumerate(found.hits)],
        "hasMoreResults": bool(found.next),
        "metadata": _metadata(body.query, found, filters.unknown),
        "resultTabs": [{"id": "all", "count": found.total}],
        "resultTabIds": ["all"],
        "facetResults": facet_results(found, options),
        "rewrittenFacetFilters": _kept(options, filters.unknown),
    }
    if found.next:
        told["cursor"] = found.next
    if found.hints:
        told["resultsDescription"] = {"text": " ".join(found.hints)}
    return told | {"backendTimeMillis": round((time.perf_counter() - began) * 1000)}


def _fields(options: Options) -> tuple[str, ...]:
    named = [COUNTED.get(name.lower(), name.lower()) for name in options.default_facets or ()]
    return tuple(dict.fromkeys(named)) or DEFAULT


def _kept(options: Options, unknown: tuple[str, ...]) -> list[Told]:
    """The filters that were applied, as they came."""
    kept = (one for one in options.facet_filters or () if one.field_name not in unknown)
    return [one.model_dump(by_alias=True, exclude_none=True) for one in kept]


def facet_results(found: SearchResult, options: Options) -> list[Told]:
    """``FacetResult`` of every field that has values; the counts are of documents: moments."""
    told = []
    total = sum(one["count"] for one in found.facets.get("type") or ())  # each document has one
    bucket_filter = options.facet_bucket_filter
    for name in _fields(options):
        values = found.facets.get(name) or []
        if bucket_filter and COUNTED.get(bucket_filter.facet.lower(), bucket_filter.facet.lower()) == name:
            start = key(bucket_filter.prefix)
            values = [one for one in values if any(word.startswith(start) for word in words(one["value"]))]
        if not values:
            continue
        shown = values[: options.facet_bucket_size]
        buckets = [_bucket(one["value"], one["count"], total) for one in shown]
        told.append(
            {
                "sourceName": name,
                "operatorName": "SelectMultiple",
                "buckets": buckets,
                "hasMoreBuckets": len(values) > len(shown),
                "groupName": "",
            }
        )
    return told


def _bucket(value: str, count: int, total: int) -> Told:
    told: Told = {"count": count, "value": {"stringValue": value, "displayLabel": value}}
    return told | {"percentage": round(100 * count / total)} if total else told


def _metadata(query: str, found: SearchResult, unknown: tuple[str, ...]) -> Told:
    """``SearchResponseMetadata``: which query was searched, another one that may be meant, what was passed over."""
    used = found.did_you_mean if found.corrected else None
    told: Told = {
        "originalQuery": query,
        "rewrittenQuery": used or query,
        "searchedQuery": used or query,
        "modifiedQueryWasUsed": bool(used),
        "originalQueryHadNoResults": bool(used) or not found.total,
    }
    if found.did_you_mean:
        told["querySuggestion"] = {"query": found.did_you_mean, "label": f"Did you mean: {found.did_you_mean}"}
    if warning := _warning(query, unknown):
        told["searchWarning"] = warning
    return told


def _warning(query: str, unknown: tuple[str, ...]) -> Told | None:
    """The first thing there is to warn of."""
    if unknown:
        return {"warningType": "MAYBE_INVALID_FACET_QUERY", "ignoredTerms": list(unknown)}
    said = words(query)
    if query.strip() and not said:
        return {"warningType": "PUNCTUATION_ONLY"}
    if len(query) > typed.MAX_CHARACTERS or len(said) > typed.MAX_TERMS:
        last = words(query[: typed.MAX_CHARACTERS])[: typed.MAX_TERMS]
        return {"warningType": "LONG_QUERY", "lastUsedTerm": last[-1] if last else ""}
    if parse(query).hints:
        return {"warningType": "INVALID_OPERATOR"}
    return None


def _recommended(searching: Searching, body: RecommendationsAsked, asker: Asker | None) -> Any:
    """Recordings with moments most like what is said in the one named; 403 where there is none to be seen."""
    began = time.perf_counter()
    index = searching.service.index(asker)
    chosen = named_by([body.recommendation_document_spec], index, asker)[0]
    if chosen is None:
        raise Refused(403, "there is no such document, or it may not be seen")
    said = of_group(index, chosen.group, asker) if chosen.kind == "transcript" else [chosen]
    request = SearchRequest(
        query="", kind="all", limit=min(body.page_size or PAGE, MOST_RESULTS), asker=asker, facets=False, group=True,
        filters=filters_of(searching, body.request_options or Options(), asker).nodes,
        width=width_of(body.max_snippet_size or WIDTH), more=MORE,
    )  # fmt: skip
    found = similar(index, said, request, apart=chosen.group).result
    if not found.hits:
        return Answer(None, 204)
    ident = request_id()
    return {
        "requestID": ident,
        "results": [search_result(hit, f"{ident}.{place}") for place, hit in enumerate(found.hits)],
        "backendTimeMillis": round((time.perf_counter() - began) * 1000),
    }
