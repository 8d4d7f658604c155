"""Is a document what Glean's indexing API takes? Pure; stricter than the official client. See ``shapes`` for the rules.

What documents must be to each other, to the datasource and to its people is in ``across``.
"""

from __future__ import annotations

from typing import Any

from connector.glean.rules import Broken, broken
from connector.glean.shapes import DOCUMENT

MAX_DOCUMENT_BYTES = 4 << 20  # a page holds 5 MiB; one document must fit with room to spare


def broken_rules(document: Any) -> list[Broken]:
    """Every rule that the document breaks; empty where Glean takes it."""
    return broken(document, DOCUMENT, "document")


def too_large(size: int) -> list[Broken]:
    """The rule that a document of ``size`` bytes breaks, if it does."""
    if size <= MAX_DOCUMENT_BYTES:
        return []
    return [Broken("body", f"the document has {size:,} bytes, at most {MAX_DOCUMENT_BYTES:,} fit")]
