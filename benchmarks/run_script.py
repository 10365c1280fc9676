"""What ``fitlog run`` adds to a script, from the start of the process to its end.

    python benchmarks/run_script.py [--repeats 11]

The script prints a line. It is run by Python and by ``fitlog run`` in turns, its code kept, each
in a process of its own; the bound is about the medians by the clock. On a busy machine look at the
processor's time beside it, which leaves out the process that keeps the code meanwhile.
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

BOUND_MS = 150.0
SCRIPT = "import argparse\nargparse.ArgumentParser().parse_args()\nprint('trained')\n"


def commands() -> dict[str, list[str]]:
    """Return what is compared, by name."""
    fitlog = str(Path(sys.executable).with_name("fitlog"))
    return {
        "python": [sys.executable, "train.py"],
        "fitlog run": [fitlog, "run", "train.py"],
        "fitlog run, with an option": [fitlog, "run", "--message", "wider", "train.py"],
        "fitlog run --no-commit": [fitlog, "run", "--no-commit", "train.py"],
    }


def processor_time() -> float:
    """Return the seconds of the processor that children have had."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(folder: Path, repeats: int) -> dict[str, list[tuple[float, float]]]:
    """Return the milliseconds of each command by clock and processor; a first is not counted."""
    (folder / "train.py").write_text(SCRIPT, "utf-8")
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands()}
    # What a shell has: its Python keeps the bytecode, and tells nobody of a repeat.
    dropped = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    environment = {name: said for name, said in os.environ.items() if name not in dropped}
    environment["FITLOG_REPEATS"] = "off"
    for repeat in range(-1, repeats):
        for name, command in commands().items():
            began, used = time.perf_counter(), processor_time()
            subprocess.run(
                command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True
            )
            if repeat >= 0:
                passed = (time.perf_counter() - began) * 1000
                taken[name].append((passed, (processor_time() - used) * 1000))
    return taken


def main() -> int:
    """Print what was measured; return 0 if it is within the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=11)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        taken = measured(Path(folder), repeats)
    plain = taken.pop("python")
    print(f"python: {statistics.median(passed for passed, _ in plain):.0f} ms")
    added = {}
    for name, times in taken.items():
        pairs = list(zip(times, plain, strict=True))
        more = [mine[0] - other[0] for mine, other in pairs]
        used = statistics.median(mine[1] - other[1] for mine, other in pairs)
        added[name] = statistics.median(more)
        print(
            f"{name}: {added[name]:.0f} ms more, from {min(more):.0f} to {max(more):.0f}; "
            f"processor {used:.0f} ms"
        )
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, bound {BOUND_MS:.0f} ms")
    return 0 if added["fitlog run"] <= BOUND_MS else 1


if __name__ == "__main__":
    sys.exit(main())
