"""Patterns that others write hold nothing up: neither when they are read, nor over a link."""

from __future__ import annotations

import weakref

import pytest

from connector.glean.matching import LARGEST, UrlRegex

_UUID = "-".join(f"[0-9a-f]{{{n}}}" for n in (8, 4, 4, 4, 12))
_A = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.mark.parametrize(
    ("pattern", "link", "fits"),
    [
        (r"https://wiki\.example\.com/.*", "https://wiki.example.com/a", True),
        (r"^https://wiki\.example\.com/[0-9a-f]{8}-[0-9a-f]{4}$", "https://wiki.example.com/0123abcd-00ff", True),
        (r"example\.com/\d{1,3}$", "https://example.com/1234", False),
        (rf"^https://x\.example/{_UUID}/page/{_UUID}$", f"https://x.example/{_A}/page/{_A}", True),
        (r"https://[a-z0-9-]{1,63}\.example\.com/[\w{}(-]{1,200}/[0-9]{1,20}", "https://a.example.com/b{(/1", True),
        (r"(?x) https://a\.example/ [0-9]{4,}  # a year", "https://a.example/2024", True),
        (r"^https://(?:(?:a+)+\.)?b\.example", "http://b.example", False),
    ],
)
def test_links_match_as_everywhere(pattern: str, link: str, fits: bool) -> None:
    assert UrlRegex(pattern).fits(link) is fits


@pytest.mark.parametrize("pattern", [r"^https://(a|aa)+$", r"^https://(?:a?){200}(a|b|ab)*[bc]$", "a*" * 50 + "[bc]$"])
def test_what_takes_years_ends_at_once_for_all_links(pattern: str) -> None:
    slow = UrlRegex(pattern, seconds=0.01)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            slow.fits("https://" + "a" * 5_000 + "!")


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("(", "is no regular expression"),
        ("(" * 5_000 + ")" * 5_000, "is no regular expression"),
        ("(?:(?:(?:a{1000}){1000}){1000}){1000}", "too large"),
        ("((a{100}){100}){100}", "too large"),
        (r"([)\](]{1,1000}\({1000}){1000}", "too large"),
        ("(?#[)((a{100}){100}){100}(?#])", "too large"),
        ("(?x)#[\n((a{100}){100}){100}#]", "too large"),
        ("(([[:alpha:])]{100}){100}){100}", "too large"),
        ("a{0,99999999999999999999}", "too large"),
        ("a" * (LARGEST + 1), "too large"),
        ("^https://x/(?|(a{99}){99}){90}", "too large"),
    ],
)
def test_what_cannot_be_read_is_said(pattern: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        UrlRegex(pattern)


def test_patterns_of_others_do_not_pile_up_in_memory() -> None:
    patterns = [weakref.ref(UrlRegex(f"^https://{number}/")._pattern) for number in range(100)]
    assert sum(pattern() is not None for pattern in patterns) <= 10
