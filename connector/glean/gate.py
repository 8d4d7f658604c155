"""The gate: everything that would leave, held against every rule before the first byte goes.

The check of the archive, the export and the push let documents through it one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from connector.archive.rows import dump
from connector.config import Settings
from connector.counting import counted
from connector.errors import PayloadError
from connector.glean import identity as payloads
from connector.glean.across import Across, People
from connector.glean.check import broken_rules, too_large
from connector.glean.datasource import datasource_config
from connector.glean.datasource_shape import DATASOURCE
from connector.glean.report import Report
from connector.glean.rules import Shape, broken
from connector.glean.shapes import GROUP, MEMBERSHIP, USER
from connector.identity import Identity, User
from connector.permissions import EMAIL

Payload = dict[str, Any]

_PEOPLE: dict[str, tuple[Shape, str]] = {
    "user": (USER, "email"),
    "group": (GROUP, "name"),
    "membership": (MEMBERSHIP, "groupName"),
}


class Gate:
    """Documents pass with ``check``; ``close`` says what only the end shows. ``report`` holds what was found."""

    def __init__(self, settings: Settings, identity: Identity | None) -> None:
        self.report = Report()
        self._identity = identity
        self._across = Across(
            partial(datasource_config, settings), None if identity is None else People.of(identity), whole=True
        )
        if identity is not None:
            self._check_people(identity)

    def _check_people(self, identity: Identity) -> None:
        for noun, (shape, called) in _PEOPLE.items():
            for payload in payloads.KINDS[f"{noun}s"](identity):
                self.report.checked[noun] += 1
                self.report.add(f"{noun} {payload[called]}", broken(payload, shape, noun))

    @property
    def identity(self) -> Identity:
        """Whom Glean is told of before the documents that have passed: those of identity.yaml. Where there is none, the
        people whom the documents name, since Glean wants to know a user before a document names them.
        """
        if self._identity is not None:
            return self._identity
        return Identity(users=[User(email=email) for email in sorted(self._across.named) if EMAIL.fullmatch(email)])

    @property
    def datasource(self) -> Payload:
        """The datasource's configuration for the documents that have passed."""
        config = self._across.config
        assert config is not None
        return config

    def check(self, document: Payload, size: int) -> None:
        """``size``: bytes of the document as JSON."""
        self.report.checked["document"] += 1
        if found := broken_rules(document) + too_large(size) + self._across.add(document):
            self.report.add(f"document {document.get('id', '?')}", found)

    def close(self) -> Report:
        """No more documents come."""
        for document, each in self._across.finish():
            self.report.add(f"document {document}", [each])
        if self._identity is None:
            self._check_people(self.identity)
        self.report.add("datasource", broken(self.datasource, DATASOURCE, "datasource"))
        self.report.warnings = self._across.warnings()
        return self.report


def check_archive(documents: Iterable[Payload], settings: Settings, identity: Identity | None) -> Report:
    """Every rule that the archive would break as it would leave."""
    gate = Gate(settings, identity)
    for document in documents:
        gate.check(document, len(dump(document).encode("utf-8", "surrogatepass")))
    return gate.close()


def demand(report: Report) -> None:
    """Raises PayloadError with the first findings, where there are any."""
    if report.broken:
        raise PayloadError(
            "\n".join(report.lines()),
            hint=f"Nothing was written or sent: {counted(report.broken, 'rule')} broken (connector check --json).",
        )
