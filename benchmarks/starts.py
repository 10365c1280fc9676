"""Eight processes that start a run in one directory at the same moment.

    python benchmarks/starts.py [--processes 8]

Each imports fitlog, then waits; the clock runs from the moment all are let go until the last
has its own folder with a first loss in it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BOUND_S = 1.0
CHILD = """
import sys, fitlog
print("ready", flush=True)
sys.stdin.readline()
fitlog.set_log_dir(sys.argv[1])
fitlog.add_loss(0.5, step=1, name="Loss")
print("recorded", flush=True)
fitlog.finish()
"""


def start(folder: str) -> subprocess.Popen[str]:
    """Start one process, up to where it waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    expect(process, "ready")
    return process


def expect(process: subprocess.Popen[str], word: str) -> None:
    """Wait for a line of a process."""
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if line != word:
        raise SystemExit(f"a process said {line!r} instead of {word!r}")


def measure(folder: str, count: int) -> tuple[float, int]:
    """Return the seconds until all have recorded, and the number of runs."""
    processes = [start(folder) for _ in range(count)]
    began = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        expect(process, "recorded")
    seconds = time.perf_counter() - began
    for process in processes:
        process.communicate()
    return seconds, len(list(Path(folder).glob("log_*/meta.log")))


def main() -> int:
    """Print what was measured; return 0 if it is within the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=8)
    count = parser.parse_args().processes
    with tempfile.TemporaryDirectory() as folder:
        seconds, runs = measure(folder, count)
    print(f"{count} runs started at once: {seconds:.3f} s, {runs} folders, bound {BOUND_S} s")
    return 0 if seconds <= BOUND_S and runs == count else 1


if __name__ == "__main__":
    sys.exit(main())
