"""The board's pages in headless Chromium, against what each interaction may take.

    python benchmarks/board_pages.py [--runs 10000] [--columns 200] [--points 1000000]
                                     [--repeats 3] [--json FILE]

One log directory of many wide runs, and among them three seeds of a long curve, a run with 24
metrics, ten live runs with a curve each; another one of 1,000 runs. Every visit has a profile of
its own with nothing in its cache. Milliseconds are those from the pointer's release, or from the
key, until the outcome is painted; those of scrolling, of the crosshair, of the zoom at hand and of
an update are script, style and layout alone, since painting is by software here. Medians.
Needs Playwright and Chromium (FITLOG_TEST_BROWSER names another one).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import made
from browsed import MANY, Loaded, Tab, chromium, tab
from measured import Figure, Result, began
from served import Served
from trials_curves import CurvesTrial
from trials_relations import RelationsTrial
from trials_runs import USABLE, RunsTrial

Samples = dict[str, list[float]]
Visit = Callable[..., AbstractContextManager[Tab]]

LIVE = 20  # of the wide runs
SEEDS = 3
METRICS = 24  # of one run
BESIDE = 10  # live runs in one chart
STEPS = 2_000  # of each of those, and of each metric
WIDE = (1920, 1000)
LARGE = (2600, 5000)  # a window that shows all metrics
AXES = ",".join([*(f"hyper-h{at}" for at in range(9)), "hyper-model", "metric-acc", "metric-f1"])
ZOOMS = ((0.2, 0.7), (0.45, 0.55), (0.6, 0.61))


class Budget(NamedTuple):
    """What one thing may take.

    :param bound: At most this; None where the figure stands there to compare with.
    :param share: The median, or a share such as 0.95 of the samples.
    """

    kind: str
    work: str
    bound: float | None
    share: float = 0.5


WORK = "script and layout"
BUDGETS = (
    Budget("few, usable, cold board", "{few} runs: table usable, board just started, nothing read before", 1000),
    Budget("few, usable", "{few} runs: table usable, browser cold", 1000),
    Budget("runs, first paint", "runs page: first paint, browser cold", 400),
    Budget("runs, usable", "runs page: usable, browser cold", 900),
    Budget("runs, whole", "runs page: all rows at hand, browser cold", None),
    Budget("scroll down", f"scroll down, a frame: {WORK}", 16),
    Budget("scroll down", f"scroll down, a frame, 95th percentile: {WORK}", 33, 0.95),
    Budget("scroll aside", f"scroll aside, a frame: {WORK}", 16),
    Budget("scroll aside", f"scroll aside, a frame, 95th percentile: {WORK}", 33, 0.95),
    Budget("key", "a key in the table: the focus moves", 50),
    Budget("theme", "light and dark", 100),
    Budget("select", "a run selected", 100),
    Budget("select all", "all runs selected", 200),
    Budget("hide a column", "a column hidden", 100),
    Budget("menu, first", "a heading's menu, for the first time", 200),
    Budget("menu", "a heading's menu, again", 100),
    Budget("tick a value", "a value ticked: the runs that have it", 200),
    Budget("range", "one end of a range typed: the runs within", 200),
    Budget("sort", "sorted by a column", 200),
    Budget("sort the other way", "sorted the other way round", 200),
    Budget("completion", "a letter in the search box: the names that fit", 50),
    Budget("search", "a search sent off: the runs that match", 200),
    Budget("group", "grouped by a column", 200),
    Budget("statistics of few", "statistics of 20 selected runs", 200),
    Budget("statistics of all", "statistics of all runs", None),
    Budget("edit shown", "a memo changed: shown", 50),
    Budget("edit saved", "a memo changed: saved", 300),
    Budget("arrival", "a new point on a local disk: in the table", 2000),
    Budget("run, open", "page of a run with {metrics} charts: those in view drawn", 700),
    Budget("run, open 24", "page of a run with {metrics} charts in view: drawn", None),
    Budget("24 charts", "{metrics} charts in view drawn anew, on another axis", 400),
    Budget("run, smooth", "a tick of smoothing, 24 charts in view", 100),
    Budget("long, open", "page of the run of {points} points: drawn", None),
    Budget("long, smooth", "a tick of smoothing, that curve", 100),
    Budget("long, crosshair", f"the crosshair, a move: {WORK}", 16),
    Budget("long, redrawn", f"zoom of {{points}} points, what is at hand: {WORK}", 16),
    Budget("long, refined", "zoom of {points} points: finer points", 250),
    Budget("seeds, open", "{seeds} runs of {points} points compared: drawn", None),
    Budget("band, first", "their mean with its band, first", None),
    Budget("band, again", "their mean with its band, the page opened again", None),
    Budget("band, redrawn", f"zoom of the band, what is at hand: {WORK}", 16),
    Budget("band, refined", "zoom of the band: finer points", 250),
    Budget("relations, few", "parallel coordinates of {few} runs by 12 axes: drawn, browser cold", None),
    Budget("relations, few, first", "parallel coordinates of {few} runs by 12 axes, data at hand: drawn", 300),
    Budget("relations, few, brush", f"a stretch of an axis, {{few}} runs, a move: {WORK}", 50),
    Budget("relations, few, hover", f"pointing at a line, {{few}} runs, a move: {WORK}", 16),
    Budget("relations, wide", "parallel coordinates of {runs} runs: drawn, browser cold", None),
    Budget("relations, wide, first", "parallel coordinates of {runs} runs, data at hand: drawn", None),
    Budget("relations, wide, brush", f"a stretch of an axis, {{runs}} runs, a move: {WORK}", 50),
    Budget("relations, wide, hover", f"pointing at a line, {{runs}} runs, a move: {WORK}", 16),
    Budget("beside, crosshair", f"the crosshair over {{beside}} curves, a move: {WORK}", 16),
    Budget("beside, update", f"{{beside}} curves of {{steps}} points, all grown: {WORK}, the questions included", 16),
)  # fmt: skip


# ---------------------------------------------------------------------- what is shown


class Shown(NamedTuple):
    """The runs that are looked at one by one."""

    seeds: list[str]
    metrics: str
    beside: list[str]
    live: str


def make(scratch: Path, options: argparse.Namespace) -> Shown:
    """Make the directories, and wait until fitlog takes their runs for old."""
    root, number = scratch / "wide", options.runs
    live = made.wide_runs(root, options.runs, options.columns, min(LIVE, options.runs))
    seeds = [made.add_curve(root, options.points, number + at, at) for at in range(SEEDS)]
    metrics = made.add_curves(root, METRICS, STEPS, number + SEEDS)
    later = range(number + SEEDS + 1, number + SEEDS + 1 + BESIDE)
    beside = [made.add_curves(root, 1, STEPS, at, "running") for at in later]
    made.runs(scratch / "few", options.few)
    if not options.at_once:
        made.settled(root)
    return Shown(seeds, metrics, beside, live[0])


# ---------------------------------------------------------------------- the visits


def measure_few(visit: Visit, scratch: Path, repeats: int, taken: Samples) -> list[Loaded]:
    """Open the table of 1,000 runs on a board that never saw them, then on one that did."""
    loaded: list[Loaded] = []
    for number in range(repeats):
        with Served(scratch / "few", scratch / f"few-{number}") as board:
            for kind in ("few, usable, cold board", "few, usable"):
                with visit() as page:
                    page.open(f"{board.address}/runs", USABLE)
                    taken.setdefault(kind, []).append(page.usable)
                    page.page.wait_for_load_state("networkidle")
                    loaded = list(page.loaded)
            with visit() as page:
                _relate(page, taken, "few", f"{board.address}/relations?axes={AXES}")
    return loaded


def _relate(page: Tab, taken: Samples, kind: str, address: str) -> None:
    trial = RelationsTrial(page, taken)
    trial.open(f"relations, {kind}", address)
    trial.first(f"relations, {kind}, first")
    trial.brush(f"relations, {kind}, brush")
    trial.page.get_by_role("button", name="Clear the brushes").click()
    trial.hover(f"relations, {kind}, hover")


def measure_wide(
    visit: Visit, scratch: Path, shown: Shown, options: argparse.Namespace, taken: Samples
) -> dict[str, list[Loaded]]:
    """Visit the pages of the large directory by turns; return what each loaded."""
    root, loaded = scratch / "wide", dict[str, list[Loaded]]()
    with Served(root, scratch / "wide-cache") as board:
        board.get("/runs")  # nothing is measured here of reading 10,000 runs for the first time
        for turn in range(options.repeats):
            with visit(*WIDE) as page:
                RunsTrial(page, taken, options.runs).visit(
                    f"{board.address}/runs?filter=off", root / shown.live, turn
                )
            with visit() as page:
                _relate(page, taken, "wide", f"{board.address}/relations")
                loaded["relations"] = list(page.loaded)
            for name, visited in _curve_pages(visit, board, root, shown, turn, taken):
                loaded[name] = visited
    return loaded


def _curve_pages(
    visit: Visit, board: Served, root: Path, shown: Shown, turn: int, taken: Samples
) -> Iterator[tuple[str, list[Loaded]]]:
    with visit() as page:
        trial = CurvesTrial(page, taken)
        trial.open("run, open", f"{board.address}/run/{shown.metrics}", METRICS)
        page.page.wait_for_load_state("networkidle")
        yield "run", list(page.loaded)
    with visit(*LARGE) as page:
        trial = CurvesTrial(page, taken)
        trial.open("run, open 24", f"{board.address}/run/{shown.metrics}", METRICS)
        trial.redraw_all("24 charts")
        trial.smooth("run, smooth")
    with visit() as page:
        trial = CurvesTrial(page, taken)
        trial.open("long, open", f"{board.address}/run/{shown.seeds[0]}", 1)
        _look_closely(trial, "long")
        trial.smooth("long, smooth")
    runs = f"{board.address}/compare?runs={','.join(shown.seeds)}"
    with visit() as page:
        trial = CurvesTrial(page, taken)
        trial.open("seeds, open", runs, 1)
        page.page.wait_for_load_state("networkidle")
        yield "compare", list(page.loaded)
        trial.band("band, again" if turn else "band, first")
        _look_closely(trial, "band")
    with visit() as page:
        trial = CurvesTrial(page, taken)
        trial.open("beside, open", f"{board.address}/compare?runs={','.join(shown.beside)}", 1)
        trial.crosshair("beside, crosshair")
        folders = [root / name for name in shown.beside]
        trial.update("beside, update", folders, 1, STEPS + 100 * turn)


def _look_closely(trial: CurvesTrial, kind: str) -> None:
    trial.crosshair(f"{kind}, crosshair")
    for zoom in ZOOMS:
        trial.zoom_here(kind, *zoom)
        trial.zoom(kind, *zoom)


# ----------------------------------------------------------------------- figures


def figures_of(taken: Samples, options: argparse.Namespace) -> Iterator[Figure]:
    sizes = {
        "few": f"{options.few:,}",
        "runs": f"{options.runs:,}",
        "points": f"{options.points:,}",
        "metrics": METRICS,
        "seeds": SEEDS,
        "beside": BESIDE,
        "steps": f"{STEPS:,}",
    }
    for kind, work, bound, share in BUDGETS:
        samples = taken.get(kind)
        if kind == "band, first":  # the long curves were read for the first time on two pages
            bound = max(taken["long, open"]) + max(taken["seeds, open"])
        if samples:
            value = _share_of(samples, share)
            least, most = min(samples), max(samples)
            note = f"{len(samples)}: {least:,.0f} to {most:,.0f}" if len(samples) > 1 else ""
            yield Figure(f"pages: {work.format(**sizes)}", value, "ms", bound, note)


def _share_of(samples: list[float], share: float) -> float:
    """Return the median, or the smallest sample that so many do not exceed."""
    if share == 0.5:
        return statistics.median(samples)
    return sorted(samples)[min(len(samples) - 1, int(share * len(samples)))]


def weights(runs: int, few: list[Loaded], loaded: dict[str, list[Loaded]]) -> Iterator[Figure]:
    """Return what the pages weigh, packed, with their headers."""
    title = f"page of {runs:,} runs, the grid's bundle apart"
    yield _weight(title, [each for each in few if not _is_grid(each)], 300)
    own = [each for each in few if _is_code(each) and not _is_grid(each)]
    yield _weight("runs page: scripts and styles without the grid", own, 150)
    for name, visited in loaded.items():
        code = [each for each in visited if _is_code(each)]
        yield _weight(f"{name} page: scripts and styles", code, 80)
        yield _weight(f"{name} page: everything, its curves included", visited, None)


def _weight(work: str, loaded: list[Loaded], bound: float | None) -> Figure:
    """Return the bodies of what was loaded; the headers, which no library could spare, beside."""
    heads = sum(each.head for each in loaded) / 1000
    bodies = sum(each.size for each in loaded) / 1000 - heads
    note = f"and {heads:.1f} kB of headers of {len(loaded)} answers"
    return Figure(f"pages: {work}", bodies, "kB", bound, note)


def _is_code(loaded: Loaded) -> bool:
    return loaded.kind in ("Script", "Stylesheet")


def _is_grid(loaded: Loaded) -> bool:
    return "/vendor/grid" in loaded.address


def main() -> int:
    """Print the figures; return 0 if every one is within its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--few", type=int, default=1_000, help="runs of the table opened cold")
    parser.add_argument("--columns", type=int, default=200)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--moves", type=int, default=MANY, help="of the pointer, at most")
    parser.add_argument("--at-once", action="store_true", help="do not wait for runs to be old")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    size = f"--runs {options.runs} --columns {options.columns} --points {options.points}"
    result: Result = began(f"python benchmarks/board_pages.py {size} --repeats {options.repeats}")
    taken, start = Samples(), time.perf_counter()
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        visit = partial(tab, browser, moves=options.moves)
        scratch = Path(name)
        shown = make(scratch, options)
        few = measure_few(visit, scratch, options.repeats, taken)
        result.note_load()
        loaded = measure_wide(visit, scratch, shown, options, taken)
    result.samples = taken
    result.figures = [*figures_of(taken, options), *weights(options.few, few, loaded)]
    result.note_load()
    code = result.end(options.json)
    print(f"{time.perf_counter() - start:.0f} s in all")
    return code


if __name__ == "__main__":
    sys.exit(main())
