"""Runs that record, and clients of a board, for a soak; each as a process of its own.

As a script: ``soaking.py LOGS FIRST COUNT SECONDS`` records the runs of those numbers in turn,
goes on with them until the time is over, and prints the id of each and how many steps it holds.
"""

from __future__ import annotations

import sys
import time


def main(logs: str, first: str, count: str, seconds: str) -> None:
    """Record in all runs by turns, a step each, and finish them."""
    import fitlog

    runs = [fitlog.Run(logs) for _ in range(int(count))]
    for number, run in enumerate(runs, int(first)):
        run.add_hyper(number, "number")
    ends, step = time.monotonic() + float(seconds), 0
    while time.monotonic() < ends:
        for run in runs:
            run.add_loss(step / 8, step, "loss")
            run.add_metric(step / 16, step, "acc")
        step += 1
        time.sleep(0.05)
    for run in runs:
        run.add_best_metric(step, "steps")
        run.finish()
        print(run.get_log_id(), step, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
