"""The embedding model that ``semantic.model`` names: static embeddings by model2vec, of a folder or of a package.

A text's vector is the mean of its tokens' (https://github.com/MinishLab/model2vec): no network, and neither
torch nor a graphics card. Whatever the model, it is read from the disk and never downloaded.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connector.config_file import NO_MODEL, PACKAGE
from connector.errors import ConfigError, NotSetUpError

if TYPE_CHECKING:
    from indexer.vectors import Embedder, Vectors

INSTALL = "pip install 'transcript-connector[semantic]'"
FILES = ("tokenizer.json", "model.safetensors")  # with a configuration, what a model is made of
_NESTED = "0_StaticEmbedding"  # where sentence-transformers keeps both
_HINT = (
    "Name a folder that `StaticModel.save_pretrained` of model2vec wrote, `package:NAME` for one in a package, or none."
)


class StaticEmbedder:
    """A model2vec model, under a name that changes with its files."""

    def __init__(self, model: Any, name: str) -> None:
        self._model = model
        self.name = name

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The vectors of ``texts``, of length 1, or 0 where no token is known; (N, dimensions)."""
        import numpy as np

        found = np.asarray(self._model.encode(list(texts), use_multiprocessing=False), np.float32)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return (found / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def embedder_of(model: str) -> Embedder | None:
    """The model by its name in the configuration, a folder or ``package:NAME``; None for ``none``.

    Raises ``NotSetUpError`` without model2vec, ``ConfigError`` where there is no model or it cannot be read.
    """
    if model == NO_MODEL:
        return None
    folder = _package_folder(model.removeprefix(PACKAGE)) if model.startswith(PACKAGE) else Path(model)
    files = sorted(path for name in FILES for path in folder.rglob(name))
    # Checked before: model2vec takes a path that is none for the name of a model to download.
    if sorted(path.name for path in files) != sorted(FILES):
        raise ConfigError(f"`semantic.model`: {folder} holds not one embedding model ({', '.join(FILES)})", hint=_HINT)
    root = files[0].parent.parent if files[0].parent.name == _NESTED else files[0].parent
    try:
        from model2vec import StaticModel
    except ImportError:
        raise NotSetUpError(
            "`semantic.model` is set, but the package model2vec is not installed", hint=f"{INSTALL}, or set it to none."
        ) from None
    try:
        loaded = StaticModel.from_pretrained(root)
    except Exception as problem:  # the tokenizers library raises Exception itself
        raise ConfigError(f"`semantic.model`: {folder} cannot be read ({problem})", hint=_HINT) from problem
    return StaticEmbedder(loaded, _name(files))


def _package_folder(name: str) -> Path:
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):  # a parent that is none
        found = None
    if found is None or not found.submodule_search_locations:
        raise ConfigError(f"`semantic.model`: no package {name!r} is installed", hint=_HINT)
    return Path(found.submodule_search_locations[0])


def _name(files: Sequence[Path]) -> str:
    """Another for other files; by size and time, for reading them would take longer than a search."""
    states = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(repr(states).encode()).hexdigest()[:16]
