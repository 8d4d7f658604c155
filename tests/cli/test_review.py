"""What the quality gate holds: found and marked here, in no other view, until a person decides."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.support import connector, connector_json, daemon, found, make_home, run, srt, talk

LOOP = srt(["thank you thank you thank you marzipan thank you thank you"] * 60)


def taken(home: Path, **files: str) -> None:
    for name, text in files.items():
        (home / "inbox" / f"{name}.srt").write_text(text)
    connector(home, "ingest", "inbox")


def exported(home: Path) -> str:
    connector(home, "export", "--out", "pages")
    return (home / "pages" / "documents.ndjson").read_text()


def test_held_is_found_here_marked_and_does_not_leave(home: Path) -> None:
    taken(home, good=talk("bread", 40), loop=LOOP)
    hits = found(home, "marzipan")
    assert hits and all(hit["held"] for hit in hits)
    assert not any(hit["held"] for hit in found(home, "bread"))
    assert "in doubt" in connector(home, "search", "marzipan")
    assert "marzipan" not in exported(home) and "bread" in exported(home)
    status = connector_json(home, "status")
    assert status["transcripts"] == {"accepted": 1, "held": 1}
    (held,) = connector_json(home, "review", "list")["held"]
    assert held["title"] == "Loop" or held["title"] == "loop"
    assert held["reasons"] and held["grade"] == "low"
    shown = connector(home, "review", "show", held["id"])
    assert "held" in shown and held["reasons"][0] in shown


def test_approved_is_like_any_other_while_its_bytes_are_the_same(home: Path) -> None:
    taken(home, good=talk("bread", 40), loop=LOOP)
    ident = connector_json(home, "review", "list")["held"][0]["id"]
    connector(home, "review", "approve", ident[:8])
    assert "marzipan" in exported(home)
    assert not any(hit["held"] for hit in found(home, "marzipan"))
    connector(home, "ingest", "inbox")  # read again by hand, judged again: the decision stays
    assert connector_json(home, "status")["transcripts"] == {"accepted": 2}
    taken(home, loop=LOOP.replace("marzipan", "nougat"))  # new bytes are asked about anew
    assert connector_json(home, "status")["transcripts"] == {"accepted": 1, "held": 1}


def test_rejected_goes_and_its_file_stays(home: Path) -> None:
    taken(home, good=talk("bread", 40), loop=LOOP)
    ident = connector_json(home, "review", "list")["held"][0]["id"]
    connector(home, "review", "reject", ident)
    assert not found(home, "marzipan") and (home / "inbox" / "loop.srt").read_text() == LOOP
    connector(home, "ingest", "inbox")
    assert not found(home, "marzipan")
    assert connector_json(home, "review", "list") == {"held": [], "rejected": ["loop.srt"]}
    connector(home, "review", "approve", "loop.srt")  # a changed mind
    assert found(home, "marzipan") and connector_json(home, "review", "list") == {"held": [], "rejected": []}


def test_the_daemon_carries_a_decision_out(home: Path) -> None:
    with daemon(home) as running:
        (home / "inbox" / "loop.srt").write_text(LOOP)
        running.says("held")
        running.says("searchable")
        ident = connector_json(home, "review", "list")["held"][0]["id"]
        connector(home, "review", "approve", ident)
        assert not found(home, "marzipan")[0]["held"]
        assert running.stop() == 0


def test_thresholds_and_languages_are_settings(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", quality="{repetition: null, word_order: null, unknown_words: null}")
    taken(home, loop=LOOP)
    assert "held" not in connector_json(home, "status")["transcripts"]
    home = make_home(tmp_path / "english", quality="{languages: [en]}")
    german = "Guten Morgen, heute sprechen wir darüber, wie man eine steinerne Brücke über den Fluss baut."
    taken(home, german=srt([german, "Zuerst betrachten wir die Pfeiler und danach den Bogen."] * 4))
    assert connector_json(home, "status")["transcripts"] == {"held": 1}
    done = run(make_home(tmp_path / "wrong", quality="{languages: [klingonish]}"), "status")
    assert done.returncode == 5 and "klingonish" in done.stderr


def test_nothing_held_and_unknown_ids(home: Path) -> None:
    taken(home, good=talk("bread", 40))
    assert connector_json(home, "review", "list") == {"held": [], "rejected": []}
    done = run(home, "review", "approve", "t0000000")
    assert done.returncode == 5 and "names no" in done.stderr
    shutil.rmtree(home / "data")
    assert run(home, "review", "list").returncode == 3


def test_a_new_version_is_said_in_status(home: Path) -> None:
    taken(home, first=talk("bread", 40))
    taken(home, final=talk("bread", 40).replace("bread", "rye bread"))
    status = connector_json(home, "status")
    (version,) = status["replaced"]
    assert (version["path"], version["by"]) == ("first.srt", "final.srt")
    assert "final.srt replaces first.srt" in connector(home, "status")
    assert json.dumps(status)


def test_a_sidecar_that_describes_nothing_is_said(home: Path) -> None:
    (home / "inbox" / "frist.meta.yaml").write_text("permissions: {allowedGroups: [staff]}\n")
    taken(home, first=talk("bread"))
    assert "frist.meta.yaml" in connector_json(home, "status")["describing_nothing"][0]
    assert "frist.meta.yaml" in connector(home, "status")


def test_a_programme_that_starts_at_an_hour_and_its_recording(home: Path) -> None:
    (home / "inbox" / "show.txt").write_text("01:00:12:05 - 01:00:42:17\nUnknown\nGood evening and marzipan for all.\n")
    (home / "inbox" / "show.mp4").write_bytes(b"a recording")
    connector(home, "ingest", "inbox")
    (hit,) = found(home, "marzipan")
    assert 12.0 <= hit["start"] < 13.0 and hit["title"].startswith("Show")
    assert connector_json(home, "show", hit["id"])["media"] == "show.mp4"
    (home / "inbox" / "show.meta.yaml").write_text("offset: 0\n")
    connector(home, "ingest", "inbox")
    assert found(home, "marzipan")[0]["start"] > 3600


def test_a_held_version_waits_beside_the_one_that_is_not_in_doubt(home: Path) -> None:
    good = talk("bread", 60)
    blocks = good.split("\n\n")
    looped = [
        block.rpartition("\n")[0] + "\nthank you thank you thank you thank you thank you" if number % 2 == 0 else block
        for number, block in enumerate(blocks)
    ]
    taken(home, good=good)
    taken(home, worse="\n\n".join(looped))
    assert connector_json(home, "status")["transcripts"] == {"accepted": 1, "held": 1}
    assert "bread" in exported(home)  # a bad version unpublishes nothing
    ident = connector_json(home, "review", "list")["held"][0]["id"]
    connector(home, "review", "approve", ident)
    status = connector_json(home, "status")
    assert status["transcripts"] == {"accepted": 1} and status["replaced"][0]["by"] == "worse.srt"
