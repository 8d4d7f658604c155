"""What holds for every glossary and text: correcting twice is once, in whole words, and positions stay in order."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from connector.errors import ConfigError
from connector.transcripts.jargon import Glossary, Term
from connector.transcripts.jargon.edits import remap

quick = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))

# Few words, so that names, aliases and mis-hearings meet, overlap and contain each other.
word = st.sampled_from(["a", "B", "c", "Dd", "é", "f's", "G+", ".n", "it"])
phrase = st.lists(word, min_size=1, max_size=3).map(" ".join)
misheard = st.lists(st.sampled_from(["a", "b", "c", "dd", "é", "it", "x", "y"]), min_size=1, max_size=3).map(" ".join)
terms = st.builds(
    Term,
    phrase,
    st.lists(phrase, max_size=1).map(tuple),
    st.lists(misheard, max_size=2).map(tuple),
    st.just(""),
    st.booleans(),
)
joint = st.sampled_from([" ", " ", " ", "\n", "-", ". ", ", ", "'s ", "’", "/", "", "_", "@", ".io "])
spoken = st.sampled_from(
    ["a", "A", "b", "B", "c", "dd", "DD", "é", "É", "f's", "g+", "n", ".n", "it", "x", "X", "y", "ab"]
)
texts = st.lists(st.tuples(spoken, joint), max_size=14).map(lambda pairs: "".join(a + b for a, b in pairs))


@st.composite
def glossaries(draw: st.DrawFn) -> Glossary:
    kept: tuple[Term, ...] = ()
    for term in draw(st.lists(terms, min_size=1, max_size=4)):
        try:
            kept = Glossary((*kept, term)).terms
        except ConfigError:
            continue
    assume(kept)
    return Glossary(kept)


@quick
@given(glossaries(), texts)
def test_correcting_twice_is_correcting_once(glossary: Glossary, text: str) -> None:
    corrected, changes = glossary.correct(text)
    assert glossary.correct(corrected) == (corrected, ())
    assert bool(changes) == (corrected != text)


@quick
@given(glossaries(), texts)
def test_the_changes_are_all_that_changes(glossary: Glossary, text: str) -> None:
    corrected, changes = glossary.correct(text)
    pieces, at = [], 0
    for change in changes:
        assert change.position >= at
        assert text[change.position :].startswith(change.found)
        pieces += [text[at : change.position], change.put]
        at = change.position + len(change.found)
    assert "".join([*pieces, text[at:]]) == corrected


@quick
@given(glossaries(), texts)
def test_never_inside_of_another_word(glossary: Glossary, text: str) -> None:
    for change in glossary.correct(text)[1]:
        before, after = text[: change.position], text[change.position + len(change.found) :]
        assert not (re.search(r"\w\Z", before) and re.match(r"\w", change.found))
        assert not (re.match(r"\w", after) and re.search(r"\w\Z", change.found))
        assert not re.match(r"['’](?!s\b)\w", after, re.IGNORECASE) or not re.search(r"\w\Z", change.found)


@quick
@given(glossaries(), st.text(alphabet="zqZQ .,'’-\n", max_size=40))
def test_a_text_without_its_words_stays_equal(glossary: Glossary, text: str) -> None:
    assert glossary.correct(text) == (text, ())


@quick
@given(glossaries(), glossaries(), texts)
def test_the_test_for_a_change_is_exact(before: Glossary, after: Glossary, text: str) -> None:
    assert before.differs_on(after)(text) == (before.correct(text)[0] != after.correct(text)[0])


@quick
@given(glossaries())
def test_json_comes_back(glossary: Glossary) -> None:
    assert Glossary.from_json(glossary.to_json()) == glossary


@quick
@given(glossaries(), texts, st.sets(st.integers(1, 30)))
def test_positions_stay_in_order(glossary: Glossary, text: str, cuts: set[int]) -> None:
    corrected, changes = glossary.correct(text)
    offsets = ((0, 0.0), *((cut, float(cut)) for cut in sorted(cuts) if cut < len(text)))
    moved = remap(offsets, changes, corrected)
    assert moved[0] == (0, 0.0)
    positions, starts = [at for at, _ in moved], [start for _, start in moved]
    assert positions == sorted(set(positions)) and starts == sorted(set(starts))
    assert all(at < len(corrected) for at in positions[1:])
    if not changes:
        assert moved == offsets
