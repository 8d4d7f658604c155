"""POST /rest/api/v1/autocomplete: the suggestions of ``connector.serve.suggesting`` as Glean tells them, by kind."""

from __future__ import annotations

import time

from starlette.routing import Route

from connector.serve.client_requests import AutocompleteAsked, read
from connector.serve.http import Asked, request_id, route
from connector.serve.results import Told, document
from connector.serve.searching import of_datasources
from connector.serve.service import Service
from connector.serve.suggesting import suggested
from indexer.suggest import Suggestion

RESULTS = 10
MOST = 200  # as many as Glean gives
WORD, SPEAKER, TITLE = "SUGGESTION", "OPERATOR_VALUE", "DOCUMENT"
_TYPES = {"word": WORD, "continuation": WORD, "expected": WORD, "speaker": SPEAKER, "title": TITLE}
_SECTIONS = {WORD: "Words", SPEAKER: "Speakers", TITLE: "Recordings and documents"}


def routes(service: Service) -> list[Route]:
    def autocomplete(asked: Asked) -> Told:
        began = time.perf_counter()
        body = read(AutocompleteAsked, asked.body)
        most = min(body.result_size or RESULTS, MOST)
        filters = of_datasources(body.datasource, *(body.datasources_filter or ()))
        sections: dict[str, list[Told]] = {WORD: [], SPEAKER: [], TITLE: []}
        for one in suggested(service, body.query, asked.asker, len(sections) * most, filters).suggestions:
            sections[_TYPES[one.kind]].append(_told(one, body.query))
        ident = request_id()
        wanted = body.result_types or list(sections)
        results, groups = _together({kind: told for kind, told in sections.items() if kind in wanted and told}, most)
        for place, told in enumerate(results):
            told["trackingToken"] = f"{ident}.{place}"
        return {
            "trackingToken": ident,
            "results": results,
            "groups": groups,
            "backendTimeMillis": round((time.perf_counter() - began) * 1000),
        }

    return [route("/rest/api/v1/autocomplete", autocomplete)]


def _told(one: Suggestion, query: str) -> Told:
    """A suggestion as its type has it."""
    if one.document:
        return {"result": one.text, "url": one.document.url, "document": document(one.document)}
    if one.kind == "speaker":
        operator = {"name": "speaker", "operatorType": "TEXT", "value": one.text, "displayValue": one.text}
        return {"result": one.query, "operatorMetadata": operator}
    start = min(len(query), len(one.text))  # bold is what was not typed
    bold = [{"startIndex": start, "endIndex": len(one.text), "type": "BOLD"}] if start < len(one.text) else []
    return {"result": one.text, "ranges": bold}


def _together(sections: dict[str, list[Told]], most: int) -> tuple[list[Told], list[Told]]:
    """``most`` results in all, a fair share of each kind, and where each kind's section is among them."""
    shares = dict.fromkeys(sections, 0)
    while sum(shares.values()) < most and any(shares[kind] < len(told) for kind, told in sections.items()):
        for kind, told in sections.items():
            if shares[kind] < len(told) and sum(shares.values()) < most:
                shares[kind] += 1
    results: list[Told] = []
    groups: list[Told] = []
    for kind, told in sections.items():
        start = len(results)
        results += [{**one, "resultType": kind} for one in told[: shares[kind]]]
        groups.append({"title": _SECTIONS[kind], "startIndex": start, "endIndex": len(results)})
    return results, groups
