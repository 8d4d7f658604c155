"""``connector doctor`` as a person meets it: a table, JSON, an exit code."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support import connector, connector_json, daemon, found, make_home, talk, until


def test_a_new_folder_is_well(home: Path) -> None:
    told = connector(home, "doctor")
    assert "0 to mend" in told and "connector run" in told and len(told.splitlines()) < 30
    assert not (home / "data").exists(), "looking makes nothing"


def test_a_running_daemon_that_serves_is_well(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", serve="{auto: true, port: 0}")
    (home / "inbox" / "a.srt").write_text(talk("alpha"))
    with daemon(home) as running:
        until(lambda: found(home, "alpha"), "indexed")
        checks = {check["name"]: check for check in connector_json(home, "doctor")["checks"]}
        assert f"process {running.process.pid}" in checks["locks"]["found"]
        assert "documents compared, equal" in checks["index"]["found"]
        address = connector_json(home, "status")["served"]
        assert f"serving {address} " in running.log and address in checks["port"]["found"]
        assert running.stop() == 0
    assert "doctor" not in running.log, "the probe is left alone"


def test_what_must_be_mended_is_an_exit_code(home: Path) -> None:
    (home / "jargon.yaml").write_text("Kubernetes: 3\n")
    report = json.loads(connector(home, "doctor", "--json", code=3))
    assert not report["ok"]
    (failed,) = (check for check in report["checks"] if check["state"] == "fail")
    assert failed["name"] == "jargon.yaml" and failed["todo"]
