"""What authors of plugins test with does what it promises, and leaves nothing behind."""

from __future__ import annotations

import os

import pytest

import fitlog
from fitlog_core import plugins
from fitlog_core.errors import PluginError, RunNotFoundError
from fitlog_core.hookspecs import Ending, Rank, hookimpl
from fitlog_core.reading.reader import State
from fitlog_core.recording.adapter import is_silent, run_for
from fitlog_core.recording.session import session
from fitlog_core.testing import fresh_host, recorded_run, use_host


class Notes:
    """A plugin that notes how runs end."""

    def __init__(self) -> None:
        self.endings: list[Ending] = []

    @hookimpl
    def fitlog_run_finished(self, ending):
        self.endings.append(ending)


class SecondOfTwo:
    @hookimpl
    def fitlog_rank(self):
        return Rank(1, 2, "a test")


@pytest.fixture(autouse=True)
def same_process_afterwards():
    """Hold every test of this file to leaving the process as it was."""
    state, host, environment = dict(vars(session)), plugins.host, dict(os.environ)
    yield
    assert vars(session) == state
    assert plugins.host is host
    environment.pop("PYTEST_CURRENT_TEST", None)
    assert {name: os.environ.get(name) for name in environment} == environment


def test_what_is_recorded_in_the_block_is_read_back_after_it(tmp_path):
    with recorded_run(tmp_path) as recorded:
        recorded.run.add_hyper({"lr": 0.1})
        recorded.run.add_loss(0.3, step=7, name="loss")
    found = recorded.read()
    assert found.hyper == {"lr": 0.1}
    assert list(found.series()["loss-loss"].steps) == [7]
    assert found.state() is State.FINISHED
    assert found.folder.parent == tmp_path / "logs"


def test_the_files_can_be_read_in_the_block_too(tmp_path):
    with recorded_run(tmp_path) as recorded:
        recorded.run.add_best_metric(0.9, "acc")
        assert recorded.read().state() is State.RUNNING


def test_only_the_given_plugins_hear_of_the_run(tmp_path):
    notes = Notes()
    with recorded_run(tmp_path, notes) as recorded:
        recorded.run.create_log_folder()
        assert list(plugins.host().plugins) == ["Notes"]
    assert [ending.state for ending in notes.endings] == ["finish"]


def test_an_exception_ends_the_run_as_an_error_and_goes_on(tmp_path):
    notes = Notes()

    def train():
        with recorded_run(tmp_path, notes) as recorded:
            recorded.run.create_log_folder()
            raise ZeroDivisionError("too much")

    with pytest.raises(ZeroDivisionError):
        train()
    (folder,) = (tmp_path / "logs").glob("log_*")
    assert "ZeroDivisionError: too much" in (folder / "meta.log").read_text("utf-8")
    assert [(one.state, one.error) for one in notes.endings] == [
        ("error", "ZeroDivisionError: too much")
    ]


@pytest.mark.parametrize(("status", "state"), [(0, "finish"), (1, "error")])
def test_an_end_that_was_only_concluded_is_told_once(tmp_path, status, state):
    notes = Notes()
    with recorded_run(tmp_path, notes) as recorded:
        recorded.run.create_log_folder()
        recorded.run.conclude(status)
    assert [ending.state for ending in notes.endings] == [state]


def test_an_end_that_the_test_declared_is_told_once(tmp_path):
    notes = Notes()
    with recorded_run(tmp_path, notes) as recorded:
        recorded.run.create_log_folder()
        recorded.run.finish(1)
    assert [ending.state for ending in notes.endings] == ["error"]


def test_the_run_is_the_current_one(tmp_path):
    with recorded_run(tmp_path) as recorded:
        assert run_for() is recorded.run
        fitlog.add_other("plain", "call")
        recorded.run.create_log_folder()
    assert recorded.read().other["call"] == "plain"
    assert not fitlog.is_initialized()


def test_debug_and_silent_ranks_of_the_process_do_not_reach_the_block(tmp_path, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    fitlog.debug()
    try:
        with recorded_run(tmp_path) as recorded:
            assert not is_silent()
            recorded.run.add_loss(0.3, step=1, name="loss")
        assert fitlog.is_debug()
        assert "loss-loss" in recorded.read().series()
    finally:
        fitlog.debug(False)


def test_a_plugin_may_silence_the_block_and_nothing_after_it(tmp_path, capsys):
    with recorded_run(tmp_path, SecondOfTwo()) as recorded:
        assert is_silent()
        recorded.run.add_loss(0.3, step=1, name="loss")
    with pytest.raises(RunNotFoundError, match="nothing was recorded"):
        recorded.read()
    assert "rank 1 of 2 (a test) records nothing" in capsys.readouterr().err
    assert not is_silent()


def test_a_run_without_a_record_says_so_when_it_is_read(tmp_path):
    with recorded_run(tmp_path) as recorded:
        pass
    with pytest.raises(RunNotFoundError, match="create_log_folder"):
        recorded.read()


def test_a_plugin_that_cannot_be_used_opens_no_run(tmp_path):
    class Slip:
        @hookimpl
        def fitlog_run_finnished(self, run):
            return None

    with pytest.raises(PluginError, match="fitlog_run_finnished"), recorded_run(tmp_path, Slip()):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_used_host_is_the_processs_own_within_the_block_only():
    host, before = fresh_host(SecondOfTwo()), plugins.host()
    with use_host(host) as used:
        assert used is host
        assert plugins.host() is host
        assert plugins.first("fitlog_rank") == Rank(1, 2, "a test")
    assert plugins.host() is before
