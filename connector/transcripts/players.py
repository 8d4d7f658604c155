"""The player of a recording's host that may stand in a page of ours, and how it is told a moment.

Only hosts whose player's address follows from the link, by their own documentation. Knows nothing of transcripts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import SplitResult, parse_qs, urlsplit

from connector.transcripts.links import is_web_url
from connector.transcripts.media import AUDIO, FOREIGN, PLAYABLE

# How a script of ours talks to the player: by the messages of YouTube's or Vimeo's own script, which is not loaded; or
# not at all, so that to seek is to open the player anew at the moment.
Speaks = Literal["youtube", "vimeo", "nothing"]

_PLAIN_HOST = re.compile(r"[a-z0-9.-]{1,253}(?::[0-9]{1,5})?")
_YOUTUBE = ("youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "www.youtube-nocookie.com")


@dataclass(frozen=True, slots=True)
class Player:
    """A player in a frame: its ``origin``, which the page must let in, and its address, with ``{}`` for the second that
    it begins at. ``name`` is the host's, for a person.
    """

    name: str
    origin: str
    speaks: Speaks
    pattern: str

    def at(self, seconds: float) -> str:
        """The address that begins at the whole second at or before ``seconds``."""
        return self.pattern.replace("{}", str(max(0, int(seconds))))


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file of another server that a browser plays itself; ``origin`` is the server's."""

    origin: str
    address: str
    audio: bool


def player_of(url: str) -> Player | None:
    """The player of the recording at ``url``; None where its host has none that follows from the link."""
    if (parts := _taken_apart(url)) is None:
        return None
    name = (parts.hostname or "").rstrip(".")
    for names, find in _HOSTS:
        if name in names or any(name.endswith(one) for one in names if one.startswith(".")):
            return find(parts)
    return None


def media_file(url: str) -> MediaFile | None:
    """The file at ``url``, where its name says that a browser plays it."""
    parts = _taken_apart(url)
    if parts is None or not playable(parts.path) or not _PLAIN_HOST.fullmatch(parts.netloc.lower()):
        return None
    origin = f"{parts.scheme.lower()}://{parts.netloc.lower()}"
    return MediaFile(origin, parts._replace(fragment="").geturl(), audio=is_audio(parts.path))


def playable(name: str) -> bool:
    """Whether browsers play files of this name, as a rule."""
    return PurePosixPath(name).suffix.lower() in PLAYABLE.keys() - FOREIGN


def is_audio(name: str) -> bool:
    """Whether a file of this name has sound alone."""
    return PurePosixPath(name).suffix.lower() in AUDIO


def _taken_apart(url: str) -> SplitResult | None:
    return urlsplit(url) if is_web_url(url) else None


def _youtube(parts: SplitResult) -> Player | None:
    """ "YouTube Embedded Players and Player Parameters", developers.google.com/youtube/player_parameters:
    /embed/ID, `start`, `enablejsapi`; "Embed videos & playlists", support.google.com/youtube/answer/171780: the host of
    its privacy-enhanced mode is youtube-nocookie.com.
    """
    path = re.fullmatch(r"/(?:embed|shorts|live|v)/([\w-]{6,20})/?", parts.path)
    if (parts.hostname or "") == "youtu.be":
        path = re.fullmatch(r"/([\w-]{6,20})/?", parts.path)
    ident = path[1] if path else "".join(parse_qs(parts.query).get("v", [])[:1])
    if not re.fullmatch(r"[\w-]{6,20}", ident, re.ASCII) or ident in ("videoseries", "live_stream"):
        return None
    origin = "https://www.youtube-nocookie.com"
    return Player("YouTube", origin, "youtube", f"{origin}/embed/{ident}?enablejsapi=1&playsinline=1&rel=0&start={{}}")


def _vimeo(parts: SplitResult) -> Player | None:
    """ "Embed Options", github.com/vimeo/player.js; "oEmbed", developer.vimeo.com/api/oembed/videos: a video that is
    not listed has a hash, in the link's path, which the player takes as `h`.
    """
    path = re.fullmatch(r"/(?:video/|channels/[\w-]{1,80}/)?(\d{4,14})(?:/([0-9a-f]{6,20}))?/?", parts.path)
    if path is None:
        return None
    token = path[2] or "".join(parse_qs(parts.query).get("h", [])[:1])
    secret = f"&h={token}" if re.fullmatch(r"[0-9a-f]{6,20}", token) else ""
    origin = "https://player.vimeo.com"
    return Player("Vimeo", origin, "vimeo", f"{origin}/video/{path[1]}?dnt=1{secret}#t={{}}s")


def _loom(parts: SplitResult) -> Player | None:
    """ "Embed your video", support.loom.com: /share/ID becomes /embed/ID; `t`, seconds, as of the share button."""
    path = re.fullmatch(r"/(?:share|embed)/(?:[\w-]{0,200}-)?([0-9a-f]{32})/?", parts.path)
    origin = "https://www.loom.com"
    return Player("Loom", origin, "nothing", f"{origin}/embed/{path[1]}?t={{}}") if path else None


def _wistia(parts: SplitResult) -> Player | None:
    """ "Embedding Options", github.com/wistia/wistia-open-docs: an iframe of fast.wistia.net/embed/iframe/ID, with
    `time`.
    """
    path = re.fullmatch(r"/(?:medias|embed/iframe|embed/medias)/([0-9a-z]{6,20})/?", parts.path)
    origin = "https://fast.wistia.net"
    return Player("Wistia", origin, "nothing", f"{origin}/embed/iframe/{path[1]}?time={{}}") if path else None


def _dailymotion(parts: SplitResult) -> Player | None:
    """ "iFrame (Web)", developers.dailymotion.com/docs/iframe-web: geo.dailymotion.com/player/PLAYER.html, `video`;
    "Add runtime Player parameters (Web)", there: `startTime`. The address of a video's page names no player, and
    without one nothing is played ("Player ID required in embed URLs", there).
    """
    path = re.fullmatch(r"/player/([0-9a-z]{3,12})\.html", parts.path)
    ident = "".join(parse_qs(parts.query).get("video", [])[:1])
    if path is None or not re.fullmatch(r"[0-9a-zA-Z]{5,20}", ident):
        return None
    origin = "https://geo.dailymotion.com"
    return Player("Dailymotion", origin, "nothing", f"{origin}/player/{path[1]}.html?video={ident}&startTime={{}}")


def _panopto(parts: SplitResult) -> Player | None:
    """ "How to Embed a Panopto Video Using an iFrame", support.panopto.com: Embed.aspx for Viewer.aspx, with `id` and
    `start`.
    """
    ident = "".join(parse_qs(parts.query).get("id", [])[:1])
    if not re.fullmatch(r"[0-9a-fA-F-]{36}", ident) or not _PLAIN_HOST.fullmatch(parts.netloc.lower()):
        return None
    if not re.fullmatch(r"/Panopto/Pages/(?:Viewer|Embed)\.aspx", parts.path, re.IGNORECASE):
        return None
    origin = f"https://{parts.netloc.lower()}"
    return Player("Panopto", origin, "nothing", f"{origin}/Panopto/Pages/Embed.aspx?id={ident}&start={{}}")


_HOSTS: tuple[tuple[tuple[str, ...], Callable[[SplitResult], Player | None]], ...] = (
    ((*_YOUTUBE, "youtu.be"), _youtube),
    (("vimeo.com", "www.vimeo.com", "player.vimeo.com"), _vimeo),
    (("loom.com", "www.loom.com"), _loom),
    ((".wistia.com", "wistia.com", ".wistia.net"), _wistia),
    (("geo.dailymotion.com",), _dailymotion),
    ((".panopto.com", ".panopto.eu"), _panopto),
)
