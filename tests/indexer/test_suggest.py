"""Suggestions: what completes a query, in which order, and that all of it is of what the asker may see."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from indexer import Asker, Document, following, own, spelling
from indexer.begun import Typed, read
from indexer.completion import Completions
from indexer.following import Ending
from indexer.leaf import Leaf
from indexer.plan import Scope
from indexer.query import MAX_NEAR, Keyed
from indexer.rows import Text
from indexer.spelling import Meant
from indexer.store import Index
from indexer.suggest import Suggestions, ranked, suggest
from indexer.text import key, words
from tests.indexer.support import OPEN, recording, sample, segment, transcript

HIDDEN: dict[str, Any] = {"permissions": {"allowAllDatasourceUsersAccess": False}}
EVERYBODY: dict[str, Any] = {"allowAnonymousAccess": True}
STAFF: dict[str, Any] = {"permissions": {"allowedGroups": ["staff"]}}
ANN, BOB = Asker("ann@example.com", frozenset({"staff"})), Asker("bob@example.com")
HEADS = (
    "The attention mask hides the padding.", "An attention mask is a tensor.", "Every attention mask has ones.",
    "The attention mechanism. Machines follow.", "Attention makes the difference, and the attention mask too.",
    "We'll pay attention, maybe. Kafka and Müller say more about machines.", "More of the same is more.",
)  # fmt: skip


def talk(group: str, title: str, access: dict[str, Any], *said: str, **more: Any) -> tuple[str, list[Document]]:
    segments = [segment(group, at, text, title=title, **access, **more) for at, text in enumerate(said)]
    return group, [transcript(group, title=title, **access), *segments]


@pytest.fixture
def filled(index: Index) -> Index:
    index.write(
        [
            recording("t1", *HEADS),
            talk("t2", "Gold", STAFF, "the molten gold is mixed", "molten gold again", "gold medal"),
            talk("t3", "Zoo", HIDDEN, "attention marsupials", "attention marsupials", speaker="Zaphod"),
            ("s1", [sample("s1", 1, "attention mumble, attention mumble and attentive mumbling")]),
        ],
        1,
    )
    return index


def texts(found: Suggestions, kind: str = "") -> list[str]:
    return [one.text for one in found.suggestions if kind in ("", one.kind)]


class TestWhatIsTyped:
    @pytest.mark.parametrize(
        ("query", "asked"),
        [
            ("att", Typed("", "att")),
            ("Attention M", Typed("Attention ", "m", ("attention",))),
            ("attention ", Typed("attention ", "", ("attention",))),
            ('"attention m', Typed('"attention ', "m", ("attention",), False)),
            ("speaker:ann att", Typed("speaker:ann ", "att", (), False)),
            ('speaker:"Ann Lee" gas l', Typed('speaker:"Ann Lee" gas ', "l", ("gas",), False)),
            ("gas -li", Typed("gas -li", whole=False)),
            ("rye OR gas l", Typed("rye OR gas ", "l", ("gas",), False)),
            ("rye after:2025", Typed("rye after:2025", whole=False)),
            ("gas speaker:an", Typed("gas ", name="an", whole=False)),
            ('speaker:"ann le', Typed("", name="ann le", whole=False)),
            ("speaker:ann le", Typed("speaker:ann ", "le", (), False)),
            ("3:15 pm", Typed("3:15 ", "pm", ("3", "15"))),
            ("東京", Typed("東京", context=("東", "京"))),
            ("", Typed("")),
            ("…", Typed("…")),
        ],
    )
    def test_is_read(self, query: str, asked: Typed) -> None:
        assert read(query) == asked

    @given(st.text(max_size=30))
    def test_anything_is(self, query: str) -> None:
        asked = read(query)
        assert query.startswith(asked.before)

    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.text(st.sampled_from('attention mask":-() *~東\ud800é\n'), max_size=12) | st.text(max_size=8))
    def test_anything_is_answered(self, filled: Index, query: str) -> None:
        for asker in (None, BOB):
            found = suggest(filled, query, asker, 5)
            assert len(found.suggestions) <= 5 and found.query == query
            assert all(0 <= one.score <= 1 and one.text.strip() for one in found.suggestions)


class TestWords:
    def test_are_completed_by_how_often_they_are_said(self, filled: Index) -> None:
        assert texts(suggest(filled, "atten", None, 10), "word") == ["attention"]
        assert texts(suggest(filled, "mo", BOB, 10), "word") == ["more"]
        assert set(texts(suggest(filled, "mo", ANN, 10), "word")) == {"molten", "more"}

    def test_as_they_are_written(self, filled: Index) -> None:
        assert texts(suggest(filled, "kaf", None, 10)) == ["Kafka"]
        assert texts(suggest(filled, "mull", None, 10)) == ["Müller"]
        assert texts(suggest(filled, "the MULL", None, 10)) == ["the Müller"]

    def test_alone_only_from_two_letters(self, filled: Index) -> None:
        assert texts(suggest(filled, "a", None, 10), "word") == []
        assert "attention mask" in texts(suggest(filled, "attention m", None, 10))

    def test_the_rest_of_another_is_none(self, filled: Index) -> None:
        assert texts(suggest(filled, "pay l", None, 10)) == []

    def test_nor_is_what_has_another_as_its_rest(self, filled: Index) -> None:
        talks = ["We shouldn't stop.", "We think we shouldn’t. We SHOULDN'T!", "We should go, we cannot and can't."]
        filled.write([talk("t4", "Debate", OPEN, *talks)], 2)
        assert texts(suggest(filled, "shoul", BOB, 10)) == ["should"]
        assert texts(suggest(filled, "think we shou", BOB, 10)) == ["think we should"]
        assert texts(suggest(filled, "we should", BOB, 10)) == []
        assert texts(suggest(filled, "and ca", BOB, 10)) == ["and cannot"]

    def test_nobody_said_what_the_model_wrote(self, filled: Index) -> None:
        assert texts(suggest(filled, "mumb", None, 10)) == []
        assert texts(suggest(filled, "attenti", None, 10), "word") == ["attention"]

    def test_of_deleted_documents_are_gone_at_once(self, filled: Index) -> None:
        filled.write([("t2", [])], 2)
        assert texts(suggest(filled, "molt", None, 10)) == texts(suggest(filled, "gold meda", None, 10)) == []


class TestContinuations:
    def test_are_what_is_said_after_the_words_before(self, filled: Index) -> None:
        found = suggest(filled, "attention m", BOB, 10)
        assert texts(found)[0] == "attention mask" and found.suggestions[0].kind == "continuation"
        assert texts(found, "continuation") == ["attention mask", "attention makes", "attention mechanism"]
        assert set(texts(found, "word")) == {"attention more", "attention maybe", "attention machines",
                                                    "attention Müller"}  # fmt: skip

    def test_of_the_next_word(self, filled: Index) -> None:
        assert texts(suggest(filled, "the attention ", BOB, 10)) == [
            "the attention mask", "the attention mechanism",
        ]  # fmt: skip
        assert texts(suggest(filled, "zebra ", BOB, 10)) == []

    def test_of_several_words(self, filled: Index) -> None:
        assert "attention mask" in texts(suggest(filled, "att", BOB, 10), "continuation")
        assert "molten gold" in texts(suggest(filled, "molt", ANN, 10), "continuation")
        assert "attention marsupials" in texts(suggest(filled, "att", None, 10), "continuation")

    def test_end_with_no_word_that_is_everywhere(self, filled: Index) -> None:
        said = ["we see gas is cheap and gas in tanks", "gas to the tank", "gas tanks", "gas is cheap", "we we"]
        filler = ["we go to and is in this"] * 30
        filled.write([talk("t4", "Fuel", OPEN, *said, *filler)], 2)
        assert texts(suggest(filled, "gas ", BOB, 10)) == ["gas tanks", "gas is cheap"]
        assert texts(suggest(filled, "gas i", BOB, 10)) == ["gas is cheap"]
        assert texts(suggest(filled, "we w", BOB, 10)) == []

    def test_end_with_the_sentence(self, filled: Index) -> None:
        assert "the attention mechanism" in texts(suggest(filled, "the attention m", BOB, 10))
        assert texts(suggest(filled, "mechanism ", BOB, 10)) == []


class TestNames:
    def test_speakers_and_titles(self, filled: Index) -> None:
        (name,) = [one for one in suggest(filled, "maie", BOB, 10).suggestions if one.kind == "speaker"]
        assert (name.text, name.query) == ("Anna Maier", 'speaker:"Anna Maier"')
        (title,) = [one for one in suggest(filled, "bud", BOB, 10).suggestions if one.kind == "title"]
        assert title.to_json() | {"score": 0} == {
            "text": "Budget review", "kind": "title", "told": "recording", "query": 'title:"Budget review"',
            "score": 0, "id": "t1", "url": "https://v.example/t1",
        }  # fmt: skip

    def test_a_title_in_doubt_says_so(self, filled: Index) -> None:
        filled.write([("t9", [transcript("t9", title="Budget muddle", status="held"), segment("t9", 0, "so")])], 2)
        told = [one.to_json() for one in suggest(filled, "bud", BOB, 10).suggestions if one.kind == "title"]
        assert {one["text"]: one.get("held") for one in told} == {"Budget review": None, "Budget muddle": True}
        words = {one["text"]: one["told"] for one in told}
        assert words == {"Budget review": "recording", "Budget muddle": "recording, in doubt"}

    def test_of_a_speaker_that_is_asked_for(self, filled: Index) -> None:
        found = suggest(filled, "mask speaker:ann", BOB, 10)
        assert [(one.kind, one.query) for one in found.suggestions] == [("speaker", 'mask speaker:"Anna Maier"')]
        assert not suggest(filled, "speaker:zap", BOB, 10).suggestions
        assert texts(suggest(filled, "speaker:zap", None, 10)) == ["Zaphod"]


class TestDidYouMean:
    @pytest.mark.parametrize(
        ("query", "meant"),
        [
            ("attnet", "attention"), ("atention", "attention"), ("attentoin m", "attention m"), ("mechanis", None),
            ("attention m", None), ("qqqqqq", None), ("marsupails", None), ("attention marsupiasl", None), ("", None),
            ("moltem", "molten"), ("tag:attentoin attentoin m", "tag:attentoin attention m"),
        ],
    )  # fmt: skip
    def test_of_a_word_and_of_its_beginning(self, filled: Index, query: str, meant: str | None) -> None:
        found = suggest(filled, query, ANN, 10)
        assert found.did_you_mean == meant
        if meant:
            assert all(one.text.startswith(meant.split()[0]) for one in found.suggestions if one.kind != "title")

    def test_of_very_many_words_only_the_first_are_looked_up(
        self, filled: Index, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked_up: list[str] = []
        monkeypatch.setattr(spelling, "_meant", lambda _, word: looked_up.append(word) or Meant(word, (("mask",),)))
        unknown = [f"qu{chr(97 + at)}x" for at in range(MAX_NEAR + 4)]
        meant = suggest(filled, " ".join([*unknown, "attention "]), ANN, 10).did_you_mean
        assert looked_up == unknown[:MAX_NEAR]
        assert meant == " ".join([*["mask"] * MAX_NEAR, *unknown[MAX_NEAR:], "attention "])

    def test_of_what_may_be_seen(self, filled: Index) -> None:
        assert suggest(filled, "marsupails", None, 10).did_you_mean == "marsupials"
        assert suggest(filled, "moltem", BOB, 10).did_you_mean is None

    @pytest.mark.parametrize("asker", [None, ANN, BOB])
    @pytest.mark.parametrize("query", ["mumbel", "mubm", "mumbel attention m", "mumble", "mumbel "])
    def test_of_what_somebody_said_and_no_model_wrote(self, filled: Index, asker: Asker | None, query: str) -> None:
        assert suggest(filled, query, asker, 10).did_you_mean is None

    def test_of_nothing_that_is_said_elsewhere_alone(self, filled: Index) -> None:
        assert suggest(filled, "moltem", ANN, 10, None, [Keyed("speaker", (key("Nobody"),))]).did_you_mean is None


def ending(text: str, said: int, follows: int = 0) -> Ending:
    return Ending(tuple(words(text)), text, said, follows)


class TestRanking:
    SOME = Completions("we ", "", True, (ending("use", 5, 2), ending("see", 5, 2), ending("are", 50, 2)), 6, 100)

    def test_what_the_network_expects_comes_first(self) -> None:
        def expect(asked: Sequence[str]) -> list[float]:
            assert all(text.startswith("we ") and text.endswith(" ") for text in asked)
            return [-1.0 if "see" in text else -9.0 for text in asked]

        assert [one.text for one in ranked(self.SOME, 3)] == ["we are", "we see", "we use"]
        assert [one.text for one in ranked(self.SOME, 3, expect)] == ["we see", "we are", "we use"]
        assert {one.text for one in ranked(self.SOME, 3, expect)} == {one.text for one in ranked(self.SOME, 3)}

    def test_what_stands_there_for_the_network_alone_says_so(self) -> None:
        unsaid = Completions("we ", "", True, (ending("use", 5), ending("see", 5, 1), ending("are", 50)), 1, 100)
        told = {
            one.text: one.kind for one in ranked(unsaid, 3, lambda asked: [-1.0 if "use" in t else -9.0 for t in asked])
        }
        assert told == {"we use": "expected", "we see": "continuation", "we are": "word"}
        assert {one.kind for one in ranked(unsaid, 3)} == {"word", "continuation"}

    def test_words_that_nobody_said_there_only_where_little_was(self) -> None:
        def told(follows: int) -> list[str]:
            endings = (ending("use", 5, follows), ending("see", 5))
            return [one.text for one in ranked(Completions("we ", "", True, endings, 6, 100), 3)]

        assert sorted(told(9)) == ["we see", "we use"] and told(10) == ["we use"]

    def test_a_network_that_knows_nothing_changes_nothing(self) -> None:
        for told in (-5.0, float("-inf"), float("nan")):
            found = ranked(self.SOME, 3, lambda asked, told=told: [told] * len(asked))
            assert [one.text for one in found] == ["we are", "we see", "we use"]

    def test_it_is_not_asked_about_a_word_alone(self) -> None:
        def expect(_: Sequence[str]) -> list[float]:
            raise AssertionError

        alone = Completions("", "us", False, (ending("use", 5), ending("us", 5)), 0, 100)
        assert [one.text for one in ranked(alone, 3, expect)] == ["use"]

    def test_each_kind_has_a_place(self) -> None:
        title = transcript("t1")
        many = Completions("", "an", False, tuple(ending(f"an{at}", 90) for at in range(9)), 0, 1000, (("Ann", 1),),
                           ((title, 1),))  # fmt: skip
        found = ranked(many, 4)
        assert [one.kind for one in found] == ["word", "word", "speaker", "title"]
        assert [one.kind for one in ranked(many, 2)] == ["word", "speaker"]
        assert all(0 <= one.score <= 1 for one in ranked(many, 100))


def test_who_sees_little_waits_for_nothing_that_is_hidden(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """No list of a word that only others said is read; and what is told is the same as by the lists."""
    hidden = [" ".join(f"th{chr(97 + at)}{chr(97 + more)}" for more in range(26)) for at in range(26)]
    index.write([recording("t1", *HEADS), talk("t3", "Zoo", HIDDEN, *hidden)], 1)
    read: list[str] = []
    place = Leaf._place

    def noted(leaf: Leaf, name: str, term: str) -> tuple[int, int] | None:
        read.append(term)
        return place(leaf, name, term)

    monkeypatch.setattr(Leaf, "_place", noted)
    queries = ("th", "attention m", "the ", "mor", "more t", "thq", "teh m")
    asked = [(one, filters) for one in queries for filters in ((), (Keyed("speaker", (key("Anna Maier"),)),))]
    told = [suggest(index, query, BOB, 10, None, filters).to_json() for query, filters in asked]
    assert told[0]["suggestions"] and not [term for term in read if term.startswith("th") and term[2:] != "e"]
    monkeypatch.setattr(own, "READ", 0)
    assert [suggest(index, query, BOB, 10, None, filters).to_json() for query, filters in asked] == told
    assert [term for term in read if term.startswith("th") and term[2:] != "e"], "by the lists they are looked through"
    monkeypatch.setattr(following, "LISTS", 3)
    monkeypatch.setattr(spelling, "_LOOKED", 3)
    index.write([("t9", [])], 2)  # what was read before is known no more
    read.clear()
    for query in ("tha", "thq", "the"):
        suggest(index, query, BOB, 10)
    assert len({term for term in read if term.startswith("th")}) <= 12, "and of very many only so many are"


def test_long_documents_are_not_read_through_and_the_words_of_others_once(
    filled: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled.reading() as view:
        assert Scope(view, BOB).own is not None
        monkeypatch.setattr(own, "WORDS", 20)
        assert Scope(view, BOB).own is None
    read: list[int] = []

    class Noted(Text):
        def __init__(self, text: str, most: int) -> None:
            super().__init__(text, most)
            read.append(len(self.text))

    monkeypatch.setattr(following, "Text", Noted)
    monkeypatch.setattr(following, "CHARACTERS", 100)
    filled.write([talk("t9", "Zebras", OPEN, "the attention marmots " * 10)], 2)
    for _ in range(2):
        assert "attention marmots" in texts(suggest(filled, "attention mar", None, 10))
    assert "the attentio" not in texts(suggest(filled, "the attent", None, 10))  # which is cut there
    assert max(read) == 100 and len(read) <= len(HEADS) + 5


WORDS = ("quartz", "quarry", "quail", "quiet", "quote", "quince")
SPOKEN = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
ACCESS = st.sampled_from([OPEN, EVERYBODY, {"allowedGroups": ["staff"]}, {"allowedUsers": [{"email": BOB.email}]}, {}])
# A word that a person sees in a title alone, and hidden words have, too.
IN_TITLE_ALONE: list[dict[str, Any]] = [
    {"texts": [("quiet", False)], "title": "Quartz and quarry", "speaker": "Quentin Quail", "permissions": OPEN},
    {"texts": [("quote", False)], "title": "Quiet talk", "speaker": "Quora Quince", "permissions": EVERYBODY},
]
TALK = st.fixed_dictionaries(
    {
        "texts": st.lists(st.tuples(SPOKEN, st.booleans()), min_size=1, max_size=4),
        "title": st.sampled_from(["Quartz and quarry", "Quiet talk", "Quoted"]),
        "speaker": st.sampled_from(["Quentin Quail", "Quora Quince"]),
        "permissions": ACCESS,
    }
)


def made(number: int, talk: dict[str, Any]) -> tuple[str, list[Document]]:
    """A recording, some of whose texts a model wrote."""
    group, more = f"t{number}", {name: talk[name] for name in ("title", "permissions")}
    documents = [transcript(group, **more)]
    for at, (text, generated) in enumerate(talk["texts"]):
        documents.append(
            sample(group, at, f"generated{text}", permissions=talk["permissions"])
            if generated
            else segment(group, at, text, speaker=talk["speaker"], **more)
        )
    return group, documents


@settings(max_examples=40, deadline=None)
@example(IN_TITLE_ALONE, "qua", Asker("eve@example.com", member=False))
@given(
    talks=st.lists(TALK, min_size=1, max_size=6),
    query=st.sampled_from(
        ["qu", "qua", "quartz q", "quiet ", "quarry quart", "quratz", "q", "quail quartz q", "speaker:q"]
    ),
    asker=st.sampled_from([ANN, BOB, Asker("eve@example.com", member=False)]),
)
def test_nothing_hidden_shows(talks: list[dict[str, Any]], query: str, asker: Asker) -> None:
    """All that is suggested, its order and its numbers are what they would be were nothing else there."""
    groups = [made(number, talk) for number, talk in enumerate(talks)]
    seen = [(group, documents) for group, documents in groups if _may_see(asker, documents[0])]
    said = [one.text.lower() for _, documents in seen for one in documents if one.kind == "segment"]
    with (
        tempfile.TemporaryDirectory() as folder,
        Index.create(Path(folder) / "all", "f", groups) as everything,
        Index.create(Path(folder) / "seen", "f", seen) as alone,
    ):
        found, expected = (suggest(one, query, asker, 30) for one in (everything, alone))
    assert found.to_json() == expected.to_json()
    for one in found.suggestions:
        if one.kind == "continuation" and not found.did_you_mean:
            assert any(" ".join(one.text.split()[-2:]) in text for text in said), (one, said)
        if one.kind == "word":
            assert any(one.text.split()[-1].lower() in text.split() for text in said)


def _may_see(asker: Asker, document: Document) -> bool:
    return not document.access.isdisjoint(asker.tokens())
