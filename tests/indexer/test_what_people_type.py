"""What people type without a thought of syntax: forms, slips, numbers, acronyms, code words, some of the words."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import pytest

from indexer import Asker, Document
from indexer.compounds import MOST
from indexer.forms import forms_of
from indexer.hits import Hits
from indexer.matching import Evaluation
from indexer.numbers import in_words, number, phrasings
from indexer.spellings import others
from indexer.store import Index
from tests.indexer.support import QUIET, find, ids, said, segment


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("study", "three studies of bread"),
        ("studies", "we study bread"),
        ("hoping", "one hopes"),
        ("hope", "hoping for rain"),
        ("email", "write an e-mail"),
        ("e-mail", "write an email"),
        ("25", "it took twenty five days"),
        ("twenty five", "it took 25 days"),
        ("two hundred and five", "room 205"),
        ("dont", "we don't know"),
        ("don't", "we dont know"),
        ("do not", "we don't know"),
        ("don't", "we do not know"),
        ("U.S.A.", "in the USA"),
        ("usa", "in the U.S.A."),
        ("C++", "written in C++, they said"),
        ("c#", "no C# here"),
        ("max_iters", "set max_iters to five"),
        ("max iters", "set max_iters to five"),
        ("maxiters", "set max_iters to five"),
        ("kubernets", "on kubernetes"),
        ("kubernetse", "on kubernetes"),
        ("databse", "a database of bread"),
        ("databse~", "a database of bread"),
        ("wherever", "wherever"),
        ("CAFÉ", "at the cafe"),
    ],
)
def test_it_is_found(index: Index, query: str, text: str) -> None:
    said(index, "nothing of that kind is said in here", text)
    assert "t1" in ids(find(index, query))


@pytest.mark.parametrize("query", ["email", "e-mail", "e mail", "usa", "U.S.A.", "U S A", "u s a"])
def test_joined_and_apart_are_one_word_also_where_all_are_said(index: Index, query: str) -> None:
    mails = ["write an email", "write an e-mail", "write an e mail"]
    countries = ["in the USA", "in the U.S.A. today", "in the U S A", "in the u s a"]
    said(index, *mails, *countries, "mail the a", "salt")
    result = find(index, query)
    assert set(ids(result)) == ({"t0", "t1", "t2"} if "m" in query else {"t3", "t4", "t5", "t6"})
    shown = {hit.snippet.lower().partition("<b>")[2].partition("</b>")[0].rstrip(".") for hit in result.hits}
    assert shown <= {"email", "e-mail", "e", "e mail", "usa", "u.s.a", "u s a"}


def test_words_that_are_everywhere_are_no_halves_of_another(index: Index) -> None:
    said(index, "the beat of the drum", *["we will be at home"] * 30, *["salt"] * 60)
    assert ids(find(index, "beat")) == ["t0"]
    assert "t0" not in ids(find(index, "be at", limit=100))


def test_what_is_hidden_makes_no_compound(index: Index) -> None:
    secret = {"permissions": {"allowedUsers": [{"email": "boss@house.example"}]}}
    said(index, "a data base", **secret)
    index.write([("u0", [segment("u0", 0, "database", **QUIET)])], 2)
    assert ids(find(index, "database", asker=Asker("ann@x.example"))) == ["u0"]
    assert set(ids(find(index, "database"))) == {"u0", "t0"}


@pytest.mark.parametrize("language", ["de", "deu", "ger", "ger-AT"])
def test_stems_of_a_language_by_any_of_its_codes(index: Index, language: str) -> None:
    said(index, "die Häuser am See", language=language)
    assert ids(find(index, "Hauses")) == ["t0"]


@pytest.mark.parametrize(
    ("query", "text"), [("C++", "vitamin C is good"), ("25", "twenty people, five dogs"), ('"study"', "studies")]
)
def test_it_is_something_else(index: Index, query: str, text: str) -> None:
    said(index, text)
    assert ids(find(index, query)) == []


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("attention-mask", "two attention masks"),
        ("attention-masks", "an attention mask"),
        ("e-mails", "write an e-mail"),
        ("e-mails", "write an email"),
        ("max_iter", "set max_iters to five"),
        ("pull-request", "three pull requests"),
        ("machine-learning-models", "a machine learning model"),
        ("studies-group", "the study groups"),
    ],
)
def test_a_typed_word_of_several_is_found_in_other_forms(index: Index, query: str, text: str) -> None:
    said(index, text, "nothing of that kind")
    result = find(index, query, explain=True)
    assert ids(result) == ["t0"] and not result.hints
    assert {part.why for part in result.hits[0].explanation.parts} == {"form"}  # type: ignore[union-attr]


def test_a_typed_word_of_several_that_nobody_says_in_a_row_is_its_words_apart_and_said_so(index: Index) -> None:
    said(index, "the mask has to do with attention", "masks", "salt and bread", "she'll")
    for query, spelling in (("attention-mask", True), ("attention-masks", False), ("attentoin-mask", True)):
        result = find(index, query, spelling=spelling, explain=True)
        assert ids(result) == ["t0"], query
        assert sum(part.score for part in result.hits[0].explanation.parts) == pytest.approx(result.hits[0].score)  # type: ignore[union-attr]
    assert "its parts were searched apart" in find(index, "attention-mask").hints[0]
    assert ids(find(index, "bread attention-mask salt"))[0] == "t2"  # most of the words
    assert ids(find(index, "salt's")) == ["t2"]
    for filtered in ("attention-mask speaker:anna", "attention-mask in:x title:talk"):
        index.write([("t9", [segment("t9", 0, "attention to the mask", **QUIET | {"speaker": "Anna"})])], 2)
        result = find(index, filtered)
        assert result.hints[0].startswith("What was typed as one word") and not any(
            "Try" in one for one in result.hints
        )
    assert "of another kind match" in " ".join(find(index, "attention-mask kind:sample").hints)
    nothing = find(index, "I'll")
    assert (nothing.total, nothing.did_you_mean) == (0, None) and "searched apart" not in " ".join(nothing.hints)
    assert find(index, "salt -attention-mask").hints == find(index, '"attention mask" OR salt').hints == ()


def test_rows_of_other_forms_are_few_in_all_and_looked_for_once(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    stems = ("train", "model", "learn", "token", "block", "point", "group", "vote")
    said(index, *(" ".join(stem + end for stem in stems) for end in ("", "s", "ed", "ing", "er")))
    looked_for: list[tuple[str, ...]] = []
    within = Evaluation._in_a_row

    def noted(self: Evaluation, name: str, terms: Sequence[str]) -> Hits:
        looked_for.append((name, *terms))
        return within(self, name, terms)

    monkeypatch.setattr(Evaluation, "_in_a_row", noted)
    query = " ".join(f"{one}-{other}" for one in stems[:4] for other in stems[4:6])
    found = find(index, query)
    first = len(looked_for)
    assert found.total and first <= 5 * (
        8 * 2 + MOST
    )  # in three fields, over a border and behind it; as typed, as one, others
    assert ids(find(index, query)) == ids(found) and len(looked_for) == first


@pytest.mark.parametrize(
    ("query", "with_sign", "without"),
    [
        ("we'll", "we'll go there", "all is well"),
        ("I’ll", "and I'll stay", "somebody is ill"),
        ("it's", "now it's late", "its colour is red"),
        ("we're", "we’re late", "they were late"),
        ("he'll", "he'll come", "hell is hot"),
        ("she'd", "she'd go", "in a shed"),
        ("I'd", "I'd go", "show your id"),
        ("I'm a", "I'm a baker", "mr. ima"),
    ],
)
def test_letters_around_an_apostrophe_are_no_word_together(
    index: Index, query: str, with_sign: str, without: str
) -> None:
    said(index, with_sign, without, "salt")
    assert ids(find(index, query)) == ["t0"]


@pytest.mark.parametrize(
    "same",
    [
        ("I'm here", "I am here", "im here"),
        ("we're late", "we are late"),
        ("they'll come", "they will come", "theyll come"),
        ("now it's cold", "now it is cold"),
        ("that's fine", "that is fine", "thats fine"),
        ("let's go", "let us go", "lets go"),
        ("you've been", "you have been", "youve been"),
        ("we'd go", "we would go"),
        ("there's more", "there is more"),
    ],
)
def test_contractions_are_what_they_stand_for(index: Index, same: tuple[str, ...]) -> None:
    said(index, *same, "salt")
    for query in same:
        assert len(ids(find(index, query))) == len(same), query


@pytest.mark.parametrize(
    "same",
    [
        ("in 1984", "in nineteen eighty four", "in nineteen eighty-four"),
        ("2025", "twenty twenty five", "two thousand twenty five", "two thousand and twenty five"),
        ("1905", "nineteen oh five"),
        ("1900", "nineteen hundred"),
        ("21st", "twenty first", "twenty-first"),
        ("3rd", "third"),
        ("112th", "one hundred and twelfth"),
        ("3.5", "three point five", "3,5"),
        ("3.14", "three point one four", "three point fourteen"),
        ("10,000", "10000", "ten thousand", "10 000", "10.000"),
        ("1,250,000", "one million two hundred and fifty thousand", "1250000"),
    ],
)
def test_numbers_are_said_and_written(index: Index, same: tuple[str, ...]) -> None:
    said(index, *(f"it is {one} then" for one in same), "then one tense thirst at 25")
    for query in same:
        found = find(index, query)
        assert set(ids(found)) == {f"t{at}" for at in range(len(same))}, query


def test_number_words_are_no_slips_of_others(index: Index) -> None:
    said(index, "then a thousand people", "a thirst")
    for query in ("ten thousand", "third", "ten", "twenty ten"):
        result = find(index, query)
        assert result.did_you_mean is None and "t1" not in ids(result), query


@pytest.mark.parametrize(
    ("query", "text", "shown"),
    [
        ("twenty five", "five of twenty: twenty five", "five of twenty: <b>twenty five</b>"),
        ("twenty five", "five of twenty, 25", "five of twenty, <b>25</b>"),
        ("twenty five", "five of twenty people", "<b>five</b> of <b>twenty</b> people"),
        ("we are", "are we what we're", "are we what <b>we're</b>"),
        ("its", "it is what its colour is", "it is what <b>its</b> colour is"),
    ],
)
def test_what_was_meant_as_one_is_marked_as_one(index: Index, query: str, text: str, shown: str) -> None:
    said(index, text, "it is salt")
    assert [hit.snippet for hit in find(index, query).hits if hit.id[:2] == "t0"] == [shown]


@pytest.mark.parametrize(("query", "text"), [("o'clock", "at nine oclock"), ("rock'n'roll", "rocknroll it is")])
def test_other_apostrophes_are_left_out_as_hyphens_are(index: Index, query: str, text: str) -> None:
    said(index, text, "salt")
    assert ids(find(index, query)) == ["t0"]


def test_a_form_ranks_below_the_word_itself(index: Index) -> None:
    said(index, "the forks were merged", "the fork was merged", "a spoon")
    assert ids(find(index, "fork")) == ["t1", "t0"]
    assert ids(find(index, "forks")) == ["t0", "t1"]
    assert find(index, "fork").hits[1].snippet == "the <b>forks</b> were merged"
    assert ids(find(index, '"fork was"')) == ["t1"]


def test_stems_are_of_the_languages_that_are_spoken(index: Index) -> None:
    said(index, "die Häuser am See", language="de-AT")
    assert ids(find(index, "Hauser")) == ["t0"]
    assert ids(find(index, "see lang:de")) == ["t0"]
    assert ids(find(index, "see lang:en")) == []
    for name in ("deu", "ger", "German", "de-CH"):
        assert ids(find(index, f"see lang:{name}")) == ["t0"]
    assert forms_of("bread", ["xx"], lambda _: ["breads"]) == ()


def test_numbers_are_read_as_they_are_said() -> None:
    rng = random.Random(7)
    for digits in range(1, 13):
        for _ in range(50):
            value = rng.randrange(10**digits)
            assert number(in_words(value)) == value
            for written in ((str(value),), (f"{value}th",)):
                told = set(phrasings(written))  # 21th as 21st
                assert all(told <= {*phrasings(other), other} for other in told), written
    for words in ("twenty twenty", "one two", "and", "hundred", "bread", "zero hundred"):
        assert number(words.split()) is None
    assert others(("2", "5")) == ()
    with pytest.raises(ValueError, match="not from 0"):
        in_words(-1)


def test_words_of_the_cache_are_words_like_others(index: Index) -> None:
    said(index, "the lengths of bread", "rye bread, coded and in groups", "days any of")
    for _ in range(2):
        for word in ("lengths", "coded", "groups", "days", "postings", "row"):
            find(index, word)
        assert ids(find(index, "lengths")) == ["t0"] and find(index, "bread").total == 2


def test_a_word_typed_again_is_no_other_word(index: Index) -> None:
    said(index, "rye", "rye and salt", "rye bread")
    assert ids(find(index, "rye rye rye salt")) == ["t1"]


def test_what_is_left_out_is_the_word_as_it_was_typed(index: Index) -> None:
    said(index, "we study", "three studies")
    assert ids(find(index, "study -studies")) == ["t0"]


def test_one_recording_in_another_language_leaves_english_as_it_is(index: Index) -> None:
    said(index, "Brot und Salz", language="de")
    index.write([("e0", [segment("e0", 0, "three studies", **QUIET)])], 2)
    assert find(index, "study").total == 1


def test_many_beginnings_are_searched_in_bounded_time(index: Index) -> None:
    rng = random.Random(5)
    letters = "abcdefghijklmnopqrstuvwxyz"
    texts = [" ".join("".join(rng.choices(letters, k=6)) for _ in range(40)) for _ in range(500)]
    said(index, *texts)
    began = time.process_time()
    result = find(index, " ".join(f"{letter}*" for letter in letters))
    assert time.process_time() - began < 3 and "Very many words" in " ".join(result.hints)


@pytest.mark.parametrize(
    ("query", "text", "shown"),
    [
        ("東京", "大阪と東京都の話", "大阪と<b>東京</b>都の話"),
        ("京", "大阪と東京都の話", "大阪と東<b>京</b>都の話"),
        ("都", "ここは東京都", "ここは東京<b>都</b>"),
        ("東京都", "ここは東京都です", "ここは<b>東京都</b>です"),
        ('"東京都の"', "ここは東京都の話", "ここは<b>東京都の</b>話"),
        ("東京*", "ここは東京都", "ここは<b>東京</b>都"),
        ("ｶﾞﾀｶﾅ", "ガタカナの話", "<b>ガタカナ</b>の話"),
        ("カタカナ", "半角のｶﾀｶﾅ", "半角の<b>ｶﾀｶﾅ</b>"),
        ("ＡＩ", "AI技術", "<b>AI</b>技術"),
        ("AI技術", "新しいAI技術の話", "新しい<b>AI技術</b>の話"),
        ("年2025", "今年2025年度", "今<b>年2025</b>年度"),
        ("2025年", "今年2025年度", "今年<b>2025年</b>度"),
        ("東京都", "ここは東京 都です", "ここは<b>東京 都</b>です"),  # the line of a caption ended
        ("학교", "우리는 학교에서 만났다", "우리는 <b>학교</b>에서 만났다"),
        ("東京都の場所", "場所は東京都です", "<b>場所</b>は<b>東京都</b>です"),  # most of its pairs
    ],
)
def test_chinese_japanese_and_korean_are_found_by_pairs(index: Index, query: str, text: str, shown: str) -> None:
    said(index, "nothing of the kind, 京大阪", text)
    hits = {hit.id[:-4]: hit.snippet for hit in find(index, query).hits}
    assert hits["t1"] == shown


def test_characters_in_another_order_are_other_words(index: Index) -> None:
    said(index, "京東と都", "東。京")
    assert ids(find(index, "東京")) == []


def test_a_run_of_characters_goes_over_the_border_of_two_segments(index: Index) -> None:
    index.write([("t", [segment("t", 0, "ここは東", **QUIET), segment("t", 1, "京都です", **QUIET)])], 1)
    for query in ("東京", "東京都", "は東京都で", '"東京都です"'):
        assert find(index, query).hits[0].id == "t0000", query


def test_the_time_of_a_hit_among_characters(index: Index) -> None:
    told = segment("t0", 0, "ここは大阪です ここは東京都です", **QUIET)
    index.write([("t0", [Document(told.payload, ((0, 0.0), (8, 12.5)))])], 1)
    assert find(index, "東京都").hits[0].at == 12.5
    assert find(index, "大阪").hits[0].at == 0.0
    assert find(index, "speaker:anna 京").total == 0


def test_a_name_in_characters_is_found_by_a_part(index: Index) -> None:
    said(index, "こんにちは", speaker="田中一郎")
    assert ids(find(index, "speaker:田中")) == ids(find(index, "田中")) == ["t0"]
