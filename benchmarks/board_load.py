"""A board that many look at: how long a look takes, and whether slow clients hold up a fast one.

    python benchmarks/board_load.py [--runs 10000] [--clients 100] [--slow 1000]
                                    [--seconds 30] [--json FILE]

``fitlog log`` as a user starts it shows many runs, of which 20 live and say something each
second. The clients are one process of their own (``pollers.py``), on the loopback:

- pages that ask what changed every two seconds, as the board's own do, each over a connection
  that stays open, and then the same back to back, without any rest;
- clients that ask for the whole table and read a kilobyte a second, that send a line of a request
  a second, or that say nothing, and meanwhile one page that opens a new connection for each look.

Times are by the clock, those of the clients' own process included; the largest at 99 of 100.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import Any

import made
from measured import HERE, MARK, Figure, Result, began
from served import Served

LIVE = 20
PERIOD = 2.0  # seconds between two looks of a page
BOUND = 200.0  # milliseconds
FAST_PERIOD = 0.1
TABLE = "/api/runs?format=compact"


def polled(board: Served, cursor: str, clients: int, **how: Any) -> dict[str, Any]:
    """Let pages look at a board; return how long each look took and what went wrong."""
    task = {"kind": "poll", "clients": clients, "cursor": cursor, "keeps": True, **how}
    with _clients(board, task) as process:
        return _said(process)


@contextmanager
def slow_clients(board: Served, clients: int) -> Iterator[None]:
    """Keep slow clients at a board as long as the block lasts."""
    with _clients(board, {"kind": "dawdle", "clients": clients}) as process:
        if _said(process)["open"] != clients:
            raise SystemExit("not all slow clients came in")
        yield
        process.stdin.close()
        left = _said(process)["left"]
        print(f"{left} of {clients} slow clients were still there at the end")


@contextmanager
def _clients(board: Served, task: dict[str, Any]) -> Iterator[Any]:
    command = [sys.executable, str(HERE / "pollers.py"), str(board.port), json.dumps(task)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    try:
        yield process
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def _said(process: Any) -> dict[str, Any]:
    for line in process.stdout:
        if line.startswith(MARK):
            found: dict[str, Any] = json.loads(line.removeprefix(MARK))
            return found
    raise SystemExit(f"the clients ended with {process.wait()}")


@contextmanager
def living(folders: list[Path]) -> Iterator[None]:
    """Let runs say one step more each second, as long as the block lasts."""
    ended = threading.Event()

    def live() -> None:
        step = 0
        while not ended.wait(1.0):
            step += 1
            made.append_steps(folders, step)

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def measure(root: Path, cache: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Take all of it at one board, after the first page was shown."""
    folders = [root / made.run_id(number) for number in range(options.runs - LIVE, options.runs)]
    found: dict[str, Any] = {}
    with Served(root, cache) as board, living(folders):
        cursor = board.json(TABLE)[0]["cursor"]
        many = {"clients": options.clients, "seconds": options.seconds}
        found["page"] = polled(board, cursor, **many, period=PERIOD)
        found["back to back"] = polled(board, cursor, **many, period=0.0)
        found["memory before"] = board.peak_mib()
        with slow_clients(board, options.slow):
            one = {"clients": 1, "seconds": options.seconds, "keeps": False}
            found["beside slow"] = polled(board, cursor, **one, period=FAST_PERIOD)
        found["memory"] = board.peak_mib()
    return found


def figures(found: dict[str, Any], options: argparse.Namespace) -> list[Figure]:
    board = f"board of {options.runs:,} runs, {LIVE} live"
    work = {
        "page": f"{board}: a look, {options.clients} pages that look every {PERIOD:g} s",
        "back to back": f"{board}: a look, {options.clients} clients back to back",
        "beside slow": f"{board}: a look over a new connection, beside {options.slow:,} slow clients",
    }
    shown = [_figure(title, found[kind]) for kind, title in work.items()]
    wrong = sum(len(found[kind]["errors"]) for kind in work)
    looks = sum(len(found[kind]["taken"]) for kind in work)
    memory = Figure("the board's peak memory after all that", found["memory"], "MiB")
    return [*shown, Figure(f"looks without an answer, of {looks:,}", wrong, "", 0), memory]


def _figure(title: str, found: dict[str, Any]) -> Figure:
    taken = sorted(found["taken"])
    if not taken:
        return Figure(title, inf, "ms", BOUND, f"no answer at all: {found['errors'][:1]}")
    middle, last = (1000 * taken[int(len(taken) * part)] for part in (0.5, 0.99))
    largest = 1000 * taken[-1]
    note = f"99 of 100; median {middle:.1f} ms, largest {largest:.0f} ms, {len(taken):,} looks"
    return Figure(title, last, "ms", BOUND, note)


def main() -> int:
    """Print the figures; return 0 if every one is within its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--slow", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=30, help="how long each part goes on")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    result: Result = began(
        f"python benchmarks/board_load.py --runs {options.runs} --clients {options.clients} "
        f"--slow {options.slow} --seconds {options.seconds:g}"
    )
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "runs"
        made.wide_runs(root, options.runs, 20, LIVE)
        found = measure(root, Path(name) / "cache", options)
    result.figures, result.samples = figures(found, options), found
    result.note_load()
    return result.end(options.json)


if __name__ == "__main__":
    sys.exit(main())
