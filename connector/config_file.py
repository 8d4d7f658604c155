"""Where the configuration is, and what a search needs of it: found and read without validating the rest.

Validating all of it costs a tenth of a second, which a search does not have; ``connector.config`` does it for the rest.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from connector.errors import ConfigError, NotSetUpError
from connector.yaml_file import load_mapping

FILE_NAME = "config.yaml"
INBOX, DATA, INDEX = "inbox", "data", "index"  # the folders' names where the file gives none
TOKENS = "tokens.yaml"
NO_MODEL, PACKAGE = "none", "package:"  # what `semantic.model` may say instead of a folder


def find(explicit: Path | None) -> Path:
    """The configuration file: ``--config``, $CONNECTOR_CONFIG, ./config.yaml, or the one beside our own environment.

    The last makes ``.venv/bin/connector`` work from any folder. Raises NotSetUpError where there is none.
    """
    named = explicit or (Path(value) if (value := os.environ.get("CONNECTOR_CONFIG")) else None)
    if named is not None:
        if named.is_file():
            return named.absolute()
        raise NotSetUpError(f"{named}: no such configuration file", hint="`connector init DIR` writes one.")
    for folder in (Path.cwd(), Path(sys.prefix).parent):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    raise NotSetUpError(
        f"no {FILE_NAME} in {Path.cwd()}", hint="`connector init` writes one here; --config PATH names another."
    )


def is_found_anywhere(file: Path) -> bool:
    """Whether ``find`` finds ``file``, an absolute path, from most folders, with nothing said."""
    named = os.environ.get("CONNECTOR_CONFIG")
    return file == (Path(named) if named else Path(sys.prefix).parent / FILE_NAME)  # a relative one is not


def index_folder(file: Path) -> Path:
    """The folder of the index that belongs to the configuration ``file``."""
    data = load_mapping(file).get("data", DATA)
    if not isinstance(data, str):
        raise ConfigError(f"{file}: `data` must be a folder's name (found {data!r:.80})")
    return absolute(file, Path(data)) / INDEX


def embedding_model(file: Path) -> str:
    """What `semantic.model` of the configuration ``file`` says, a folder in full."""
    section = load_mapping(file).get("semantic") or {}
    model = section.get("model", NO_MODEL) if isinstance(section, dict) else None
    if not isinstance(model, str):
        raise ConfigError(f"{file}: `semantic.model` must be a folder's name or none (found {section!r:.80})")
    return in_full(file, model)


def in_full(file: Path, model: str) -> str:
    """The name of an embedding model as the configuration ``file`` means it."""
    return model if model == NO_MODEL or model.startswith(PACKAGE) else str(absolute(file, Path(model)))


def default_text() -> str:
    """The commented config.yaml that ``connector init`` writes."""
    return Path(__file__).with_name("default_config.yaml").read_text(encoding="utf-8")


def identity_file(file: Path) -> Path:
    """The users and groups beside the configuration ``file``."""
    return file.with_name("identity.yaml")


def absolute(file: Path, path: Path) -> Path:
    """``path`` as the configuration ``file`` means it: taken from the file's own folder."""
    return Path(os.path.normpath(file.parent / path.expanduser()))
