"""An archive to make a backup of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import command, make_home, talk


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    home = make_home(tmp_path / "filled")
    for name in ("alpha", "beta"):
        (home / "inbox" / f"{name}.srt").write_text(talk(name))
    (home / "jargon.yaml").write_text("Kubernetes: {aliases: [k8s]}\n")
    (home / "identity.yaml").write_text("users:\n- {email: ann@example.com}\n")
    command(home, "ingest", str(home / "inbox"))
    return home
