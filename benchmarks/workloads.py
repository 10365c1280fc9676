"""Peer-independent driver.

Runs inside the interpreter of one peer, does one phase of one workload against
the peer's adapter (peers/<name>.py) and prints one line "@@BENCH {json}".

An adapter is a module with
    IMPORT                     what a user's script imports (statement, for W1)
    open_run(dir, hyper)       -> run with .id, .log(step, name, value),
                                  .log_dict(step, dict), .finish()
    read_series(dir, name, run=None) -> [(step, value), ...]
    list_runs(dir)             -> [{"id": .., "hyper": {..}, "last": {..}}, ...]
and, where needed or where a faster honest way exists,
    prepare_read(dir)          indexing a reader depends on; timed apart
    bulk_series(dir, name, n, end) -> (run id, points); a run holding n points,
                                  or fewer where the clock passes end
    make_runs(dir, specs)      many finished runs; specs = [(hyper, [dict, ...])]
All times are CLOCK_MONOTONIC, so that they compare across processes.
"""

import argparse
import array
import importlib
import json
import os
import random
import struct
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def load_adapter(name):
    sys.path.insert(0, os.path.join(HERE, "peers"))
    return importlib.import_module("peer_" + name)


def hyper_of(i, width=10):
    h = {"h%d" % k: round(((i * 7919 + k * 104729) % 1000) / 1000.0, 3) for k in range(width - 1)}
    h["model"] = "net%d" % (i % 7)
    return h


def vm_hwm_kib():
    try:
        with open("/proc/self/status") as f:
            for line in f:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return None


def waited():
    """Seconds this thread was ready to run but another task had the core."""
    try:
        with open("/proc/thread-self/schedstat") as f:
            return int(f.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def quantiles(lat):
    s = sorted(lat)
    n = len(s)
    if not n:
        return {}

    def at(q):
        return s[min(n - 1, int(q * n))] / 1000.0

    return {
        "p50_us": at(0.5),
        "p90_us": at(0.9),
        "p99_us": at(0.99),
        "p999_us": at(0.999),
        "max_us": s[-1] / 1000.0,
        "mean_us": sum(s) / n / 1000.0,
    }


def phase_log(ad, a):
    """W2 (scalar), W3 (dict), W5 (n=1): open, log n calls, finish."""
    values = [random.Random(1).random() for _ in range(1024)]
    dicts = [
        {"metric_%02d" % k: values[(j * 20 + k) % 1024] for k in range(a.width)} for j in range(64)
    ]
    lat = array.array("q", bytes(8 * a.n))
    clock = time.perf_counter_ns
    hyper = hyper_of(0)
    w_open = waited()
    t_open = time.monotonic()
    run = ad.open_run(a.dir, hyper)
    t_opened = time.monotonic()
    deadline = clock() + int(a.budget * 1e9)
    done = 0
    if a.mode == "dict":
        log = run.log_dict
        for i in range(a.n):
            d = dict(dicts[i & 63])
            t0 = clock()
            log(i, d)
            t1 = clock()
            lat[i] = t1 - t0
            done = i + 1
            if i == 0:
                t_first = time.monotonic()
                w_first = waited()
            if t1 > deadline:
                break
    else:
        log = run.log
        for i in range(a.n):
            v = values[i & 1023]
            t0 = clock()
            log(i, "loss", v)
            t1 = clock()
            lat[i] = t1 - t0
            done = i + 1
            if i == 0:
                t_first = time.monotonic()
                w_first = waited()
            if t1 > deadline:
                break
    t_logged = time.monotonic()
    run.finish()
    t_fin = time.monotonic()
    w_fin = waited()
    out = {
        "total_net_s": t_fin - t_open - (w_fin - w_open),
        "first_net_s": t_first - t_open - (w_first - w_open),
        "n": done,
        "asked": a.n,
        "run": run.id,
        "open_s": t_opened - t_open,
        "first_s": t_first - t_open,
        "log_s": t_logged - t_opened,
        "finish_s": t_fin - t_logged,
        "total_s": t_fin - t_open,
        "t_fin": t_fin,
        "rss_main_kib": vm_hwm_kib(),
    }
    out.update(quantiles(lat[:done]))
    return out


def phase_kill(ad, a):
    """W4: log, then acknowledge each returned call on the pipe, until killed."""
    run = ad.open_run(a.dir, hyper_of(0))
    os.write(a.ack, struct.pack("<i", -1))
    gap = 1.0 / a.rate if a.rate else 0.0
    due = time.monotonic()
    i = 0
    pack = struct.pack
    while True:
        run.log(i, "loss", 0.5 + i)
        os.write(a.ack, pack("<i", i))
        i += 1
        if gap:
            due += gap
            d = due - time.monotonic()
            if d > 0:
                time.sleep(d)


def phase_multi(ad, a):
    """W6: wait for the start signal (the gate pipe closing), then a whole run."""
    os.write(a.ack, b"r")
    while os.read(a.gate, 1):
        pass
    t0 = time.monotonic()
    run = ad.open_run(a.dir, dict(hyper_of(a.index), proc=a.index))
    for i in range(a.n):
        run.log(i, "loss", float(a.index * 1000000 + i))
    run.finish()
    return {"run": run.id, "index": a.index, "wall_s": time.monotonic() - t0}


def phase_check(ad, a):
    """W6, second half: what does the peer's reader find?"""
    runs = ad.list_runs(a.dir)
    rows, owners = [], []
    for r in runs:
        try:
            s = ad.read_series(a.dir, "loss", r["id"])
        except Exception as e:  # a run that cannot be read counts as empty
            rows.append({"id": str(r["id"]), "points": 0, "owners": [], "error": repr(e)[:200]})
            continue
        own = sorted({round(v) // 1000000 for _, v in s})
        rows.append(
            {"id": str(r["id"]), "points": len({(st, round(v)) for st, v in s}), "owners": own}
        )
        owners += own
    whole = [r for r in rows if r["points"] >= a.n and len(r["owners"]) == 1]
    return {
        "runs": len(runs),
        "whole": len(whole),
        "distinct_owners": len(set(owners)),
        "points": sum(r["points"] for r in rows),
        "rows": rows,
    }


def phase_read(ad, a):
    w0 = waited()
    t0 = time.perf_counter()
    s = ad.read_series(a.dir, "loss", a.run or None)
    t1 = time.perf_counter()
    net = t1 - t0 - (waited() - w0)
    steps = {int(st) for st, _ in s}
    acked = a.acked
    have = len([1 for st in steps if 0 <= st < acked]) if acked else 0
    return {
        "points": len(s),
        "distinct": len(steps),
        "read_s": t1 - t0,
        "read_net_s": net,
        "rss_main_kib": vm_hwm_kib(),
        "acked": acked,
        "readable": have,
    }


def phase_bulk(ad, a):
    t0 = time.perf_counter()
    n = a.n
    if hasattr(ad, "bulk_series"):
        rid, n = ad.bulk_series(a.dir, "loss", n, time.monotonic() + a.budget)
    else:
        run = ad.open_run(a.dir, hyper_of(0))
        end = time.monotonic() + a.budget
        for i in range(n):
            run.log(i, "loss", 1.0 / (1 + i))
            if not i & 255 and time.monotonic() > end:
                n = i + 1
                break
        run.finish()
        rid = run.id
    return {"n": n, "run": rid, "write_s": time.perf_counter() - t0}


def phase_mkruns(ad, a):
    t0 = time.perf_counter()
    end = time.monotonic() + a.budget
    made = 0

    def spec(i):
        return (
            hyper_of(i),
            [{"loss": 1.0 / (1 + s), "acc": s / 10.0, "f1": s / 20.0} for s in range(10)],
        )

    if hasattr(ad, "make_runs"):
        made = ad.make_runs(a.dir, (spec(i) for i in range(a.n)), end)
    else:
        for i in range(a.n):
            hyper, points = spec(i)
            run = ad.open_run(a.dir, hyper)
            for s, d in enumerate(points):
                run.log_dict(s, d)
            run.finish()
            made += 1
            if time.monotonic() > end:
                break
    return {"made": made, "make_s": time.perf_counter() - t0}


def phase_list(ad, a):
    w0 = waited()
    t0 = time.perf_counter()
    runs = ad.list_runs(a.dir)
    t1 = time.perf_counter()
    net = t1 - t0 - (waited() - w0)
    ok = [r for r in runs if r["hyper"] and "loss" in r["last"]]
    return {
        "runs": len(runs),
        "complete": len(ok),
        "list_s": t1 - t0,
        "list_net_s": net,
        "rss_main_kib": vm_hwm_kib(),
        "example": {k: str(v)[:120] for k, v in (runs[0] if runs else {}).items()},
    }


PHASES = {
    "log": phase_log,
    "kill": phase_kill,
    "multi": phase_multi,
    "check": phase_check,
    "read": phase_read,
    "bulk": phase_bulk,
    "mkruns": phase_mkruns,
    "list": phase_list,
}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--peer", required=True)
    p.add_argument("--phase", required=True, choices=sorted(PHASES))
    p.add_argument("--dir", required=True)
    p.add_argument("--n", type=int, default=1)
    p.add_argument("--width", type=int, default=20)
    p.add_argument("--mode", choices=["scalar", "dict"], default="scalar")
    p.add_argument("--budget", type=float, default=60.0)
    p.add_argument("--rate", type=float, default=0.0)
    p.add_argument("--ack", type=int, default=-1)
    p.add_argument("--gate", type=int, default=-1)
    p.add_argument("--index", type=int, default=0)
    p.add_argument("--run", default="")
    p.add_argument("--acked", type=int, default=0)
    a = p.parse_args()
    t0 = time.monotonic()
    ad = load_adapter(a.peer)
    t1 = time.monotonic()
    prep = 0.0
    if a.phase in ("read", "list", "check") and hasattr(ad, "prepare_read"):
        t2 = time.monotonic()
        ad.prepare_read(a.dir)
        prep = time.monotonic() - t2
    out = PHASES[a.phase](ad, a)
    out["prepare_read_s"] = prep
    out["adapter_import_s"] = t1 - t0
    sys.stdout.flush()
    print("\n@@BENCH " + json.dumps(out), flush=True)


if __name__ == "__main__":
    main()
