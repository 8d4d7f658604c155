"""The address of a moment, on every host's own terms."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urldefrag, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import BadInputError
from connector.transcripts.links import is_web_url, moment_url, tells_moment_without_fragment

PANOPTO = "https://school.hosted.panopto.com/Panopto/Pages/Viewer.aspx?id=b991d274-095d-4d97-bb93-acb6011a6642"
SHAREPOINT = "https://bakery.sharepoint.com/:v:/s/talks/EbXy_1?e=abc"
ZOOM = "https://us06web.zoom.us/rec/play/99z_-DW.7YsD?startTime=1656971187000"
MOMENTS = [
    ("https://video.example/talk", "https://video.example/talk?t=83"),
    ("https://video.example/talk?id=7&x=%20y#chapter", "https://video.example/talk?id=7&x=%20y&t=83"),
    ("https://video.example/talk?t=5&id=7", "https://video.example/talk?id=7&t=83"),
    ("https://video.example/talk?start=5", "https://video.example/talk?start=5&t=83"),
    ("http://127.0.0.1:8765/t/9", "http://127.0.0.1:8765/t/9?t=83"),
    # YouTube
    ("https://www.youtube.com/watch?v=abc_-1&list=z", "https://www.youtube.com/watch?v=abc_-1&list=z&t=83"),
    ("https://www.youtube.com/watch?v=abc&start=9", "https://www.youtube.com/watch?v=abc&t=83"),
    ("https://www.youtube.com/watch?v=abc&t=1m5s", "https://www.youtube.com/watch?v=abc&t=83"),
    ("https://youtu.be/abc?si=q", "https://youtu.be/abc?si=q&t=83"),
    ("https://youtube.com/shorts/abc", "https://www.youtube.com/watch?v=abc&t=83"),
    ("https://www.youtube-nocookie.com/embed/abc?start=1", "https://www.youtube.com/watch?v=abc&t=83"),
    ("https://m.youtube.com/live/abc?feature=s", "https://www.youtube.com/watch?v=abc&feature=s&t=83"),
    (
        "https://www.youtube.com/embed/videoseries?list=PLx&t=5",
        "https://www.youtube.com/embed/videoseries?list=PLx&start=83",
    ),
    # Vimeo
    ("https://vimeo.com/76979871", "https://vimeo.com/76979871?t=83#t=83s"),
    ("https://vimeo.com/76979871/8f2a1c#t=1m2s", "https://vimeo.com/76979871/8f2a1c?t=83#t=83s"),
    (
        "https://player.vimeo.com/video/76979871?h=8f2a&t=5",
        "https://player.vimeo.com/video/76979871?h=8f2a&start_time=83#t=83s",
    ),
    # Loom, Zoom, Google Drive
    ("https://www.loom.com/share/0a1b?sid=2", "https://www.loom.com/share/0a1b?sid=2&t=83"),
    (ZOOM, ZOOM + "&t=83"),
    (
        "https://drive.google.com/file/d/1rI/view?usp=sharing",
        "https://drive.google.com/file/d/1rI/view?usp=sharing&t=83",
    ),
    # Stream (Classic)
    ("https://web.microsoftstream.com/video/0a?st=5", "https://web.microsoftstream.com/video/0a?st=83"),
    # Panopto
    (PANOPTO, PANOPTO + "&start=83"),
    (PANOPTO + "&start=0", PANOPTO + "&start=83"),
    (
        "https://lectures.school.example/Panopto/Pages/Embed.aspx?id=1",
        "https://lectures.school.example/Panopto/Pages/Embed.aspx?id=1&start=83",
    ),
    ("https://school.cloud.panopto.eu/talk?start=9", "https://school.cloud.panopto.eu/talk?start=83"),
    # Kaltura
    (
        "https://mediaspace.school.example/media/Ovens/1_2rc7uxir?kalturaStartTime=5",
        "https://mediaspace.school.example/media/Ovens/1_2rc7uxir?kalturaStartTime=83",
    ),
    (
        "https://www.kaltura.com/p/30/embedPlaykitJs/uiconf_id/4?iframeembed=true&entry_id=1_og3741ll",
        "https://www.kaltura.com/p/30/embedPlaykitJs/uiconf_id/4?iframeembed=true&entry_id=1_og3741ll&kalturaStartTime=83",
    ),
    # Wistia
    ("https://bakery.wistia.com/medias/lpu6bgplle?wtime=1m", "https://bakery.wistia.com/medias/lpu6bgplle?wtime=83s"),
    (
        "https://fast.wistia.net/embed/iframe/lpu6bgplle?videoFoam=true&wtime=1m",
        "https://fast.wistia.net/embed/iframe/lpu6bgplle?videoFoam=true&time=83",
    ),
    ("https://recipes.example/embed/iframe/4?time=9", "https://recipes.example/embed/iframe/4?time=9&t=83"),
    ("https://bakery.example/learn?wvideo=lpu6bgplle", "https://bakery.example/learn?wvideo=lpu6bgplle&wtime=83s"),
    # Dailymotion, Twitch
    ("https://www.dailymotion.com/video/x7tgad0?start=4", "https://www.dailymotion.com/video/x7tgad0?start=83"),
    ("https://dai.ly/x7tgad0", "https://dai.ly/x7tgad0?start=83"),
    (
        "https://geo.dailymotion.com/player.html?video=x7",
        "https://geo.dailymotion.com/player.html?video=x7&startTime=83",
    ),
    ("https://www.twitch.tv/videos/1", "https://www.twitch.tv/videos/1?t=0h1m23s"),
    ("https://player.twitch.tv/?video=v1&time=9s", "https://player.twitch.tv/?video=v1&time=0h1m23s"),
    # files that the browser plays itself
    ("https://files.example/a/talk.MP4?sig=1", "https://files.example/a/talk.MP4?sig=1&t=83#t=83"),
    ("https://files.example/talk.mp3#t=5", "https://files.example/talk.mp3?t=83#t=83"),
    ("https://notyoutube.com/watch?v=a&start=2", "https://notyoutube.com/watch?v=a&start=2&t=83"),
]


@pytest.mark.parametrize(("url", "moment"), MOMENTS)
def test_moments(url: str, moment: str) -> None:
    assert moment_url(url, 83.9) == moment
    assert moment_url(moment, 83.0) == moment
    assert moment_url(moment_url(url, 5), 83) == moment


@pytest.mark.parametrize(
    "url",
    [
        SHAREPOINT,
        "https://bakery-my.sharepoint.com/personal/ann/_layouts/15/stream.aspx?id=%2Fpersonal%2Fa%2Emp4&nav=eyJhIjoxfQ%3D%3D",
        "https://bakery.sharepoint.com/sites/talks/Shared%20Documents/talk.mp4?web=1",
    ],
)
def test_stream_on_sharepoint_takes_the_players_state(url: str) -> None:
    moment = moment_url(url, 83.9)
    told = parse_qs(urlsplit(moment).query)
    state = json.loads(base64.b64decode(told.pop("nav")[0]))
    assert state == {"playbackOptions": {"startTimeInSeconds": 83}}
    before = parse_qs(urlsplit(url).query)
    before.pop("nav", None)
    assert told == before and urlsplit(moment).path == urlsplit(url).path
    assert moment_url(moment, 83) == moment


def test_an_embedded_stream_player_takes_its_state_without_base64() -> None:
    url = "https://bakery.sharepoint.com/sites/talks/_layouts/15/embed.aspx?UniqueId=4a02&nav=%7B%7D&embed=%7B%7D"
    moment = moment_url(url, 83.9)
    assert moment == url.replace("&nav=%7B%7D", "") + (
        "&nav=%7B%22playbackOptions%22%3A%7B%22startTimeInSeconds%22%3A83%7D%7D"
    )
    assert moment_url(moment, 83) == moment


@pytest.mark.parametrize("seconds", [0.0, -3.0, float("nan"), float("inf")])
def test_the_beginning(seconds: float) -> None:
    assert moment_url("https://video.example/talk", seconds) == "https://video.example/talk?t=0"


hosts = st.sampled_from([url for url, _ in MOMENTS] + [SHAREPOINT])
queries = st.lists(
    st.sampled_from(
        ["t=1", "start=2", "nav=x", "wvideo=q", "a=%26", "v=", "st=3", "kalturaStartTime=1", "start_time=4"]
    )
)


@given(hosts, queries, st.sampled_from(["", "#t=7s", "#x"]), st.floats(0, 1e6), st.floats(0, 1e6))
def test_any_address(url: str, query: list[str], fragment: str, first: float, second: float) -> None:
    bare = urldefrag(url).url
    address = bare + ("&" if "?" in bare else "?") + "&".join(query) + fragment
    once = moment_url(address, first)
    assert is_web_url(once)
    assert moment_url(once, first) == once, "adding twice is adding once"
    other = moment_url(address, second)
    assert (urldefrag(once).url == urldefrag(other).url) is (int(first) == int(second)), "told without the fragment too"
    assert not urlsplit(once).fragment or tells_moment_without_fragment(once)


@pytest.mark.parametrize(
    "url",
    ["", "talk.mp4", "javascript:alert(1)", "file:///etc/hosts", "https://", "https:///x", "https://a b/", "ftp://a/b",
     "https://[::1", "https://a:99999/", 'https://a/"onclick=', "https://a/\n"],
)  # fmt: skip
def test_only_web_addresses(url: str) -> None:
    assert not is_web_url(url)
    with pytest.raises(BadInputError):
        moment_url(url, 1.0)
