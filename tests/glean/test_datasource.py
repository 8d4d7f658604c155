"""The datasource's configuration: whole for the official client, strict for us, and true of every document."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from glean.api_client import models
from hypothesis import given
from hypothesis import strategies as st

from connector.config import GleanSettings, Settings
from connector.glean.datasource import MOST_ORIGINS, datasource_config, url_regex
from connector.glean.datasource_shape import DATASOURCE
from connector.glean.rules import broken

URLS = ["https://www.youtube.com/watch?v=a&t=3", "https://talks.example.com:8443/a.b/(c)?t=1#t=1", "http://[::1]:8/x"]


def config(**glean: Any) -> dict[str, Any]:
    return datasource_config(Settings(glean=GleanSettings(**glean)), URLS)


def wrong(value: Any) -> list[str]:
    return list(map(str, broken(value, DATASOURCE, "datasource")))


@pytest.mark.parametrize(
    "glean", [{}, {"test": True, "icon": "https://x.example/i.svg", "object_types": ["Transcript"]}]
)
def test_the_official_client_gives_it_back_and_our_check_takes_it(glean: dict[str, Any]) -> None:
    made = config(**glean)
    client = models.CustomDatasourceConfig.model_validate(made)
    assert json.loads(client.model_dump_json(by_alias=True, exclude_unset=True)) == made
    assert wrong(made) == []
    assert made["isTestDatasource"] is glean.get("test", False)


def test_it_defines_what_leaves_and_what_that_lies_in() -> None:
    def names(*kinds: str) -> list[str]:
        return [one["name"] for one in config(object_types=list(kinds))["objectDefinitions"]]

    assert names("TranscriptSegment") == ["Transcript", "TranscriptSegment"]
    assert names("TranscriptSample") == ["TranscriptSample"]


def test_a_home_that_only_this_machine_knows_is_none() -> None:
    assert "homeUrl" not in config()
    settings = Settings(public_url="https://talks.example.com")
    assert datasource_config(settings, [])["homeUrl"] == "https://talks.example.com"


def test_the_pattern_names_the_hosts_and_no_others() -> None:
    pattern = re.compile(url_regex(URLS))
    assert all(pattern.fullmatch(url) for url in [*URLS, "https://www.youtube.com", "http://[::1]:8?t=3"])
    others = [
        "https://www.youtube.com.evil.example/",
        "https://wwwXyoutube.com/",
        "http://www.youtube.com/watch",
        "x " + URLS[0],
    ]
    assert not any(pattern.match(url) for url in others)
    assert re.match(url_regex(f"https://{n}.example/" for n in range(MOST_ORIGINS + 1)), "https://9.example/")


def test_only_hosts_that_documents_link_to_are_named() -> None:
    made = datasource_config(Settings(), ["https://v.example.com/1"])
    assert made["urlRegex"] == r"^(?:https://v\.example\.com)(?:[/?#].*)?$"
    none_yet = datasource_config(Settings(), [])
    assert re.match(none_yet["urlRegex"], Settings().public_url)


@given(st.lists(st.from_regex(r"https?://[a-zA-Z0-9.\-\[\]()+*|^$]{1,20}(/[!-~]{0,9})?", fullmatch=True), max_size=5))
def test_every_link_it_was_made_of_matches(urls: list[str]) -> None:
    assert all(re.fullmatch(url_regex(urls), url) for url in urls)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "my talks"}, "name: must be letters and digits"),
        ({"datasourceCategory": "UNCATEGORIZED"}, "datasourceCategory: must be one of"),
        ({"datasourceCategory": "PUBLISHED"}, "did you mean PUBLISHED_CONTENT?"),
        ({"urlRegex": "("}, "urlRegex: is no regular expression"),
        ({"displayname": "x"}, "displayname: Glean knows no such field; did you mean `displayName`?"),
        ({"isTestDatasource": "yes"}, "isTestDatasource: must be true or false"),
        ({"objectDefinitions": []}, "objectDefinitions: must be a list and not empty"),
        ({"quicklinks": [{"iconConfig": {"iconType": "BLOB"}}]}, "quicklinks[0].iconConfig.iconType: must be one of"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], told: str) -> None:
    (found,) = wrong(config() | change)
    assert told in found


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"propertyType": "INT", "hideUiFacet": False}, "hideUiFacet: must be true: Glean makes no facet of an INT"),
        ({"propertyType": "FLOAT"}, "propertyType: must be one of"),
        ({"group": "nowhere"}, "group: there is no property group `nowhere`"),
        ({"name": "language"}, "propertyDefinitions[2].name: the property `language` is there already"),
        ({"uiFacetOrder": 1}, "objectDefinitions: uiFacetOrder must count the shown facets from 1"),
    ],
)
def test_properties_too(change: dict[str, Any], told: str) -> None:
    made = json.loads(json.dumps(config()))
    made["objectDefinitions"][0]["propertyDefinitions"][0] |= change
    (found,) = wrong(made)
    assert told in found


def test_the_url_pattern_is_needed() -> None:
    made = {key: value for key, value in config().items() if key != "urlRegex"}
    assert wrong(made) == ["urlRegex: is missing"]
    assert wrong(made | {"isEntityDatasource": True}) == []
