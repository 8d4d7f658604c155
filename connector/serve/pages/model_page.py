"""The page of the model, for whoever runs the archive: what became of a training, curves, samples, checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.routing import BaseRoute

from connector.archive.groups import may_be_shown
from connector.archive.rows import CheckpointRow
from connector.archive.status import training
from connector.serve.demands import demand_administrator
from connector.serve.http import Asked, Refused
from connector.serve.pages.site import Page, Site
from connector.serve.service import Service

if TYPE_CHECKING:
    from model.report import Report

SAMPLES_SHOWN = 20
LOOKS = {"fine": "good", "stopped early": "doubt", "too little text": "doubt", "memorised": "bad"}


def routes(service: Service) -> list[BaseRoute]:
    site, settings = Site(service), service.settings

    def page(asked: Asked) -> Page:
        demand_administrator(asked)
        with service.ledger() as ledger:
            checkpoints = ledger.checkpoints()[::-1]
            wanted = asked.query.get("checkpoint", "")
            chosen = next((one for one in checkpoints if one.id == wanted), None)
            if wanted and chosen is None:
                raise Refused(404, f"there is no checkpoint {wanted[:80]}; a newer one may have taken its place")
            chosen = chosen or (checkpoints[0] if checkpoints else None)
            samples = ledger.samples(chosen.id)[:SAMPLES_SHOWN] if chosen else []
            shown = bool(chosen and may_be_shown(ledger, settings, chosen))
        values = {
            "checkpoints": [_listed(one) for one in checkpoints],
            "chosen": chosen and _listed(chosen),
            "samples": samples,
            "indexed": shown,
            "training": training_in(training(settings)),
            "auto": settings.train.auto,
            "little": 100_000,
        }
        return Page("model.html", values | _told(service, chosen))

    return [site.route("/model", page)]


def training_in(told: dict[str, Any]) -> dict[str, Any]:
    """In what ``status`` tells: what training there is in words, and how far it is from 0 to 1, None for none."""
    progress = (told["daemon"] or {}).get("training") or {}
    return {"words": told["training"], "fraction": progress.get("fraction")}


def _listed(row: CheckpointRow) -> dict[str, Any]:
    report = row.report
    verdict = report.get("judgement", {}).get("verdict", "")
    return {
        "id": row.id,
        "number": row.number,
        "read": len(row.read),
        "open": row.open,
        "at": str(report.get("at", ""))[:16].replace("T", " "),
        "told": report.get("told", ""),
        "loss": report.get("validation_loss"),
        "verdict": verdict,
        "looks": LOOKS.get(verdict, ""),
    }


def _told(service: Service, chosen: CheckpointRow | None) -> dict[str, Any]:
    """The report of a checkpoint and the parts of its page; ``missing`` says why there is none."""
    nothing: dict[str, Any] = {"report": None, "figures": [], "curves": [], "looks": "", "missing": ""}
    if chosen is None:
        return nothing
    from model.errors import CheckpointError  # what reads reports brings half a second of other things with it
    from model.page import curves, figures, visible
    from model.report_files import folder_of, read_report

    try:
        report: Report | None = read_report(folder_of(service.settings.model_folder, chosen.id))
    except CheckpointError as error:
        return nothing | {"missing": f"{error}. The next training writes a new one: connector train"}
    if report is None:
        return nothing | {"missing": "It has no report: it comes from an earlier version, or from another machine."}
    sampled = report.sampled
    return {
        "report": report,
        "figures": figures(report),
        "curves": curves(report),
        "looks": LOOKS[report.judgement.verdict],
        "missing": "",
        "copied": visible(sampled.copied) if sampled else "",
    }
