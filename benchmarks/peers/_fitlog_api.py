"""The original's public API, shared by the adapters `fitlog` and `ours`.

Scalars go through add_loss, dicts through add_loss(dict, step): both are what
users of the original write in a training loop.
"""

import contextlib
import os
import time

import fitlog


class Run:
    def __init__(self, root, hyper):
        self.root = root
        fitlog.set_log_dir(root, new_log=_state["opened"])
        _state["opened"] = True
        fitlog.add_hyper(hyper)
        self._loss = fitlog.add_loss
        self._metric = fitlog.add_metric
        self._id = None

    @property
    def id(self):
        if self._id is None and _state["opened"]:
            with contextlib.suppress(Exception):
                self._id = os.path.basename(str(fitlog.get_log_folder(absolute=True)))
        return self._id

    def log(self, step, name, value):
        self._loss(value, step, name)

    def log_dict(self, step, d):
        self._loss(d, step)

    def finish(self):
        self._id = self.id
        fitlog.finish()


_state = {"opened": False}


def open_run(root, hyper):
    return Run(root, hyper)


def make_runs(root, specs, end):
    """Many runs of one process. The original names a run after the second and
    sleeps on a clash, so each gets a directory of its own, made beforehand."""
    made = 0
    base = time.mktime((2024, 1, 1, 0, 0, 0, 0, 0, -1))
    for i, (hyper, points) in enumerate(specs):
        d = os.path.join(root, time.strftime("log_%Y%m%d_%H%M%S", time.localtime(base + 61 * i)))
        os.makedirs(d)
        open(os.path.join(d, "meta.log"), "w").close()
        fitlog.set_log_dir(d, new_log=True)
        fitlog.add_hyper(hyper)
        for s, p in enumerate(points):
            fitlog.add_metric(p, s)
        fitlog.add_best_metric(points[-1])
        fitlog.finish()
        made += 1
        if time.monotonic() > end:
            break
    return made
