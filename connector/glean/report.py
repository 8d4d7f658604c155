"""What a check found: which rule is broken where, how much was looked at, what a person should know besides."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from connector.counting import counted
from connector.glean.rules import Broken

MOST = 1000  # findings kept; an archive with more is wrong in the same way over and over
SHOWN = 20
LONGEST = 300  # characters of what is said of one


@dataclass(frozen=True)
class Finding:
    """A broken rule: in which file and line (from 1) where it was read from one, of what, at which field."""

    what: str  # "document 1a2b…", "user ann@example.com", "datasource"
    field: str
    rule: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        named = ": ".join(part for part in (place, self.what, self.field) if part)
        return f"{named}: {self.rule}"


@dataclass
class Report:
    """``checked``: how many of what were looked at; ``broken`` counts all findings, of which the first are kept;
    ``unheld``: what could not be looked at.
    """

    checked: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    broken: int = 0
    warnings: list[str] = field(default_factory=list)
    unheld: list[str] = field(default_factory=list)
    _alike: Counter[tuple[str, str]] = field(default_factory=Counter)
    _firsts: dict[tuple[str, str], Finding] = field(default_factory=dict)

    def add(self, what: str, found: list[Broken], file: str | None = None, line: int | None = None) -> None:
        """Rules that ``what`` breaks."""
        for each in found:
            self.broken += 1
            finding = Finding(_told(what), _told(each.field), _told(each.rule), file, line)
            if len(self.findings) < MOST:
                self.findings.append(finding)
            alike = (re.sub(r"\[\d+\]", "[]", finding.field), finding.rule)
            if alike in self._alike or len(self._alike) < MOST:
                self._alike[alike] += 1
                self._firsts.setdefault(alike, finding)

    def lines(self, most: int = SHOWN) -> list[str]:
        """The findings in words, those of the same rule at the same field as one."""
        told = [
            f"{finding}{f' (and {self._alike[alike] - 1:,} more like it)' if self._alike[alike] > 1 else ''}"
            for alike, finding in self._firsts.items()
        ]
        left = self.broken - sum(list(self._alike.values())[:most])
        return told[:most] + ([f"and {left:,} more"] if left > 0 else [])

    def counts(self) -> str:
        """What was looked at, in words."""
        return ", ".join(counted(number, noun) for noun, number in self.checked.items() if number) or "nothing"

    def to_json(self) -> dict[str, Any]:
        return {
            "checked": dict(self.checked),
            "broken": self.broken,
            "findings": [asdict(finding) for finding in self.findings],
            "warnings": self.warnings,
            "unheld": self.unheld,
        }


def _told(text: str) -> str:
    """Text out of anybody's file, as it can be written and read."""
    short = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    return short.encode("utf-8", "backslashreplace").decode()
