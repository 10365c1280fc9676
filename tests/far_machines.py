"""A writer and a reader of one log directory, each as if on a machine of its own.

What lies between them is the preloaded library of ``tests/faults/network.c``. As a script it plays
one part: ``far_machines.py PART ARGUMENTS``, the arguments as JSON. Parts are ``write``, ``read``,
and ``close``: the machine of a killed writer closes the files of its runs.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

from fault_records import KINDS, call_of, value_of

import fitlog
from fitlog_core import machine
from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.row import Row

WRITER, READER, RIVAL = 1, 2, 3
MOST = 5000  # records of one writer in a run
PATIENCE = 20.0  # seconds after the writers' end in which a reader waits for all there is
FRESH_ONE_IN = 15  # looks after which another reader begins with nothing
ASKED = 0.2  # of the runs are opened at each look, the others shown in the table alone
STEPS = {
    kind: [number for number in range(MOST) if call_of(0, number, "calls")[0] == verb]
    for verb, kind in KINDS.items()
}


class Sea(NamedTuple):
    """The network between the machines.

    :param logs: The log directory.
    :param delay: Seconds from a sync to the moment at which others can see it.
    :param remembers: Seconds in which a machine does not ask again what it knows of a file.
    :param stale: One read in so many finds its descriptor stale; 0 for none.
    :param seed: What random choices come from.
    """

    logs: str
    delay: float
    remembers: float
    stale: int
    seed: int

    def join(self, part: int) -> ctypes.CDLL:
        """Have this process be one of its machines."""
        library = ctypes.CDLL(None)
        library.fault_mounts(f"{self.logs}.mounts".encode())
        library.fault_network(
            f"{self.logs}.server".encode(), self.logs.encode(), part,
            ctypes.c_double(self.delay), ctypes.c_double(self.remembers), self.stale, self.seed,
        )  # fmt: skip
        return library


class Writing(NamedTuple):
    """What a writer does.

    :param folders: The runs it goes on with, by worker; empty to begin new ones.
    :param first: The number of the first record.
    :param seconds: How long it records.
    :param ending: ``finish``, ``end`` of the script, or ``kill``.
    """

    sea: Sea
    part: int
    workers: list[int]
    folders: list[str]
    first: int
    seconds: float
    ending: str


def write(writing: Writing) -> None:
    """Record into several runs in turn, and acknowledge each record on stdout."""
    library = writing.sea.join(writing.part)
    if writing.part == RIVAL:
        machine.host = lambda: "rival"
    chance = random.Random(writing.sea.seed)
    places = writing.folders or [writing.sea.logs] * len(writing.workers)
    runs = [fitlog.Run(place) for place in places]
    number, until = writing.first, inf
    while time.monotonic() < until:
        for run, worker in zip(runs, writing.workers, strict=True):
            verb, arguments = call_of(worker, number, "calls")
            getattr(run, verb)(*arguments)
            print(json.dumps([run.get_log_id(), worker, number]), flush=True)
        number += 1
        until = min(until, time.monotonic() + writing.seconds)
        time.sleep(chance.random() * 0.02)
    if writing.ending == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if writing.ending == "finish":
        for run in runs:
            run.finish()
        if over := library.fault_overwritten():
            print(f"{over} bytes of another machine were written over", file=sys.stderr, flush=True)
        os._exit(0)  # no file is closed, which would show what is in it as well


def close(sea: Sea, folder: str) -> None:
    """Have what a killed process wrote be with the server, as its system has when it ends."""
    sea.join(WRITER)
    for path in Path(folder).iterdir():
        if path.is_file():
            os.close(os.open(path, os.O_RDWR))


class Seen:
    """What a reader saw.

    :ivar wrong: What no writer wrote so, or not first.
    :ivar shown: The latest of each run, and since when.
    """

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.shown: dict[str, Any] = {}
        self._counts: dict[str, dict[str, int]] = {}

    def look(self, directory: LogDirectory, is_asked: Callable[[], bool]) -> None:
        """Look at the table, and at the curves of those runs that are asked for."""
        directory.refresh()
        for row in directory.rows():
            self._see_cells(row)
            if is_asked():
                self._see_curves(row.id, directory.run(row.id).series())
            counts = self._counts.get(row.id)
            now = {"counts": counts, "state": row["state"], "last_step": row.last_step}
            if now != self.shown.get(row.id, {}).get("now"):
                self.shown[row.id] = {"now": now, "since": time.monotonic()}

    def _see_cells(self, row: Row) -> None:
        for name, value in row.items():
            _, found, of = name.partition("-of")
            if found and value != value_of(*map(int, of.split("_"))):
                self.wrong.append(f"{row.id} {name}: {value}")

    def _see_curves(self, run_id: str, curves: dict[str, Any]) -> None:
        counts = self._counts[run_id] = {}
        for name, series in curves.items():
            kind, _, worker = name.partition("-of")
            steps = counts[name] = list(series.steps)
            if steps != STEPS[kind][: len(steps)]:
                self.wrong.append(f"{run_id} {name}: {steps} is not what was written first")
            if list(series.values) != [value_of(int(worker), step) for step in steps]:
                self.wrong.append(f"{run_id} {name}: {list(series.values)} at {steps}")
            counts[name] = len(steps)


def wrong_to_another(sea: Sea) -> list[str]:
    """Return what is wrong to a reader that begins with nothing.

    In another process: what it opens is not asked for here.
    """
    source, target = os.pipe()
    pid = os.fork()
    if pid == 0:
        begun = Seen()
        begun.look(LogDirectory(Path(sea.logs)), lambda: True)
        os.write(target, json.dumps(begun.wrong[:3]).encode())
        os._exit(0)
    os.close(target)
    with open(source, "rb") as told:
        wrong: list[str] = json.loads(told.read())
    os.waitpid(pid, 0)
    return wrong


def read(sea: Sea, until: str) -> None:
    """Look at the runs again and again, until a file says what is to be there and it is, or long.

    Prints what was seen: how many looks, wrong values, and since when all of a run was there.
    """
    library = sea.join(READER)
    chance, directory, seen = random.Random(sea.seed), LogDirectory(Path(sea.logs)), Seen()
    seen.look(directory, lambda: True)
    print("looking", flush=True)
    looks, end = 0, inf
    while time.monotonic() < end:
        if os.path.exists(until):
            end = min(end, time.monotonic() + PATIENCE)
            if is_all(until, seen.shown):
                break
        looks += 1
        seen.look(directory, lambda: chance.random() < ASKED)
        if looks % FRESH_ONE_IN == 0:  # a board that is begun anew shows nothing wrong either
            seen.wrong += wrong_to_another(sea)
        time.sleep(chance.random() * 0.2)
    told = {"stale": library.fault_stale_reads(), "lagging": library.fault_lagging()}
    print(json.dumps({"looks": looks, "wrong": seen.wrong, "shown": seen.shown, **told}))


def is_all(until: str, shown: dict[str, Any]) -> bool:
    """Tell whether all is shown that a file says is to be."""
    return all(
        run_id in shown and shown[run_id]["now"] == wanted
        for run_id, wanted in json.loads(Path(until).read_text()).items()
    )


if __name__ == "__main__":
    part, (sea, *arguments) = sys.argv[1], json.loads(sys.argv[2])
    if part == "write":
        write(Writing(Sea(*sea), *arguments))
    elif part == "close":
        close(Sea(*sea), *arguments)
    else:
        read(Sea(*sea), *arguments)
