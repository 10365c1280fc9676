"""A zoom by way of the cache: few points, and none of those that matter left out."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from index_tools import append, cached, line, make_run

from fitlog_core.reading import series as series_module
from fitlog_core.reading.curves import Curves
from fitlog_core.reading.index import (
    chunks,
    curve_store,
    curves,
    extremes,
    zoom,
)
from fitlog_core.reading.index.store import Index


@pytest.fixture
def folder(tmp_path) -> Path:
    return make_run(tmp_path / "logs")


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
