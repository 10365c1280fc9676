"""What it costs a run to be told that a finished one did the same, among 10,000 runs.

    python benchmarks/repeats.py [--runs 10000] [--rounds 15]

Each round is a process with the notice switched off and one with it, that finds what was run
before. The clock runs over the calling path: ``commit``, ``set_log_dir`` and the first point.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from made import run_id, runs

from fitlog_core.log_format import starts_path

BOUND_MS = 1.0
SCRIPT = """
import time
import fitlog
began, cpu = time.perf_counter(), time.process_time()
fitlog.commit(__file__)
fitlog.set_log_dir("logs")
fitlog.add_hyper({"lr": 0.1})
fitlog.add_loss(0.5, step=1, name="loss")
print((time.perf_counter() - began) * 1000, (time.process_time() - cpu) * 1000)
fitlog.add_best_metric({"dev": {"acc": 0.5}})
fitlog.finish()
"""
NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"  # under it each process would compile every module anew
TOLD = "the same was run before"


def make_project(folder: Path, count: int) -> None:
    """Make a project with many runs, each of which is in the index under a key of its own."""
    folder.mkdir()
    (folder / ".fitconfig").touch()
    (folder / "train.py").write_text(SCRIPT, encoding="ascii")
    runs(folder / "logs", count)
    Path(starts_path(folder / "logs", "00")).parent.mkdir()
    for number in range(count):
        key = f"{number % 256:02x}{number:030x}"
        with open(starts_path(folder / "logs", key), "a", encoding="ascii") as index:
            index.write(f"{key} {run_id(number)}\n")


def took(folder: Path, repeats: str) -> tuple[float, float]:
    """Return the milliseconds of the calling path, by the clock and of CPU."""
    kept = {name: value for name, value in os.environ.items() if name != NO_BYTECODE}
    done = subprocess.run(
        [sys.executable, "train.py"],
        cwd=folder,
        env={**kept, "FITLOG_REPEATS": repeats},
        capture_output=True,
        text=True,
        check=True,
    )
    if (TOLD in done.stderr) != (repeats == ""):
        raise SystemExit(f"with FITLOG_REPEATS={repeats!r} it said {done.stderr!r}")
    clock, cpu = map(float, done.stdout.split())
    return clock, cpu


def measure(folder: Path, rounds: int) -> list[tuple[float, float]]:
    """Return the medians without the notice and with it, each by the clock and of CPU."""
    pairs = [(took(folder, "off"), took(folder, "")) for _ in range(rounds)]
    kinds = zip(*pairs, strict=True)
    return [
        (statistics.median(one for one, _ in kind), statistics.median(cpu for _, cpu in kind))
        for kind in kinds
    ]


def main() -> int:
    """Print the medians; return 0 if the difference of CPU is within the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "work"
        make_project(folder, options.runs)
        subprocess.run([sys.executable, "train.py"], cwd=folder, check=True, capture_output=True)
        took(folder, "")  # the first writes the bytecode
        without, told = measure(folder, options.rounds)
    more = told[1] - without[1]
    print(f"without: {without[0]:.1f} ms, {without[1]:.2f} ms of CPU")
    print(f"told:    {told[0]:.1f} ms, {told[1]:.2f} ms of CPU, {told[1] / without[1]:.3f} times")
    print(f"{options.runs:,} runs, median of {options.rounds}: {more:.2f} ms more CPU", end=", ")
    print(f"bound {BOUND_MS} ms")
    return 0 if more <= BOUND_MS else 1


if __name__ == "__main__":
    sys.exit(main())
