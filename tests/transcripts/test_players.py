"""Which links have a player that may stand in a page, and its address."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.transcripts.players import media_file, player_of

YOUTUBE = "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?enablejsapi=1&playsinline=1&rel=0&start=75"


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3", YOUTUBE),
        ("https://youtu.be/dQw4w9WgXcQ?si=x", YOUTUBE),
        ("http://m.youtube.com/shorts/dQw4w9WgXcQ", YOUTUBE),
        ("https://www.youtube.com/live/dQw4w9WgXcQ?feature=share", YOUTUBE),
        ("https://vimeo.com/76979871", "https://player.vimeo.com/video/76979871?dnt=1#t=75s"),
        ("https://vimeo.com/76979871/8272103f6e", "https://player.vimeo.com/video/76979871?dnt=1&h=8272103f6e#t=75s"),
        (
            "https://player.vimeo.com/video/76979871?h=8272103f6e",
            "https://player.vimeo.com/video/76979871?dnt=1&h=8272103f6e#t=75s",
        ),
        (
            "https://www.loom.com/share/0281766fa2d04bb788eaf19e65135184?sid=1",
            "https://www.loom.com/embed/0281766fa2d04bb788eaf19e65135184?t=75",
        ),
        ("https://acme.wistia.com/medias/26sk4lmiix", "https://fast.wistia.net/embed/iframe/26sk4lmiix?time=75"),
        (
            "https://geo.dailymotion.com/player/xf7a2.html?video=x84sh87",
            "https://geo.dailymotion.com/player/xf7a2.html?video=x84sh87&startTime=75",
        ),
        (
            "https://uni.cloud.panopto.eu/Panopto/Pages/Viewer.aspx?id=0a1b2c3d-0000-1111-2222-333344445555&start=3",
            "https://uni.cloud.panopto.eu/Panopto/Pages/Embed.aspx?id=0a1b2c3d-0000-1111-2222-333344445555&start=75",
        ),
    ],
)
def test_the_player_of_a_link(link: str, address: str) -> None:
    player = player_of(link)
    assert player is not None
    assert player.at(75.9) == address
    assert address.startswith(player.origin + "/")


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com/watch?v=dQw4w9WgXcQ",
        "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
        "https://evilyoutube.com/watch?v=dQw4w9WgXcQ",
        "https://evil.example/Panopto/Pages/Viewer.aspx?id=0a1b2c3d-0000-1111-2222-333344445555",
        "https://www.youtube.com/playlist?list=PL1234567890",
        "https://www.youtube.com/embed/videoseries?list=PL1",
        "https://vimeo.com/showcase/123",
        "https://www.dailymotion.com/video/x84sh87",
        "https://uni.panopto.com/Panopto/Pages/Home.aspx",
        "https://www.youtube.com/watch?v=';script-src *",
        "javascript:alert(1)",
        "",
    ],
)
def test_other_links_have_none(link: str) -> None:
    assert player_of(link) is None


def test_a_file_that_a_browser_plays() -> None:
    file = media_file("https://Files.example.com:8443/talk.MP4?key=1#t=3")
    assert file and (file.origin, file.audio) == ("https://files.example.com:8443", False)
    assert file.address.endswith("/talk.MP4?key=1")
    assert (audio := media_file("http://x.example/a.mp3")) and audio.audio
    for other in ("https://x.example/talk.html", "https://user:pass@x.example/a.mp4", "ftp://x.example/a.mp4"):
        assert media_file(other) is None


@given(
    st.text(max_size=60), st.sampled_from(["youtube.com/watch?v=", "vimeo.com/", "x.panopto.com/", "loom.com/share/"])
)
def test_no_link_writes_a_policy(text: str, host: str) -> None:
    """An origin goes into a header, and an address into an attribute."""
    for link in (f"https://{host}{text}", f"https://{text}.{host}", f"https://{host}{text}.mp4"):
        if player := player_of(link):
            assert re.fullmatch(r"https://[a-z0-9.-]+(:[0-9]+)?", player.origin)
            assert re.fullmatch(r"[\w:/?=&.#-]+", player.at(1), re.ASCII)
        if file := media_file(link):
            assert re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]+)?", file.origin)
