"""The manifest of an export, held against the files it lists: none changed, as many things in them as it says."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from connector.glean.json_file import values
from connector.glean.rules import Broken, objects

Payload = dict[str, Any]

MANIFEST_NAME = "manifest.json"
PEOPLE = ("users", "groups", "memberships")


def tally(files: Iterable[Path]) -> dict[str, Any]:
    """How many things are in the bodies of calls: ``documents`` by object type, users, groups and memberships, and
    how many documents are ``deleted``.
    """
    documents, others = Counter[str](), dict.fromkeys((*PEOPLE, "deleted"), 0)
    for file in files:
        for _, body in values(file):
            if not isinstance(body, dict):
                continue
            documents.update(str(one.get("objectType")) for one in objects(body, "documents"))
            for key in PEOPLE:
                others[key] += len(objects(body, key))
            others["deleted"] += {"objectType", "id"} <= body.keys() and "title" not in body
    return {"documents": dict(sorted(documents.items())), **others}


def file_beside(manifest: Path, entry: Any) -> Path | None:
    """The file beside the manifest that an entry of its ``files`` names, there or not; None where it names none."""
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(name, str) or "/" in name or name in ("", "..", "."):
        return None
    return manifest.parent / name


def broken_manifest(file: Path, manifest: Payload) -> Iterator[Broken]:
    """The files of an export that are not as its manifest says."""
    entries = manifest.get("files")
    sent = []
    for at, entry in enumerate(entries if isinstance(entries, list) else ()):
        if (listed := file_beside(file, entry)) is None:
            yield Broken(f"files[{at}].name", "must be the name of a file beside the manifest")
            continue
        name = listed.name
        try:
            with listed.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
                stream.seek(0)
                lines = sum(1 for _ in stream) if "lines" in entry else None
        except (OSError, ValueError) as error:  # a name that no file can have
            yield Broken(f"files[{at}]", f"{name}: {getattr(error, 'strerror', None) or 'is no file'}")
            continue
        if found != entry.get("sha256"):
            yield Broken(f"files[{at}].sha256", f"{name} has been changed since it was exported")
        if lines != entry.get("lines"):
            yield Broken(f"files[{at}].lines", f"{name} has {lines:,} lines")
        if entry.get("endpoint"):
            sent.append(listed)
    for key, number in tally(sent).items():
        if key in manifest and manifest[key] != number:
            told = ", ".join(f"{kind}: {count:,}" for kind, count in number.items()) if key == "documents" else number
            yield Broken(key, f"the files have {told or 'none'}")
