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
from functools import lru_cache
from ipaddress import ip_address
from pathlib import PurePosixPath
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from connector.errors import BadInputError
from connector.transcripts.media import PLAYABLE

_WEB_URL = re.compile(r"https?://[^\s\x00-\x1f\x7f\"<>\\^`{|}]+", re.IGNORECASE)
_YOUTUBE_HOSTS = ("youtube.com", "youtube-nocookie.com")
_SHAREPOINT_HOSTS = ("sharepoint.com", "sharepoint.us", "sharepoint.cn")
_YOUTUBE_PLAYER = re.compile(r"/(?:embed|shorts|live|v)/(?!videoseries|live_stream)([\w-]+)/?")
_MOMENT_FRAGMENT = re.compile(r"t=(\d{1,9})s?")
_TELL_THE_SAME = ("t", "start_time")  # what hosts that take a fragment have in the query


def _seconds(second: int) -> str:
    return str(second)


def _with_unit(second: int) -> str:
    return f"{second}s"


def _hours_minutes_seconds(second: int) -> str:
    return f"{second // 3600}h{second // 60 % 60}m{second % 60}s"


def _state(second: int) -> str:
    """The state of Stream's player as JSON, with only the start in it."""
    return json.dumps({"playbackOptions": {"startTimeInSeconds": second}}, separators=(",", ":"))


def _quoted_state(second: int) -> str:
    return quote(_state(second), safe="")


def _base64_state(second: int) -> str:
    return quote(base64.b64encode(_state(second).encode()).decode(), safe="")


@dataclass(frozen=True, slots=True)
class _Host:
    """How one host takes a start time.

    An address is the host's where its host name is one of ``names`` or below one (none: whatever its name) and its path
    matches ``path``. ``parameter`` carries the time, written by ``value``; it and ``also`` are replaced where the
    address has them.
    """

    names: tuple[str, ...]
    parameter: str = "t"
    value: Callable[[int], str] = _seconds
    also: tuple[str, ...] = ()
    path: re.Pattern[str] | None = None
    fragment: Callable[[int], str] | None = None

    def owns(self, parts: SplitResult) -> bool:
        if self.names and not _is_host(parts, self.names):
            return False
        return self.path is None or self.path.search(parts.path) is not None


# The first that owns an address decides. Each names its source: the host's own documentation by title and address; or,
# where there is none to be found, "share button": as the host's own share button gives it.
# What is not here takes `t=SECONDS`: Loom (share button), Google Drive's player (in public use, undocumented), and our
# own pages. So do two that cannot be told a moment, and ignore it: Zoom documents no start time, and the clock time in
# ms that its recordings carry as `startTime` is kept as written; a Teams recap (teams.microsoft.com/l/meetingrecap) has
# no parameter, but its recording lies on SharePoint, which has.
_HOSTS = (
    # "YouTube Embedded Players and Player Parameters", developers.google.com/youtube/player_parameters: `start`,
    # seconds. `t` on watch pages and youtu.be: share button; `time_continue` is what followed an embedded player.
    _Host(_YOUTUBE_HOSTS, "start", also=("t",), path=re.compile(r"^/embed(?:/|$)")),
    _Host((*_YOUTUBE_HOSTS, "youtu.be"), also=("start", "time_continue")),
    # "Starting playback at a specific timecode", vimeo.zendesk.com/hc/en-us/articles/360000121668: the fragment
    # `#t=SECONDSs`, page and player. "Embed Options", github.com/vimeo/player.js: the player's `start_time`, seconds.
    # In a page's query, `t` only keeps moments apart.
    _Host(("player.vimeo.com",), "start_time", also=("t",), fragment=_with_unit),
    _Host(("vimeo.com",), fragment=_with_unit),
    # Stream on SharePoint, where Teams keeps recordings: share button; the embed button writes `nav` without base64.
    _Host(_SHAREPOINT_HOSTS, "nav", _quoted_state, path=re.compile(r"/_layouts/15/embed\.aspx$", re.IGNORECASE)),
    _Host(_SHAREPOINT_HOSTS, "nav", _base64_state),
    # "Add Microsoft Stream (Classic) videos to other apps by using oEmbed",
    # docs.microsoft.com/en-us/stream/embed-video-oembed: `st`, seconds.
    _Host(("microsoftstream.com",), "st"),
    # Panopto, which many universities host themselves: share button.
    _Host((), "start", path=re.compile(r"/panopto/pages/(?:viewer|embed)\.aspx$", re.IGNORECASE)),
    _Host(("panopto.com", "panopto.eu"), "start"),
    # Kaltura's player and its Share plugin, github.com/kaltura/playkit-js-share: `kalturaStartTime`, seconds, on
    # MediaSpace's pages (/media/TITLE/1_abcdefgh) and embedded players alike.
    _Host(("kaltura.com",), "kalturaStartTime"),
    _Host((), "kalturaStartTime", path=re.compile(r"/media/(?:[^/]{1,300}/){0,2}[01]_[a-z0-9]{8}(?:/|$)")),
    # "Embedding Options", github.com/wistia/wistia-open-docs (embed-options): an iframe's `time`, seconds. "Link to a
    # Specific Time", there (social-sharing): `wtime`, as 7s, on pages.
    _Host(("wistia.com", "wistia.net"), "time", also=("wtime",), path=re.compile(r"^/embed/iframe/")),
    _Host(("wistia.com", "wistia.net", "wi.st"), "wtime", _with_unit),
    # "Add runtime Player parameters (Web)", developers.dailymotion.com/docs/add-runtime-player-parameters-web:
    # `startTime`, seconds. `start` on pages: share button.
    _Host(("geo.dailymotion.com",), "startTime"),
    _Host(("dailymotion.com", "dai.ly"), "start"),
    # "Embedding Video and Clips", dev.twitch.tv/docs/embed/video-and-clips: the player's `time`, as 1h2m3s. `t` on the
    # page of a video: share button.
    _Host(("player.twitch.tv",), "time", _hours_minutes_seconds),
    _Host(("twitch.tv",), "t", _hours_minutes_seconds),
)
# "Media Fragments URI 1.0 (basic)", www.w3.org/TR/media-frags: `#t=SECONDS` of a file that the browser plays itself.
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


def is_of_this_machine(url: str) -> bool:
    """Whether nobody can open ``url`` but who sits at the machine that serves it."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:  # no address at all
        return False
    try:
        return ip_address(host).is_loopback or ip_address(host).is_unspecified
    except ValueError:  # a name
        return host == "localhost" or host.endswith(".localhost")


def moment_url(url: str, seconds: float) -> str:
    """The address that opens the recording at ``url`` at the whole second at or before ``seconds``.

    A start time that is there is replaced, in the host's own parameter; the rest of the query is kept as written and a
    fragment is dropped. Raises ``BadInputError`` where ``url`` is no web address.
    """
    parts, host = _taken_apart(url)
    second = int(seconds) if math.isfinite(seconds) and seconds > 0 else 0
    replaced = {host.parameter, *host.also}
    query = [field for field in parts.query.split("&") if field and field.partition("=")[0] not in replaced]
    query.append(f"{host.parameter}={host.value(second)}")
    fragment = f"t={host.fragment(second)}" if host.fragment else ""
    return urlunsplit(parts._replace(query="&".join(query), fragment=fragment))


@lru_cache(maxsize=64)  # a recording's moments are asked for one after another
def _taken_apart(url: str) -> tuple[SplitResult, _Host]:
    """The address of the page that plays the recording, and whose it is."""
    if not is_web_url(url):
        raise BadInputError(f"{url!r} is not a web address", hint="a video link starts with https://")
    parts = _player_page(urlsplit(url))
    return parts, _host_of(parts)


def tells_moment_without_fragment(url: str) -> bool:
    """Whether the fragment of ``url`` is a start time that its query tells too, so that stripping it loses nothing."""
    parts = urlsplit(url)
    told = _MOMENT_FRAGMENT.fullmatch(parts.fragment)
    query = parts.query.split("&")
    return told is not None and any(f"{parameter}={told[1]}" in query for parameter in _TELL_THE_SAME)


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
