"""How time and memory grow with the number of runs, and with the number of points.

    python benchmarks/growth.py [--minutes 10] [--repeats 3] [--large] [--json FILE]
                               [--picture FILE.svg]

Each reading runs in a fresh interpreter; medians of the repeats, each with a cache of its own.
Runs go from 100 to 100,000, points from 10^3 to 10^7, with --large to 10^8. A size that would not
be made and read once in the given minutes, judged by the one before it, is left out, and that is
said.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import made
from measured import Result, Sample, began, child, median
from picture import draw

RUNS = (100, 1_000, 10_000, 100_000)
POINTS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
FACTOR = 10  # from one size to the next
Kept = dict[str, dict[str, Sample]]


class Kind(NamedTuple):
    """What grows.

    :param make: Makes so many in a folder, and returns how long it only waited.
    :param readings: What each reading is called, and which of readers.py it is.
    """

    name: str
    make: Callable[[Path, int], float]
    readings: dict[str, str]


def grow(scratch: Path, sizes: Iterable[int], kind: Kind, repeats: int, seconds: float) -> Kept:
    """Make and read each size in turn; return what each reading took, by size.

    :param scratch: Where to; a size is deleted before the next is made.
    :param seconds: A size that would take longer is left out, judged by the one before it. Those
        of which a tenth of that is not enough for all repeats are read less often.
    """
    taken: Kept = {}
    took = 0.0
    for size in sizes:
        if took * FACTOR > seconds:
            break
        root, cache = scratch / "made", scratch / "cache"
        began_at = time.monotonic()
        waited = kind.make(root, size)
        rounds = [_round(root, cache, size, kind.readings)]
        took = time.monotonic() - began_at - waited
        while len(rounds) < repeats and time.monotonic() - began_at - waited < seconds / 10:
            rounds.append(_round(root, cache, size, kind.readings))
        taken[str(size)] = {name: _middle([each[name] for each in rounds]) for name in rounds[0]}
        print(size, {name: round(found["net"], 4) for name, found in taken[str(size)].items()})
        shutil.rmtree(root)
    return taken


def _round(root: Path, cache: Path, size: int, readings: dict[str, str]) -> dict[str, Sample]:
    """Read in every way, beginning with an empty cache."""
    found = {name: _read(reading, root, cache, size) for name, reading in readings.items()}
    shutil.rmtree(cache)
    return found


def _middle(samples: list[Sample]) -> Sample:
    return {key: median(samples, key) for key in samples[0]}


def _read(reading: str, root: Path, cache: Path, size: int) -> Sample:
    found = child(reading, str(root), cache=cache)
    if reading != "zooms" and found["count"] != size:
        raise SystemExit(f"{reading}: {found['count']} were read instead of {size}")
    return found


def make_curve(root: Path, points: int) -> float:
    """Make one run with a long curve; return the seconds of waiting in it."""
    made.curve(root, points)
    return 0.0


def make_runs(root: Path, count: int) -> float:
    """Make runs, and wait until fitlog takes them for old; return how long."""
    made.runs(root, count)
    return made.settled(root)


OF_POINTS = Kind("points", make_curve, {"first": "arrays", "again": "arrays", "zoom": "zooms"})
OF_RUNS = Kind("runs", make_runs, {"first": "list", "again": "list", "look": "look"})


def main() -> int:
    """Write what was found, and the picture of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="most time for one size")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--large", action="store_true", help="a curve of 10^8 points, too")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    large = " --large" if options.large else ""
    result: Result = began(f"python benchmarks/growth.py{large} --repeats {options.repeats}")
    points = (*POINTS, POINTS[-1] * FACTOR) if options.large else POINTS
    left_out: dict[str, list[int]] = result.samples.setdefault("left out", {})
    with tempfile.TemporaryDirectory() as name:
        for kind, sizes in ((OF_POINTS, points), (OF_RUNS, RUNS)):
            seconds = options.minutes * 60
            result.samples[kind.name] = grow(Path(name), sizes, kind, options.repeats, seconds)
            left_out[kind.name] = [
                size for size in sizes if str(size) not in result.samples[kind.name]
            ]
            result.note_load()
    if options.picture is not None:
        options.picture.write_text(draw(result.samples), encoding="utf-8")
    print(f"left out: {left_out}")
    result.write(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
