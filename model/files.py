"""Files that are there in full or not at all, and tensors that are what they were when written.

Nothing here is pickled: tensors are safetensors, everything else is JSON beside them. This module must
not know what the tensors mean; it imports torch only inside the two functions that touch tensors.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.errors import CheckpointError

if TYPE_CHECKING:
    from torch import Tensor

TEMPORARY = ".tmp-"


def temporary(path: Path) -> Path:
    """A name beside `path` that nothing else uses and that `is_temporary` knows."""
    return path.with_name(f"{TEMPORARY}{path.name}-{secrets.token_hex(4)}")


def is_temporary(path: Path) -> bool:
    return path.name.startswith(TEMPORARY)


def sync_folder(folder: Path) -> None:
    """Make new names in `folder` survive a power cut (where the system lets a folder be opened)."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_synced(path: Path, data: bytes) -> None:
    """Write a new file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step: a reader, or a crash, sees the old file or the new one."""
    fresh = temporary(path)
    try:
        write_synced(fresh, data)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    sync_folder(path.parent)


def to_json(value: Any) -> bytes:
    """Canonical JSON: sorted keys, UTF-8."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def seal(value: dict[str, Any]) -> bytes:
    """A JSON object with the SHA-256 of all the rest of it under `seal`: one flipped bit is found."""
    return to_json({**value, "seal": hashlib.sha256(to_json(value)).hexdigest()})


def read_sealed(path: Path) -> dict[str, Any]:
    """What was sealed in a JSON file. Raises CheckpointError naming it where that is not what it holds."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or error})") from error
    value = object_in(data, path)
    if "seal" not in value:
        raise CheckpointError(f"{path}: not a file of this product")
    seal = value.pop("seal")
    try:
        found = hashlib.sha256(to_json(value)).hexdigest()
    except (ValueError, RecursionError) as error:  # Python reads NaN, half a surrogate pair, and deeper than it writes
        raise CheckpointError(f"{path}: no JSON of this product ({error})") from error
    if seal != found:
        raise CheckpointError(f"{path}: its checksum is not the recorded one; the file is damaged or was edited")
    return value


def object_in(data: bytes, path: Path) -> dict[str, Any]:
    """The JSON object that `data`, read from `path`, is. Raises CheckpointError naming the file where it is none."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:  # also bytes that are no UTF-8; brackets within brackets
        raise CheckpointError(f"{path}: no JSON, the file is damaged ({error})") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{path}: not a file of this product")
    return value


def tensors_to_bytes(tensors: dict[str, Tensor]) -> tuple[bytes, str]:
    """A safetensors file's bytes and their SHA-256."""
    from safetensors.torch import save

    data: bytes = save({name: tensor.detach().contiguous() for name, tensor in tensors.items()})
    return data, hashlib.sha256(data).hexdigest()


def read_tensors(path: Path, sha256: str) -> dict[str, Tensor]:
    """The tensors of a file whose bytes have that SHA-256. Raises CheckpointError naming the file."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or error})") from error
    if hashlib.sha256(data).hexdigest() != sha256:  # checked before any parsing: these very bytes are parsed
        raise CheckpointError(f"{path}: its checksum is not the recorded one; the file is damaged or foreign")
    try:
        tensors: dict[str, Tensor] = load(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise CheckpointError(f"{path}: no safetensors file ({error})") from error
    return tensors
