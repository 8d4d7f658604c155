"""The state of an unfinished training on disk, so that a stop, a crash or a power cut costs seconds.

    root/run/run.json                 what and where, with the SHA-256 of the state
             <hash>.safetensors       weights, best weights, optimiser

Every save writes a new state under its own name, then replaces run.json in one step: that rename is the
moment the new state holds. Killed before it, the old pair is whole; after it, the new. This module must
not know how training works.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.checked import made_of
from model.config import GPTConfig
from model.errors import CheckpointError
from model.files import read_sealed, read_tensors, replace_file, seal, tensors_to_bytes
from model.outcome import Curve
from model.tokenizer import Tokenizer, from_json

if TYPE_CHECKING:
    from torch import Tensor

FORMATS = {"characters": 1, "bpe": 2}  # so that a version that knows of characters alone says what it cannot read
DESCRIPTION = "run.json"
SHA256 = re.compile("[0-9a-f]{64}")
GROUPS = ("weights", "best", "optimizer")
UNMEASURED = 1e9  # nats; JSON has no infinity


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """Where an unfinished training stands, apart from its tensors.

    `read` and `fingerprint` tell which documents it reads, `parent` which checkpoint it continues, `rival` which one
    it has to be better than where it began anew (earlier versions kept none). `budget` is the seconds it may take in
    all (earlier versions kept none: 0).
    Losses are in nats a character, the best UNMEASURED before the first evaluation; `elapsed` is seconds of work so
    far; `rate` is what the learning rates are multiplied by. `training` and `validation` are the curves so far (earlier
    versions kept none).
    """

    gpt: GPTConfig
    vocabulary: Tokenizer
    fingerprint: str
    read: tuple[str, ...]
    parent: str | None
    seed: int
    step: int
    elapsed: float
    rate: float
    setbacks: int
    smooth_loss: float
    best_loss: float
    best_step: int
    training: Curve = ()
    validation: Curve = ()
    rival: str | None = None
    budget: float = 0.0

    def to_json(self) -> dict[str, Any]:
        known = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "vocabulary"}
        return {**known, **self.vocabulary.to_json(), "format": FORMATS[self.vocabulary.kind], "gpt": asdict(self.gpt)}


@dataclass(frozen=True)
class RunState:
    """A RunInfo with its tensors: current weights, best weights so far, the optimiser's memory."""

    info: RunInfo
    weights: dict[str, Tensor]
    best: dict[str, Tensor]
    optimizer: dict[str, Tensor]


def copied(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """What tensors hold now, in the processor's memory."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in tensors.items()}


def save_run(root: Path, state: RunState) -> None:
    """Replace what is kept of the unfinished training, in one step."""
    folder = root / "run"
    folder.mkdir(parents=True, exist_ok=True)
    groups = (state.weights, state.best, state.optimizer)
    data, sha256 = tensors_to_bytes(
        {f"{group}/{name}": t for group, tensors in zip(GROUPS, groups, strict=True) for name, t in tensors.items()}
    )
    name = _name(sha256)
    replace_file(folder / name, data)
    replace_file(folder / DESCRIPTION, seal({"state": name, "sha256": sha256, **state.info.to_json()}))
    for old in _others(folder, name):
        old.unlink(missing_ok=True)


def read_run_info(root: Path) -> RunInfo | None:
    """Where the unfinished training stands; None where there is none. Raises CheckpointError. Torch-free."""
    path = root / "run" / DESCRIPTION
    return _info(read_sealed(path), path) if path.exists() else None


def load_run(root: Path) -> RunState | None:
    """The unfinished training, None where there is none. Raises CheckpointError where it is damaged."""
    path = root / "run" / DESCRIPTION
    if not path.exists():
        return None
    value = read_sealed(path)
    info, sha256 = _info(value, path), value.get("sha256")
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
        raise CheckpointError(f"{path}: names no state")
    file = path.with_name(_name(sha256))
    groups: dict[str, dict[str, Tensor]] = {group: {} for group in GROUPS}
    for key, tensor in read_tensors(file, sha256).items():
        group, _, name = key.partition("/")
        if group not in groups:
            raise CheckpointError(f"{file}: not the state of a training ({key})")
        groups[group][name] = tensor
    return RunState(info, groups["weights"], groups["best"], groups["optimizer"])


def discard_run(root: Path) -> None:
    """Forget the unfinished training. Its description goes first: without it there is no run."""
    folder = root / "run"
    (folder / DESCRIPTION).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _info(value: dict[str, Any], path: Path) -> RunInfo:
    try:
        if value["format"] not in FORMATS.values():
            raise CheckpointError(f"{path}: format {value['format']}, which this version does not read")
        return made_of(RunInfo, value, vocabulary=from_json(value))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"{path}: not the state of a training ({error!r})") from error


def _name(sha256: str) -> str:
    return f"{sha256[:16]}.safetensors"


def _others(folder: Path, name: str) -> Iterator[Path]:
    return (path for path in list(folder.iterdir()) if path.name not in (name, DESCRIPTION))
