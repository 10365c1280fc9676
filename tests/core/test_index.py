"""The cache of what was read: the same curves as the files, whatever happens to either."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_tools import OLD_LOGS, RUN, append, assert_same, cached, facts, line, make_run, opened

from fitlog_core.reading import cursor
from fitlog_core.reading import series as series_module
from fitlog_core.reading.index import (
    chunks,
    curves,
    extremes,
)
from fitlog_core.reading.index.store import Index


@pytest.fixture
def folder(tmp_path) -> Path:
    return make_run(tmp_path / "logs")


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


@pytest.mark.parametrize("wide", [2**31, 2**40])
def test_steps_that_four_bytes_do_not_hold_stand_beside_those_they_do(folder, tmp_path, wide):
    append(folder, "".join(line(i, i / 7) for i in range(9_000)))
    assert cached(folder, tmp_path).series()["loss-a"].steps.itemsize == 4
    append(folder, line(wide, 0.5))
    steps = cached(folder, tmp_path).series()["loss-a"].steps
    assert steps.itemsize == 8
    assert list(steps) == sorted([*range(9_000), wide])


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


step_numbers = st.one_of(
    st.integers(0, 40), st.sampled_from([-(2**31), -1, 2**31 - 1, 2**31, 2**40])
)
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
