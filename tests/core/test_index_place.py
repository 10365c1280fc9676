"""Where caches lie, and how much of them is kept."""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
from contextlib import closing
from pathlib import Path

from index_tools import append, assert_same, cached, line, make_run

from fitlog_core import machine
from fitlog_core.reading.index import (
    location,
    upkeep,
)
from fitlog_core.reading.index.store import Index
from fitlog_core.reading.logdir import LogDirectory


def test_the_cache_lies_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("FITLOG_CACHE_DIR", str(tmp_path / "mine"))
    found = location.find()
    assert found.folder == tmp_path / "mine"
    assert stat.S_IMODE(found.folder.stat().st_mode) & 0o077 == 0


def test_a_place_on_a_network_file_system_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setenv("FITLOG_CACHE_DIR", str(tmp_path / "nfs"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "local"))
    monkeypatch.setattr(machine, "is_on_network", lambda path: "nfs" in str(path))
    found = location.find()
    assert found.folder == tmp_path / "local" / "fitlog"
    assert found.passed_over == (f"{tmp_path / 'nfs'} is on a network file system",)


def test_a_temporary_folder_that_others_may_write_is_passed_over(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("FITLOG_CACHE_DIR", str(file))
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    private = location.find().folder
    assert private is not None
    assert private.parent == tmp_path / "tmp"
    private.chmod(0o777)
    found = location.find()
    assert found.folder is None
    assert "may be written by others" in found.passed_over[-1]


def test_log_directories_have_a_cache_each(tmp_path):
    files = {location.file_for(tmp_path / name, tmp_path) for name in ("a", "b", "a/../b")}
    assert len(files) == 2


def test_the_caches_not_used_for_longest_go_first(tmp_path, monkeypatch):
    monkeypatch.setenv("FITLOG_CACHE_MB", "2")
    for number in range(4):
        path = tmp_path / f"v1-{number}.sqlite"
        path.write_bytes(b"x" * (1 << 20))
        os.utime(path, (number, number))
    gone = upkeep.bound(tmp_path, besides=tmp_path / "v1-0.sqlite")
    assert [cache.path.name for cache in gone] == ["v1-1.sqlite"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "v1-0.sqlite", "v1-2.sqlite", "v1-3.sqlite",
    ]  # fmt: skip


def test_curves_given_up_for_others_as_they_are_asked_for_are_read_again(tmp_path, monkeypatch):
    asked, other = (make_run(tmp_path / "logs", f"log_20260101_00000{i}") for i in range(2))
    for folder in (asked, other):
        append(folder, "".join(line(i, i + 0.5) for i in range(1000)))
    monkeypatch.setenv("FITLOG_CACHE_MB", "0")
    kept = cached(asked, tmp_path)
    refresh, looks = kept.refresh, []

    def refreshed_and_pushed_out():
        refresh()
        looks.append(1)
        if len(looks) == 1:
            cached(other, tmp_path).series()

    monkeypatch.setattr(kept, "refresh", refreshed_and_pushed_out)
    assert len(kept.series()["loss-a"]) == 1000
    assert len(looks) == 2


def test_a_cache_that_another_process_deletes_meanwhile_is_no_cache(tmp_path, monkeypatch):
    for number in range(2):
        (tmp_path / f"v2-{number}.sqlite").write_bytes(b"x")
    listed = Path.iterdir

    def listed_and_deleted(folder):
        found = list(listed(folder))
        found[0].unlink()
        return iter(found)

    monkeypatch.setattr(Path, "iterdir", listed_and_deleted)
    assert len(upkeep.cache_files(tmp_path)) == 1


def test_a_cache_that_is_opened_counts_as_used(tmp_path, monkeypatch):
    monkeypatch.setenv("FITLOG_CACHE_DIR", str(tmp_path / "cache"))
    logs = tmp_path / "logs"
    make_run(logs)
    directory = LogDirectory(logs, Index.of(logs))
    directory.refresh()
    path = directory.index.path
    assert path is not None
    os.utime(path, (1, 1))
    Index.of(logs)
    assert upkeep.cache_files(path.parent)[0].used > 1


def test_curves_that_are_looked_at_stay_longer_than_those_that_are_not(tmp_path, monkeypatch):
    monkeypatch.setenv("FITLOG_CACHE_MB", "1")
    logs, path = tmp_path / "logs", tmp_path / "cache.sqlite"
    folders = [make_run(logs, f"log_20260101_00000{number}") for number in range(3)]
    for folder in folders:
        append(folder, "".join(line(i, i / 7) for i in range(27_000)))
    for folder in (*folders[:2], folders[0], folders[2]):
        Index(path).curves(folder).part("loss-a", 100)
    with closing(sqlite3.connect(path)) as connection:
        kept = {run for (run,) in connection.execute("SELECT DISTINCT run FROM series")}
    assert kept == {folders[0].name, folders[2].name}


def test_one_cache_gives_up_the_curves_not_used_for_longest(tmp_path, monkeypatch):
    monkeypatch.setenv("FITLOG_CACHE_MB", "1")
    logs, index = tmp_path / "logs", Index(tmp_path / "cache.sqlite")
    folders = [make_run(logs, f"log_20260101_00000{number}") for number in range(4)]
    for folder in folders:
        append(folder, "".join(line(i, i / 7) for i in range(30_000)))
        index.curves(folder).series()
    with closing(sqlite3.connect(tmp_path / "cache.sqlite")) as connection:
        kept = {run for (run,) in connection.execute("SELECT DISTINCT run FROM series")}
    assert folders[-1].name in kept
    assert folders[0].name not in kept
    assert_same(folders[0], index)
