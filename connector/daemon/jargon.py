"""How the daemon follows jargon.yaml: looks at it with the inbox, takes it over in steps, and does all else between."""

from __future__ import annotations

from connector.archive.glossary import GlossaryChange, glossary_change
from connector.archive.writer import Archive, Say

STEP = 0.3  # seconds of looking at transcripts until the daemon turns to files, requests and signals again

Stamp = tuple[int, int, int]  # of a file: when it was changed, its size, its inode


class JargonFollower:
    """What of a change of the glossary is still to be done."""

    def __init__(self, archive: Archive, say: Say) -> None:
        self._archive = archive
        self._say = say
        self._stamp: Stamp | None = (0, 0, 0)  # no file's: at the start it is looked at whether it is there or not
        self._change: GlossaryChange | None = None

    @property
    def busy(self) -> bool:
        """Whether a change is under way."""
        return self._change is not None

    def look(self) -> None:
        """Begins a change where the file is another than before; it takes the place of one that is under way."""
        file = self._archive.settings.jargon_file
        info = file.stat() if file and file.exists() else None
        stamp = (info.st_mtime_ns, info.st_size, info.st_ino) if info else None
        if stamp != self._stamp or (self._change and self._change.is_overtaken):
            self._stamp = stamp
            self._change = glossary_change(self._archive.ledger, self._archive.settings, self._say)

    def step(self) -> bool:
        """Goes on for a moment; True where a change came to its end, and documents are to be derived anew."""
        if self._change and self._change.is_overtaken:
            self.look()
        if self._change is None or not self._change.step(STEP):
            return False
        self._say(self._change.told)
        self._change = None
        return True

    def stop(self) -> None:
        """What is not done goes on at the next start."""
        if self._change:
            self._change.save()
            self._say("stopping: the change of the glossary goes on the next time")
