"""What Glean takes as a datasource's configuration: CustomDatasourceConfig of its OpenAPI specification, and its words.

A number is no facet, orders of facets count from 1, groups of properties are there, names stand once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connector.glean.rules import (
    Broken,
    ListOf,
    Shape,
    any_text,
    flag,
    name,
    objects,
    one_of,
    picture,
    regex,
    text,
    twice,
    url,
    whole,
)

Payload = dict[str, Any]

CATEGORIES = (
    "TICKETS", "CRM", "PUBLISHED_CONTENT", "COLLABORATIVE_CONTENT", "QUESTION_ANSWER", "MESSAGING", "CODE_REPOSITORY",
    "CHANGE_MANAGEMENT", "PEOPLE", "EMAIL", "SSO", "ATS", "KNOWLEDGE_HUB", "EXTERNAL_SHORTCUT", "ENTITY", "CALENDAR",
    "AGENTS", "AI_CONVERSATION", "AI_ARTIFACT",
)  # fmt: skip  # UNCATEGORIZED is in the specification and refused
CONNECTORS = (
    "API_CRAWL", "BROWSER_CRAWL", "BROWSER_HISTORY", "BUILTIN", "FEDERATED_SEARCH", "PUSH_API", "WEB_CRAWL",
    "NATIVE_HISTORY",
)  # fmt: skip
ICONS = (
    "COLLECTION", "CUSTOM", "DATASOURCE", "DATASOURCE_INSTANCE", "FAVICON", "FILE_TYPE", "GENERATED_BACKGROUND",
    "GLYPH", "MIME_TYPE", "NO_ICON", "PERSON", "REACTIONS", "URL",
)  # fmt: skip


def _no_facet_of_a_number(item: Payload) -> Iterator[Broken]:
    if item.get("propertyType") == "INT" and item.get("hideUiFacet") is not True:
        yield Broken("hideUiFacet", "must be true: Glean makes no facet of an INT")


def _object_whole(definition: Payload) -> Iterator[Broken]:
    groups = [item.get("name") for item in objects(definition, "propertyGroups")]
    yield from twice(((f"propertyGroups[{at}].name", one) for at, one in enumerate(groups)), "the group")
    properties = objects(definition, "propertyDefinitions")
    named = ((f"propertyDefinitions[{at}].name", item.get("name")) for at, item in enumerate(properties))
    yield from twice(named, "the property")
    for at, item in enumerate(properties):
        if "group" in item and item["group"] not in groups:
            yield Broken(f"propertyDefinitions[{at}].group", f"there is no property group `{item['group']}`")


def _datasource_whole(config: Payload) -> Iterator[Broken]:
    if "urlRegex" not in config and config.get("isEntityDatasource") is not True:
        yield Broken("urlRegex", "is missing")
    definitions = objects(config, "objectDefinitions")
    names = ((f"objectDefinitions[{at}].name", item.get("name")) for at, item in enumerate(definitions))
    yield from twice(names, "the object type")
    facets = [
        item for one in definitions for item in objects(one, "propertyDefinitions") if not item.get("hideUiFacet")
    ]
    orders = [item["uiFacetOrder"] for item in facets if "uiFacetOrder" in item]
    if orders and sorted(map(str, orders)) != sorted(map(str, range(1, len(facets) + 1))):
        yield Broken("objectDefinitions", "uiFacetOrder must count the shown facets from 1, each once, or be nowhere")


_REWRITTEN = ListOf(Shape(matchRegex=regex, rewriteRegex=any_text))
_PROPERTY = Shape(
    ("name", "propertyType"),
    _no_facet_of_a_number,
    name=name,
    displayLabel=text,
    displayLabelPlural=text,
    propertyType=one_of("TEXT", "DATE", "INT", "USERID", "PICKLIST", "TEXTLIST"),
    uiOptions=one_of("NONE", "SEARCH_RESULT", "DOC_HOVERCARD"),
    hideUiFacet=flag,
    uiFacetOrder=whole,
    skipIndexing=flag,
    group=text,
)
DATASOURCE = Shape(
    ("name", "displayName", "datasourceCategory", "objectDefinitions"),
    _datasource_whole,
    name=name,
    displayName=text,
    datasourceCategory=one_of(*CATEGORIES),
    urlRegex=regex,
    iconUrl=picture,
    iconDarkUrl=picture,
    objectDefinitions=ListOf(
        Shape(
            ("name", "docCategory"),
            _object_whole,
            name=name,
            displayLabel=text,
            docCategory=one_of(*CATEGORIES),
            propertyDefinitions=ListOf(_PROPERTY),
            propertyGroups=ListOf(Shape(("name",), name=text, displayLabel=text)),
            summarizable=flag,
        ),
        least=1,
    ),
    suggestionText=text,
    homeUrl=url,
    crawlerSeedUrls=ListOf(url),
    hideBuiltInFacets=ListOf(one_of("TYPE", "TAG", "AUTHOR", "OWNER")),
    canonicalizingURLRegex=_REWRITTEN,
    canonicalizingTitleRegex=_REWRITTEN,
    redlistTitleRegex=regex,
    connectorType=one_of(*CONNECTORS),
    quicklinks=ListOf(
        Shape(
            name=text,
            shortName=text,
            url=url,
            id=text,
            scopes=ListOf(text),
            iconConfig=Shape(
                generatedBackgroundColorKey=text,
                backgroundColor=text,
                color=text,
                key=text,
                iconType=one_of(*ICONS),
                masked=flag,
                name=text,
                url=picture,
            ),
        )
    ),
    renderConfigPreset=text,
    aliases=ListOf(text),
    isOnPrem=flag,
    trustUrlRegexForViewActivity=flag,
    includeUtmSource=flag,
    stripFragmentInCanonicalUrl=flag,
    identityDatasourceName=name,
    productAccessGroup=text,
    isUserReferencedByEmail=flag,
    isEntityDatasource=flag,
    isTestDatasource=flag,
)
