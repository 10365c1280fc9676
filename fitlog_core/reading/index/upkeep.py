"""Caches listed, bounded in size, cleaned up."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from fitlog_core import log_format
from fitlog_core.reading.index import curve_store, row_store
from fitlog_core.reading.index.database import remove
from fitlog_core.reading.index.location import SUFFIX
from fitlog_core.settings import environment

MEGABYTE = 1 << 20
_COMPANIONS = ("-wal", "-shm")


class CacheFile(NamedTuple):
    """One cache: its file, bytes on disk, when it was used last (epoch seconds)."""

    path: Path
    size: int
    used: float


def cache_files(folder: Path) -> list[CacheFile]:
    """Return the caches in a folder, of all versions of fitlog, the latest used first."""
    found: list[CacheFile] = []
    with suppress(OSError):
        for path in folder.iterdir():
            if path.name.startswith("v") and path.name.endswith(SUFFIX):
                with suppress(OSError):
                    found.append(_looked_at(path))
    return sorted(found, key=lambda cache: -cache.used)


def _looked_at(path: Path) -> CacheFile:
    found = path.stat()
    size, used = found.st_size, found.st_mtime
    for companion in _COMPANIONS:
        with suppress(OSError):  # most are not there
            beside = path.with_name(path.name + companion).stat()
            size += beside.st_size
            # Whoever only looks into a cache may leave a fresh but empty companion beside it.
            if companion == "-wal" and beside.st_size:
                used = max(used, beside.st_mtime)
    return CacheFile(path, size, used)


def keep_origin(connection: sqlite3.Connection, log_dir: Path) -> None:
    """Note in a cache which log directory it is of."""
    name = os.fsencode(os.path.realpath(log_dir)).decode("utf-8", "replace")
    connection.execute("INSERT OR REPLACE INTO origin VALUES(1, ?)", (name,))


def origin_of(path: Path) -> str | None:
    """Return which log directory a cache is of, None if it does not say."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT log_dir FROM origin").fetchone()
    except sqlite3.Error:  # damaged, of another version, or in use by one who writes
        return None
    return None if found is None else str(found[0])


def most_bytes() -> int:
    """Return how large all caches together may be."""
    text = environment("cache size")
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    return (int(text) if is_number else 4096) * MEGABYTE


def bound(folder: Path, besides: Path) -> list[CacheFile]:
    """Delete the caches not used for longest until the rest are within the bound.

    :param besides: The one that is about to be used, which stays.
    :return: What was deleted.
    """
    left = most_bytes()
    gone = []
    for cache in cache_files(folder):
        left -= cache.size
        if left < 0 and cache.path != besides and remove(cache.path):
            gone.append(cache)
    return gone


def trim(connection: sqlite3.Connection, besides: str) -> None:
    """Give up the curves not used for longest while a cache alone is beyond the bound.

    :param besides: The run whose curves were just put in.
    """
    while _bytes_in(connection) > most_bytes():
        oldest = connection.execute(
            "SELECT run FROM used WHERE run<>? ORDER BY at LIMIT 1", (besides,)
        ).fetchone()
        if oldest is None:
            return
        _forget_curves(connection, oldest[0])
        connection.execute("PRAGMA incremental_vacuum").fetchall()


def _bytes_in(connection: sqlite3.Connection) -> int:
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _forget_curves(connection: sqlite3.Connection, run_id: str) -> None:
    for kind in log_format.STEP_FILES:
        curve_store.forget_file(connection, run_id, kind)
    connection.execute("DELETE FROM used WHERE run=?", (run_id,))


def forget_runs(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Take everything of runs out of a cache."""
    chosen = list(ids)
    row_store.forget(connection, chosen)
    for run_id in chosen:
        _forget_curves(connection, run_id)
