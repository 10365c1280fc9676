import pytest
from fitlog_loop import LoopRecorder
from tiny_loop import train

from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.reader import State
from fitlog_core.testing import recorded_run


def test_settings_and_every_step_are_recorded(tmp_path):
    with recorded_run(tmp_path) as recorded:
        train({"lr": 0.05, "steps": 4}, [LoopRecorder()])  # the current run
    found = recorded.read()
    assert found.hyper == {"lr": 0.05, "steps": 4}
    assert list(found.series()["loss-loss"].steps) == [1, 2, 3, 4]
    assert found.series()["metric-w"].values[-1] == pytest.approx(2, abs=0.1)
    assert found.state() is State.FINISHED


def test_a_training_that_fails_is_an_error(tmp_path):
    with recorded_run(tmp_path) as recorded:
        recorded.run.create_log_folder()
        with pytest.raises(KeyError):
            train({"steps": 4}, [LoopRecorder()])
    assert recorded.read().state() is State.ERROR


def test_a_loop_over_seeds_makes_a_run_each(tmp_path):
    with recorded_run(tmp_path):
        recorder = LoopRecorder(tmp_path / "others")
        for seed in (1, 2):
            train({"lr": 0.05, "steps": 2, "seed": seed}, [recorder])
        recorder.run.finish()
    runs = LogDirectory(tmp_path / "others")
    runs.refresh()
    assert sorted(row["hyper-seed"] for row in runs.rows()) == [1, 2]
