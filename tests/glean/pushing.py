"""A push of made-up documents and people, with a clock that nobody has to wait for; as a process of its own too.

python -m tests.glean.pushing LEDGER SERVER WANTED.json [--full] [--bulk-above N]
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from connector.archive.ledger import Ledger
from connector.archive.rows import dump
from connector.glean import bulk, push, sending
from connector.glean.account import Pushed
from connector.glean.check import broken_rules, too_large
from connector.glean.destination import Destination, Token
from connector.glean.plan import KINDS, Wanted, plan
from connector.glean.push import carry_out
from connector.glean.pushing import pace
from connector.glean.remote import Remote
from connector.glean.spool import Spool
from tests.glean.misbehaving import TOKEN, Held, canonical

DATASOURCE = "transcripts"
Things = dict[str, Any]  # config, users, groups, memberships, documents


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def document(number: int, text: str = "", **more: Any) -> dict[str, Any]:
    return {
        "datasource": DATASOURCE,
        "id": f"d{number:05d}",
        "objectType": "Transcript",
        "title": f"Talk {number}",
        "viewURL": f"https://v.example.com/{number}?t=12",
        "permissions": {"allowedGroups": ["staff"]},
        "body": {"mimeType": "text/plain", "textContent": text or f"About {number}, 日本語 “quoted”."},
        "customProperties": [{"name": "start", "value": "12.5"}, {"name": "position", "value": number}],
    } | more


def things(documents: list[dict[str, Any]], people: int = 3) -> Things:
    users = [{"email": f"p{n}@example.com", "name": f"Person {n}"} for n in range(people)]
    groups = [{"name": "staff"}, {"name": "trainers"}] if people else []
    members = [{"groupName": "staff", "memberUserId": user["email"]} for user in users]
    config = {"name": DATASOURCE, "displayName": "Transcripts", "datasourceCategory": "KNOWLEDGE_HUB"}
    return {"config": config, "users": users, "groups": groups, "memberships": members, "documents": documents}


def check(document: dict[str, Any], size: int) -> None:
    """By the rules of a document alone: these are in no archive."""
    assert broken_rules(document) + too_large(size) == []


def wanted(told: Things, spool: Spool) -> Wanted:
    spool.fill(told["documents"], check)
    return Wanted(
        {
            "datasource": {DATASOURCE: told["config"]},
            "user": {user["email"]: user for user in told["users"]},
            "group": {group["name"]: group for group in told["groups"]},
            "membership": {dump(one): one for one in told["memberships"]},
        },
        spool,
    )


def push_once(
    ledger_file: Path,
    url: str,
    told: Things,
    *,
    full: bool = False,
    bulk_above: int = 10**9,
    yes_delete: bool = False,
    restart: bool = False,
    clock: Clock | None = None,
    token: str = TOKEN,
    timeout: float = 10.0,
    seed: int = 0,
    forgotten: AbstractSet[str] = frozenset(),
    **more: Any,
) -> Pushed:
    """One push, as ``connector push`` does it after it has read the archive; ``more`` is for ``carry_out``."""
    clock = clock or Clock()
    destination = Destination(url, DATASOURCE)
    with ExitStack() as stack:
        ledger = stack.enter_context(Ledger.open(ledger_file, create=True))
        spool = stack.enter_context(Spool(ledger_file.parent))
        remote = stack.enter_context(
            Remote(
                destination,
                Token(token),
                pace=pace(ledger, destination),
                clock=clock,
                sleep=clock.sleep,
                chance=random.Random(seed).random,
                timeout=httpx.Timeout(timeout),
            )
        )
        held = {kind: ledger.pushed(destination.key, kind) for kind in KINDS}
        planned = plan(wanted(told, spool), held, bulk_above=bulk_above, full=full, forgotten=forgotten)
        return carry_out(
            planned, ledger, remote, destination=destination.key, yes_delete=yes_delete, restart=restart, **more
        )


def equal(held: Held, told: Things) -> bool:
    """Whether the server holds exactly what it should."""
    return (
        (held.config or {}).items() >= told["config"].items()
        and _sorted(held.users.values()) == _sorted(told["users"])
        and _sorted(held.groups.values()) == _sorted(told["groups"])
        and _sorted(held.memberships.values()) == _sorted(told["memberships"])
        and _sorted(held.documents.values()) == _sorted(told["documents"])
    )


def _sorted(values: Any) -> list[str]:
    return sorted(canonical(value) for value in values)


def small_pages(pages: int = 7, batch: int = 5, noted: int = 4) -> None:
    """So that a few documents make many requests; for processes and campaigns that do nothing else."""
    bulk.PAGE, sending.BATCH, push.NOTED = pages, batch, noted


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ledger", type=Path)
    parser.add_argument("server")
    parser.add_argument("wanted", type=Path)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--bulk-above", type=int, default=10**9)
    parser.add_argument("--timeout", type=float, default=10.0)
    options = parser.parse_args(arguments)
    small_pages()
    push_once(
        options.ledger, options.server, json.loads(options.wanted.read_text()),
        full=options.full, bulk_above=options.bulk_above, yes_delete=True, timeout=options.timeout,
    )  # fmt: skip


if __name__ == "__main__":
    main()
