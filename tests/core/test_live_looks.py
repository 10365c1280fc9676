"""Runs that live are looked at first and read afterwards; nothing falls in between."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from live_run import RUN, append, live_run, step

from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.recent import Recent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return live_run(tmp_path / "logs")


def test_what_is_written_between_a_look_and_its_reading_is_seen_by_the_next(folder):
    recent = Recent(folder / "loss.log", "loss")
    recent.refresh()
    append(folder / "loss.log", step(2))
    recent.look()
    append(folder / "loss.log", step(3))
    assert recent.refresh()
    assert recent.last_step == 2
    assert recent.refresh()
    assert recent.last_step == 3


def test_a_look_that_nobody_read_is_not_lost_by_a_second_one(folder):
    recent = Recent(folder / "loss.log", "loss")
    recent.refresh()
    append(folder / "loss.log", step(2))
    recent.look()
    recent.look()
    assert recent.refresh()
    assert recent.last_step == 2


def test_a_file_that_is_replaced_between_a_look_and_its_reading_is_read_anew(folder):
    recent = Recent(folder / "loss.log", "loss")
    recent.refresh()
    append(folder / "loss.log", step(2))
    recent.look()
    (folder / "new").write_text(step(7) + step(8))
    (folder / "new").replace(folder / "loss.log")
    recent.refresh()
    recent.refresh()
    assert recent.last_step == 8


def test_lines_that_were_cut_are_counted_once_also_behind_many_whole_ones(folder):
    recent = Recent(folder / "loss.log", "loss")
    recent.refresh()
    whole = "".join(map(step, range(2, 30)))
    append(folder / "loss.log", 'Step:2\t{"loss": {"Lo\n' + whole + "no record\n")
    assert recent.refresh()
    assert (recent.last_step, recent.torn) == (29, 2)


def test_a_row_goes_on_with_the_latest_record_and_keeps_its_cells(folder):
    reader = RunReader(folder)
    reader.refresh()
    row = reader.row()
    append(folder / "loss.log", step(5, '"NaN"') + "no record\n")
    reader.refresh()
    assert reader.go_on(row)
    assert (row.last_step, row.skipped, row.diverged) == (5, 1, {"loss-Loss": "NaN"})
    assert row["hyper-lr"] == 0.1
    assert dict(row) == dict(reader.row())


def test_a_row_whose_cells_are_others_by_now_does_not_go_on(folder):
    reader = RunReader(folder)
    reader.refresh()
    row = reader.row()
    append(folder / "hyper.log", '{"hyper": {"lr": 0.2}}\n')
    append(folder / "loss.log", step(5))
    reader.refresh()
    assert not reader.go_on(row)
    assert row.last_step == 1
    reader.row()
    assert not reader.go_on(row), "the reader knows newer cells"


def test_the_table_tells_records_and_cells_of_a_run_that_lives_as_they_come(folder):
    directory = LogDirectory(folder.parent)
    for number in range(2, 6):
        append(folder / "loss.log", step(number))
        append(folder / "hyper.log", f'{{"hyper": {{"lr": {number}}}}}\n' if number % 2 else "")
        cursor = directory.changes("").cursor
        directory.refresh()
        changes = directory.changes(cursor)
        assert (changes.changed, changes.gone_on) == ([RUN], {RUN} if number == 4 else set())
        row = directory.row(RUN)
        assert (row.last_step, row["hyper-lr"]) == (number, [0.1, 3, 3, 5][number - 2])


def test_a_run_that_changed_and_went_on_has_not_gone_on_alone(folder):
    directory = LogDirectory(folder.parent)
    directory.refresh()
    first = directory.cursor
    append(folder / "hyper.log", '{"hyper": {"lr": 0.2}}\n')
    directory.refresh()
    second = directory.cursor
    append(folder / "loss.log", step(2))
    directory.refresh()
    told = [directory.changes(cursor) for cursor in (first, second, directory.cursor, "unknown")]
    assert [changes.changed for changes in told] == [[RUN], [RUN], [], [RUN]]
    assert [changes.gone_on for changes in told] == [set(), {RUN}, set(), set()]


def test_a_record_older_than_the_last_one_of_another_file_leaves_the_time_of_that(folder):
    append(folder / "metric.log", 'Step:1\t{"metric": {"acc": 1.0}, "step": 1}\n')
    reader = RunReader(folder)
    reader.refresh()
    (folder / "metric.log").touch()
    reader.refresh()
    latest = reader.last_record
    append(folder / "loss.log", step(2))
    os.utime(folder / "loss.log", (1000, 1000))
    reader.refresh()
    assert (reader.last_step, reader.last_record) == (2, latest)
    os.utime(folder / "loss.log", (latest + 5, latest + 5))
    reader.refresh()
    assert reader.last_record == latest + 5
    (folder / "loss.log").unlink()
    reader.refresh()
    assert reader.last_record == latest
