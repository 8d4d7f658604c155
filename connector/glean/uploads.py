"""The pages of bulk uploads held against each other: an upload has one id, one first page and one last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connector.glean.rules import Broken

Payload = dict[str, Any]
Subject = tuple[str, str, str]  # call, datasource, group: what one upload replaces


@dataclass
class _Upload:
    """What was seen of the pages for one subject. ``files``: those with a page, and the one with the last page."""

    ident: Any
    has_first: bool = False
    has_last: bool = False
    in_files: frozenset[str] = frozenset()
    ended_in: str | None = None


class Uploads:
    """Pages pass one by one. Files may come in any order, the lines of one are in the order in which they go."""

    def __init__(self) -> None:
        self._seen: dict[Subject, _Upload] = {}

    def add(self, call: str, page: Payload, file: str) -> Iterator[Broken]:
        """The rules that the page breaks as one of several."""
        if "uploadId" not in page or not call.startswith("bulk"):
            return
        subject = (call, str(page.get("datasource")), str(page.get("group", "")))
        upload = self._seen.setdefault(subject, _Upload(page["uploadId"]))
        if page["uploadId"] != upload.ident:
            yield Broken(
                "uploadId", f"another page of this upload has `{upload.ident}`: of two uploads the second replaces"
            )
        if upload.ended_in == file:
            yield Broken("", "comes after the last page")
        if page.get("isFirstPage") is True:
            if upload.has_first:
                yield Broken("isFirstPage", "another page of this upload is the first")
            elif file in upload.in_files:
                yield Broken("isFirstPage", "comes after another page")
            upload.has_first = True
        if page.get("isLastPage") is True:
            if upload.has_last:
                yield Broken("isLastPage", "another page of this upload is the last")
            upload.has_last, upload.ended_in = True, file
        upload.in_files |= {file}

    def unheld(self) -> Iterator[str]:
        """The uploads of which these were not all pages."""
        for (call, datasource, group), upload in self._seen.items():
            ends = [name for name, there in (("first", upload.has_first), ("last", upload.has_last)) if not there]
            if ends:
                of = f"{datasource}, group {group}" if group else datasource
                yield f"{call} of {of}: its {' and its '.join(ends)} page {'are' if len(ends) > 1 else 'is'} in no file"
