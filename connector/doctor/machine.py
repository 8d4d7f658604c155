"""Checks of the machine: Python, packages, room on the disk, the clock, how many threads a training gets."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from connector.doctor.check import Check, fail, ok, warn
from connector.version import DISTRIBUTION
from connector.version import version as own_version

OLDEST_PYTHON = (3, 11)
LEAST_FREE, FEW_FREE = 200 << 20, 2 << 30  # bytes: below the first nothing can be relied upon
AHEAD = 120.0  # seconds that times may lie ahead of the clock before it is doubted
_BOUND = re.compile(r"(>=|<=|<|>|==)\s*([\d.]+)")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"""extra\s*==\s*["']([\w-]+)""")


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Check:
    told = ".".join(map(str, version))
    if version[:2] < OLDEST_PYTHON:
        return fail("Python", told, f"Install Python {'.'.join(map(str, OLDEST_PYTHON))} or newer.")
    return ok("Python", f"{told}, {sys.executable}")


def packages(
    required: Iterable[str] | None = None, installed: Callable[[str], str] = importlib.metadata.version
) -> Check:
    """Whether what ``pyproject.toml`` asks for is there, in versions it allows."""
    if required is None:
        try:
            required = importlib.metadata.requires(DISTRIBUTION) or ()
        except importlib.metadata.PackageNotFoundError:
            return warn("packages", f"{DISTRIBUTION} is not installed here", "Install it: make install")
    parts = [requirement.partition(";") for requirement in required]
    needed = [wanted for wanted, _, condition in parts if "extra" not in condition and _NAME.match(wanted)]
    if wrong := list(filter(None, (_problem(wanted, installed) for wanted in needed))):
        return fail("packages", "; ".join(wrong), "Install what was tested: make install (constraints.txt)")
    return ok("packages", f"connector {own_version()}, and all {len(needed)} it needs, in versions that are allowed")


def extras(
    uses: Mapping[str, str],
    required: Iterable[str] | None = None,
    installed: Callable[[str], str] = importlib.metadata.version,
) -> Check:
    """Whether the optional packages that the configuration has a use for are there; ``uses``: what it is, by extra."""
    if required is None:
        try:
            required = importlib.metadata.requires(DISTRIBUTION) or ()
        except importlib.metadata.PackageNotFoundError:
            required = ()
    wrong, lacking = list[str](), dict[str, None]()
    for wanted, _, condition in (requirement.partition(";") for requirement in required):
        extra = _EXTRA.search(condition)
        if extra and extra[1] in uses and (problem := _problem(wanted, installed)):
            wrong.append(f"{problem}: {uses[extra[1]]}")
            lacking[extra[1]] = None
    if wrong:
        return warn("extras", "; ".join(wrong), f"pip install '{DISTRIBUTION}[{','.join(lacking)}]'")
    return ok("extras", f"{', '.join(uses)}: installed" if uses else "none is used")


def _problem(requirement: str, installed: Callable[[str], str]) -> str:
    """What is wrong with what is installed of ``requirement``; "" for nothing."""
    match = _NAME.match(requirement)
    assert match
    try:
        have = installed(match[0])
    except importlib.metadata.PackageNotFoundError:
        return f"{match[0]} is missing"
    return "" if allows(requirement, have) else f"{match[0]} {have} is not {requirement[match.end() :].strip()}"


def allows(requirement: str, version: str) -> bool:
    """Whether ``version`` is within the bounds of ``requirement``, by its numbers (not all of PEP 440)."""
    have = _numbers(version)
    for sign, bound in _BOUND.findall(requirement):
        want = _numbers(bound)
        order = (have > want) - (have < want)
        if not {">=": order >= 0, "<=": order <= 0, "<": order < 0, ">": order > 0, "==": order == 0}[sign]:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"\d+(\.\d+)*", version)
    numbers = [int(part) for part in found[0].split(".")] if found else [0]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def disk(folder: Path, used: int, free: int | None = None) -> Check:
    """Room where ``folder`` lies; ``used`` are the bytes of ledger and index: a rebuild needs as much again."""
    if free is None:
        free = shutil.disk_usage(next(one for one in (folder, *folder.parents) if one.exists())).free
    told = f"{size(free)} free, ledger and index take {size(used)}"
    if free < max(LEAST_FREE, used):
        return fail("disk", told, f"Make room on the disk of {folder}: the index could not be built anew.")
    if free < max(FEW_FREE, 2 * used):
        return warn("disk", told, f"Make room on the disk of {folder} before it is full.")
    return ok("disk", told)


def size(count: int) -> str:
    """Bytes for a person."""
    value = float(count)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:,.0f} {unit}"
        value /= 1000
    return f"{value:,.1f} GB"


def clock(now: float, ledger: float | None, newest_file: float | None, built: float) -> Check:
    """Against times that cannot be ahead of it: of the ledger, of the program's own files, of files in the inbox.

    All in seconds since 1970. No network is asked.
    """
    told = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    past = {"the ledger's newest entry": ledger or 0.0, "this program's own files": built}
    for what, time in past.items():
        if time > now + AHEAD:
            of = datetime.fromtimestamp(time, UTC).isoformat(timespec="seconds")
            return fail(
                "clock", f"{told}, but {what} {_are(what)} of {of}", "Set the clock (timedatectl set-ntp true)."
            )
    if newest_file is not None and newest_file > now + AHEAD:
        of = datetime.fromtimestamp(newest_file, UTC).isoformat(timespec="seconds")
        todo = "A version counts as newer by its file's time: touch files that are dated in the future."
        return warn("clock", f"{told}; a file in the inbox is of {of}", todo)
    return ok("clock", f"{told}, not behind any file")


def _are(what: str) -> str:
    return "are" if what.endswith("files") else "is"


def threads(configured: int, measure: Callable[[], int] | None = None) -> Check:
    """How many threads a training gets here, measured as it does itself."""
    from model.threads import best_threads

    measured = (measure or best_threads)()
    if configured and configured != measured:
        todo = "Set `train: {threads: 0}` in config.yaml to have it measured before each training."
        return warn("threads", f"train.threads is {configured}; quickest now: {measured}", todo)
    return ok("threads", f"trainings are quickest with {measured} now")
