"""The words of a page: HTML without its tags, scripts and styles. Pure; whatever is no HTML comes through as text.

The standard library's ``HTMLParser`` takes time by the square of what is left open: a minute for 60 kB of ``<a ``. This
goes through the page once.
"""

from __future__ import annotations

import re
from html import unescape

_TAG = re.compile(r"<(?:!--|[!?]|(/?)([A-Za-z][A-Za-z0-9]*))")
_ENDS = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "template", "noscript")}
_INLINE = frozenset(
    "a abbr b bdi cite code em i kbd mark s small span strong sub sup u var wbr".split()  # noqa: SIM905  # to be read
)


def plain(html: str) -> str:
    """The text of ``html``: a line for what is a paragraph, a cell or a row of its own."""
    parts: list[str] = []
    at = 0
    while tag := _TAG.search(html, at):
        parts.append(_said(html[at : tag.start()]))
        name = (tag[2] or "").lower()
        at = _end(html, tag, name)
        parts.append("" if name in _INLINE else "\n")
    parts.append(_said(html[at:]))
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


def _end(html: str, tag: re.Match[str], name: str) -> int:
    """Where the text goes on after a tag, with all that is not to be read; the end of the page where it never does."""
    if tag[0] == "<!--":
        closed = html.find("-->", tag.end())
        return closed + 3 if closed >= 0 else len(html)
    begin = tag.end()
    if name in _ENDS and not tag[1]:
        if (ending := _ENDS[name].search(html, begin)) is None:
            return len(html)
        begin = ending.end()
    closed = html.find(">", begin)
    return closed + 1 if closed >= 0 else len(html)


def _said(text: str) -> str:
    return unescape(text).replace("\n", " ")
