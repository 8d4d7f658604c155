"""What changed since an earlier export: its list of every document's hash, compared with what would leave now.

Documents have no time of change; a hash tells more surely. Every export leaves the whole list, one of changes too, so
that the next may follow on any. After the documents it has the uploads of people, by call and group, with the members.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connector.archive.ledger import Ledger
from connector.archive.rows import dump
from connector.errors import BadInputError
from connector.glean.manifest import MANIFEST_NAME
from connector.glean.met import Met, short
from connector.glean.pages import MEMBERSHIPS, Payload, Upload

HASHES = "hashes.ndjson"
EXPORTS = "exports"  # the ledger's state that remembers them: {at, folder, hashes}, the oldest first
REMEMBERED = 100
PEOPLE = "bulkindex"  # begins the call that stands in the place of an object type

Key = tuple[str, str]  # object type, id


class Earlier:
    """The documents and uploads of people of an earlier export, of which those that are met again are crossed out."""

    def __init__(self, hashes: Path, datasource: str) -> None:
        """``hashes``: the list. BadInputError where it cannot be read, or is of another datasource."""
        self._file = hashes
        self._left = Met()
        self._members: dict[str, list[Payload]] = {}  # by group
        digest = hashlib.sha256()
        self._left.put_all(self._hashes_of(datasource, digest))
        self.sha256 = digest.hexdigest()

    def has(self, key: Key, content: str) -> bool:
        """Whether the document was there with this hash; it counts as still there from now on."""
        return self._left.pop(short(f"{key[0]}:{key[1]}")) == short(content)

    def gone(self) -> Iterator[Key]:
        """The documents that were not met again."""
        for _, key, _ in self._entries(hashlib.sha256()):
            if not key[0].startswith(PEOPLE) and short(f"{key[0]}:{key[1]}") in self._left:
                yield key

    def left(self, members: Mapping[str, Sequence[Payload]]) -> Iterator[Payload]:
        """The memberships that are none any more, where the members of groups are now these."""
        for group, before in self._members.items():
            now = set(map(dump, members.get(group, ())))
            yield from ({"groupName": group} | one for one in before if dump(one) not in now)

    def _hashes_of(self, datasource: str, digest: Any) -> Iterator[tuple[int, int]]:
        for line, (kind, ident), content in self._entries(digest):
            if line["datasource"] != datasource:
                raise BadInputError(
                    f"{self._file}: is of the datasource `{line['datasource']}`, not `{datasource}`",
                    hint="Write a full export of this one: connector export",
                )
            if "members" in line:
                self._members[ident] = line["members"]
            yield short(f"{kind}:{ident}"), short(content)

    def _entries(self, digest: Any) -> Iterator[tuple[dict[str, Any], Key, str]]:
        with self._file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                digest.update(line)
                try:
                    entry = json.loads(line)
                    for name in ("datasource", "objectType", "id", "sha256"):
                        if type(entry[name]) is not str:
                            raise TypeError(f"its {name} is no text")
                    if "members" in entry:
                        entry["members"] = list(map(dict, entry["members"]))
                    if b"\\" in line:  # which may stand for half a character, that no file can have
                        dump(entry).encode()
                    yield entry, (entry["objectType"], entry["id"]), entry["sha256"]
                except (ValueError, LookupError, TypeError, RecursionError) as error:
                    raise BadInputError(f"{self._file}:{number}: is no line of an export's hashes ({error})") from None


def hash_line(document: dict[str, Any], content: str) -> bytes:
    """A document's line in the list. Its names are letters and digits, so that nothing needs to be escaped."""
    datasource, ident, kind = document["datasource"], document["id"], document["objectType"]
    told = f'"datasource":"{datasource}","id":"{ident}","objectType":"{kind}","sha256":"{content}"'
    return f"{{{told}}}\n".encode()


def upload_line(datasource: str, upload: Upload) -> bytes:
    """The line of an upload of people; of a group's with its members, since who leaves it has to go first."""
    call, group = upload.key
    members = {"members": upload.things} if call == MEMBERSHIPS else {}
    line = {"datasource": datasource, "id": group, "objectType": call, "sha256": upload.ident} | members
    return dump(line).encode() + b"\n"


def remember(ledger: Ledger, folder: Path, hashes: str, now: datetime) -> None:
    """Keeps when an export was written, where, and the hash of its list, for ``--changed-since DATE``."""
    exports = [*(ledger.get_state(EXPORTS) or []), {"at": now.isoformat(), "folder": str(folder), "hashes": hashes}]
    ledger.set_state(EXPORTS, exports[-REMEMBERED:])


def earlier_hashes(ledger: Ledger, since: str) -> Path:
    """The list of hashes that ``since`` names: an earlier export's folder or manifest, or a day, which means the last
    export before it that is still there. BadInputError where there is none.
    """
    named = Path(since)
    if named.is_dir() or named.name == MANIFEST_NAME:
        found = (named if named.is_dir() else named.parent) / HASHES
        if not found.is_file():
            raise BadInputError(f"{since}: no export ({HASHES} is not there)", hint="Name the folder of an export.")
        return found
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise BadInputError(
            f"`{since}` is neither an export nor a date", hint="For example --changed-since 2025-01-14, or a folder."
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    there = [
        (datetime.fromisoformat(one["at"]), Path(one["folder"]) / HASHES)
        for one in ledger.get_state(EXPORTS) or []
        if _is_still(Path(one["folder"]) / HASHES, one["hashes"])
    ]
    if before := [file for at, file in there if at < moment]:
        return before[-1]
    first = f"the first that is there is of {there[0][0].date()}, {there[0][1].parent}" if there else "there is none"
    raise BadInputError(
        f"no export from before {since} is there any more: {first}",
        hint="An export in the same folder replaces the last. Keep each in its own: --out exports/2025-01-14",
    )


def _is_still(file: Path, sha256: str) -> bool:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
    except OSError:
        return False
