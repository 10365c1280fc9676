"""A run of another machine is gone on with, unless that machine is still recording it."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import fitlog
from fitlog_core import log_format, machine
from fitlog_core.recording import rivals


@pytest.fixture
def far_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run without an end on a network file system, as another machine left it just now."""
    monkeypatch.setattr(machine, "is_on_network", lambda path: True)
    folder = tmp_path / "logs" / "log_20260101_000000"
    folder.mkdir(parents=True)
    for kind in log_format.FILES:
        (folder / f"{kind}.log").touch()
    add(folder, host="elsewhere", boot="", pid=1, state="running")
    return folder


def add(folder: Path, **said: object) -> None:
    with (folder / "meta.log").open("a") as file:
        file.write(json.dumps({"meta": said}) + "\n")


def resumed(folder: Path) -> tuple[str, float]:
    """Go on with a run; the name of the folder recorded into, and how long the call took."""
    before = time.monotonic()
    with fitlog.Run(folder) as run:
        run.add_loss(0.5, 7, "mine")
        return str(run.get_log_id()), time.monotonic() - before


def test_a_run_that_grows_meanwhile_is_left_to_its_machine(
    far_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    is_over = threading.Event()

    def write() -> None:
        while not is_over.wait(0.1):
            with (far_run / "loss.log").open("ab") as file:
                file.write(log_format.step_line("loss", {"there": 0.5}, 1, None, time.time()))

    writer = threading.Thread(target=write)
    writer.start()
    name, took = resumed(far_run)
    is_over.set()
    writer.join()
    assert name != far_run.name
    assert took < rivals.WATCHED_FOR
    assert (far_run.parent / name / "loss.log").read_text().count("mine") == 1
    assert "mine" not in (far_run / "loss.log").read_text()
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert f"{far_run.name} is being recorded by 'elsewhere'" in told
    assert "a new run is begun here" in told


def test_a_run_that_lies_still_is_gone_on_with_after_a_while(
    far_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rivals, "WATCHED_FOR", 0.6)
    name, took = resumed(far_run)
    assert name == far_run.name
    assert took > 0.6
    assert capsys.readouterr().err == ""


LEFT: dict[str, Callable[[Path], None]] = {
    "it said that it ended": lambda folder: add(folder, end=1.0),
    "it finished": lambda folder: add(folder, state="finish"),
    "this machine wrote it": lambda folder: add(folder, host=machine.host()),
    "it does not say who wrote it": lambda folder: add(folder, host=None),
}


@pytest.mark.parametrize("how", LEFT)
def test_what_nobody_else_can_be_at_is_gone_on_with_at_once(how: str, far_run: Path) -> None:
    LEFT[how](far_run)
    name, took = resumed(far_run)
    assert name == far_run.name
    assert took < rivals.WATCHED_FOR


def test_what_was_written_long_ago_is_gone_on_with_at_once(far_run: Path) -> None:
    then = time.time() - 2 * rivals.RECENT
    for path in far_run.iterdir():
        os.utime(path, (then, then))
    name, took = resumed(far_run)
    assert name == far_run.name
    assert took < rivals.WATCHED_FOR


def test_a_local_disk_is_not_watched(far_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "is_on_network", lambda path: False)
    assert not rivals.is_recorded_elsewhere(str(far_run), log_format.read_meta(far_run))
