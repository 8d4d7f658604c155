"""Searches through HTTP, as programs and as pages: how many a second, and how long the slowest take, at 1, 8 and 32
clients at once; then how many documents of another datasource are taken a second, each searchable, how long a search
takes while many of them are, and how long a stop in the middle of that.

python -m tests.benchmarks.serve [--json] [--segments 20000] [--requests 600]

The server is a process of its own, as `connector serve` starts it; each client a connection that asks again as soon as
it is answered. Clients and server share the machine.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from indexer import Document
from indexer.text import words
from tests.benchmarks.ingest import archived, fill_beyond
from tests.benchmarks.report import Figure, arguments, median, p95, publish, say
from tests.support import make_home, serving_process

CLIENTS = (1, 8, 32)
LEFT_AFTER = 5  # seconds that an answer is waited for before the server is stopped


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--segments", type=int, default=20_000)
    parser.add_argument("--requests", type=int, default=600, help="for each number of clients")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home", ingest="{duplicates: keep}")
        fill_beyond(home, Path(folder), options.segments)
        segments = [one for one in archived(home) if one.kind == "segment"]
        figures = [Figure("segments", len(segments), "segments")]
        try:
            with serving_process(home) as address:
                figures.extend(_figures(address, segments, options.requests))
                say("taking documents …")
                figures.extend(_taken(address, [one.text for one in segments], options.requests))
                stopped = time.perf_counter()
            figures.append(Figure("stopped while documents are indexed", time.perf_counter() - stopped, "s", "below 5"))
        finally:  # what was measured is told, whatever comes then
            publish("serve", figures, options.json)


def _figures(address: str, segments: Sequence[Document], count: int) -> Iterator[Figure]:
    queries = _queries(segments)
    search = [_question("/rest/api/v1/search", query=query, pageSize=10) for query in queries]
    page: list[dict[str, Any]] = [{"method": "GET", "url": "/", "params": {"q": query}} for query in queries]
    speakers = Counter(one.speaker for one in segments if one.speaker).most_common(1)  # written talks name none
    chosen = [request | {"params": request["params"] | {"speaker": name}} for name, _ in speakers for request in page]
    asked = {
        "search": search,
        "search, as a person": search,
        "autocomplete": [_question("/rest/api/v1/autocomplete", query=query[:4]) for query in queries],
        "result page": page,
        "result page, as a person": page,
    } | ({"result page, a speaker chosen": chosen} if chosen else {})
    for name, requests in asked.items():
        headers = {"X-Glean-ActAs": "ann@example.com"} if "person" in name else {}
        for clients in CLIENTS:
            say(f"{name}: {clients} clients …")
            _ask(address, headers, requests[:count], 1)  # what is read once is read
            asked_for = (requests * (count // len(requests) + 1))[:count]
            seconds, times = _ask(address, headers, asked_for, clients)
            yield Figure(f"{name}, {clients} clients", len(times) / seconds, "requests/s")
            yield Figure(f"{name}, {clients} clients, median", median(times) * 1000, "ms")
            yield Figure(f"{name}, {clients} clients, p95", p95(times) * 1000, "ms")


def _taken(address: str, texts: Sequence[str], requests: int) -> Iterator[Figure]:
    """Documents a second: one by one, a hundred at a time, and all of them as one upload in pages of a thousand."""
    documents = [
        {
            "datasource": "notes", "objectType": "Note", "id": f"n{at}", "viewURL": f"https://notes.example.com/{at}",
            "title": f"Note {at}", "body": {"mimeType": "text/plain", "textContent": text},
            "permissions": {"allowAllDatasourceUsersAccess": True},
        }
        for at, text in enumerate(texts)
    ]  # fmt: skip
    with httpx.Client(base_url=f"{address}/api/index/v1", timeout=600) as http:

        def post(path: str, **body: Any) -> None:
            http.post(path, json=body).raise_for_status()

        def upload(documents: Sequence[dict[str, Any]], name: str) -> None:
            """As one upload, in pages of a thousand."""
            for at in range(0, len(documents), 1_000):
                page = {"documents": documents[at : at + 1_000], "isFirstPage": at == 0}
                last = at + 1_000 >= len(documents)
                post("/bulkindexdocuments", datasource="notes", uploadId=name, isLastPage=last, **page)

        def waiting() -> int:
            """How many documents are taken and cannot be found yet."""
            told = http.post("/debug/notes/status", json={}).raise_for_status().json()["documents"]["counts"]
            return sum(one["count"] for one in told["uploaded"]) - sum(one["count"] for one in told["indexed"])

        post("/adddatasource", name="notes", datasourceCategory="PUBLISHED_CONTENT", urlRegex="https://.*")
        began = time.perf_counter()
        singly, each, batches = min(50, requests), min(10, requests), min(10, requests)
        for one in documents[:singly]:
            post("/indexdocument", document=one)
        yield Figure("documents taken one by one", singly / (time.perf_counter() - began), "docs/s")
        for clients in CLIENTS[1:]:
            began = time.perf_counter()
            with ThreadPoolExecutor(clients) as pool:
                list(pool.map(lambda one: post("/indexdocument", document=one), documents[: each * clients]))
            taken = each * clients / (time.perf_counter() - began)
            yield Figure(f"documents taken one by one, {clients} clients", taken, "docs/s")
        began = time.perf_counter()
        for at in range(50, 50 + 100 * batches, 100):
            post("/indexdocuments", datasource="notes", documents=documents[at : at + 100])
        yield Figure("documents taken a hundred at a time", 100 * batches / (time.perf_counter() - began), "docs/s")
        with _searching(address, texts) as times:
            began = time.perf_counter()
            upload(documents, "all")
            yield Figure("documents taken in bulk, answered", len(documents) / (time.perf_counter() - began), "docs/s")
            while waiting():  # many take longer than an answer waits
                time.sleep(0.5)
            yield Figure("documents taken in bulk", len(documents) / (time.perf_counter() - began), "docs/s")
        yield Figure("searches meanwhile, median", median(times) * 1000, "ms")
        yield Figure("searches meanwhile, the slowest", max(times) * 1000, "ms")
        http.timeout = httpx.Timeout(LEFT_AFTER)
        with suppress(httpx.ReadTimeout):
            upload([one | {"title": f"{one['title']}, again"} for one in documents], "again")


@contextmanager
def _searching(address: str, texts: Sequence[str]) -> Iterator[list[float]]:
    """Somebody who searches while the block runs, ten times a second at most; the seconds that each search took."""
    times: list[float] = []
    done = threading.Event()

    def search() -> None:
        with httpx.Client(base_url=address, timeout=60) as http:
            while not done.wait(0.1):
                word = texts[len(times) % len(texts)].split()[0]
                began = time.perf_counter()
                http.post("/rest/api/v1/search", json={"query": word}).raise_for_status()
                times.append(time.perf_counter() - began)

    thread = threading.Thread(target=search)
    thread.start()
    try:
        yield times
    finally:
        done.set()
        thread.join()


def _queries(segments: Sequence[Document]) -> list[str]:
    """A hundred of one to three words, as people ask: words of all frequencies, with a fixed seed."""
    rng = random.Random(11)
    said = [
        [word for word in words(one.text) if word.isalpha()] for one in rng.sample(segments, min(2_000, len(segments)))
    ]
    often = Counter(word for each in said for word in set(each))
    telling = [[word for word in each if often[word] < len(said) / 20] or each for each in said if each]
    return [" ".join(rng.sample(each := rng.choice(telling), min(len(each), rng.randint(1, 3)))) for _ in range(100)]


def _question(path: str, **body: Any) -> dict[str, Any]:
    return {"method": "POST", "url": path, "json": body}


def _ask(
    address: str, headers: dict[str, str], requests: Sequence[dict[str, Any]], clients: int
) -> tuple[float, list[float]]:
    """Seconds in all, and of each request, of ``requests`` shared out among the clients."""
    times: list[float] = []
    shares = [requests[number::clients] for number in range(clients)]

    def client(share: Sequence[dict[str, Any]]) -> None:
        with httpx.Client(base_url=address, headers=headers, timeout=60) as http:
            for asked in share:
                began = time.perf_counter()
                http.request(**asked).raise_for_status()
                times.append(time.perf_counter() - began)

    threads = [threading.Thread(target=client, args=(share,)) for share in shares]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, times


if __name__ == "__main__":
    main()
