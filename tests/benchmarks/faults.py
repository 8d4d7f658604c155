"""Pushes through a server that misbehaves, on seeded schedules: does a clean push afterwards end equal to the ledger,
and does nobody at any moment see a document, or words of one, that neither the state before a push nor the one after it
shows them?

python -m tests.benchmarks.faults [--json] [--schedules 200] [--first 0]

A schedule draws an archive and its people, what changes between pushes, the ways they go (singly, as bulk upload, in
full), and what goes wrong: connections that are cut off in a request, before, in and after an answer, 429 and 5xx with
and without `Retry-After` (a date by a clock that is wrong, too), answers that never come, web pages and wrong content
types, batches refused in half, permissions refused too, uploads that are lost, a token revoked on the way, and the
pushing process killed at a request.
Before that, a push is killed at each of its requests in turn, before and after it was carried out.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connector.errors import RemoteError
from tests.benchmarks.report import Figure, arguments, publish, say
from tests.glean import pushing
from tests.glean.asked import watch
from tests.glean.misbehaving import KINDS, NOBODY, Faults, Held, Server, serving
from tests.glean.pushing import Things, document, equal, push_once, small_pages, things

STAFF, TRAINERS = {"allowedGroups": ["staff"]}, {"allowedGroups": ["trainers"]}
EVERYBODY = {"allowAllDatasourceUsersAccess": True}
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.forked", "tests.loaded"])
TIMEOUT = 0.2  # seconds a client waits for an answer that never comes


@dataclass
class Outcome:
    """What a schedule came to; ``wrong`` says what should not be."""

    seed: int
    wrong: list[str] = field(default_factory=list)
    pushes: int = 0
    failed: int = 0
    killed: int = 0
    refused: int = 0
    requests: int = 0
    faults: Counter[str] = field(default_factory=Counter)


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--schedules", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    small_pages()
    started = time.monotonic()
    every = [] if options.first else [every_request(bulk, after) for bulk in (False, True) for after in (False, True)]
    outcomes = list[Outcome]()
    for seed in range(options.first, options.first + options.schedules):
        outcomes.append(schedule(seed))
        if outcomes[-1].wrong:
            say(f"schedule {seed}: {'; '.join(outcomes[-1].wrong)}")
    faults = sum((outcome.faults for outcome in outcomes), Counter[str]())
    wrong = sum(bool(outcome.wrong) for outcome in (*every, *outcomes))
    figures = [
        Figure("killed at each request in turn", sum(outcome.killed for outcome in every), "processes"),
        Figure("schedules", len(outcomes), "schedules"),
        Figure("of these not equal at the end", wrong, "schedules", "0"),
        Figure("pushes that failed, as they should", sum(outcome.failed for outcome in outcomes), "pushes"),
        Figure("processes killed", sum(outcome.killed for outcome in outcomes), "processes"),
        Figure("documents refused", sum(outcome.refused for outcome in outcomes), "documents"),
        Figure("requests", sum(outcome.requests for outcome in outcomes), "requests"),
        *(Figure(f"fault: {kind}", faults[kind], "times") for kind in KINDS),
        Figure("time", time.monotonic() - started, "s"),
    ]
    publish("faults", figures, options.json)
    sys.exit(bool(wrong))


def every_request(bulk: bool, after: bool, documents: int = 20) -> Outcome:
    """A push killed at its first request, another at its second, and so on until one comes through."""
    outcome = Outcome(-1)
    before = things([document(n) for n in range(documents * 2 // 5, documents)])
    told = things(
        [document(n, "new words" if n < documents * 3 // 5 else "") for n in range(documents * 9 // 10)], people=4
    )
    for at in itertools.count(1):
        with serving() as server, tempfile.TemporaryDirectory() as folder:
            ledger, killed = Path(folder) / "ledger.db", outcome.killed
            push_once(ledger, server.url, before)
            faults = Faults(kill_at=len(server.held.requests) + at, kill_after=after)
            _in_a_process(server, ledger, told, faults, {"full": False, "bulk_above": 0 if bulk else 10**9}, outcome)
            _end_clean(server, ledger, told, outcome)
        if outcome.killed == killed:
            return outcome
    raise AssertionError


def schedule(seed: int, *, kill: bool | None = None) -> Outcome:
    """One schedule; ``kill`` says whether processes are killed in it (None: as drawn)."""
    draw = random.Random(seed)
    outcome = Outcome(seed)
    with serving() as server, tempfile.TemporaryDirectory() as folder:
        ledger, told = Path(folder) / "ledger.db", _first(draw)
        server.staged, server.strict = draw.random() < 0.5, draw.random() < 0.5
        for _ in range(draw.randint(1, 4)):
            outcome.pushes += 1
            how = {"full": draw.random() < 0.25, "bulk_above": draw.choice([0, 10, 10**9])}
            faults = _faults(draw)
            if draw.random() < 0.4 if kill is None else kill:
                faults.kill_at = len(server.held.requests) + draw.randint(1, 25)
                faults.kill_after = draw.random() < 0.5
                _in_a_process(server, ledger, told, faults, how, outcome)
            else:
                if draw.random() < 0.25:
                    faults.revoke_at = len(server.held.requests) + draw.randint(1, 25)
                _here(server, ledger, told, faults, how, outcome)
            if draw.random() < 0.7:
                told = _changed(told, draw)
        _end_clean(server, ledger, told, outcome)
        outcome.requests, outcome.faults = len(server.held.requests), server.held.faults
    return outcome


def _end_clean(server: Server, ledger: Path, told: Things, outcome: Outcome) -> None:
    server.faults = Faults()
    watch(server, told, outcome.wrong.append)
    push_once(ledger, server.url, told, yes_delete=True)
    if not equal(server.held, told):
        outcome.wrong.append(f"not equal: {_differing(server.held, told)}")
    if server.held.twice:
        outcome.wrong.append(f"sent again though acknowledged: {server.held.twice[:5]}")
    asked = len(server.held.requests)
    push_once(ledger, server.url, told)
    if len(server.held.requests) != asked:
        outcome.wrong.append(f"another push sent {server.held.requests[asked:][:3]}")


def _differing(held: Held, told: Things) -> str:
    there = {f"{one['objectType']}/{one['id']}": one for one in told["documents"]}
    missing, more = there.keys() - held.documents.keys(), held.documents.keys() - there.keys()
    return f"{len(missing)} documents missing, {len(more)} too many of {len(there)}, or people differ"


def _here(server: Server, ledger: Path, told: Things, faults: Faults, how: dict[str, Any], outcome: Outcome) -> None:
    server.faults = faults
    watch(server, told, outcome.wrong.append)
    if how["full"]:  # sends all, whatever was acknowledged
        server.held.acknowledged = {}
    try:
        done = push_once(ledger, server.url, told, yes_delete=True, timeout=TIMEOUT, seed=faults.seed, **how)
    except RemoteError:
        outcome.failed += 1
    else:
        outcome.refused += len(done.refused)
        _demand_closed(server, told, outcome)


def _in_a_process(
    server: Server, ledger: Path, told: Things, faults: Faults, how: dict[str, Any], outcome: Outcome
) -> None:
    file = ledger.with_name("wanted.json")
    file.write_text(json.dumps(told))
    watch(server, told, outcome.wrong.append)
    if how["full"]:
        server.held.acknowledged = {}
    arguments = [str(ledger), server.url, str(file), "--timeout", str(TIMEOUT), "--bulk-above", str(how["bulk_above"])]
    said = ledger.with_name("said")
    with server.lock:  # nothing is answered before the server knows whom to kill
        child = _FORKING.Process(target=_push, args=([*arguments, *(["--full"] if how["full"] else [])], said))
        child.start()
        faults.kill = child.pid
        server.faults = faults
    child.join(120)
    assert child.exitcode is not None
    if child.exitcode < 0:
        outcome.killed += 1
    elif child.exitcode:
        outcome.failed += 1
        if "RemoteError" not in said.read_text():
            outcome.wrong.append(f"the process failed: {said.read_text()[-500:]}")
    else:
        _demand_closed(server, told, outcome)


def _push(arguments: list[str], said: Path) -> None:
    """A process of its own, forked from one that has imported all it needs; what it says on stderr goes to a file."""
    os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT), 2)
    pushing.main(arguments)


def _demand_closed(server: Server, told: Things, outcome: Outcome) -> None:
    """After a push that came to its end nobody sees what they may not, whatever was refused."""
    for one in told["documents"]:
        there = server.held.documents.get(f"{one['objectType']}/{one['id']}")
        if there and there["permissions"] not in (one["permissions"], NOBODY):
            outcome.wrong.append(f"{one['id']} is still for {there['permissions']}")


def _faults(draw: random.Random) -> Faults:
    return Faults(
        seed=draw.randrange(10**6),
        rate=draw.choice([0.0, 0.2, 0.5, 0.9]),
        kinds=tuple(draw.sample(KINDS, draw.randint(1, len(KINDS)))),
        poisoned=draw.choice([0.0, 0.0, 0.05, 0.5]),
        closed=draw.random() < 0.3,
        in_a_row=draw.choice([1, 3, 12]),
    )


def _first(draw: random.Random) -> Things:
    return things([document(n) for n in range(draw.choice([1, 12, 60]))], people=draw.choice([0, 1, 6]))


def _changed(told: Things, draw: random.Random) -> Things:
    """The archive some time later: some are new, some changed, some gone, some who were gone are back."""
    numbers = {int(one["id"][1:]) for one in told["documents"]}
    kept = {n for n in numbers if draw.random() < draw.choice([0.4, 0.95, 1.0])}
    kept |= {draw.randrange(80) for _ in range(draw.choice([0, 1, 10]))}
    people = draw.choice([0, 1, 5, 6])
    named = {"allowedUsers": [{"email": f"p{people - 1}@example.com"}]} if people else STAFF
    audiences, often = (STAFF, TRAINERS, EVERYBODY, named), draw.choice([(6, 1, 0, 0), (3, 3, 2, 2), (0, 1, 1, 6)])
    later = things(
        [
            document(
                n,
                f"version {draw.randrange(3)}" if draw.random() < 0.3 else "",
                permissions=draw.choices(audiences, often)[0],
            )
            for n in sorted(kept or {0})
        ],
        people=people,
    )
    trainers = [one | {"groupName": "trainers"} for one in later["memberships"]]
    later["memberships"] = [one for one in later["memberships"] + trainers if draw.random() < 0.7]
    return later


if __name__ == "__main__":
    main()
