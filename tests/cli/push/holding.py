"""What the archive and the server of these tests hold, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from connector.archive.groups import outgoing
from connector.archive.ledger import Ledger
from tests.glean.misbehaving import Server, canonical
from tests.support import command, settings_of


def command_json(home: Path, *arguments: str) -> Any:
    return json.loads(command(home, *arguments, "--json"))


def ledger_documents(home: Path) -> list[str]:
    settings = settings_of(home)
    with Ledger.open(settings.ledger_file) as ledger:
        return sorted(canonical(document) for document in outgoing(ledger, settings))


def held_documents(server: Server) -> list[str]:
    return sorted(canonical(document) for document in server.held.documents.values())
