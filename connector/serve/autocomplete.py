"""POST /rest/api/v1/autocomplete: words of the archive, speakers and titles, of what the asker may see."""

from __future__ import annotations

import time

from starlette.routing import Route

from connector.serve.client_requests import AutocompleteAsked, read
from connector.serve.http import Asked, request_id, route
from connector.serve.results import Told, document
from connector.serve.searching import of_datasources
from connector.serve.service import Service
from indexer.completion import complete, last_word

RESULTS = 10
MOST = 200  # as many as Glean gives
WORD, SPEAKER, TITLE = "SUGGESTION", "OPERATOR_VALUE", "DOCUMENT"
_SECTIONS = {WORD: "Words", SPEAKER: "Speakers", TITLE: "Recordings and documents"}


def routes(service: Service) -> list[Route]:
    def autocomplete(asked: Asked) -> Told:
        began = time.perf_counter()
        body = read(AutocompleteAsked, asked.body)
        most = min(body.result_size or RESULTS, MOST)
        filters = of_datasources(body.datasource, *(body.datasources_filter or ()))
        found = complete(service.index(asked.asker), body.query, asked.asker, most, filters)
        before, ident = body.query[: last_word(body.query)], request_id()
        sections: dict[str, list[Told]] = {
            WORD: [_word(before, body.query, word) for word in found.words],
            SPEAKER: [_speaker(name) for name in found.speakers],
            TITLE: [
                {"result": one.title or "Untitled", "url": one.url, "document": document(one)}
                for one in found.documents
            ],
        }
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


def _word(before: str, query: str, word: str) -> Told:
    """The query with its last word completed; bold is what was not typed."""
    completed = before + word
    start = min(len(query), len(completed))
    bold = [{"startIndex": start, "endIndex": len(completed), "type": "BOLD"}] if start < len(completed) else []
    return {"result": completed, "ranges": bold}


def _speaker(name: str) -> Told:
    quoted = f'"{name}"' if " " in name else name
    operator = {"name": "speaker", "operatorType": "TEXT", "value": name, "displayValue": name}
    return {"result": f"speaker:{quoted}", "operatorMetadata": operator}


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
