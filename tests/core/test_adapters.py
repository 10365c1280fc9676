"""Which run an adapter records into, over several trainings and after a resume."""

from __future__ import annotations

from pathlib import Path

import pytest
from recording_tools import lines, runs, said, steps

from fitlog_core.errors import MissingExtraError
from fitlog_core.recording import adapter, api
from fitlog_core.recording.frameworks import needed
from fitlog_core.recording.run import Run
from fitlog_core.recording.session import session
from fitlog_core.secrets import mask_values


@pytest.fixture(autouse=True)
def _no_current_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "run", None)
    monkeypatch.setattr(session, "remembered", None)
    monkeypatch.setattr(session, "code", None)


def test_a_second_training_gets_a_run_of_its_own_where_an_adapter_opened_the_first(tmp_path):
    first = adapter.run_for_training(adapter.run_for(tmp_path))
    first.add_loss(0.5, step=1, name="loss")
    second = adapter.run_for_training(adapter.run_for(tmp_path))
    second.add_loss(0.4, step=1, name="loss")
    assert session.run is second
    assert len(runs(tmp_path)) == 2


def test_what_a_framework_misses_itself_is_told_in_its_own_words(tmp_path, monkeypatch):
    (tmp_path / "framework_of_a_test.py").write_text("import its_backend", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="its_backend"), needed("framework_of_a_test"):
        pass
    with (
        pytest.raises(MissingExtraError, match=r"pip install wanted-1'.*fitlog.wanted. brings"),
        needed("wanted", package="wanted-1"),
    ):
        pass


def test_a_run_that_the_script_opened_keeps_all_its_trainings(tmp_path):
    api.set_log_dir(tmp_path)
    first = adapter.run_for_training(adapter.run_for())
    assert adapter.run_for_training(adapter.run_for()) is first


def test_a_run_goes_on_with_an_existing_one_and_takes_along_what_waits(tmp_path):
    earlier = Run(tmp_path)
    earlier.add_loss(0.5, step=1, name="loss")
    earlier.finish()
    (folder,) = runs(tmp_path)

    resumed = Run(tmp_path)
    resumed.add_hyper({"lr": 0.1})
    assert resumed.go_on_with(folder)
    resumed.add_loss(0.4, step=2, name="loss")

    assert runs(tmp_path) == [folder]
    assert resumed.get_log_id() == folder.name
    assert [record.step for record in steps(folder)] == [1, 2]
    assert said(folder, "hyper") == {"lr": 0.1}
    assert said(folder, "meta")["segment"] == 2


def test_a_run_with_a_folder_goes_on_with_no_other(tmp_path):
    other = Run(tmp_path)
    other.create_log_folder()
    run = Run(tmp_path)
    run.create_log_folder()
    assert not run.go_on_with(other.get_log_folder(absolute=True))
    assert len(lines(Path(run.get_log_folder(absolute=True)), "meta")) == 1


def test_a_run_does_not_go_on_with_what_is_no_run(tmp_path):
    run = Run(tmp_path)
    assert not run.go_on_with(tmp_path / "log_20260101_000000")
    assert run.get_log_id() is None


def test_secrets_of_a_configuration_are_masked_at_any_depth_and_nothing_else():
    given = {
        "hub_token": "hf_1",
        "api_key": None,
        "lr": 0.1,
        "hub": {"password": "p", "url": "https://me:pw@host/x"},
        "urls": ["https://me:pw@host/x"],
    }
    assert mask_values(given) == {
        "hub_token": "***",
        "api_key": None,
        "lr": 0.1,
        "hub": {"password": "***", "url": "https://***@host/x"},
        "urls": ["https://***@host/x"],
    }
    assert given["hub_token"] == "hf_1"
