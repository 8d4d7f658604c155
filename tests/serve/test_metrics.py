"""/metrics and /rescan over HTTP: figures as Prometheus' own parser reads them, for the administrator alone."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from connector import config as configuration
from connector.archive.groups import Progress
from connector.archive.rows import CheckpointRow
from connector.archive.timings import BOUNDS, Timings
from connector.archive.writer import DAEMON, Archive
from connector.errors import RemoteError
from connector.glean.destination import SERVER, TOKEN
from connector.glean.pushing import push
from connector.serve.running import serving
from connector.serve.service import Service
from connector.serve.tokens import new_token
from tests.checkpoints import put_checkpoint
from tests.glean.misbehaving import TOKEN as SECRET
from tests.glean.misbehaving import Faults
from tests.glean.misbehaving import serving as served_by_glean
from tests.serve.support import serving_home
from tests.support import WAIT, command, connector, connector_json, daemon, found, make_home, run, talk, until


def figures(text: str) -> dict[str, float]:
    """Name and labels → value of every sample."""
    return {
        sample.name + "".join(f",{value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_daemon_tells_what_it_does_and_looks_when_it_is_asked(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", serve="{auto: true, port: 0}", ingest="{settle: 0.1, rescan: 86400}")
    for name in ("alpha", "beta"):
        (home / "inbox" / f"{name}.srt").write_text(talk(name))
    (home / "inbox" / "bad.srt").write_text("no times in here")
    with daemon(home) as running:
        running.says("serving http")
        until(lambda: found(home, "beta"), "indexed")
        with httpx.Client(base_url=re.findall(r"serving (\S+)", running.log)[-1], timeout=WAIT) as client:
            for query in ("alpha", "nothing of the kind"):
                assert client.post("/rest/api/v1/search", json={"query": query}).is_success
            assert client.get("/?q=alpha", headers={"accept": "text/html"}).is_success  # which counts other things too

            def told() -> dict[str, float]:
                answer = client.get("/metrics")
                assert answer.headers["content-type"].startswith("text/plain; version=")
                return figures(answer.text)

            until(lambda: told().get("connector_ingest_seconds_count") == 2, "what was taken in is counted")
            have = told()
            assert have["connector_sources,indexed"] == 2 and have["connector_sources,failed"] == 1
            assert have["connector_transcripts,accepted"] == 2 and have["connector_documents,transcript"] == 2
            assert have["connector_documents,segment"] >= 2 and have["connector_index_behind_generations"] == 0
            assert have["connector_search_seconds_count"] == 3 and have["connector_search_seconds_bucket,+Inf"] == 3
            assert have["connector_daemon_running"] == 1 and have["connector_waiting,files"] == 0
            assert have["connector_errors,sources"] == 1 and have["connector_errors,training"] == 0
            assert have["connector_last_ingest_timestamp_seconds"] > 1.7e9

            assert client.post("/rescan").json() == {"waiting": 0}
            assert connector_json(home, "rescan") == {"waiting": 0}
            assert connector(home, "rescan").endswith("0 files waiting to be taken in\n")
            (home / "inbox").rename(home / "away")
            refused = client.post("/rescan")
            assert refused.status_code == 503 and "is gone" in refused.text
        assert running.stop() == 0
    refused_here = run(home, "rescan")
    assert refused_here.returncode == 3 and "the daemon does not run" in refused_here.stderr


def test_a_rescan_sees_what_the_system_did_not_report(home: Path) -> None:
    """Another folder in the inbox's place is not the one that is watched, as little as one behind a network share."""
    make_home(home, ingest="{settle: 0.1, rescan: 86400}")
    with daemon(home) as running:
        (home / "inbox").rename(home / "away")
        (home / "inbox").mkdir()
        (home / "inbox" / "hidden.srt").write_text(talk("hidden"))
        connector(home, "rescan")
        until(lambda: found(home, "hidden"), "taken in though nothing was reported")
        assert "asked to rescan\n" in running.log


def test_serve_alone_says_that_nothing_watches(home: Path) -> None:
    (home / "inbox" / "alpha.srt").write_text(talk("alpha"))
    command(home, "ingest", str(home / "inbox"))
    with serving_home(home) as served:
        refused = httpx.post(f"{served.address}/rescan")
        assert refused.status_code == 503 and "`connector serve` alone does not" in refused.json()["detail"]
        have = figures(httpx.get(f"{served.address}/metrics").text)
        assert have["connector_daemon_running"] == 0 and have["connector_sources,indexed"] == 1


def test_model_training_and_index_are_told_of(home: Path) -> None:
    (home / "inbox" / "alpha.srt").write_text(talk("alpha"))
    command(home, "ingest", str(home / "inbox"))
    settings = configuration.load(home / "config.yaml").settings
    with serving_home(home) as served:

        def told() -> dict[str, float]:
            return figures(httpx.get(f"{served.address}/metrics").text)

        have = told()
        assert have["connector_index_readable"] == 1 and "connector_checkpoint_number" not in have
        assert have["connector_training_running"] == 0 and have["connector_errors,training"] == 0
        with served.service.ledger() as ledger:
            put_checkpoint(ledger, settings, ledger.transcript_ids())
            report = {"train_loss": 1.5, "validation_loss": 1.75}
            ledger.add_checkpoint(CheckpointRow("c00000900000000aa", 9, "corpus", [], report, True))
            ledger.set_state("training_failed", {"reason": "no memory", "corpus": None})
        have = told()
        assert have["connector_checkpoint_number"] == 9 and have["connector_errors,training"] == 1
        losses = have["connector_training_loss_nats,train"], have["connector_training_loss_nats,validation"]
        assert losses == (1.5, 1.75)


def test_a_training_under_way_is_told_of(archive: Archive) -> None:
    """The daemon's part is played here: it holds the archive, and has said how far its training is."""
    archive.ledger.set_state("holder", {"pid": os.getpid(), "command": DAEMON, "since": ""})
    archive.ledger.set_state("daemon", {"waiting": 3, "training": {"fraction": 0.25, "text": "25%"}})
    service = Service(archive.settings, archive.settings.data.parent / "identity.yaml")
    with serving(service, "127.0.0.1", 0) as address:
        have = figures(httpx.get(f"{address}/metrics").text)
    assert have["connector_training_running"] == 1 and have["connector_training_progress_ratio"] == 0.25
    assert have["connector_waiting,files"] == 3


def test_an_index_that_cannot_be_read_is_told_of(home: Path) -> None:
    (home / "inbox" / "alpha.srt").write_text(talk("alpha"))
    command(home, "ingest", str(home / "inbox"))
    config = configuration.load(home / "config.yaml")
    shutil.rmtree(config.settings.index_folder)
    with serving(Service(config.settings, config.identity_file), "127.0.0.1", 0) as address:
        have = figures(httpx.get(f"{address}/metrics").text)
    assert have["connector_index_readable"] == 0 and have["connector_sources,indexed"] == 1


def test_a_push_that_was_stopped_and_one_that_ended_are_told_of(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("alpha", "beta"):
        (home / "inbox" / f"{name}.srt").write_text(talk(name, 20))
    command(home, "ingest", str(home / "inbox"))
    config = configuration.load(home / "config.yaml")
    monkeypatch.setattr("connector.glean.sending.BATCH", 2)

    @contextmanager
    def stopping(label: str) -> Iterator[Progress]:
        def follow(done: int, total: int) -> None:
            if label == "pushing":
                running.append(told())
                if done > 4:
                    raise KeyboardInterrupt

        yield follow

    running: list[dict[str, float]] = []
    with served_by_glean() as glean, serving_home(home) as served:
        monkeypatch.setenv(SERVER, glean.url)
        monkeypatch.setenv(TOKEN, SECRET)

        def told() -> dict[str, float]:
            return figures(httpx.get(f"{served.address}/metrics").text)

        assert told()["connector_push_running"] == told()["connector_push_unfinished"] == 0
        with pytest.raises(KeyboardInterrupt):
            push(config.settings, config.identity_file, progress=stopping)
        assert running[-1]["connector_push_running"] == 1
        have = told()
        assert (have["connector_push_running"], have["connector_push_unfinished"]) == (0, 1)
        assert have["connector_push_held,document"] == len(glean.held.documents) > 0
        assert "connector_push_last_timestamp_seconds" not in have
        push(config.settings, config.identity_file)
        have = told()
        assert have["connector_push_held,document"] == len(glean.held.documents) > 10
        assert (have["connector_push_unsure"], have["connector_push_unfinished"]) == (0, 0)
        assert have["connector_push_last_timestamp_seconds"] > 1.7e9 and have["connector_push_refused"] == 0
        assert have["connector_push_failed"] == have["connector_errors,push"] == 0
        glean.faults = Faults(revoke_at=0)
        with pytest.raises(RemoteError):
            push(config.settings, config.identity_file, full=True)
        have = told()
        assert have["connector_push_failed"] == have["connector_errors,push"] == 1
        assert have["connector_push_unfinished"] == 0, "why it did not end is told"


def test_they_are_the_administrators_alone(home: Path) -> None:
    token = new_token(home / "tokens.yaml", "ann@example.com")
    with serving_home(home, "open sesame") as served:
        for method, path in (("GET", "/metrics"), ("POST", "/rescan")):

            def asked(headers: dict[str, str], method: str = method, path: str = path) -> int:
                return httpx.request(method, served.address + path, headers=headers).status_code

            administrator = {"Authorization": "Bearer open sesame"}
            assert asked({}) == 401
            assert asked({"Authorization": f"Bearer {token}"}) == 403
            assert asked(administrator | {"X-Glean-ActAs": "ann@example.com"}) == 403
            assert asked(administrator) == (200 if path == "/metrics" else 503)


def test_timings_count_each_once() -> None:
    timings = Timings()
    for seconds in (0.0, 0.005, 0.0051, 1.5, 1e9):
        timings.observe(seconds)
    told = timings.to_json()
    assert sum(told["counts"]) == 5 and len(told["counts"]) == len(BOUNDS) + 1
    assert told["counts"][:2] == [2, 1] and told["counts"][-1] == 1
