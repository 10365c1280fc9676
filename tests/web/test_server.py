"""The real server, as a process: where it listens, what it prints, how it ends."""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest
from board_process import WAIT, board
from flask import Flask

from fitlog_web import server


def fetch(address: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(address, headers=headers)
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    try:
        with opener.open(request, timeout=WAIT) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def port_of(address: str) -> int:
    return int(re.search(r":(\d+)/", address)[1])


def other_address() -> str | None:
    """An address of this machine that is not the loopback's, if it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return probe.getsockname()[0]


def test_the_board_opens_prints_where_and_ends_quietly_on_ctrl_c(fixture_logs):
    with board(fixture_logs, "--port", "0") as running:
        assert running.address.startswith("http://127.0.0.1:")
        status, page = fetch(running.address)
        assert status == 200
        assert "log_20261122_090452" in page
        assert fetch(f"{running.address}api/runs")[0] == 200
        assert running.end() == 0
        assert len(running.lines) == 4
        assert not any("ssh" in line for line in running.lines)


def test_by_default_only_this_machine_can_connect(fixture_logs):
    with board(fixture_logs, "--port", "0") as running:
        port = port_of(running.address)
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        # Linux answers on all of 127.0.0.0/8 where somebody listens on all addresses.
        for elsewhere in filter(None, ["127.0.0.2", other_address()]):
            with pytest.raises(OSError, match=r"refused|timed out|unreachable"):
                socket.create_connection((elsewhere, port), timeout=5).close()


def test_the_next_free_port_is_taken_and_told(fixture_logs):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with board(fixture_logs, "-p", str(port)) as running:
            assert port_of(running.address) > port
            assert fetch(running.address)[0] == 200


def test_two_boards_started_at_once_get_ports_of_their_own(fixture_logs):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with board(fixture_logs, "-p", port) as one, board(fixture_logs, "-p", port) as other:
        assert one.address != other.address
        assert fetch(one.address)[0] == fetch(other.address)[0] == 200


def test_with_a_token_the_printed_address_lets_in_and_no_other(fixture_logs):
    with board(fixture_logs, "-p", "0", "-t", "a b/ü") as running:
        assert running.address.endswith("?token=a%20b%2F%C3%BC")
        bare = running.address.partition("?")[0]
        assert fetch(running.address)[0] == 200
        assert fetch(bare)[0] == 401
        assert fetch(f"{bare}api/runs")[0] == 401
        assert running.end() == 0
        assert len(running.lines) == 4  # nothing that visitors asked for is logged


def test_nothing_that_visitors_send_is_printed_not_even_when_the_board_fails(fixture_logs):
    with board(fixture_logs, "-p", "0", "-t", "s3cret-token") as running:
        bare = running.address.partition("?")[0]
        said = len(running.lines)
        cookie = token_cookie(running.address)
        fetch(f"{bare}table/s3cret-token")
        fetch(f"{bare}nope?token=s3cret-token")
        fetch(f"{bare}api/runs?limit=s3cret-token", Authorization="Bearer s3cret-token")
        fetch(f"{bare}runs", Cookie=cookie, Host="s3cret-token.example")
        for request in (b"GET /?token=s3cret-token HTTP/1.1\r\n\r\n", b"s3cret-token\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port_of(bare)), timeout=WAIT) as visit:
                visit.sendall(request)
                visit.recv(1024)
        (fixture_logs / "log_extra_data.txt").unlink()
        (fixture_logs / "log_extra_data.txt").mkdir()  # a fault that is told, if at all, without it
        fetch(f"{bare}api/runs", Cookie=cookie)
        assert running.end() == 0
        printed = "\n".join(running.lines[said:])
    assert "s3cret" not in printed
    assert cookie.partition("=")[2] not in printed


def test_the_token_may_come_from_a_file_or_the_environment_where_no_list_of_processes_shows_it(
    fixture_logs, tmp_path
):
    secret = tmp_path / "token"
    secret.write_text("fr0m-a-file\nnot this\n")
    secret.chmod(0o600)
    ways = [(["--token-file", str(secret)], {}), ([], {"FITLOG_TOKEN": "fr0m-a-file"})]
    for options, environment in ways:
        with board(fixture_logs, "-p", "0", *options, **environment) as running:
            assert running.address.endswith("?token=fr0m-a-file")
            bare = running.address.partition("?")[0]
            assert fetch(bare)[0] == 401
            assert fetch(bare, Authorization="Bearer fr0m-a-file")[0] == 200
            shown = subprocess.run(
                ["ps", "-ww", "-o", "args", "-p", str(running.process.pid)],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            assert "fitlog log" in shown
            assert "fr0m" not in shown
            assert not [line for line in running.lines if "chmod" in line]
    options = ["-t", "typed", "-p", "0"]
    with board(fixture_logs, *options, FITLOG_TOKEN="other") as running:
        assert running.address.endswith("?token=typed")


def test_a_token_file_that_others_may_read_is_told(fixture_logs, tmp_path):
    secret = tmp_path / "token"
    secret.write_text("fr0m-a-file")
    secret.chmod(0o644)
    with board(fixture_logs, "-p", "0", "--token-file", str(secret)) as running:
        assert "chmod 600" in running.said("others on this machine may read the token")


def token_cookie(address: str) -> str:
    """The cookie that the board gives to who knows its token."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with opener.open(address, timeout=WAIT) as response:
        assert response.status == 200
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def test_open_to_other_machines_a_token_is_made_and_printed(fixture_logs):
    with board(fixture_logs, "-p", "0", "--ip", "0.0.0.0") as running:
        assert re.search(r"\?token=[\w-]{20,}$", running.address)
        addresses = [line.strip() for line in running.lines if "http://" in line]
        assert addresses[-1].startswith("http://127.0.0.1:")
        for address in addresses:
            assert fetch(address)[0] == 200
            assert fetch(address.partition("?")[0] + "api/runs")[0] == 401


def test_a_hostile_host_is_refused_by_the_real_server(fixture_logs):
    with board(fixture_logs, "-p", "0", "--allow-host", "board.lab") as running:
        assert fetch(running.address, Host="evil.example")[0] == 421
        assert fetch(f"{running.address}runs", Host="board.lab")[0] == 200


@pytest.mark.parametrize(
    ("options", "headers", "allowed"),
    [
        ([], {}, True),
        ([], {"X-Forwarded-For": "192.168.1.5"}, False),
        (["--allow-host", "board.lab"], {}, False),
        (["--ip", "0.0.0.0", "--token", "abc"], {"Authorization": "Bearer abc"}, False),
        (["--allow-revert"], {"X-Forwarded-For": "192.168.1.5"}, True),
    ],
)
def test_code_is_brought_back_for_this_machine_or_as_the_command_says(
    fixture_logs, options, headers, allowed
):
    with board(fixture_logs, "-p", "0", *options) as running:
        port = port_of(running.address)
        address = f"http://127.0.0.1:{port}/api/runs/log_20261122_090313/revert"
        status, said = fetch(address, **headers)
    assert (status, json.loads(said)["allowed"]) == (200, allowed)


@pytest.mark.parametrize(
    "target",
    ["/../../etc/passwd", "//etc/passwd", "/static/../app.py", "/static/..%2fapp.py",
     "/api/runs/../default.cfg", "/run/log_20261122_090313/files/../../default.cfg",
     "/run/log_20261122_090313/files/..%2f..%2fdefault.cfg", "/run/..%2f..%2f/files/etc/passwd",
     "/api/runs/%2e%2e/files/default.cfg", "http://evil.example/../default.cfg"],
)  # fmt: skip
def test_a_raw_path_leads_nowhere_outside(fixture_logs, real_board, target):
    connection = http.client.HTTPConnection("127.0.0.1", real_board, timeout=WAIT)
    connection.putrequest("GET", target, skip_host=True)
    connection.putheader("Host", "localhost")
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    assert response.status in (302, 400, 404)
    assert b"editable_columns" not in body
    assert b"root:" not in body
    assert b"create_app" not in body
    assert "Server" not in response.headers
    connection.close()


@pytest.fixture(scope="module")
def real_board(tmp_path_factory):
    """The port of a board on an empty directory."""
    with board(tmp_path_factory.mktemp("empty"), "-p", "0") as running:
        yield port_of(running.address)


def test_many_visitors_at_once_are_answered(fixture_logs):
    with board(fixture_logs, "-p", "0") as running:
        address = f"{running.address}api/runs?format=columns"
        found: list[int] = []
        threads = [
            threading.Thread(target=lambda: found.append(fetch(address)[0])) for _ in range(24)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [200] * 24
        assert running.end() == 0
        assert len(running.lines) == 4


def test_the_board_ends_when_nobody_came_for_the_standby_time(fixture_logs):
    with board(fixture_logs, "-p", "0", "--standby-hours", str(2 / 3600)) as running:
        assert running.wait() == 0
        assert "the board ends" in running.said("Nobody came")


def test_a_visitor_ends_the_board_and_is_told(fixture_logs):
    with board(fixture_logs, "-p", "0") as running:
        address = running.address
        asked = urllib.request.Request(
            f"{address}api/end",
            data=b"{}",
            headers={"Content-Type": "application/json", "X-Fitlog": "1"},
        )
        with urllib.request.urlopen(asked, timeout=WAIT) as response:
            assert response.read() == b'{"ended":true}'
        assert running.wait() == 0
        assert running.said("A visitor ended the board")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json", "Origin": "http://evil.example"},
        {"Content-Type": "text/plain", "X-Fitlog": "1"},
    ],
)
def test_another_page_cannot_end_the_board(fixture_logs, headers):
    with board(fixture_logs, "-p", "0") as running:
        asked = urllib.request.Request(f"{running.address}api/end", data=b"{}", headers=headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=WAIT)
        with refused.value as error:
            assert error.code in (403, 415)
        assert fetch(f"{running.address}api/views")[0] == 200


def test_a_visit_puts_the_end_off(app: Flask):
    listening = server.bind("127.0.0.1", 0)
    port = listening.getsockname()[1]
    ended: list[float] = []

    def serve() -> None:
        server.serve(app, listening, standby_seconds=3)
        ended.append(time.monotonic())

    thread = threading.Thread(target=serve)
    thread.start()
    for _ in range(5):
        time.sleep(1)
        assert fetch(f"http://127.0.0.1:{port}/api/views")[0] == 200
        last = time.monotonic()
    thread.join(WAIT)
    listening.close()
    assert ended[0] >= last + 2.5


def test_on_a_remote_machine_the_ssh_line_is_printed(fixture_logs):
    remote = "203.0.113.5 50000 198.51.100.7 2222"
    with board(fixture_logs, "-p", "0", SSH_CONNECTION=remote) as running:
        port = port_of(running.address)
        line = running.said("ssh ")
        assert f"-L {port}:127.0.0.1:{port}" in line
        assert line.endswith("@198.51.100.7")
        assert "-p 2222" in line
        assert f"http://127.0.0.1:{port}/" in running.said("and open")


def test_an_empty_directory_opens_and_a_first_run_appears(tmp_path):
    with board(tmp_path, "-p", "0") as running:
        assert fetch(running.address)[0] == 200
        assert fetch(f"{running.address}api/runs")[1] == '{"runs":[]}'
        folder = tmp_path / "log_20260101_000000"
        folder.mkdir()
        (folder / "meta.log").write_text('{"meta": {"state": "running"}}\n', "utf-8")
        time.sleep(1.1)
        assert "log_20260101_000000" in fetch(f"{running.address}api/runs")[1]


WRONG = [
    (["nope"], 1, "there is no directory nope"),
    (["a-file"], 1, "a-file is a file"),
    ([".", "--port", "70000"], 2, "70000"),
    ([".", "--ip", "192.0.2.77"], 1, "cannot listen at 192.0.2.77"),
    ([".", "--ip", "no such host"], 1, "cannot listen at no such host"),
    ([".", "-l", "../x.cfg"], 1, "no name of a view"),
    ([".", "-l", "x.txt"], 1, "no name of a view"),
    ([".", "-s", "0"], 2, "standby-hours"),
    ([".", "-t", ""], 2, "--token is empty"),
    ([".", "--token-file", "nowhere"], 2, "the token cannot be read from nowhere"),
    ([".", "--token-file", "empty"], 2, "the first line of empty is empty"),
    ([".", "--token-file", "a-file", "-t", "x"], 2, "leave one out"),
    ([], 2, "LOG_DIR"),
]


@pytest.mark.parametrize(("options", "code", "sentence"), WRONG, ids=[str(w[0]) for w in WRONG])
def test_what_cannot_be_is_told_in_one_line(tmp_path, options, code, sentence):
    (tmp_path / "a-file").write_text("x", "utf-8")
    (tmp_path / "empty").touch()
    done = subprocess.run(
        [sys.executable, "-m", "fitlog", "log", *options],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=WAIT,
    )
    assert done.returncode == code
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_the_help_names_every_option_without_importing_flask(run_python):
    code = (
        "import sys\nfrom fitlog_core.cli import main\n"
        "try:\n    main(['log', '--help'])\nexcept SystemExit:\n    pass\n"
        "print('flask' in sys.modules, 'waitress' in sys.modules)"
    )
    said = run_python(code).stdout
    for option in ("--log-config-name", "-l", "--port", "-p", "--standby-hours", "-s", "--token",
                   "-t", "--ip", "-i", "--allow-host", "--allow-revert"):  # fmt: skip
        assert option in said
    assert said.splitlines()[-1] == "False False"
