"""The picture of the growth: four log-log panels as plain SVG, readable on light and dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor, log10
from typing import NamedTuple

from measured import MIB, Sample

WIDTH, HEIGHT = 380, 250  # of a panel, in all
LEFT, RIGHT, TOP, BOTTOM = 62, 92, 34, 38  # around its plot
COLOURS = ("#2b7bba", "#d1651f", "#3c9a5f")  # told apart on white and on black
Kept = dict[str, dict[str, Sample]]

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333 }
.title { font-weight: 600 }
.grid { stroke: #8884; stroke-width: 1 }
.line { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }
"""


class Scale(NamedTuple):
    """Powers of ten from ``low`` to ``high`` over the length ``[start, stop]``."""

    low: int
    high: int
    start: float
    stop: float

    def at(self, value: float) -> float:
        share = (log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.stop - self.start)

    @property
    def powers(self) -> range:
        return range(self.low, self.high + 1)


class Panel(NamedTuple):
    """One diagram: lines by name, each of (size, value)."""

    title: str
    across: str
    unit: str
    lines: dict[str, list[tuple[float, float]]]


def draw(samples: dict[str, Kept]) -> str:
    """Return the picture of what ``growth.py`` has found."""
    panels = [
        _panel(samples[kind], kind, *what)
        for what in (("time", "net", 1.0, "s"), ("peak memory", "peak_kib", MIB, "MiB"))
        for kind in ("points", "runs")
    ]
    body = "".join(
        f'<g transform="translate({WIDTH * (at % 2)} {HEIGHT * (at // 2)})">{_drawn(panel)}</g>\n'
        for at, panel in enumerate(panels)
    )
    size = f'viewBox="0 0 {WIDTH * 2} {HEIGHT * 2}" width="{WIDTH * 2}" height="{HEIGHT * 2}"'
    title = "<title>Time and peak memory against the number of points and of runs</title>"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">{title}\n'
        f"<style>{STYLE}</style>\n{body}</svg>\n"
    )


def _panel(kept: Kept, kind: str, what: str, key: str, divisor: float, unit: str) -> Panel:
    lines: dict[str, list[tuple[float, float]]] = {}
    for size, readings in kept.items():
        for name, sample in readings.items():
            lines.setdefault(name, []).append((float(size), sample[key] / divisor))
    return Panel(f"{what} against {kind}", kind, unit, lines)


def _drawn(panel: Panel) -> str:
    points = [point for line in panel.lines.values() for point in line]
    x = _scale([size for size, _ in points], LEFT, WIDTH - RIGHT)
    y = _scale([value for _, value in points], HEIGHT - BOTTOM, TOP)
    return "".join([*_grid(panel, x, y), *_lines(panel, x, y)])


def _scale(values: Sequence[float], start: float, stop: float) -> Scale:
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return Scale(low, max(high, low + 1), start, stop)


def _grid(panel: Panel, x: Scale, y: Scale) -> Iterator[str]:
    yield _text(LEFT, TOP - 14, panel.title, "title")
    yield _text((x.start + x.stop) / 2, HEIGHT - 4, panel.across, anchor="middle")
    for power in x.powers:
        at = x.at(10.0**power)
        yield _line(at, y.start, at, y.stop, "grid")
        yield _text(at, y.start + 16, _power(power), anchor="middle")
    for power in y.powers:
        at = y.at(10.0**power)
        yield _line(x.start, at, x.stop, at, "grid")
        yield _text(x.start - 6, at + 4, f"{_power(power)} {panel.unit}", anchor="end")


def _power(power: int) -> str:
    """Return a power of ten as people read it."""
    if 0 <= power <= 3:
        return f"{10**power}"
    if -3 <= power < 0:
        return f"{10.0**power:.{-power}f}"
    return "10" + str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _lines(panel: Panel, x: Scale, y: Scale) -> Iterator[str]:
    taken: list[float] = []
    ends = sorted(panel.lines.items(), key=lambda item: y.at(item[1][-1][1]))
    for name, points in ends:
        colour = COLOURS[list(panel.lines).index(name) % len(COLOURS)]
        places = [(x.at(size), y.at(value)) for size, value in points]
        path = " ".join(f"{across:.1f},{down:.1f}" for across, down in places)
        yield f'<polyline class="line" stroke="{colour}" points="{path}"/>'
        for across, down in places:
            yield f'<circle cx="{across:.1f}" cy="{down:.1f}" r="3" fill="{colour}"/>'
        at = max(places[-1][1], taken[-1] + 14 if taken else 0)
        taken.append(at)
        value = _value(points[-1][1])
        yield _text(places[-1][0] + 8, at + 4, f"{name} {value}", colour=colour)


def _value(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(
    x: float, y: float, words: str, kind: str = "", anchor: str = "start", colour: str = ""
) -> str:
    style = f' style="fill:{colour}"' if colour else ""
    name = f' class="{kind}"' if kind else ""
    return f'<text{name} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{words}</text>'
