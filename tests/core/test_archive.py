"""Trash and restore by the view at hand; erasing only from the trash, and never a live run."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from fitlog_core.errors import ArchiveError, RunNotFoundError
from fitlog_core.reading import archive
from fitlog_core.reading.extra_data import ExtraData
from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.views import View

DELETED = "log_20261122_090321"
EDITED = "log_20261122_090313"
LIVE = "log_20261122_120000"


def opened(log_dir: Path) -> LogDirectory:
    runs = LogDirectory(log_dir)
    runs.refresh()
    return runs


def make_running(log_dir: Path, silent_for: float) -> None:
    """A run that says it is running on another machine, and was written a while ago."""
    shutil.copytree(log_dir / EDITED, log_dir / LIVE)
    meta = {"meta": {"host": "elsewhere", "pid": 1, "boot": "x", "state": "running"}}
    (log_dir / LIVE / "meta.log").write_text(json.dumps(meta) + "\n", "utf-8")
    then = time.time() - silent_for
    for path in (log_dir / LIVE).iterdir():
        os.utime(path, (then, then))


def test_trash_and_restore_are_ids_in_the_view_and_move_no_folder(fixture_logs):
    view = archive.trash(View.open(fixture_logs), [EDITED])
    assert view.deleted == (DELETED, EDITED)
    assert (fixture_logs / EDITED).is_dir()
    assert archive.restore(view, [EDITED, DELETED]).deleted == ()


def test_what_is_erased_is_gone_from_disk_every_view_and_the_edited_cells(fixture_logs):
    View.open(fixture_logs, "other.cfg").save({"hidden_logs": [EDITED, "x"]})
    view = archive.trash(View.open(fixture_logs), [EDITED])
    assert archive.erase(opened(fixture_logs), view, [EDITED]) == []
    assert not (fixture_logs / EDITED).exists()
    assert View.open(fixture_logs).deleted == (DELETED,)
    assert View.open(fixture_logs, "other.cfg").hidden == ("x",)
    assert EDITED not in ExtraData.open(fixture_logs).ids()
    assert not list(fixture_logs.glob(".*"))


def test_a_row_added_by_hand_is_erased_too(fixture_logs):
    view = archive.trash(View.open(fixture_logs), ["paper_SOTA_2024"])
    archive.erase(opened(fixture_logs), view, ["paper_SOTA_2024"])
    assert ExtraData.open(fixture_logs).added() == []


def test_only_what_lies_in_the_trash_is_erased_and_else_nothing(fixture_logs):
    with pytest.raises(ArchiveError, match=f"{EDITED} is not in the trash"):
        archive.erase(opened(fixture_logs), View.open(fixture_logs), [DELETED, EDITED])
    assert (fixture_logs / DELETED).is_dir()


@pytest.mark.parametrize("silent_for", [0, 3600], ids=["running", "stale"])
def test_a_run_that_may_still_write_is_not_erased(fixture_logs, silent_for):
    make_running(fixture_logs, silent_for)
    view = archive.trash(View.open(fixture_logs), [LIVE])
    with pytest.raises(ArchiveError, match="may still write"):
        archive.erase(opened(fixture_logs), view, [LIVE])
    assert (fixture_logs / LIVE / "meta.log").exists()


def test_a_run_that_said_nothing_for_a_day_can_be_erased(fixture_logs):
    make_running(fixture_logs, silent_for=25 * 3600)
    archive.erase(opened(fixture_logs), archive.trash(View.open(fixture_logs), [LIVE]), [LIVE])
    assert not (fixture_logs / LIVE).exists()


def test_a_folder_that_is_a_link_is_refused_and_nothing_outside_is_touched(fixture_logs, tmp_path):
    outside = tmp_path / "outside"
    shutil.copytree(fixture_logs / EDITED, outside)
    (fixture_logs / LIVE).symlink_to(outside)
    view = archive.trash(View.open(fixture_logs), [LIVE])
    with pytest.raises(ArchiveError, match="is a link"):
        archive.erase(opened(fixture_logs), view, [LIVE])
    assert len(list(outside.iterdir())) == 8


def test_links_inside_an_erased_folder_are_not_followed(fixture_logs, tmp_path):
    outside = tmp_path / "data"
    outside.mkdir()
    (outside / "kept.txt").write_text("x", "utf-8")
    (fixture_logs / EDITED / "data").symlink_to(outside)
    view = archive.trash(View.open(fixture_logs), [EDITED])
    archive.erase(opened(fixture_logs), view, [EDITED])
    assert (outside / "kept.txt").exists()


@pytest.mark.parametrize("row_id", ["..", "../outside", "nope", "summaries", "/etc", "log_2/../x"])
def test_an_id_that_is_no_row_erases_nothing(fixture_logs, row_id):
    view = archive.trash(View.open(fixture_logs), [row_id])
    with pytest.raises(RunNotFoundError):
        archive.erase(opened(fixture_logs), view, [row_id])
    assert (fixture_logs / "summaries").is_dir()


def test_the_id_of_a_run_whose_folder_is_gone_is_tidied_up(fixture_logs):
    shutil.rmtree(fixture_logs / DELETED)
    archive.erase(opened(fixture_logs), View.open(fixture_logs), [DELETED])
    assert View.open(fixture_logs).deleted == ()


def test_what_a_killed_erasure_left_is_swept_by_the_next(fixture_logs):
    left = fixture_logs / f".erased-{LIVE}-abcd"
    shutil.copytree(fixture_logs / EDITED, left)
    archive.erase(opened(fixture_logs), View.open(fixture_logs), [DELETED])
    assert not left.exists()
