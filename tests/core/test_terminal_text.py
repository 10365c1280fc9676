"""Nothing that was logged steers the terminal it is told in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fitlog_core.notices import printable, say
from fitlog_core.snapshots.fit_logs import append_entry

STEERING = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\x08\u202e"


def told(*arguments: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "fitlog", *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
    )
    return done.stdout + done.stderr


def assert_plain(text: str) -> None:
    assert printable(text) == text


def test_a_notice_is_plain_text_of_one_colour(capsys: pytest.CaptureFixture[str]) -> None:
    say(f"cannot write {STEERING}好")
    said = capsys.readouterr().err
    assert_plain(said)
    assert said.endswith("好\n")


def test_a_listed_run_is_plain_text(tmp_path: Path) -> None:
    run = tmp_path / "logs" / "log_20260101_000000"
    run.mkdir(parents=True)
    (run / "meta.log").write_text(json.dumps({"meta": {"state": "finished"}}) + "\n")
    (run / "best_metric.log").write_text(json.dumps({"metric": {f"a{STEERING}": STEERING}}) + "\n")
    listed = told("runs", "logs", folder=tmp_path)
    assert "log_20260101_000000" in listed
    assert_plain(listed)


def test_a_listed_code_version_is_plain_text(tmp_path: Path) -> None:
    told("init", folder=tmp_path)
    append_entry(tmp_path / ".fitlog", "a" * 40, ["train.py", STEERING])
    listed = told("list", folder=tmp_path)
    assert "owned" in listed
    assert_plain(listed)


def test_a_complaint_is_plain_text(tmp_path: Path) -> None:
    complaint = told("runs", f"no{STEERING.replace(chr(0), '')}", folder=tmp_path)
    assert "there is no directory" in complaint
    assert_plain(complaint)
