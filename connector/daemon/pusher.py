"""The child process of a push that the daemon starts: pushes, and tells on stdout what came of it, as one JSON value.

It ends with its parent, at whatever point it is: a push may be killed anywhere.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from connector import config as configuration
from connector.errors import BadInputError, ConnectorError, NotSetUpError
from connector.glean.pushing import PushUnderWayError, push

NICENESS = 10
REFUSED_TOLD = 20


def main() -> None:
    parser = argparse.ArgumentParser(prog="connector.daemon.pusher")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--mark", required=True)
    arguments = parser.parse_args()
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    print(json.dumps(_pushed(arguments.config, arguments.mark)), flush=True)  # noqa: T201  # to the parent


def _end_with_the_parent() -> None:
    while os.read(0, 1024):
        pass
    os._exit(0)


def _pushed(config_file: Path, mark: str) -> dict[str, Any]:
    """The report; or ``failed``: why, and ``lasting`` where it stays so until something changes."""
    try:
        config = configuration.load(config_file)
        report = push(
            config.settings, config.identity_file, mark=mark, say=lambda line: print(line, file=sys.stderr)  # noqa: T201
        )  # fmt: skip
    except ConnectorError as error:
        lasting = isinstance(error, BadInputError | NotSetUpError) and not isinstance(error, PushUnderWayError)
        return {"failed": error.message, "hint": error.hint, "lasting": lasting}
    return report | {"refused": report["refused"][:REFUSED_TOLD], "refused_total": len(report["refused"])}


if __name__ == "__main__":
    main()
