"""Files that the system tells of: looked at when something happened to them, and only then."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fitlog_core.reading import file_events, known_runs
from fitlog_core.reading.file_events import FileEvents
from fitlog_core.reading.logdir import LogDirectory

FIRST, SECOND = "log_20260101_000000", "log_20260101_000001"
META = '{"meta": {"state": "running"}}\n'

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")


class File:
    """A file that is looked at again and again."""

    def __init__(self, path: Path) -> None:
        path.touch()
        self.path = os.fspath(path)
        self.is_quiet = False


def make_run(root: Path, run_id: str) -> Path:
    folder = root / run_id
    folder.mkdir(parents=True)
    (folder / "meta.log").write_text(META)
    (folder / "loss.log").write_text(step(1))
    os.utime(root, (1, 1))  # it looks as if it had been made long ago
    return folder


def step(number: int) -> str:
    return f'Step:{number}\t{{"loss": {{"Loss": 1.0}}, "step": {number}}}\n'


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def listening(root: Path) -> LogDirectory:
    """Return a directory that was looked at until it looks at nothing that is not told of."""
    directory = LogDirectory(root)
    for _ in range(4):
        directory.refresh()
    return directory


def last_step(directory: LogDirectory, run_id: str = FIRST) -> int | None:
    directory.refresh()
    return directory.row(run_id).last_step


def watched_by(events: FileEvents) -> int:
    """Return how many files the system watches for us, as it says itself."""
    told = Path(f"/proc/self/fdinfo/{events._descriptor}").read_text()
    return told.count("inotify wd")


def inotify_descriptors() -> int:
    folder = Path("/proc/self/fd")
    return sum("inotify" in os.readlink(one) for one in folder.iterdir() if one.is_symlink())


# ------------------------------------------------------------------------ runs that live


def test_every_record_is_seen_at_the_next_look(tmp_path):
    folder = make_run(tmp_path, FIRST)
    directory = listening(tmp_path)
    for number in range(2, 8):
        append(folder / "loss.log", step(number))
        assert last_step(directory) == number


def test_a_line_is_taken_when_its_end_has_come(tmp_path):
    folder = make_run(tmp_path, FIRST)
    directory = listening(tmp_path)
    append(folder / "hyper.log", '{"hyper": {"lr"')
    directory.refresh()
    append(folder / "hyper.log", ": 0.5}}\n")
    directory.refresh()
    assert directory.row(FIRST)["hyper-lr"] == 0.5


def test_a_file_that_comes_late_is_seen(tmp_path):
    folder = make_run(tmp_path, FIRST)
    directory = listening(tmp_path)
    append(folder / "metric.log", 'Step:5\t{"metric": {"acc": 1.0}, "step": 5}\n')
    assert last_step(directory) == 5


def test_a_file_in_the_place_of_another_is_seen(tmp_path):
    folder = make_run(tmp_path, FIRST)
    directory = listening(tmp_path)
    (tmp_path / "new").write_text(step(9))
    (tmp_path / "new").replace(folder / "loss.log")
    assert last_step(directory) == 9


def test_an_edit_that_leaves_size_and_time_is_seen(tmp_path):
    folder = make_run(tmp_path, FIRST)
    directory = listening(tmp_path)
    before = (folder / "loss.log").stat()
    (folder / "loss.log").write_text(step(7))
    os.utime(folder / "loss.log", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert last_step(directory) == 7


def test_a_file_cut_short_is_seen(tmp_path):
    folder = make_run(tmp_path, FIRST)
    append(folder / "loss.log", step(2))
    directory = listening(tmp_path)
    assert last_step(directory) == 2
    os.truncate(folder / "loss.log", len(step(1)))
    assert last_step(directory) == 1


def test_a_run_in_the_place_of_another_is_seen(tmp_path):
    make_run(tmp_path / "logs", FIRST)
    directory = listening(tmp_path / "logs")
    other = make_run(tmp_path, SECOND)
    append(other / "loss.log", step(6))
    (tmp_path / "logs" / FIRST).rename(tmp_path / "old")
    other.rename(tmp_path / "logs" / FIRST)
    assert last_step(directory) == 6


def test_a_log_directory_in_the_place_of_another_is_seen(tmp_path):
    make_run(tmp_path / "logs", FIRST)
    directory = listening(tmp_path / "logs")
    append(make_run(tmp_path / "others", FIRST) / "loss.log", step(6))
    (tmp_path / "logs").rename(tmp_path / "old")
    (tmp_path / "others").rename(tmp_path / "logs")
    assert last_step(directory) == 6


def test_two_runs_that_share_a_file_both_see_it_grow(tmp_path):
    first, second = make_run(tmp_path, FIRST), make_run(tmp_path, SECOND)
    (second / "loss.log").unlink()
    os.link(first / "loss.log", second / "loss.log")
    directory = listening(tmp_path)
    append(first / "loss.log", step(4))
    assert (last_step(directory, FIRST), last_step(directory, SECOND)) == (4, 4)


def test_a_run_that_goes_is_gone(tmp_path):
    make_run(tmp_path, FIRST)
    directory = listening(tmp_path)
    shutil.rmtree(tmp_path / FIRST)
    directory.refresh()
    assert directory.ids() == []


def test_the_end_of_a_run_is_seen_with_the_records_before_it(tmp_path):
    folder = make_run(tmp_path, FIRST)
    directory = listening(tmp_path)
    append(folder / "loss.log", step(3))
    append(folder / "meta.log", '{"meta": {"state": "finish"}}\n')
    assert last_step(directory) == 3
    assert directory.row(FIRST).state == "finished"


def test_runs_beyond_what_is_watched_are_looked_at_each_time(tmp_path, monkeypatch):
    monkeypatch.setattr(file_events, "MOST", 1)
    folders = [make_run(tmp_path, run_id) for run_id in (FIRST, SECOND)]
    directory = listening(tmp_path)
    assert watched_by(directory._runs._events) == 1
    for folder in folders:
        append(folder / "loss.log", step(8))
    assert (last_step(directory, FIRST), last_step(directory, SECOND)) == (8, 8)


def test_a_file_that_changes_from_look_to_look_is_looked_at_and_not_told_of(tmp_path):
    folder = make_run(tmp_path, FIRST)
    directory = listening(tmp_path)
    append(folder / "loss.log", step(2))
    directory.refresh()
    for number in range(3, 6):
        append(folder / "loss.log", step(number))
        assert last_step(directory) == number
        assert watched_by(directory._runs._events) == 1, "meta.log alone"
    (tmp_path / "new").write_text(step(9) + "x" * 500)
    (tmp_path / "new").replace(folder / "loss.log")
    assert last_step(directory) == 9
    for _ in range(2):
        directory.refresh()
    assert watched_by(directory._runs._events) == 2, "it changes no longer"
    append(folder / "loss.log", "\n" + step(10))
    assert last_step(directory) == 10


def restless(root: Path) -> tuple[LogDirectory, Path]:
    """Return a directory whose run said something at each of its latest looks, and its loss.log."""
    file = make_run(root, FIRST) / "loss.log"
    directory = listening(root)
    for number in (2, 3, 4):
        append(file, step(number))
        assert last_step(directory) == number
    return directory, file


def test_a_link_in_the_place_of_a_file_that_changes_at_each_look_is_not_followed(tmp_path):
    directory, file = restless(tmp_path / "logs")
    (tmp_path / "elsewhere").write_text(step(9) * 9)
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    assert last_step(directory) is None


def test_a_pipe_in_the_place_of_a_file_that_changes_at_each_look_holds_nobody_up(tmp_path):
    directory, file = restless(tmp_path)
    file.unlink()
    os.mkfifo(file)
    assert last_step(directory) is None


def test_a_file_that_changes_at_each_look_may_be_cut_go_and_come_back(tmp_path):
    directory, file = restless(tmp_path)
    os.truncate(file, len(step(1)))
    assert last_step(directory) == 1
    file.unlink()
    assert last_step(directory) is None
    file.write_text(step(7))
    assert last_step(directory) == 7
    before = file.stat()
    file.write_text(step(8))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert last_step(directory) == 8


def test_a_file_that_changes_at_each_look_is_closed_after_it(tmp_path):
    directory, file = restless(tmp_path)
    append(file, step(5))
    assert last_step(directory) == 5
    assert descriptors_of(file) == []


def descriptors_of(file: Path) -> list[str]:
    found = []
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the listing's own, or what was just collected
            if os.path.samestat(os.fstat(int(name)), file.stat()):
                found.append(name)
    return found


def test_what_nobody_told_of_is_seen_a_minute_later(tmp_path, monkeypatch):
    folder = make_run(tmp_path, FIRST)
    directory = listening(tmp_path)
    append(folder / "loss.log", step(5))
    os.read(directory._runs._events._descriptor, 1 << 16)  # lost on the way
    assert last_step(directory) == 1
    monkeypatch.setattr(known_runs, "UNTOLD_AFTER", 0.0)
    assert last_step(directory) == 5


def test_a_directory_of_runs_that_are_over_watches_nothing(tmp_path):
    folder = make_run(tmp_path, FIRST)
    directory = listening(tmp_path)
    assert watched_by(directory._runs._events) == 2
    append(folder / "meta.log", '{"meta": {"state": "finish"}}\n')
    directory.refresh()
    directory._runs._events.renew()
    directory._runs._events.renew()
    assert watched_by(directory._runs._events) == 0


def test_a_directory_that_is_given_up_gives_its_descriptor_back(tmp_path):
    make_run(tmp_path, FIRST)
    gc.collect()
    before = inotify_descriptors()
    directory = listening(tmp_path)
    assert inotify_descriptors() == before + 1
    del directory
    gc.collect()
    assert inotify_descriptors() == before


def test_where_the_system_has_no_more_of_them_every_look_is_taken(tmp_path):
    make_run(tmp_path, FIRST)
    code = """
import resource, sys
from fitlog_core.reading.file_events import FileEvents
from fitlog_core.reading.logdir import LogDirectory
import ctypes
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
events = FileEvents()
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
class File: path, is_quiet = sys.argv[1], False
events.watch(File)
events.take()
events.renew()
print(events._descriptor, File.is_quiet)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / FIRST / "loss.log"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["-1", "False"]


# ----------------------------------------------------------------------------- the events


def test_a_file_is_quiet_until_something_happens_to_it(tmp_path):
    events, file = FileEvents(), File(tmp_path / "a")
    events.watch(file)
    events.take()
    assert file.is_quiet
    append(tmp_path / "a", "x")
    events.take()
    assert not file.is_quiet


def test_a_file_that_is_not_there_is_never_quiet(tmp_path):
    events, file = FileEvents(), File(tmp_path / "a")
    (tmp_path / "a").unlink()
    events.watch(file)
    assert not file.is_quiet


def test_what_a_link_leads_to_is_not_watched(tmp_path):
    events, file = FileEvents(), File(tmp_path / "a")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    file.path = os.fspath(tmp_path / "link")
    events.watch(file)
    append(tmp_path / "a", "x")
    events.take()
    assert file.is_quiet


def test_a_file_written_often_is_told_of_once(tmp_path):
    events, file, other = FileEvents(), File(tmp_path / "a"), File(tmp_path / "b")
    events.watch(file)
    events.watch(other)
    for _ in range(100):
        append(tmp_path / "a", "x")
        append(tmp_path / "b", "x")
    # An event and the end of the watch, 16 bytes each, for both files.
    assert len(os.read(events._descriptor, 1 << 16)) == 4 * 16


def test_where_more_happened_than_can_be_told_every_file_is_looked_at(tmp_path, monkeypatch):
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    monkeypatch.setattr(file_events, "MOST", most)
    events, file, other = FileEvents(), File(tmp_path / "a"), File(tmp_path / "b")
    events.watch(other)
    for number in range(most // 2 + 2):
        events.watch(file)
        os.truncate(file.path, number)
    events.take()
    assert not other.is_quiet
