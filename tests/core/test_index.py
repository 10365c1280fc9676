"""The cache of what was read: the same answers as the files, whatever happens to either."""

from __future__ import annotations

import errno
import json
import math
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fitlog_core import machine
from fitlog_core.reading import cursor
from fitlog_core.reading import series as series_module
from fitlog_core.reading.curves import Curves
from fitlog_core.reading.index import (
    chunks,
    curve_store,
    curves,
    database,
    extremes,
    location,
    upkeep,
    zoom,
)
from fitlog_core.reading.index.store import Index
from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.reader import RunReader

OLD_LOGS = Path(__file__).parents[1] / "fixtures" / "fitlog-0.9-logs"
RUN = "log_20260101_000000"


@pytest.fixture
def folder(tmp_path) -> Path:
    return make_run(tmp_path / "logs")


def make_run(logs: Path, run_id: str = RUN, state: str = "finish") -> Path:
    folder = logs / run_id
    folder.mkdir(parents=True)
    (folder / "meta.log").write_text(json.dumps({"meta": {"state": state}}) + "\n")
    return folder


def line(step: int, value: object, name: str = "a", **more: object) -> str:
    return f"Step:{step}\t{json.dumps({'loss': {name: value}, 'step': step, **more})}\n"


def append(folder: Path, text: str, name: str = "loss.log") -> None:
    with (folder / name).open("a") as file:
        file.write(text)


def facts(found: dict) -> dict:
    """Return curves as what can be compared: NaN is equal to itself then."""
    return {
        key: repr([list(x) for x in (one.steps, one.values, one.epochs, one.times)])
        + str(sorted(one.texts.items()))
        for key, one in found.items()
    }


def cached(folder: Path, tmp_path: Path) -> curves.IndexedCurves:
    return Index(tmp_path / "cache.sqlite").curves(folder)


def assert_same(folder: Path, index: Index) -> None:
    afresh = Curves(folder)
    kept = index.curves(folder)
    assert facts(kept.series()) == facts(afresh.series())
    assert kept.skipped == afresh.skipped
    assert sorted(kept.names()) == sorted(afresh.names())


# ----------------------------------------------------------------- curves


def test_a_second_process_reads_nothing_again(folder, tmp_path, monkeypatch):
    append(folder, "".join(line(i, i / 7) for i in range(1000)))
    first = cached(folder, tmp_path).series()
    monkeypatch.setattr(curves.records, "parse", None)
    assert facts(cached(folder, tmp_path).series()) == facts(first)


def test_only_what_was_appended_is_read(folder, tmp_path, monkeypatch):
    append(folder, "".join(line(i, i / 7) for i in range(1000)))
    cached(folder, tmp_path).series()
    append(folder, line(1000, 0.5))
    read: list[int] = []
    parse = curves.records.parse
    monkeypatch.setattr(
        curves.records, "parse", lambda text, *place: read.append(len(text)) or parse(text, *place)
    )
    assert len(cached(folder, tmp_path).series()["loss-a"]) == 1001
    assert read == [len(line(1000, 0.5))]


def test_a_process_killed_while_it_reads_leaves_the_rest_to_the_next(folder, tmp_path):
    append(folder, "".join(line(i, i / 7) for i in range(10_000)))
    killed = (
        "import os, signal, sys; from pathlib import Path;"
        "from fitlog_core.reading.index import curves; from fitlog_core.reading.index.store import"
        " Index; curves.FLUSH = 1 << 17; parse = curves.records.parse;\n"
        "def first_part(text, kind, before):\n"
        "    if before > 5000: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return parse(text, kind, before)\n"
        "curves.records.parse = first_part;"
        "Index(Path(sys.argv[1])).curves(Path(sys.argv[2])).series()"
    )
    cache = tmp_path / "cache.sqlite"
    done = subprocess.run([sys.executable, "-c", killed, str(cache), str(folder)])
    assert done.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(cache)) as connection:
        assert connection.execute("SELECT count(*) FROM chunk").fetchone()[0]
    assert_same(folder, Index(cache))


def test_another_process_in_the_midst_of_reading_is_no_end(folder, tmp_path, monkeypatch):
    append(folder, "".join(line(i, i / 7) for i in range(10_000)))
    monkeypatch.setattr(curves, "FLUSH", 1 << 17)
    parse, answers = curves.records.parse, []

    def asked_meanwhile(text, kind, before):
        if before > 5000 and not answers:
            answers.append(0)
            answers[0] = len(cached(folder, tmp_path).series()["loss-a"])
        return parse(text, kind, before)

    monkeypatch.setattr(curves.records, "parse", asked_meanwhile)
    assert len(cached(folder, tmp_path).series()["loss-a"]) == 10_000
    assert answers == [10_000]


def test_a_file_that_cannot_be_read_for_a_moment_is_read_later(folder, tmp_path, monkeypatch):
    append(folder, "".join(line(i, i / 7) for i in range(100)))
    kept = cached(folder, tmp_path)

    def failing(path, *how, **more):
        if str(path).endswith("loss.log"):
            raise OSError(errno.EMFILE, "Too many open files")
        return open(path, *how, **more)

    with monkeypatch.context() as patch:
        patch.setattr(cursor, "open", failing, raising=False)
        assert kept.series() == {}
    assert len(kept.series()["loss-a"]) == 100
    assert_same(folder, Index(tmp_path / "cache.sqlite"))


@pytest.mark.parametrize("count", [10, 20_000])
def test_a_value_edited_by_hand_is_seen_though_size_and_time_are_the_old_ones(
    folder, tmp_path, count
):
    append(folder, "".join(line(i, 0.125) for i in range(count)))
    path = folder / "loss.log"
    assert_same(folder, Index(tmp_path / "cache.sqlite"))
    before, text = path.stat(), path.read_text()
    path.write_text(text.replace(line(5, 0.125), line(5, 0.625)))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert_same(folder, Index(tmp_path / "cache.sqlite"))
    assert cached(folder, tmp_path).series()["loss-a"].values[5] == 0.625


def test_a_row_edited_by_hand_is_seen_though_size_and_time_are_the_old_ones(tmp_path):
    logs = tmp_path / "logs"
    path = make_run(logs) / "meta.log"
    path.write_text('{"meta": {"state": "finish", "note": "old"}}\n')
    directory = opened(logs, tmp_path / "cache.sqlite")
    before = path.stat()
    path.write_text(path.read_text().replace("old", "new"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    directory.refresh()
    assert directory.row(RUN)["meta-note"] == "new"
    assert opened(logs, tmp_path / "cache.sqlite").row(RUN)["meta-note"] == "new"


step_numbers = st.integers(0, 40)
values = st.one_of(
    st.floats(-1e3, 1e3), st.sampled_from(["NaN", "Infinity", "-Infinity", "text", "other", None])
)
lines = st.lists(
    st.builds(
        lambda step, value, name, more: line(step, value, name, **more),
        step_numbers,
        values,
        st.sampled_from("ab"),
        st.fixed_dictionaries(
            {}, optional={"epoch": st.integers(0, 3), "time": st.floats(1e9, 1.1e9)}
        ),
    ),
    min_size=1,
    max_size=12,
).map("".join)
actions = st.lists(
    st.one_of(
        st.tuples(st.just("append"), lines),
        st.tuples(st.just("rising"), st.integers(1, 40)),
        st.tuples(st.just("torn"), st.just('Step:7\t{"loss": {"a": ')),
        st.tuples(st.just("replace"), lines),
        st.tuples(st.just("rewrite"), lines),
        st.tuples(st.just("truncate"), st.integers(0, 400)),
        st.tuples(st.just("edit"), st.integers(0, 400)),
        st.tuples(st.just("remove"), st.none()),
        st.tuples(st.just("look"), st.integers(0, 1)),
    ),
    max_size=12,
)


def act(folder: Path, action: str, what: object, count: int) -> None:
    path = folder / "loss.log"
    before = path.read_bytes() if path.exists() else b""
    if action == "append":
        append(folder, str(what))
    elif action == "rising":
        append(folder, "".join(line(100 * count + i, i / 3) for i in range(int(str(what)))))
    elif action == "torn":
        append(folder, str(what))
    elif action == "replace":
        (folder / "new").write_text(str(what))
        os.replace(folder / "new", path)
    elif action == "rewrite":
        path.write_text(str(what))
    elif action == "truncate":
        path.write_bytes(before[: int(str(what))])
    elif action == "edit" and before:
        at = int(str(what)) % len(before)
        digit = before[at : at + 1]
        path.write_bytes(before[:at] + (b"7" if digit.isdigit() else digit) + before[at + 1 :])
    elif action == "remove":
        path.unlink(missing_ok=True)
    if path.exists():  # two changes within one tick of the clock cannot be told apart
        os.utime(path, ns=(count * 10**9, count * 10**9))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(doings=actions)
def test_the_cache_answers_as_the_files_do(monkeypatch, doings):
    monkeypatch.setattr(chunks, "CHUNK", 8)
    monkeypatch.setattr(extremes, "BLOCK", 2)
    monkeypatch.setattr(curves, "FLUSH", 64)
    with tempfile.TemporaryDirectory() as place:
        folder = make_run(Path(place) / "logs")
        boards = [Index(Path(place) / "cache.sqlite") for _ in range(2)]
        try:
            for count, (action, what) in enumerate(doings):
                if action == "look":
                    boards[int(str(what))].curves(folder).series()
                else:
                    act(folder, action, what, count + 1)
            for board in boards:
                assert_same(folder, board)
        finally:
            for board in boards:
                board.close()


def test_several_processes_fill_one_cache_while_the_run_writes(folder, tmp_path):
    done = threading.Event()
    faults: list[BaseException] = []

    def watch() -> None:
        index = Index(tmp_path / "cache.sqlite")  # a connection of its own, as a process has
        try:
            while not done.is_set():
                curve = index.curves(folder).series().get("loss-a", series_module.Series())
                assert list(curve.steps) == list(range(len(curve)))
        except Exception as fault:  # noqa: BLE001 - whatever it is, the test tells it
            faults.append(fault)
        finally:
            index.close()

    append(folder, line(0, 0.0))
    watchers = [threading.Thread(target=watch) for _ in range(3)]
    for watcher in watchers:
        watcher.start()
    for start in range(1, 2001, 50):
        append(folder, "".join(line(i, i / 7) for i in range(start, start + 50)))
    done.set()
    for watcher in watchers:
        watcher.join()
    assert faults == []
    assert_same(folder, Index(tmp_path / "cache.sqlite"))


@pytest.mark.parametrize("run", sorted(path.name for path in OLD_LOGS.glob("log_*")))
def test_the_old_logs_are_the_same_by_way_of_the_cache(run, tmp_path):
    assert_same(OLD_LOGS / run, Index(tmp_path / "cache.sqlite"))


# --------------------------------------------------------------------- zoom


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK", 64)
    monkeypatch.setattr(extremes, "BLOCK", 8)
    monkeypatch.setattr(zoom, "READ_WHOLE", 64)


def bumpy(i: int) -> object:
    if i % 977 == 5:
        return "NaN"
    return "Infinity" if i % 1501 == 7 else math.sin(i) * (i % 31)


@pytest.mark.parametrize("window", [(None, None), (100, 2900), (0, 3000), (777, 1500), (5, 9)])
@pytest.mark.parametrize("points", [20, 200])
def test_a_zoom_keeps_ends_extremes_and_gaps(folder, tmp_path, small_chunks, window, points):
    append(
        folder, "".join(line(2 * i, bumpy(i), epoch=i // 100, time=1e9 + i) for i in range(1500))
    )
    whole = series_module.part_of(Curves(folder).series()["loss-a"], None, *window)
    kept = cached(folder, tmp_path)
    kept.refresh()
    part = kept.part("loss-a", points, *window)
    assert part.total == whole.total
    assert len(part.series) <= points
    points_there = dict(zip(whole.series.steps, map(repr, whole.series.values), strict=True))
    shown = dict(zip(part.series.steps, map(repr, part.series.values), strict=True))
    assert shown.items() <= points_there.items()
    assert list(part.series.steps) == sorted(shown)
    assert {min(shown), max(shown)} == {min(points_there), max(points_there)}
    finite = [value for value in whole.series.values if math.isfinite(value)]
    assert {min(finite), max(finite)} <= set(part.series.values)
    assert [list(part.series.epochs), list(part.series.times)] == [
        [step // 200 for step in shown],
        [1e9 + step // 2 for step in shown],
    ]
    assert counted(part.marks) == counted(whole.marks)


def counted(marks: list) -> dict:
    counts: dict[str, int] = {}
    for mark in marks:
        counts[mark.kind] = counts.get(mark.kind, 0) + mark.count
    return counts


def test_a_zoom_into_a_long_curve_reads_few_of_its_chunks(
    folder, tmp_path, small_chunks, monkeypatch
):
    append(folder, "".join(line(i, i % 10 / 10) for i in range(20_000)))
    kept = cached(folder, tmp_path)
    kept.refresh()
    read: list[int] = []
    rows = curve_store.rows
    monkeypatch.setattr(curve_store, "rows", lambda *place: read.append(1) or rows(*place))
    part = kept.part("loss-a", 40, 1000, 19_000)
    assert part.total == 18_001
    assert len(read) == 2  # the two that the range cuts


@pytest.mark.parametrize("column", ["whole", "groups", "blocks"])
def test_what_a_zoom_looks_at_is_checked(folder, tmp_path, small_chunks, column):
    append(folder, "".join(line(i, i % 10 / 10) for i in range(5000)))
    path = tmp_path / "cache.sqlite"
    first = Index(path)
    first.curves(folder).series()
    first.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE chunk SET {column}=zeroblob(length({column}))")
    index = Index(path)
    for points in (40, 240, 2000):  # from whole chunks, groups, blocks
        assert index.curves(folder).part("loss-a", points).total == 5000
    assert "made anew" in index.where()


def test_a_curve_that_is_not_there_has_no_part(folder, tmp_path):
    assert cached(folder, tmp_path).part("loss-a", 100) is None


def test_one_curve_of_thousands_is_found_without_looking_through_the_others(
    folder, tmp_path, monkeypatch
):
    append(folder, line(1, 0.5) + line(1, 0.25, "b"))
    kept = cached(folder, tmp_path)
    kept.refresh()
    monkeypatch.setattr(curves.curve_store, "keys", None)
    assert kept.part("loss-b").series.values.tolist() == [0.25]


def test_texts_come_with_a_zoom(folder, tmp_path, small_chunks):
    append(folder, "".join(line(i, 0.5) for i in range(500)) + line(250, "burst"))
    kept = cached(folder, tmp_path)
    kept.refresh()
    assert kept.part("loss-a", 20).series.texts == {250: "burst"}
    assert kept.part("loss-a", 20).total == 499


# ------------------------------------------------------------ trouble with it


def broken(path: Path, how: str) -> None:
    if how == "garbage":
        path.write_bytes(b"no database" * 1000)
    elif how == "truncated":
        path.write_bytes(path.read_bytes()[:5000])
    elif how == "a table gone":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("DROP TABLE chunk")
    elif how == "a value changed":
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE chunk SET numbers=zeroblob(length(numbers))")
    elif how == "a place changed":
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE file SET place='[1, 2'")
    elif how == "a name changed":
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE series SET key=x'ff'")
    elif how == "a time changed":
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE stamp SET times=zeroblob(length(times))")
    elif how == "a text changed":
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE text SET step=step+1")
    elif how == "a chunk moved":
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE chunk SET record=record+1")
    elif how == "no text in the schema":
        schema = path.read_bytes().replace(b"CREATE TABLE chunk", b"CREATE \xffABLE chunk")
        path.write_bytes(schema)


DAMAGES = [
    "garbage", "truncated", "a table gone", "a value changed", "a place changed", "a name changed",
    "a time changed", "a text changed", "a chunk moved", "no text in the schema",
]  # fmt: skip


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_cache_is_made_anew(folder, tmp_path, how):
    append(folder, "".join(line(i, i + 0.5, time=1e9 + i) for i in range(3000)))
    append(folder, line(1500, "text"))
    path = tmp_path / "cache.sqlite"
    first = Index(path)
    first.curves(folder).series()
    first.close()
    broken(path, how)
    index = Index(path)
    assert_same(folder, index)
    assert index.path == path
    assert "made anew" in index.where()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE run SET facts=replace(facts, '0.5', '0.7')",
        "UPDATE shape SET columns='[['",
        "DELETE FROM shape",
    ],
)
def test_a_damaged_row_is_read_anew(tmp_path, damage):
    logs, path = tmp_path / "logs", tmp_path / "cache.sqlite"
    append(make_run(logs), '{"hyper": {"lr": 0.5}}\n', "hyper.log")
    opened(logs, path).index.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(damage)
    assert opened(logs, path).row(RUN)["hyper-lr"] == 0.5


def test_a_cache_deleted_while_it_is_used_is_no_matter(folder, tmp_path):
    append(folder, "".join(line(i, i + 0.5) for i in range(100)))
    index = Index(tmp_path / "cache.sqlite")
    assert_same(folder, index)
    database.remove(tmp_path / "cache.sqlite")
    append(folder, line(100, 0.5))
    assert_same(folder, index)
    assert_same(folder, Index(tmp_path / "cache.sqlite"))


def test_where_the_cache_cannot_be_written_memory_does(folder, tmp_path):
    append(folder, line(1, 0.5))
    index = Index(tmp_path / "nowhere" / "cache.sqlite")
    assert_same(folder, index)
    assert index.path is None
    assert index.where().startswith("in memory (")


def test_a_full_disk_moves_the_cache_to_memory(folder, tmp_path, monkeypatch):
    schema = database.SCHEMA
    monkeypatch.setattr(database, "SCHEMA", schema + "PRAGMA max_page_count=30;")
    append(folder, "".join(line(i, i + 0.5) for i in range(20_000)))
    index = Index(tmp_path / "cache.sqlite")
    monkeypatch.setattr(
        database.Database, "_recover", after(database.Database._recover, monkeypatch, schema)
    )
    assert_same(folder, index)
    assert "full" in index.where()


def after(recover, monkeypatch, schema):
    """Let the memory have room: only the file is on the full disk."""

    def recovering(self, error):
        monkeypatch.setattr(database, "SCHEMA", schema)
        recover(self, error)

    return recovering


def test_nothing_is_ever_written_into_the_log_directory(tmp_path, monkeypatch):
    logs = tmp_path / "logs"
    append(make_run(logs), line(1, 0.5))
    monkeypatch.setenv("FITLOG_CACHE_DIR", str(logs / "cache"))
    before = sorted(logs.rglob("*"))
    directory = LogDirectory(logs, Index.of(logs))
    directory.refresh()
    directory.run(RUN).series()
    assert sorted(logs.rglob("*")) == before
    assert "lies in the log directory" in directory.index.where()


# --------------------------------------------------------------------- rows


def opened(logs: Path, path: Path) -> LogDirectory:
    directory = LogDirectory(logs, Index(path))
    directory.refresh()
    return directory


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
    from fitlog_core.reading import logdir

    later = logdir.time.time() + logdir.SETTLED_AFTER + 1
    monkeypatch.setattr(logdir.time, "time", lambda: later)
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
    assert list(directory.index.rows()) == ["log_20260101_000001"]
    with closing(sqlite3.connect(tmp_path / "cache.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM chunk").fetchone() == (0,)


def test_a_run_that_went_while_nobody_looked_leaves_the_cache_too(tmp_path):
    logs = tmp_path / "logs"
    make_run(logs)
    make_run(logs, "log_20260101_000001")
    opened(logs, tmp_path / "cache.sqlite")
    shutil.rmtree(logs / RUN)
    directory = opened(logs, tmp_path / "cache.sqlite")
    assert list(directory.index.rows()) == directory.ids() == ["log_20260101_000001"]


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
    assert list(directory.index.rows()) == [RUN]


# ----------------------------------------------------------------- its place


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
        append(folder, "".join(line(i, i / 7) for i in range(20_000)))
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
