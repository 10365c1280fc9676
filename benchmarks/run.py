#!/usr/bin/env python3
"""Runs peers x workloads interleaved and writes medians as Markdown.

    run.py --venv rawwrite=DIR --venv fitlog=DIR ... --work DIR --out results.jsonl
    run.py --report --out results.jsonl --md bench.md [--ref rawwrite]

A venv can also come from BENCH_VENV_<NAME>. Each measurement is one child in
the peer's own interpreter. Results are appended, so runs can be combined.
"""

import argparse
import ctypes
import json
import os
import random
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import contextlib

import boards

DRIVER = os.path.join(HERE, "workloads.py")
IMPORTS = {
    "rawwrite": "import orjson",
    "fitlog": "import fitlog",
    "ours": "import fitlog",
    "tensorboard": "from tensorboardX import SummaryWriter",
    "trackio": "import trackio",
}


# ---------------------------------------------------------------- processes


def become_subreaper():
    try:  # orphaned helpers of a peer become ours, so their CPU time can be counted
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    except Exception:
        pass


def children(pid):
    out = []
    try:
        for t in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, t)) as f:
                out += [int(x) for x in f.read().split()]
    except OSError:
        pass
    return out


def descendants(pid):
    seen, todo = [], children(pid)
    while todo:
        p = todo.pop()
        seen.append(p)
        todo += children(p)
    return seen


def waited(pid, threads=False):
    """Seconds the process was ready to run while others had the cores: its main
    thread, or all its threads. Still readable of a zombie."""
    total = 0.0
    try:
        for t in os.listdir("/proc/%d/task" % pid) if threads else [str(pid)]:
            with open("/proc/%d/task/%s/schedstat" % (pid, t)) as f:
                total += int(f.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        pass
    return total


def cpu_of(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            x = f.read().rsplit(")", 1)[1].split()
        return sum(int(v) for v in x[11:15]) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError):
        return 0.0


def rss_kib(pid):
    try:
        with open("/proc/%d/statm" % pid) as f:
            return int(f.read().split()[1]) * (os.sysconf("SC_PAGE_SIZE") // 1024)
    except (OSError, IndexError):
        return 0


class Child:
    """One measured process tree; this process has no other children meanwhile."""

    def __init__(self, cmd, cwd, env, logfile, pass_fds=()):
        self.log = logfile
        self.f = open(logfile, "wb")
        self.t0 = time.monotonic()
        self.p = subprocess.Popen(
            cmd,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=self.f,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
        )
        self.peak = 0
        self.cpu = 0.0
        self.rc = None
        self.t_exit = None
        self.timed_out = False
        self.stop = threading.Event()

    def _watch(self, timeout):
        end = time.monotonic() + timeout
        while not self.stop.wait(0.2):
            self.peak = max(self.peak, sum(rss_kib(p) for p in descendants(os.getpid())))
            if time.monotonic() > end and not self.timed_out:
                self.timed_out = True
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.p.pid, signal.SIGKILL)

    def wait(self, timeout=300.0, grace=15.0):
        w = threading.Thread(target=self._watch, args=(timeout,), daemon=True)
        w.start()
        os.waitid(os.P_PID, self.p.pid, os.WEXITED | os.WNOWAIT)
        self.t_exit = time.monotonic()
        delay = waited(self.p.pid)
        end = self.t_exit + grace
        left = 0
        while True:
            try:
                pid, status, ru = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid:
                self.cpu += ru.ru_utime + ru.ru_stime
                if pid == self.p.pid:
                    self.rc = os.waitstatus_to_exitcode(status)
                    self.p.returncode = self.rc
                continue
            if time.monotonic() > end:
                for d in descendants(os.getpid()):
                    left += 1
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(d, signal.SIGKILL)
                end += 3600
            time.sleep(0.005)
        self.t_tree = time.monotonic()
        self.stop.set()
        w.join()
        self.f.close()
        out = {
            "rc": self.rc,
            "cpu_s": self.cpu,
            "rss_tree_kib": self.peak,
            "timed_out": self.timed_out,
            "wall_s": self.t_exit - self.t0,
            "wall_net_s": self.t_exit - self.t0 - delay,
            "tree_gone_s": self.t_tree - self.t_exit,
            "left_over": left,
        }
        res = self.result()
        if res is not None:
            out.update(res)
            if "t_fin" in res:
                out["exit_s"] = self.t_exit - res["t_fin"]
        else:
            out["error"] = self.tail()
        return out

    def result(self):
        with open(self.log, "rb") as f:
            for line in f.read().decode("utf-8", "replace").splitlines():
                if line.startswith("@@BENCH "):
                    return json.loads(line[8:])
        return None

    def tail(self):
        with open(self.log, "rb") as f:
            return f.read().decode("utf-8", "replace")[-400:]


def disk(path):
    size = blocks = files = 0
    for root, _, names in os.walk(path):
        for n in names:
            try:
                st = os.lstat(os.path.join(root, n))
            except OSError:
                continue
            size += st.st_size
            blocks += st.st_blocks * 512
            files += 1
    return {"bytes": size, "allocated": blocks, "files": files}


# ---------------------------------------------------------------- bench


class Bench:
    def __init__(self, a, venvs):
        self.a = a
        self.venvs = venvs
        self.seq = 0
        self.rng = random.Random(a.seed)
        self.logs = os.path.join(a.work, "logs")
        os.makedirs(self.logs, exist_ok=True)
        self.out = open(a.out, "a")
        self.kept = {}

    def env(self, peer):
        e = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
        home = os.path.join(self.a.work, "home", peer)
        os.makedirs(home, exist_ok=True)
        e.update(
            HOME=home,
            XDG_CACHE_HOME=home + "/.cache",
            XDG_CONFIG_HOME=home + "/.config",
            XDG_DATA_HOME=home + "/.local",
            NO_COLOR="1",
            DO_NOT_TRACK="1",
            NO_PROXY="*",
            # Of its own for each child: a first reading has nothing to begin with.
            FITLOG_CACHE_DIR=os.path.join(self.a.work, "cache", "%s-%d" % (peer, time.time_ns())),
        )
        e["PATH"] = os.path.join(self.venvs[peer], "bin") + os.pathsep + e.get("PATH", "")
        return e

    def python(self, peer):
        return os.path.join(self.venvs[peer], "bin", "python")

    def fresh(self, peer):
        self.seq += 1
        d = os.path.join(self.a.work, "data", "%s-%d-%d" % (peer, os.getpid(), self.seq))
        shutil.rmtree(d, ignore_errors=True)
        os.makedirs(d)
        return d

    def child(self, peer, phase, d, pass_fds=(), **kw):
        cmd = [self.python(peer), DRIVER, "--peer", peer, "--phase", phase, "--dir", d]
        for k, v in kw.items():
            cmd += ["--" + k, str(v)]
        self.seq += 1
        log = os.path.join(self.logs, "%s-%s-%d.log" % (peer, phase, self.seq))
        return Child(cmd, d, self.env(peer), log, pass_fds)

    def emit(self, workload, peer, rep, row):
        row = dict(
            row, workload=workload, peer=peer, rep=rep, load=os.getloadavg()[0], at=time.time()
        )
        self.out.write(json.dumps(row) + "\n")
        self.out.flush()
        brief = {
            k: (round(v, 4) if isinstance(v, float) else v)
            for k, v in row.items()
            if k
            in (
                "n",
                "p50_us",
                "p99_us",
                "total_s",
                "wall_s",
                "first_s",
                "exit_s",
                "lost",
                "acked",
                "whole",
                "runs",
                "read_s",
                "list_s",
                "import_s",
                "error",
                "first_table_s",
                "load",
                "made",
                "second_table_s",
                "chart_s",
                "chart_new_s",
                "points",
            )
        }
        print(workload, peer, rep, brief, flush=True)

    def run(self, workload, peer, rep):
        getattr(self, "w_" + workload)(peer, rep)

    # --- workloads
    def _spawn_time(self, peer, code):
        t0 = time.perf_counter()
        pid = os.posix_spawn(
            self.python(peer),
            [self.python(peer), "-c", code],
            self.env(peer),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
        )
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        wall = time.perf_counter() - t0
        net = wall - waited(pid)
        _, status, ru = os.wait4(pid, 0)
        return wall, net, ru.ru_utime + ru.ru_stime, os.waitstatus_to_exitcode(status)

    def w_W1(self, peer, rep):
        code = IMPORTS[peer]
        if rep == 0:
            self._spawn_time(peer, code)
        bare, bare_net, bare_cpu, rc = self._spawn_time(peer, "pass")
        wall, net, cpu, rc = self._spawn_time(peer, code)
        if rc:
            return self.emit("W1", peer, rep, {"error": "import exits %d" % rc})
        self.emit(
            "W1",
            peer,
            rep,
            {
                "import_s": wall - bare,
                "import_net_s": net - bare_net,
                "import_cpu_s": cpu - bare_cpu,
                "bare_s": bare,
                "bare_net_s": bare_net,
            },
        )
        return None

    def _log(self, workload, peer, rep, n, mode):
        d = self.fresh(peer)
        c = self.child(peer, "log", d, n=n, mode=mode, budget=self.a.budget)
        row = c.wait(timeout=self.a.budget + 120)
        row.update(disk(d))
        self.emit(workload, peer, rep, row)
        shutil.rmtree(d, ignore_errors=True)

    def w_W2(self, peer, rep):
        self._log("W2", peer, rep, self.a.n2, "scalar")

    def w_W2L(self, peer, rep):
        self._log("W2L", peer, rep, self.a.n2l, "scalar")

    def w_W3(self, peer, rep):
        self._log("W3", peer, rep, self.a.n3, "dict")

    def w_W5(self, peer, rep):
        self._log("W5", peer, rep, 1, "scalar")

    def w_W4(self, peer, rep, rate=0.0, name="W4"):
        d = self.fresh(peer)
        r, w = os.pipe()
        c = self.child(peer, "kill", d, pass_fds=(w,), ack=w, rate=rate)
        os.close(w)
        os.set_blocking(r, True)
        acked, buf, kill_at, killed = 0, b"", None, False
        import select

        limit = time.monotonic() + 90
        while True:
            now = time.monotonic()
            if kill_at is not None and now >= kill_at and not killed:
                os.kill(c.p.pid, signal.SIGKILL)
                killed = True
            ready, _, _ = select.select(
                [r], [], [], 0.2 if killed else (max(0, kill_at - now) if kill_at else 0.2)
            )
            if ready:
                got = os.read(r, 65536)
                if not got:
                    break
                buf += got
                k = len(buf) // 4 * 4
                acked = max(acked, struct.unpack_from("<i", buf, k - 4)[0] + 1) if k else acked
                buf = buf[k:]
                if kill_at is None and acked > 0:
                    span = (2.0, 6.0) if rate else (0.5, 2.5)
                    kill_at = time.monotonic() + self.rng.uniform(*span)
            if now > limit:
                os.kill(c.p.pid, signal.SIGKILL)
                break
        os.close(r)
        first = c.wait(timeout=30, grace=10)
        row = {"acked": acked, "left_over": first["left_over"]}
        if not killed:
            row["error"] = first.get("error", "ended before the kill")
            return self.emit(name, peer, rep, row)
        got = self.child(peer, "read", d, acked=acked).wait(timeout=120)
        if "readable" in got:
            row.update(
                readable=got["readable"], lost=acked - got["readable"], read_back=got["distinct"]
            )
        else:
            row.update(readable=0, lost=acked, error="reader: " + got["error"])
        self.emit(name, peer, rep, row)
        shutil.rmtree(d, ignore_errors=True)
        return None

    def w_W4P(self, peer, rep):
        self.w_W4(peer, rep, rate=100.0, name="W4P")

    def w_W6P(self, peer, rep):
        self.w_W6(peer, rep, name="W6P")

    def w_W6(self, peer, rep, procs=8, name="W6"):
        d = self.fresh(peer)
        n = self.a.n6
        if name == "W6P":  # a store that one earlier run has set up
            self.child(peer, "log", d, n=1).wait(timeout=120)
        gr, gw = os.pipe()
        ar, aw = os.pipe()
        kids = [
            self.child(peer, "multi", d, pass_fds=(gr, aw), gate=gr, ack=aw, index=i, n=n)
            for i in range(procs)
        ]
        os.close(gr)
        os.close(aw)
        ready = b""
        while len(ready) < procs:
            got = os.read(ar, 16)
            if not got:
                break
            ready += got
        os.close(ar)
        t0 = time.monotonic()
        os.close(gw)
        end = t0 + self.a.budget + 60
        codes, errors = {}, []
        while len(codes) < procs and time.monotonic() < end:
            for k in kids:
                if k.p.pid in codes:
                    continue
                pid, status = os.waitpid(k.p.pid, os.WNOHANG)
                if pid:
                    codes[pid] = os.waitstatus_to_exitcode(status)
                    k.p.returncode = codes[pid]
            time.sleep(0.01)
        wall = time.monotonic() - t0
        for k in kids:
            if k.p.pid not in codes:
                os.kill(k.p.pid, signal.SIGKILL)
                errors.append("killed after %ds" % wall)
                os.waitpid(k.p.pid, 0)
                k.p.returncode = -9
            elif codes[k.p.pid]:
                errors.append(k.tail()[-200:])
            k.f.close()
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                if not os.waitpid(-1, os.WNOHANG)[0]:
                    time.sleep(0.02)
            except ChildProcessError:
                break
        for p in descendants(os.getpid()):
            os.kill(p, signal.SIGKILL)
        row = {
            "procs": procs,
            "each": n,
            "wall_s": wall,
            "failed": len(errors),
            "errors": errors[:2],
        }
        got = self.child(peer, "check", d, n=n).wait(timeout=180)
        row.update(
            {
                k: got[k]
                for k in ("runs", "whole", "distinct_owners", "points", "rows", "error")
                if k in got
            }
        )
        self.emit(name, peer, rep, row)
        shutil.rmtree(d, ignore_errors=True)

    def big(self, peer):
        key = ("big", peer)
        if key not in self.kept:
            d = self.fresh(peer)
            got = self.child(peer, "bulk", d, n=self.a.n7, budget=self.a.bulk_budget).wait(
                timeout=self.a.bulk_budget + 200
            )
            self.kept[key] = (d, got)
            print(
                "   stored series",
                peer,
                {k: got.get(k) for k in ("n", "write_s", "error")},
                flush=True,
            )
        return self.kept[key]

    def many(self, peer):
        key = ("many", peer)
        if key not in self.kept:
            d = self.fresh(peer)
            got = self.child(peer, "mkruns", d, n=self.a.k7, budget=self.a.bulk_budget).wait(
                timeout=self.a.bulk_budget + 200
            )
            self.kept[key] = (d, got)
            print(
                "   stored runs",
                peer,
                {k: got.get(k) for k in ("made", "make_s", "error")},
                flush=True,
            )
        return self.kept[key]

    def w_W7(self, peer, rep):
        d, made = self.big(peer)
        row = {"stored": made.get("n"), "write_s": made.get("write_s"), "error": made.get("error")}
        if made.get("n"):
            got = self.child(peer, "read", d, run=made["run"] or "").wait(timeout=200)
            row.update(
                {
                    k: got.get(k)
                    for k in (
                        "points",
                        "read_s",
                        "read_net_s",
                        "rss_main_kib",
                        "cpu_s",
                        "prepare_read_s",
                        "error",
                    )
                }
            )
            row.update(disk(d))
        self.emit("W7series", peer, rep, {k: v for k, v in row.items() if v is not None})
        d, made = self.many(peer)
        row = {"made": made.get("made"), "make_s": made.get("make_s"), "error": made.get("error")}
        if made.get("made"):
            got = self.child(peer, "list", d).wait(timeout=200)
            row.update(
                {
                    k: got.get(k)
                    for k in (
                        "runs",
                        "complete",
                        "list_s",
                        "list_net_s",
                        "cpu_s",
                        "rss_main_kib",
                        "prepare_read_s",
                        "error",
                        "example",
                    )
                }
            )
            row.update(disk(d))
        self.emit("W7list", peer, rep, {k: v for k, v in row.items() if v is not None})

    def w_W8(self, peer, rep):
        board = boards.BOARDS.get(peer)
        if board is None:
            return
        runs_dir, made = self.many(peer)
        series_dir, big = self.big(peer)
        row = {"made": made.get("made"), "points": big.get("n")}
        try:
            row.update(
                boards.measure(
                    board,
                    self.venvs[peer],
                    self.env(peer),
                    runs_dir,
                    series_dir,
                    big.get("run"),
                    self.logs,
                    made["made"],
                    big["n"],
                    descendants,
                    rss_kib,
                    cpu_of,
                )
            )
        except Exception as e:
            row["error"] = repr(e)[:300]
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                if not os.waitpid(-1, os.WNOHANG)[0]:
                    time.sleep(0.02)
            except ChildProcessError:
                break
        self.emit("W8", peer, rep, row)


# ---------------------------------------------------------------- report


def med(rows, key, scale=1.0, digits=3):
    v = [r[key] * scale for r in rows if isinstance(r.get(key), (int, float))]
    if not v:
        return "–"

    def fmt(x):
        return ("%.*f" % (digits, x)) if x < 1000 else f"{x:,.0f}"

    m = fmt(statistics.median(v))
    return m if len(v) == 1 or min(v) == max(v) else f"{m} [{fmt(min(v))}–{fmt(max(v))}]"


def mid(rows, key):
    v = [r[key] for r in rows if isinstance(r.get(key), (int, float))]
    return statistics.median(v) if v else None


def ratio(rows, refrows, key):
    a, b = mid(rows, key), mid(refrows, key)
    return "%.2f" % (a / b) if a is not None and b else "–"


def table(head, lines):
    return (
        "\n".join(
            ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
            + ["| " + " | ".join(x) + " |" for x in lines]
        )
        + "\n"
    )


def report(path, ref):
    rows = [json.loads(x) for x in open(path)]
    by = {}
    for r in rows:
        by.setdefault(r["workload"], {}).setdefault(r["peer"], []).append(r)
    order = list(IMPORTS)
    parts = []

    def peers(w):
        return [p for p in order if p in by.get(w, {})]

    def good(w, p):
        return [r for r in by.get(w, {}).get(p, []) if not r.get("error")]

    def net(p, w, key, per):
        base = mid(good("W5", p), key)
        vals = []
        for r in good(w, p):
            if base is not None and r.get(key) is not None and r.get("n"):
                vals.append((r[key] - base) / (r["n"] * per - 1))
        return vals

    def netmed(p, w, key, per, scale, digits):
        v = net(p, w, key, per)
        return "%.*f" % (digits, statistics.median(v) * scale) if v else "–"

    if "W1" in by:
        lines = []
        for p in peers("W1"):
            g = good("W1", p)
            lines.append(
                [
                    p,
                    str(len(g)),
                    med(g, "import_s", 1e3, 0),
                    med(g, "import_net_s", 1e3, 0),
                    med(g, "import_cpu_s", 1e3, 0),
                    ratio(g, good("W1", ref), "import_cpu_s"),
                ]
            )
        parts.append(
            "### W1 import (ms over the bare interpreter)\n\n"
            + table(
                ["peer", "runs", "wall ms", "wall net of waiting ms", "CPU ms", "CPU / " + ref],
                lines,
            )
        )
    for w, title, per in (
        ("W2", "W2 logging, one scalar a call", 1),
        ("W2L", "W2 logging, one scalar a call, long", 1),
        ("W3", "W3 logging, a dict of 20 metrics a call", 20),
    ):
        if w not in by:
            continue
        lines = []
        for p in peers(w):
            g = good(w, p)
            n = mid(g, "n")
            for r in g:
                r["wall_us"] = r["total_s"] / r["n"] * 1e6
                r["net_us"] = r["total_net_s"] / r["n"] * 1e6
            lines.append(
                [
                    p,
                    f"{n or 0:,.0f} × {len(g)}",
                    med(g, "p50_us", 1, 1),
                    med(g, "p99_us", 1, 1),
                    med(g, "max_us", 1e-3, 1),
                    med(g, "wall_us", 1, 1),
                    med(g, "net_us", 1, 1),
                    netmed(p, w, "cpu_s", per, 1e6, 1),
                    med(g, "rss_main_kib", 1 / 1024, 0),
                    med(g, "rss_tree_kib", 1 / 1024, 0),
                    netmed(p, w, "bytes", per, 1, 1),
                    ratio(g, good(w, ref), "p50_us"),
                    ratio(g, good(w, ref), "net_us"),
                ]
            )
        parts.append(
            f"### {title}\n\n"
            + table(
                [
                    "peer",
                    "calls × repeats",
                    "p50 µs",
                    "p99 µs",
                    "max ms",
                    "total wall µs/call",
                    "net of waiting",
                    "CPU µs/point (tree, net)",
                    "peak RSS MiB (main)",
                    "peak RSS MiB (tree)",
                    "bytes/point",
                    "p50 / " + ref,
                    "net / " + ref,
                ],
                lines,
            )
        )
    for w, title in (
        ("W4", "W4 kill -9 at full speed"),
        ("W4P", "W4 kill -9 at 100 calls a second"),
    ):
        if w not in by:
            continue
        lines = []
        for p in peers(w):
            g = [r for r in by[w][p] if "lost" in r]
            lines.append(
                [
                    p,
                    str(len(g)),
                    med(g, "acked", 1, 0),
                    med(g, "lost", 1, 0),
                    ", ".join(str(r["lost"]) for r in g),
                    "; ".join(
                        sorted(
                            {
                                r["error"].strip().splitlines()[-1][:90]
                                for r in by[w][p]
                                if r.get("error")
                            }
                        )
                    )
                    or "none",
                ]
            )
        parts.append(
            f"### {title}\n\n"
            + table(
                [
                    "peer",
                    "trials",
                    "acknowledged",
                    "lost, median [range]",
                    "lost per trial",
                    "reader errors",
                ],
                lines,
            )
        )
    if "W5" in by:
        lines = []
        for p in peers("W5"):
            g = good("W5", p)
            lines.append(
                [
                    p,
                    str(len(g)),
                    med(g, "first_s", 1e3, 1),
                    med(g, "first_net_s", 1e3, 1),
                    med(g, "finish_s", 1e3, 1),
                    med(g, "exit_s", 1e3, 0),
                    med(g, "wall_s", 1e3, 0),
                    med(g, "wall_net_s", 1e3, 0),
                    med(g, "cpu_s", 1e3, 0),
                    med(g, "bytes", 1 / 1024, 1),
                    ratio(g, good("W5", ref), "wall_net_s"),
                ]
            )
        parts.append(
            "### W5 start and end (ms; a run of one point)\n\n"
            + table(
                [
                    "peer",
                    "runs",
                    "open → first log returned",
                    "net of waiting",
                    "finish()",
                    "finish → process gone",
                    "whole process wall",
                    "net of waiting",
                    "CPU (tree)",
                    "KiB on disk",
                    "net / " + ref,
                ],
                lines,
            )
        )
    for w, title in (
        ("W6", "W6 eight processes at once in an empty directory"),
        ("W6P", "W6 eight processes at once, the store set up by one earlier one-point run"),
    ):
        if w not in by:
            continue
        lines = []
        for p in peers(w):
            g = by[w][p]
            lines.append(
                [
                    p,
                    ", ".join(str(r.get("runs", "?")) for r in g),
                    ", ".join(str(r.get("whole", 0)) for r in g),
                    ", ".join(
                        "{:,} of {:,}".format(
                            r.get("points", 0), r.get("each", 1000) * r["procs"] + (w == "W6P")
                        )
                        for r in g
                    ),
                    ", ".join(str(r["failed"]) for r in g),
                    med(g, "wall_s", 1, 2),
                ]
            )
        parts.append(
            f"### {title}\n\n"
            + table(
                [
                    "peer",
                    "runs found",
                    "whole runs (of 8)",
                    "points found",
                    "processes failed",
                    "wall s",
                ],
                lines,
            )
        )
    if "W7series" in by:
        lines = []
        for p in peers("W7series"):
            g = good("W7series", p)
            for r in g:
                r["us"] = r["read_net_s"] / max(1, r["points"]) * 1e6
            lines.append(
                [
                    p,
                    med(g, "points", 1, 0),
                    med(g, "read_s", 1, 3),
                    med(g, "read_net_s", 1, 3),
                    med(g, "us", 1, 2),
                    med(g, "rss_main_kib", 1 / 1024, 0),
                    med(g, "write_s", 1, 1),
                    ratio(g, good("W7series", ref), "us"),
                ]
            )
        parts.append(
            "### W7 reading one long series back\n\n"
            + table(
                [
                    "peer",
                    "points",
                    "read s",
                    "net of waiting s",
                    "net µs/point",
                    "peak RSS MiB",
                    "writing it took s",
                    "µs / " + ref,
                ],
                lines,
            )
        )
    if "W7list" in by:
        lines = []
        for p in peers("W7list"):
            g = good("W7list", p)
            for r in g:
                r["ms_run"] = r["list_net_s"] / max(1, r["runs"]) * 1e3
                r["make_ms"] = r["make_s"] / max(1, r["made"]) * 1e3
            lines.append(
                [
                    p,
                    med(g, "runs", 1, 0),
                    med(g, "complete", 1, 0),
                    med(g, "list_s", 1, 3),
                    med(g, "list_net_s", 1, 3),
                    med(g, "ms_run", 1, 3),
                    med(g, "prepare_read_s", 1, 2),
                    med(g, "rss_main_kib", 1 / 1024, 0),
                    med(g, "bytes", 1 / 1048576, 1),
                    med(g, "files", 1, 0),
                    med(g, "make_ms", 1, 1),
                    ratio(g, good("W7list", ref), "ms_run"),
                ]
            )
        parts.append(
            "### W7 listing runs (10 hyperparameters, 3 metrics × 10 steps each)\n\n"
            + table(
                [
                    "peer",
                    "runs",
                    "with hyper and loss",
                    "list s",
                    "net of waiting s",
                    "net ms/run",
                    "indexing before s",
                    "peak RSS MiB",
                    "MiB on disk",
                    "files",
                    "making a run ms",
                    "ms/run / " + ref,
                ],
                lines,
            )
        )
    if "W8" in by:
        lines = []
        for p in peers("W8"):
            g = good("W8", p)
            lines.append(
                [
                    p,
                    str(len(g)),
                    med(g, "first_any_s", 1, 2),
                    med(g, "first_table_s", 1, 2),
                    med(g, "first_cpu_s", 1, 2),
                    med(g, "second_table_s", 1e3, 0),
                    med(g, "table_bytes", 1 / 1024, 0),
                    med(g, "table_rows", 1, 0),
                    med(g, "chart_s", 1e3, 0),
                    med(g, "chart_again_s", 1e3, 0),
                    med(g, "chart_bytes", 1 / 1024, 1),
                    med(g, "chart_points", 1, 0),
                    med(g, "rss_tree_kib", 1 / 1024, 0),
                ]
            )
        parts.append(
            "### W8 board\n\n"
            + table(
                [
                    "peer",
                    "starts",
                    "first HTTP answer s",
                    "first full table s",
                    "server CPU until then s",
                    "second table ms",
                    "table KiB",
                    "rows",
                    "chart of the long series ms",
                    "again ms",
                    "chart KiB",
                    "chart points",
                    "server RSS MiB (tree)",
                ],
                lines,
            )
        )
    bad = sorted(
        {
            (r["workload"], r["peer"], str(r["error"]).strip().splitlines()[-1][:140])
            for r in rows
            if r.get("error") and r["workload"] not in ("W4", "W4P")
        }
    )
    if bad:
        parts.append(
            "### Failed measurements\n\n"
            + "\n".join("- {} {}: `{}`".format(*b) for b in bad)
            + "\n"
        )
    loads = sorted(r["load"] for r in rows)
    parts.append(
        "'Net of waiting' takes off the time the main thread stood ready while other tasks had the cores "
        "(/proc schedstat); waiting of helper threads and processes stays in.\n"
    )
    parts.append(
        "%d measurements; 1-minute load average while measuring: median %.1f, range %.1f–%.1f on %d cores.\n"
        % (len(rows), loads[len(loads) // 2], loads[0], loads[-1], os.cpu_count())
    )
    return "\n".join(parts)


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--venv", action="append", default=[], metavar="NAME=PATH")
    p.add_argument("--peers", default="", help="comma list; default: every peer with a venv")
    p.add_argument("--workloads", default="W1,W2,W3,W4,W5,W6,W7")
    p.add_argument("--repeats", type=int, default=3)
    p.add_argument("--work", help="scratch folder")
    p.add_argument("--out", required=True, help="results, JSON lines, appended")
    p.add_argument("--md", help="write the Markdown report here")
    p.add_argument("--ref", default="rawwrite")
    p.add_argument("--report", action="store_true", help="only report")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument(
        "--budget", type=float, default=30.0, help="seconds of logging at most in W2, W3"
    )
    p.add_argument("--bulk-budget", type=float, default=90.0)
    p.add_argument("--n2", type=int, default=20000)
    p.add_argument("--n2l", type=int, default=200000)
    p.add_argument("--n3", type=int, default=5000)
    p.add_argument("--n6", type=int, default=1000, help="points of each of the eight processes")
    p.add_argument("--n7", type=int, default=1000000)
    p.add_argument("--k7", type=int, default=1000)
    a = p.parse_args()
    if not a.report:
        if not a.work:
            p.error("--work is needed")
        a.work = os.path.abspath(a.work)
        venvs = {
            n: os.environ["BENCH_VENV_" + n.upper()]
            for n in IMPORTS
            if "BENCH_VENV_" + n.upper() in os.environ
        }
        venvs.update(v.split("=", 1) for v in a.venv)
        peers = [x for x in a.peers.split(",") if x] or [n for n in IMPORTS if n in venvs]
        for x in peers:
            if x not in venvs:
                p.error("no venv for " + x)
        os.makedirs(a.work, exist_ok=True)
        a.out = os.path.abspath(a.out)
        a.md = a.md and os.path.abspath(a.md)
        os.chdir(a.work)  # a fitlog in the working directory would be imported instead
        become_subreaper()
        b = Bench(a, venvs)
        for rep in range(a.repeats):
            for w in a.workloads.split(","):
                for peer in peers:
                    try:
                        b.run(w, peer, rep)
                    except Exception as e:
                        b.emit(w, peer, rep, {"error": repr(e)[:300]})
    text = report(a.out, a.ref)
    if a.md:
        with open(a.md, "w") as f:
            f.write(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
