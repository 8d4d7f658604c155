"""The web address of a moment of a recording.

Knows how video hosts take a start time, and nothing of transcripts. The time is always in the query: search products
strip fragments from addresses, and two moments must stay two. A fragment comes on top where the host wants it.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from connector.errors import BadInputError
from connector.transcripts.media import PLAYABLE

_WEB_URL = re.compile(r"https?://[^\s\x00-\x1f\x7f\"<>\\^`{|}]+", re.IGNORECASE)
_YOUTUBE_HOSTS = ("youtube.com", "youtube-nocookie.com")
_YOUTUBE_PLAYER = re.compile(r"/(?:embed|shorts|live|v)/(?!videoseries|live_stream)([\w-]+)/?")
_MOMENT_FRAGMENT = re.compile(r"t=(\d{1,9})s?")


def _seconds(second: int) -> str:
    return str(second)


def _with_unit(second: int) -> str:
    return f"{second}s"


def _hours_minutes_seconds(second: int) -> str:
    return f"{second // 3600}h{second // 60 % 60}m{second % 60}s"


def _playback_options(second: int) -> str:
    """The player's state as JSON in base64, with only the start in it."""
    state = json.dumps({"playbackOptions": {"startTimeInSeconds": second}}, separators=(",", ":"))
    return quote(base64.b64encode(state.encode()).decode(), safe="")


@dataclass(frozen=True, slots=True)
class _Host:
    """How one host takes a start time.

    An address is the host's where its host name is one of ``names`` or below one, or its path matches ``path``.
    ``parameter`` carries the time, written by ``value``; it and ``also`` are replaced where the address has them.
    """

    names: tuple[str, ...]
    parameter: str = "t"
    value: Callable[[int], str] = _seconds
    also: tuple[str, ...] = ()
    path: re.Pattern[str] | None = None
    fragment: Callable[[int], str] | None = None

    def owns(self, parts: SplitResult) -> bool:
        return _is_host(parts, self.names) or bool(self.path and self.path.search(parts.path))


# The first that owns an address decides. What is not here takes `t=SECONDS`: Loom ("copy link at current time"), Google
# Drive's player (`/file/d/ID/view?t=SECONDS`), and our own pages. So do two that cannot be told a moment, and ignore
# it. Zoom's `startTime` is the clock time in ms at which the recording began (zoom/api#86); it is kept as written,
# since nobody knows where the recording paused. A Teams recap (teams.microsoft.com/l/meetingrecap) has no such
# parameter; its recording lies on SharePoint, which has.
_HOSTS = (
    # YouTube Help, "Share videos": `t` on watch pages and youtu.be. `start` is the embedded player's (IFrame player
    # parameters), `time_continue` what the watch page wrote after an embedded player.
    _Host((*_YOUTUBE_HOSTS, "youtu.be"), also=("start", "time_continue")),
    # Vimeo Help Center, "Starting playback at a specific timecode" (360000121668): the fragment `#t=SECONDSs`, on the
    # page and on player.vimeo.com alike. The page ignores the query's `t`, which only keeps moments apart.
    _Host(("vimeo.com",), fragment=_with_unit),
    # Stream on SharePoint, where Teams keeps recordings: what its "Share, start at" writes into `nav`. Microsoft
    # describes the button (support.microsoft.com, "Share a video that starts at a specific time"), not the parameter.
    _Host(("sharepoint.com", "sharepoint.us", "sharepoint.cn"), "nav", _playback_options),
    # Stream (Classic), oEmbed reference on learn.microsoft.com: `st`, seconds.
    _Host(("microsoftstream.com",), "st"),
    # Panopto Support, "Link to a specific time": Viewer.aspx?id=…&start=SECONDS; many universities host it themselves.
    _Host(
        ("panopto.com", "panopto.eu"),
        "start",
        path=re.compile(r"/panopto/pages/(?:viewer|embed)\.aspx$", re.IGNORECASE),
    ),
    # Kaltura player: `kalturaStartTime`, as its Share plugin writes it (kaltura/playkit-js-share), on MediaSpace's
    # pages (/media/TITLE/1_abcdefgh) and embedded players alike.
    _Host(
        ("kaltura.com",),
        "kalturaStartTime",
        path=re.compile(r"/media/(?:[^/]{1,300}/){0,2}[01]_[a-z0-9]{8}(?:/|$)"),
    ),
    # Wistia, "Link to a specific time": `wtime`, seconds or 1m23s.
    _Host(("wistia.com", "wistia.net", "wi.st"), "wtime", _with_unit),
    # Dailymotion developers, "Player parameters": `startTime` of the new player, `start` of pages and the old one.
    _Host(("geo.dailymotion.com",), "startTime"),
    _Host(("dailymotion.com", "dai.ly"), "start"),
    # dev.twitch.tv, "Embedding Video and Clips": `time` of the player, as 1h2m3s; `t` on the page of a video.
    _Host(("player.twitch.tv",), "time", _hours_minutes_seconds),
    _Host(("twitch.tv",), "t", _hours_minutes_seconds),
)
# W3C, Media Fragments URI 1.0: `#t=SECONDS` of a file that the browser plays itself.
_PLAIN_FILE = _Host((), fragment=_seconds)
_ANY_OTHER = _Host(())


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

    A start time that is there is replaced, in the host's own parameter; the rest of the query is kept as written and a
    fragment is dropped. Raises ``BadInputError`` where ``url`` is no web address.
    """
    if not is_web_url(url):
        raise BadInputError(f"{url!r} is not a web address", hint="a video link starts with https://")
    second = int(seconds) if math.isfinite(seconds) and seconds > 0 else 0
    parts = _player_page(urlsplit(url))
    host = _host_of(parts)
    replaced = {host.parameter, *host.also}
    query = [field for field in parts.query.split("&") if field and field.partition("=")[0] not in replaced]
    query.append(f"{host.parameter}={host.value(second)}")
    fragment = f"t={host.fragment(second)}" if host.fragment else ""
    return urlunsplit(parts._replace(query="&".join(query), fragment=fragment))


def tells_moment_without_fragment(url: str) -> bool:
    """Whether the fragment of ``url`` is a start time that its query tells too, so that stripping it loses nothing."""
    parts = urlsplit(url)
    told = _MOMENT_FRAGMENT.fullmatch(parts.fragment)
    return told is not None and f"t={told[1]}" in parts.query.split("&")


def _host_of(parts: SplitResult) -> _Host:
    for host in _HOSTS:
        if host.owns(parts):
            return host
    if "wvideo" in {field.partition("=")[0] for field in parts.query.split("&")}:  # Wistia's player in another's page
        return next(host for host in _HOSTS if host.parameter == "wtime")
    return _PLAIN_FILE if PurePosixPath(parts.path).suffix.lower() in PLAYABLE else _ANY_OTHER


def _player_page(parts: SplitResult) -> SplitResult:
    """YouTube's watch page where the address is of a player that ignores ``t`` (shorts, embed)."""
    if _is_host(parts, _YOUTUBE_HOSTS) and (match := _YOUTUBE_PLAYER.fullmatch(parts.path)):
        query = "&".join(part for part in (f"v={match[1]}", parts.query) if part)
        return parts._replace(netloc="www.youtube.com", path="/watch", query=query)
    return parts


def _is_host(parts: SplitResult, hosts: tuple[str, ...]) -> bool:
    name = (parts.hostname or "").lower().rstrip(".")
    return any(name == host or name.endswith("." + host) for host in hosts)
