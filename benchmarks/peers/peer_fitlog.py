"""The original fitlog 0.9.15, read back with its own reader classes."""

import os
import warnings

warnings.filterwarnings("ignore")

from _fitlog_api import make_runs, open_run  # noqa: F401
from fitlog.fastlog.log_read import LogReader, StandbyStepLogReader

IMPORT = "import fitlog"


def _ids(root):
    return sorted(d for d in os.listdir(root) if d.startswith("log_"))


def read_series(root, name, run=None):
    path = os.path.join(root, run or _ids(root)[0])
    got = StandbyStepLogReader.read_update_single_log(
        [os.path.join(path, "loss.log")], {"loss": [0, 1 << 60]}
    )
    return [(r["step"], r["loss"][name]) for r in got.get("loss", ()) if name in r["loss"]]


def list_runs(root):
    reader = LogReader()
    reader.set_log_dir(root)
    return [
        {"id": r["id"], "hyper": r.get("hyper", {}), "last": r.get("metric", {})}
        for r in reader.read_logs()
    ]
