"""A full disk, a lost folder: training goes on, and recording too as soon as it can."""

from __future__ import annotations

import shutil

from recording_tools import meta_lines, only_run, runs, said, steps, valid_steps

import fitlog

LIMIT = (
    "import resource, sys, fitlog\n"
    "def limit(size):\n"
    "    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))\n"
)


def test_a_disk_that_is_full_for_a_while_costs_only_the_records_of_that_while(run_python, tmp_path):
    """The limit on a file's size makes the kernel write short, then refuse: as a full disk does."""
    done = run_python(
        LIMIT + "fitlog.set_log_dir('logs')\n"
        "for step in range(50): fitlog.add_loss(0.5, step, 'loss')\n"
        "import os\n"
        "size = os.path.getsize(fitlog.get_log_folder(True) + '/loss.log')\n"
        "limit(size + 70)\n"
        "for step in range(50, 100): fitlog.add_loss(0.5, step, 'loss')\n"
        "limit(resource.RLIM_INFINITY)\n"
        "for step in range(100, 150): fitlog.add_loss(0.5, step, 'loss')\n"
        "fitlog.finish()\n"
        "print('training went on')\n"
    )
    assert done.stdout == "training went on\n"
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("fitlog: cannot write ")
    assert "loss.log" in done.stderr
    folder = only_run(tmp_path / "logs")
    found = [record.step for record in valid_steps(folder)]
    assert found[:50] == list(range(50))
    assert found[-50:] == list(range(100, 150))
    assert len((folder / "loss.log").read_bytes().splitlines()) == len(found) + 1  # the torn one
    assert said(folder, "meta")["state"] == "finish"


def test_every_length_of_a_short_write_is_closed(run_python, tmp_path):
    done = run_python(
        LIMIT + "import os\n"
        "run = fitlog.Run('logs')\n"
        "run.add_loss(0.5, 0, 'loss'); run.add_loss(0.5, 0, 'loss')\n"
        "path = run.get_log_folder(True) + '/loss.log'\n"
        "for length in range(1, 60):\n"
        "    limit(os.path.getsize(path) + length)\n"
        "    run.add_loss(0.5, 1, 'loss')\n"
        "    run.add_loss(0.5, 1, 'loss')\n"
        "    limit(resource.RLIM_INFINITY)\n"
        "    run.add_loss(0.25, 100 + length, 'loss')\n"
    )
    assert done.stderr.count("fitlog: ") == 1
    folder = only_run(tmp_path / "logs")
    found = [record.step for record in valid_steps(folder)]
    assert [step for step in found if step >= 100] == list(range(101, 160))
    for line in (folder / "loss.log").read_text().splitlines():  # as fitlog 0.9 reads it
        if line.startswith("S"):
            int(line[line.index(":") + 1 : line.index("\t")])


def test_a_run_that_found_no_room_at_its_start_begins_when_there_is_some(run_python, tmp_path):
    done = run_python(
        LIMIT + "fitlog.set_log_dir('logs')\n"
        "fitlog.add_hyper({'lr': 0.1, 'text': 'x' * 500})\n"
        "limit(100)\n"
        "for step in range(5): fitlog.add_loss(0.5, step, 'loss')\n"
        "import os\n"
        "assert os.listdir('logs') == [], os.listdir('logs')\n"
        "limit(resource.RLIM_INFINITY)\n"
        "for step in range(5, 10): fitlog.add_loss(0.5, step, 'loss')\n"
        "fitlog.finish()\n"
    )
    assert done.stderr.count("\n") == 1
    folder = only_run(tmp_path / "logs")
    assert said(folder, "hyper")["lr"] == 0.1
    assert [record.step for record in steps(folder)] == list(range(5, 10))
    assert said(folder, "meta")["state"] == "finish"


def test_a_device_without_room_warns_once_and_keeps_the_other_files(new_run, tmp_path, capsys):
    folder = tmp_path / "logs" / "log_20260101_000000"
    folder.mkdir(parents=True)
    (folder / "meta.log").write_text('{"meta": {"state": "finish"}}\n')
    (folder / "loss.log").symlink_to("/dev/full")  # the kernel's own full disk
    run = new_run(folder)
    for step in range(5):
        run.add_loss(0.5, step, "loss")
        run.add_metric(0.5, step, "acc")
    run.finish()
    told = capsys.readouterr().err
    assert told.count("fitlog: ") == 1
    assert "No space left on device" in told
    assert [record.step for record in steps(folder, "metric")] == list(range(5))
    assert meta_lines(folder)[-1] == {"state": "finish"}


def test_a_directory_deleted_under_a_live_run_does_not_stop_training(run_python, tmp_path):
    done = run_python(
        "import shutil, fitlog\n"
        "fitlog.set_log_dir('logs')\n"
        "fitlog.add_loss(0.5, 0, 'loss')\n"
        "shutil.rmtree('logs')\n"
        "for step in range(5):\n"
        "    fitlog.add_loss(0.5, step, 'loss'); fitlog.add_metric(0.5, step, 'acc')\n"
        "    fitlog.add_hyper(1, 'a'); fitlog.add_other(1, 'a'); fitlog.add_to_line('x')\n"
        "fitlog.add_best_metric(1, 'a'); fitlog.add_progress(3)\n"
        "fitlog.finish()\n"
        "fitlog.add_loss(0.5, 9, 'loss')\n"
        "print('training went on')\n"
    )
    assert done.stdout == "training went on\n"
    assert done.stderr.count("fitlog: cannot write") == 1
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "logs").exists()


def test_a_folder_deleted_before_the_script_ends_without_finish_is_no_error(run_python, tmp_path):
    done = run_python(
        "import shutil, fitlog\nfitlog.set_log_dir('logs')\nfitlog.add_loss(0.5, 0, 'loss')\n"
        "shutil.rmtree('logs')\n"
    )
    assert done.stderr == ""


def test_a_log_directory_that_became_a_file_warns_and_goes_on(new_run, tmp_path, capsys):
    run = new_run()
    shutil.rmtree(tmp_path / "logs")
    (tmp_path / "logs").write_text("mine")
    for step in range(3):
        run.add_loss(0.5, step, "loss")
    assert capsys.readouterr().err.count("fitlog: cannot write") == 1
    assert (tmp_path / "logs").read_text() == "mine"
    (tmp_path / "logs").unlink()
    run.add_loss(0.5, 3, "loss")
    assert [record.step for record in steps(only_run(tmp_path / "logs"))] == [3]


def test_a_closed_stderr_does_not_disturb_training(run_python, tmp_path):
    run_python(
        LIMIT + "sys.stderr.close()\n"
        "run = fitlog.Run('logs')\nrun.create_log_folder()\nlimit(10)\n"
        "for step in range(5): run.add_loss(0.5, step, 'loss')\nlimit(resource.RLIM_INFINITY)\n"
    )
    assert len(runs(tmp_path / "logs")) == 1


def test_too_many_open_files_cost_records_and_not_the_training(run_python, tmp_path):
    done = run_python(
        "import resource, fitlog\n"
        "run = fitlog.Run('logs')\nrun.add_loss(0.5, 0, 'loss')\n"
        "soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (1, hard))\n"
        "run.add_metric(0.5, 0, 'acc')\nrun.add_loss(0.5, 1, 'loss')\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))\n"
        "run.add_metric(0.5, 1, 'acc')\n"
    )
    assert done.stderr.count("fitlog: cannot write") == 1
    folder = only_run(tmp_path / "logs")
    assert [record.step for record in steps(folder)] == [0, 1]
    assert [record.step for record in steps(folder, "metric")] == [1]


def test_the_face_goes_on_after_its_log_directory_was_moved_away(fresh_session, tmp_path):
    fitlog.set_log_dir("logs")
    fitlog.add_loss(0.5, 0, "loss")
    (tmp_path / "logs").rename(tmp_path / "moved")
    fitlog.add_loss(0.5, 1, "loss")
    assert [record.step for record in steps(only_run(tmp_path / "moved"))] == [0, 1]
