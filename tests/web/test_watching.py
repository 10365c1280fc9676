"""A board that watches its runs while it is open, though nobody visits it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from board_process import board
from click.testing import CliRunner
from notice_servers import Answer, servers

from fitlog_core.cli import main
from fitlog_core.hookspecs import hookimpl
from fitlog_core.recording.run import Run
from fitlog_core.testing import fresh_host, use_host
from fitlog_core.watching.rules import rules_of
from fitlog_web.board import Board
from fitlog_web.watching import watching

WRITER = """
import sys
from fitlog_core.recording.run import Run
run = Run(sys.argv[1])
run.add_loss(0.5, 1, "train")
print(run.get_log_id(), flush=True)
sys.stdin.read()
"""


def test_a_board_without_visitors_tells_of_a_killed_run(tmp_path):
    logs = tmp_path / "logs"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(logs)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    run_id = writer.stdout.readline().strip()
    with servers() as start:
        server = start(Answer({"errcode": 0}))
        hook = f"http://127.0.0.1:{server.port}/robot/send?access_token=a-token"
        environment = {
            "FITLOG_DINGTALK_WEBHOOK": hook,
            "FITLOG_CACHE_DIR": str(tmp_path / "cache"),
            "no_proxy": "127.0.0.1",
        }
        writer.kill()
        writer.communicate()
        memory = _seen_alive(tmp_path, run_id)
        with board(logs, "--port", "0", "--watch", "--rule", "nan(acc)", **environment) as running:
            assert running.said("Tells of runs with:").endswith("nan(loss); nan(acc)")
            assert "(told 1)" in running.said(f"{run_id}  state:stopped")
            assert running.end() == 0
    assert memory.exists()
    assert f"进程已消失 {run_id}" in server.requests[0]["text"]["content"]


def _seen_alive(tmp_path: Path, run_id: str) -> Path:
    """Remember that a run was alive, as somebody does who watched before."""
    from fitlog_core.watching.memory import Memory

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FITLOG_CACHE_DIR", str(tmp_path / "cache"))
        memory = Memory(tmp_path / "logs")
    memory.look([run_id], [run_id], time.time())
    return memory.path


def test_a_rule_that_cannot_be_understood_ends_it_before_anything_is_shown(tmp_path):
    done = CliRunner().invoke(main, ["log", str(tmp_path), "--port", "0", "--rule", "nan(loss"])
    assert done.exit_code == 2
    assert "the rule 'nan(loss' cannot be understood" in done.stderr
    assert done.stdout == ""


def test_a_look_that_fails_is_said_once_and_the_next_ones_go_on(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("FITLOG_CACHE_DIR", str(tmp_path / "cache"))
    shown = Board(tmp_path / "logs")
    failures = []

    def refresh() -> None:
        failures.append(1)
        if len(failures) < 4:
            raise OSError("the disk is away")

    monkeypatch.setattr(shown.runs, "refresh", refresh)
    with use_host(fresh_host()), watching(shown, rules_of([]), every=0.01):
        until = time.monotonic() + 30
        while len(failures) < 6 and time.monotonic() < until:
            time.sleep(0.01)
    shown.close()
    assert len(failures) >= 6
    assert capfd.readouterr().err.count("a look at the runs failed: OSError") == 1


def test_nothing_is_watched_unless_it_is_asked_for(tmp_path, monkeypatch):
    told = []

    class Friend:
        @hookimpl
        def fitlog_alert(self, alerts: object) -> None:
            told.append(alerts)

    monkeypatch.setenv("FITLOG_CACHE_DIR", str(tmp_path / "cache"))
    with use_host(fresh_host(Friend())):
        run = Run(tmp_path / "logs")
        run.add_loss(float("nan"), 1, "train")
        shown = Board(tmp_path / "logs")
        with watching(shown, []):
            shown.refresh()
        shown.close()
        run.finish()
    assert told == []
    assert not list((tmp_path / "cache").glob("watch-*"))
