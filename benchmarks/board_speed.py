"""The board's speed and size: ``fitlog log`` started as a user does, asked as a browser does.

    python benchmarks/board_speed.py [--runs 10000] [--columns 200] [--points 1000000]
                                     [--repeats 3] [--seconds 60] [--json FILE]

Three log directories: 1,000 runs for the start; many wide runs, of which 20 live, and beside
them one with a long curve; 100 runs that live. Times are those of the asking side, over one
connection that stays open, the answers packed as browsers take them, and the board rests before
each, since it looks at the directory once a second at most. Net of waiting for a core, except the
arrival of a new point; medians, except where the largest stands.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import made
from measured import Figure, Result, began
from served import Served

STARTED = 1_000  # runs in the table that a start waits for
LIVE = 20  # of the wide ones
CHANGED = 10
FOLLOWED = 100  # runs that live while a page looks on
ASKED = 20  # times that one asks what changed, at each repeat
REST = 1.1  # seconds after which a request makes the board look at the directory
PERIOD = 2.0  # seconds between two looks of a page
TABLE = "/api/runs?format=compact"
CHANGES = "/api/changes?format=compact&cursor="  # as the page asks
Samples = dict[str, list[float]]


def make(scratch: Path, options: argparse.Namespace) -> None:
    """Make what is shown, and wait until fitlog takes it for old."""
    made.runs(scratch / "start", STARTED)
    made.wide_runs(scratch / "wide", options.runs, options.columns, LIVE)
    made.add_curve(scratch / "wide", options.points, options.runs)
    made.wide_runs(scratch / "live", FOLLOWED, 20, FOLLOWED)
    made.settled(scratch / "wide")


def live_folders(root: Path, count: int, live: int) -> list[Path]:
    return [root / made.run_id(number) for number in range(count - live, count)]


# ------------------------------------------------------------------------ start


def measure_starts(scratch: Path, repeats: int) -> Samples:
    """Take the time from the start of the process to the first table, by turns."""
    taken = Samples()
    for number in range(repeats):
        cache = scratch / f"start-cache-{number}"
        for kind in ("start cold", "start warm"):
            seconds, processor = _start(scratch / "start", cache)
            _note(taken, kind, seconds)
            _note(taken, f"{kind}, CPU", processor)
    return taken


def _start(root: Path, cache: Path) -> tuple[float, float]:
    """Return the seconds until the first table, and those of the processor."""
    with Served(root, cache) as board:
        table, _ = board.json(TABLE)
        seconds, processor = board.since_start(), board.cpu_seconds()
    if len(table["rows"]) != STARTED:
        raise SystemExit(f"the table has {len(table['rows'])} rows instead of {STARTED}")
    return seconds, processor


# ------------------------------------------------------- a large table, a long curve


def measure_wide(scratch: Path, options: argparse.Namespace) -> Samples:
    """Ask for everything once, of a board that has never seen the directory before."""
    root, taken = scratch / "wide", Samples()
    folders = live_folders(root, options.runs, LIVE)
    curve = f"/api/runs/{made.run_id(options.runs)}/series?points=800"
    for number in range(options.repeats):
        made.append_steps(folders, number)
        with Served(root, scratch / f"wide-cache-{number}") as board:
            _rested(board, "/runs", taken, "table, first")
            _rested(board, TABLE, taken, "table, compact")
            _curve(board, curve, options.points, taken)
            _note(taken, "plain table bytes", board.stream("/api/runs"))
            _note(taken, "memory", board.peak_mib())
            _changes(board, folders[:CHANGED], taken)
    return taken


def _rested(board: Served, address: str, taken: Samples, kind: str) -> None:
    """Ask once the board would look again; note the seconds, and those of its processor."""
    time.sleep(REST)
    processor = board.cpu_seconds()
    _note(taken, kind, board.get(address)[1])
    _note(taken, f"{kind}, CPU", board.cpu_seconds() - processor)


def _note(taken: Samples, kind: str, value: float) -> None:
    taken.setdefault(kind, []).append(value)


def _curve(board: Served, address: str, points: int, taken: Samples) -> None:
    _rested(board, address, taken, "curve, first")
    for _ in range(5):
        _rested(board, address, taken, "curve, again")
    chance = random.Random(1)
    for _ in range(10):
        low, high = sorted(chance.randrange(points) for _ in range(2))
        _rested(board, f"{address}&from={low}&to={high}", taken, "curve, zoom")


def _changes(board: Served, folders: list[Path], taken: Samples) -> None:
    """Ask what changed: where nothing did, then where ten runs said one step more each time."""
    cursor = board.json(TABLE)[0]["cursor"]
    for kind, changed in (("changes, none", []), ("changes, ten", folders)):
        for step in range(ASKED):
            time.sleep(REST)
            made.append_steps(changed, 1000 + step)
            processor = board.cpu_seconds()
            said, took = board.json(f"{CHANGES}{cursor}")
            cursor = said["cursor"]
            _note(taken, kind, took)
            _note(taken, f"{kind}, CPU", board.cpu_seconds() - processor)
            _check_told(said, len(changed))


# ------------------------------------------------------------------ runs that live


def measure_live(scratch: Path, seconds: int) -> Samples:
    """Follow runs that live as a page does: what it costs, and how late a new point is."""
    root, taken = scratch / "live", Samples()
    folders = live_folders(root, FOLLOWED, FOLLOWED)
    made.append_steps(folders, 0)
    with Served(root, scratch / "live-cache") as board:
        cursor = board.json(TABLE)[0]["cursor"]
        cursor = _follow(board, folders, cursor, seconds, taken)
        _arrivals(board, folders[0], cursor, taken)
    return taken


def _follow(board: Served, folders: list[Path], cursor: str, seconds: int, taken: Samples) -> str:
    """Let every run say something each second while a page looks; note the server's share."""
    began, processor = time.perf_counter(), board.cpu_seconds()
    for second in range(1, seconds + 1):
        made.append_steps(folders, second)
        if second % PERIOD == 0:
            said, took = board.json(f"{CHANGES}{cursor}")
            cursor = said["cursor"]
            _note(taken, "look at live runs", took)
            _check_told(said, len(folders))
        time.sleep(max(0.0, began + second - time.perf_counter()))
    used = board.cpu_seconds() - processor
    _note(taken, "live share", used / (time.perf_counter() - began))
    return cursor


def _check_told(said: Any, runs: int) -> None:
    """See that an answer tells of so many runs."""
    told = len(said["rows"]) + len(said["gone_on"])
    if told != runs:
        raise SystemExit(f"{told} runs changed instead of {runs}")


def _arrivals(board: Served, folder: Path, cursor: str, taken: Samples) -> None:
    """Write a point at any moment between two looks; note how long it took to arrive."""
    chance = random.Random(1)
    for step in range(10_000, 10_010):
        before = chance.random() * PERIOD
        time.sleep(PERIOD - before)
        written = time.perf_counter()
        made.append_steps([folder], step)
        time.sleep(before)
        said, _ = board.json(f"{CHANGES}{cursor}")
        cursor = said["cursor"]
        _check_told(said, 1)
        if [row["progress"]["step"] for row in said["gone_on"]] != [step]:
            raise SystemExit(f"the point of step {step} did not arrive")
        _note(taken, "arrival", time.perf_counter() - written)


# ------------------------------------------------------------------------ figures


def start_figures(taken: Samples) -> list[Figure]:
    title = f"board: process start to first table, {STARTED:,} runs"
    return [
        Figure(f"{title}, index {kind}", _middle(taken, f"start {kind}"), "s", bound, note)
        for kind, bound in (("warm", 0.5), ("cold", 1.0))
        for note in [f"{_middle(taken, f'start {kind}, CPU'):.2f} s of CPU"]
    ]


def wide_figures(taken: Samples, options: argparse.Namespace) -> list[Figure]:
    size = f"{options.runs:,} runs by {options.columns} columns"
    curve = f"board: curve of {options.points:,} points in 800"
    memory = f"board: peak memory after the page of {size}, that curve, one plain `/api/runs`"
    plain = taken["plain table bytes"][0] / 2**20
    largest = max(taken["curve, zoom"]) * 1000
    zoom = f"largest of ten ranges; {_cpu(taken, 'curve, zoom')}"
    return [
        _milliseconds(taken, "changes, none", f"board: what changed, {size}: nothing", 5),
        _milliseconds(taken, "changes, ten", f"board: what changed, {size}: {CHANGED} runs", 20),
        _seconds(taken, "curve, first", f"{curve}, first", 2),
        _milliseconds(taken, "curve, again", f"{curve}, again", 50),
        Figure(f"{curve}, zoom", largest, "ms", 50, zoom),
        Figure(memory, max(taken["memory"]), "MiB", 250, f"the latter is {plain:.0f} MiB of JSON"),
        _seconds(taken, "table, first", f"board: {size}, first page, index cold"),
        _seconds(taken, "table, compact", f"board: {size}, whole table"),
    ]


def live_figures(taken: Samples) -> list[Figure]:
    late = max(taken["arrival"])
    title = f"board: {FOLLOWED} live runs, each with a record a second, one page looks"
    look = statistics.median(taken["look at live runs"]) * 1000
    return [
        Figure("a new point on a local disk to the page", late, "s", 2.0, "largest of ten"),
        Figure(title, 100 * taken["live share"][0], "% of a core", 0.5, f"{look:.1f} ms a look"),
    ]


def _milliseconds(taken: Samples, kind: str, work: str, bound: float) -> Figure:
    return Figure(work, _middle(taken, kind) * 1000, "ms", bound, _cpu(taken, kind))


def _seconds(taken: Samples, kind: str, work: str, bound: float | None = None) -> Figure:
    return Figure(work, _middle(taken, kind), "s", bound, _cpu(taken, kind))


def _cpu(taken: Samples, kind: str) -> str:
    return f"{_middle(taken, f'{kind}, CPU') * 1000:.1f} ms of the server's CPU"


def _middle(taken: Samples, kind: str) -> float:
    return statistics.median(taken[kind])


def main() -> int:
    """Print the figures; return 0 if every one is within its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--columns", type=int, default=200)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=60, help="how long live runs are followed")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    size = f"--runs {options.runs} --columns {options.columns} --points {options.points}"
    result: Result = began(
        f"python benchmarks/board_speed.py {size} --repeats {options.repeats} "
        f"--seconds {options.seconds}"
    )
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        make(scratch, options)
        starts, wide = measure_starts(scratch, options.repeats), measure_wide(scratch, options)
        result.note_load()
        live = measure_live(scratch, options.seconds)
    result.samples = starts | wide | live
    result.figures = [*start_figures(starts), *wide_figures(wide, options), *live_figures(live)]
    result.note_load()
    return result.end(options.json)


if __name__ == "__main__":
    sys.exit(main())
