"""The board as a browser meets it: the command started, asked over one open connection."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from measured import MIB
from workloads import waited

PIECE = 1 << 16
PATIENCE = 300.0  # seconds; less than that is measured, more is an error
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")


class Served:
    """A running ``fitlog log``; a context manager that ends it.

    :param cache: Folder for the caches.
    """

    def __init__(self, log_dir: Path, cache: Path) -> None:
        self._waited_before = waited()
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            [str(Path(sys.executable).with_name("fitlog")), "log", str(log_dir), "--port", "0"],
            env=os.environ | {"FITLOG_CACHE_DIR": str(cache)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = self._port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self._reach()

    def __enter__(self) -> Served:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.communicate(timeout=PATIENCE)

    def since_start(self) -> float:
        """Return the seconds since the process was started, net of waiting for a core."""
        return self._net(time.perf_counter() - self.began, (0.0, self._waited_before))

    def _port(self) -> int:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            found = _ADDRESS.search(line)
            if found:
                return int(found[1])
        raise SystemExit(f"the board ended with {self._process.wait()}")

    def _reach(self) -> None:
        """Connect; the address is told a moment before anybody listens."""
        while time.perf_counter() < self.began + PATIENCE:
            try:
                self._connection.connect()
                return
            except ConnectionRefusedError:
                time.sleep(0.002)
        raise SystemExit("the board does not listen")

    def get(self, path: str) -> tuple[bytes, float]:
        """Ask as a browser does, which takes packed answers.

        :return: The body, and the seconds net of waiting for a core.
        """
        before, began = self._clocks(), time.perf_counter()
        self._connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        response = self._connection.getresponse()
        body = response.read()
        seconds = self._net(time.perf_counter() - began, before)
        if response.status != 200:
            raise SystemExit(f"GET {path} gave {response.status}: {body[:200]!r}")
        is_packed = response.headers["Content-Encoding"] == "gzip"
        return gzip.decompress(body) if is_packed else body, seconds

    def json(self, path: str) -> tuple[Any, float]:
        body, seconds = self.get(path)
        return json.loads(body), seconds

    def stream(self, path: str) -> int:
        """Read a plain answer piece by piece; return its bytes."""
        self._connection.request("GET", path)
        response, size = self._connection.getresponse(), 0
        while piece := response.read(PIECE):
            size += len(piece)
        return size

    def peak_mib(self) -> float:
        """Return the most memory that the server ever had."""
        status = Path(f"/proc/{self._process.pid}/status").read_text("utf-8")
        return int(re.findall(r"^VmHWM:\s*(\d+)", status, re.MULTILINE)[0]) / MIB

    def cpu_seconds(self) -> float:
        """Return what all threads of the server have used."""
        return self._scheduled(0)

    def _net(self, seconds: float, before: tuple[float, float]) -> float:
        """Take off what was waited; several threads may wait at once, so no less is left than
        the server has worked."""
        worked, waiting = (now - then for now, then in zip(self._clocks(), before, strict=True))
        return max(seconds - waiting, min(worked, seconds))

    def _clocks(self) -> tuple[float, float]:
        """Return what the server has worked, and what it and this thread have waited for a core."""
        return self.cpu_seconds(), self._scheduled(1) + waited()

    def _scheduled(self, column: int) -> float:
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text("ascii").split()[column]) for task in tasks) / 1e9
