"""One reading in an interpreter of its own: what it took, as JSON on the last line.

    python readers.py WHAT FOLDER [--profile]

The clock starts once everything is imported, and stops when the contract's answer is there. A
profile of what is between goes to the standard error; the figures are larger then.
"""

from __future__ import annotations

import cProfile
import json
import pstats
import random
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from measured import MARK, Sample
from workloads import load_adapter, vm_hwm_kib, waited

PROFILE = "--profile"
ZOOMS = 10
POINTS = 800
Reading = Callable[[Path], Sample]


def timed(work: Callable[[], int]) -> Sample:
    """Return what a reading took: seconds, those net of waiting for a core, CPU, peak memory."""
    waiting, began, processor = waited(), time.perf_counter(), time.process_time()
    count = profiled(work) if PROFILE in sys.argv else work()
    seconds = time.perf_counter() - began
    return {
        "count": count,
        "seconds": seconds,
        "net": seconds - (waited() - waiting),
        "cpu": time.process_time() - processor,
        "peak_kib": vm_hwm_kib(),
    }


def profiled(work: Callable[[], int]) -> int:
    profile = cProfile.Profile()
    count = profile.runcall(work)
    pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(12)
    return count


def _ours(root: Path) -> Any:
    peer = load_adapter("ours")
    peer.prepare_read(root)
    return peer


def raw_series(root: Path) -> Sample:
    peer = load_adapter("rawwrite")
    return timed(lambda: len(peer.read_series(root, "loss")))


def series(root: Path) -> Sample:
    """The peers' contract: a list of (step, value)."""
    peer = _ours(root)
    return timed(lambda: len(peer.read_series(root, "loss")))


def arrays(root: Path) -> Sample:
    """Two filled arrays, and the sum of both, so that no work is put off past the clock."""
    peer = _ours(root)
    total = _sum()

    def work() -> int:
        found = peer.series_of(root)["loss-loss"]
        total(found.steps, "q")
        total(found.values, "d")
        return len(found)

    return timed(work)


def _sum() -> Callable[[Any, str], float]:
    if find_spec("numpy") is None:
        return lambda column, _: sum(column)
    import numpy

    return lambda column, kind: float(numpy.frombuffer(column, kind).sum())


def zooms(root: Path) -> Sample:
    """Ranges of any length of a curve, each in as many points as a chart has; their mean."""
    peer = _ours(root)
    curves = peer.curves_of(root)
    last = curves.part("loss-loss", 5).series.steps[-1]
    chance = random.Random(1)
    ends = [sorted(chance.randrange(last + 1) for _ in range(2)) for _ in range(ZOOMS)]

    def work() -> int:
        return sum(curves.part("loss-loss", POINTS, low, high).total for low, high in ends)

    taken = timed(work)
    return taken | {key: taken[key] / ZOOMS for key in ("seconds", "net", "cpu")}


def raw_list(root: Path) -> Sample:
    peer = load_adapter("rawwrite")
    return timed(lambda: _complete(peer.list_runs(root)))


def listing(root: Path) -> Sample:
    peer = _ours(root)
    return timed(lambda: _complete(peer.list_runs(root)))


def listing_again(root: Path) -> Sample:
    """Within the same process, as a board does: another look, and the list anew."""
    peer = _ours(root)
    logs = peer.opened(root)
    peer.listed(logs)

    def work() -> int:
        logs.refresh()
        return _complete(peer.listed(logs))

    return timed(work)


def look(root: Path) -> Sample:
    """A board that asks what changed where nothing did; the mean of ten looks."""
    logs = _ours(root).opened(root)
    cursor = logs.cursor

    def work() -> int:
        for _ in range(ZOOMS):
            logs.refresh()
            logs.changes(cursor)
        return len(logs.ids())

    taken = timed(work)
    return taken | {key: taken[key] / ZOOMS for key in ("seconds", "net", "cpu")}


def _complete(found: list[dict[str, Any]]) -> int:
    return sum(1 for run in found if run["hyper"] and "loss" in run["last"])


READINGS: dict[str, Reading] = {
    "raw-series": raw_series,
    "series": series,
    "arrays": arrays,
    "zooms": zooms,
    "raw-list": raw_list,
    "list": listing,
    "list-again": listing_again,
    "look": look,
}


def main() -> None:
    what, folder = sys.argv[1:3]
    print(MARK + json.dumps(READINGS[what](Path(folder))))


if __name__ == "__main__":
    main()
