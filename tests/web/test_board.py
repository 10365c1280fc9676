"""The board's memory: looked up on disk again, but not for every visitor."""

from __future__ import annotations

import gc
import threading

import pytest

from fitlog_core.errors import RunNotFoundError
from fitlog_core.reading.logdir import LogDirectory
from fitlog_web import board as board_module
from fitlog_web.board import Board

EDITED = "log_20261122_090313"


@pytest.fixture
def looks(monkeypatch):
    """Counts how often the directory is really looked at."""
    counted: list[int] = []
    look = LogDirectory.refresh

    def refresh(self):
        counted.append(1)
        look(self)

    monkeypatch.setattr(LogDirectory, "refresh", refresh)
    return counted


def test_visitors_within_a_second_share_one_look(fixture_logs, looks, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(board_module.time, "monotonic", lambda: now[0])
    board = Board(fixture_logs)
    for _ in range(5):
        board.refresh()
        now[0] += 0.19
    assert len(looks) == 1
    now[0] += 0.1
    board.refresh()
    assert len(looks) == 2
    board.refresh(at_once=True)
    assert len(looks) == 3


def test_an_edit_shows_at_once_though_the_directory_is_not_looked_at(fixture_logs, looks):
    board = Board(fixture_logs)
    board.refresh()
    board.extra().set(EDITED, {"memo": "x"}).add("by hand", {"memo": "y"})
    board.refresh()
    assert board.row(EDITED).values["memo"] == "x"
    assert board.row("by hand").added
    board.extra().remove(["by hand"])
    board.refresh()
    with pytest.raises(RunNotFoundError):
        board.row("by hand")
    assert len(looks) == 1


def test_rows_can_be_read_while_others_refresh(fixture_logs):
    board = Board(fixture_logs)
    board.refresh()
    faults: list[BaseException] = []

    def visit():
        try:
            for number in range(20):
                board.refresh(at_once=number % 5 == 0)
                assert len(board.in_view(board.view(), deleted=True)) == 31
                board.paths()
        except Exception as fault:  # noqa: BLE001 - whatever it is, the test tells it
            faults.append(fault)

    threads = [threading.Thread(target=visit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_names_of_views_that_are_not_there_are_not_kept(fixture_logs):
    board = Board(fixture_logs)
    for number in range(50):
        assert not board.view(f"{number}.cfg").exists
    assert len(board._views._views) == 0
    assert board.view() is board.view()


def test_rows_that_came_by_the_thousand_are_left_out_of_searches_for_cycles(tmp_path):
    for number in range(board_module.MANY):
        folder = tmp_path / f"log_20260101_{number:06d}"
        folder.mkdir()
        (folder / "meta.log").write_text('{"meta": {"state": "finish"}}\n')
    board = Board(tmp_path)
    before = gc.get_freeze_count()
    board.refresh()
    assert len(board.rows()) == board_module.MANY
    assert gc.get_freeze_count() - before > board_module.MANY
    gc.unfreeze()  # for the other tests of this process
