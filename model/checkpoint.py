"""The trained states on disk: publish, list, load, remove.

    root/checkpoints/<id>/model.safetensors    the weights
                          checkpoint.json      everything else, with the SHA-256 of the weights and of itself

An id is `c`, a number that only rises, and the start of the weights' hash: names sort by age. A
checkpoint comes into being by the rename of a complete, synced folder. Listing reads JSON only and does
not import torch: a service that merely shows its checkpoints stays light. This module must not know how
training works.
"""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.checked import check_weights, made_of
from model.config import GPTConfig
from model.errors import CheckpointError
from model.files import (
    is_temporary,
    read_sealed,
    read_tensors,
    seal,
    sync_folder,
    temporary,
    tensors_to_bytes,
    write_synced,
)
from model.tokenizer import Tokenizer, from_json

if TYPE_CHECKING:
    from torch import Tensor

    from model.gpt import GPT

__all__ = [
    "CheckpointError",
    "CheckpointInfo",
    "Loaded",
    "list_checkpoints",
    "load",
    "load_newest",
    "prune",
    "publish",
    "remove",
]

FORMATS = {"characters": 2, "bpe": 3}  # so that a version that knows of characters alone says what it cannot read
ID = re.compile(r"c\d{6,}[0-9a-f]{10}")
WEIGHTS, DESCRIPTION = "model.safetensors", "checkpoint.json"


@dataclass(frozen=True, kw_only=True)
class CheckpointInfo:
    """What is known of a checkpoint without its weights. Losses are in nats a character.

    `read` are the ids of all documents this model or any it descends from ever read, sorted; `texts` what they were, as
    `seen.told_of` says it ("" of those that earlier versions read), and `marks` what the base read that it descends
    from, as `seen.marks_of` does. `steps`
    counts those of the training that made it, `total_steps` its ancestors' too. `validation_split` and
    `validation_manifest` say on what `validation_loss` was measured. `created` is whatever the caller
    passed, as text. `origin_characters` is how much text there was when a training last began from nothing or from a
    base, whether what came of it was kept or its rival; `characters_read` how many this model and those it descends
    from read in all their steps, and `seconds` how long those took, a base's left out (earlier versions did not count).
    """

    id: str
    number: int
    parent: str | None
    gpt: GPTConfig
    vocabulary: Tokenizer
    steps: int
    total_steps: int
    train_loss: float
    validation_loss: float
    validation_split: str
    validation_manifest: str
    read: tuple[str, ...]
    origin_characters: int
    created: str
    parameters: int
    sha256: str
    characters_read: int = 0
    seconds: float = 0.0
    texts: tuple[str, ...] = ()
    marks: str = ""

    @property
    def validation_bits(self) -> float:
        """Validation loss in bits a character."""
        return self.validation_loss / math.log(2)

    @property
    def texts_by_id(self) -> dict[str, str]:
        """What each document it has read was."""
        return dict(zip_longest(self.read, self.texts[: len(self.read)], fillvalue=""))

    def to_json(self) -> dict[str, Any]:
        known = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "vocabulary"}
        known |= {"gpt": asdict(self.gpt), "validation_bits": self.validation_bits}
        return {"format": FORMATS[self.vocabulary.kind], **known, **self.vocabulary.to_json()}

    @classmethod
    def from_json(cls, value: dict[str, Any], path: Path) -> CheckpointInfo:
        """Raises CheckpointError naming `path` where something is missing or of another kind."""
        try:
            if value["format"] not in FORMATS.values():
                formats = " and ".join(map(str, FORMATS.values()))
                raise CheckpointError(f"{path}: format {value['format']}, this version reads formats {formats}")
            return made_of(cls, value, vocabulary=from_json(value))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise CheckpointError(f"{path}: not a checkpoint's description ({error!r})") from error


@dataclass(frozen=True)
class Loaded:
    """A checkpoint with its weights, and what newer ones had to be passed over, if any, and why."""

    info: CheckpointInfo
    weights: dict[str, Tensor]
    skipped: tuple[str, ...] = ()

    @property
    def vocabulary(self) -> Tokenizer:
        return self.info.vocabulary

    def network(self) -> GPT:
        """A network with these weights, ready to sample from."""
        from model.gpt import GPT

        network = GPT(self.info.gpt, len(self.vocabulary))
        network.load_state_dict(self.weights)
        network.eval()
        return network


def list_checkpoints(root: Path) -> list[CheckpointInfo]:
    """All checkpoints whose description can be read, oldest first."""
    found = []
    for folder in _folders(root):
        try:
            found.append(_describe(folder))
        except CheckpointError:
            continue
    return found


def load(root: Path, checkpoint_id: str) -> Loaded:
    """Read one checkpoint. Raises CheckpointError naming it where it is missing, damaged or foreign."""
    if not ID.fullmatch(checkpoint_id):
        raise CheckpointError(f"{checkpoint_id!r} is no checkpoint's id")
    folder = _base(root) / checkpoint_id
    if not folder.is_dir():
        raise CheckpointError(f"there is no checkpoint {checkpoint_id} in {_base(root)}")
    info = _describe(folder)
    weights = read_tensors(folder / WEIGHTS, info.sha256)
    check_weights(info.gpt, len(info.vocabulary), weights, folder / WEIGHTS)
    return Loaded(info, weights)


def load_newest(root: Path, *, read_within: Iterable[str] | None = None) -> Loaded | None:
    """The newest checkpoint that can be read, or None; `skipped` says what newer ones were passed over
    and why.

    With `read_within`, only one that has read nothing but those documents.
    """
    allowed = None if read_within is None else frozenset(read_within)
    skipped: list[str] = []
    for folder in reversed(_folders(root)):
        try:
            if allowed is not None and not allowed.issuperset(_describe(folder).read):
                skipped.append(f"{folder.name} has read documents that are no longer given")
                continue
            loaded = load(root, folder.name)
        except CheckpointError as error:
            skipped.append(f"{folder.name} is damaged: {error}")
            continue
        return Loaded(loaded.info, loaded.weights, tuple(skipped))
    return None


def publish(
    root: Path,
    weights: dict[str, Tensor],
    *,
    parent: CheckpointInfo | None,
    gpt: GPTConfig,
    vocabulary: Tokenizer,
    steps: int,
    train_loss: float,
    validation_loss: float,
    validation_split: str,
    validation_manifest: str,
    read: Iterable[str],
    origin_characters: int,
    created: str,
    characters_read: int = 0,
    seconds: float = 0.0,
    texts: Mapping[str, str] | None = None,
    marks: str = "",
) -> CheckpointInfo:
    """Write a new checkpoint, newest of all, in one step. What `parent` read is added to `read`, and counted.

    `texts` are by id; of what is not in them the `parent` may know.
    """
    base = _base(root)
    base.mkdir(parents=True, exist_ok=True)
    data, sha256 = tensors_to_bytes(weights)
    numbers = [int(folder.name[1:-10]) for folder in _folders(root)]
    number = max([0, parent.number if parent else 0, *numbers]) + 1
    ids = tuple(sorted({*read, *(parent.read if parent else ())}))
    known = (parent.texts_by_id if parent else {}) | dict(texts or {})
    info = CheckpointInfo(
        id=f"c{number:06d}{sha256[:10]}",
        number=number,
        parent=parent.id if parent else None,
        gpt=gpt,
        vocabulary=vocabulary,
        steps=steps,
        total_steps=steps + (parent.total_steps if parent else 0),
        train_loss=train_loss,
        validation_loss=validation_loss,
        validation_split=validation_split,
        validation_manifest=validation_manifest,
        read=ids,
        origin_characters=origin_characters,
        created=created,
        parameters=sum(tensor.numel() for tensor in weights.values()),
        sha256=sha256,
        characters_read=characters_read + (parent.characters_read if parent else 0),
        seconds=seconds + (parent.seconds if parent else 0.0),
        texts=tuple(known.get(ident, "") for ident in ids),
        marks=marks or (parent.marks if parent else ""),
    )
    final = base / info.id
    fresh = temporary(final)
    try:
        fresh.mkdir()
        write_synced(fresh / WEIGHTS, data)
        write_synced(fresh / DESCRIPTION, seal(info.to_json()))
        sync_folder(fresh)
        fresh.rename(final)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    sync_folder(base)
    return info


def remove(root: Path, checkpoint_id: str) -> bool:
    """Delete one checkpoint, damaged or not; whether it was there. Raises CheckpointError for a bad id."""
    if not ID.fullmatch(checkpoint_id):
        raise CheckpointError(f"{checkpoint_id!r} is no checkpoint's id")
    folder = _base(root) / checkpoint_id
    if not folder.is_dir():
        return False
    doomed = temporary(folder)
    folder.rename(doomed)  # it is gone in one step; clearing it away may take several
    sync_folder(_base(root))
    shutil.rmtree(doomed, ignore_errors=True)
    return True


def prune(root: Path, keep: int) -> list[str]:
    """Delete all but the newest `keep` readable checkpoints and what crashes left behind; the ids deleted."""
    doomed = [info.id for info in list_checkpoints(root)[:-keep]]
    for checkpoint_id in doomed:
        remove(root, checkpoint_id)
    if _base(root).is_dir():
        for left in filter(is_temporary, list(_base(root).iterdir())):
            shutil.rmtree(left, ignore_errors=True)
    return doomed


def _base(root: Path) -> Path:
    return root / "checkpoints"


def _folders(root: Path) -> list[Path]:
    if not _base(root).is_dir():
        return []
    return sorted(
        (f for f in _base(root).iterdir() if ID.fullmatch(f.name)), key=lambda f: (int(f.name[1:-10]), f.name)
    )


def _describe(folder: Path) -> CheckpointInfo:
    info = CheckpointInfo.from_json(read_sealed(folder / DESCRIPTION), folder / DESCRIPTION)
    if info.id != folder.name:
        raise CheckpointError(f"{folder / DESCRIPTION}: describes {info.id}, not {folder.name}")
    return info
