"""The kernel of a notebook is restarted: its process is ended from outside, and another goes on."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fault_records import Span, acknowledged, invented, lost, read_by_us
from fault_trials import Tally

SHARE = 20  # of the trials, for each way to end

# Takes cells on stdin as a kernel does, and runs them in one namespace of its main module.
KERNEL = """
import sys, traceback
cells = {"__name__": "__main__"}
for cell in sys.stdin:
    exec(eval(cell), cells)
    print("done", flush=True)
"""
SETUP = "import fitlog, os; from fault_records import call_of; fitlog.set_log_dir('logs')"
RECORD = "verb, given = call_of({}, {}, 'calls'); getattr(fitlog, verb)(*given)"


class Kernel:
    """A process that executes cells."""

    def __init__(self, folder: Path) -> None:
        path = os.pathsep.join(each for each in sys.path if each)
        self.process = subprocess.Popen(
            [sys.executable, "-c", KERNEL], cwd=folder, encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def send(self, cell: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{cell!r}\n")
        self.process.stdin.flush()

    def execute(self, cell: str) -> None:
        self.send(cell)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "done\n"

    def is_silent(self) -> None:
        said = self.process.communicate(timeout=60)[1]
        assert said == "", said


ENDS: dict[str, Callable[[Kernel], None]] = {
    "SIGKILL": lambda kernel: kernel.process.kill(),
    "SIGTERM": lambda kernel: kernel.process.terminate(),
    "SIGKILL in a cell": lambda kernel: (
        kernel.send("import time; time.sleep(60)"),
        kernel.process.kill(),
    )[-1],
    "os._exit": lambda kernel: kernel.send("os._exit(0)"),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_kernel_that_is_restarted_leaves_a_run_that_is_over_and_begins_another(
    how: str, tally: Tally, seed: str, trials: int, tmp_path: Path
) -> None:
    chance, spans = random.Random(f"{seed}-{how}"), list[Span]()
    for restart in range(max(2, trials // SHARE)):
        kernel, count = Kernel(tmp_path), chance.randint(1, 60)
        kernel.execute(SETUP)
        for number in range(count):
            kernel.execute(RECORD.format(restart, number))
        found = read_by_us(tmp_path / "logs")
        (mine,) = set(found) - {span.folder for span in spans}  # not one of those before
        assert found[mine].cells["state"] == "running", f"seed {seed}"
        ENDS[how](kernel)
        kernel.process.wait(60)
        kernel.is_silent()
        spans.append(Span(mine, restart, 0, count))
        found = read_by_us(tmp_path / "logs")
        states = {run_id: run.cells["state"] for run_id, run in found.items()}
        assert set(states.values()) == {"stopped"}, f"seed {seed}: {states}"
        tally.trials += 1
    missing = lost(acknowledged(spans, "calls"), found)
    tally.kept, tally.lost = sum(span.count for span in spans), len(missing)
    assert not missing, f"seed {seed}: {missing[:5]}"
    assert not invented(found), f"seed {seed}"
