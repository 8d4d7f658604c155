"""A property, through the server itself: all that is answered, to anybody, to any query, is what a brute-force reading
of the pushed people and permissions lets them see. Results of both searches, other moments, counts, facets,
completions, documents, summaries, recommendations, access checks.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.serve.documents import UNKNOWN
from indexer.search import SearchRequest, search
from tests.serve.archive import make_archive
from tests.serve.support import Served, serving_home

TOKEN = "administrator"
DATASOURCES = ("alpaca", "bison")
EMAILS = ("ann@x.com", "bob@x.com", "eve@y.org")
GROUPS = ("g", "h", "i")
WORDS = ("quartz", "rhubarb", "saffron")
SECRET = "unguessable"  # a word that only documents nobody may see have
OWN = {"Compost for everybody": "everybody", "The golden spade": "support"}  # title: who may see it; all of compost


@dataclass(frozen=True)
class People:
    """Of one datasource: active or not by e-mail, the groups there are, (group, member) of users and of groups."""

    users: dict[str, bool]
    groups: frozenset[str]
    members: frozenset[tuple[str, str]]
    nested: frozenset[tuple[str, str]]

    def is_user(self, email: str) -> bool:
        return self.users.get(email, False)

    def groups_of(self, email: str) -> set[str]:
        """Every group, by nesting too: what is found by going round until nothing more is."""
        found = {group for group, member in self.members if member == email and group in self.groups}
        found = found if self.is_user(email) else set()
        for _ in GROUPS:
            found |= {group for group, inner in self.nested if inner in found and group in self.groups}
        return found

    def may_see(self, email: str, allowed: dict[str, Any]) -> bool:
        """Glean's rule itself."""
        mine = self.groups_of(email)
        return bool(
            allowed.get("allowAnonymousAccess")
            or (allowed.get("allowAllDatasourceUsersAccess") and self.is_user(email))
            or (self.is_user(email) and email in [user["email"] for user in allowed.get("allowedUsers", ())])
            or mine & set(allowed.get("allowedGroups", ()))
            or any(
                one["requiredGroups"] and mine >= set(one["requiredGroups"])
                for one in allowed.get("allowedGroupIntersections", ())
            )
        )


PEOPLE = st.builds(
    People,
    st.dictionaries(st.sampled_from(EMAILS), st.sampled_from([True, True, False])),
    st.frozensets(st.sampled_from(GROUPS), min_size=1),
    st.frozensets(st.tuples(st.sampled_from(GROUPS), st.sampled_from(EMAILS)), max_size=4),
    st.frozensets(st.tuples(st.sampled_from(GROUPS), st.sampled_from(GROUPS)), max_size=3),
)
PERMISSIONS = st.fixed_dictionaries(
    {},
    optional={
        "allowAnonymousAccess": st.booleans(),
        "allowAllDatasourceUsersAccess": st.booleans(),
        "allowedUsers": st.lists(st.fixed_dictionaries({"email": st.sampled_from(EMAILS)}), max_size=2),
        "allowedGroups": st.lists(st.sampled_from(GROUPS), max_size=2),
        "allowedGroupIntersections": st.lists(
            st.fixed_dictionaries({"requiredGroups": st.lists(st.sampled_from(GROUPS), max_size=3)}), max_size=2
        ),
    },
)
DOCUMENT = st.fixed_dictionaries(
    {
        "words": st.sets(st.sampled_from(WORDS), min_size=1),
        "tag": st.sampled_from(["red", "blue"]),
        "moment": st.booleans(),
        "permissions": PERMISSIONS,
    }
)


@dataclass(frozen=True)
class Query:
    """What is asked: any of the alternatives, each of parts that must hold, those with a "-" must not. A part is a
    word, the beginning of one, or two words in a row.
    """

    alternatives: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        return " OR ".join(
            " ".join(f"{'' if not at or part[0] == '-' else 'AND '}{part}" for at, part in enumerate(parts))
            for parts in self.alternatives
        )

    def matches(self, text: str) -> bool:
        said = text.split()
        return any(all(_holds(part, said) for part in parts) for parts in self.alternatives)


def _holds(part: str, said: list[str]) -> bool:
    if part[0] == "-":
        return not _holds(part[1:], said)
    if part[0] == '"':
        return tuple(part.strip('"').split()) in pairwise(said)
    return any(word.startswith(part[:-1]) if part[-1] == "*" else word == part for word in said)


WORD = st.sampled_from([*WORDS, *WORDS, "compost", SECRET])
PART = st.one_of(
    WORD,
    st.builds(lambda word, size: f"{word[:size]}*", st.sampled_from([*WORDS, "docno", SECRET]), st.integers(3, 5)),
    st.builds('"{} {}"'.format, WORD, WORD),
)
QUERY = st.builds(
    lambda drawn: Query(tuple((first, *rest) for first, rest in drawn)),
    st.lists(st.tuples(PART, st.lists(st.one_of(PART, PART.map("-{}".format)), max_size=2)), min_size=1, max_size=3),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_home(make_archive(tmp_path_factory.mktemp("rights") / "home"), TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.address, headers={"Authorization": f"Bearer {TOKEN}"}) as made:
        for name in DATASOURCES:
            config = {"name": name, "datasourceCategory": "PUBLISHED_CONTENT", "urlRegex": "https://.*"}
            assert post(made, "adddatasource", config) is None
        yield made


def post(client: httpx.Client, path: str, body: dict[str, Any], email: str = "") -> Any:
    """The answer; a path of the indexing API, or a whole one as somebody."""
    headers = {"X-Glean-ActAs": email} if email else {}
    answer = client.post(path if path.startswith("/") else f"/api/index/v1/{path}", json=body, headers=headers)
    assert answer.status_code in (200, 204), answer.text
    assert not email or '"score"' not in answer.text  # the owner's alone
    return answer.json() if answer.content else None


def push(client: httpx.Client, name: str, people: People, documents: list[dict[str, Any]]) -> None:
    page: dict[str, Any] = {"datasource": name, "uploadId": "u", "isFirstPage": True, "isLastPage": True}
    users = [{"email": email, "name": email, "isActive": active} for email, active in people.users.items()]
    all_of_them = page | {"disableStaleDataDeletionCheck": True}
    post(client, "bulkindexusers", all_of_them | {"users": users})
    post(client, "bulkindexgroups", all_of_them | {"groups": [{"name": group} for group in sorted(people.groups)]})
    for group in GROUPS:
        rows = [{"memberUserId": member} for of, member in sorted(people.members) if of == group]
        rows += [{"memberGroupName": member} for of, member in sorted(people.nested) if of == group]
        post(client, "bulkindexmemberships", page | {"group": group, "memberships": rows})
    post(client, "bulkindexdocuments", page | {"documents": documents, "disableStaleDocumentDeletionCheck": True})


def payloads(name: str, drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Documents, some of them moments of one recording; the last one is hidden and has a word of its own."""
    hidden = {"words": {*WORDS, SECRET}, "tag": "red", "moment": True, "permissions": {}}
    return [
        {
            "datasource": name,
            "objectType": "TranscriptSegment" if one["moment"] else "Article",
            "id": f"d{at}",
            "title": f"Document {at}",
            "viewURL": f"https://{name}.example.com/d{at}",
            "tags": [one["tag"]],
            "body": {"mimeType": "text/plain", "textContent": f"{' '.join(sorted(one['words']))} docno{name[0]}{at}"},
            "permissions": one["permissions"],
        }
        | ({"containerDatasourceId": "whole", "container": "A recording"} if one["moment"] else {})
        for at, one in enumerate([*drawn, hidden])
    ]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.tuples(PEOPLE, PEOPLE),
    drawn=st.tuples(st.lists(DOCUMENT, max_size=5), st.lists(DOCUMENT, max_size=5)),
    own=st.dictionaries(st.sampled_from(EMAILS), st.booleans()),
    queries=st.lists(QUERY, min_size=1, max_size=2),
)
def test_nothing_shows_that_may_not_be_seen(
    server: Served,
    client: httpx.Client,
    people: tuple[People, People],
    drawn: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    own: dict[str, bool],
    queries: list[Query],
) -> None:
    users = [{"email": email, "groups": ["support"] if support else []} for email, support in own.items()]
    (server.home / "identity.yaml").write_text(json.dumps({"users": users}))
    pushed = {name: payloads(name, documents) for name, documents in zip(DATASOURCES, drawn, strict=True)}
    for (name, documents), of in zip(pushed.items(), people, strict=True):
        push(client, name, of, documents)
    for email in EMAILS:
        seen = {
            f"{name}/{one['objectType']}/{one['id']}": one
            for (name, documents), of in zip(pushed.items(), people, strict=True)
            for one in documents
            if of.may_see(email, one["permissions"])
        }
        mine = {title for title, who in OWN.items() if email in own and (who == "everybody" or own[email])}
        for query in queries:
            found = {ident: one for ident, one in seen.items() if query.matches(one["body"]["textContent"])}
            titles = mine if query.matches("compost") else set()
            check_search(client, email, str(query), found, titles)
            check_plain_search(client, email, str(query), found, len(titles))
            check_counts(server, email, str(query), found, len(titles))
            check_summaries(client, email, str(query), pushed, seen)
        check_recommendations(client, email, pushed, seen, mine)
        check_the_rest(client, email, pushed, seen)


def recordings(found: dict[str, dict[str, Any]]) -> int:
    """How many recordings and documents of their own there are among them."""
    return len({(one["datasource"], one.get("containerDatasourceId", ident)) for ident, one in found.items()})


def check_search(
    client: httpx.Client, email: str, query: str, found: dict[str, dict[str, Any]], titles: set[str]
) -> None:
    body = {"query": query, "pageSize": 100, "requestOptions": {"facetBucketSize": 100}, "disableSpellcheck": True}
    answer = post(client, "/rest/api/v1/search", body, email)
    results = [one for result in answer["results"] for one in (result, *result.get("clusteredResults", ()))]
    foreign = [one for one in results if one["document"]["datasource"] in DATASOURCES]
    assert sorted(one["document"]["id"] for one in foreign) == sorted(found)
    assert {one["title"].partition(" (")[0] for one in results if one not in foreign} == titles
    assert SECRET not in without(query, answer)
    assert answer["resultTabs"] == [{"id": "all", "count": recordings(found) + len(titles)}]
    assert len(answer["results"]) == recordings(found) + len(titles)
    facets = {
        one["sourceName"]: {bucket["value"]["stringValue"]: bucket["count"] for bucket in one["buckets"]}
        for one in answer["facetResults"]
    }
    told = {name: count for name, count in facets.get("datasource", {}).items() if name in DATASOURCES}
    assert told == Counter(one["datasource"] for one in found.values())
    colours = {name: count for name, count in facets.get("tag", {}).items() if name in ("red", "blue")}
    assert colours == Counter(one["tags"][0] for one in found.values())


def without(query: str, answer: Any) -> str:
    """What an answer says beside the words of the query, which it may repeat."""
    said = json.dumps(answer)
    for word in re.findall(r"\w+", query):
        said = re.sub(rf"\b{word}\b", "", said)
    return said


def check_plain_search(
    client: httpx.Client, email: str, query: str, found: dict[str, dict[str, Any]], own: int
) -> None:
    answer = post(client, "/api/search", {"query": query, "page_size": 100}, email)
    foreign = [one for one in answer["results"] if one["datasource"] in DATASOURCES]
    assert SECRET not in without(query, answer)
    if found or own:  # else another spelling is searched
        assert {one["url"] for one in foreign} <= {one["viewURL"] for one in found.values()}
        assert (len(foreign), len(answer["results"])) == (recordings(found), recordings(found) + own)


def check_summaries(
    client: httpx.Client,
    email: str,
    query: str,
    pushed: dict[str, list[dict[str, Any]]],
    seen: dict[str, dict[str, Any]],
) -> None:
    """Of what may be seen extracts, and only of that; all else is as what there is not."""
    hidden = [ident for ident in idents(pushed) if ident not in seen] + ["alpaca/Article/none"]

    def told(named: Iterable[str]) -> Any:
        body = {"documentSpecs": [{"id": ident} for ident in named], "query": query, "preferredSummaryLength": 20_000}
        return post(client, "/rest/api/v1/summarize", body, email)

    if seen:
        said = set(told(seen)["summary"]["text"].split())
        assert {word for word in said if word.startswith("docno")} <= {docno(one) for one in seen.values()}
        assert SECRET not in said
    refused = told([*seen, *hidden])
    assert "summary" not in refused
    assert refused["error"]["message"].split("; ") == [f"{ident}: {UNKNOWN}" for ident in hidden]


def check_recommendations(
    client: httpx.Client,
    email: str,
    pushed: dict[str, list[dict[str, Any]]],
    seen: dict[str, dict[str, Any]],
    mine: set[str],
) -> None:
    for ident in idents(pushed):
        body = {"recommendationDocumentSpec": {"id": ident}, "pageSize": 100}
        if ident not in seen:
            answer = client.post("/rest/api/v1/recommendations", json=body, headers={"X-Glean-ActAs": email})
            assert (answer.status_code, SECRET in answer.text) == (403, False)
            continue
        answer = post(client, "/rest/api/v1/recommendations", body, email) or {"results": []}
        results = [one for result in answer["results"] for one in (result, *result.get("clusteredResults", ()))]
        for one in results:
            foreign = one["document"]["datasource"] in DATASOURCES
            assert one["document"]["id"] in seen if foreign else one["title"].partition(" (")[0] in mine
        assert SECRET not in json.dumps(answer)


def idents(pushed: dict[str, list[dict[str, Any]]]) -> list[str]:
    return [f"{name}/{one['objectType']}/{one['id']}" for name, documents in pushed.items() for one in documents]


def docno(document: dict[str, Any]) -> str:
    return str(document["body"]["textContent"].split()[-1])


def check_counts(server: Served, email: str, query: str, found: dict[str, dict[str, Any]], own: int) -> None:
    asker = server.service.asker(email)
    result = search(server.service.index(asker), SearchRequest(query, kind="all", limit=1000, asker=asker))
    foreign = [hit.id for hit in result.hits if hit.document.scope]
    assert sorted(foreign) == sorted(found) or not (found or own)  # where nothing is found another spelling is searched
    assert result.total == len(result.hits)
    assert SECRET not in (result.did_you_mean or "")


def check_the_rest(
    client: httpx.Client, email: str, pushed: dict[str, list[dict[str, Any]]], seen: dict[str, dict[str, Any]]
) -> None:
    everything = [one for documents in pushed.values() for one in documents]
    names = idents(pushed)
    specs = [{"id": ident} for ident in names] + [{"url": one["viewURL"]} for one in everything]
    told = post(client, "/rest/api/v1/getdocuments", {"documentSpecs": specs}, email)["documents"]
    assert {name for name in names if "error" not in told[name]} == set(seen)
    addresses = {one["viewURL"] for one in seen.values()}
    assert {one["viewURL"] for one in everything if "error" not in told[one["viewURL"]]} == addresses
    by_facets = post(
        client,
        "/rest/api/v1/getdocumentsbyfacets",
        {"filterSets": [{"filters": [{"fieldName": "tag", "values": [{"value": "red"}]}]}]},
        email,
    )
    red = sorted(ident for ident, one in seen.items() if one["tags"] == ["red"])
    assert sorted(one["id"] for one in by_facets["documents"]) == red
    completed = post(client, "/rest/api/v1/autocomplete", {"query": SECRET[:5], "resultSize": 50}, email)
    assert SECRET not in json.dumps(completed)
    said = {word for one in seen.values() for word in one["body"]["textContent"].split()}
    assert suggested(client, "docno", email) == {word for word in said if word.startswith("docno")}
    for query in (*(word[:4] for word in WORDS), "quartz ", "rhubarb s", "qaurtz", SECRET[:5], f"quartz {SECRET[:2]}"):
        assert suggested(client, query, email) & {*WORDS, SECRET} <= said | set(query.split())
    one = everything[0]
    asked = {"datasource": one["datasource"], "objectType": one["objectType"], "docId": one["id"], "userEmail": email}
    assert post(client, "checkdocumentaccess", asked) == {"hasAccess": names[0] in seen}


def suggested(client: httpx.Client, query: str, email: str) -> set[str]:
    """The words of what a query is completed to."""
    answer = client.get("/suggest", params={"q": query, "limit": 50}, headers={"X-Glean-ActAs": email}).json()
    assert SECRET not in (answer["did_you_mean"] or "")
    return {word for one in answer["suggestions"] for word in one["text"].split()}
