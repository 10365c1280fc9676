"""A board that is asked and edited by many while many runs record: nothing leaks, nothing is lost.

``FITLOG_SOAK_RUNS``, ``FITLOG_SOAK_CLIENTS`` and ``FITLOG_SOAK_SECONDS`` make it long.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soaking
from fault_records import read_by_us
from fault_trials import Tally

RUNS, CLIENTS, SECONDS = (
    int(os.environ.get(f"FITLOG_SOAK_{name}", default))
    for name, default in (("RUNS", "20"), ("CLIENTS", "5"), ("SECONDS", "8"))
)
WRITERS = 4  # processes that share the runs
MOST_GROWTH = 48 << 20  # bytes of memory in the second half; records of live runs are kept
CHANGE = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}


class Board:
    """The command ``fitlog log`` in a process of its own."""

    def __init__(self, logs: Path, said: Path) -> None:
        self.said = said
        with said.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fitlog", "log", str(logs), "-p", "0"],
                env={**os.environ, "FITLOG_CACHE_DIR": f"{said}.cache", "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        ends = time.monotonic() + 60
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)/", said.read_text())):
            assert time.monotonic() < ends, said.read_text()
            time.sleep(0.02)
        self.port = int(found[1])

    def size(self) -> tuple[int, int, int]:
        """Bytes of memory, descriptors and threads of its process."""
        proc = Path(f"/proc/{self.process.pid}")
        pages = int((proc / "statm").read_text().split()[1])
        threads = len(list((proc / "task").iterdir()))
        return pages * os.sysconf("SC_PAGE_SIZE"), len(list((proc / "fd").iterdir())), threads


class Client:
    """One browser: a connection that stays open, and what went wrong on it."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.asked, self.wrong = 0, list[str]()

    def close(self) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, said: object = None) -> Any:
        """Ask for JSON; an answer other than 2xx is noted."""
        body, headers = (None, {}) if said is None else (json.dumps(said), CHANGE)
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        answer = response.read()
        self.asked += 1
        if response.status >= 300:
            self.wrong.append(f"{method} {path} gave {response.status}: {answer[:200]!r}")
            return {}
        return json.loads(answer)

    def poll(self, ends: float, chance: random.Random) -> None:
        """Do what an open page does, until then."""
        table = self.ask("GET", "/api/runs?format=compact")
        cursor, ids = table["cursor"], [row[1][0] for row in table["rows"]]
        while time.monotonic() < ends:
            told = self.ask("GET", f"/api/changes?cursor={cursor}")
            cursor = told.get("cursor", cursor)
            if ids and chance.random() < 0.2:
                run_id = chance.choice(ids)
                self.ask("GET", f"/api/runs/{run_id}")
                self.ask("GET", f"/api/runs/{run_id}/series?points=200")
            time.sleep(0.3)

    def edit(self, ends: float, mine: list[str], memos: dict[str, str]) -> None:
        """Edit, trash, restore and hide rows of its own without end; remember the last memos."""
        number = 0
        while time.monotonic() < ends:
            run_id = mine[number % len(mine)]
            memo = f"edit {number} of {run_id}"
            if self.ask("PATCH", f"/api/runs/{run_id}", {"set": {"memo": memo}}):
                memos[run_id] = memo
            for path, said in (
                ("trash", {}), ("restore", {}), ("hidden", {"hidden": True}),
                ("hidden", {"hidden": number % 2 == 0}),
            ):  # fmt: skip
                self.ask("POST", f"/api/{path}", {"ids": [run_id], **said})
            number += 1
            time.sleep(0.05)


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    """A board on a directory without runs yet."""
    (tmp_path / "logs").mkdir()
    started = Board(tmp_path / "logs", tmp_path / "said")
    yield started
    started.process.terminate()
    started.process.wait(30)


def start_writers(logs: Path) -> list[subprocess.Popen[str]]:
    share = max(1, RUNS // WRITERS)
    return [
        subprocess.Popen(
            [sys.executable, soaking.__file__, str(logs), str(n * share), str(share), str(SECONDS)],
            encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for n in range(WRITERS)
    ]  # fmt: skip


def ids_when_all_began(client: Client, count: int) -> list[str]:
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        found = [row["id"] for row in client.ask("GET", "/api/runs")["runs"]]
        if len(found) == count:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{len(found)} of {count} runs")


def test_a_board_in_use_while_runs_record_leaks_nothing_and_loses_no_edit_and_no_record(
    board: Board, tally: Tally, seed: str, tmp_path: Path
) -> None:
    logs, memos = tmp_path / "logs", dict[str, str]()
    writers = start_writers(logs)
    count = WRITERS * max(1, RUNS // WRITERS)
    clients = [Client(board.port) for _ in range(CLIENTS + 2)]
    ids = ids_when_all_began(clients[0], count)
    ends = time.monotonic() + SECONDS
    work = [
        *((one.poll, (ends, random.Random(f"{seed}-{n}"))) for n, one in enumerate(clients[2:])),
        *((clients[n].edit, (ends, ids[n::2], memos)) for n in range(2)),
    ]
    threads = [threading.Thread(target=call, args=given) for call, given in work]
    [thread.start() for thread in threads]
    time.sleep(SECONDS / 2)
    half = board.size()
    out = [writer.communicate(timeout=SECONDS * 2 + 120) for writer in writers]
    whole = board.size()
    [thread.join() for thread in threads]
    assert [said for _, said in out] == [""] * WRITERS
    wrong = [each for client in clients for each in client.wrong]
    assert not wrong, f"{len(wrong)}: {wrong[:5]}"
    assert "Traceback" not in board.said.read_text()
    print(f"memory, descriptors, threads: {half} at half, {whole} at the end")
    assert whole[0] - half[0] < MOST_GROWTH, (half, whole)
    assert whole[1] <= half[1] + CLIENTS, (half, whole)
    assert whole[2] <= half[2], (half, whole)
    steps = dict(line.split() for told, _ in out for line in told.splitlines())
    [client.close() for client in clients[1:]]
    rows = {row["id"]: row for row in clients[0].ask("GET", "/api/runs")["runs"]}
    clients[0].close()
    assert {run_id: rows[run_id].get("memo") for run_id in memos} == memos
    tally.kept, tally.trials = check(logs, steps), sum(client.asked for client in clients)


def check(logs: Path, steps: dict[str, str]) -> int:
    """See that each run holds all its steps, and count the points."""
    found = read_by_us(logs)
    for run_id, count in steps.items():
        wanted = {
            (name, step): step / by
            for name, by in (("loss-loss", 8), ("metric-acc", 16))
            for step in range(int(count))
        }
        have = {key: found[run_id].points.get(key) for key in wanted}
        assert have == wanted, run_id
    return sum(2 * int(count) for count in steps.values())
