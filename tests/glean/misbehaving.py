"""A loopback server that keeps what a Glean would hold, and misbehaves as a ``Faults`` says.

It takes the indexing API's routes that a push uses. Nothing here waits by the clock: what is "slow" waits until the
client has given up.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

JSON = "application/json; charset=UTF-8"
TOKEN = "glean-token-4711-never-to-be-seen"
NOBODY = {"allowAllDatasourceUsersAccess": False}

KINDS = (
    "cut the request", "hang up", "hang up after", "half an answer", "500", "500 after", "503", "429", "429 seconds",
    "429 date", "slow", "slow after", "web page", "wrong type", "lose the upload", "429 never",
)  # fmt: skip


@dataclass
class Faults:
    """What goes wrong, drawn from a seed; with ``rate`` 0 nothing does."""

    seed: int = 0
    rate: float = 0.0
    kinds: tuple[str, ...] = KINDS
    revoke_at: int | None = None  # from this request on the token is unknown
    kill_at: int | None = None  # at this request the process ``kill`` is killed
    kill: int | None = None
    kill_after: bool = False  # once it was carried out, instead of before
    closed: bool = False  # permissions alone are refused
    poisoned: float = 0.0  # the share of documents that are refused: a batch with one is, half of it kept
    in_a_row: int = 3  # at most so many faults one after another

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)
        self._run = 0

    def next(self) -> str | None:
        """What goes wrong with the next request."""
        kind = self._draw.choice(self.kinds) if self._draw.random() < self.rate else None
        self._run = self._run + 1 if kind else 0
        if self._run > self.in_a_row:
            self._run, kind = 0, None
        return kind

    def refuses(self, ident: str) -> bool:
        return hashlib.sha256(f"{self.seed}{ident}".encode()).digest()[0] < 256 * self.poisoned

    def bytes_sent(self, of: int) -> int:
        return self._draw.randrange(of)

    def skew(self) -> timedelta:
        return timedelta(seconds=self._draw.choice((-86_400, -3600, 0, 3600, 86_400)))


@dataclass
class Held:
    """What the server holds, and what it was asked."""

    config: dict[str, Any] | None = None
    users: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, Any] = field(default_factory=dict)
    memberships: dict[str, Any] = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)
    upload: str | None = None  # the unfinished one
    uploaded: dict[str, Any] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    requests: list[tuple[str, Any]] = field(default_factory=list)
    acknowledged: dict[str, Any] = field(default_factory=dict)  # documents by single ways, answered in full
    twice: list[str] = field(default_factory=list)  # sent again although they were
    faults: Counter[str] = field(default_factory=Counter)


class RefusalError(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def key(document: dict[str, Any]) -> str:
    return f"{document['objectType']}/{document['id']}"


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


class Server(ThreadingHTTPServer):
    """The server; ``held`` is looked at and ``faults`` set between pushes."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.held = Held()
        self.faults = Faults()
        self.lock = threading.Lock()
        self.token = TOKEN
        self.staged = False  # True: of an upload nothing shows before its end
        self.tells_uploads = True  # which upload is under way
        self.before_answering: Callable[[str], None] = lambda _: None
        self.after_each: Callable[[], None] = lambda: None  # request, once it was carried out or refused
        self.strict = False  # True: a document names no user who is not there
        self.pauses = False  # True: an upload that more than a fifth is missing from deletes nothing

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is gone is what these tests are about."""

    # -- what the routes do

    def carry_out(self, route: str, body: dict[str, Any]) -> Any:
        held = self.held
        match route:
            case "adddatasource":
                held.config = body
                return {"success": True}
            case "indexuser":
                held.users[body["user"]["email"]] = body["user"]
            case "indexgroup":
                held.groups[body["group"]["name"]] = body["group"]
            case "indexmembership":
                self._known(body["membership"])
                held.memberships[canonical(body["membership"])] = body["membership"]
            case "deleteuser":
                held.users.pop(body["email"], None)
            case "deletegroup":
                held.groups.pop(body["groupName"], None)
            case "deletemembership":
                held.memberships.pop(canonical(body["membership"]), None)
            case "indexdocuments":
                self._take(body["documents"], held.documents)
            case "deletedocument":
                held.documents.pop(f"{body['objectType']}/{body['id']}", None)
            case "updatepermissions":
                self._open_to(f"{body['objectType']}/{body['id']}", body["permissions"])
            case "bulkindexdocuments":
                self._page(body)
            case route if route.endswith("/status"):
                counts = Counter(document["objectType"] for document in held.documents.values())
                uploaded = [{"objectType": name, "count": count} for name, count in counts.items()]
                active = {"uploadId": held.upload, "status": "ACTIVE", "endTime": "NA"}
                history = [active] if held.upload and self.tells_uploads else []
                return {"documents": {"counts": {"uploaded": uploaded}, "bulkUploadHistory": history}}
            case route if route.endswith("/documents"):
                return {"documentStatuses": [self._debugged(one) for one in body["debugDocuments"]]}
            case route if route.endswith("/document"):
                return self._debugged(body)["debugInfo"]
            case _:
                raise RefusalError(404, "no such route")
        return None

    def _debugged(self, named: dict[str, Any]) -> dict[str, Any]:
        there = f"{named['objectType']}/{named['docId']}" in self.held.documents
        return named | {"debugInfo": {"status": {"uploadStatus": "UPLOADED" if there else "NOT_UPLOADED"}}}

    def _open_to(self, named: str, permissions: dict[str, Any]) -> None:
        if named not in self.held.documents or self.faults.closed:
            raise RefusalError(400, "no permissions for this")
        if self.strict and self._strange({"permissions": permissions}):
            raise RefusalError(400, "unknown user")
        self.held.documents[named] = self.held.documents[named] | {"permissions": permissions}

    def _known(self, membership: dict[str, Any]) -> None:
        if membership["groupName"] not in self.held.groups:
            raise RefusalError(400, f"unknown group {membership['groupName']}")
        if membership.get("memberUserId", next(iter(self.held.users), "")) not in {*self.held.users, ""}:
            raise RefusalError(400, "unknown user")

    def _take(self, documents: list[dict[str, Any]], into: dict[str, Any]) -> None:
        refused = [
            one["id"] for one in documents if self.faults.refuses(one["id"]) or (self.strict and self._strange(one))
        ]
        for document in documents[: len(documents) // 2] if refused else documents:
            if document["id"] not in refused:
                into[key(document)] = document
        if refused:
            raise RefusalError(400, f"{len(refused)} of {len(documents)} documents are no good")

    def _strange(self, document: dict[str, Any]) -> bool:
        named = {user["email"] for user in document["permissions"].get("allowedUsers", ())}
        return not named <= self.held.users.keys()

    def _page(self, body: dict[str, Any]) -> None:
        held, upload = self.held, body["uploadId"]
        if body.get("forceRestartUpload") and not body.get("isFirstPage"):
            raise RefusalError(400, "forceRestartUpload needs isFirstPage")
        if body.get("isFirstPage"):
            if upload in held.finished:
                raise RefusalError(400, "the uploadId was used before")
            if held.upload and not body.get("forceRestartUpload"):
                raise RefusalError(409, f"the upload {held.upload} is not finished")
            held.upload, held.uploaded = upload, {}
        elif held.upload != upload:
            raise RefusalError(409, "no such upload")
        self._take(body["documents"], held.uploaded)
        if not self.staged:
            held.documents |= held.uploaded  # stale ones go at the end
        if body.get("isLastPage"):
            stale = len(held.documents.keys() - held.uploaded.keys())
            pauses = self.pauses and stale > len(held.documents) / 5
            if pauses and not body.get("disableStaleDocumentDeletionCheck"):
                held.documents |= held.uploaded  # as Glean: it says nothing of it
            else:
                held.documents = dict(held.uploaded)
            held.upload = None
            held.finished.add(upload)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        route = self.path.removeprefix("/api/index/v1/")
        with self.server.lock:
            fault = self.server.faults.next()
            if fault == "cut the request":  # which nobody has seen then
                self.server.held.faults[fault] += 1
                self.rfile.read(self.server.faults.bytes_sent(length) if length else 0)
                self._hang_up()
                return
            body = self.rfile.read(length)
            self._answer(route, json.loads(body) if body else {}, fault)

    def _answer(self, route: str, body: dict[str, Any], fault: str | None) -> None:
        server, faults = self.server, self.server.faults
        server.held.requests.append((route, body))
        self._note_twice(route, body)
        server.before_answering(route)
        number = len(server.held.requests)
        killed = faults.kill is not None and number == faults.kill_at
        if killed and not faults.kill_after:
            self._kill()
            return
        if self.headers.get("authorization") != f"Bearer {server.token}":
            self._send(401, f"token {self.headers.get('authorization')} is not known", "text/plain")
            return
        if faults.revoke_at is not None and number >= faults.revoke_at:
            self._send(401, f"{self.headers.get('authorization')} was revoked", "text/plain")
            return
        fault = None if killed else fault
        if fault:
            server.held.faults[fault] += 1
        if self._before(fault):
            return
        try:
            answer = server.carry_out(route, body)
        except RefusalError as refusal:
            self._send(refusal.status, str(refusal), "text/plain")
            return
        finally:
            server.after_each()
        if killed:
            self._kill()
            return
        if not self._after(fault, answer):
            self._send(200, "" if answer is None else json.dumps(answer), JSON)
            self._acknowledge(route, body)

    def _acknowledge(self, route: str, body: dict[str, Any]) -> None:
        held = self.server.held
        if route == "indexdocuments":
            there = (one for one in body["documents"] if one["permissions"] != NOBODY)  # which goes once more
            held.acknowledged |= {key(document): document for document in there}

    def _note_twice(self, route: str, body: dict[str, Any]) -> None:
        """What is sent may not be what was acknowledged already; and of what is sent nothing is, until it is anew."""
        held = self.server.held
        if route == "bulkindexdocuments":
            held.acknowledged = {}
        changed = [body] if route in ("deletedocument", "updatepermissions") else []
        for document in body.get("documents", changed):
            if held.acknowledged.pop(key(document), None) == document:
                held.twice.append(key(document))

    def _kill(self) -> None:
        assert self.server.faults.kill
        os.kill(self.server.faults.kill, signal.SIGKILL)
        self._hang_up()

    def _before(self, fault: str | None) -> bool:
        """Whether ``fault`` kept the request from being carried out."""
        faults = self.server.faults
        match fault:
            case "hang up":
                self._hang_up()
            case "500":
                self._send(500, "out of order", "text/plain")
            case "503":
                self._send(503, "<h1>not now</h1>", "text/html")
            case "429":
                self._send(429, "too many", "text/plain")
            case "429 seconds":
                self._send(429, "too many", "text/plain", {"Retry-After": "7"})
            case "429 date":
                now = datetime.now(UTC) + faults.skew()
                later = format_datetime(now + timedelta(seconds=20), usegmt=True)
                self._send(429, "too many", JSON, {"Retry-After": later, "Date": format_datetime(now, usegmt=True)})
            case "429 never":
                never = "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"
                self._send(429, "too many", "text/plain", {"Retry-After": never})
            case "slow":
                self._wait_for_the_client()
            case "web page":
                self._send(200, "<html>please log in to the wireless network</html>", "text/html; charset=utf-8")
            case "lose the upload":
                self.server.held.upload = None
                return False
            case _:
                return False
        return True

    def _after(self, fault: str | None, answer: Any) -> bool:
        """Whether ``fault`` kept the answer from arriving, though the request was carried out."""
        match fault:
            case "hang up after":
                self._hang_up()
            case "half an answer":
                text = json.dumps(answer or {"padding": "x" * 200}).encode()
                self._head(200, len(text), JSON)
                self.wfile.write(text[: self.server.faults.bytes_sent(len(text))])
                self._hang_up()
            case "500 after":
                self._send(500, "out of order", "text/plain")
            case "slow after":
                self._wait_for_the_client()
            case "wrong type":
                self._send(200, "ok", "application/octet-stream")
            case _:
                return False
        return True

    def _send(self, status: int, text: str, kind: str, headers: dict[str, str] | None = None) -> None:
        data = text.encode()
        self._head(status, len(data), kind, headers)
        self.wfile.write(data)
        self.wfile.flush()

    def _head(self, status: int, length: int, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response_only(status)
        told = {"Date": self.date_time_string(), "Content-Type": kind, "Content-Length": str(length)}
        for name, value in (told | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _wait_for_the_client(self) -> None:
        """Says nothing until the client has had enough."""
        self.connection.settimeout(10)
        while self.connection.recv(4096):
            pass
        self.close_connection = True


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
