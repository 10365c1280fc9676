"""Boards that are copies of one process, which has imported and packed all that each needs.

A third of a second of the processor less than ``python -m fitlog log`` takes, and all else is the
same: the same command line in a process of its own.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

# What the loader and the interpreter heed as a process starts: a copy of another one cannot.
AT_START = ("PYTHON", "LC_", "LANG", "LD_", "DYLD_")


class Started(NamedTuple):
    """A board: what it prints, and how to end it, which returns when it is gone."""

    printed: TextIO
    kill: Callable[[], None]


def fresh(*arguments: str, before: Sequence[str] = (), **environment: str) -> Started:
    """Run the ``fitlog`` command in a process that has nothing from another one.

    :param before: What stands between Python and its arguments.
    """
    process = subprocess.Popen(
        [sys.executable, *before, "-u", "-m", "fitlog", *arguments],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, **environment},
    )
    assert process.stdout is not None
    printed = process.stdout

    def kill() -> None:
        process.kill()
        process.wait()
        printed.close()

    return Started(printed, kill)


class Nest:
    """The process that boards are copied from; it ends when nobody holds the other end."""

    def __init__(self, asking: socket.socket) -> None:
        self._asking = asking
        self._answers = asking.makefile("r", encoding="utf-8")
        self._made_with = heeded_at_start(os.environ)

    def start(self, *arguments: str, **environment: str) -> Started:
        """Run the ``fitlog`` command with these arguments, here and with what is set here."""
        wanted = {**os.environ, **environment}
        if heeded_at_start(wanted) != self._made_with:
            return fresh(*arguments, **environment)
        reading, writing = os.pipe()
        socket.send_fds(self._asking, [b"+"], [writing, 2])
        os.close(writing)
        self._asking.sendall(json.dumps([arguments, wanted, os.getcwd()]).encode() + b"\n")
        return hatched(int(self._answers.readline()), os.fdopen(reading, encoding="utf-8"))

    def close(self) -> None:
        self._answers.close()
        self._asking.close()


def hatched(pid: int, printed: TextIO) -> Started:
    """A board that a nest has made."""

    def kill() -> None:
        os.kill(pid, signal.SIGKILL)  # ended or not: the nest keeps its number
        printed.read()  # until nobody could write any more
        printed.close()

    return Started(printed, kill)


def heeded_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(AT_START)}


@contextmanager
def nest() -> Iterator[Nest]:
    """Give a nest; its boards end with it."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-u", __file__, str(theirs.fileno())]
    with subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL):
        theirs.close()
        with closing(Nest(ours)) as made:
            yield made


def main(number: int) -> None:
    """Copy this process whenever that is asked for at the socket of this number."""
    asking = socket.socket(fileno=number)
    prepare()
    lines = asking.makefile("r", encoding="utf-8")
    started = []
    while outputs := socket.recv_fds(asking, 1, 2)[1]:
        arguments, environment, folder = json.loads(lines.readline())
        started.append(os.fork())
        if not started[-1]:
            os.close(asking.detach())
            os.chdir(folder)
            become_board(outputs, arguments, environment)
        for output in outputs:
            os.close(output)
        asking.sendall(b"%d\n" % started[-1])
    for pid in started:  # none of which was waited for, so that nobody else has its number
        os.kill(pid, signal.SIGKILL)


def prepare() -> None:
    """Import what the command does, and have every script and style packed once."""
    from fitlog_core import cli  # noqa: F401
    from fitlog_web import assets, log_command, server, visitors, watching  # noqa: F401
    from fitlog_web.app import create_app

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Path(folder))
        with closing(app.extensions["fitlog"]):
            visitor = app.test_client()
            for path in assets.FOLDER.rglob("*.*"):
                address = f"/static/{path.relative_to(assets.FOLDER).as_posix()}"
                visitor.get(address, headers={"Host": "localhost:5000", "Accept-Encoding": "gzip"})
    assert threading.active_count() == 1, "a copy has but one of the threads"
    gc.collect()
    gc.freeze()


def become_board(outputs: list[int], arguments: list[str], environment: dict[str, str]) -> None:
    """Run the command as if this process had just been started for it."""
    from fitlog_core.command import main as command

    for number, output in enumerate(outputs, start=1):
        os.dup2(output, number)
        os.close(output)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv[:] = ["fitlog", *arguments]
    command()
    sys.exit()


if __name__ == "__main__":
    main(int(sys.argv[1]))
