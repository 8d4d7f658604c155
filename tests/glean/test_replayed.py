"""Exports sent with the lines of the README, `jq` and `curl`, to the local Glean of another archive."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from connector import config as configuration
from connector.archive.ledger import Ledger
from tests.serve.support import serving_home
from tests.serve.test_pushed_into import ADMINISTRATOR, documents, held
from tests.support import command, make_home, talk

README = Path(__file__).parents[2] / "README.md"
LOOP = re.search(r"```sh\n(send\(\).*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="jq or curl is not installed")
def test_all_then_what_changed(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", glean="{datasource: talks}")
    for name in ("bridges", "tunnels"):
        (home / "inbox" / f"{name}.srt").write_text(talk(name, 20))
    users = "users: [{email: ann@example.com}, {email: bob@example.com}, {email: cid@example.com}]\n"
    (home / "identity.yaml").write_text(re.sub("((ann|cid)@example.com)", r"\1, groups: [crew]", users))
    settings = configuration.load(home / "config.yaml").settings
    command(home, "ingest", str(home / "inbox"))
    command(home, "export", "--out", str(home / "first"))
    with serving_home(make_home(tmp_path / "other"), ADMINISTRATOR) as served:
        send(home / "first", served.address)
        assert held(served.service.settings) == documents(settings) != []

        (home / "inbox" / "tunnels.srt").write_text(talk("tunnels", 12))
        (home / "identity.yaml").write_text(re.sub("((ann|bob)@example.com)", r"\1, groups: [crew]", users))
        command(home, "ingest", str(home / "inbox"))
        command(home, "export", "--out", str(home / "second"), "--changed-since", str(home / "first"))
        files = json.loads((home / "second" / "manifest.json").read_text())["files"]
        assert [entry["name"] for entry in files if entry["endpoint"]] == [  # users and groups are as they were
            "datasource.json", "deletemembership.ndjson", "deletedocument.ndjson", "indexdocuments-00001.json",
            "bulkindexmemberships-00001.json",
        ]  # fmt: skip
        (left,) = (home / "second" / "deletemembership.ndjson").read_text().splitlines()
        assert json.loads(left)["membership"] == {"groupName": "crew", "memberUserId": "cid@example.com"}
        assert command(home, "check", str(home / "second")).endswith("Glean takes all of it\n")
        send(home / "second", served.address)
        assert held(served.service.settings) == documents(settings) != []
        with Ledger.open(served.service.settings.ledger_file) as ledger:
            assert [set(one.groups) for one in ledger.memberships_of("bob@example.com")] == [{"crew"}]
            assert not any(one.groups for one in ledger.memberships_of("cid@example.com"))


def send(folder: Path, address: str) -> None:
    """By the README's own lines."""
    assert LOOP
    told = os.environ | {"TOKEN": ADMINISTRATOR, "GLEAN_SERVER_URL": address, "no_proxy": "127.0.0.1"}
    done = subprocess.run(["sh", "-e", "-c", LOOP[1]], cwd=folder, env=told, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
