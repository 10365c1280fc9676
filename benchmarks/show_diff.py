"""``fitlog show`` and ``fitlog diff`` in a log directory of 10,000 runs and a project of 500 files.

    python benchmarks/show_diff.py [--runs 10000] [--rounds 9]

Each is a process of its own, from its start to its end, as it is when somebody types it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from made import runs

BOUND_MS = 300
FILES = 500
SCRIPT = """
import sys, fitlog
fitlog.commit(__file__)
fitlog.set_log_dir("logs")
fitlog.add_hyper({"lr": float(sys.argv[1])})
fitlog.add_loss(0.5, step=1, name="Loss")
fitlog.add_best_metric({"dev": {"acc": 0.5}})
fitlog.finish()
"""
COMMANDS = {
    "show": ["show", "@1"],
    "show of an old run by its ending": ["show", "LAST"],
    "diff of two runs": ["diff", "@2", "@1"],
    "diff with the working tree": ["diff", "@1"],
}


def make_project(folder: Path, count: int) -> str:
    """Make a project with many runs, the last two with code that differs; return an old id."""
    folder.mkdir()
    runs(folder / "logs", count)
    old = min(path.name for path in (folder / "logs").iterdir())
    for number in range(FILES):
        (folder / f"part_{number}.py").write_text(f"x = {number}\n" * 100, encoding="ascii")
    (folder / ".fitconfig").write_text("", encoding="ascii")
    (folder / "train.py").write_text(SCRIPT, encoding="ascii")
    for number in range(2):
        (folder / "part_7.py").write_text(f"y = {number}\n" * 100, encoding="ascii")
        command = [sys.executable, "train.py", str(number)]
        subprocess.run(command, cwd=folder, check=True, stderr=subprocess.DEVNULL)
    return old


def took(folder: Path, arguments: list[str]) -> tuple[float, float]:
    """Return the milliseconds that a command takes, by the clock and of CPU."""
    command = [sys.executable, "-m", "fitlog", *arguments]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return seconds * 1000, (usage.ru_utime + usage.ru_stime) * 1000


def main() -> int:
    """Print the medians; return 0 if each is within the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    is_within = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "work"
        old = make_project(folder, options.runs)
        for label, words in COMMANDS.items():
            arguments = [old[4:] if word == "LAST" else word for word in words]
            took(folder, arguments)  # the first writes the bytecode
            pairs = [took(folder, arguments) for _ in range(options.rounds)]
            clock, cpu = (statistics.median(column) for column in zip(*pairs, strict=True))
            is_within = is_within and clock <= BOUND_MS
            print(f"{label}: {clock:.0f} ms, {cpu:.0f} ms of CPU")
    print(f"{options.runs:,} runs, median of {options.rounds}; bound {BOUND_MS} ms")
    return 0 if is_within else 1


if __name__ == "__main__":
    sys.exit(main())
