"""What goes to Glean: what should be there against what is held for certain. Pure.

Both sides are a hash by key. ``None`` is the hash of what was sent and never acknowledged: the other side may hold it,
its former state, or nothing, so it is sent again (or deleted again), which changes nothing where it had arrived.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connector.glean.fingerprint import is_same

MOST_FEWER = 0.2  # the share by which what is held becomes less without a person's word; Glean pauses at the same

Hashes = Mapping[str, str]
Held = Mapping[str, str | None]


@dataclass(frozen=True)
class Difference:
    """Keys by what is to be done, each in the order of what should be there; removed ones in the order of keys."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()  # sent before and not acknowledged
    removed: tuple[str, ...] = ()
    unchanged: int = 0

    @property
    def sent(self) -> tuple[str, ...]:
        """What is to be replaced, as it may be for fewer people now, then what is to be added."""
        return self.changed + self.unsure + self.new

    def __bool__(self) -> bool:
        return bool(self.sent or self.removed)


def difference(wanted: Hashes, held: Held) -> Difference:
    """What makes ``held`` equal to ``wanted``."""
    new, changed, unsure, unchanged = [], [], [], 0
    for key, content in wanted.items():
        if key not in held:
            new.append(key)
        elif (before := held[key]) is None:
            unsure.append(key)
        elif not is_same(before, content):
            changed.append(key)
        else:
            unchanged += 1
    removed = sorted(key for key in held if key not in wanted)
    return Difference(tuple(new), tuple(changed), tuple(unsure), tuple(removed), unchanged)


def shrinks_sharply(held: int, left: int) -> bool:
    """Whether a person has to say that they mean it: of ``held`` things none would be ``left``, or over a fifth fewer.

    What is replaced by as many others, as segments and samples are, is no less.
    """
    return held - left > MOST_FEWER * held
