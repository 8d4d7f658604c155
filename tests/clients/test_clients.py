"""Glean's own packages, unmodified and in environments of their own, against `connector serve`: `make test-clients`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.glean.misbehaving import serving
from tests.glean.pushing import document, equal, things
from tests.serve.archive import make_archive
from tests.support import WAIT, connector, found, make_home, serving_process

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / ".venv-clients"
OLDER, SDK = ENVIRONMENTS / "older" / "bin", ENVIRONMENTS / "sdk" / "bin"
TOKEN = "a-token-of-the-administrator"

pytestmark = pytest.mark.skipif(not (OLDER.exists() and SDK.exists()), reason="`make test-clients` sets them up")


def output(*command: str | Path, **variables: str) -> str:
    """What a program prints that knows nothing of the project."""
    plain = {"PATH": os.environ["PATH"], "HOME": str(ENVIRONMENTS), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [str(part) for part in command], env=plain | variables, capture_output=True, text=True, timeout=2 * WAIT
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


EXPECTED: dict[str, Any] = {
    "config": "Wiki",
    "users": 2,
    "groups": ["keepers"],
    "count": 5,
    "status": "INDEXED",
    "debug": "INDEXED",
    "debug_many": ["UPLOADED"],
    "events": ["INDEXED"],
    "access": [True, False],
    "datasource": {"Article": 5},
    "found": [2, True, 2],
    "facets": {"team": [5]},
    "bold": ["shy"],
    "hidden": 0,
    "completed": ["the sleeps"],
    "retrieved": ["Article a1", "Article a1"],
    "not retrieved": [True, True],
    "by facets": 5,
    "summary": "The shy llama eats hay.",
    "like it": 2,
    "left": 3,
    "users left": 1,
    "refused": 400,
}
PLAIN: dict[str, Any] = {"plain": 5, "sources": ["wiki"]}  # which the older client does not have


@pytest.mark.parametrize(
    ("python", "expected"),
    [(OLDER / "python", EXPECTED), (Path(sys.executable), EXPECTED | PLAIN)],
    ids=["client 0.13", "client here"],
)
def test_every_method_of_the_client_is_answered(tmp_path: Path, python: Path, expected: dict[str, Any]) -> None:
    with serving_process(make_home(tmp_path / "home"), "--validate", CONNECTOR_TOKEN=TOKEN) as address:
        assert json.loads(output(python, HERE / "every_method.py", address, TOKEN=TOKEN)) == expected


def test_the_oldest_client_pushes(tmp_path: Path) -> None:
    """Singly, what changed and what is gone, and all as one upload; documents arrive as they were meant."""
    ours = sysconfig.get_paths()["purelib"]
    wanted = tmp_path / "wanted.json"
    first = things([document(number) for number in range(12)], people=4)
    second = things([document(number, "new words" if number < 5 else "") for number in range(2, 14)], people=3)
    with serving() as server:
        for told, how in ((first, []), (second, []), (first, ["--full"])):
            wanted.write_text(json.dumps(told))
            arguments = (ours, tmp_path / "ledger.db", server.url, wanted, *how)
            assert output(OLDER / "python", HERE / "push.py", *arguments).split() == ["0.13.0"]
            assert equal(server.held, told)
        routes = {route for route, _ in server.held.requests}
        assert routes >= {"indexdocuments", "deletedocument", "bulkindexdocuments", "deletemembership", "deleteuser"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """The archive that a connector of the SDK pushed into, and the variables that tell the SDK where it is."""
    home = make_home(tmp_path_factory.mktemp("sdk") / "home")
    with serving_process(home, "--validate", CONNECTOR_TOKEN=TOKEN) as address:
        variables = {"GLEAN_SERVER_URL": address, "GLEAN_INDEXING_API_TOKEN": TOKEN}
        output(SDK / "python", HERE / "sdk_connector.py", **variables)
        yield home, variables


class TestSdk:
    def test_a_connector_written_with_it_is_found_by_those_who_may(self, served: tuple[Path, dict[str, str]]) -> None:
        home, _ = served
        pages = ["Page p0", "Page p1", "Page p2"]
        for email, seen in (("ann@example.com", pages), ("bob@example.com", [])):
            assert [hit["title"] for hit in found(home, "capybara", kind="all", **{"as": email})] == seen

    def test_doctor(self, served: tuple[Path, dict[str, str]]) -> None:
        _, variables = served
        told = json.loads(
            output(SDK / "glean-idx", "doctor", "--datasource", "sdkwiki", "--output", "json", **variables)
        )
        assert told["ok"] and {"name": "datasource:sdkwiki", "ok": True, "value": "reachable"} in told["data"]["checks"]

    def test_datasource_status(self, served: tuple[Path, dict[str, str]]) -> None:
        _, variables = served
        asked = ("datasource", "status", "--datasource", "sdkwiki", "--output", "json")
        told = json.loads(output(SDK / "glean-idx", *asked, **variables))["data"]
        assert told["documents"]["uploaded"] == told["documents"]["indexed"] == {"Page": 3}
        assert told["documents"]["last_bulk_upload"]["status"] == "SUCCESSFUL"
        assert {name: told["identity"][name] for name in ("users", "groups", "memberships")} == {
            "users": 1,
            "groups": 2,
            "memberships": 1,
        }


def test_the_exported_dataset_loads(tmp_path: Path) -> None:
    home = make_archive(tmp_path / "home")
    connector(home, "export", "--out", "out")
    told = json.loads(output(OLDER / "python", HERE / "load_dataset.py", home / "out" / "dataset.jsonl"))
    written = [json.loads(line) for line in (home / "out" / "documents.ndjson").read_text().splitlines()]
    assert told["ids"] == [one["id"] for one in written] and told["rows"] == len(written) > 10
    assert {told["types"][name] for name in ("start", "end")} == {"float64"}
    assert told["types"]["recorded"] == "int64" and told["types"]["generated"] == "bool"
