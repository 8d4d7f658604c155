"""The pages of `connector run`, as a process: what is sent is taken in by the daemon that watches, too."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from tests.pages.test_frame import HTML
from tests.pages.test_sources import LOOP, form_name, send, states
from tests.support import WAIT, daemon, found, make_home, talk


def test_connector_run_takes_in_what_is_sent_and_decides(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", serve="{auto: true, port: 0}")
    with daemon(home) as running:
        running.says("serving http")
        at = re.findall(r"serving (http\S+)", running.log)[-1]
        with httpx.Client(base_url=at, headers=HTML, timeout=WAIT) as client:
            told = send(client, ("owls.srt", talk("barn owls")), ("loop.srt", LOOP), collection="birds")
            assert told.status_code == 200, told.text
            assert states(told.text) == {"birds/owls.srt": "searchable", "birds/loop.srt": "in doubt"}
            assert "connector serve" not in told.text
            form = {"decision": "approve", "name": form_name(client.get("/sources?state=held").text)}
            assert client.post("/sources/decide", data=form).status_code == 303
            assert found(home, "thank")[0]["held"] is False
        assert not [one for one in (home / "inbox" / "birds").iterdir() if one.name.startswith(".")]
        assert running.stop() == 0, running.log
