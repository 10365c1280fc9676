"""Rows in the cache: those of runs that are over, as they were."""

from __future__ import annotations

import json
import math
import os
import shutil
import sqlite3
from contextlib import closing

import pytest
from index_tools import OLD_LOGS, RUN, append, line, make_run, opened

from fitlog_core.reading import once
from fitlog_core.reading.reader import RunReader


def test_rows_of_runs_that_are_over_come_from_the_cache(tmp_path, monkeypatch):
    logs = tmp_path / "logs"
    shutil.copytree(OLD_LOGS, logs)
    for path in logs.glob("*/*.log"):  # a fresh checkout would make one of them run
        os.utime(path, (1.7e9, 1.7e9))
    before = [dict(row) for row in opened(logs, tmp_path / "cache.sqlite").rows()]
    read: list[str] = []
    monkeypatch.setattr(RunReader, "refresh", lambda self: read.append(self.id))
    after = opened(logs, tmp_path / "cache.sqlite")
    assert repr([dict(row) for row in after.rows()]) == repr(before)
    assert read == []
    assert after.row("log_20261122_090313").last_step is not None


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, 2**70, "\ud800", None, [1, math.nan], {"x": []}, "汉", 0.1]
)
def test_every_kind_of_cell_comes_back_as_it_was(tmp_path, value):
    logs = tmp_path / "logs"
    append(make_run(logs), json.dumps({"hyper": {"x": value}}) + "\n", "hyper.log")
    first = opened(logs, tmp_path / "cache.sqlite").rows()
    second = opened(logs, tmp_path / "cache.sqlite").rows()
    assert repr([dict(row) for row in second]) == repr([dict(row) for row in first])
    assert [row.shape.paths for row in second] == [row.shape.paths for row in first]


def test_a_cell_of_many_megabytes_comes_back_and_so_do_the_runs_beside_it(tmp_path):
    logs = tmp_path / "logs"
    names = [f"log_20260101_00000{number}" for number in range(3)]
    for name in names:
        append(make_run(logs, name), json.dumps({"hyper": {"x": name[-1]}}) + "\n", "hyper.log")
    append(logs / names[1], json.dumps({"hyper": {"x": "y" * 3_000_000}}) + "\n", "hyper.log")
    opened(logs, tmp_path / "cache.sqlite")
    again = opened(logs, tmp_path / "cache.sqlite")
    assert [again.row(name)["hyper-x"] for name in names] == ["0", "y" * 3_000_000, "2"]


def test_of_many_runs_the_one_that_changed_is_read_anew_alone(tmp_path, monkeypatch):
    logs = tmp_path / "logs"
    names = [f"log_20260101_0000{number:02}" for number in range(20)]
    for name in names:
        make_run(logs, name)
    opened(logs, tmp_path / "cache.sqlite")
    append(logs / names[7], '{"other": {"note": "late"}}\n', "other.log")
    append(logs / names[7], '{"meta": {"state": "finish"}}\n', "meta.log")
    read: list[str] = []
    row_of = once.row_of
    monkeypatch.setattr(once, "row_of", lambda one, *rest: read.append(one) or row_of(one, *rest))
    again = opened(logs, tmp_path / "cache.sqlite")
    assert read == [names[7]]
    assert again.row(names[7])["other-note"] == "late"
    assert again.ids() == names[::-1]


def test_a_run_that_changed_meanwhile_is_read_anew(tmp_path):
    logs = tmp_path / "logs"
    folder = make_run(logs)
    opened(logs, tmp_path / "cache.sqlite")
    append(folder, '{"other": {"note": "late"}}\n', "other.log")
    append(folder, '{"meta": {"state": "finish"}}\n', "meta.log")
    assert opened(logs, tmp_path / "cache.sqlite").row(RUN)["other-note"] == "late"


def test_late_records_of_the_old_fitlog_show_after_a_restart(tmp_path, monkeypatch):
    logs = tmp_path / "logs"
    folder = make_run(logs)
    opened(logs, tmp_path / "cache.sqlite")
    append(folder, '{"other": {"note": "late and unmarked"}}\n', "other.log")
    directory = opened(logs, tmp_path / "cache.sqlite")
    from fitlog_core.reading import turns

    later = turns.time.time() + turns.SETTLED_AFTER + 1
    monkeypatch.setattr(turns.time, "time", lambda: later)
    directory.refresh()
    assert directory.row(RUN)["other-note"] == "late and unmarked"


def test_a_run_that_is_gone_leaves_the_cache(tmp_path):
    logs = tmp_path / "logs"
    append(make_run(logs), line(1, 0.5))
    make_run(logs, "log_20260101_000001")
    directory = opened(logs, tmp_path / "cache.sqlite")
    directory.run(RUN).series()
    shutil.rmtree(logs / RUN)
    directory.refresh()
    assert list(directory.index.rows().rows) == ["log_20260101_000001"]
    with closing(sqlite3.connect(tmp_path / "cache.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM chunk").fetchone() == (0,)


def test_a_run_that_went_while_nobody_looked_leaves_the_cache_too(tmp_path):
    logs = tmp_path / "logs"
    make_run(logs)
    make_run(logs, "log_20260101_000001")
    opened(logs, tmp_path / "cache.sqlite")
    shutil.rmtree(logs / RUN)
    directory = opened(logs, tmp_path / "cache.sqlite")
    assert list(directory.index.rows().rows) == directory.ids() == ["log_20260101_000001"]


def test_a_directory_that_vanishes_for_a_while_loses_nothing(tmp_path, monkeypatch):
    logs = tmp_path / "logs"
    make_run(logs)
    directory = opened(logs, tmp_path / "cache.sqlite")
    logs.rename(tmp_path / "away")
    directory.refresh()
    assert directory.ids() == []
    (tmp_path / "away").rename(logs)
    directory.refresh()
    assert directory.ids() == [RUN]
    assert list(directory.index.rows().rows) == [RUN]
