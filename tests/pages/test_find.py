"""The search page as a browser without script gets it: what is found and for whom, what can be chosen, and that nothing
a transcript says becomes more than text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connector.serve.tokens import new_token
from tests.pages.finding import EVIL, HIDDEN_SAMPLE, HTML, SAMPLE, demand_harmless, searched
from tests.serve.archive import ANN, BOB
from tests.serve.support import Served, serving_home
from tests.support import make_home

TOKEN = "administrator"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with searched(tmp_path_factory.mktemp("find") / "home", TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def tokens(server: Served) -> dict[str, str]:
    made = {email: new_token(server.service.settings.tokens_file, email) for email in (ANN, BOB)}
    return {"owner": TOKEN, **made}


class Reader:
    """Somebody with a browser."""

    def __init__(self, server: Served, token: str) -> None:
        self.http = httpx.Client(base_url=server.address, headers=HTML | {"Authorization": f"Bearer {token}"})

    def get(self, path: str, **query: str | list[str]) -> str:
        answer = self.http.get(path, params=query or None)
        assert answer.status_code == 200, answer.text
        return answer.text

    def titles(self, **query: str | list[str]) -> list[str]:
        return titles(self.get("/", **query))


@pytest.fixture
def owner(server: Served, tokens: dict[str, str]) -> Iterator[Reader]:
    reader = Reader(server, tokens["owner"])
    yield reader
    reader.http.close()


@pytest.fixture
def people(server: Served, tokens: dict[str, str]) -> Iterator[dict[str, Reader]]:
    made = {name: Reader(server, token) for name, token in tokens.items()}
    yield made
    for reader in made.values():
        reader.http.close()


def titles(page: str) -> list[str]:
    """Of the results, as a person reads them."""
    found = re.findall(r'<h2[^>]*>(?:<a class="title"[^>]*>)?<bdi>(.*?)</bdi>', page)
    return [html.unescape(title) for title in found]


def links(page: str, within: str = "") -> list[str]:
    part = page[page.index(within) :] if within else page
    return [html.unescape(to) for to in re.findall(r'href="([^"]*)"', part)]


def text(page: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]*>", "", page)).split())


class TestResults:
    def test_are_recordings_with_their_moments(self, owner: Reader) -> None:
        page = owner.get("/", q="compost heap shed", speaker="Jo Hill")
        assert titles(page) == ["Compost for everybody"]
        found = page[page.index('<ol class="list">') :]
        assert "The <mark>compost heap</mark> behind the <mark>shed</mark>" in found
        assert "Jo Hill" in text(found) and "2025-01-14" in text(found) and "garden" in text(found)
        assert re.search(
            r'href="/transcript/\w+\?t=1&amp;q=compost\+heap\+shed">0:01<', found
        )  # our page at that second
        assert "https://youtu.be/abc?t=1" in links(found)  # and the video at its host
        assert "in 1 recording" in text(page) and re.search(r"\d ms", page)

    def test_other_moments_are_beside_the_best(self, owner: Reader) -> None:
        page = owner.get("/", q="compost", collection="garden")
        assert text(page).count("3 moments in 1 recording") == 1
        assert len(re.findall(r'class="clock"', page)) == 3

    def test_counts_agree_where_the_title_has_the_word(self, owner: Reader) -> None:
        page = owner.get("/", q="compost", collection="garden")  # three of four moments say it, the title has it
        told = text(page)
        assert "Moments 3 " in told and "3 moments in 1 recording" in told and "Found by its title" not in told
        samples = text(owner.get("/", q="compost", tab="samples"))
        heading = re.search(r"(\d+) moments in \d+ recordings and (\d+) documents", text(owner.get("/", q="compost")))
        assert heading and f"Moments {int(heading[1]) + int(heading[2])} " in samples
        inside = text(owner.get(next(to for to in links(page) if to.startswith("/transcript/"))))
        assert "“compost” 3 times" in inside

    def test_what_only_a_title_has_is_found_and_said_so(self, owner: Reader) -> None:
        page = owner.get("/", q="everybody")
        told = text(page)
        assert titles(page) == ["Compost for everybody"] and "Moments 1 " in told and "1 moment in 1 recording" in told
        assert "Found by its title: nobody says it there" in told
        inside = text(owner.get(next(to for to in links(page) if to.startswith("/transcript/"))))
        assert "Nobody says that here: its title has it." in inside
        assert "Found by its title" not in owner.get("/", q="compost") + owner.get("/", q="walnut OR everybody")

    def test_documents_of_others_have_their_own_link_where_it_is_one(self, owner: Reader) -> None:
        page = owner.get("/", q="okapi")
        assert sorted(titles(page)) == ["Note a", "Note b"]
        assert "https://wiki.example.com/a" in links(page) and "Article · wiki" in text(page)
        assert "javascript" not in page

    def test_newest_first(self, owner: Reader) -> None:
        newest = owner.titles(q="compost OR part", sort="date")
        assert newest.index("Compost for everybody") < newest.index("Bread")

    def test_pages_go_on_without_repeating(self, owner: Reader) -> None:
        shown: list[str] = []
        page = owner.get("/", q="fullofpages OR part OR compost OR heap", sort="date")
        while True:
            shown += titles(page)
            more = [to for to in links(page) if "cursor=" in to]
            if not more:
                break
            page = owner.get(more[0])
            assert "Back to the first" in page
        assert len(shown) == len(set(shown)) > 4

    def test_a_page_that_is_no_page(self, owner: Reader) -> None:
        answer = owner.http.get("/", params={"q": "compost", "cursor": "nonsense"})
        assert answer.status_code == 400 and "cursor" in answer.text

    def test_another_spelling_is_said_and_can_be_refused(self, owner: Reader) -> None:
        page = owner.get("/", q="sourdogh")
        assert "Showing results for sourdough instead of “sourdogh”" in text(page)
        assert "No document has" not in page
        (exact,) = [to for to in links(page) if "exact=1" in to]
        plain = owner.get(exact)
        assert titles(plain) == [] and "Nothing found" in plain

    def test_hints_of_the_query(self, owner: Reader) -> None:
        assert "A bracket is opened and never closed" in owner.get("/", q="(compost")

    def test_the_glossary_tells_what_a_word_means(self, owner: Reader) -> None:
        page = owner.get("/", q="muck")
        assert "compost heap What rots in the garden" in text(page) and "Also called muck" in text(page)
        assert "Compost for everybody" in titles(page)
        assert "What rots" not in owner.get("/", q="sourdough")

    def test_nothing_found_teaches(self, owner: Reader) -> None:
        page = owner.get("/", q="xylophonist", speaker="Jo Hill")
        assert "Nothing found" in page and "Search without the filters" in page and "speaker:name" in page

    def test_what_is_in_doubt_is_marked(self, owner: Reader) -> None:
        assert "in doubt: held for review" in owner.get("/", q="rhubarb")
        assert "in doubt" not in owner.get("/", q="sourdough")


class TestFacets:
    def test_choose_and_let_go(self, owner: Reader) -> None:
        page = owner.get("/", q="compost", collection="garden")
        facets = page[page.index('id="filters"') :]
        assert "Rosa Luz" in text(facets)
        assert "January 2025" not in text(facets)  # as all of them are
        assert "January 2025" in owner.get("/", q="compost OR sourdough")
        (rosa,) = [to for to in links(facets) if parse_qs(urlsplit(to).query).get("speaker") == ["Rosa Luz"]]
        chosen = owner.get(rosa)
        assert "Take out Speaker: Rosa Luz" in text(chosen) and "2 moments in 1 recording" in text(chosen)
        (without,) = {
            to
            for to in links(chosen)
            if "speaker" not in to and "collection=garden" in to and "tab" not in to and "sort" not in to
        }
        assert "3 moments in 1 recording" in text(owner.get(without))

    def test_values_of_one_are_either_and_those_left_stay_to_be_chosen(self, owner: Reader) -> None:
        both = owner.get("/", q="compost", speaker=["Rosa Luz", "Jo Hill"])
        assert "3 moments in 1 recording" in text(both)
        one = owner.get("/", q="compost", speaker="Rosa Luz")
        assert "Jo Hill" in text(one[one.index('id="filters"') :])

    def test_without_words(self, owner: Reader) -> None:
        assert owner.titles(tag="soil") == ["Compost for everybody"]
        assert owner.titles(month="2024-06") == ["Bread"]

    @pytest.mark.parametrize("month", ["2024-99", "0000-00", "0000-01", "9999-12", "tomorrow", "-"])
    def test_a_month_that_is_none_is_passed_over(self, owner: Reader, month: str) -> None:
        page = owner.get("/", q="compost", month=month)
        assert titles(page) == owner.titles(q="compost") and "Chosen filters" not in page


class TestSamples:
    def test_are_never_among_what_was_said(self, owner: Reader) -> None:
        assert not any("Generated" in title for title in owner.titles(q="quagga OR compost"))
        page = owner.get("/", q="quagga")
        assert titles(page) == [] and "2 generated samples have it" in text(page)

    def test_are_marked_and_tell_their_sources(self, owner: Reader) -> None:
        page = owner.get("/", q="quagga", tab="samples")
        assert len(titles(page)) == 2
        assert "Nobody said this" in page and page.count("generated by the model") == 2
        assert any(re.fullmatch(r"/transcript/\w+\?t=1", to) for to in links(page))
        typed = owner.get("/", q="compost kind:sample")
        assert len(titles(typed)) == 2 and "Nobody said this" in typed
        out = links(typed, 'class="tabs"')[0]
        said = owner.get(out)
        assert out == "/?q=compost" and "Compost for everybody" in titles(said) and "Nobody said this" not in said

    def test_of_others_have_their_own_link(self, owner: Reader) -> None:
        assert owner.titles(q="numbat") == []
        page = owner.get("/", q="numbat", tab="samples")
        assert titles(page) == ["Note c"] and "https://wiki.example.com/c" in links(page) and "/sample/" not in page

    def test_the_page_of_one(self, owner: Reader) -> None:
        page = owner.get(f"/sample/{SAMPLE}")
        said = text(page)
        assert "Nobody said this" in said and "Prompt Beside the pond" in said
        assert "Seed 1337" in said and "Temperature 0.8" in said
        assert "Compost for everybody 0:01" in said and "1 moment is no longer here" in said
        assert EVIL not in page

    def test_a_source_in_doubt_is_marked(self, owner: Reader) -> None:
        for path in (f"/sample/{SAMPLE}", "/?q=quagga&tab=samples"):
            told = text(owner.get(path))
            assert "Compost for everybody 0:01 in doubt" not in told
            assert "gnp.exe 0:01 in doubt" in told

    def test_that_is_none(self, owner: Reader) -> None:
        assert owner.http.get("/sample/nothing").status_code == 404
        moment = re.search(r"/transcript/(\w+)", owner.get("/", q="sourdough"))
        assert moment and owner.http.get(f"/sample/{moment[1]}").status_code == 404


class TestWhoSeesWhat:
    def test_results(self, people: dict[str, Reader]) -> None:
        seen = {name: set(reader.titles(q="compost")) for name, reader in people.items()}
        assert "Compost for everybody" in seen[BOB] & seen[ANN]
        assert seen[ANN] - seen[BOB] == {"The golden spade"}
        assert len(seen["owner"] - seen[ANN]) == 1

    def test_facets_counts_and_tabs(self, people: dict[str, Reader]) -> None:
        shown = {name: reader.get("/", q="compost") for name, reader in people.items()}
        assert ["support" in text(page[page.index('id="filters"') :]) for page in shown.values()] == [True, True, False]
        assert ["hidden" in text(page[page.index('id="filters"') :]) for page in shown.values()] == [True, False, False]
        assert ["Generated samples 2" in text(page) for page in shown.values()] == [True, False, False]

    def test_other_spellings(self, people: dict[str, Reader]) -> None:
        told = {name: "zygomorphic" in text(reader.get("/", q="zygomorphc")) for name, reader in people.items()}
        assert told == {"owner": True, ANN: False, BOB: False}

    def test_the_first_page(self, people: dict[str, Reader]) -> None:
        pages = {name: text(reader.get("/")) for name, reader in people.items()}
        assert ["The golden spade" in page for page in pages.values()] == [True, True, False]
        assert ["zygomorphic" in page for page in pages.values()][1:] == [False, False]

    def test_samples(self, people: dict[str, Reader]) -> None:
        assert {name: len(reader.titles(q="quagga", tab="samples")) for name, reader in people.items()} == {
            "owner": 2,
            ANN: 1,
            BOB: 1,
        }
        codes = {name: reader.http.get(f"/sample/{HIDDEN_SAMPLE}").status_code for name, reader in people.items()}
        assert codes == {"owner": 200, ANN: 404, BOB: 404}


class TestHostile:
    @pytest.mark.parametrize(
        "path", ["/", "/?q=rhubarb", "/?q=compost+heap", "/?q=quagga&tab=samples", f"/sample/{SAMPLE}"]
    )
    def test_texts_titles_and_names_stay_text(self, owner: Reader, path: str) -> None:
        page = owner.get(path)
        demand_harmless(page)
        assert EVIL in text(page)

    @pytest.mark.parametrize(
        "query", [EVIL, '"><svg onload=alert(1)>', "' onfocus=alert(1) x='", "\u202e\x00\x1b[31m", "%00"]
    )
    def test_queries_stay_text(self, owner: Reader, query: str) -> None:
        for name in ("q", "speaker", "tag", "language"):
            demand_harmless(owner.get("/", **{"q": "compost", name: query}))

    def test_values_beyond_number_and_length(self, owner: Reader) -> None:
        assert owner.http.get("/", params={"tag": [f"t{n}" for n in range(500)]}).status_code == 200
        assert "only its first 1,000" in owner.get("/", q="compost " * 240)

    def test_all_links_lead_here_or_to_the_web(self, owner: Reader) -> None:
        for query in ("rhubarb", "okapi", "compost"):
            for to in links(owner.get("/", q=query)):
                assert to.startswith(("/", "#", "https://", "http://")) and not to.startswith("//"), to


class TestTheFirstPage:
    def test_shows_what_can_be_typed_with_what_there_is(self, owner: Reader) -> None:
        page = owner.get("/")
        assert "Compost for everybody" in page and "2025-01-14" in page
        examples = [to for to in links(page, "What you can type") if to.startswith("/?q=")]
        assert len(examples) >= 6
        for example in examples:
            assert titles(owner.get(example)), example

    def test_a_query_without_words(self, owner: Reader) -> None:
        assert "There is no word in “…!”" in text(owner.get("/", q="…!"))

    def test_nothing_here_yet(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        with serving_home(make_home(tmp_path_factory.mktemp("empty") / "home"), TOKEN) as empty:
            token = new_token(empty.service.settings.tokens_file, BOB)
            page, found = (self.shown(empty, TOKEN, path) for path in ("/", "/?q=anything"))
            assert "drop a transcript" in page and str(empty.service.settings.inbox) in page
            assert "/sources" in links(page) and "Nothing found" in found
            other = self.shown(empty, token, "/")
            assert "Nothing here yet that you may see" in other and str(empty.service.settings.inbox) not in other

    @staticmethod
    def shown(served: Served, token: str, path: str) -> str:
        return httpx.get(f"{served.address}{path}", headers=HTML | {"Authorization": f"Bearer {token}"}).text
