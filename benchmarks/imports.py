"""CPU that ``import fitlog`` costs over the modules that any such script imports anyway.

    python benchmarks/imports.py [--rounds 21]

The two kinds of process alternate, so that whatever else the machine does meets both alike.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile

BOUND_MS = 15
BASE = "import json, argparse, orjson"
OURS = BASE + "; import fitlog"


def cpu_ms(code: str) -> float:
    """Return the milliseconds of CPU of a fresh interpreter that runs ``code``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    # Elsewhere than in the clone: its sources would be found before what is installed.
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tempfile.gettempdir(), env=kept)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{code!r} ended with {process.returncode}")
    return (usage.ru_utime + usage.ru_stime) * 1000


def main() -> int:
    """Print the medians; return 0 if the difference is within the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21)
    rounds = parser.parse_args().rounds
    cpu_ms(OURS)  # writes the bytecode, which PYTHONDONTWRITEBYTECODE would forbid
    pairs = [(cpu_ms(BASE), cpu_ms(OURS)) for _ in range(rounds)]
    base, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{BASE!r}: {base:.1f} ms CPU (median of {rounds})")
    print(f"with 'import fitlog': {ours:.1f} ms")
    print(f"difference: {ours - base:.1f} ms, bound {BOUND_MS} ms")
    return 0 if ours - base <= BOUND_MS else 1


if __name__ == "__main__":
    sys.exit(main())
