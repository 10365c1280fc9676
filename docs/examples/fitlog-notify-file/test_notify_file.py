import re

import fitlog_notify_file
import pytest

from fitlog_core.testing import recorded_run


def train(folder, error=None):
    with recorded_run(folder, fitlog_notify_file) as recorded:
        recorded.run.add_loss(0.3, step=1, name="loss")
        if error is not None:
            raise error
    return recorded.read().id


def test_a_run_that_ends_well_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("FITLOG_NOTIFY_FILE", str(tmp_path / "ends.txt"))
    run_id = train(tmp_path)
    (line,) = (tmp_path / "ends.txt").read_text("utf-8").splitlines()
    assert re.search(rf" {run_id} finish after \d+ s$", line)


def test_an_error_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("FITLOG_NOTIFY_FILE", str(tmp_path / "ends.txt"))
    with pytest.raises(ValueError, match="too big"):
        train(tmp_path, ValueError("too big"))
    assert (tmp_path / "ends.txt").read_text("utf-8").endswith(" s: ValueError: too big\n")


def test_a_file_that_cannot_be_written_does_not_stop_training(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FITLOG_NOTIFY_FILE", str(tmp_path / "missing" / "ends.txt"))
    train(tmp_path)
    assert "'fitlog_notify_file' failed in fitlog_run_finished" in capsys.readouterr().err
