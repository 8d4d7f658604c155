"""The search page: what was said, recording by recording, with all there is to narrow it; and the page of a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from starlette.routing import BaseRoute

from connector.serve.http import Asked, Refused
from connector.serve.pages.cards import Card, card, sample_card, source_ids, sources_of
from connector.serve.pages.choice import FACETS, SORTS, Choice
from connector.serve.pages.examples import examples
from connector.serve.pages.finding import Amounts, Finding, by_title, label_of
from connector.serve.pages.site import Page, Site
from connector.serve.searching import Searching
from connector.serve.service import Service
from connector.transcripts.jargon import Term
from indexer import Document
from indexer.access import Asker
from indexer.lookup import by_id
from indexer.query import Node
from indexer.request import Hit, SearchResult
from indexer.syntax import parse
from indexer.widen import widen

NEWEST = 6  # recordings on the first page


def routes(service: Service) -> list[BaseRoute]:
    site, finding = Site(service), Finding(Searching(service))

    def search(asked: Asked) -> Page:
        choice = Choice.read(asked.query)
        show = _results if choice.asks else _start
        return show(service, finding, choice, asked.asker)

    def sample(asked: Asked) -> Page:
        ident = asked.path["id"]
        found = by_id(service.index(asked.asker), [ident], asked.asker).get(ident)
        if found is None or found.kind != "sample":
            raise Refused(404, "there is no such sample, or it may not be seen")
        return Page("sample.html", _sample(service, found, asked.asker))

    return [site.route("/", search), site.route("/sample/{id}", sample)]


def cards(service: Service, hits: Sequence[Hit], query: str, asker: Asker | None) -> list[Card]:
    """A card for each of the ``hits``, which were found for ``query``; "" where words were not what found them."""
    recordings = [None if hit.document.scope else hit.document.transcript_id for hit in hits]
    wholes = by_id(service.index(asker), filter(None, recordings), asker)
    public = service.settings.public_url
    asked = looked_for(service, query) if query else None
    return [
        card(hit, public, query, wholes.get(one or ""), titled=by_title(asked, hit.document.recording or ""))
        for hit, one in zip(hits, recordings, strict=True)
    ]


def looked_for(service: Service, query: str) -> Node | None:
    """What a query looks for, under all its names."""
    with service.ledger() as ledger:
        return widen(parse(query).node, ledger.glossary().synonyms)


def _start(service: Service, finding: Finding, choice: Choice, asker: Asker | None) -> Page:
    newest = finding.newest(asker, NEWEST)
    return Page(
        "start.html",
        {
            "query": choice.query,
            "wordless": bool(choice.query),
            "amounts": str(Amounts.of(newest)),
            "newest": cards(service, newest.hits, "", asker),
            "examples": examples(service.index(asker), newest, asker) if newest.hits else (),
            "inbox": str(service.settings.inbox),
        },
    )


def _results(service: Service, finding: Finding, choice: Choice, asker: Asker | None) -> Page:
    found = finding.page(choice, asker)
    values: dict[str, Any] = {
        "query": choice.query,
        "choice": choice,
        "total": found.total,
        "took": found.took_ms,
        "meant": found.did_you_mean,
        "corrected": found.corrected,
        "hints": _hints(found),
        "terms": _terms(service, _searched(choice, found)),
        "sorts": SORTS,
        "more": replace(choice, cursor=found.next).address if found.next else "",
        "chosen": [(FACETS[name], label_of(name, value), choice.toggled(name, value)) for name, value in choice.chosen],
        "cards": [],
        "samples": [],
        "facets": [],
        "amounts": "",
        "empty": not found.total and not finding.newest(asker, 0).total,
    }
    if choice.samples:
        values |= {
            "samples": _sample_cards(service, found, asker),
            "said": finding.count(choice.said, asker, samples=False),
            "generated": found.total,
        }
    else:
        looked_for = _searched(choice, found)
        words = looked_for if parse(looked_for).scored else ""  # filters alone mark nothing
        amounts = Amounts.of(found)
        values |= {
            "cards": cards(service, found.hits, words, asker),
            "facets": list(finding.facets(choice, asker, found)),
            "amounts": str(amounts),
            "said": amounts.all,
            "generated": finding.count(choice, asker, samples=True),
        }
    return Page("results.html", values)


def _searched(choice: Choice, found: SearchResult) -> str:
    """The query whose hits are shown."""
    return (found.corrected and found.did_you_mean) or choice.query


def _hints(found: SearchResult) -> list[str]:
    """What the search says of itself, without what the page says of another spelling in its own way."""
    told = f"was found for “{found.did_you_mean}”."
    return [hint for hint in found.hints if not (found.did_you_mean and hint.endswith(told))]


def _terms(service: Service, query: str) -> tuple[Term, ...]:
    """The words of the house that a query names, and what they mean."""
    with service.ledger() as ledger:
        return tuple(term for term in ledger.glossary().named_in(query) if term.definition)


def _sample_cards(service: Service, found: SearchResult, asker: Asker | None) -> list[Any]:
    idents = {ident for hit in found.hits for ident in source_ids(hit.document)}
    seen = by_id(service.index(asker), idents, asker)
    return [sample_card(hit, seen, service.settings.public_url) for hit in found.hits]


def _sample(service: Service, document: Document, asker: Asker | None) -> dict[str, Any]:
    idents = source_ids(document)
    sources = sources_of(document, by_id(service.index(asker), idents, asker))
    return {
        "title": document.title,
        "text": document.text,
        "about": {
            name: document.properties.get(name) for name in ("prompt", "checkpoint", "seed", "temperature", "topK")
        },
        "sources": sources,
        "unseen": len(idents) - len(sources),
    }
