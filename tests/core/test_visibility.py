"""On a network file system other machines see a record within seconds; a local disk pays nothing.

The mount table of the test's machine names none, so the recogniser is told to say yes, and each
sync, which is made for real, is noted.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from recording_tools import meta_lines, only_run, said, steps

from fitlog_core.recording import visibility
from fitlog_core.recording.run import Run

# What a script of its own process says first.
ON_NETWORK = """
import os, time
import fitlog
from fitlog_core.recording import visibility
visibility.is_on_network = lambda path: True
synced = []
def sync(descriptor):
    os.fdatasync(descriptor)
    synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    print(os.path.basename(synced[-1]), flush=True)
visibility.sync_data = sync
"""


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, int]]]:
    """The name and size of each file at each of its syncs, on a file system of the network."""
    noted: list[tuple[str, int]] = []

    def sync(descriptor: int) -> None:
        os.fdatasync(descriptor)
        name = Path(f"/proc/self/fd/{descriptor}").readlink().name
        noted.append((name, os.fstat(descriptor).st_size))

    monkeypatch.setattr(visibility, "is_on_network", lambda _: True)
    monkeypatch.setattr(visibility, "sync_data", sync)
    return noted


def names(synced: list[tuple[str, int]]) -> list[str]:
    return [name for name, _ in synced]


def test_nothing_is_ever_synced_on_a_local_disk(
    new_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise AssertionError(descriptor)

    monkeypatch.setattr(visibility, "sync_data", refuse)
    run = new_run()
    for step in range(100):
        run.add_loss(0.5, step)
        run.add_metric({"a": "text"}, step)
    run.finish()


def test_the_first_record_shows_what_was_recorded_before_it_too(
    new_run: Callable[..., Run], synced: list[tuple[str, int]], tmp_path: Path
) -> None:
    run = new_run()
    run.add_hyper({"lr": 0.1})
    assert synced == []
    run.add_loss(0.5, 0)
    folder = only_run(tmp_path / "logs")
    sizes = {name: (folder / name).stat().st_size for name in ("hyper.log", "loss.log")}
    assert [entry for entry in synced if entry[0] in sizes] == list(sizes.items())
    assert (".meta.log", (folder / "meta.log").stat().st_size) in synced


def test_while_records_come_each_file_is_synced_every_two_seconds(
    new_run: Callable[..., Run], synced: list[tuple[str, int]]
) -> None:
    run = new_run()
    began = time.monotonic()
    while (passed := time.monotonic() - began) < 4.5:
        run.add_loss(0.5, 1)
        if passed < 1:
            run.add_metric({"a": 0.5}, 1)
        time.sleep(0.005)
    assert names(synced).count("loss.log") == 3  # at 0, 2 and 4 seconds
    assert names(synced).count("metric.log") == 1


def test_a_record_after_a_pause_is_shown_at_once(
    new_run: Callable[..., Run], synced: list[tuple[str, int]], tmp_path: Path
) -> None:
    run = new_run()
    run.add_loss(0.5, 0)
    run.add_loss(0.5, 1)
    time.sleep(visibility.EVERY)
    synced.clear()
    run.add_loss(0.5, 2)
    size = (only_run(tmp_path / "logs") / "loss.log").stat().st_size
    assert synced == [("loss.log", size)]


def test_finish_shows_all_records_and_the_end_after_them(
    new_run: Callable[..., Run], synced: list[tuple[str, int]], tmp_path: Path
) -> None:
    run = new_run()
    for step in range(10):
        run.add_loss(0.5, step)
        run.add_metric({"a": 0.5}, step)
        run.add_best_metric({"a": step})
    synced.clear()
    run.finish()
    folder = only_run(tmp_path / "logs")
    shown = dict(synced)
    for kind in ("loss", "metric", "best_metric", "other", "meta"):
        assert shown[f"{kind}.log"] == (folder / f"{kind}.log").stat().st_size
    assert names(synced)[-1] == "meta.log"
    run.finish()
    run.release()
    assert len(synced) == len(shown)  # nothing is synced a second time


def test_a_run_that_another_one_follows_is_shown(
    new_run: Callable[..., Run], synced: list[tuple[str, int]], tmp_path: Path
) -> None:
    run = new_run()
    run.add_loss(0.5, 0)
    run.add_loss(0.5, 1)
    synced.clear()
    run.release()
    size = (only_run(tmp_path / "logs") / "loss.log").stat().st_size
    assert synced == [("loss.log", size)]


@pytest.mark.parametrize("ending", ["", "raise ValueError('x')\n", "import sys; sys.exit(3)\n"])
def test_the_end_of_the_script_shows_all_records(ending: str, run_script) -> None:
    done = run_script(
        ON_NETWORK + "fitlog.set_log_dir('logs')\n"
        "for step in range(10): fitlog.add_loss(0.5, step, 'loss')\n"
        "print('ends')\n" + ending,
        check=False,
    )
    before, _, after = done.stdout.partition("ends\n")
    assert before.split().count("loss.log") == 1
    assert sorted(after.split()) == ["loss.log", "meta.log", "other.log"]
    assert after.split()[-1] == "meta.log"


def test_records_after_the_end_are_shown_when_the_script_ends(run_script) -> None:
    done = run_script(
        ON_NETWORK + "fitlog.set_log_dir('logs')\n"
        "fitlog.add_loss(0.5, 0, 'loss')\n"
        "fitlog.finish()\n"
        "for step in range(3): fitlog.add_loss(0.5, step, 'loss')\n"
        "print('ends')\n"
    )
    assert done.stdout.partition("ends\n")[2].split() == ["loss.log", "meta.log"]


def test_a_process_that_joined_a_run_shows_its_records_when_it_ends(run_script) -> None:
    done = run_script(
        ON_NETWORK + "import subprocess, sys\n"
        "if len(sys.argv) > 1:\n"
        "    fitlog.set_log_dir(sys.argv[1])\n"
        "    for step in range(5): fitlog.add_metric({'a': 0.5}, step)\n"
        "    print('ends', flush=True)\n"
        "else:\n"
        "    run = fitlog.Run('logs'); run.add_loss(0.5, 0)\n"
        "    command = [sys.executable, __file__, run.get_log_folder(True)]\n"
        "    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout\n"
        "    print('child', out)\n"
        "    os._exit(0)\n"
    )
    child = done.stdout.partition("child")[2]
    assert child.split() == ["metric.log", "ends", "metric.log"]


def test_a_run_that_goes_on_is_synced_too(
    new_run: Callable[..., Run], synced: list[tuple[str, int]], tmp_path: Path
) -> None:
    new_run().add_loss(0.5, 0)
    folder = only_run(tmp_path / "logs")
    with (folder / "meta.log").open("ab") as file:  # its process is gone
        file.write(b'{"meta": {"state": "finish"}}\n')
    run = new_run(folder)
    run.add_hyper({"lr": 0.1})
    synced.clear()
    run.add_loss(0.5, 1)
    assert ("loss.log", (folder / "loss.log").stat().st_size) in synced
    assert meta_lines(folder)[-1]["segment"] == 2


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EINVAL])
def test_a_sync_that_fails_is_told_once_and_training_goes_on(
    number: int,
    new_run: Callable[..., Run],
    synced: list[tuple[str, int]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(descriptor: int) -> None:
        synced.append(("", descriptor))
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(visibility, "sync_data", fail)
    run = new_run()
    for step in range(5):
        run.add_loss(0.5, step)
        run.add_metric({"a": 0.5}, step)
    run.finish()
    assert len(synced) > 3
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.startswith("fitlog: cannot sync ")
    assert os.strerror(number) in told
    folder = only_run(tmp_path / "logs")
    assert len(steps(folder)) == len(steps(folder, "metric")) == 5
    assert said(folder, "meta")["state"] == "finish"


def test_where_only_all_of_a_file_can_be_synced_that_is_done(run_script) -> None:
    """``os.fdatasync`` is missing on macOS and Windows."""
    done = run_script(
        "import os\n"
        "del os.fdatasync\n"
        "fsync, synced = os.fsync, []\n"
        "os.fsync = lambda descriptor: (fsync(descriptor), synced.append(descriptor))\n"
        "import fitlog\n"
        "from fitlog_core.recording import visibility\n"
        "visibility.is_on_network = lambda path: True\n"
        "run = fitlog.Run('logs')\n"
        "run.create_log_folder(); before = len(synced)\n"
        "run.add_loss(0.5, 0)\n"
        "print(before, len(synced))\n"
    )
    assert done.stdout == "1 2\n"
