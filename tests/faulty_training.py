"""Trains while calls on its log directory fail, in a process with the preloaded library.

As a script it takes plans as JSON from its standard input and prints what came of each.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import NamedTuple

from fault_records import call_of

import fitlog

BEFORE, FAILING, AFTER = range(30), range(30, 90), range(90, 120)
SHORT, KILL = -1, -2  # instead of an errno: half of the bytes are written
FOREVER = 1_000_000_000
PATIENCE = 30  # seconds after which a training hangs


class Plan(NamedTuple):
    """One fault.

    :param logs: The log directory of this trial.
    :param call: What fails: ``write``, ``open``, ``sync``, ...
    :param first: Of those made on the directory, the number of the first that fails, from 1.
    :param last: The number of the last that fails.
    :param code: The errno, or :data:`SHORT`, or :data:`KILL`.
    :param from_start: Whether calls are counted from the very beginning, or from a run at work.
    :param is_remote: Whether the directory lies on a network file system.
    :param worker: Whose records they are, where several trainings record into one run.
    """

    logs: str
    call: str
    first: int
    last: int
    code: int
    from_start: bool
    is_remote: bool = False
    worker: int = 0


class Outcome(NamedTuple):
    """What came of a plan.

    :param status: How the process ended: its exit code, or the negative number of a signal.
    :param said: What it wrote to stderr.
    :param seen: How many calls were made that could have failed.
    :param struck: How many failed.
    :param acknowledged: How many records were acknowledged, by calls that returned.
    """

    status: int
    said: str
    seen: int
    struck: int
    acknowledged: int


def train(plan: Plan) -> None:
    """Record before the fault, while it lasts, and after it has passed."""
    faults = ctypes.CDLL(None)
    arm = (plan.logs.encode(), plan.call.encode(), *map(ctypes.c_long, plan[2:4]), plan.code)
    if plan.is_remote:
        faults.fault_mounts(f"{plan.logs}.mounts".encode())
    if plan.from_start:
        faults.fault_arm(*arm)
    fitlog.set_log_dir(plan.logs)
    fitlog.add_hyper({"lr": 0.1})
    record(plan, BEFORE)
    if not plan.from_start:
        faults.fault_arm(*arm)
    record(plan, FAILING)
    faults.fault_disarm()
    Path(f"{plan.logs}.struck").write_text(f"{faults.fault_seen()} {faults.fault_struck()}")
    record(plan, AFTER)
    fitlog.finish()


def record(plan: Plan, numbers: range) -> None:
    """Make the calls of these numbers, and acknowledge each by a byte in a file."""
    with Path(f"{plan.logs}.done").open("ab", buffering=0) as done:
        for number in numbers:
            verb, arguments = call_of(plan.worker, number, "calls")
            getattr(fitlog, verb)(*arguments)
            done.write(b"+")


def outcome(plan: Plan) -> Outcome:
    """Carry out a plan in a process of its own."""
    said, struck, done = (Path(f"{plan.logs}.{what}") for what in ("said", "struck", "done"))
    pid = os.fork()
    if pid == 0:
        signal.alarm(PATIENCE)
        os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT, 0o666), 2)
        try:
            train(plan)
        except Exception:  # noqa: BLE001 - that nothing is raised is what the test asks
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    counts = map(int, struck.read_text().split()) if struck.exists() else (0, 0)
    count = done.stat().st_size if done.exists() else 0
    return Outcome(status, said.read_text(), *counts, count)


if __name__ == "__main__":
    with fitlog.Run(sys.argv[1]) as warm:  # what is imported late is imported now
        warm.add_loss(0.5, 0)
    print(json.dumps([outcome(Plan(*plan)) for plan in json.load(sys.stdin)]))
