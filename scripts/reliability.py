"""Makes ``docs/reliability.md`` of what the fault and fuzzing suites print of themselves.

``python3 scripts/reliability.py`` runs them at the long setting and writes the page: half an hour
on two cores. ``--trials 24`` is the short setting, a few minutes. ``--from FILE`` takes what a run
of pytest printed earlier. Each suite's lines are taken as they are: a suite that is added is on the
page the next time.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reliability.md"
SUITES = ("tests/faults", "tests/security")
LONG = 500
VARIABLE = "FITLOG_FAULT_TRIALS"
LONG_SOAK = {"FITLOG_SOAK_RUNS": 200, "FITLOG_SOAK_CLIENTS": 20, "FITLOG_SOAK_SECONDS": 600}
COUNTED = ("trials", "inputs", "kept", "refused", "lost")
WORDS = {
    "trials": r"(\d+) trials?\b",
    "inputs": r"(\d+) inputs tried",
    "kept": r"(\d+) (?:records|snapshots) kept",
    "refused": r"(\d+) refused",
    "lost": r"(\d+) lost",
}


class Line(NamedTuple):
    """What one test told of itself.

    :param test: Its name with the brackets of its parameters.
    :param counts: What it counted, by the words of :data:`COUNTED`.
    """

    test: str
    counts: dict[str, int]


def lines_of(printed: str) -> Iterator[Line]:
    """Yield what the tests told, as ``test_kill.py::test_name[calls]: 24 trials, 0 lost``."""
    for test, told in re.findall(r"^(test_\w+\.py::\S.*?): (\d.*)$", printed, re.MULTILINE):
        counts = {name: re.search(word, told) for name, word in WORDS.items()}
        found = {name: int(match[1]) for name, match in counts.items() if match}
        if found:
            yield Line(test, found)


def page(printed: str, trials: int, seconds: float | None) -> str:
    """Return the page.

    :param printed: What pytest printed.
    :param trials: How many trials each test was asked for.
    :param seconds: How long it took, if that is known.
    :raises SystemExit: if a test failed, or none told anything.
    """
    lines = list(lines_of(printed))
    closing = re.findall(r"^=*\s*(\d[^=\n]* in [\d.]+s.*?)\s*=*$", printed, re.MULTILINE)
    if not lines or not closing or "failed" in closing[-1] or "error" in closing[-1]:
        raise SystemExit("scripts/reliability.py: a test failed or none ran; no page is made")
    total = {name: sum(line.counts.get(name, 0) for line in lines) for name in COUNTED}
    lasted = "" if seconds is None else f" and took {seconds / 60:.0f} minutes"
    return f"""# How fitlog was tried to be broken

Made by `scripts/reliability.py` of what the tests print; not edited by hand.

Processes are killed, system calls made to fail, directories taken away, files damaged byte by byte, and the board sent
what nobody would send. A process that is killed or hindered is a real one on a real file system; each byte that is
damaged is a trial, too. A record is acknowledged when its call
returned; one that a reader does not find afterwards is lost. What a full disk did not take is refused: one warning says so.

| | |
|---|---:|
| faults survived (trials) | {total["trials"]:,} |
| inputs tried | {total["inputs"]:,} |
| acknowledged records and snapshots found again | {total["kept"]:,} |
| records and snapshots refused by the disk, with one warning | {total["refused"]:,} |
| **acknowledged records and snapshots lost** | **{total["lost"] or "none"}** |

## To repeat it

```console
$ python3 scripts/reliability.py                                 # long: {VARIABLE}={LONG}, half an hour on two idle cores
$ python3 scripts/reliability.py --trials 24                     # short: minutes
$ {VARIABLE}={LONG} .venv/bin/pytest {" ".join(SUITES)}
$ {" ".join(f"{name}={value}" for name, value in LONG_SOAK.items())} \\
    .venv/bin/pytest tests/faults/test_soak.py
```

This page's run asked for {trials} trials of each test{lasted}, under Python {platform.python_version()} on
{platform.system()}, {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}. It ended with `{closing[-1]}`.

## What each kind of trial did

| test | trials | inputs | kept | refused | lost |
|---|---:|---:|---:|---:|---:|
{chr(10).join(rows(lines))}
"""


def rows(lines: list[Line]) -> Iterator[str]:
    """Yield the rows of the table: the parameters of one test together."""
    tests: dict[str, dict[str, int]] = {}
    for line in lines:
        counts = tests.setdefault(line.test.partition("[")[0], dict.fromkeys(COUNTED, 0))
        for name, count in line.counts.items():
            counts[name] += count
    for test, counts in sorted(tests.items()):
        file, _, name = test.partition("::test_")
        shown = " | ".join(f"{counts[column]:,}" if counts[column] else "" for column in COUNTED)
        yield f"| `{file}`: {name.replace('_', ' ')} | {shown} |"


def run(trials: int, workers: int) -> str:
    """Run the suites, and return what they printed, which is shown too."""
    how = ("-q", "-o", "faulthandler_timeout=0", "-n", str(workers), "--dist", "loadfile")
    command = [sys.executable, "-m", "pytest", *how, *SUITES]
    wanted = {VARIABLE: trials, **(LONG_SOAK if trials >= LONG else {}), "PYTHONUTF8": 1}
    environment = {**os.environ, **{name: str(value) for name, value in wanted.items()}}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, stdout=subprocess.PIPE, encoding="utf-8"
    )
    print(done.stdout)
    return done.stdout


def main(arguments: list[str]) -> None:
    """Make the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=LONG, help="how many each test makes")
    parser.add_argument("--workers", type=int, default=2, help="processes of pytest")
    parser.add_argument("--from", dest="printed", type=Path, help="what pytest printed earlier")
    asked = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGHUP):  # what runs behind a shell's & or nohup ignores
        signal.signal(number, signal.SIG_DFL)
    started = time.monotonic()
    printed = (
        asked.printed.read_text("utf-8") if asked.printed else run(asked.trials, asked.workers)
    )
    seconds = None if asked.printed else time.monotonic() - started
    PAGE.write_text(page(printed, asked.trials, seconds), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
