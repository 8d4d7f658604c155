"""Foreign XML, taken with care: no entities of its own, nothing from outside, names without their namespace.

Knows no format. What is asked for and not there is empty.
"""

from __future__ import annotations

import re
from html.entities import html5
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from connector.errors import TranscriptError

# Captions are written by hand and by scripts: a lone "&", and HTML's names, which XML does not know.
_AMPERSAND = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});)(?:([A-Za-z][A-Za-z0-9]{1,31});)?"
)
_PREFIX = re.compile(r"[<\s/]([A-Za-z_][\w.-]{0,30}):[A-Za-z_]")
_DECLARED = re.compile(r"\sxmlns:([A-Za-z_][\w.-]{0,30})\s{0,9}=")
_FIRST_TAG = re.compile(r"<[A-Za-z_][\w.:-]{0,60}")
_MAX_DEPTH = 60  # captions nest some six deep; what walks them may recurse
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def root(text: str) -> Element:
    """The root element of ``text``, at most sixty deep.

    Raises ``TranscriptError``, with the line where the parser says one: broken XML, entities declared in the file
    (they can grow without bound), references to other files, and nesting that no caption has.
    """
    blank = text[: len(text) - len(text.lstrip())].count("\n")  # a declaration must come first
    text = _NOT_IN_XML.sub("", text).lstrip()
    try:
        try:
            element = _parsed(text)
        except ParseError:
            element = _parsed(_with_prefixes(_AMPERSAND.sub(_mended, text)))
    except ParseError as error:
        line = error.position[0] + blank
        reason = str(error).partition(":")[0]
        raise TranscriptError(f"this is broken XML: {reason}", line=line, hint="export it again") from None
    except DefusedXmlException:
        raise TranscriptError(
            "this XML declares entities or refers to other files, which captions have no use for",
            hint="remove the <!DOCTYPE …> and its entities",
        ) from None
    except (ValueError, LookupError):  # an encoding in the declaration that nobody knows
        raise TranscriptError("this XML cannot be read", hint="export it again") from None
    if _is_deep(element):
        raise TranscriptError("this XML is nested too deeply for captions")
    return element


def _parsed(text: str) -> Element:
    element: Element = fromstring(text, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    return element


def _with_prefixes(text: str) -> str:
    """Declares the prefixes that ``text`` uses and does not declare: programs forget it."""
    first = _FIRST_TAG.search(text)
    if first is None:
        return text
    declared = _DECLARED.findall(text, first.end(), max(first.end(), text.find(">", first.end())))
    missing = set(_PREFIX.findall(text)) - {*declared, "xml", "xmlns"}
    if len(missing) > 100:
        return text
    added = "".join(f' xmlns:{prefix}="{prefix}"' for prefix in sorted(missing))
    return text[: first.end()] + added + text[first.end() :]


def _is_deep(element: Element) -> bool:
    level = [element]
    for _ in range(_MAX_DEPTH):
        level = [child for each in level for child in each]
    return bool(level)


def _mended(match: re.Match[str]) -> str:
    return html5.get(f"{match[1]};", f"&amp;{match[1]};") if match[1] else "&amp;"


def name(element: Element) -> str:
    """The element's name without its namespace; empty for a comment or an instruction."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attributes(element: Element) -> dict[str, str]:
    """Its attributes by name without namespace."""
    return {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
