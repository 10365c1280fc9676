"""Reading and listing, ours beside the plain reader of `rawwrite`, each in a fresh interpreter.

    python benchmarks/reading.py [--points 1000000] [--runs 10000] [--repeats 3] [--json FILE]

Both formats hold the same values and are made once, by plain writing. The two readers take turns;
a ratio is that of the medians, net of waiting for a core. Nothing leaves the scratch folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import made
from measured import MIB, Figure, Result, Sample, began, child, median

Samples = dict[str, list[Sample]]


def make(scratch: Path, points: int, runs: int) -> None:
    """Make what is read, and wait until fitlog takes it for old."""
    made.curve(scratch / "curve", points)
    made.raw_curve(scratch / "raw-curve", points)
    made.raw_runs(scratch / "raw-runs", runs)
    made.runs(scratch / "runs", runs)
    made.settled(scratch / "runs")


def measure_series(scratch: Path, points: int, repeats: int) -> Samples:
    """Read one long curve: both readers for the first time, then ours again."""
    ours, raw = scratch / "curve", scratch / "raw-curve"
    taken: Samples = {"raw-series": [], "series": [], "arrays": []}
    for number in range(repeats):
        cache = scratch / f"curve-cache-{number}"
        taken["raw-series"].append(_whole(child("raw-series", str(raw)), points))
        taken["series"].append(_whole(child("series", str(ours), cache=cache), points))
        taken["arrays"].append(_whole(child("arrays", str(ours), cache=cache), points))
    return taken


def measure_list(scratch: Path, count: int, repeats: int) -> Samples:
    """List many runs: for the first time, again in a new process, again within one."""
    ours, raw = scratch / "runs", scratch / "raw-runs"
    taken: Samples = {"raw-list": [], "list": [], "list-new-process": [], "list-again": []}
    for number in range(repeats):
        cache = scratch / f"list-cache-{number}"
        taken["raw-list"].append(_whole(child("raw-list", str(raw)), count))
        taken["list"].append(_whole(child("list", str(ours), cache=cache), count))
        taken["list-new-process"].append(_whole(child("list", str(ours), cache=cache), count))
        taken["list-again"].append(_whole(child("list-again", str(ours), cache=cache), count))
    return taken


def _whole(sample: Sample, count: int) -> Sample:
    if sample["count"] != count:
        raise SystemExit(f"{sample['count']} were read instead of {count}")
    return sample


def series_figures(taken: Samples, points: int) -> list[Figure]:
    floor = median(taken["raw-series"], "peak_kib") / MIB
    title = f"reading {points:,} points"
    again = f"{title} again, new process, two arrays and the sum of both"
    return [
        _ratio(f"{title}, first time, the index written", taken, "series", "raw-series", 2.5),
        _memory(f"{title}, first time", taken["series"], floor + 60),
        _ratio(again, taken, "arrays", "raw-series", 0.05),
        _memory(again, taken["arrays"], 100),
    ]


def list_figures(taken: Samples, count: int) -> list[Figure]:
    title = f"listing {count:,} runs"
    return [
        _ratio(f"{title}, first time", taken, "list", "raw-list", 2.5),
        _ratio(f"{title} again in a new process", taken, "list-new-process", "raw-list", 0.25),
        _ratio(f"{title} again in the same process", taken, "list-again", "raw-list", 0.05),
        _memory(f"{title}, first time", taken["list"], None),
    ]


def _ratio(work: str, taken: Samples, ours: str, raw: str, bound: float) -> Figure:
    mine, floor = median(taken[ours], "net"), median(taken[raw], "net")
    note = f"{mine:.3f} s, {median(taken[ours], 'cpu'):.3f} s of CPU; `rawwrite` {floor:.3f} s"
    return Figure(work, mine / floor, "× `rawwrite`", bound, note)


def _memory(work: str, samples: list[Sample], bound: float | None) -> Figure:
    return Figure(f"{work}: peak memory", median(samples, "peak_kib") / MIB, "MiB", bound)


def main() -> int:
    """Print the figures; return 0 if every one is within its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    result: Result = began(
        f"python benchmarks/reading.py --points {options.points} --runs {options.runs} "
        f"--repeats {options.repeats}"
    )
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        make(scratch, options.points, options.runs)
        curve = measure_series(scratch, options.points, options.repeats)
        runs = measure_list(scratch, options.runs, options.repeats)
    result.samples = curve | runs
    result.figures = series_figures(curve, options.points) + list_figures(runs, options.runs)
    result.note_load()
    return result.end(options.json)


if __name__ == "__main__":
    sys.exit(main())
