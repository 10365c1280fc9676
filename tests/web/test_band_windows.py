"""The band of long curves, told from what is remembered, against all points by numpy."""

from __future__ import annotations

import json
import math
import random

import numpy
import pytest
from web_board import board_of

from fitlog_core.reading.index.store import Index
from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.reader import RunReader
from fitlog_web.band_windows import BandMemory, Group, cuts_of, thin, whole

RUNS = [f"log_20260101_00000{number}" for number in range(3)]
LONG = 30_000
NAME = "loss-a"
NAN = math.nan


def said(value: float) -> object:
    return "NaN" if math.isnan(value) else value


def lines(points: dict[int, float]) -> str:
    told = ({"loss": {"a": said(v)}, "step": s, "epoch": s // 10} for s, v in points.items())
    return "".join(f"Step:{each['step']}\t{json.dumps(each)}\n" for each in told)


def noise(number: int, steps) -> dict[int, float]:
    chance = random.Random(number)
    return {step: chance.gauss(number, 1.0) for step in steps}


ALIKE = [noise(number, range(LONG)) for number in range(3)]
WITH_GAPS = [
    {
        step: NAN if 9_000 <= step < 9_300 or (number, step) == (1, 20_000) else value
        for step, value in of_run.items()
    }
    for number, of_run in enumerate(ALIKE)
]
UNLIKE = [
    noise(0, range(0, LONG, 3)),  # rarely,
    noise(1, range(LONG // 2)),  # not to the end,
    noise(2, range(7_777, LONG + 5_000, 2)),  # from later on
]
ONE = [noise(5, range(LONG))]
CURVES = {"alike": ALIKE, "with gaps": WITH_GAPS, "unlike": UNLIKE, "one": ONE}


@pytest.fixture(scope="module", params=CURVES)
def of_all(request, tmp_path_factory):
    """The same curves as runs and as they are, of which no test changes a byte."""
    curves = CURVES[request.param]
    folder = tmp_path_factory.mktemp("logs")
    for run_id, points in zip(RUNS, curves, strict=False):
        (folder / run_id).mkdir()
        for name in ("meta", "hyper", "best_metric", "other", "progress", "file", "metric"):
            (folder / run_id / f"{name}.log").touch()
        (folder / run_id / "loss.log").write_text(lines(points), "utf-8")
    board = LogDirectory(folder, Index.of(folder))
    board.refresh()
    of_runs = [board.run(each) for each in RUNS[: len(curves)]]
    return Group(NAME, of_runs, [0.0] * len(curves)), curves


@pytest.fixture
def grouped(logs, make_run):
    """Return a function that writes runs and returns their curve as a group."""

    def make(curves: list[dict[int, float]], kind: type[Group] = Group) -> Group:
        for run_id, points in zip(RUNS, curves, strict=False):
            make_run(run_id, loss=lines(points))
        board = LogDirectory(logs, Index.of(logs))
        board.refresh()
        return kind(NAME, [board.run(each) for each in RUNS[: len(curves)]], [0.0] * len(curves))

    return make


def plain(curves, first=None, last=None):
    """Return steps, n, mean, std, lowest and highest of all points, the long way."""
    steps = sorted({step for points in curves for step in points})
    steps = [s for s in steps if (first is None or s >= first) and (last is None or s <= last)]
    table = numpy.array([[points.get(step, NAN) for step in steps] for points in curves])
    counts = numpy.isfinite(table).sum(axis=0)
    figures = numpy.full((4, len(steps)), NAN)
    for at, column in enumerate(table.T):
        finite = column[numpy.isfinite(column)]
        if len(finite):
            std = finite.std(ddof=1) if len(finite) > 1 else NAN
            figures[:, at] = finite.mean(), std, finite.min(), finite.max()
    return numpy.array(steps), counts, *figures


def assert_exact(band, expected) -> None:
    steps, counts, *figures = expected
    at = numpy.searchsorted(steps, band.steps)
    assert list(steps[at]) == list(band.steps)
    assert list(counts[at]) == list(band.n)
    for line, figure in zip((band.mean, band.std, band.low, band.high), figures, strict=True):
        assert numpy.array(line) == pytest.approx(figure[at], rel=1e-12, nan_ok=True)


def assert_keeps_extremes(band, expected) -> None:
    steps, counts, mean, std, low, high = expected
    assert (band.steps[0], band.steps[-1]) == (steps[0], steps[-1])
    for line, figure, most in [
        (band.mean, mean, numpy.nanmin),
        (band.mean, mean, numpy.nanmax),
        (band.low, low, numpy.nanmin),
        (band.high, high, numpy.nanmax),
    ]:
        assert most(line) == pytest.approx(most(figure), rel=1e-12)
    shown, spread = numpy.array(band.mean), numpy.array(band.std)
    if counts.max() > 1:
        assert numpy.nanmin(shown - spread) == pytest.approx(numpy.nanmin(mean - std))
        assert numpy.nanmax(shown + spread) == pytest.approx(numpy.nanmax(mean + std))
    assert (min(band.n) == 0) == (counts.min() == 0)


SPANS = [(None, None), (100, 29_000), (8_191, None), (8_500, 9_100)]


@pytest.fixture(scope="module", params=SPANS)
def of_span(request, of_all):
    """A span, and what is expected of it, which takes longer to tell than the band."""
    return request.param, plain(of_all[1], *request.param)


@pytest.mark.parametrize("points", [9, 30, 300, 3000])
def test_a_long_band_is_exact_and_keeps_its_extremes(of_all, of_span, points):
    (group, curves), (span, expected), memory = of_all, of_span, BandMemory()
    for _ in range(2):
        found, total = thin(memory, group, points, *span)
        assert total == len(expected[0])
        assert len(found) <= points
        assert list(found.band.steps) == sorted(set(found.band.steps))
        assert_exact(found.band, expected)
        assert_keeps_extremes(found.band, expected)
        known = [any(s in each for each in curves) and s // 10 for s in found.band.steps]
        assert list(found.epochs) == known


def test_all_points_are_told_where_all_are_asked_for(of_all):
    group, curves = of_all
    found = whole(group, 50, 25_000)
    expected = plain(curves, 50, 25_000)
    assert list(found.band.steps) == list(expected[0])
    assert_exact(found.band, expected)


class Counting(Group):
    """A group that notes which steps it read."""

    read: list[tuple[int, int]] = []  # noqa: RUF012 - the test empties it

    def points(self, first, last):
        self.read.append((first, last))
        return super().points(first, last)


def append(run: RunReader, points: dict[int, float]) -> None:
    with (run.folder / "loss.log").open("a", encoding="utf-8") as file:
        file.write(lines(points))


def test_of_runs_that_grow_the_last_window_alone_is_reckoned_again(grouped):
    memory, group = BandMemory(), grouped(ALIKE, Counting)
    Counting.read.clear()
    thin(memory, group, 300, None, None)
    assert len(Counting.read) == 4
    more = noise(9, range(LONG, LONG + 50))
    append(group.runs[0], more)
    Counting.read.clear()
    found, total = thin(memory, group, 300, None, None)
    assert Counting.read == [(24_576, LONG + 49)]
    expected = plain([ALIKE[0] | more, *ALIKE[1:]])
    assert total == LONG + 50
    assert_exact(found.band, expected)
    assert_keeps_extremes(found.band, expected)


def test_a_value_that_is_logged_again_is_seen(grouped):
    memory, group = BandMemory(), grouped(ALIKE)
    thin(memory, group, 300, None, None)
    append(group.runs[1], {12_345: 99.0})
    found, _ = thin(memory, group, 300, None, None)
    assert max(found.band.high) == 99.0
    assert_exact(found.band, plain([ALIKE[0], ALIKE[1] | {12_345: 99.0}, ALIKE[2]]))


def test_a_file_that_is_replaced_is_seen(grouped):
    memory, group = BandMemory(), grouped(ALIKE)
    thin(memory, group, 300, None, None)
    (group.runs[2].folder / "loss.log").unlink()
    append(group.runs[2], ALIKE[0])
    found, _ = thin(memory, group, 300, None, None)
    assert_exact(found.band, plain([ALIKE[0], ALIKE[1], ALIKE[0]]))


def test_without_a_cache_on_disk_a_band_is_the_same_and_follows(grouped):
    stored = grouped(UNLIKE)
    read = Group(NAME, [RunReader(run.folder) for run in stored.runs], stored.starts)
    memory = BandMemory()
    found = [thin(memory, group, 300, None, None)[0].band for group in (stored, read)]
    assert_exact(found[1], plain(UNLIKE))
    assert_keeps_extremes(found[1], plain(UNLIKE))
    append(read.runs[0], {LONG + 9: 77.0, 30: -77.0})
    again, _ = thin(memory, read, 300, None, None)
    assert (min(again.band.low), max(again.band.high)) == (-77.0, 77.0)


def test_the_memory_keeps_to_its_bound_and_what_is_told_does_not_depend_on_it(grouped):
    group, small, large = grouped(ALIKE), BandMemory(60_000), BandMemory()
    expected = thin(large, group, 300, None, None)[0].band
    assert large.size > 60_000
    for _ in range(2):
        assert thin(small, group, 300, None, None)[0].band == expected
        assert 0 < small.size <= 60_000


def test_times_told_later_reach_the_points_before_them(grouped):
    def timed(step: int) -> str:
        return f'Step:{step}\t{{"loss": {{"a": 1}}, "step": {step}, "time": {100.0 + step}}}\n'

    group = grouped([{}])
    memory, log = BandMemory(), group.runs[0].folder / "loss.log"
    log.write_text(timed(0) + lines(dict.fromkeys(range(1, 16_384), 1.0) | {12_000: 2.0}))
    before, _ = thin(memory, group, 9, None, None)
    assert list(before.elapsed) == [100.0] * len(before)
    with log.open("a") as file:
        file.write(timed(16_384))
    after, _ = thin(memory, group, 9, None, None)
    assert 12_000 in after.band.steps
    assert list(after.elapsed) == pytest.approx([100.0 + step for step in after.band.steps])


def test_windows_stay_where_they_are_as_runs_grow_and_no_run_has_three_stretches_in_one(grouped):
    curves = [run.curves.extents(NAME) for run in grouped(UNLIKE).runs]
    cuts = cuts_of(curves)
    for number in range(1, len(curves[0])):
        assert cuts_of([curves[0][:number], *curves[1:]])[:1] == cuts[:1]
    for first, following in zip(cuts, [*cuts[1:], 2**62], strict=True):
        for extents in curves:
            assert sum(e.last >= first and e.first < following for e in extents) <= 2


def test_a_curve_that_no_run_has_is_an_empty_band(grouped):
    runs = grouped(ALIKE).runs
    nothing = Group("loss-b", runs, [None] * 3)
    found, total = thin(BandMemory(), nothing, 300, None, None)
    assert (len(found), total) == (0, 0)
    assert len(whole(nothing, None, None)) == 0
    beyond, total = thin(BandMemory(), Group(NAME, runs, [None] * 3), 300, LONG, None)
    assert (len(beyond), total) == (0, 0)


def test_gaps_are_told_as_finely_as_those_of_a_run(logs, make_run):
    for number, run_id in enumerate(RUNS):
        make_run(run_id, hyper={"seed": number}, loss=lines(WITH_GAPS[number]))
    client, runs = board_of(logs).test_client(), ",".join(RUNS)
    bands = client.get(f"/api/bands?runs={runs}&names={NAME}&points=800").json
    (band,) = [group["bands"][NAME] for group in bands["groups"]]
    curves = client.get(f"/api/series?runs={runs}&names={NAME}&points=800").json
    told = [mark for run in curves["runs"].values() for mark in run[NAME]["marks"]]
    assert {mark["step"] for mark in band["marks"]} == {mark["step"] for mark in told}
    assert sum(mark["count"] for mark in band["marks"]) == 901
