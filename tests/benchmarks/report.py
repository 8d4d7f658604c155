"""What all benchmarks share: figures as a table for people or one JSON object, and the archives they measure on."""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.support import SHARED, talk

CORPUS = SHARED / "data" / "corpus"


@dataclass(frozen=True)
class Figure:
    """One measured thing; ``aim`` says what it should be."""

    name: str
    value: float
    unit: str
    aim: str = ""


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """The 95th percentile (nearest rank)."""
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]


def arguments(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def publish(name: str, figures: list[Figure], as_json: bool) -> None:
    """Prints the figures."""
    if as_json:
        print(json.dumps({"benchmark": name, "figures": [asdict(figure) for figure in figures]}, indent=2))
        return
    print(f"\n{name} (Python {platform.python_version()}, {platform.machine()})")
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        aim = f"   aim: {figure.aim}" if figure.aim else ""
        print(f"  {figure.name:<{width}}  {figure.value:>12,.3f} {figure.unit:<12}{aim}")


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def real_or_written(folder: Path, count: int) -> list[Path]:
    """``count`` transcripts: real ones where they lie beside the project, else written ones in ``folder``."""
    real = sorted(
        path for path in CORPUS.rglob("*") if path.suffix in (".srt", ".vtt", ".md") and path.name != "NOTICE.md"
    )
    if real:
        return real[:count]
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"talk{number}.srt").write_text(talk(f"subject {number}", count=300))
    return sorted(folder.iterdir())
