"""/metrics and /rescan over HTTP: figures as Prometheus' own parser reads them, for the administrator alone."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from connector.archive.timings import BOUNDS, Timings
from connector.serve.tokens import new_token
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
