"""Whose words a network may put in order: which checkpoints, for whom, and until when."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from connector.archive.expecting import Network, usable
from connector.archive.ledger import Ledger
from connector.config import Settings
from connector.config import load as load_config
from indexer import Asker
from tests.checkpoints import put_checkpoint
from tests.support import command, make_home, talk, until

MEMBER, GUEST = Asker("ann@example.com"), Asker("eve@example.com", member=False)
ASKED = ["we see ", "we use "]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An archive of one talk for all and one for nobody."""
    home = make_home(tmp_path / "home")
    (home / "inbox" / "hidden").mkdir()
    (home / "inbox" / "bread.srt").write_text(talk("bread"))
    (home / "inbox" / "hidden" / "gold.srt").write_text(talk("gold"))
    (home / "inbox" / "hidden" / "_folder.yaml").write_text("permissions: {allowAllDatasourceUsersAccess: false}\n")
    command(home, "ingest", str(home / "inbox"))
    return load_config(home / "config.yaml").settings


def test_what_read_more_than_every_user_may_see_is_for_the_owner(settings: Settings) -> None:
    everything = settings.model_copy(update={"train": settings.train.model_copy(update={"train_on": "all"})})
    with Ledger.open(settings.ledger_file) as ledger:
        bread, gold = sorted(ledger.transcript_ids(), key=lambda one: "gold" in ledger.transcript(one).cues_json)  # type: ignore[union-attr]
        shared = put_checkpoint(ledger, settings, [bread])
        own = put_checkpoint(ledger, settings, [bread, gold], open=False, seed=1)
        assert usable(ledger, everything, None) == (shared, own)
        assert usable(ledger, everything, MEMBER) == (shared,)
        assert usable(ledger, everything, GUEST) == ()
        harmless = put_checkpoint(ledger, settings, [bread], open=False, seed=2)
        assert usable(ledger, everything, MEMBER) == (shared,), f"{harmless} was trained for the owner"
        assert usable(ledger, settings, None) == (shared, harmless), "its audience is everyone again, and it read more"
        network = Network(everything)
        owners, members = (network.expect(ledger, asker) for asker in (None, MEMBER))
        assert owners and members and owners(ASKED) != members(ASKED)
        assert network.expect(ledger, GUEST) is None
        ledger.forget(bread)
        for asker in (None, MEMBER):
            assert usable(ledger, everything, asker) == () and network.expect(ledger, asker) is None


def test_it_is_loaded_in_the_background_and_gone_once_it_is_revoked(settings: Settings) -> None:
    with Ledger.open(settings.ledger_file) as ledger:
        network = Network(settings)
        assert network.expect(ledger, MEMBER, wait=False) is None
        first = put_checkpoint(ledger, settings, [])
        assert network.expect(ledger, MEMBER, wait=False) is None, "nobody waits for it"
        expect = until(lambda: network.expect(ledger, MEMBER, wait=False), "the network is loaded")
        told = expect(ASKED)
        assert all(math.isfinite(one) and one < 0 for one in told)
        put_checkpoint(ledger, settings, [], seed=1)
        assert network.expect(ledger, MEMBER, wait=False) is None, "nor for the next"
        newer = until(lambda: network.expect(ledger, MEMBER, wait=False), "the newest answers")
        assert newer(ASKED) != told and network.expect(ledger, None, wait=False), "whoever may be told by it"
        assert expect(ASKED) == told, "what was allowed is asked, whatever came since"
        shutil.rmtree(settings.model_folder / "checkpoints" / first)
        assert all(map(math.isnan, expect(ASKED))), "nothing is known by a checkpoint that is gone"


def test_one_checkpoint_is_loaded_once_for_all_who_may_be_told_by_it(settings: Settings) -> None:
    with Ledger.open(settings.ledger_file) as ledger:
        network = Network(settings)
        for seed in range(2):
            put_checkpoint(ledger, settings, [], seed=seed)
            owners, members = (network.expect(ledger, asker) for asker in (None, MEMBER))
            assert owners and members and owners(ASKED) == members(ASKED)
            assert len(network._models) == 1, "and what nobody is told by any more is let go of"


ASKED_AND_CLOSED = """
import sys, threading
from pathlib import Path
from connector.config import load
from connector.serve.service import Service
from connector.serve.suggesting import suggested

config = load(Path(sys.argv[1]))
service = Service(config.settings, config.identity_file)
suggested(service, "bread w", None, 5)
print([one.name for one in threading.enumerate()][1:])
service.close()
print([one.name for one in threading.enumerate()][1:])
"""


def test_who_ends_while_it_is_loaded_ends_in_peace(settings: Settings) -> None:
    with Ledger.open(settings.ledger_file) as ledger:
        put_checkpoint(ledger, settings, [])
        done = subprocess.run(
            [sys.executable, "-c", ASKED_AND_CLOSED, str(settings.data.parent / "config.yaml")],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines() == ["['loading the network']", "[]"]
        network = Network(settings)
        network.close()
        network.expect(ledger, None, wait=False)
        network.close()
        assert network.expect(ledger, None, wait=False) is None, "nothing is loaded any more"
