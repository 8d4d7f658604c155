"""What the model may read, as one file: to be learned from on another machine, and its checkpoint brought back.

JSON lines: a head, then an id and a text each. The ids are the archive's, so that what comes back says which
transcripts it has read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connector.errors import BadInputError

if TYPE_CHECKING:
    from connector.archive.ledger import Ledger
    from connector.config import Settings

SUFFIX = ".jsonl"
_FORMAT, _VERSION = "connector corpus", 1


def write_corpus(file: Path, ledger: Ledger, settings: Settings) -> tuple[int, int]:
    """Writes ``file``, readable by its owner alone; how many transcripts and characters. It is whole or not there.

    Raises BadInputError where there is nothing the model may read.
    """
    with ledger.snapshot():  # of one moment: what is forgotten or closed meanwhile is not half in it
        return _write(file, ledger, settings)


def _write(file: Path, ledger: Ledger, settings: Settings) -> tuple[int, int]:
    from connector.archive.corpus import corpus, trainable  # who reads such a file, to train, has no need of an archive

    texts = trainable(ledger, settings.permissions, settings.train.train_on)
    if not texts:
        raise BadInputError(
            f"there is nothing the model may read (train_on: {settings.train.train_on})",
            hint="Take transcripts in first; train_on: open reads what every user of the datasource may see.",
        )
    head = {"format": _FORMAT, "version": _VERSION, "transcripts": len(texts), "train_on": settings.train.train_on}
    partial = file.with_name(f".{file.name}.partial")
    characters = 0
    partial.unlink(missing_ok=True)
    try:
        partial.touch(0o600, exist_ok=False)
        with partial.open("w", encoding="utf-8") as out:
            out.write(json.dumps(head, sort_keys=True) + "\n")
            for ident, text in corpus(ledger, settings, texts):
                out.write(json.dumps({"id": ident, "text": text}) + "\n")  # ASCII: half a surrogate pair is no UTF-8
                characters += len(text)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return len(texts), characters


def read_corpus(file: Path) -> Iterator[tuple[str, str]]:
    """The id and text of each transcript in ``file``.

    Raises BadInputError, naming the line, where it is no such file.
    """
    with file.open("rb") as lines:
        head = _object(next(lines, b""))
        count = head.get("transcripts")
        if head.get("format") != _FORMAT or head.get("version") != _VERSION or not isinstance(count, int):
            raise BadInputError(f"{file}:1: not what `connector model export` of this version writes")
        seen = set[str]()
        number = 1
        for number, line in enumerate(lines, start=2):
            entry = _object(line)
            ident, text = entry.get("id"), entry.get("text")
            if not isinstance(ident, str) or not ident.isprintable() or ident in seen or not isinstance(text, str):
                raise BadInputError(f'{file}:{number}: not {{"id": …, "text": …}} of a transcript of its own')
            seen.add(ident)
            yield ident, text
    if len(seen) != count:
        raise BadInputError(
            f"{file}:{number}: ends after {len(seen):,} of {count:,} transcripts",
            hint="Copy the file again; it was cut short.",
        )


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):  # no UTF-8 is a ValueError too
        return {}
    return value if isinstance(value, dict) else {}
