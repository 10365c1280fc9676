"""What adapters need of a run: to go on with another one, and to know its name early."""

from __future__ import annotations

from pathlib import Path

from fitlog_core.reading.reader import RunReader
from fitlog_core.recording.run import Run


def a_finished_run(logs: Path) -> Path:
    run = Run(logs)
    run.add_loss(0.5, step=0, name="loss")
    run.finish()
    return Path(run.get_log_folder(absolute=True) or "")


def test_a_run_without_a_folder_goes_on_with_an_earlier_one(tmp_path: Path) -> None:
    folder = a_finished_run(tmp_path / "logs")
    run = Run(tmp_path / "logs")
    run.add_hyper({"lr": 0.1})
    assert run.go_on_with(folder)
    run.add_loss(0.4, step=1, name="loss")
    reader = RunReader(folder)
    reader.refresh()
    assert reader.row()["hyper-lr"] == 0.1
    assert list(reader.series()["loss-loss"].steps) == [0, 1]
    assert reader.state().value == "running"
    assert [path.name for path in (tmp_path / "logs").glob("log_*")] == [folder.name]


def test_a_run_that_has_begun_does_not_go_on_with_another(tmp_path: Path) -> None:
    folder = a_finished_run(tmp_path / "logs")
    run = Run(tmp_path / "logs")
    run.create_log_folder()
    assert not run.go_on_with(folder)
    assert run.get_log_folder(absolute=True) != str(folder)


def test_a_folder_that_is_no_run_is_not_gone_on_with(tmp_path: Path) -> None:
    assert not Run(tmp_path / "logs").go_on_with(tmp_path)


def test_a_reserved_folder_becomes_the_runs_own(tmp_path: Path) -> None:
    run = Run(tmp_path)
    name = run.reserve_log_folder()
    assert run.get_log_folder() is None
    assert not list((tmp_path / str(name)).iterdir())
    run.add_loss(0.5, step=0, name="loss")
    assert run.get_log_folder() == run.reserve_log_folder() == name


def test_a_reserved_folder_is_given_back_when_an_earlier_run_goes_on(tmp_path: Path) -> None:
    folder = a_finished_run(tmp_path)
    run = Run(tmp_path)
    assert run.reserve_log_folder() != folder.name
    assert run.go_on_with(folder)
    assert [path.name for path in tmp_path.glob("log_*")] == [folder.name]


def test_a_reserved_folder_that_somebody_removed_is_taken_anew(tmp_path: Path) -> None:
    run = Run(tmp_path)
    (tmp_path / str(run.reserve_log_folder())).rmdir()
    run.add_loss(0.5, step=0, name="loss")
    assert (tmp_path / str(run.get_log_folder()) / "meta.log").exists()


def test_an_end_that_is_taken_back_is_no_end(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.create_log_folder()
    run.conclude()
    assert run.has_ended
    run.reopen()
    assert not run.has_ended
