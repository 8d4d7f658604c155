"""jargon.yaml: what it may hold, how mistakes in it are told, and terms added to it without losing a comment."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from connector.errors import ConfigError
from connector.jargon_file import add_term, common_mishearings, jargon_file, load_glossary
from connector.transcripts.jargon import Glossary, Term

KUBERNETES = Term(
    "Kubernetes", ("k8s",), ("cooper netties", "cuber nettis"), "the system that runs our containers", True
)
OURS = """\
# our words
Kubernetes:   # the big one
  aliases: [k8s]  # short
  # what Zoom hears
  misheard:
    - cooper netties  # often
    - cuber nettis
  definition: the system that runs our containers
  product: true

# the store
Espresso: the document store  # not the drink
Flow: {aliases: [x, # one
  y], product: false}
Bare:
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "jargon.yaml"
    path.write_text(OURS, encoding="utf-8")
    return path


def test_it_lies_beside_the_configuration(tmp_path: Path) -> None:
    assert jargon_file(tmp_path / "config.yaml") == tmp_path / "jargon.yaml"


def test_no_file_is_an_empty_glossary(tmp_path: Path) -> None:
    assert load_glossary(tmp_path / "jargon.yaml") == Glossary()


def test_an_empty_file_too(file: Path) -> None:
    file.write_text("# nothing yet\n")
    assert load_glossary(file) == Glossary()


def test_terms_are_mappings_definitions_or_names_alone(file: Path) -> None:
    assert load_glossary(file) == Glossary(
        (
            KUBERNETES,
            Term("Espresso", definition="the document store"),
            Term("Flow", ("x", "y")),
            Term("Bare"),
        )
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Geth: {aliasses: [g]}", "`Geth`: unknown key `aliasses`; did you mean `aliases`?"),
        ("Geth: {Product: true}", "did you mean `product`?"),
        ("Geth: {zzz: true}", "known keys: aliases, misheard, definition, product"),
        ("Geth: {1: true}", "unknown key `1`"),
        ("Geth: [g]", "`Geth`: must be a definition or `key: value` lines"),
        ("Geth: 3", "`Geth`: must be a definition"),
        ("Geth: {aliases: g}", "`Geth`: `aliases` must be a list (found 'g')"),
        ("Geth: {misheard: [gef, 2]}", "`Geth`: `misheard` must hold text (found 2)"),
        ("Geth: {product: maybe}", "`Geth`: `product` must be true or false (found 'maybe')"),
        ("Geth: {definition: [a]}", "`Geth`: `definition` must be text"),
        ("Geth: {misheard: ['']}", "`Geth`: the mis-hearing `` is empty"),
        ("'': x", "``: the name `` is empty"),
        ("Geth: {aliases: [g, g]}", "`Geth`: the alias `g` is its alias already"),
        ("Geth: x\nBesu: {aliases: [geth]}", "`Besu`: the alias `geth` is the name of `Geth` already"),
        ("Geth node: x\nBesu: {misheard: [node]}", "`Geth node` contains `node`, a mis-hearing of `Besu`"),
        (f"{'g' * 201}: x", "longer than 200 characters"),
        (f"Geth: {'d' * 2001}", "`definition` is longer than 2,000"),
        ("Geth: {aliases: [" + ", ".join(f"g{n}" for n in range(51)) + "]}", "holds 51; at most 50"),
        ("\n".join(f"t{n}: x" for n in range(5001)), "5,001 terms; at most 5,000"),
        ("- Geth", "must hold `key: value` lines"),
        ("Geth: x\nGeth: [", "no valid YAML"),
    ],
)
def test_a_mistake_names_file_term_and_key(file: Path, text: str, told: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_glossary(file)
    assert caught.value.message.startswith(f"{file}:")
    assert told in caught.value.message
    assert caught.value.exit_code == 5


def test_a_mistake_is_told_with_the_line_of_its_term(file: Path) -> None:
    file.write_text("# ours\nA: fine\n\nB c:\n  aliases: [x]\n  product: maybe\n")
    with pytest.raises(ConfigError) as caught:
        load_glossary(file)
    assert caught.value.message.startswith(f"{file}:4: `B c`: ")


def test_all_mistakes_are_told_at_once(file: Path) -> None:
    file.write_text("A: {aliasses: [x], misherd: [y], product: maybe}\nB: {aliases: x}\nC: [1]\n")
    with pytest.raises(ConfigError) as caught:
        load_glossary(file)
    lines = caught.value.message.splitlines()
    assert [line.removeprefix(f"{file}:")[:27] for line in lines] == [
        "1: `A`: unknown key `aliass", "1: `A`: unknown key `misher", "1: `A`: `product` must be t",
        "2: `B`: `aliases` must be a", "3: `C`: must be a definitio",
    ]  # fmt: skip
    file.write_text("A: {aliases: [x, x]}\nB: {aliases: [x]}\nC: {misheard: ['']}\n")
    with pytest.raises(ConfigError) as caught:
        load_glossary(file)
    assert len(caught.value.message.splitlines()) == 3
    file.write_text("".join(f"T{number}: 1\n" for number in range(50)))
    with pytest.raises(ConfigError, match="and 30 more mistakes"):
        load_glossary(file)


@pytest.mark.parametrize(
    ("misheard", "common"),
    [("the", True), ("The", True), ("of the", True), ("going-to", True), ("don't", True), ("people", True),
     ("cooper netties", False), ("cube", False), ("get kubernetes", False), ("uhm", False)],
)  # fmt: skip
def test_an_everyday_word_is_not_written_as_a_mishearing(tmp_path: Path, misheard: str, common: bool) -> None:
    file = tmp_path / "jargon.yaml"
    if common:
        with pytest.raises(ConfigError, match="is an everyday word") as caught:
            add_term(file, Term("Kubernetes", misheard=(misheard,)))
        assert "longer phrase" in caught.value.hint and not file.exists()
    else:
        add_term(file, Term("Kubernetes", misheard=(misheard,)))
    file.write_text(f'Kubernetes: {{misheard: ["{misheard}"]}}\n')
    assert bool(common_mishearings(load_glossary(file))) is common


def test_adding_to_no_file_writes_one(tmp_path: Path) -> None:
    file = tmp_path / "jargon.yaml"
    assert add_term(file, KUBERNETES) == KUBERNETES
    assert file.read_text("utf-8") == (
        "Kubernetes:\n"
        "  aliases: [k8s]\n"
        "  misheard: [cooper netties, cuber nettis]\n"
        "  definition: the system that runs our containers\n"
        "  product: true\n"
    )
    assert load_glossary(file) == Glossary((KUBERNETES,))


def test_a_new_term_is_appended(file: Path) -> None:
    file.write_text(OURS.rstrip("\n"), encoding="utf-8")
    add_term(file, Term("yes", ("no", "12", "a: b"), definition='so "called" # here'))
    assert file.read_text("utf-8") == (
        OURS + '"yes":\n  aliases: ["no", "12", "a: b"]\n  definition: "so \\"called\\" # here"\n'
    )


def test_an_entry_grows_where_it_stands(file: Path) -> None:
    merged = add_term(file, Term("Kubernetes", ("kube", "k8s"), ("cube and eddies",), "runs containers"))
    assert merged == Term(
        "Kubernetes", ("k8s", "kube"), (*KUBERNETES.misheard, "cube and eddies"), "runs containers", True
    )
    assert file.read_text("utf-8") == (
        OURS.replace("[k8s]  # short", "[k8s, kube]  # short")
        .replace("    - cuber nettis\n", "    - cuber nettis\n    - cube and eddies\n")
        .replace("the system that runs our containers", "runs containers")
    )


def test_a_definition_becomes_a_mapping(file: Path) -> None:
    add_term(file, Term("Espresso", ("es",), product=True))
    assert file.read_text("utf-8") == OURS.replace(
        "Espresso: the document store  # not the drink\n",
        "Espresso:\n  aliases: [es]\n  definition: the document store\n  product: true  # not the drink\n",
    )
    assert load_glossary(file).named_in("es")[0].definition == "the document store"


def test_keys_that_were_missing_come_last(file: Path) -> None:
    add_term(file, Term("Flow", ("z",), ("flo",), "a pipeline", True))
    assert "  y, z], product: true, misheard: [flo], definition: a pipeline}\n" in file.read_text("utf-8")
    add_term(file, Term("Bare", misheard=("bear",)))
    assert file.read_text("utf-8").endswith("Bare:\n  misheard: [bear]\n")
    file.write_text("A:\n  definition: |\n    two\n    lines\n\nB: x\n")
    add_term(file, Term("A", ("ay",)))
    assert load_glossary(file) == Glossary((Term("A", ("ay",), definition="two lines"), Term("B", definition="x")))


def test_what_is_there_already_changes_nothing(file: Path) -> None:
    before = file.stat().st_mtime_ns
    assert add_term(file, Term("Kubernetes", ("k8s",))) == KUBERNETES
    assert file.stat().st_mtime_ns == before


def test_line_ends_mark_and_mode_stay(file: Path) -> None:
    file.write_bytes(("\ufeff" + OURS).replace("\n", "\r\n").encode())
    file.chmod(0o640)
    add_term(file, Term("Kubernetes", ("kube",), ("cube and eddies",)))
    written = file.read_bytes()
    assert written.startswith(b"\xef\xbb\xbf#")
    assert written.count(b"\n") == written.count(b"\r\n") == OURS.count("\n") + 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["jargon.yaml"]


@pytest.mark.parametrize(
    "text",
    ["{Kubernetes: x}\n", "Besu: x\n...\n", '? Kubernetes\n: {"aliases": []}\n', "Kubernetes: {aliases: []\n  }\n"],
)
def test_whatever_the_style_the_term_is_in_or_the_file_is_as_it_was(file: Path, text: str) -> None:
    file.write_text(text)
    try:
        add_term(file, Term("Kubernetes", ("k8s",)))
    except ConfigError as error:
        assert "by hand" in error.hint and "aliases: [k8s]" in error.hint
        assert file.read_text() == text
    else:
        (kubernetes,) = load_glossary(file).named_in("k8s")
        assert kubernetes.name == "Kubernetes"
    assert [path.name for path in file.parent.iterdir()] == ["jargon.yaml"]


def test_a_contradiction_is_not_written(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"jargon\.yaml:2: `Kubernetes`: the alias `k8s` is the alias of `Docker`"):
        add_term(file, Term("Docker", ("k8s",)))
    assert file.read_text("utf-8") == OURS


def test_another_encoding_is_told(file: Path) -> None:
    file.write_bytes(OURS.encode("utf-16"))
    with pytest.raises(ConfigError, match="not written in UTF-8"):
        add_term(file, Term("Docker"))


def test_reading_it_brings_in_nothing_heavy() -> None:
    code = "import sys, connector.jargon_file; print(sorted({'pydantic', 'numpy', 'rapidfuzz'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
