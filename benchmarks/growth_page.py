"""What the page of the docs says of growth: figures by size, and where a line bends and why."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import log

from measured import MIB, Result, Sample, said

from fitlog_core.reading.index.extremes import BLOCK
from fitlog_core.reading.index.zoom import READ_WHOLE
from fitlog_core.reading.turns import TURN

Kept = dict[str, dict[str, Sample]]

FLAT, STEEP = 0.8, 1.2  # exponents between which a line counts as linear

WHY = {
    "points": {
        "first": "A block of lines costs the same wherever it stands in the file. Below, opening "
        "the cache is what takes the time.",
        "again": "The columns are copied out of the cache. Below, opening it is what takes the "
        "time.",
        "zoom": f"Up to {READ_WHOLE:,} points a range is read as it is. Beyond, the extremes of "
        f"its parts are read instead, of {BLOCK} points each or, the longer it is, of larger ones; "
        "of the largest, whole chunks, there are the more the longer the curve is.",
    },
    "runs": {
        "first": "Each run's files are opened and parsed, and its row is put into the cache.",
        "again": "A row is taken from the cache if one look at its run's `meta.log` says that it "
        "is still true.",
        "look": f"Runs that are over are looked at in turns, {TURN} a time, so that a look at any "
        "number of them costs nearly the same.",
    },
}
WHAT = {
    "points": {
        "first": "a curve read for the first time, the index written",
        "again": "again in a new process, to two arrays and the sum of both",
        "zoom": "a range of any length in 800 points, mean of ten",
    },
    "runs": {
        "first": "all runs listed for the first time",
        "again": "again in a new process",
        "look": "nothing changed: a further look, mean of ten",
    },
}


def section(result: Result) -> Iterator[str]:
    """Yield the parts of the page's section."""
    yield "![Time and peak memory against points and runs](images/growth.svg)"
    for kind in ("points", "runs"):
        kept = result.samples[kind]
        yield _table(kind, kept)
        yield "\n".join(_bends(kind, kept))
        for size in result.samples["left out"][kind]:
            yield f"{size:,} {kind} were left out: they would have taken too long here."


def _table(kind: str, kept: Kept) -> str:
    names = list(WHAT[kind])
    head = f"| {kind} | " + " | ".join(f"{name} | memory" for name in names) + " |"
    lines = [head, "|---|" + "---|" * (2 * len(names))]
    for size, readings in kept.items():
        cells = [
            f"{_time(readings[name]['net'])} | {readings[name]['peak_kib'] / MIB:.0f} MiB"
            for name in names
        ]
        lines.append(f"| {int(size):,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _time(seconds: float) -> str:
    return said(seconds, "s") if seconds >= 1 else said(seconds * 1000, "ms")


def _bends(kind: str, kept: Kept) -> Iterator[str]:
    for name, what in WHAT[kind].items():
        line = [(int(size), readings[name]["net"]) for size, readings in kept.items()]
        yield f"- **{name}** ({what}): {_shape(line)} {WHY[kind][name]}"


def _shape(line: list[tuple[int, float]]) -> str:
    """Say from which size to which a line is linear, judged by the slope between two sizes."""
    parts: list[tuple[str, int, int]] = []
    for (low, first), (high, then) in pairwise(line):
        slope = log(then / first) / log(high / low)
        kind = _kind(slope)
        begin = parts.pop()[1] if parts and parts[-1][0] == kind else low
        parts.append((kind, begin, high))
    return ", ".join(f"{kind} from {low:,} to {high:,}" for kind, low, high in parts) + "."


def _kind(slope: float) -> str:
    if slope < FLAT:
        return "flatter than linear"
    return "steeper than linear" if slope > STEEP else "linear"
