"""GET /metrics, as Prometheus reads it, and POST /rescan: for the owner and the administrator alone.

Figures are read when they are asked for, from the ledger and the index; only how long searches took is counted here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import accumulate
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import Response
from starlette.routing import Route

from connector.archive.ledger import Ledger
from connector.archive.pushes import pushes
from connector.archive.requests import rescan
from connector.archive.timings import BOUNDS
from connector.archive.writer import DAEMON, holder_of
from connector.errors import BadInputError, NotSetUpError
from connector.serve.demands import demand_administrator
from connector.serve.http import Asked, Refused, route
from connector.serve.service import Service
from connector.version import version


def routes(service: Service) -> list[Route]:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(service))

    def metrics(asked: Asked) -> Response:
        demand_administrator(asked)
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

    def look(asked: Asked) -> Any:
        demand_administrator(asked)
        try:
            with service.ledger() as ledger:
                return rescan(ledger, service.settings)
        except (NotSetUpError, BadInputError) as error:
            raise Refused(503, f"{error.message}. {error.hint}".strip()) from error
        except sqlite3.OperationalError as error:
            raise Refused(503, f"the ledger could not be written: {error}", {"retry-after": "1"}) from error

    return [route("/metrics", metrics, "GET"), route("/rescan", look)]


class Figures(Collector):
    """The archive's figures as they are when they are collected."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        service = self._service
        yield InfoMetricFamily("connector", "The program.", {"version": version()})
        with service.ledger() as ledger:
            counts = ledger.counts()
            yield _gauges("sources", "Files known, by state.", "state", counts["sources"])
            yield _gauges("transcripts", "Transcripts, by verdict.", "verdict", counts["transcripts"])
            yield _gauge("last_ingest_timestamp_seconds", "When a file was last taken in.", ledger.last_seen("indexed"))
            yield from self._index(ledger)
            yield from self._daemon(ledger)
            yield from self._model(ledger)
            yield from self._pushes(ledger)
            yield _gauges("errors", "What is wrong now, by what.", "what", _errors(ledger, counts["sources"]))
        yield _histogram("search_seconds", "How long searches took.", service.searched.to_json())

    def _index(self, ledger: Ledger) -> Iterator[Metric]:
        try:
            index = self._service.index()
        except Refused:
            yield _gauge("index_readable", "Whether the index can be searched.", 0)
            return
        yield _gauge("index_readable", "Whether the index can be searched.", 1)
        yield _gauges("documents", "Documents in the index, by kind; moments are segments.", "kind", index.counts())
        behind = max(0, ledger.generation() - index.generation)
        yield _gauge("index_behind_generations", "How far the index is behind the ledger.", behind)

    def _daemon(self, ledger: Ledger) -> Iterator[Metric]:
        holder = holder_of(self._service.settings)
        runs = holder is not None and holder["command"] == DAEMON
        state = (ledger.get_state("daemon") or {}) if runs else {}
        yield _gauge("daemon_running", "Whether the inbox is watched.", runs)
        waiting = {"files": state.get("waiting", 0), "requests": len(ledger.waiting_intents())}
        yield _gauges("waiting", "What waits for its turn.", "what", waiting)
        training = state.get("training") or {}
        yield _gauge("training_running", "Whether a training is under way.", bool(training))
        yield _gauge("training_progress_ratio", "How far it is.", training.get("fraction", 0))
        if "ingest" in state:
            what = "From when a file was read until it was searchable."
            yield _histogram("ingest_seconds", what, state["ingest"])

    def _model(self, ledger: Ledger) -> Iterator[Metric]:
        checkpoints = ledger.checkpoints()
        if not checkpoints:
            return
        report = checkpoints[-1].report
        yield _gauge("checkpoint_number", "Of the newest checkpoint.", checkpoints[-1].number)
        losses = {name: report.get(f"{name}_loss") for name in ("train", "validation")}
        told = {name: loss for name, loss in losses.items() if loss is not None}
        yield _gauges("training_loss_nats", "Of the newest checkpoint, a character.", "split", told)

    def _pushes(self, ledger: Ledger) -> Iterator[Metric]:
        told = pushes(ledger, self._service.settings)
        if last := told["last"]:
            yield _gauge("push_last_timestamp_seconds", "When a push last ended well.", _seconds(last["at"]))
            yield _gauge("push_refused", "Documents that the last push was refused.", last["refused"])
        under_way = told["under_way"]
        yield _gauge("push_running", "Whether a push is under way.", bool(under_way))
        if under_way:
            far = under_way["done"] / max(1, under_way["total"])
            yield _gauge("push_progress_ratio", "How far it is.", far)
        yield _gauge("push_unfinished", "Whether the last push was stopped.", bool(told["unfinished"]))
        if told["held"]:
            yield _gauges("push_held", "What the other side holds, by kind.", "kind", told["held"])
        yield _gauge("push_unsure", "Sent, and not acknowledged.", told["unsure"])
        yield _gauge("push_failed", "Whether the last push failed.", bool(told["failed"]))


def _errors(ledger: Ledger, sources: Mapping[str, int]) -> dict[str, float]:
    states = {what: float(bool(ledger.get_state(f"{what}_failed"))) for what in ("training", "push")}
    return {"sources": sources.get("failed", 0), **states}


def _gauge(name: str, about: str, value: float | None) -> Metric:
    family = GaugeMetricFamily(f"connector_{name}", about)
    if value is not None:
        family.add_metric([], float(value))
    return family


def _gauges(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"connector_{name}", about, labels=[label])
    for value, number in sorted(values.items()):
        family.add_metric([value], float(number))
    return family


def _histogram(name: str, about: str, timings: Mapping[str, Any]) -> Metric:
    """Of what ``Timings.to_json`` says; Prometheus counts from the lowest bound up to each."""
    counts: Iterable[int] = accumulate(timings["counts"])
    bounds = [*(str(bound) for bound in BOUNDS), "+Inf"]
    return HistogramMetricFamily(
        f"connector_{name}", about, buckets=list(zip(bounds, counts, strict=True)), sum_value=timings["sum"]
    )


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()
