"""What the archive's network expects after words that somebody has typed: of the newest checkpoint they may be told by.

A model remembers what it read. One that read only what every user may see helps every user; one that read more helps
the owner alone; one that has read what is gone, or was opened to fewer since, nobody from that moment on. It puts words
in order that the asker may see, and has none of its own. Torch is imported when there is a checkpoint to load.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from connector.archive.groups import may_be_shown
from connector.archive.ledger import Ledger
from connector.config import Settings
from indexer.access import Asker
from indexer.suggest import Expect

if TYPE_CHECKING:
    from model.serve import LanguageModel


def usable(ledger: Ledger, settings: Settings, asker: Asker | None) -> tuple[str, ...]:
    """The checkpoints whose expectations ``asker`` (None: the owner) may be told by, by their ids, the newest last."""
    if asker is not None and not asker.member:  # what every user may see is not for them
        return ()
    rows = (row for row in ledger.checkpoints() if asker is None or row.open)
    return tuple(row.id for row in rows if may_be_shown(ledger, settings, row))


class Network:
    """The network of one archive, loaded when it is first asked for; to be closed. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        self._closed = False
        self._loading: threading.Thread | None = None
        # by the newest checkpoint they may read: most audiences have the same
        self._models: dict[str, LanguageModel] = {}
        self._asked: dict[str, str] = {}  # that checkpoint, by audience: others are let go of
        self._usable: tuple[int, dict[str, tuple[str, ...]]] = (-1, {})  # of a generation of the ledger

    def expect(self, ledger: Ledger, asker: Asker | None, *, wait: bool = True) -> Expect | None:
        """How likely texts are, for ``asker``; None where there is no checkpoint for them, and without ``wait`` until
        one is loaded, in the background.
        """
        audience = "owner" if asker is None else "member" if asker.member else "guest"
        among = self._among(ledger, asker, audience)
        if not among:
            return None
        told = partial(self._told, audience, among)
        if among[-1] not in self._models and not wait:
            self._load(told)
            return None
        return told

    def close(self) -> None:
        """Nothing is loaded any more, and what is being loaded is waited for: torch cannot be imported while the
        interpreter ends.
        """
        with self._starting:
            self._closed = True
        if self._loading is not None:
            self._loading.join()

    def _load(self, told: Expect) -> None:
        """Loads what ``told`` asks, beside whoever asks it, unless that is under way."""

        def load() -> None:
            import model.serve  # noqa: F401  # the longer part

            if not self._closed:
                told(["a"])

        with self._starting:
            if not self._closed and (self._loading is None or not self._loading.is_alive()):
                self._loading = threading.Thread(target=load, name="loading the network")
                self._loading.start()

    def _among(self, ledger: Ledger, asker: Asker | None, audience: str) -> tuple[str, ...]:
        generation = ledger.generation()
        if self._usable[0] != generation:
            self._usable = generation, {}
        known = self._usable[1]
        if audience not in known:
            known[audience] = usable(ledger, self._settings, asker)
        return known[audience]

    def _told(self, audience: str, among: Sequence[str], texts: Sequence[str]) -> list[float]:
        from model.errors import CheckpointError
        from model.serve import LanguageModel

        with self._lock:
            newest = among[-1]
            model = self._models.get(newest) or LanguageModel(self._settings.model_folder)
            try:
                bits = model.score(texts, among=among)
            except CheckpointError:  # taken away meanwhile, or damaged
                bits = [math.nan] * len(texts)
            self._asked[audience], self._models[newest] = newest, model
            self._models = {each: one for each, one in self._models.items() if each in self._asked.values()}
        return [-each * len(text) * math.log(2) for each, text in zip(bits, texts, strict=True)]
