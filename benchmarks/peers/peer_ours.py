"""This project: the same writing calls as fitlog 0.9, read back with its own readers.

Who only logs imports no reader, as a training script does not.
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


def read_series(root, name, run=None):
    from pathlib import Path

    from fitlog_core.reading.reader import RunReader

    series = RunReader(Path(root) / (run or _ids(root)[0])).series()["loss-" + name]
    return list(zip(series.steps, series.values, strict=True))


def list_runs(root):
    from pathlib import Path

    from fitlog_core.reading.logdir import LogDirectory

    logs = LogDirectory(Path(root))
    logs.refresh()
    runs = [logs.run(run_id) for run_id in logs.ids()]
    return [{"id": run.id, "hyper": run.hyper, "last": run.best_metric} for run in runs]
