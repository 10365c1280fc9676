"""Writers that acknowledge each record on a pipe and are killed, and what they recorded.

As a script it forks them, kills each at a random moment, as often as asked for or until they came
to record, and prints what each acknowledged, as JSON:
``killed_writers.py LOGS SEED KILLS STYLE PLACE WORKERS``.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator

from fault_records import Span, call_of

import fitlog

LONGEST_LIFE = 0.06  # seconds from the fork, or from the folder's appearance, to the kill
_MOST = 8_000  # records of all writers of a round, so that a slow machine reads no millions
MOST_ROUNDS = 10  # for each kill that was asked for
_SEGMENT = 1_000_000  # the first step of the n-th writer of a run is n times this


def write(logs: str, folder: str, worker: int, numbers: range, style: str, out: int) -> None:
    """Record until killed; tell the folder's name, then each record that is done."""
    run = fitlog.Run(os.path.join(logs, folder) if folder else logs)
    run.create_log_folder()
    os.write(out, f"{run.get_log_id()}\n".encode())
    for number in numbers:
        verb, arguments = call_of(worker, number, style)
        getattr(run, verb)(*arguments)
        os.write(out, b"+\n")
    signal.pause()


class _Start:
    """The instant at which all writers of a round begin."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()

    def wait(self) -> None:
        os.close(self._write)
        os.read(self._read, 1)  # until nobody holds the other end

    def give(self) -> None:
        os.close(self._write)
        os.close(self._read)


class _Writer:
    def __init__(
        self, logs: str, folder: str, worker: int, numbers: range, style: str, start: _Start
    ) -> None:
        self.worker, self.first = worker, numbers.start
        self._read, out = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            start.wait()
            write(logs, folder, worker, numbers, style, out)
        os.close(out)
        self._told = b""

    def wait_for_folder(self) -> str:
        while b"\n" not in self._told:
            self._told += os.read(self._read, 1)
        return self._told.decode().strip()

    def kill(self) -> Span:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        while piece := os.read(self._read, 65536):
            self._told += piece
        os.close(self._read)
        folder, *done = self._told.decode().splitlines() or [""]
        return Span(folder, self.worker, self.first, len(done))


def kill_all(writers: list[_Writer], chance: random.Random) -> list[Span]:
    """Kill writers one by one, each at a random moment of its own from now."""
    now, longest = time.monotonic(), LONGEST_LIFE * max(1, len(writers) // 8)
    moments = sorted((now + chance.random() * longest, w.worker, w) for w in writers)
    killed = []
    for moment, _, writer in moments:
        time.sleep(max(0.0, moment - time.monotonic()))
        killed.append(writer.kill())
    return killed


def rounds(
    logs: str, chance: random.Random, style: str, place: str, workers: int
) -> Iterator[list[Span]]:
    """Yield what each writer of a round acknowledged; most go on with the runs of the round before.

    :param place: ``own`` for a run each, ``shared`` for one run of all of them.
    """
    folders = [""] * workers
    segment = 0
    while True:
        segment += 1
        numbers = range(segment * _SEGMENT, segment * _SEGMENT + _MOST // workers)
        if chance.random() < 0.3:
            folders = [""] * workers
        writers = []
        if place == "shared":
            start = _Start()
            writers.append(_Writer(logs, folders[0], 0, numbers, style, start))
            start.give()
            folders = [writers[0].wait_for_folder()] * workers
        start = _Start()
        for worker in range(len(writers), workers):
            writers.append(_Writer(logs, folders[worker], worker, numbers, style, start))
        start.give()
        killed = kill_all(writers, chance)
        for one in killed:
            folders[one.worker] = one.folder or folders[one.worker]
        yield killed


def main(logs: str, seed: str, kills: str, style: str, place: str, workers: str) -> None:
    """Kill as many writers as asked for, at moments that the seed decides."""
    with fitlog.Run(logs + "-warm") as run:  # what is imported late is imported now
        run.add_loss({"warm": 0.5}, 0)
    told: list[Span] = []
    for number, killed in enumerate(rounds(logs, random.Random(seed), style, place, int(workers))):
        told += killed
        # On a machine with much else to do, many are killed before they come to record anything.
        is_idle = sum(one.count for one in told) <= len(told)
        if len(told) >= int(kills) and not (is_idle and number < MOST_ROUNDS * int(kills)):
            break
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
