"""What is wrong with a request of the indexing API by Glean's own specification, as it is shipped."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from connector.serve.specification import Call, calls

PREFIX = "/api/index/v1/"
_calls = cache(calls)


def mistakes(endpoint: str, body: Any) -> list[str]:
    """Of the body of one call; ``endpoint`` with the prefix of the API, or without."""
    path = re.sub("/debug/[^/]+/", "/debug/{datasource}/", PREFIX + endpoint.removeprefix(PREFIX))
    call: Call = _calls()[path]
    return [f"{path}: {'.'.join(map(str, wrong.place))}: {wrong.detail}" for wrong in call.mistakes(body)]
