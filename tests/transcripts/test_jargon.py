"""The glossary: what it replaces and what it leaves alone, its contradictions, its changes, and moved positions."""

from __future__ import annotations

import pytest

from connector.errors import ConfigError
from connector.transcripts.jargon import MAX_TERMS, Glossary, Term
from connector.transcripts.jargon.edits import Change, remap

HOUSE = Glossary(
    (
        Term("Kubernetes", ("k8s", "kube"), ("cooper netties", "cuber nettis", "kube netties"), "runs things", True),
        Term("gRPC", (), ("gee rpc",)),
        Term("taproot", (), ("tap root",)),
        Term("Geth", (), ("gef",)),
        Term("Nethermind", (), ("geth her mind", "never")),
        Term("C++", (), ("see plus plus",), product=True),
        Term(".NET", (), ("dot net",), product=True),
        Term("AT&T", (), ("hey tea and tea",), product=True),
        Term("Espresso", (), (), "the document store", True),
        Term("espresso machine", (), (), "makes the drink"),
        Term("Let", (), ("led",)),
    )
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("we run cooper netties here", "we run Kubernetes here"),
        ("Cooper Netties runs", "Kubernetes runs"),
        ("COOPER NETTIES IS UP", "Kubernetes IS UP"),
        ("cooper\n  netties, and more", "Kubernetes, and more"),
        ("cooper\u00a0netties", "Kubernetes"),
        ("a cooper-netties cluster", "a Kubernetes cluster"),
        ("(cuber nettis)", "(Kubernetes)"),
        ("cooper netties' nodes", "Kubernetes' nodes"),
        ("cooper netties's nodes, cooper netties’s pods", "Kubernetes's nodes, Kubernetes’s pods"),
        ("a cooper netties-based thing", "a Kubernetes-based thing"),
        ("the longest wins: kube netties", "the longest wins: Kubernetes"),
        ("see plus plus, then dot net", "C++, then .NET"),
        ("hey tea and tea called", "AT&T called"),
        ("gee rpc is fast. Gee rpc too", "gRPC is fast. gRPC too"),
        # a name in lower case takes the capital that began the sentence
        ("Tap root is on. Tap root is. “Tap root”", "Taproot is on. Taproot is. “Taproot”"),
        ("we like Tap Root and tap root", "we like taproot and taproot"),
        # what one replacement completes
        ("gef her mind", "Nethermind"),
        # the case of products
        ("kubernetes and KUBERNETES", "Kubernetes and Kubernetes"),
        ("espresso stores it", "Espresso stores it"),
        ("c++ and at&t", "C++ and AT&T"),
        ("kubernetes-native", "Kubernetes-native"),
    ],
)
def test_it_is_set_right(text: str, expected: str) -> None:
    corrected, changes = HOUSE.correct(text)
    assert corrected == expected
    assert changes and all(text[c.position : c.position + len(c.found)] == c.found != c.put for c in changes)
    assert HOUSE.correct(corrected) == (corrected, ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing of it",
        "scooper netties cooper nettiesx cooper_netties x_cooper netties",
        "cooper. Netties",
        "cooper, netties",
        "cooper - netties",
        "cooper--netties",
        "k8s and kube and K8S",  # aliases are right as they are
        "grpc",  # no product: its case is a matter of taste
        "a gef-like thing, non-gef, never-ending",  # one word of a compound is a part of another word
        "gefühl, ge\u0301f, gefe\u0301",
        "docs.gef.io/gef mail@gef.org https://x.example/gef/cuber nettis@x.example",
        "https://kubernetes.io/docs",
        "an espresso machine",  # the longer term is no product
        "c and net",
        "c# or asp.net",
        "let's go, led's see",  # with 's another word
        "don't geffen",
    ],
)
def test_it_stays_as_it_is(text: str) -> None:
    assert HOUSE.correct(text) == (text, ())


def test_every_change_is_told_where_it_was() -> None:
    text = "the cuber nettis and cooper netties"
    assert HOUSE.correct(text) == (
        "the Kubernetes and Kubernetes",
        (
            Change(4, "cuber nettis", "Kubernetes", "Kubernetes"),
            Change(21, "cooper netties", "Kubernetes", "Kubernetes"),
        ),
    )


def test_a_change_of_a_change_is_one() -> None:
    corrected, changes = HOUSE.correct("ask gef her mind, gef")
    assert corrected == "ask Nethermind, Geth"
    assert changes == (
        Change(4, "gef her mind", "Nethermind", "Nethermind"),
        Change(18, "gef", "Geth", "Geth"),
    )


def test_a_name_or_an_alias_is_never_taken_apart() -> None:
    glossary = Glossary((Term("beacon chain"), Term("Chainlink", ("chain of links",), ("chain link", "of links"))))
    assert glossary.correct("the beacon chain link, a chain of links")[0] == "the beacon chain link, a chain of links"
    assert glossary.correct("the chain link")[0] == "the Chainlink"


@pytest.mark.parametrize(
    ("terms", "named"),
    [
        ((Term("Beacon Node", (), ("x y",)), Term("Node Beacon", (), ("node",))), ("Beacon Node", "Node Beacon")),
        ((Term("Kubernetes", (), ("kubernetes",)),), ("Kubernetes", "name already")),
        ((Term("Kubernetes", (), ("cube",)), Term("Cube")), ("Kubernetes", "Cube")),
        ((Term("Docker", ("k8s",)), Term("Kubernetes", ("K8s",))), ("Docker", "Kubernetes", "K8s")),
        ((Term("Docker", (), ("doc her",)), Term("Dokku", (), ("doc  her".replace("  ", "-"),))), ("Docker", "Dokku")),
        ((Term("Ether"), Term("Scan"), Term("Etherscan", (), ("ether scan",))), ("Etherscan", "Ether", "Scan")),
        ((Term("Kubernetes"), Term("KUBERNETES")), ("Kubernetes", "KUBERNETES")),
        ((Term("?!"),), ("?!", "neither letter nor digit")),
        ((Term("a", ("",)),), ("empty",)),
        ((Term("a", (), (" b",)),), ("white space",)),
        ((Term("a", (), ("b!",)),), ("begins or ends",)),
        ((Term("a-"),), ("hyphen",)),
        ((Term("x" * 201),), ("longer than 200",)),
        (tuple(Term(f"t{n}") for n in range(MAX_TERMS + 1)), ("5,001",)),
    ],
)
def test_a_contradiction_is_refused_and_names_its_terms(terms: tuple[Term, ...], named: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        Glossary(terms)
    assert all(name in caught.value.message for name in named)


def test_json_is_canonical_and_comes_back() -> None:
    turned = Glossary(tuple(reversed(HOUSE.terms)))
    assert turned == HOUSE and hash(turned) == hash(HOUSE)
    assert turned.to_json() == HOUSE.to_json()
    assert Glossary.from_json(HOUSE.to_json()) == HOUSE
    assert Glossary.from_json(Glossary().to_json()) == Glossary()
    assert not Glossary() and HOUSE


def test_a_definition_alone_touches_nothing() -> None:
    before = Glossary((Term("Geth", (), ("gef",), "a client"), Term("Besu", (), ("be sue",))))
    told = Glossary((Term("Geth", (), ("gef",), "an execution client"), Term("Besu", (), ("be sue",))))
    assert before.touched_by(told) == ()
    assert not before.differs_on(told)("gef and be sue")


def test_a_change_touches_what_it_corrects_and_nothing_else() -> None:
    before = Glossary((Term("Geth", (), ("gef",)), Term("Besu", (), ("be sue",))))
    after = Glossary((Term("Geth", (), ("gef", "get her")), Term("Teku", product=True)))
    assert [term.name for term in before.touched_by(after)] == ["Besu", "Geth", "Teku"]
    differs = before.differs_on(after)
    assert differs("we get her today") and differs("be sue") and differs("teku")
    assert not differs("gef alone is corrected as before")
    assert not differs("Besu and Teku are right already")
    assert not differs("nothing of it")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("k8s", ["Kubernetes"]),
        ("what is cooper netties", ["Kubernetes"]),
        ('"KUBERNETES" taproot', ["Kubernetes", "taproot"]),
        ("geth her mind", ["Nethermind"]),
        ('speaker:geth title:"taproot" k8s\'s', ["Kubernetes"]),
        ("-geth NOT taproot gRPC", ["gRPC"]),
        ("kube*", []),
        ("nobody", []),
        ("tap speaker:x root", []),
        ("espresso machine", ["espresso machine"]),
    ],
)
def test_a_query_names_terms(query: str, named: list[str]) -> None:
    assert [term.name for term in HOUSE.named_in(query)] == named


def test_synonyms_are_all_phrasings_of_a_term() -> None:
    glossary = Glossary((Term("Geth", ("go-ethereum",), ("gef",)), Term("alone")))
    assert glossary.synonyms == (("Geth", "go-ethereum", "gef"),)


def test_positions_follow_the_words() -> None:
    text = "run cooper netties on it"
    corrected, changes = HOUSE.correct(text)
    # cues: "run", "cooper netties", "on it"
    assert corrected == "run Kubernetes on it"
    assert remap(((0, 1.0), (4, 2.0), (19, 3.0)), changes, corrected) == ((0, 1.0), (4, 2.0), (15, 3.0))


def test_a_cue_that_began_in_what_was_replaced_begins_at_the_next_word() -> None:
    corrected, changes = HOUSE.correct("run cooper netties on it")
    assert remap(((0, 1.0), (11, 2.0)), changes, corrected) == ((0, 1.0), (15, 2.0))
    # the cue "netties" has nothing left
    assert remap(((0, 1.0), (11, 2.0), (19, 3.0)), changes, corrected) == ((0, 1.0), (15, 3.0))
    corrected, changes = HOUSE.correct("cooper netties")
    assert remap(((0, 1.0), (7, 2.0)), changes, corrected) == ((0, 1.0),)
