"""Records that are alike, as a training's batches make them, on their short way."""

from __future__ import annotations

import copy
import errno
import itertools
import json
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recording_tools import lines, only_run, runs, said, steps

from fitlog_core.errors import ArgumentError, UsageError
from fitlog_core.recording import alike, training, writer
from fitlog_core.recording.alike import Alikes
from fitlog_core.recording.run import Run
from fitlog_core.recording.session import session
from fitlog_core.recording.training import Training

FIRST = {"loss": 0.5, "acc": 0.25}
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class Float(float):
    """A float that shows itself another way, as numpy's do."""

    def __repr__(self) -> str:
        return f"Float({float(self)})"


class LongWay(Exception):  # noqa: N818 - no error, but what was called
    """The long way was taken."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (alike, writer):
        monkeypatch.setattr(module, "clock", clock)
    return clock


@pytest.fixture
def book(fresh_session: Any, clock: Clock, tmp_path: Path) -> Iterator[Training]:
    """A training of which two records were taken, so that the next may be like them."""
    made = Training(tmp_path / "logs", None, commit=False)
    made.begin({})
    made.record(FIRST, 0, 0, "train")
    made.record(FIRST, 1, 0, "train")
    yield made
    made.run.release()


@pytest.fixture
def short_only(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function from whose call on the long way raises."""

    def long_way(*_: Any) -> None:
        raise LongWay

    return lambda: monkeypatch.setattr(training, "record", long_way)


def told(folder: Path) -> list[tuple[Any, ...]]:
    """What both files say, the order of the names with it, but for the times.

    The long way tells those of values whose sum is too large for a float, each time.
    """
    records = [record for kind in ("loss", "metric") for record in steps(folder, kind)]
    return [
        (record.kind, json.dumps(record.values), record.step, record.epoch) for record in records
    ]


# --------------------------------------------- what is written, by either way

NAMES = st.sampled_from(["loss", "acc", "val/loss", "100%", "%s", "lr-1", "a-b", "f 1", "é", 'a"'])
NUMBERS = st.one_of(
    st.floats(), st.floats(width=32), st.floats(allow_nan=False).map(Float), st.integers(0, 9)
)
VALUES = st.one_of(
    st.dictionaries(NAMES, NUMBERS, max_size=3),
    st.dictionaries(NAMES, st.floats(-9, 9), min_size=1, max_size=3),
)
GROUPS = st.sampled_from([None, "train", "%d", "a-b", "a b"])
RECORDS = st.lists(
    st.tuples(VALUES, GROUPS, st.sampled_from([None, 0, 1, 300]), st.sampled_from([0.0, 0.3])),
    min_size=1,
    max_size=4,
)


def repeated(records: list[Any]) -> Iterator[tuple[int, Any]]:
    """Each record three times, as one like it must come before the short way is open."""
    again = itertools.chain.from_iterable(itertools.repeat(record, 3) for record in records)
    return enumerate(again)


@given(RECORDS)
def test_what_is_read_back_is_what_the_long_way_had_written(records: list[Any]) -> None:
    folders = []
    for is_long in (False, True):
        clock = Clock()
        directory = Path(tempfile.mkdtemp())
        with mock.patch.object(alike, "clock", clock), mock.patch.object(writer, "clock", clock):
            book = Training(None, Run(directory), commit=False)
            book.run.create_log_folder()
            for step, (values, group, epoch, pause) in repeated(records):
                clock.now += pause
                if is_long:
                    book._alike = None
                book.record(values, step, epoch, group)
            book.run.release()
        folders.append(only_run(directory))
    assert told(folders[0]) == told(folders[1])
    for folder in folders:
        shutil.rmtree(folder.parent)


SPELLED_ALIKE = st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda value: orjson.dumps(value) == repr(value).encode()
)


@given(st.lists(st.tuples(SPELLED_ALIKE, SPELLED_ALIKE), min_size=2, max_size=5))
def test_its_bytes_are_those_of_the_short_way_of_plain_calls(values: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        ways = [Training(None, Run(Path(directory) / name), commit=False) for name in "ab"]
        clock = Clock()
        with mock.patch.object(alike, "clock", clock), mock.patch.object(writer, "clock", clock):
            for step, (loss, acc) in enumerate([(0.5, 0.5), *values]):
                ways[0].record({"loss": loss, "acc": acc}, step, 3, "train")
                ways[1].run.add_loss({"train": {"loss": loss}}, step, epoch=3)
                ways[1].run.add_metric({"train": {"acc": acc}}, step, epoch=3)
        for book in ways:
            book.run.release()
        one, other = (only_run(Path(directory) / name) for name in "ab")
        for kind in ("loss", "metric"):
            assert lines(one, kind) == lines(other, kind)


# ------------------------------------------------- which records are alike


@pytest.mark.parametrize("values", [{"loss": 1.0, "acc": 2.0}, {"loss": Float(1.0), "acc": 2.0}])
def test_a_record_like_the_one_before_takes_the_short_way(book, short_only, tmp_path, values):
    short_only()
    book.record(values, 2, 0, "train")
    book.record(values, 2**40, 0, "train")
    folder = only_run(tmp_path / "logs")
    assert [record.values for record in steps(folder, "loss")[2:]] == [{"train": {"loss": 1.0}}] * 2
    assert [record.step for record in steps(folder, "metric")] == [0, 1, 2, 2**40]
    assert book.names == ("loss", "acc")


def test_an_epoch_that_is_no_small_number_is_known_again(book, short_only):
    book.record(FIRST, 2, int("1000"), "train")
    short_only()
    book.record(FIRST, 3, int("1000"), "train")


@pytest.mark.parametrize(
    ("values", "step", "epoch", "group"),
    [
        ({"loss": float("nan"), "acc": 0.5}, 2, 0, "train"),
        ({"loss": 0.5, "acc": float("-inf")}, 2, 0, "train"),
        ({"loss": 1, "acc": 0.5}, 2, 0, "train"),
        ({"loss": Float(1.0), "acc": 1}, 2, 0, "train"),
        ({"loss": Float("inf"), "acc": 1.0}, 2, 0, "train"),
        ({"loss": None, "acc": 0.5}, 2, 0, "train"),
        ({"loss": 0.5}, 2, 0, "train"),
        ({"acc": 0.5, "loss": 0.5}, 2, 0, "train"),
        ({"loss": 0.5, "acc": 0.5, "f1": 0.5}, 2, 0, "train"),
        ({"loss": 0.5, "acc": {"top": 0.5}}, 2, 0, "train"),
        (FIRST, 2, 1, "train"),
        (FIRST, 2, False, "train"),
        (FIRST, 2, 0.0, "train"),
        (FIRST, 2, None, "train"),
        (FIRST, 2, 0, "val"),
        (FIRST, 2, 0, None),
        (FIRST, -1, 0, "train"),
        (FIRST, 2**80, 0, "train"),
        (FIRST, True, 0, "train"),
        (FIRST, 2.0, 0, "train"),
    ],
)
def test_any_other_record_takes_the_long_way(book, short_only, values, step, epoch, group):
    short_only()
    with pytest.raises(LongWay):
        book.record(values, step, epoch, group)


@pytest.mark.parametrize("step", [-1, 2**80, 2.0])
def test_a_step_that_cannot_be_is_refused_and_nothing_written(book, tmp_path, step):
    with pytest.raises(UsageError, match="step must be"):
        book.record(FIRST, step, 0, "train")
    assert len(steps(only_run(tmp_path / "logs"))) == 2


@pytest.mark.parametrize("name", ["a-b", "é", 'a"', "a\\"])
def test_names_that_are_not_stored_as_they_are_have_no_short_way(book, short_only, name):
    book.record({name: 0.5}, 1, 0, "train")
    short_only()
    with pytest.raises(LongWay):
        book.record({name: 0.5}, 2, 0, "train")


def test_a_record_that_was_refused_leaves_the_next_its_short_way(book, short_only):
    with pytest.raises(ArgumentError):
        book.record(FIRST, -1, 0, "train")
    short_only()
    book.record(FIRST, 2, 0, "train")


# ------------------------------------------------------ what it may not miss


def test_the_time_is_there_once_half_a_second_has_passed(book, clock, tmp_path):
    for step in range(2, 8):
        clock.now += 0.2
        book.record(FIRST, step, 0, "train")
    clock.now -= 3600  # a clock that is set back
    book.record(FIRST, 8, 0, "train")
    for kind in ("loss", "metric"):
        timed = [record.step for record in steps(only_run(tmp_path / "logs"), kind) if record.time]
        assert timed == [0, 1, 4, 7, 8]


def test_the_first_nan_is_told_to_plugins(book, monkeypatch):
    heard = []
    monkeypatch.setattr(
        "fitlog_core.recording.recorder.tell_plugins", lambda hook, **facts: heard.append(hook)
    )
    book.record(FIRST, 2, 0, "train")
    book.record({**FIRST, "loss": float("nan")}, 3, 0, "train")
    assert heard == ["fitlog_first_nan"]


def test_nothing_is_recorded_under_debug(book, tmp_path, monkeypatch):
    monkeypatch.setattr(session, "debug", True)
    book.record(FIRST, 2, 0, "train")
    monkeypatch.setattr(session, "debug", False)
    book.record(FIRST, 3, 0, "train")
    assert [record.step for record in steps(only_run(tmp_path / "logs"))] == [0, 1, 3]


def test_a_record_after_the_end_is_followed_by_the_state_once_more(book, tmp_path):
    book.record(FIRST, 2, 0, "train")
    book.run.finish()
    book.record(FIRST, 3, 0, "train")
    book.record(FIRST, 4, 0, "train")
    folder = only_run(tmp_path / "logs")
    assert [record.step for record in steps(folder)] == [0, 1, 2, 3, 4]
    of_end = [json.loads(line)["meta"].get("state") for line in lines(folder, "meta")][-5:]
    assert of_end == ["finish"] * 5  # the end, and one after each line since


def test_the_next_training_is_recorded_into_its_own_run(book, tmp_path):
    book.record(FIRST, 2, 0, "train")
    book.end()
    book.begin({})
    book.record(FIRST, 1, 0, "train")
    first, second = runs(tmp_path / "logs")
    assert [len(steps(folder)) for folder in (first, second)] == [3, 1]
    assert said(first, "meta")["state"] == "finish"


def test_a_folder_that_was_restored_from_a_copy_is_found_at_the_next_time(book, clock, tmp_path):
    folder = only_run(tmp_path / "logs")
    shutil.copytree(folder, tmp_path / "copy")
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "copy", folder)
    clock.now += 1
    for step in (2, 3):
        book.record(FIRST, step, 0, "train")
    assert [record.step for record in steps(folder, "metric")] == [0, 1, 2, 3]


def test_a_descriptor_that_somebody_closed_is_opened_again(book, tmp_path):
    os.close(book.run.step_file("metric").descriptor)
    for step in (2, 3):
        book.record(FIRST, step, 0, "train")
    for kind in ("loss", "metric"):
        assert [record.step for record in steps(only_run(tmp_path / "logs"), kind)] == [0, 1, 2, 3]


def test_what_a_full_disk_takes_of_a_line_is_closed_before_the_next(book, tmp_path, capsys):
    real = os.write

    def short(descriptor: int, line: bytes) -> int:
        return real(descriptor, line[:9])

    with mock.patch("os.write", short):
        book.record(FIRST, 2, 0, "train")
    for step in (3, 4):
        book.record(FIRST, step, 0, "train")
    content = (only_run(tmp_path / "logs") / "metric.log").read_bytes().splitlines()
    assert content[2] == b'Step:2\t{"'
    assert [line.split(b"\t")[0] for line in content] == [b"Step:%d" % n for n in range(5)]
    assert capsys.readouterr().err.count("the disk took only a part of a record") == 1


def test_a_disk_that_refuses_is_told_once_and_training_goes_on(book, tmp_path, capsys):
    with mock.patch("os.write", side_effect=OSError(errno.ENOSPC, "No space left on device")):
        for step in (2, 3):
            book.record(FIRST, step, 0, "train")
    book.record(FIRST, 4, 0, "train")
    assert [record.step for record in steps(only_run(tmp_path / "logs"), "metric")] == [0, 1, 4]
    assert capsys.readouterr().err.count("No space left on device") == 1


def test_a_child_that_is_forked_writes_whole_lines_into_the_same_files(book, tmp_path):
    book.record(FIRST, 2, 0, "train")
    child = os.fork()
    if child == 0:
        try:
            book.record(FIRST, 3, 0, "train")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    book.record(FIRST, 4, 0, "train")
    assert [record.step for record in steps(only_run(tmp_path / "logs"))] == [0, 1, 2, 3, 4]


def test_on_a_network_file_system_there_is_no_short_way(monkeypatch, tmp_path, short_only):
    synced: list[str] = []
    monkeypatch.setattr(
        "fitlog_core.recording.recorder.sync_in",
        lambda folder, warn: lambda path, descriptor: synced.append(path),
    )
    book = Training(None, Run(tmp_path / "logs"), commit=False)
    book.record(FIRST, 1, 0, "train")
    short_only()
    with pytest.raises(LongWay):
        book.record(FIRST, 2, 0, "train")
    assert synced


def test_a_pickled_training_goes_on_in_the_same_run(book, tmp_path):
    other = pickle.loads(pickle.dumps(book))
    for step, recording in ((2, other), (3, other), (4, book)):
        recording.record(FIRST, step, 0, "train")
    assert [record.step for record in steps(only_run(tmp_path / "logs"))] == [0, 1, 2, 3, 4]


# ------------------------------------------------------- several kinds in turns

TREES = {"loss": {"train": {"loss": "train/loss"}}, "metric": {"acc": "acc", "a": {"b": "a/b"}}}
NESTED = {"train/loss": 0.5, "acc": 0.25, "a/b": 0.125}


@pytest.fixture
def run(fresh_session: Any, clock: Clock, tmp_path: Path) -> Iterator[Run]:
    """A run whose files have taken a record since the one that opened them."""
    made = Run(tmp_path / "logs")
    for step in (0, 1):
        made.add_loss(0.5, step)
        made.add_metric(0.5, step, "acc")
    yield made
    made.release()


def test_values_are_written_at_the_places_of_their_tree(run, tmp_path):
    known = Alikes()
    known.learn(run, NESTED, 3, TREES)
    assert known.write({"train/loss": 1.5, "acc": 2.5, "a/b": 3.5}, 7, 3)
    told_last = [steps(only_run(tmp_path / "logs"), kind)[-1] for kind in ("loss", "metric")]
    assert [(record.step, record.epoch) for record in told_last] == [(7, 3)] * 2
    assert lines(only_run(tmp_path / "logs"), "metric")[-1] == (
        b'Step:7\t{"metric": {"acc":2.5,"a":{"b":3.5}}, "step": 7, "epoch": 3}'
    )
    assert told_last[0].values == {"train": {"loss": 1.5}}


def test_kinds_that_come_in_turns_are_known_side_by_side(run):
    known = Alikes()
    known.learn(run, NESTED, None, TREES)
    known.learn(run, {"rate": 0.1}, None, {"loss": {}, "metric": {"rate": "rate"}})
    for step in range(1, 4):
        assert known.write(NESTED, step, None)
        assert known.write({"rate": 0.2}, step, None)


@pytest.mark.parametrize(
    "values",
    [{"rate": 1}, {"rate": float("nan")}, {"rate": None}, {"rate": {"a": 0.5}}, {"other": 0.5}],
)
def test_a_record_that_is_not_like_those_learned_is_left_to_the_long_way(run, values, tmp_path):
    known = Alikes()
    known.learn(run, {"rate": 0.1}, None, {"metric": {"rate": "rate"}})
    assert not known.write(values, 2, None)
    assert len(steps(only_run(tmp_path / "logs"), "metric")) == 2
    assert known.write({"rate": 0.2}, 2, None)


@pytest.mark.parametrize(
    ("values", "tree"),
    [
        ({"rate": 1}, {"rate": "rate"}),
        ({"a-b": 0.1}, {"a-b": "a-b"}),
        ({"a-b/c": 0.1}, {"a-b": {"c": "a-b/c"}}),
    ],
)
def test_what_cannot_be_written_like_it_is_not_learned(run, values, tree):
    known = Alikes()
    known.learn(run, values, None, {"metric": tree})
    assert not known.write(dict.fromkeys(values, 0.5), 1, None)


def test_a_run_that_was_left_is_not_written_into(run, tmp_path):
    known = Alikes()
    known.learn(run, {"rate": 0.1}, None, {"metric": {"rate": "rate"}})
    assert known.write({"rate": 0.5}, 2, None)
    run.release()
    assert not known.write({"rate": 0.5}, 3, None)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda known: pickle.loads(pickle.dumps(known))])
def test_a_copy_has_learned_nothing_yet(run, copied):
    known = Alikes()
    known.learn(run, {"rate": 0.1}, None, {"metric": {"rate": "rate"}})
    assert not copied(known).write({"rate": 0.5}, 1, None)
    assert known.write({"rate": 0.5}, 1, None)


def test_names_that_never_come_again_are_forgotten(run):
    known = Alikes()
    for number in range(1000):
        name = f"rate{number}"
        known.learn(run, {name: 0.1}, None, {"metric": {name: name}})
    assert known.write({"rate999": 0.5}, 1, None)
    assert not known.write({"rate0": 0.5}, 1, None)
