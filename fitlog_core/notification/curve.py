"""A curve as a line of text: ▁▂▃▅▇."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from fitlog_core import log_format

BARS = "▁▂▃▅▇"
GAP = "·"  # where nothing finite was recorded
WIDTH = 20

# The end of a run waits for this, so of a long file only samples are read.
WHOLE = 4 * 2**20  # bytes
SAMPLES = 256
SAMPLE = 16 * 2**10  # bytes


class Curve(NamedTuple):
    """The curve of the metric that matters.

    :param name: Its name, without ``metric-`` or ``loss-``.
    :param bars: Its shape.
    :param first: Its first finite value.
    :param last: Its last one.
    """

    name: str
    bars: str
    first: float
    last: float

    def __str__(self) -> str:
        return f"{self.name} {self.bars} {self.first:.4g} → {self.last:.4g}"


def main_curve(folder: Path, wanted: str, best: Iterable[str]) -> Curve | None:
    """Return the curve of the metric that matters; None if no curve is known.

    It is the one asked for; else that of the first best metric that has one; else the first
    loss; else the first metric.

    :param folder: The run's folder.
    :param wanted: The metric's name, or a loss's; may be empty.
    :param best: Names of the best metrics, in their order.
    """
    metrics, losses = _points(folder, "metric"), _points(folder, "loss")
    wanted = wanted.removeprefix("metric-")
    for name in filter(None, (wanted, *best)):
        found = _curve(name, metrics.get(name, []))
        if found is None and name == wanted:
            name = name.removeprefix("loss-")
            found = _curve(name, losses.get(name, []))
        if found is not None:
            return found
    candidates = (_curve(name, points) for name, points in [*losses.items(), *metrics.items()])
    return next((curve for curve in candidates if curve is not None), None)


def sparkline(points: Iterable[tuple[int, float]], width: int = WIDTH) -> str:
    """Return a curve in one line of characters, its mean in each of ``width`` stretches.

    :param points: Step and value; what is not finite is a gap.
    :param width: Most characters.
    """
    known = sorted(points)
    if not known:
        return ""
    first, span = known[0][0], known[-1][0] - known[0][0]
    count = min(width, len(known))
    buckets: list[list[float]] = [[] for _ in range(count)]
    for step, value in known:
        at = (step - first) * count // (span + 1)
        buckets[at] += [value] if isfinite(value) else []
    means = [sum(v / len(bucket) for v in bucket) if bucket else None for bucket in buckets]
    return "".join(_bars(means))


def _bars(means: list[float | None]) -> Iterator[str]:
    finite = [mean for mean in means if mean is not None]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    # Halved, for the difference of two very large numbers may not be a number.
    span = high / 2 - low / 2
    for mean in means:
        if mean is None:
            yield GAP
        else:
            share = (mean / 2 - low / 2) / span if span else 0.5
            yield BARS[min(int(share * len(BARS)), len(BARS) - 1)]


def _curve(name: str, points: list[tuple[int, float]]) -> Curve | None:
    finite = [value for _, value in sorted(points) if isfinite(value)]
    return Curve(name, sparkline(points), finite[0], finite[-1]) if len(finite) > 1 else None


def _points(folder: Path, kind: str) -> dict[str, list[tuple[int, float]]]:
    """Return the points of every curve of a kind; of a long file those in samples of it."""
    found: dict[str, list[tuple[int, float]]] = {}
    for line in _lines(folder / f"{kind}.log"):
        record = log_format.parse_step_line(line)
        if record is None or record.kind != kind:
            continue
        for key, value in log_format.flatten(record.values, kind).items():
            number = log_format.number(value)
            if isinstance(number, (int, float)) and not isinstance(number, bool):
                name = key.removeprefix(f"{kind}-")
                found.setdefault(name, []).append((record.step, _float(number)))
    return found


def _float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:  # an integer of more than 308 digits
        return float("inf")


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            if size <= WHOLE:
                yield from file
                return
            for number in range(SAMPLES):
                file.seek((size - SAMPLE) * number // (SAMPLES - 1))
                lines = file.read(SAMPLE).splitlines()
                # The first and the last line of a sample may be parts of one.
                yield from lines[bool(number) : None if number == SAMPLES - 1 else -1]
    except OSError:  # no such records
        return
