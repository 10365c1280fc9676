"""A cache that is damaged, deleted, full or forbidden: right answers all the same."""

from __future__ import annotations

import gc
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import pytest
from index_tools import RUN, append, assert_same, line, make_run, opened

from fitlog_core.reading.index import (
    database,
)
from fitlog_core.reading.index.store import Index
from fitlog_core.reading.logdir import LogDirectory


@pytest.fixture
def folder(tmp_path) -> Path:
    return make_run(tmp_path / "logs")


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
        "UPDATE pack SET plain=CAST(replace(CAST(plain AS TEXT), '0.5', '0.7') AS BLOB)",
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


class Watched(sqlite3.Connection):
    """A connection that notes whether it was open when Python came to it."""

    left_open: ClassVar[list[bool]] = []

    def __del__(self) -> None:
        try:
            self.execute("SELECT 1")
        except sqlite3.ProgrammingError:
            self.left_open.append(False)
        else:
            self.left_open.append(True)
            self.close()


def test_a_cache_in_a_cycle_gives_its_file_back_before_python_comes_to_the_connection(
    tmp_path, monkeypatch
):
    # Python takes the older of two objects first: so may the connection be, after some collections.
    made = [sqlite3.connect(":memory:", isolation_level=None, factory=Watched)]
    monkeypatch.setattr(sqlite3, "connect", lambda *_, **__: made.pop())
    cycle = [database.Database(tmp_path / "cache.sqlite")]
    cycle[0].read(lambda connection: None)
    cycle.append(cycle)
    del cycle
    gc.collect()
    assert Watched.left_open == [False]
