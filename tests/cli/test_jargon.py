"""The glossary: corrects what was misheard, widens queries, is shown beside results, and touches nothing else."""

from __future__ import annotations

import json
from pathlib import Path

from connector.archive.ledger import Ledger
from connector.config import load
from tests.support import connector, connector_json, daemon, found, run, srt, talk

TALK = srt(
    [
        "Today we move the bakery's ordering onto cooper netties, one oven at a time.",
        "Last year nobody here had heard of cooper netties at all.",
        "The espresso machine stays where it is, and the coffee stays hot.",
        "After the move every shop sees the same orders.",
    ]
)
ADD = ("jargon", "add", "Kubernetes", "--alias", "k8s", "--misheard", "cooper netties",
       "--definition", "what runs our containers", "--product")  # fmt: skip


def archive_with(home: Path, **talks: str) -> None:
    for name, text in talks.items():
        (home / "inbox" / f"{name}.srt").write_text(text)
    connector(home, "ingest", "inbox")


def generations(home: Path) -> dict[str, int]:
    with Ledger.open(load(home / "config.yaml").settings.ledger_file) as ledger:
        return {group: generation for generation, group in ledger.changes_since(0)}


def test_what_was_misheard_is_corrected_and_what_was_said_is_kept(home: Path) -> None:
    archive_with(home, kube=TALK, bread=talk("bread", 20))
    before = generations(home)
    connector(home, *ADD)
    assert found(home, "containers onto Kubernetes") or found(home, "kubernetes")
    hit = found(home, "kubernetes")[0]
    assert "onto Kubernetes, one oven" in hit["text"] and "cooper" not in hit["text"]
    said = connector_json(home, "show", hit["id"], "--said")["said"]
    assert "cooper netties" in said[0]["text"]
    after = generations(home)
    changed = {group for group in after if after[group] != before[group]}
    assert changed == {hit["transcript_id"]}  # and no other transcript


def test_queries_are_widened_both_ways_and_the_definition_is_shown(home: Path) -> None:
    archive_with(home, kube=TALK, short=srt(["We call it k8s around here, since nobody can spell it."]))
    connector(home, *ADD)
    for query in ("k8s", "kubernetes", '"cooper netties"'):
        assert {hit["title"].lower()[:4] for hit in found(home, query)} == {"kube", "shor"}, query
    told = connector_json(home, "search", "k8s")["jargon"]
    assert told == [
        {"term": "Kubernetes", "definition": "what runs our containers", "product": True, "aliases": ["k8s"]}
    ]
    assert "Kubernetes: what runs our containers" in connector(home, "search", "k8s")
    assert connector_json(home, "search", "oven")["jargon"] == []


def test_a_dry_run_shows_every_change_and_changes_nothing(home: Path) -> None:
    archive_with(home, kube=TALK)
    (home / "jargon.yaml").write_text("Kubernetes: {misheard: [cooper netties]}\n")
    answer = connector_json(home, "jargon", "apply", "--dry-run")
    assert answer["transcripts"] == 1 and len(answer["changes"]) == 2
    assert {"found": "cooper netties", "put": "Kubernetes"}.items() <= answer["changes"][0].items()
    assert "cooper" in found(home, "netties")[0]["text"]
    assert "2 ×  cooper netties → Kubernetes" in connector(home, "jargon", "apply")
    assert "Kubernetes" in found(home, "kubernetes")[0]["text"]
    assert connector_json(home, "jargon", "apply")["transcripts"] == 0


def test_a_definition_alone_derives_nothing_anew(home: Path) -> None:
    archive_with(home, kube=TALK)
    connector(home, *ADD)
    before = generations(home)
    connector(home, "jargon", "add", "Kubernetes", "--definition", "another definition")
    assert generations(home) == before
    assert connector_json(home, "search", "k8s")["jargon"][0]["definition"] == "another definition"


def test_the_daemon_takes_over_a_changed_glossary(home: Path) -> None:
    archive_with(home, kube=TALK)
    with daemon(home) as running:
        (home / "jargon.yaml").write_text("Kubernetes: {misheard: [cooper netties]}\n")
        running.says("the glossary changed: 1 term, 1 transcript")
        running.says("searchable")
        assert "Kubernetes" in found(home, "kubernetes")[0]["text"]
        (home / "inbox" / "more.srt").write_text(srt(["And cooper netties again.", "Nobody minds."]))
        running.says("more.srt: the glossary corrects 1 words to Kubernetes")
        (home / "jargon.yaml").write_text("Kubernetes: {misherd: [cooper netties]}\n")
        running.says("the glossary stays as it was")
        assert running.stop() == 0


def test_a_wrong_glossary_stops_no_search(home: Path) -> None:
    archive_with(home, kube=TALK)
    (home / "jargon.yaml").write_text("Kubernetes: {misherd: [cooper netties]}\n")
    done = run(home, "search", "oven", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["total"] == 1
    assert "misheard" in done.stderr  # the nearest key
    done = run(home, "jargon", "list")
    assert done.returncode == 5 and "jargon.yaml" in done.stderr


def test_suggestions_name_what_english_does_not_know(home: Path) -> None:
    misheard = talk("kubernetties", 6)
    archive_with(
        home, one=talk("Kubernetes", 30), two=talk("Kubernetes again", 20), three=misheard, four=talk("bread", 20)
    )
    suggested = connector_json(home, "jargon", "suggest")
    named = {one["term"]: one for one in suggested}
    assert "Kubernetes" in named and named["Kubernetes"]["count"] == 50
    assert {"text": "kubernetties", "count": 6} in named["Kubernetes"]["misheard"]
    assert "Kubernetes" in named["Kubernetes"]["example"]["text"] and "problem" not in named


def test_an_everyday_word_is_no_mishearing(home: Path) -> None:
    archive_with(home, kube=TALK)
    done = run(home, "jargon", "add", "Kubernetes", "--misheard", "cooper netties", "--misheard", "the")
    assert done.returncode == 5 and not (home / "jargon.yaml").exists()
    assert "the mis-hearing `the` is an everyday word" in done.stderr and "`cooper" not in done.stderr
    (home / "jargon.yaml").write_text("Kubernetes: {misheard: [the, cooper netties]}\n")  # by hand one may mean it
    for command in (("list",), ("apply", "--dry-run"), ("apply",)):
        done = run(home, "jargon", *command)
        assert done.returncode == 0 and done.stderr.count("`the` is an everyday word") == 1, command
