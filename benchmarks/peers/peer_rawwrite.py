"""Floor: one orjson record and one os.write to an O_APPEND file per call."""

import json
import os
import time

import orjson

IMPORT = "import orjson"


class Run:
    def __init__(self, root, hyper):
        while True:
            self.id = "run-%d-%d" % (time.time_ns(), os.getpid())
            self.dir = os.path.join(root, self.id)
            try:
                os.makedirs(self.dir)
                break
            except FileExistsError:
                pass
        with open(os.path.join(self.dir, "hyper.json"), "w") as f:
            json.dump(hyper, f)
        self.fd = os.open(
            os.path.join(self.dir, "log.jsonl"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644
        )

    def log(self, step, name, value, _w=os.write, _d=orjson.dumps):
        _w(self.fd, _d({"step": step, name: value}) + b"\n")

    def log_dict(self, step, d, _w=os.write, _d=orjson.dumps):
        _w(self.fd, _d({"step": step, **d}) + b"\n")

    def finish(self):
        os.close(self.fd)


def open_run(root, hyper):
    return Run(root, hyper)


def _ids(root):
    return sorted(d for d in os.listdir(root) if d.startswith("run-"))


def read_series(root, name, run=None):
    run = run or _ids(root)[0]
    out = []
    with open(os.path.join(root, run, "log.jsonl"), "rb") as f:
        for line in f:
            try:
                r = orjson.loads(line)
            except ValueError:
                continue
            if name in r:
                out.append((r["step"], r[name]))
    return out


def list_runs(root):
    out = []
    for rid in _ids(root):
        with open(os.path.join(root, rid, "hyper.json")) as f:
            hyper = json.load(f)
        last = {}
        with open(os.path.join(root, rid, "log.jsonl"), "rb") as f:
            for line in f:
                last.update(orjson.loads(line))
        out.append({"id": rid, "hyper": hyper, "last": last})
    return out
