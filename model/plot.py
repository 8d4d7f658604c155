"""Curves as SVG, to stand in a page: axes with names, a mark, and nothing a page would have to load. Strings only.

Colours are the classes ``line-…``, which the page gives a light and a dark meaning.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 480, 300  # small, so that letters of 14 units can be read on a phone
LEFT, RIGHT, TOP, BOTTOM = 56, 56, 24, 48
LETTER = 8  # about the width of a letter, in the same units
TICKS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A curve: its class in the page's style, and its points (x, y), x rising."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axis:
    """Where the values from ``low`` to ``high`` lie between the places ``start`` and ``end``."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The place of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        """Some five round values within."""
        rough = (self.high - self.low) / TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
        first = math.ceil(self.low / step - 1e-9)
        return [round(number * step, 10) for number in range(first, math.floor(self.high / step + 1e-9) + 1)]


def axes(lines: Sequence[Line], also: Sequence[float] = ()) -> tuple[Axis, Axis]:
    """The axes that hold every point, from x 0, and the heights ``also``; with a little air above and below."""
    across = [x for line in lines for x, _ in line.points]
    up = [y for line in lines for _, y in line.points] + list(also)
    low, high = min(up, default=0.0), max(up, default=1.0)
    air = 0.05 * (high - low) or 0.5
    return (
        Axis(0.0, max([1.0, *across]), LEFT, WIDTH - RIGHT),
        Axis(low - air, high + air, HEIGHT - BOTTOM, TOP),
    )


def plot(
    lines: Sequence[Line],
    *,
    title: str,
    x_name: str,
    y_name: str,
    right_name: str = "",
    right_factor: float = 1.0,
    mark: tuple[float, float, str] | None = None,
    limit: tuple[float, str] | None = None,
) -> str:
    """An ``svg`` element. ``right_name`` gives the same heights times ``right_factor`` on the right; ``mark`` is a
    point (x, y, label) with a line down to its x, ``limit`` a height (y, label) with a line across.
    """
    x, y = axes(lines, [limit[0]] if limit else [])
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">']
    parts.append(f"<title>{escape(title)}</title>")
    for value in y.ticks:
        place = y.at(value)
        parts.append(_stroke("grid", LEFT, place, WIDTH - RIGHT, place))
        parts.append(_text(LEFT - 6, place + 5, f"{value:g}", "end"))
        if right_name:
            parts.append(_text(WIDTH - RIGHT + 6, place + 5, f"{value * right_factor:.2f}", "start"))
    for value in x.ticks:
        parts.append(_stroke("grid", x.at(value), y.start, x.at(value), y.start + 4))
        parts.append(_text(x.at(value), y.start + 19, f"{value:,g}" if value < 1e6 else f"{value / 1e6:g}M", "middle"))
    parts.append(_stroke("axis", LEFT, y.start, WIDTH - RIGHT, y.start))
    parts.append(_stroke("axis", LEFT, TOP, LEFT, y.start))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x_name, "middle"))
    parts.append(_sideways(14, y_name))
    if right_name:
        parts.append(_sideways(WIDTH - 5, right_name))
    if limit:
        parts.append(_stroke("limit", LEFT, y.at(limit[0]), WIDTH - RIGHT, y.at(limit[0])))
        parts.append(_text(WIDTH - RIGHT - 4, y.at(limit[0]) - 5, limit[1], "end"))
    parts += [_curve(line, x, y) for line in lines]
    if mark:
        parts += _mark(mark, x, y)
    return "\n".join([*parts, "</svg>"])


def _curve(line: Line, x: Axis, y: Axis) -> str:
    places = [f"{x.at(one):.2f},{y.at(other):.2f}" for one, other in line.points]
    if len(places) == 1:  # a path of one point is not drawn
        across, up = places[0].split(",")
        return f'<circle class="dot-{escape(line.name)}" cx="{across}" cy="{up}" r="3"/>'
    return f'<path class="line-{escape(line.name)}" d="M{" L".join(places)}"/>' if places else ""


def _mark(mark: tuple[float, float, str], x: Axis, y: Axis) -> list[str]:
    """The label stands above the plot, since the curves are everywhere in it, and within its borders."""
    across, up, label = x.at(mark[0]), y.at(mark[1]), mark[2]
    half = len(label) * LETTER / 2
    middle = min(max(across, half), WIDTH - half)
    return [
        _stroke("mark", across, TOP, across, y.start),
        f'<circle class="mark" cx="{across:.2f}" cy="{up:.2f}" r="4"/>',
        _text(middle, TOP - 8, label, "middle"),
    ]


def _stroke(name: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{name}" x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}">{escape(text)}</text>'


def _sideways(x: float, text: str) -> str:
    middle = (TOP + HEIGHT - BOTTOM) / 2
    return f'<text x="{x}" y="{middle}" text-anchor="middle" transform="rotate(-90 {x} {middle})">{escape(text)}</text>'
