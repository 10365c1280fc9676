"""The race in which the benchmarks of the frameworks compare their trainings."""

from __future__ import annotations

import importlib.util
import sys
import threading
import time
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).parents[1] / "benchmarks" / "baton.py"


@pytest.fixture
def baton(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("baton", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "baton", module)
    spec.loader.exec_module(module)
    return module


def test_one_training_runs_at_a_time_and_each_has_its_turns(baton):
    done, running = [], set()

    def prepare(name, steps):
        def build(turn):
            def train():
                for _ in range(steps):
                    running.add(name)
                    done.append(name)
                    assert running == {name}
                    running.discard(name)
                    turn.step_is_done()

            return train

        return build

    turns = baton.STEPS_A_TURN
    baton.side_by_side({"short": prepare("short", turns), "long": prepare("long", 3 * turns)}, 0)
    segments = [done[at : at + turns] for at in range(0, len(done), turns)]
    assert all(len(set(segment)) == 1 for segment in segments)
    order = [segment[0] for segment in segments]
    assert set(order[:2]) == {"short", "long"}
    assert order[2:] == ["long", "long"]


def test_a_trainings_time_is_what_passes_while_it_has_the_baton(baton):
    def prepare(seconds):
        def build(turn):
            def train():
                time.sleep(seconds)  # set-up and end count, too
                for _ in range(2 * baton.STEPS_A_TURN):
                    turn.step_is_done()
                time.sleep(seconds)

            return train

        return build

    times = baton.side_by_side({"quick": prepare(0.0), "slow": prepare(0.2)}, 0)
    assert times["slow"].passed >= 0.4
    assert times["quick"].passed < 0.4
    assert times["slow"].processor < 0.4


@pytest.mark.parametrize("names", [("fail", "endless"), ("endless", "fail")])
def test_a_training_that_fails_ends_the_race(baton, names):
    def fail(turn):
        return lambda: 1 / 0

    def endless(turn):
        def train():
            while True:
                turn.step_is_done()

        return train

    builders = {"fail": fail, "endless": endless}
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        baton.side_by_side({name: builders[name] for name in names}, 0)
    assert threading.active_count() == before
