"""Many visitors at once, most of them slow: none holds up another, who is stuck is sent away."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from board_process import WAIT, board

from fitlog_web import server, visitors
from fitlog_web.app import create_app

HOST = "127.0.0.1"
TABLE = b"GET /api/runs HTTP/1.1\r\nHost: 127.0.0.1\r\n"
LOOK = b"GET /api/changes HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs whose table is larger than what lies ready on the way to one who does not read."""
    logs = tmp_path_factory.mktemp("large")
    hyper = json.dumps({"hyper": {f"option_{at}": "x" * 100 for at in range(50)}}) + "\n"
    for number in range(2000):
        run = logs / f"log_20260101_{number:06d}"
        run.mkdir()
        (run / "meta.log").write_text('{"meta": {"state": "finish"}}\n')
        (run / "hyper.log").write_text(hyper)
    return logs


@contextlib.contextmanager
def served(log_dir: Path) -> Iterator[int]:
    """A board in a thread of this process; its port."""
    app = create_app(log_dir)
    with server.bind(HOST, 0) as listening, contextlib.closing(app.extensions["fitlog"]):
        thread = threading.Thread(target=server.serve, args=(app, listening, 600.0))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            app.extensions["fitlog-ending"].set()
            thread.join(WAIT)


def visit(port: int, said: bytes = b"") -> socket.socket:
    """A visitor who reads nothing, behind a small buffer, whatever he asked for."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.settimeout(WAIT)
    made.connect((HOST, port))
    made.sendall(said)
    return made


def answer(port: int, asked: bytes = LOOK) -> bytes:
    """What one who reads at once gets."""
    with socket.create_connection((HOST, port), timeout=WAIT) as visitor:
        visitor.sendall(asked)
        return b"".join(iter(lambda: visitor.recv(1 << 16), b""))


def is_gone(visitor: socket.socket, seconds: float) -> bool:
    """Whether the board ended the connection, waiting so long for it."""
    end = select.poll()
    end.register(visitor, select.POLLHUP | select.POLLERR | select.POLLRDHUP)
    return bool(end.poll(seconds * 1000))


def test_a_hundred_slow_visitors_hold_up_nobody(large: Path) -> None:
    with board(large, "--port", "0") as running, contextlib.ExitStack() as slow:
        port = int(running.address.rstrip("/").rpartition(":")[2])
        for said in (TABLE + b"\r\n", TABLE, b"") * 34:
            slow.enter_context(visit(port, said))
        assert answer(port).startswith(b"HTTP/1.1 200 OK")
        whole = answer(port, TABLE + b"Connection: close\r\n\r\n")
        assert whole.startswith(b"HTTP/1.1 200 OK")
        assert whole.count(b'"id"') == 2000
        assert running.end() == 0


def test_who_reads_nothing_is_sent_away(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors, "SILENCE", 0.5)
    monkeypatch.setattr(visitors, "TIDYING", 0.1)
    with served(large) as port, visit(port, TABLE + b"\r\n") as stuck:
        assert is_gone(stuck, WAIT)


def test_a_request_that_never_ends_is_given_up(
    fixture_logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors, "REQUEST", 0.3)
    monkeypatch.setattr(visitors, "TIDYING", 0.1)
    with served(fixture_logs) as port, visit(port, TABLE) as slow:
        with contextlib.suppress(ConnectionError):
            while not is_gone(slow, 0.05):
                slow.sendall(b"X: y\r\n")  # never silent, never done
        assert answer(port).startswith(b"HTTP/1.1 200 OK")


def test_where_it_is_full_the_silent_make_room(
    fixture_logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors, "room", lambda: 20)
    with served(fixture_logs) as port, contextlib.ExitStack() as silent:
        for _ in range(40):
            silent.enter_context(visit(port))
        assert answer(port).startswith(b"HTTP/1.1 200 OK")


def test_an_answer_is_made_once_for_all_who_ask_the_same(fixture_logs: Path) -> None:
    app = create_app(fixture_logs)
    client, known = app.test_client(), app.extensions["fitlog"]
    headers = {"Host": "localhost"}
    cursor = client.get("/api/runs?format=columns", headers=headers).json["cursor"]
    made = []
    real = known.told

    def told(question: tuple[object, ...], make: object) -> bytes:
        return real(question, lambda: made.append(question) or make())  # type: ignore[operator]

    known.told = told
    first = client.get(f"/api/changes?cursor={cursor}", headers=headers)
    for _ in range(5):
        assert client.get(f"/api/changes?cursor={cursor}", headers=headers).json == first.json
    assert len(made) == 1
    row = known.rows()[0].id
    edit = {"json": {"set": {"memo": "seen"}}, "headers": {**headers, "X-Fitlog": "1"}}
    assert client.patch(f"/api/runs/{row}", **edit).status_code == 200
    after = client.get(f"/api/changes?cursor={cursor}", headers=headers).json
    assert [row["id"] for row in after["rows"]] == [row]


@pytest.mark.parametrize(("files", "most"), [(300, 22), (1024, 384)])
def test_the_board_says_where_open_files_are_few(fixture_logs: Path, files: int, most: int) -> None:
    code = (
        "import resource; from fitlog_web.visitors import room;"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({files}, {files})); print(room());"
        "from fitlog_web.log_command import _tell_room; _tell_room(room())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        str(most),
        f"At most {most} visitors at once: more open files are not allowed here (ulimit -n).",
    ]


def test_a_low_limit_of_open_files_is_raised_as_far_as_it_may() -> None:
    code = (
        "import resource; from fitlog_web.visitors import room, WANTED;"
        "hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1];"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard));"
        "print(room() == WANTED or hard < 2 * WANTED + 256)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_every_address_of_a_long_answer_is_one_of_the_board(fixture_logs: Path) -> None:
    addresses = [str(rule) for rule in create_app(fixture_logs).url_map.iter_rules()]
    for end in visitors.LONG_ANSWERS:
        assert [address for address in addresses if address.endswith(end)], end
