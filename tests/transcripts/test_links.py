"""The address of a moment."""

from __future__ import annotations

import pytest

from connector.errors import BadInputError
from connector.transcripts.links import is_web_url, moment_url


@pytest.mark.parametrize(
    ("url", "moment"),
    [
        ("https://video.example/talk", "https://video.example/talk?t=83"),
        ("https://video.example/talk?id=7&x=%20y#chapter", "https://video.example/talk?id=7&x=%20y&t=83"),
        ("https://video.example/talk?t=5&id=7", "https://video.example/talk?id=7&t=83"),
        ("https://video.example/talk?start=5", "https://video.example/talk?start=5&t=83"),
        (
            "https://www.youtube.com/watch?v=abc_-1&list=z",
            "https://www.youtube.com/watch?v=abc_-1&list=z&t=83",
        ),
        ("https://www.youtube.com/watch?v=abc&start=9", "https://www.youtube.com/watch?v=abc&t=83"),
        ("https://youtu.be/abc?si=q", "https://youtu.be/abc?si=q&t=83"),
        ("https://youtube.com/shorts/abc", "https://www.youtube.com/watch?v=abc&t=83"),
        ("https://www.youtube-nocookie.com/embed/abc?start=1", "https://www.youtube.com/watch?v=abc&t=83"),
        ("https://m.youtube.com/live/abc?feature=s", "https://www.youtube.com/watch?v=abc&feature=s&t=83"),
        ("http://127.0.0.1:8765/t/9", "http://127.0.0.1:8765/t/9?t=83"),
    ],
)
def test_moments(url: str, moment: str) -> None:
    assert moment_url(url, 83.9) == moment
    assert moment_url(moment, 83.0) == moment


@pytest.mark.parametrize("seconds", [0.0, -3.0, float("nan")])
def test_the_beginning(seconds: float) -> None:
    assert moment_url("https://video.example/talk", seconds) == "https://video.example/talk?t=0"


@pytest.mark.parametrize(
    "url",
    ["", "talk.mp4", "javascript:alert(1)", "file:///etc/hosts", "https://", "https:///x", "https://a b/", "ftp://a/b",
     "https://[::1", "https://a:99999/", 'https://a/"onclick=', "https://a/\n"],
)  # fmt: skip
def test_only_web_addresses(url: str) -> None:
    assert not is_web_url(url)
    with pytest.raises(BadInputError):
        moment_url(url, 1.0)
