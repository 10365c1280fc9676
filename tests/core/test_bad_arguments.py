"""Every public function, with what it cannot take: the error it raises, and nothing written.

The last test fails when a function that is exported, or a verb of a run, has no row here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recording_tools import only_run

import fitlog
from fitlog_core import testing
from fitlog_core.errors import (
    ArgumentError,
    ArgumentTypeError,
    LogDirectoryIsFileError,
    NotInitializedError,
    PluginError,
    ReservedNameError,
    UsageError,
)
from fitlog_core.reading.reader import RunReader
from fitlog_core.recording import adapter

Row = tuple[str, tuple[Any, ...], dict[str, Any], type[BaseException], str]


class Figure:
    """What draws itself as matplotlib's figures do."""

    def __repr__(self) -> str:
        return "Figure()"

    def savefig(self, file: Any, **_: Any) -> None:
        file.write(PNG)


def rows_of_steps(verb: str) -> list[Row]:
    calls: list[tuple[tuple[Any, ...], dict[str, Any], type[BaseException], str]] = [
        ((0.5, -1), {"name": "a"}, ArgumentError, "step"),
        ((0.5, -(10**30)), {"name": "a"}, ArgumentError, "step"),
        ((0.5, 2**63), {"name": "a"}, ArgumentError, "step"),
        ((0.5, 1.5), {"name": "a"}, ArgumentTypeError, "step"),
        ((0.5, float("nan")), {"name": "a"}, UsageError, "step"),
        ((0.5, "1"), {"name": "a"}, ArgumentTypeError, "step"),
        ((0.5, None), {"name": "a"}, ArgumentTypeError, "step"),
        ((0.5, 1), {"name": "a", "epoch": -1}, ArgumentError, "epoch"),
        ((0.5, 1), {"name": "a", "epoch": "1"}, ArgumentTypeError, "epoch"),
        ((0.5, 1), {"name": ""}, ArgumentError, "empty"),
        ((0.5, 1), {"name": 3}, ArgumentTypeError, "name"),
        (({"": 0.5}, 1), {}, ArgumentError, "empty"),
        (({"a-b": 1, "a_b": 2}, 1), {}, ArgumentError, "a-b"),
    ]
    return [(verb, *call) for call in calls]


def rows_of_values(verb: str) -> list[Row]:
    return [
        (verb, (0.5, ""), {}, ArgumentError, "empty"),
        (verb, (0.5, 3), {}, ArgumentTypeError, "name"),
        (verb, (0.5,), {}, UsageError, "name"),
        (verb, ({"": 0.5},), {}, ArgumentError, "empty"),
        (verb, ({"a-b": 1, "a_b": 2},), {}, ArgumentError, "a-b"),
    ]


def endless() -> dict[str, Any]:
    """A mapping that is in itself."""
    mapping: dict[str, Any] = {}
    mapping["a"] = mapping
    return mapping


def rows_of_pictures(verb: str, picture: Any) -> list[Row]:
    return [
        (verb, (picture, -1), {}, ArgumentError, "step"),
        (verb, (picture, 1.5), {}, ArgumentTypeError, "step"),
        (verb, (picture, "1"), {}, ArgumentTypeError, "step"),
        (verb, (picture, 1, ""), {}, ArgumentError, "empty"),
        (verb, (picture, 1, 3), {}, ArgumentTypeError, "name"),
        (verb, (None, 1), {}, UsageError, ""),
        (verb, (3, 1), {}, UsageError, ""),
    ]


PNG = b"\x89PNG\r\n\x1a\n"
VERBS: list[Row] = [
    *rows_of_steps("add_loss"),
    *rows_of_steps("add_metric"),
    *rows_of_values("add_best_metric"),
    *rows_of_values("add_hyper"),
    *rows_of_values("add_other"),
    *[
        (verb, (endless(), *step), {}, ArgumentError, "")
        for verb, step in (
            *(("add_loss", (1,)), ("add_metric", (1,)), ("add_best_metric", ())),
            *(("add_hyper", ()), ("add_other", ())),
        )
    ],
    ("add_other", (0.5, "meta"), {}, ReservedNameError, "meta"),
    ("add_progress", (0,), {}, ArgumentError, "total_steps"),
    ("add_progress", (-5,), {}, ArgumentError, "total_steps"),
    ("add_progress", (1.5,), {}, ArgumentTypeError, "total_steps"),
    ("add_progress", ("9",), {}, ArgumentTypeError, "total_steps"),
    ("add_progress", (), {}, UsageError, "total_steps"),
    ("add_to_line", (3,), {}, ArgumentTypeError, ""),
    ("add_to_line", (None,), {}, ArgumentTypeError, ""),
    ("add_to_line", (b"x",), {}, ArgumentTypeError, ""),
    ("add_hyper_in_file", ("missing.py",), {}, ArgumentError, "missing.py"),
    ("add_hyper_in_file", (3.5,), {}, UsageError, ""),
    *rows_of_pictures("add_image", PNG),
    ("add_image", (b"no picture", 1), {}, UsageError, ""),
    ("add_image", (Path("missing.png"), 1), {}, UsageError, "missing.png"),
    *rows_of_pictures("add_figure", Figure()),
    ("system_metrics", ("often",), {}, ArgumentTypeError, "every"),
    ("system_metrics", (None,), {}, ArgumentTypeError, "every"),
    ("system_metrics", (True,), {}, ArgumentTypeError, "every"),
    ("system_metrics", (0.05,), {}, ArgumentError, "every"),
    ("system_metrics", (-1,), {}, ArgumentError, "every"),
    ("system_metrics", (float("nan"),), {}, ArgumentError, "every"),
    ("system_metrics", (float("inf"),), {}, ArgumentError, "every"),
    ("add_data", (3,), {}, ArgumentTypeError, "path"),
    ("add_data", (None,), {}, ArgumentTypeError, "path"),
    ("add_data", (b"data",), {}, ArgumentTypeError, "path"),
    ("add_data", ("",), {}, ArgumentError, "path"),
    ("add_data", ("a\0b",), {}, ArgumentError, "path"),
    ("resume", (3,), {}, ArgumentTypeError, "state"),
    ("resume", ("log_20260101_000000",), {}, ArgumentTypeError, "state"),
    ("resume", ({},), {}, ArgumentError, "log_dir and id"),
    ("resume", ({"log_dir": "/logs", "id": "../x"},), {}, ArgumentError, "id"),
    ("resume", ({"log_dir": "logs", "id": "log_20260101_000000"},), {}, ArgumentError, "full path"),
    ("finish", (2,), {}, ArgumentError, "status"),
    ("finish", ("0",), {}, UsageError, "status"),
    ("finish", (None,), {}, UsageError, "status"),
]
OTHERS: list[Row] = [
    ("add_loss", (0.5, 1), {}, NotInitializedError, "set_log_dir"),
    ("set_log_dir", (3,), {}, ArgumentTypeError, "log_dir"),
    ("set_log_dir", (None,), {}, ArgumentTypeError, "log_dir"),
    ("set_log_dir", ("",), {}, UsageError, ""),
    ("set_log_dir", ("a\0b",), {}, UsageError, ""),
    ("set_log_dir", ("a_file",), {}, LogDirectoryIsFileError, "a_file"),
    ("Run", (3,), {}, ArgumentTypeError, "log_dir"),
    ("Run", ("",), {}, UsageError, ""),
    ("Run", ("a\0b",), {}, UsageError, ""),
    ("Run", ("a_file",), {}, LogDirectoryIsFileError, "a_file"),
    ("commit", (3.5,), {}, ArgumentTypeError, "file"),
    ("set_rng_seed", ("1",), {}, UsageError, "seed"),
    ("set_rng_seed", (1.5,), {}, UsageError, "seed"),
]
# What adapters call, as frameworks hand it on.
OF_RUNS: list[Row] = [
    ("is_at", (3,), {}, ArgumentTypeError, "log_dir"),
    ("is_at", ("a\0b",), {}, ArgumentError, "log_dir"),
    ("settle", (3,), {}, ArgumentTypeError, "log_dir"),
    ("settle", ("",), {}, UsageError, "log_dir"),
    ("go_on_with", (3,), {}, ArgumentTypeError, "log_dir"),
    ("go_on_with", ("",), {}, ArgumentTypeError, "log_dir"),
    ("conclude", (2,), {}, ArgumentError, "status"),
    ("conclude", ("0",), {}, ArgumentError, "status"),
    ("conclude", (0, "no exception"), {}, ArgumentTypeError, "error"),
]
OF_PLUGINS: list[tuple[Callable[..., object], tuple[Any, ...], type[BaseException], str]] = [
    (adapter.run_for, (3,), ArgumentTypeError, "log_dir"),
    (adapter.run_for, ("",), ArgumentTypeError, "log_dir"),
    (adapter.run_for, ("a_file",), LogDirectoryIsFileError, "a_file"),
    (adapter.run_given, (3, None), ArgumentTypeError, "log_dir"),
    (adapter.run_given, (None, "logs"), ArgumentTypeError, "fitlog.Run"),
    (adapter.checked_run, ("logs",), ArgumentTypeError, "fitlog.Run"),
    (adapter.checked_run, (3,), ArgumentTypeError, "fitlog.Run"),
    (testing.fresh_host, (3,), PluginError, "implements no hook"),
    (testing.fresh_host, ("",), PluginError, "implements no hook"),
    (testing.recorded_run, (3,), ArgumentTypeError, "folder"),
    (testing.recorded_run, ("",), ArgumentTypeError, "folder"),
]
# They take nothing, a flag that may be anything, say "error" of what is no path (as fitlog 0.9 did;
# test_face.py), or are no function that is called.
TAKE_ANYTHING = {
    *("get_commit_id", "get_fit_id"),
    *("FitlogConfig", "FitlogError", "create_log_folder", "debug", "is_debug", "is_initialized"),
    *("get_log_dir", "get_log_folder", "get_log_id", "autolog", "state"),
}
# Of a run: they take nothing, or what the core itself made of a snapshot.
OF_ADAPTERS = {
    *("add_code_version", "release", "reopen", "is_off", "reserve_log_folder"),
    *("create_early", "end_now", "folder_of_records"),
    *("correct_progress", "step_file"),
}
# Of what plugins are made and tested with: they take nothing, or a run that was checked.
OF_CHECKED_RUNS = {
    *("current_run", "run_for_training", "next_run", "record_script", "is_silent"),
    *("recorded_into", "offer", "runs_made"),
}
OF_HOSTS = {"use_host"}  # what fresh_host returned


def entered(made: Any) -> None:
    """Enter a context manager, which looks at its arguments then."""
    made.__enter__()


def files(place: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def expect_refused(call: Callable[..., object], row: Row) -> None:
    _, arguments, named, error, piece = row
    with pytest.raises(error) as raised:
        call(*arguments, **named)
    assert isinstance(raised.value, UsageError)
    assert piece in str(raised.value)
    assert str(raised.value).strip()


def named(row: Row) -> str:
    return f"{row[0]}{row[1]!r:.40}{row[2]}"


@pytest.mark.parametrize("row", VERBS, ids=named)
def test_a_verb_refuses_what_cannot_be_recorded_and_writes_nothing(
    row: Row, new_run: Callable[..., fitlog.Run], tmp_path: Path
) -> None:
    run = new_run()
    run.add_loss(0.5, 0, "before")
    before = files(tmp_path)
    expect_refused(getattr(run, row[0]), row)
    assert files(tmp_path) == before
    run.add_loss(0.5, 1, "after")
    assert files(tmp_path) != before  # the run goes on


@pytest.mark.parametrize("row", VERBS, ids=named)
def test_a_function_refuses_what_cannot_be_recorded_and_writes_nothing(
    row: Row, fresh_session: object, tmp_path: Path
) -> None:
    fitlog.set_log_dir("logs")
    fitlog.add_loss(0.5, 0, "before")
    before = files(tmp_path)
    expect_refused(getattr(fitlog, row[0]), row)
    assert files(tmp_path) == before


@pytest.mark.parametrize("row", OTHERS, ids=named)
def test_what_begins_a_run_refuses_what_it_cannot_take(
    row: Row, fresh_session: object, tmp_path: Path
) -> None:
    (tmp_path / "a_file").write_text("mine")
    expect_refused(getattr(fitlog, row[0]), row)
    assert files(tmp_path) == {str(tmp_path / "a_file"): b"mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["a_file"]


def test_every_public_function_has_a_row() -> None:
    public = set(fitlog.__all__)
    assert {row[0] for row in VERBS + OTHERS} | TAKE_ANYTHING == public
    verbs = {
        name
        for name, member in inspect.getmembers(fitlog.Run, inspect.isfunction)
        if not name.startswith("_")
    }
    assert verbs - {row[0] for row in VERBS + OF_RUNS} - TAKE_ANYTHING == OF_ADAPTERS


def test_every_function_for_adapters_and_tests_of_plugins_has_a_row() -> None:
    for module, exempt in ((adapter, OF_CHECKED_RUNS), (testing, OF_HOSTS)):
        public = {
            name
            for name, member in inspect.getmembers(module, inspect.isfunction)
            if not name.startswith("_") and member.__module__ == module.__name__
        }
        rows = {call.__name__ for call, *_ in OF_PLUGINS}
        assert public - exempt <= rows
        assert exempt <= public


@pytest.mark.parametrize("row", OF_RUNS, ids=named)
def test_what_adapters_call_refuses_what_it_cannot_take(
    row: Row, new_run: Callable[..., fitlog.Run], tmp_path: Path
) -> None:
    run = new_run()
    run.add_loss(0.5, 0, "before")
    before = files(tmp_path)
    expect_refused(getattr(run, row[0]), row)
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("call", "arguments", "error", "piece"),
    OF_PLUGINS,
    ids=[f"{call.__name__}{arguments!r}" for call, arguments, *_ in OF_PLUGINS],
)
def test_what_plugins_are_made_with_refuses_what_it_cannot_take(
    call: Callable[..., Any], arguments: tuple[Any, ...], error: type[BaseException], piece: str,
    fresh_session: object, tmp_path: Path,
) -> None:  # fmt: skip
    (tmp_path / "a_file").write_text("mine")
    with pytest.raises(error, match=piece):
        entered(call(*arguments))
    assert [path.name for path in tmp_path.iterdir()] == ["a_file"]


KEPT = "a\ud800b\x00\x1b\r\n\u2028\x7f"
LARGE = 10**400


@pytest.mark.parametrize("verb", ["add_hyper", "add_other", "add_best_metric"])
def test_what_is_odd_but_can_be_kept_is_kept_and_read_back(
    verb: str, new_run: Callable[..., fitlog.Run], tmp_path: Path
) -> None:
    run = new_run()
    values = {"text": KEPT, KEPT: 1, "large": LARGE, "nan": float("nan"), "low": float("-inf")}
    getattr(run, verb)(values)
    run.create_log_folder()
    folder = only_run(tmp_path / "logs")
    raw = b"".join(path.read_bytes() for path in folder.glob("*.log"))
    assert raw.isascii()
    assert not set(raw) & set(range(32)) - {9, 10}
    reader = RunReader(folder)
    reader.refresh()
    section = {"add_best_metric": "metric"}.get(verb, verb.removeprefix("add_"))
    row = reader.row()
    assert (row[f"{section}-text"], row[f"{section}-{KEPT}"]) == (KEPT, 1)
    assert row[f"{section}-large"] == LARGE
    told = repr(row[f"{section}-nan"]), repr(row[f"{section}-low"])
    assert told == (("nan", "-inf") if section == "metric" else ("'NaN'", "'-Infinity'"))


@pytest.mark.parametrize("kind", ["loss", "metric"])
def test_what_is_odd_in_a_curve_is_kept_and_read_back(
    kind: str, new_run: Callable[..., fitlog.Run], tmp_path: Path
) -> None:
    run = new_run()
    for step, value in enumerate([float("nan"), float("inf"), 1e308, 5e-324, LARGE, KEPT]):
        getattr(run, f"add_{kind}")({KEPT: value}, step * 2**60)
    reader = RunReader(only_run(tmp_path / "logs"))
    curve = reader.series()[f"{kind}-{KEPT}"]
    assert [repr(value) for value in curve.values] == ["nan", "inf", "1e+308", "5e-324"]
    assert list(curve.steps) == [step * 2**60 for step in range(4)]
    assert curve.texts == {4 * 2**60: str(LARGE), 5 * 2**60: KEPT}
