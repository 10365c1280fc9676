"""A directory of runs: found, watched, and never left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fitlog_core import machine
from fitlog_core.errors import RunNotFoundError
from fitlog_core.reading import cursor as cursor_module
from fitlog_core.reading import known_runs, readers_at_hand, turns
from fitlog_core.reading.logdir import LogDirectory

OLD_LOGS = Path(__file__).parents[1] / "fixtures" / "fitlog-0.9-logs"
FIRST, SECOND = "log_20260101_000000", "log_20260101_000001"


def make_run(root: Path, run_id: str, state: str = "running") -> Path:
    folder = root / run_id
    folder.mkdir(parents=True)
    (folder / "meta.log").write_text(json.dumps({"meta": {"state": state}}) + "\n")
    (folder / "loss.log").write_text('Step:1\t{"loss": {"Loss": 1.0}, "step": 1}\n')
    return folder


def opened(path: Path) -> LogDirectory:
    directory = LogDirectory(path)
    directory.refresh()
    return directory


def append(folder: Path, name: str, text: str) -> None:
    with (folder / name).open("a") as file:
        file.write(text)


def test_the_old_logs_are_thirty_runs_newest_first():
    directory = opened(OLD_LOGS)
    ids = directory.ids()
    assert len(ids) == 30
    assert ids == sorted(ids, reverse=True)
    assert [row["id"] for row in directory.rows()] == ids


def test_folders_that_are_no_runs_are_passed_over(tmp_path):
    make_run(tmp_path, FIRST)
    make_run(tmp_path, "checkpoints")
    (tmp_path / SECOND).mkdir()
    (tmp_path / "log_20260101_000002").write_text("a file")
    (tmp_path / "log_20260101_000003" / "meta.log").mkdir(parents=True)
    assert opened(tmp_path).ids() == [FIRST]


def test_a_missing_directory_is_empty_and_recovers(tmp_path):
    logs = tmp_path / "logs"
    directory = opened(logs)
    assert (directory.ids(), directory.rows()) == ([], [])
    make_run(logs, FIRST)
    directory.refresh()
    assert directory.ids() == [FIRST]
    cursor = directory.cursor
    shutil.rmtree(logs)
    directory.refresh()
    assert directory.ids() == []
    assert directory.changes(cursor).removed == [FIRST]


def test_a_path_that_is_a_file_is_empty(tmp_path):
    (tmp_path / "logs").write_text("")
    assert opened(tmp_path / "logs").ids() == []


def test_changes_are_told_from_a_cursor_on(tmp_path):
    folder = make_run(tmp_path, FIRST)
    make_run(tmp_path, SECOND, "finish")
    directory = opened(tmp_path)
    cursor = directory.cursor
    directory.refresh()
    assert directory.changes(cursor) == (cursor, [], [], set())
    append(folder, "loss.log", 'Step:2\t{"loss": {"Loss": 1.0}, "step": 2}\n')
    directory.refresh()
    changes = directory.changes(cursor)
    assert (changes.changed, changes.removed) == ([FIRST], [])
    assert directory.changes(changes.cursor).changed == []
    assert directory.run(FIRST).last_step == 2


def test_who_asked_before_the_first_look_is_told_of_every_run(tmp_path):
    make_run(tmp_path, FIRST)
    directory = LogDirectory(tmp_path)
    before = directory.cursor
    directory.refresh()
    make_run(tmp_path, SECOND)
    directory.refresh()
    assert directory.changes(before).changed == [SECOND, FIRST]


@pytest.mark.parametrize("cursor", ["", "x", "abcd.5", ".", "0.-1", "٣.٣", "a.b.c", "9" * 5000])
def test_an_unknown_cursor_gets_everything(tmp_path, cursor):
    make_run(tmp_path, FIRST)
    assert opened(tmp_path).changes(cursor).changed == [FIRST]


def test_a_cursor_of_another_process_is_unknown(tmp_path):
    make_run(tmp_path, FIRST)
    assert opened(tmp_path).changes(opened(tmp_path).cursor).changed == [FIRST]


def test_a_removed_run_that_comes_again_is_a_change_and_no_removal(tmp_path):
    folder = make_run(tmp_path, FIRST)
    directory = opened(tmp_path)
    cursor = directory.cursor
    shutil.rmtree(folder)
    directory.refresh()
    assert directory.changes(cursor).removed == [FIRST]
    make_run(tmp_path, FIRST, "finish")
    directory.refresh()
    changes = directory.changes(cursor)
    assert (changes.changed, changes.removed) == ([FIRST], [])
    assert directory.row(FIRST)["state"] == "finished"


def test_a_folder_made_anew_between_two_looks_is_read_anew(tmp_path):
    folder = make_run(tmp_path, FIRST)
    append(folder, "hyper.log", '{"hyper": {"lr": 0.1}}\n')
    directory = opened(tmp_path)
    shutil.rmtree(folder)
    make_run(tmp_path, FIRST)
    directory.refresh()
    assert "hyper-lr" not in directory.row(FIRST)


def test_a_finished_run_tells_of_late_records_through_its_meta_log(tmp_path):
    folder = make_run(tmp_path, FIRST, "finish")
    directory = opened(tmp_path)
    append(folder, "other.log", '{"other": {"note": "late"}}\n')
    append(folder, "meta.log", '{"meta": {"state": "finish"}}\n')
    directory.refresh()
    assert directory.row(FIRST)["other-note"] == "late"


def test_a_finished_run_whose_files_arrive_one_by_one_is_complete_in_the_end(tmp_path):
    folder = make_run(tmp_path, FIRST, "finish")
    directory = opened(tmp_path)
    append(folder, "other.log", '{"other": {"note": "copied later"}}\n')
    for _ in range(turns.ROUNDS):
        directory.refresh()
    assert directory.row(FIRST)["other-note"] == "copied later"


def test_a_finished_run_costs_a_look_at_its_meta_log_alone(tmp_path, monkeypatch):
    make_run(tmp_path, FIRST, "finish")
    directory = opened(tmp_path)
    looks: list[str] = []
    monkeypatch.setattr(
        known_runs, "look", lambda folder: looks.append(folder) or known_runs.NO_MARKS
    )
    for _ in range(turns.ROUNDS - 2):
        directory.refresh()
    assert looks == []


def test_many_runs_that_are_over_are_glanced_at_in_turns(tmp_path, monkeypatch):
    monkeypatch.setattr(turns, "TURN", 2)
    for i in range(5):
        make_run(tmp_path, f"log_20260101_00000{i}", "finish")
    directory = opened(tmp_path)
    looks: list[str] = []
    mark_of = known_runs.mark_of
    monkeypatch.setattr(
        known_runs, "mark_of", lambda folder: looks.append(folder) or mark_of(folder)
    )
    directory.refresh()
    assert len(looks) == 2
    directory.refresh()
    directory.refresh()
    assert len(set(looks)) == 5


def test_all_files_are_compared_once_more_a_while_after_the_end(tmp_path, monkeypatch):
    folder = make_run(tmp_path, FIRST, "finish")
    directory = opened(tmp_path)
    append(folder, "other.log", '{"other": {"note": "late and unmarked"}}\n')
    directory.refresh()
    assert "other-note" not in directory.row(FIRST)
    later = turns.time.time() + turns.SETTLED_AFTER + 1
    monkeypatch.setattr(turns.time, "time", lambda: later)
    directory.refresh()
    assert directory.row(FIRST)["other-note"] == "late and unmarked"


@pytest.mark.parametrize("remote", [True, False])
def test_on_a_network_file_system_the_server_is_asked_about_live_runs(
    tmp_path, monkeypatch, remote
):
    monkeypatch.setattr(known_runs.machine, "is_on_network", lambda path: remote)
    asked: list[str] = []
    revalidate = known_runs.revalidate
    monkeypatch.setattr(
        known_runs,
        "revalidate",
        lambda folder, *count: asked.append(folder) or revalidate(folder, *count),
    )
    folder = make_run(tmp_path, FIRST)
    make_run(tmp_path, SECOND, "finish")
    directory = opened(tmp_path)
    append(folder, "loss.log", 'Step:2\t{"loss": {"Loss": 1.0}, "step": 2}\n')
    asked.clear()
    directory.refresh()
    assert directory.row(FIRST).last_step == 2
    assert asked.count(str(folder)) == remote
    assert remote or not asked


def test_a_run_that_is_asked_for_is_looked_at_closely(tmp_path):
    folder = make_run(tmp_path, FIRST, "finish")
    directory = opened(tmp_path)
    cursor = directory.cursor
    append(folder, "other.log", '{"other": {"note": "late and unmarked"}}\n')
    assert directory.run(FIRST).other == {"note": "late and unmarked"}
    assert directory.changes(cursor).changed == [FIRST]


def test_a_run_that_falls_silent_changes_without_a_write(tmp_path):
    folder = make_run(tmp_path, FIRST)
    directory = opened(tmp_path)
    cursor = directory.cursor
    for file in folder.iterdir():
        os.utime(file, (1, 1))
    directory.refresh()
    assert directory.row(FIRST)["state"] == "stale"
    assert directory.changes(cursor).changed == [FIRST]


@pytest.mark.parametrize("later", ["Step:3", 'Step:3\t{"loss": {"Loss": 1.0}, "step": 3}\n' * 3])
def test_the_last_step_of_a_live_run_is_that_of_its_rewritten_file(tmp_path, later):
    folder = make_run(tmp_path, FIRST)
    append(folder, "loss.log", 'Step:9\t{"loss": {"Loss": 1.0}, "step": 9}\n')
    directory = opened(tmp_path)
    assert directory.row(FIRST).last_step == 9
    text = (folder / "loss.log").read_text()
    (folder / "loss.log").write_text(text.replace("9", "2") + later)
    directory.refresh()
    assert directory.row(FIRST).last_step == (3 if later.endswith("\n") else 2)


def test_a_live_run_with_a_file_that_cannot_be_read_is_no_change_each_time(tmp_path, monkeypatch):
    folder = make_run(tmp_path, FIRST)
    append(folder, "hyper.log", '{"hyper": {"lr": 1}}\n')
    directory = opened(tmp_path)
    append(folder, "hyper.log", '{"hyper": {"lr": 2}}\n')

    def refused(path, *how, **more):
        if str(path).endswith("hyper.log"):
            raise PermissionError(13, "Permission denied")
        return open(path, *how, **more)

    with monkeypatch.context() as patch:
        patch.setattr(cursor_module, "open", refused, raising=False)
        directory.refresh()
        assert directory.row(FIRST)["hyper-lr"] == 1
        cursor = directory.cursor
        directory.refresh()
        assert directory.changes(cursor).changed == []
    directory.refresh()
    assert directory.row(FIRST)["hyper-lr"] == 2


def test_a_silent_run_whose_process_dies_then_is_stopped_without_a_write(tmp_path):
    folder = make_run(tmp_path, FIRST)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        known = {"pid": process.pid, "boot": machine.boot(), "host": machine.host()}
        (folder / "meta.log").write_text(json.dumps({"meta": {"state": "running", **known}}) + "\n")
        for file in folder.iterdir():
            os.utime(file, (1, 1))
        directory = opened(tmp_path)
        assert directory.row(FIRST)["state"] == "stale"
        cursor = directory.cursor
        process.kill()
    directory.refresh()
    assert directory.row(FIRST)["state"] == "stopped"
    assert directory.changes(cursor).changed == [FIRST]


def test_a_run_whose_page_is_opened_as_its_process_dies_is_told_as_a_change(tmp_path):
    folder = make_run(tmp_path, FIRST)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        known = {"pid": process.pid, "boot": machine.boot(), "host": machine.host()}
        (folder / "meta.log").write_text(json.dumps({"meta": {"state": "running", **known}}) + "\n")
        directory = opened(tmp_path)
        cursor = directory.cursor
        process.kill()
    directory.reread(FIRST)
    directory.refresh()
    assert directory.row(FIRST)["state"] == "stopped"
    assert directory.changes(cursor).changed == [FIRST]


@pytest.mark.parametrize(
    "run_id",
    ["", ".", "..", "/", "/etc", f"../{FIRST}", f"{FIRST}/", f"{FIRST}/..", "%2e%2e", "a\0b",
     f"./{FIRST}", SECOND, FIRST.upper(), "log_99999999_999999"],
)  # fmt: skip
def test_an_unknown_id_is_no_run(tmp_path, run_id):
    make_run(tmp_path / "logs", FIRST)
    make_run(tmp_path, SECOND)
    directory = opened(tmp_path / "logs")
    with pytest.raises(RunNotFoundError):
        directory.run(run_id)
    with pytest.raises(RunNotFoundError):
        directory.row(run_id)


def test_a_link_that_leads_out_of_the_directory_is_no_run(tmp_path):
    outside = make_run(tmp_path, FIRST)
    logs = tmp_path / "logs"
    make_run(logs, SECOND)
    (logs / FIRST).symlink_to(outside)
    (logs / "log_20260101_000005").symlink_to(logs / SECOND)
    (logs / "log_20260101_000006").symlink_to(logs / "log_20260101_000006")
    assert opened(logs).ids() == ["log_20260101_000005", SECOND]


def test_a_run_replaced_by_a_link_that_leads_out_is_no_run_any_more(tmp_path):
    logs = tmp_path / "logs"
    folder = make_run(logs, FIRST)
    make_run(logs, SECOND)
    directory = opened(logs)
    shutil.move(folder, tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    directory.refresh()
    assert directory.ids() == [SECOND]


def test_the_directory_itself_may_be_a_link(tmp_path):
    make_run(tmp_path / "real", FIRST)
    (tmp_path / "logs").symlink_to(tmp_path / "real")
    assert opened(tmp_path / "logs").ids() == [FIRST]


def test_readers_are_kept_for_a_bounded_number_of_runs_that_are_over(tmp_path, monkeypatch):
    monkeypatch.setattr(readers_at_hand, "READERS", 2)
    ids = [f"log_20260101_00000{i}" for i in range(4)]
    for run_id in ids:
        make_run(tmp_path, run_id, "finish")
    directory = opened(tmp_path)
    first = directory.run(ids[0])
    assert directory.run(ids[0]) is first
    for run_id in ids[1:]:
        assert len(directory.run(run_id).series()["loss-Loss"]) == 1
    assert directory.run(ids[0]) is not first


def test_several_threads_may_ask_while_runs_are_written(tmp_path):
    folder = make_run(tmp_path, FIRST)
    directory = opened(tmp_path)
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            directory.refresh()
            directory.changes(directory.cursor)
            curve = directory.run(FIRST).series()["loss-Loss"]
            assert list(curve.steps) == list(range(1, len(curve) + 1))
            directory.rows()

    with ThreadPoolExecutor(4) as threads:
        asking = [threads.submit(ask) for _ in range(4)]
        for i in range(2, 300):
            append(folder, "loss.log", f'Step:{i}\t{{"loss": {{"Loss": 1.0}}, "step": {i}}}\n')
        done.set()
    for thread in asking:
        thread.result()  # raises what the thread did
    assert len(directory.run(FIRST).series()["loss-Loss"]) == 299
