"""One SQLite file: opened, shared by threads and processes, made anew when it is damaged."""

from __future__ import annotations

import sqlite3
import threading
import weakref
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

_T = TypeVar("_T")
Work = Callable[[sqlite3.Connection], _T]

PATIENCE = 5.0  # seconds to wait for another process to end its short write
# SQLite's words for a damaged file, and for tables that somebody took away.
_DAMAGE = ("malformed", "not a database", "no such table", "no such column", "no column named")

WRITTEN = 1  # marks a file whose tables are all there

SCHEMA = """
CREATE TABLE IF NOT EXISTS origin(id INTEGER PRIMARY KEY, log_dir TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shape(id INTEGER PRIMARY KEY, columns BLOB NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS pack(
    first TEXT PRIMARY KEY, plain BLOB NOT NULL, odd BLOB NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS file(
    run TEXT NOT NULL, kind TEXT NOT NULL, place TEXT NOT NULL, records INTEGER NOT NULL,
    skipped INTEGER NOT NULL, PRIMARY KEY(run, kind)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS used(run TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS series(
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, kind TEXT NOT NULL, key BLOB NOT NULL,
    UNIQUE(run, kind, key));
CREATE TABLE IF NOT EXISTS chunk(
    series INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    length INTEGER NOT NULL, record INTEGER NOT NULL, stride INTEGER NOT NULL,
    has_epochs INTEGER NOT NULL, whole BLOB NOT NULL, checksum INTEGER NOT NULL,
    groups BLOB NOT NULL, blocks BLOB NOT NULL, records BLOB, epochs BLOB, steps BLOB NOT NULL,
    numbers BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS chunk_by_step ON chunk(
    series, first, last, length, record, stride, has_epochs, whole);
CREATE TABLE IF NOT EXISTS text(
    series INTEGER NOT NULL, step INTEGER NOT NULL, text BLOB NOT NULL, record INTEGER NOT NULL,
    checksum INTEGER NOT NULL, PRIMARY KEY(series, step)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stamp(
    run TEXT NOT NULL, kind TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    records BLOB NOT NULL, times BLOB NOT NULL, checksum INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS stamp_by_record ON stamp(run, kind, first);
"""


class DamagedError(sqlite3.DatabaseError):
    """What was read is not what was written."""


class _Held:
    """The open file of a cache, which is given back when nobody asks the cache any more.

    It stands apart from the cache: of a cycle that is collected Python may come to the connection
    before it comes to who would close it.
    """

    def __init__(self) -> None:
        self.connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Give the file back."""
        connection, self.connection = self.connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


class Database:
    """A cache file, or the memory where there can be none. Whatever happens to it, work goes on.

    :param path: The file; None for memory.
    :ivar trouble: Why it is in memory though a file was asked for; empty where nothing happened.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.trouble = ""
        self._lock = threading.RLock()
        self._held = _Held()
        # SQLite gives it back itself at the interpreter's end, when this module is gone already.
        weakref.finalize(self, self._held.close).atexit = False

    def read(self, work: Work[_T]) -> _T:
        """Do reading work that sees one state of the cache."""
        return self._do(work, "BEGIN")

    def write(self, work: Work[_T]) -> _T:
        """Do writing work, wholly or, if it raises, not at all."""
        return self._do(work, "BEGIN IMMEDIATE")

    def close(self) -> None:
        """Give the file back; what is asked afterwards opens it again."""
        with self._lock:
            self._held.close()

    def _do(self, work: Work[_T], begin: str) -> _T:
        with self._lock:
            while True:
                try:
                    return self._transaction(work, begin)
                except (sqlite3.Error, UnicodeDecodeError) as error:
                    self._recover(error)

    def _transaction(self, work: Work[_T], begin: str) -> _T:
        if self._held.connection is None:
            self._held.connection = self._opened()
        connection = self._held.connection
        connection.execute(begin)
        try:
            done = _done(work, connection)
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # some errors have rolled back already
                connection.execute("ROLLBACK")
            raise
        return done

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            ":memory:" if self.path is None else self.path,
            timeout=PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA page_size=16384")  # most of it are columns of 64 kB
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
            with suppress(sqlite3.OperationalError):  # another process is just doing it
                connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA wal_autocheckpoint=4000")  # pages; each waits for the disk
            if connection.execute("PRAGMA user_version").fetchone()[0] != WRITTEN:
                connection.executescript(
                    f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version={WRITTEN}; COMMIT;"
                )
        except BaseException:
            connection.close()
            raise
        return connection

    def _recover(self, error: Exception) -> None:
        """Make a damaged file anew; go on in memory if that is no help, or not what is wrong."""
        self.close()
        if self.path is None:
            raise error
        if not self.trouble and _is_damage(error) and remove(self.path):
            self.trouble = f"was damaged ({error}) and is made anew"
            return
        self.trouble = f"{self.path} cannot be used ({error})"
        self.path = None


def _done(work: Work[_T], connection: sqlite3.Connection) -> _T:
    """Do work; what it cannot make sense of is damage, which SQLite itself does not look for."""
    try:
        return work(connection)
    except (
        ValueError,
        LookupError,
        TypeError,
        ArithmeticError,
        StopIteration,
        zlib.error,
    ) as error:
        raise DamagedError(f"what was read makes no sense: {error!r}") from error


def remove(path: Path) -> bool:
    """Delete a cache with what belongs to it; tell whether it is gone."""
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        try:
            name.unlink(missing_ok=True)
        except OSError:
            return False
    return True


def _is_damage(error: Exception) -> bool:
    """Tell damage from a full disk, a missing right, a lock that nobody releases."""
    # SQLite names in its errors what it read, and Python fails over names that are no text.
    if isinstance(error, (DamagedError, UnicodeDecodeError)):
        return True
    if type(error) is sqlite3.DatabaseError:  # for a damaged file alone, at times without a word
        return True
    return any(word in str(error) for word in _DAMAGE)
