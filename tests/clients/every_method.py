"""Asks a server by every method of glean-api-client for documents, datasources, people and searches, unmodified.

Run by a client of any version from 0.13 on, in an environment of its own: python every_method.py ADDRESS. The token is
in $TOKEN. Prints what came back as one JSON object, and knows nothing of the project.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from datetime import UTC, datetime
from typing import Any

from glean.api_client import Glean, errors

ANN, BOB = "ann@example.com", "bob@example.com"
PLACE = {"object_type": "Article", "doc_id": "a1"}
OPEN = {"allow_anonymous_access": True}


def article(ident: str, text: str, permissions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "datasource": "wiki",
        "object_type": "Article",
        "id": ident,
        "title": f"Article {ident}",
        "view_url": f"https://wiki.example.com/{ident}",
        "body": {"mime_type": "text/plain", "text_content": text},
        "permissions": permissions,
        "custom_properties": [{"name": "team", "value": "llamas"}],
        "updated_at": 1_700_000_000,
    } | more


def main() -> None:
    warnings.simplefilter("ignore")  # of methods that are to go
    with Glean(api_token=os.environ["TOKEN"], server_url=sys.argv[1]) as glean:
        told = _datasource(glean) | _people(glean) | _documents(glean) | _searches(glean) | _taken_back(glean)
    sys.stdout.write(json.dumps(told))


def _datasource(glean: Glean) -> dict[str, Any]:
    glean.indexing.datasources.add(
        name="wiki",
        display_name="Wiki",
        datasource_category="PUBLISHED_CONTENT",
        url_regex="https://wiki\\.example\\.com/.*",
        object_definitions=[
            {
                "name": "Article",
                "doc_category": "PUBLISHED_CONTENT",
                "property_definitions": [{"name": "team", "property_type": "PICKLIST"}],
            }
        ],
        is_user_referenced_by_email=True,
    )
    return {"config": glean.indexing.datasources.retrieve_config(datasource="wiki").display_name}


def _people(glean: Glean) -> dict[str, Any]:
    to = glean.indexing.permissions
    to.index_user(datasource="wiki", user={"email": ANN, "name": "Ann"})
    to.index_group(datasource="wiki", group={"name": "keepers"})
    to.index_membership(datasource="wiki", membership={"group_name": "keepers", "member_user_id": ANN})
    page = {"datasource": "wiki", "is_first_page": True, "is_last_page": True}
    users = [{"email": ANN, "name": "Ann"}, {"email": BOB, "name": "Bob"}]
    to.bulk_index_users(upload_id="u1", users=users, **page)
    to.bulk_index_groups(upload_id="g1", groups=[{"name": "keepers"}, {"name": "spare"}], **page)
    members = [{"member_user_id": ANN}]
    to.bulk_index_memberships(upload_id="m1", group="keepers", memberships=members, **page)
    to.process_memberships(request={"datasource": "wiki"})
    groups = glean.indexing.people.debug(datasource="wiki", email=ANN).uploaded_groups or []
    return {
        "users": glean.indexing.people.count(datasource="wiki").user_count,
        "groups": [one.name for one in groups],
    }


def _documents(glean: Glean) -> dict[str, Any]:
    to = glean.indexing.documents
    keepers = {"allowed_groups": ["keepers"]}
    to.add_or_update(document=article("a1", "The shy llama eats hay.", keepers))
    to.index(datasource="wiki", documents=[article("a2", "The bold llama spits.", OPEN)])
    first = [article(f"b{at}", f"The llama number {at} sleeps in a hammock with its hat on.", OPEN) for at in range(3)]
    last = [article("a1", "The shy llama eats hay.", keepers), article("a2", "The bold llama spits.", OPEN)]
    page = {"datasource": "wiki", "upload_id": "d1"}
    to.bulk_index(documents=first, is_first_page=True, **page)
    to.bulk_index(documents=last, is_last_page=True, **page)
    to.process_all(request={"datasource": "wiki"})
    events = getattr(to, "debug_events", None)
    if events is None:  # where the older client has it
        events = glean.troubleshooting.post_api_index_v1_debug_datasource_document_events
    statuses = to.debug_many(datasource="wiki", debug_documents=[PLACE]).document_statuses or []
    counts = glean.indexing.datasource.status(datasource="wiki").documents.counts
    return {
        "count": to.count(datasource="wiki").document_count,
        "status": to.status(datasource="wiki", **PLACE).indexing_status,
        "debug": to.debug(datasource="wiki", **PLACE).status.indexing_status,
        "debug_many": [one.debug_info.status.upload_status for one in statuses],
        "events": [one.event.value for one in events(datasource="wiki", **PLACE).life_cycle_events or []][:1],
        "access": [to.check_access(datasource="wiki", user_email=who, **PLACE).has_access for who in (ANN, BOB)],
        "datasource": {one.object_type: one.count for one in counts.indexed},
    }


def _searches(glean: Glean) -> dict[str, Any]:
    def acting(who: str) -> dict[str, Any]:
        return {"http_headers": {"X-Glean-ActAs": who}}

    team = {"field_name": "team", "values": [{"value": "llamas", "relation_type": "EQUALS"}]}
    options = {
        "facet_bucket_size": 5,
        "facet_filters": [team],
        "datasources_filter": ["wiki"],
        "default_facets": ["team"],
    }
    found = glean.client.search.query(query="llama", request_options=options, page_size=2)
    more = glean.client.search.query(query="llama", request_options=options, page_size=2, cursor=found.cursor)
    shy = glean.client.search.query(query="shy", **acting(ANN)).results[0]
    snippet = shy.snippets[0]
    specs = [{"id": shy.document.id}, {"url": shy.url}]
    asked = {"document_specs": specs, "include_fields": ["DOCUMENT_CONTENT"]}

    def retrieved(who: str) -> list[Any]:
        found = glean.client.documents.retrieve(get_documents_request=asked, **acting(who)).documents
        return list(found.values())

    sets = {"filter_sets": [{"filters": [team]}]}
    token = found.results[0].tracking_token
    sleeper = {"url": "https://wiki.example.com/b1"}
    glean.client.activity.feedback(feedback1={"event": "CLICK", "tracking_tokens": [token]})
    seen = {"action": "VIEW", "timestamp": datetime(2025, 1, 1, tzinfo=UTC), "url": shy.url}
    glean.client.activity.report(events=[seen])
    told: dict[str, Any] = {
        "found": [len(found.results), found.has_more_results, len(more.results)],
        "facets": {one.source_name: [b.count for b in one.buckets] for one in found.facet_results},
        "bold": [snippet.text[one.start_index : one.end_index] for one in snippet.ranges],
        "hidden": len(glean.client.search.query(query="shy", disable_spellcheck=True, **acting(BOB)).results or []),
        "completed": [one.result for one in glean.client.search.autocomplete(query="the sle").results],
        "retrieved": [getattr(one, "title", None) for one in retrieved(ANN)],
        "not retrieved": [bool(getattr(one, "error", None)) for one in retrieved(BOB)],
        "by facets": len(glean.client.documents.retrieve_by_facets(get_documents_by_facets_request=sets).documents),
        "summary": glean.client.documents.summarize(document_specs=specs[:1]).summary.text.splitlines()[-1],
        "like it": len(glean.client.search.recommendations(recommendation_document_spec=sleeper).results),
    }
    if plain := getattr(glean, "search", None):  # from 0.17 on
        told["plain"] = len(plain.query(query="llama", datasources=["wiki"]).results)
        told["sources"] = [one.datasource for one in plain.list_filters().result.datasources]
    return told


def _taken_back(glean: Glean) -> dict[str, Any]:
    to = glean.indexing.permissions
    to.update_permissions(
        datasource="wiki", object_type="Article", id="a2", permissions={"allowed_users": [{"email": ANN}]}
    )
    bob = {"http_headers": {"X-Glean-ActAs": BOB}}
    left = len(glean.client.search.query(query="llama", **bob).results)
    glean.indexing.documents.delete(datasource="wiki", object_type="Article", id="b0")
    to.delete_membership(datasource="wiki", membership={"group_name": "keepers", "member_user_id": ANN})
    to.delete_group(datasource="wiki", group_name="keepers")
    to.delete_user(datasource="wiki", email=BOB)
    refused = 0
    try:
        glean.indexing.documents.delete(datasource="nowhere", object_type="Article", id="b0")
    except errors.GleanError as error:
        refused = error.status_code
    return {"left": left, "users left": glean.indexing.people.count(datasource="wiki").user_count, "refused": refused}


if __name__ == "__main__":
    main()
