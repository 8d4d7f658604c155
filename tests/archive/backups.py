"""The files of a backup, taken apart and put together again, also as none was made."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

from connector import config as configuration
from connector.archive.backup import MANIFEST
from connector.config import Config


def config_of(home: Path) -> Config:
    return configuration.load(home / "config.yaml")


def begun(manifest: bytes) -> bytes:
    """A tar file up to where its second member goes."""
    member = tarfile.TarInfo(MANIFEST)
    member.size = len(manifest)
    return member.tobuf() + manifest + bytes(-len(manifest) % 512)


def listed(files: dict[str, bytes]) -> dict[str, bytes]:
    """These, with a manifest that tells of them truly."""
    told = json.loads(files[MANIFEST])
    rest = {name: content for name, content in files.items() if name != MANIFEST}
    told["files"] = {
        name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in rest.items()
    }
    return {MANIFEST: json.dumps(told).encode()} | rest


def unpacked(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def packed(files: dict[str, bytes], link: str = "") -> bytes:
    """A tar file of these, one of them a link to where it must not lead."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            if name == link:
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
                tar.addfile(member)
                continue
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()
