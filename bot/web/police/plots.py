"""Plots as inline SVG: readable without colour, named for screen readers, escaped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

DASHES = ("", "7 4", "2 4", "9 3 2 3")
SIGNS = ("●", "■", "▲", "◆")
_TOP, _BOTTOM, _LEFT, _RIGHT = 14, 26, 44, 200


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a plot: its name and a value at each place; None where there is none."""

    name: str
    values: Sequence[float | None]


def bar(share: float, label: str, mark: float | None = None) -> Markup:
    """One value of 0..1 as a bar, with a limit marked on it."""
    width = round(200 * min(max(share, 0.0), 1.0), 1)
    tick = (
        Markup('<path class="limit" d="M{0} 0v16"/>').format(round(200 * min(mark, 1.0), 1))
        if mark is not None
        else ""
    )
    return Markup(
        '<svg class="bar" viewBox="0 0 200 16" role="img" aria-label="{}" preserveAspectRatio="none">'
        '<rect class="ground" width="200" height="16"/><rect class="fill" width="{}" height="16"/>{}</svg>'
    ).format(label, width, tick)


def columns(counts: Sequence[tuple[str, int]], title: str) -> Markup:
    """Counts side by side, each with its number over it and its name under it."""
    most = max([1, *(count for _, count in counts)])
    step = 640 / max(1, len(counts))
    parts = []
    for at, (name, count) in enumerate(counts):
        height = 110 * count / most
        middle = step * (at + 0.5)
        parts.append(
            Markup(
                '<rect class="fill" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>'
                '<text x="{:.1f}" y="{:.1f}" class="value">{}</text><text x="{:.1f}" y="156">{}</text>'
            ).format(
                middle - step * 0.3,
                134 - height,
                step * 0.6,
                height,
                middle,
                128 - height,
                count,
                middle,
                name,
            )
        )
    said = "，".join(f"{name} {count}" for name, count in counts)
    return Markup('<svg class="plot" viewBox="0 0 640 164" role="img" aria-label="{}：{}">{}</svg>').format(
        title, said, Markup("").join(parts)
    )


def lines(places: Sequence[str], series: Sequence[Series], title: str) -> Markup:
    """Values of 0..1 over places; each line has its own dash, sign and name at its end."""
    width, height = 820, 240
    inner = width - _LEFT - _RIGHT
    step = inner / max(1, len(places) - 1)

    def x(at: int) -> float:
        return _LEFT + (inner if len(places) == 1 else step * at)

    def y(value: float) -> float:
        return _TOP + (height - _TOP - _BOTTOM) * (1 - min(max(value, 0.0), 1.0))

    parts = [_grid(y, width)]
    ends = _spread([y(_last(one)) for one in series])
    for number, one in enumerate(series):
        points = [(x(at), y(value)) for at, value in enumerate(one.values) if value is not None]
        if not points:
            continue
        path = "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points)
        sign, dash = SIGNS[number % len(SIGNS)], DASHES[number % len(DASHES)]
        dots = Markup("").join(
            Markup('<text class="dot" x="{:.1f}" y="{:.1f}">{}</text>').format(px, py + 4, sign)
            for px, py in points
        )
        parts.append(
            Markup('<path class="line line{}" stroke-dasharray="{}" d="{}"/>{}').format(
                number, dash, path, dots
            )
        )
        parts.append(
            Markup('<text class="name" x="{}" y="{:.1f}">{} {} {:.2f}</text>').format(
                width - _RIGHT + 12, ends[number] + 4, sign, one.name, _last(one)
            )
        )
    for at in {0, len(places) - 1} if places else set():
        parts.append(Markup('<text x="{:.1f}" y="{}">{}</text>').format(x(at), height - 6, places[at]))
    said = "；".join(f"{one.name} 现在 {_last(one):.2f}" for one in series if _has(one))
    return Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}：{}">{}</svg>').format(
        width, height, title, said, Markup("").join(parts)
    )


def _grid(y: Callable[[float], float], width: int) -> Markup:
    return Markup("").join(
        Markup(
            '<path class="grid" d="M{0} {1:.1f}H{2}"/><text class="axis" x="{3}" y="{4:.1f}">{5:.1f}</text>'
        ).format(_LEFT, y(value), width - _RIGHT, _LEFT - 8, y(value) + 4, value)
        for value in (0.0, 0.5, 1.0)
    )


def _has(one: Series) -> bool:
    return any(value is not None for value in one.values)


def _last(one: Series) -> float:
    return next((value for value in reversed(one.values) if value is not None), 0.0)


def _spread(heights: list[float]) -> list[float]:
    """Heights moved apart so that the names at them can be read."""
    order = sorted(range(len(heights)), key=lambda at: heights[at])
    found = list(heights)
    for before, after in pairwise(order):
        found[after] = max(found[after], found[before] + 18)
    return found
