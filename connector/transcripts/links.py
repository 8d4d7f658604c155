"""The web address of a moment of a recording.
 Knows how video hosts take a start time, and nothing of transcripts. The time goes into the query, never
into the fragment: search products strip fragments from addresses.
"""

from __future__ import annotations

import math
import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

from connector.errors import BadInputError

_WEB_URL = re.compile(r"https?://[^\s\x00-\x1f\x7f\"<>\\^`{|}]+", re.IGNORECASE)
_YOUTUBE_HOSTS = ("youtube.com", "youtube-nocookie.com")
_YOUTUBE_PLAYER = re.compile(r"/(?:embed|shorts|live|v)/([\w-]+)/?")
_START_PARAMETERS = {"t", "start", "time_continue"}


def is_web_url(url: str) -> bool:
    """Whether ``url`` is an ``http`` or ``https`` address with a host, safe to print and to follow."""
    if not _WEB_URL.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a bad port or IPv6 address
        return False


def moment_url(url: str, seconds: float) -> str:
    """The address that opens the recording at ``url`` at the whole second at or before ``seconds``.

    ``t=SECONDS`` is added to the query, or replaced there; the rest of the query is kept as written and a
    fragment is dropped. Raises ``BadInputError`` where ``url`` is no web address.
    """
    if not is_web_url(url):
        raise BadInputError(f"{url!r} is not a web address", hint="a video link starts with https://")
    second = int(seconds) if math.isfinite(seconds) and seconds > 0 else 0
    parts = _player_page(urlsplit(url))
    dropped = _START_PARAMETERS if _is_host(parts, _YOUTUBE_HOSTS) else {"t"}
    query = [field for field in parts.query.split("&") if field and field.partition("=")[0] not in dropped]
    return urlunsplit(parts._replace(query="&".join([*query, f"t={second}"]), fragment=""))


def _player_page(parts: SplitResult) -> SplitResult:
    """YouTube's watch page where the address is of a player that ignores ``t`` (shorts, embed)."""
    if _is_host(parts, _YOUTUBE_HOSTS) and (match := _YOUTUBE_PLAYER.fullmatch(parts.path)):
        query = "&".join(part for part in (f"v={match[1]}", parts.query) if part)
        return parts._replace(netloc="www.youtube.com", path="/watch", query=query)
    return parts


def _is_host(parts: SplitResult, hosts: tuple[str, ...]) -> bool:
    name = (parts.hostname or "").lower()
    return any(name == host or name.endswith("." + host) for host in hosts)
