"""The base: a checkpoint that has read other people's talks, and so knows how words are spelt before it reads ours.

    model/base/model.safetensors   the weights in half precision
               checkpoint.json     their description, sealed as a checkpoint's
               MODEL_CARD.md       what it has read, under which licences, and how it was made

It is public, and holds nothing of an archive: a model that started from it has read no document more. This module must
not know how training works.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from model.checkpoint import DESCRIPTION, WEIGHTS, CheckpointInfo, Loaded
from model.errors import CheckpointError
from model.files import read_sealed, read_tensors, replace_file, seal, tensors_to_bytes

SHIPPED = Path(__file__).parent / "base"
CARD = "MODEL_CARD.md"
_NAME = "base-"


def is_base(checkpoint_id: str) -> bool:
    """Whether an id is a base's: an archive's own checkpoints begin with `c`."""
    return checkpoint_id.startswith(_NAME)


def load_base(folder: Path = SHIPPED) -> Loaded:
    """The base in `folder`, in single precision. Raises CheckpointError where it is missing, damaged or foreign."""
    info = CheckpointInfo.from_json(read_sealed(folder / DESCRIPTION), folder / DESCRIPTION)
    if not is_base(info.id):
        raise CheckpointError(f"{folder / DESCRIPTION}: describes {info.id}, no base")
    loaded = Loaded(info, {name: half.float() for name, half in read_tensors(folder / WEIGHTS, info.sha256).items()})
    try:
        loaded.network()
    except RuntimeError as error:  # torch's word for names or shapes that do not fit
        raise CheckpointError(f"{folder / WEIGHTS}: not the weights of this network ({error})") from error
    return loaded


def write_base(folder: Path, loaded: Loaded, card: str) -> CheckpointInfo:
    """Write a trained state as a base, in half precision and without what it has read; `card` says that in words."""
    folder.mkdir(parents=True, exist_ok=True)
    data, sha256 = tensors_to_bytes({name: weights.half() for name, weights in loaded.weights.items()})
    info = replace(
        loaded.info, id=f"{_NAME}{sha256[:10]}", number=0, parent=None, read=(), validation_manifest="", sha256=sha256
    )
    replace_file(folder / WEIGHTS, data)
    replace_file(folder / DESCRIPTION, seal(info.to_json()))
    replace_file(folder / CARD, card.encode())
    return info
