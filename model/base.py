"""The base: a checkpoint that has read other people's talks, and so knows how words are spelt before it reads ours.

    model/base/model.safetensors   the weights in half precision
               checkpoint.json     their description, sealed as a checkpoint's
               MODEL_CARD.md       what it has read, under which licences, and how it was made

The one that comes with the package is public, and holds nothing of an archive. What one of your own has read stays in
it, and in every model that starts from it: no permission and no `forget` reaches it. This module must
not know how training works.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from model.checked import check_weights
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
    weights = {name: half.float() for name, half in read_tensors(folder / WEIGHTS, info.sha256).items()}
    check_weights(info.gpt, len(info.vocabulary), weights, folder / WEIGHTS)
    return Loaded(info, weights)


def write_base(folder: Path, loaded: Loaded, card: str, marks: str = "") -> CheckpointInfo:
    """Write a trained state as a base, in half precision and without what it has read; `card` says that in words.

    `marks` are those of the texts it learnt from: whoever starts from it counts no loss on them.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # as of any model: it remembers what it read
    data, sha256 = tensors_to_bytes({name: weights.half() for name, weights in loaded.weights.items()})
    info = replace(
        loaded.info,
        id=f"{_NAME}{sha256[:10]}",
        number=0,
        parent=None,
        read=(),
        texts=(),
        marks=marks,
        characters_read=0,
        seconds=0.0,
        validation_manifest="",
        sha256=sha256,
    )
    replace_file(folder / WEIGHTS, data)
    replace_file(folder / DESCRIPTION, seal(info.to_json()))
    replace_file(folder / CARD, card.encode())
    return info
