"""W8: web boards. What to start and what to ask for, by peer; nothing of a peer
is imported here."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
import urllib.parse


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ask(port, method, path, body=None, headers=None, timeout=120):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    t0 = time.perf_counter()
    c.request(method, path, body, headers or {})
    r = c.getresponse()
    data = r.read()
    dt = time.perf_counter() - t0
    c.close()
    return r.status, data, dt


J = {"Content-Type": "application/json"}


class Fitlog:
    def cmd(self, bin_, d, port):
        return [os.path.join(bin_, "fitlog"), "log", d, "--port=%d" % port, "--ip=127.0.0.1"]

    def table(self, port):
        s, data, dt = ask(port, "GET", "/table/table")
        if s != 200:
            return None
        return len(json.loads(data)["data"]), len(data), dt

    def chart(self, port, run):
        uuid = json.loads(ask(port, "GET", "/table/table")[1])["uuid"]
        body = urllib.parse.urlencode({"uuid": uuid, "log_dir": run, "finish": "true"})
        s, data, dt = ask(
            port, "POST", "/chart", body, {"Content-Type": "application/x-www-form-urlencoded"}
        )
        if s != 200:
            raise RuntimeError("chart %d" % s)
        return (
            data.count(b"&#39;step&#39;") or data.count(b'"step"') or data.count(b"'step'"),
            len(data),
            dt,
        )


class Ours:
    def cmd(self, bin_, d, port):
        return [os.path.join(bin_, "fitlog"), "log", d, "--port=%d" % port, "--ip=127.0.0.1"]

    def table(self, port):
        s, data, dt = ask(port, "GET", "/api/runs?format=columns")
        return (len(json.loads(data)["rows"]), len(data), dt) if s == 200 else None

    def chart(self, port, run):
        s, data, dt = ask(port, "GET", f"/api/runs/{run}/series?points=400")
        if s != 200:
            raise RuntimeError("chart %d %s" % (s, data[:200]))
        (series,) = json.loads(data)["series"].values()
        return len(series["step"]), len(data), dt


class Tensorboard:
    def cmd(self, bin_, d, port):
        return [
            os.path.join(bin_, "tensorboard"),
            "--logdir",
            d,
            "--port",
            str(port),
            "--host",
            "127.0.0.1",
        ]

    def table(self, port):
        s, data, dt = ask(port, "GET", "/data/plugin/scalars/tags")
        return (len(json.loads(data)), len(data), dt) if s == 200 else None

    def chart(self, port, run):
        end = time.monotonic() + 240
        t0 = time.monotonic()
        while True:  # the series is loaded in the background: ask until its last step is there
            q = urllib.parse.urlencode({"run": run, "tag": "loss"})
            s, data, dt = ask(port, "GET", "/data/plugin/scalars/scalars?" + q)
            if s == 200:
                pts = json.loads(data)
                if pts and pts[-1][1] >= self.last:
                    return (
                        len(pts),
                        len(data),
                        max(dt, time.monotonic() - t0 if time.monotonic() - t0 > 1 else dt),
                    )
            if time.monotonic() > end:
                raise RuntimeError("series never complete")
            time.sleep(0.25)


BOARDS = {"fitlog": Fitlog(), "ours": Ours(), "tensorboard": Tensorboard()}


def _start(board, venv, env, d, log):
    port = free_port()
    f = open(log, "wb")
    t0 = time.monotonic()
    p = subprocess.Popen(
        board.cmd(os.path.join(venv, "bin"), d, port),
        cwd=d,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=f,
        stderr=subprocess.STDOUT,
    )
    f.close()
    return p, port, t0


def _stop(p, descendants):
    tree = [p.pid, *descendants(p.pid)]
    for pid in tree:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    time.sleep(1.0)
    for pid in tree:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(Exception):
        p.wait(10)


def _until(board, p, port, t0, rows, limit=120):
    first = None
    while time.monotonic() - t0 < limit:
        if p.poll() is not None:
            raise RuntimeError(f"server ended with {p.returncode}")
        try:
            got = board.table(port)
            if first is None:
                first = time.monotonic() - t0
            if got and got[0] >= rows:
                return first, time.monotonic() - t0, got
        except (OSError, http.client.HTTPException, ValueError, KeyError):
            pass
        time.sleep(0.02)
    raise RuntimeError("no full table in %d s" % limit)


def measure(
    board, venv, env, runs_dir, series_dir, run, logs, rows, points, descendants, rss, cpu_of
):
    out = {}
    log = os.path.join(logs, "board-%d.log" % time.time_ns())
    p, port, t0 = _start(board, venv, env, runs_dir, log)
    try:
        out["first_any_s"], out["first_table_s"], got = _until(board, p, port, t0, rows)
        out["first_cpu_s"] = sum(cpu_of(x) for x in [p.pid, *descendants(p.pid)])
        again = sorted(board.table(port)[2] for _ in range(3))
        out["second_table_s"], out["table_rows"], out["table_bytes"] = again[1], got[0], got[1]
        out["rss_tree_kib"] = sum(rss(x) for x in [p.pid, *descendants(p.pid)])
    finally:
        _stop(p, descendants)
    if run:
        board.last = points - 1
        p, port, t0 = _start(board, venv, env, series_dir, log + ".chart")
        try:
            _until(board, p, port, t0, 1)
            out["chart_points"], out["chart_bytes"], out["chart_s"] = board.chart(port, run)
            out["chart_again_s"] = board.chart(port, run)[2]
        finally:
            _stop(p, descendants)
    return out
