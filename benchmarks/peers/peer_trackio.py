"""trackio, local store, without its machine sampling."""

import contextlib
import io
import os
import sys
import time

IMPORT = "import trackio"

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# trackio fixes its directory while it is imported, so it comes from the caller.
if "--dir" in sys.argv:
    os.environ["TRACKIO_DIR"] = sys.argv[sys.argv.index("--dir") + 1]

import trackio
from trackio.sqlite_storage import SQLiteStorage

PROJECT = "bench"


class Run:
    def __init__(self, root, hyper):
        self.name = "run-%d-%d" % (time.time_ns(), os.getpid())
        with contextlib.redirect_stdout(io.StringIO()):
            self.run = trackio.init(
                project=PROJECT,
                name=self.name,
                config=hyper,
                embed=False,
                auto_log_gpu=False,
                auto_log_cpu=False,
            )
        self.id = self.name
        self._log = trackio.log

    def log(self, step, name, value):
        self._log({name: value}, step=step)

    def log_dict(self, step, d):
        self._log(d, step=step)

    def finish(self):
        with contextlib.redirect_stdout(io.StringIO()):
            trackio.finish()


def open_run(root, hyper):
    return Run(root, hyper)


def read_series(root, name, run=None):
    run = run or next(iter(trackio.Api().runs(PROJECT))).name
    return [(r["step"], r[name]) for r in SQLiteStorage.get_logs(PROJECT, run) if name in r]


def list_runs(root):
    configs = SQLiteStorage.get_all_run_configs(PROJECT)
    out = []
    for r in trackio.Api().runs(PROJECT):
        logs = SQLiteStorage.get_logs(PROJECT, r.name, run_id=r.id)
        last = {}
        for row in logs:
            last.update(row)
        hyper = configs.get(r.id) or configs.get(r.name) or r.config or {}
        out.append(
            {
                "id": r.name,
                "hyper": {k: v for k, v in hyper.items() if not k.startswith("_")},
                "last": last,
            }
        )
    return out
