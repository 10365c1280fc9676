"""``debug()`` switches all recording off and on again, ``FITLOG_FLAG`` from outside."""

from __future__ import annotations

import random

import pytest
from recording_tools import only_run, said, steps

import fitlog

NONSENSE = {
    "set_log_dir": (None,),
    "add_loss": ("x", "no step"),
    "add_metric": (object(), -1),
    "add_best_metric": (3,),
    "add_hyper": (3,),
    "add_hyper_in_file": ("missing.py",),
    "add_other": (3, "meta"),
    "add_progress": ("x",),
    "add_to_line": (3,),
    "add_image": (3,),
    "add_figure": (3,),
    "finish": (7,),
    "create_log_folder": (),
    "commit": ("missing",),
    "get_log_dir": (),
    "get_log_folder": (),
    "get_log_id": (),
}


@pytest.mark.parametrize("is_set", [False, True])
@pytest.mark.parametrize("name", NONSENSE)
def test_under_debug_nothing_is_created_checked_raised_or_said(
    name, is_set, fresh_session, tmp_path, capsys
):
    if is_set:
        fitlog.set_log_dir("logs")
    before = sorted(tmp_path.rglob("*"))
    fitlog.debug()
    for _ in range(2):
        assert getattr(fitlog, name)(*NONSENSE[name]) is None
    assert sorted(tmp_path.rglob("*")) == before
    assert capsys.readouterr() == ("", "")


def test_is_debug_tells(fresh_session):
    assert fitlog.is_debug() is False
    fitlog.debug()
    assert fitlog.is_debug() is True
    fitlog.debug(flag=False)
    assert fitlog.is_debug() is False


@pytest.mark.parametrize("order", ["before", "after"])
def test_debug_works_before_or_after_the_directory_is_set(order, fresh_session, tmp_path):
    if order == "before":
        fitlog.debug()
    fitlog.set_log_dir("logs")
    fitlog.debug()
    fitlog.add_loss(0.5, 0, "loss")
    assert (tmp_path / "logs").exists() == (order == "after")
    assert list((tmp_path / "logs").glob("*")) == []


def test_a_stretch_of_code_is_left_out(fresh_session, tmp_path):
    fitlog.set_log_dir("logs")
    for step in range(9):
        fitlog.debug(3 <= step < 6)
        fitlog.add_loss(0.5, step, "loss")
        fitlog.add_hyper(step, f"h{step}")
    folder = only_run(tmp_path / "logs")
    assert [record.step for record in steps(folder)] == [0, 1, 2, 6, 7, 8]
    assert set(said(folder, "hyper")) == {"h0", "h1", "h2", "h6", "h7", "h8"}


def test_a_directory_named_under_debug_is_remembered(fresh_session, tmp_path, monkeypatch):
    fitlog.debug()
    fitlog.set_log_dir("logs")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    fitlog.debug(False)
    assert fitlog.is_initialized() is True
    seed = fitlog.set_rng_seed(5, pytorch=False)
    fitlog.add_loss(0.5, 0, "loss")
    folder = only_run(tmp_path / "logs")
    assert len(steps(folder)) == 1
    assert said(folder, "other") == {"rng_seed": seed}


def test_without_any_directory_recording_after_debug_names_set_log_dir(fresh_session):
    fitlog.debug()
    fitlog.add_loss(0.5, 0, "loss")
    fitlog.debug(False)
    with pytest.raises(RuntimeError, match="set_log_dir"):
        fitlog.add_loss(0.5, 0, "loss")


def test_seeding_works_under_debug_and_records_nothing(fresh_session, tmp_path):
    fitlog.set_log_dir("logs")
    fitlog.debug()
    assert fitlog.set_rng_seed(11, pytorch=False) == 11
    first = random.random()
    random.seed(11)
    assert random.random() == first
    fitlog.debug(False)
    fitlog.create_log_folder()
    assert said(only_run(tmp_path / "logs"), "other") == {}


def test_run_objects_heed_debug_too(new_run, tmp_path):
    run = new_run()
    fitlog.debug()
    with run:
        run.add_loss("x", "no step")
        run.add_best_metric(3)
        run.create_log_folder()
    assert run.get_log_dir() is None
    fitlog.debug(False)
    assert list((tmp_path / "logs").iterdir()) == []


PROBE = (
    "import fitlog\n"
    "print(fitlog.is_debug())\n"
    "fitlog.set_log_dir('logs')\n"
    "fitlog.commit('.')\n"
    "fitlog.add_loss(0.5, 0, 'loss')\n"
)


def test_the_flag_debug_records_nothing(run_python, tmp_path):
    done = run_python(PROBE, env={"FITLOG_FLAG": "DEBUG"})
    assert (done.stdout, done.stderr) == ("True\n", "")
    assert list(tmp_path.iterdir()) == []


def test_the_flag_no_commit_records_without_a_snapshot(run_python, tmp_path):
    done = run_python(PROBE, env={"FITLOG_FLAG": "NO_COMMIT"})
    assert (done.stdout, done.stderr) == ("False\n", "")
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]
    assert len(steps(only_run(tmp_path / "logs"))) == 1


@pytest.mark.parametrize("flag", ["", "debug", "OTHER", "1"])
def test_any_other_flag_changes_nothing(flag, run_python, tmp_path):
    (tmp_path / ".fitconfig").write_text("[fit_settings]\nwatched_rules = *.py\n")
    assert run_python(PROBE, env={"FITLOG_FLAG": flag}).stdout == "False\n"
    assert (tmp_path / ".fitlog").is_dir()
    assert "fit_id" in said(only_run(tmp_path / "logs"), "meta")


def test_the_flag_is_read_at_import_and_can_be_taken_back(run_python, tmp_path):
    run_python(
        "import os, fitlog\ndel os.environ['FITLOG_FLAG']\nassert fitlog.is_debug()\n"
        "fitlog.debug(False)\nfitlog.set_log_dir('logs')\nfitlog.add_loss(0.5, 0, 'loss')\n",
        env={"FITLOG_FLAG": "DEBUG"},
    )
    assert len(steps(only_run(tmp_path / "logs"))) == 1
