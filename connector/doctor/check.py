"""What a check of the installation says: how it is, what was found, and what a person should do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Check:
    """One line. ``fail``: something must be mended; ``warn``: it works, and could be better; ``todo``: how."""

    name: str
    state: State
    found: str
    todo: str = ""

    def __post_init__(self) -> None:
        """What is not well and leaves a person without a next step helps nobody."""
        if self.state != "ok" and not self.todo:
            raise ValueError(f"{self.name}: {self.found}: nothing says what to do")


def ok(name: str, found: str) -> Check:
    return Check(name, "ok", found)


def warn(name: str, found: str, todo: str) -> Check:
    return Check(name, "warn", found, todo)


def fail(name: str, found: str, todo: str) -> Check:
    return Check(name, "fail", found, todo)
