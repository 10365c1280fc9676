"""A board in a process of its own, as a user starts it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

WAIT = 60.0


class Running:
    """A board in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def said(self, part: str) -> str:
        """The first line with this in it, once it was printed."""
        until = time.monotonic() + WAIT
        while time.monotonic() < until:
            found = [line for line in self.lines if part in line]
            if found:
                return found[0]
            if self.process.poll() is not None and not self._reader.is_alive():
                break
            time.sleep(0.02)
        pytest.fail(f"the board never said {part!r}, but {self.lines}")

    @property
    def address(self) -> str:
        """The first address it printed, when it is ready."""
        self.said("Ctrl-C ends it")
        return self.said("http://").strip()

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(timeout=WAIT)
        self._reader.join(WAIT)
        return code


@contextlib.contextmanager
def board(log_dir, *options: str, **environment: str) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-m", "fitlog", "log", str(log_dir), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, "PYTHONWARNINGS": "default", **environment},
    )
    try:
        yield Running(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
