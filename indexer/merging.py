"""Which segments of an index become one, and when: small ones within a commit, large ones in the background.

Every segment more makes every search slower, and a commit that rewrites large ones makes its transcript wait. So a
commit takes along a few small ones only, and a process beside this one merges the rest of them, by sizes that double
(the logarithmic method: J. L. Bentley, J. B. Saxe, 1980), so that a document is rewritten some seven times at most.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from select import select
from subprocess import DEVNULL, PIPE
from typing import Any

from whoosh.index import TOC, EmptyIndexError

from indexer import storage as files
from indexer.building import SegmentBuilder
from indexer.errors import IndexDamaged
from indexer.schema import make_schema

MAX_SEGMENTS = 10
# Documents that a commit may make a segment of, its own among them: those of a talk of an hour. With 600 a commit of so
# many wrote twice as many, and took twice as long.
SMALL = 200
_WANTED = 4  # segments; more are merged when there is time
_AT_ONCE = 5  # segments that are merged at most: commits must find others to take along meanwhile
_PATIENCE = 10  # of ``os.nice``: searches and drops go first


def to_take_along(segments: Sequence[Any], documents: int, busy: frozenset[str]) -> list[Any]:
    """Those that a commit of ``documents`` more should rewrite, none of ``busy``: the smallest, while they are small;
    more of them only where there would be over ``MAX_SEGMENTS`` else.
    """
    taken: list[Any] = []
    for segment in _smallest_first(segments, busy):
        documents += segment.doc_count()
        if documents > SMALL and len(segments) - len(taken) < MAX_SEGMENTS:
            break
        taken.append(segment)
    return taken


def to_merge(segments: Sequence[Any]) -> list[Any]:
    """Those to merge in the background: what is mostly deleted, to have its space; else, of more than are wanted, two
    of the smallest and further ones that are not much larger.
    """
    if wasteful := [one for one in segments if one.deleted_count() > max(one.doc_count(), SMALL)]:
        return wasteful[:_AT_ONCE]
    # Two that are smaller than that a commit makes one of.
    waiting = [segment for segment in _smallest_first(segments, frozenset()) if segment.doc_count() * 2 >= SMALL]
    if len(segments) <= _WANTED or len(waiting) < 2:
        return []
    taken = waiting[:2]
    for segment in waiting[2:_AT_ONCE]:
        if 2 * segment.doc_count() > sum(one.doc_count() for one in taken):
            break
        taken.append(segment)
    return taken


def _smallest_first(segments: Sequence[Any], busy: frozenset[str]) -> list[Any]:
    free = (segment for segment in segments if segment.segment_id() not in busy)
    return sorted(free, key=lambda one: (one.doc_count(), one.segment_id()))


@dataclass(frozen=True)
class Merge:
    """Segments that were merged, and the one they became, which lies in ``folder`` until it is committed."""

    sources: tuple[Any, ...]
    result: Any
    folder: Path

    def deleted_since(self, segments: Sequence[Any]) -> list[int]:
        """The documents of the result that were deleted in ``segments``, the sources as they are now."""
        now = {segment.segment_id(): set(segment.deleted_docs()) for segment in segments}
        gone, base = [], 0
        for source in self.sources:
            left_out = sorted(source.deleted_docs())
            gone += [base + old - bisect(left_out, old) for old in now[source.segment_id()].difference(left_out)]
            base += source.doc_count()
        return gone


class Merger:
    """Merges in a process of its own, one merge after another, and hands over what is done to ``adopt``."""

    def __init__(self, folder: Path, adopt: Callable[[Merge], object]) -> None:
        """``adopt`` commits a merge where it can, and has what there is then considered."""
        self._folder, self._target = folder, folder / files.MERGED
        self._adopt = adopt
        self._thread: threading.Thread | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._turn = threading.Lock()  # a commit comes either before a merge looks for what is next, or begins one
        self._latest: Sequence[Any] = ()
        self.busy: frozenset[str] = frozenset()

    def consider(self, segments: Sequence[Any]) -> None:
        """Begins to merge some of ``segments``, those of the last commit, where it is worth while; where a merge runs,
        after that.
        """
        with self._turn:
            self._latest = segments
            if not self.busy and (sources := self._take(segments)):
                self._thread = threading.Thread(target=self._run, args=(sources,), daemon=True)
                self._thread.start()

    def _take(self, segments: Sequence[Any]) -> list[Any]:
        """Those of ``segments`` to merge next, which are busy from now on."""
        sources = [] if self._closed else to_merge(segments)
        self.busy = _names(sources)
        return sources

    def _run(self, sources: list[Any]) -> None:
        try:
            while sources:
                seen = self._latest
                merge = self._merged(self.busy)
                if merge is not None and not self._closed:
                    self._adopt(merge)
                shutil.rmtree(self._target, ignore_errors=True)
                with self._turn:  # what failed waits for a commit; one may have come, and have taken some of them along
                    sources = self._take(() if self._latest is seen else self._latest)
        except BaseException:
            self.busy = frozenset()  # whatever went wrong, the next commit tries again
            raise

    def _merged(self, sources: Iterable[str]) -> Merge | None:
        """What another process made of the segments of these names; None where it was stopped, or could not."""
        command = [sys.executable, "-m", "indexer.merging", str(self._folder), str(self._target), *sources]
        with suppress(OSError, EmptyIndexError, IndexDamaged):  # no process to be had; swept by another writer
            with subprocess.Popen(command, stdin=PIPE, stdout=DEVNULL, start_new_session=True) as child:  # noqa: S603  # our own
                self._child = child
                if self._closed:
                    child.terminate()
                child.wait()  # before its input is closed, which ends it
            if not child.returncode:
                toc = TOC.read(files.DurableStorage(self._target), files.NAME, schema=make_schema())
                result, *merged = toc.segments
                return Merge(tuple(merged), result, self._target)
        return None

    def wait(self) -> None:
        """Until no merge runs."""
        while (thread := self._thread) is not None and thread.is_alive() and thread is not threading.current_thread():
            thread.join()

    def close(self) -> None:
        """Stops a merge that runs; nothing is lost by it."""
        self._closed = True
        if self._child is not None:
            self._child.terminate()
        self.wait()


def _names(segments: Sequence[Any]) -> frozenset[str]:
    return frozenset(segment.segment_id() for segment in segments)


def main() -> None:
    """The other process: makes one segment of those named, and a table of contents with it and them, as they were.

    Fails without a word where it cannot read: that is for whoever searches or writes to tell.
    """
    if select([0], [], [], 0)[0]:  # gone already: the thread might be late by what it takes to make the folder
        sys.exit(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_PATIENCE)
    folder, target, *names = sys.argv[1:]
    try:
        _merge(files.DurableStorage(Path(folder)), Path(target), frozenset(names))
    except (OSError, EmptyIndexError, IndexDamaged):
        sys.exit(1)


def _end_with_parent() -> None:
    """Ends this process as soon as the one that began it is gone, even if it was killed: its end of the pipe closes.

    Else a merge that nobody will commit would go on, and leave its folder after the next start has swept.
    """
    os.read(0, 1)
    os._exit(1)


def _merge(storage: files.DurableStorage, target: Path, names: frozenset[str]) -> None:
    toc = TOC.read(storage, files.NAME, schema=make_schema())
    sources = [segment for segment in toc.segments if segment.segment_id() in names]
    if len(sources) < len(names):  # a commit has taken some along, or another process has rewritten all
        raise EmptyIndexError
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(mode=0o700)
    made = files.DurableStorage(target)
    builder = SegmentBuilder(made, make_schema(), files.NAME)
    for source in sources:
        builder.merge(source, storage)
    TOC(make_schema(), [builder.finish(), *sources], 1).write(made, files.NAME)


if __name__ == "__main__":
    main()
