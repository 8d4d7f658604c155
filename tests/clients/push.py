"""A push with the client of the environment that runs this; what else the connector needs is taken from another.

python push.py SITE_PACKAGES ARGUMENTS: as `python -m tests.glean.pushing ARGUMENTS`; prints the client's version.
"""

import sys
from importlib.metadata import version
from pathlib import Path

sys.path += [sys.argv.pop(1), str(Path(__file__).parents[2])]

from tests.glean.pushing import main

main(sys.argv[1:])
print(version("glean-api-client"))  # noqa: T201  # to the test
