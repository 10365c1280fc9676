"""``fitlog export --html`` of 100 runs: how long it takes, and how large the copy is.

    python benchmarks/exported.py [--runs 100] [--names 5] [--points 2000] [--rounds 5]

Each is a process of its own, from its start to its end. The first reads the logs, the others find
what it kept of them.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from made import add_curves

BOUND_S = 3.0
BOUND_MB = 5.0


def cpu() -> float:
    """Return the seconds of CPU that the children have taken so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def took(logs: Path, place: Path, *options: str) -> tuple[float, float, float]:
    """Return the seconds that an export takes, by the clock and of CPU, and its megabytes."""
    command = [sys.executable, "-m", "fitlog", "export", "--force", *options]
    began, before = time.perf_counter(), cpu()
    subprocess.run([*command, "--html", place, logs], check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - began
    files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    return seconds, cpu() - before, sum(path.stat().st_size for path in files) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for option, value in (("--runs", 100), ("--names", 5), ("--points", 2000), ("--rounds", 5)):
        parser.add_argument(option, type=int, default=value)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder) / "logs"
        logs.mkdir()
        for number in range(asked.runs):
            add_curves(logs, asked.names, asked.points, number)
        print(f"{asked.runs} runs of {asked.names} curves of {asked.points} points each")
        kinds = {"folder": (Path(folder) / "copy", ()), "file": (Path(folder) / "a", ("--single",))}
        for kind, (place, options) in kinds.items():
            found = [took(logs, place, *options) for _ in range(asked.rounds)]
            later = found[1:] or found
            then, used = (statistics.median(each[at] for each in later) for at in (0, 1))
            print(
                f"{kind}: first {found[0][0]:.2f} s, {found[0][1]:.2f} s of CPU; then {then:.2f} s, "
                f"{used:.2f} s of CPU (bound {BOUND_S:g} s); {found[-1][2]:.2f} MB "
                f"(bound {BOUND_MB:g} MB)"
            )
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
