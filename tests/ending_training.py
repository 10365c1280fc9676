"""Records from threads and forked children at once, and ends in the midst of it.

As a script: ``ending_training.py LOGS ENDING SEED``. Each record is acknowledged on stdout by the
number of its writer and its own.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
import threading
import time

from fault_records import call_of

import fitlog

THREADS, CHILDREN = 3, 2
_PATIENCE = 30  # seconds after which something hangs


def record(run: fitlog.Run, worker: int, at_work: int) -> None:
    """Record without end, and acknowledge what is done; tell of the first one."""
    for number in itertools.count():
        verb, arguments = call_of(worker, number, "calls")
        getattr(run, verb)(*arguments)
        os.write(1, f"{worker} {number}\n".encode())
        if number == 0:
            os.write(at_work, b"+")
        time.sleep(0.0002)  # lets the others get to work


def end(how: str) -> None:
    """End this process from the inside, where nobody does from the outside."""
    if how == "exit":
        sys.exit(0)
    elif how == "_exit":
        os._exit(0)
    elif how == "exception":
        raise ValueError("no more")
    elif how == "SIGALRM":
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        time.sleep(_PATIENCE)
    elif how in ("SIGTERM", "SIGINT", "SIGHUP"):
        os.kill(os.getpid(), getattr(signal, how))
        time.sleep(_PATIENCE)


def main(logs: str, how: str, seed: str) -> None:
    """Start threads and children, and end at a random moment."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup has what it starts ignore it
    signal.signal(signal.SIGINT, signal.default_int_handler)  # so has a shell in the background
    signal.alarm(_PATIENCE)
    chance, (told, tell) = random.Random(seed), os.pipe()
    run = fitlog.Run(logs)
    run.create_log_folder()
    children = []
    for worker in range(THREADS):
        threading.Thread(target=record, args=(run, worker, tell), daemon=True).start()
        time.sleep(chance.random() * 0.01)
    for worker in range(THREADS, THREADS + CHILDREN):
        child = os.fork()  # in the midst of what the threads do
        if child == 0:
            signal.alarm(_PATIENCE)
            record(run, worker, tell)
        children.append(child)
        time.sleep(chance.random() * 0.01)
    for _ in range(THREADS + CHILDREN):
        os.read(told, 1)
    time.sleep(chance.random() * 0.02)
    for child in children:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
    if how == "finish":
        run.finish()
    end(how)


if __name__ == "__main__":
    main(*sys.argv[1:])
