"""Imported once by the process that commands are forked from: all of the connector, the lists a reading loads, and
Glean's client, which takes a second.
"""

import importlib
import pkgutil

import glean.api_client.models  # noqa: F401
import typer.rich_utils  # noqa: F401  # what --help and wrong usage load

import connector
from connector.transcripts.quality import assess
from connector.transcripts.transcript import Cue

for _module in pkgutil.walk_packages(connector.__path__, f"{connector.__name__}."):
    if not _module.name.endswith("__main__"):
        importlib.import_module(_module.name)

_WORDS = "so the first thing we do is look at the drain before the water gets under the road"
assess([Cue(4.0 * number, 4.0 * number + 3.5, None, _WORDS) for number in range(8)])
