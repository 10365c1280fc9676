"""This project: the same writing calls as fitlog 0.9, read back by way of the index.

Who only logs imports no reader, as a training script does not, nor what only readers need here.
"""

import os

from _fitlog_api import open_run as open_run

import fitlog

IMPORT = "import fitlog"


def _ids(root):
    return sorted(d for d in os.listdir(root) if d.startswith("log_"))


def make_runs(root, specs, end):
    """Many runs of one process, as `fitlog.Run` makes them."""
    import time

    made = 0
    for hyper, points in specs:
        with fitlog.Run(root) as run:
            run.add_hyper(hyper)
            for step, point in enumerate(points):
                run.add_metric(point, step)
            run.add_best_metric(points[-1])
        made += 1
        if time.monotonic() > end:
            break
    return made


def prepare_read(root):
    """What a reader imports, as the other peers' adapters do when they are imported."""
    import fitlog_core.reading.index.store
    import fitlog_core.reading.logdir  # noqa: F401 - for the readings after this


def curves_of(root, run=None):
    """The curves of one run, by way of the index, which is written where it is not yet."""
    from pathlib import Path

    from fitlog_core.reading.index.store import Index

    folder = Path(root) / (run or _ids(root)[0])
    return Index.of(Path(root)).curves(folder)


def series_of(root, run=None):
    return curves_of(root, run).series()


def read_series(root, name, run=None):
    series = series_of(root, run)["loss-" + name]
    return list(zip(series.steps, series.values, strict=True))


def opened(root):
    """The directory, read once, by way of the index."""
    from pathlib import Path

    from fitlog_core.reading.index.store import Index
    from fitlog_core.reading.logdir import LogDirectory

    logs = LogDirectory(Path(root), Index.of(Path(root)))
    logs.refresh()
    return logs


def listed(logs):
    return [
        {"id": row.id, "hyper": row.part("hyper"), "last": row.part("metric")}
        for row in logs.rows()
    ]


def list_runs(root):
    return listed(opened(root))
