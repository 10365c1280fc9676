"""Reading lines: everything fitlog ever wrote is read, and no bytes raise."""

from __future__ import annotations

import json
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitlog_core import log_format
from fitlog_core.log_format import (
    parse_object_line,
    parse_section,
    parse_step_line,
    step_and_time,
)


@given(st.binary())
def test_random_bytes_never_raise(line):
    for parsed in (parse_object_line(line), parse_object_line(b'{"meta": ' + line + b"}")):
        assert parsed is None or isinstance(parsed, dict)
    for start in (b"", b"Step:", b"Step:1\t", b'Step:1\t{"loss": {"a": 1}, "step": '):
        record = parse_step_line(start + line)
        assert record is None or (isinstance(record.values, dict) and record.step >= 0)


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda below: st.one_of(st.lists(below), st.dictionaries(st.text(), below)),
    max_leaves=5,
)


@given(anything, anything, anything, anything)
def test_a_step_line_with_any_json_in_it_is_a_sound_record_or_none(values, step, epoch, moment):
    body = json.dumps({"metric": values, "step": step, "epoch": epoch, "time": moment})
    record = parse_step_line(b"Step:1\t" + body.encode())
    if record is not None:
        assert type(record.step) is int
        assert record.step >= 0
        assert record.epoch is None or type(record.epoch) is int
        assert record.time is None or math.isfinite(record.time)


def step_and_time_of_the_record(line):
    record = parse_step_line(line)
    return None if record is None else (record.step, record.time)


@given(st.integers(0, 9), anything, anything, anything)
def test_step_and_time_alone_are_those_of_the_record(said, values, step, moment):
    body = json.dumps({"metric": values, "step": step, "time": moment}).encode()
    assert step_and_time(b"Step:1\t" + body) == step_and_time_of_the_record(b"Step:1\t" + body)
    line = b'Step:%d\t{"loss": {"a": %b}, "step": 1, "time": %d}' % (said, body, said)
    assert step_and_time(line) == step_and_time_of_the_record(line)


@pytest.mark.parametrize(
    "body",
    ['"step": 7', '"step": 7, "time": 1e3', '"step": 7, "time": -1', '"step": 7, "time": NaN',
     '"step": 8', '"step": 7.0', '"step": true', '"step": 7, "step": 8',
     '"step": 9223372036854775808', '"x": 1Step:7',
     '"step": 7, "x": ' + "9" * 5000, '"step": 7, "x": 0.' + "9" * 5000, '"step": 7, "x": 1e999',
     '"step": 7, "time": 9223372036854775807', '"step": 7, "time": 18446744073709551616',
     '"step": 7, "x": ' + "[" * 99 + "]" * 99, '"step": 7, "x": ' + "[" * 101 + "]" * 101,
     '"step": 7, "x": "\\ud800"', '"step": 7, "x": _Infinity', '"step": 7, "metric": 1'],
)  # fmt: skip
@pytest.mark.parametrize(
    "start", ["Step:7\t", "Step:07\t", "Step:7", "Step: 7\t", "Step:1Step:7\t"]
)
def test_step_and_time_of_an_unusual_line_are_those_of_the_record(start, body):
    line = f'{start}{{"loss": {{"a": 1}}, {body}}}'.encode()
    assert step_and_time(line) == step_and_time_of_the_record(line)


@pytest.mark.parametrize(
    ("token", "value"),
    [("NaN", math.nan), ("Infinity", math.inf), ("-Infinity", -math.inf), ("_Infinity", -math.inf),
     ('"NaN"', math.nan), ('"Infinity"', math.inf), ('"-Infinity"', -math.inf),
     ('"_Infinity"', -math.inf)],
)  # fmt: skip
def test_every_spelling_of_a_number_that_json_cannot_say_is_read(token, value):
    line = f'Step:3\t{{"loss": {{"a": {token}, "b": 1.5}}, "step": 3}}\n'.encode()
    record = parse_step_line(line)
    assert record is not None
    found = log_format.number(record.values["a"])
    assert found == value or (math.isnan(found) and math.isnan(value))
    assert record.values["b"] == 1.5


def test_text_that_contains_the_old_infinity_stays_text():
    line = b'{"other": {"a": _Infinity, "b": "x _Infinity \\" _Infinity"}}'
    assert parse_object_line(line) == {"other": {"a": -math.inf, "b": 'x _Infinity " _Infinity'}}


@pytest.mark.parametrize(
    "line",
    [b"", b"\n", b"Step:", b"Step:1", b"Step:1\t", b"Step:1\t\n", b"Step:10\t\n", b"S:0\t\n",
     b'Step:1\t{"loss": {"a": 1}, "step": 1', b'Step:1\t{"loss": 1, "step": 1}',
     b'Step:1\t{"loss": {"a": 1}}', b'Step:1\t{"loss": {"a": 1}, "step": -1}',
     b'Step:1\t{"loss": {"a": 1}, "step": 1.5}', b'Step:1\t{"loss": {"a": 1}, "step": true}',
     b'Step:1\t{"loss": {"a": 1}, "step": "1"}', b"Step:1\t[]", b"Step:1\tnull",
     b'Step:2\t{"loss": {"a": 1}, "step": 1}', b'Step:\t{"loss": {"a": 1}, "step": 1}',
     b'{"loss": {"a": 1}, "step": 1}', b'Step:1\t{"loss": {"a": "\xff"}, "step": 1}',
     b'Step:1\t{"loss": {"a": 1}, "step": %d}' % 2**63, b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00"],
)  # fmt: skip
def test_a_step_line_that_is_not_valid_is_none(line):
    assert parse_step_line(line) is None


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"3", b'"x"', b"{", b'{"a": "\xff"}', b"nul", b"\x80"]
)
def test_an_object_line_that_is_not_valid_is_none(line):
    assert parse_object_line(line) is None


STEP_LINE = b'Step:12\t{"loss": {"a": {"b": 1}}, "step": 12}'
OBJECT_LINE = b'{"hyper": {"a": {"b": 1}, "c": "2"}}'


def test_a_step_line_behind_one_that_a_killed_process_left_torn_is_read():
    for tear in range(len(STEP_LINE)):
        line = STEP_LINE[:tear] + b'Step:3\t{"loss": {"c": 0.5}, "step": 3}'
        assert parse_step_line(line) == ("loss", {"c": 0.5}, 3, None, None)


def test_an_object_line_behind_one_that_a_killed_process_left_torn_is_read():
    for tear in range(len(OBJECT_LINE)):
        if not OBJECT_LINE[:tear].endswith(b": "):
            line = OBJECT_LINE[:tear] + b'{"hyper": {"d": 3}}'
            assert parse_section(line, "hyper") == {"d": 3}


def test_a_part_of_a_torn_line_is_never_taken_for_a_record():
    for tear in range(len(STEP_LINE)):
        assert parse_step_line(STEP_LINE[:tear]) is None
    nested = b'{"hyper": {"x": {"hyper": {"a": 1}}}}'
    for tear in range(len(nested)):
        assert parse_section(nested[:tear], "hyper") is None


@pytest.mark.parametrize("depth", [50, 99, 900, 5_000, 200_000])
def test_nesting_is_read_to_the_same_depth_by_every_python_and_deeper_passed_over(depth):
    line = b'{"hyper": ' + b'{"a": ' * depth + b"1" + b"}" * depth + b"}"
    parsed = parse_object_line(line)
    assert (parsed is not None) == (depth <= log_format.DEEPEST)
    record = parse_step_line(
        b'Step:1\t{"step": 1, "loss": ' + b'{"a": ' * depth + b"1" + b"}" * depth + b"}"
    )
    assert (record is not None) == (depth <= log_format.DEEPEST)


def test_two_deeply_nested_lines_are_merged_without_recursion():
    into: dict[str, object] = {}
    for leaf in (1, 2):
        nested: dict[str, object] = {"leaf": leaf}
        for _ in range(5_000):
            nested = {"a": nested}
        log_format.merge(into, nested)
    below = into
    while "a" in below:
        below = below["a"]  # type: ignore[assignment]
    assert below == {"leaf": 2}


def test_a_number_with_too_many_digits_is_passed_over():
    assert parse_object_line(b'{"other": {"a": ' + b"9" * 10_000 + b"}}") is None


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 2**64, 2**64 + 1, -(10**40)])
def test_an_integer_of_a_step_keeps_every_digit(value):
    for text in (b'{"loss": {"a": %d}, "step": 1}', b'{"loss":{"a":%d},"step":1}'):
        record = parse_step_line(b"Step:1\t" + text % value)
        assert record is not None
        assert record.values == {"a": value}
        assert type(record.values["a"]) is int


def test_a_huge_time_or_epoch_is_left_out_and_the_record_kept():
    line = b'Step:1\t{"loss": {"a": 1}, "step": 1, "epoch": %d, "time": %d}' % (10**30, 10**400)
    assert parse_step_line(line) == ("loss", {"a": 1}, 1, None, None)


def test_a_long_broken_line_is_passed_over_at_once():
    started = time.perf_counter()
    assert parse_object_line(b'{"a": _Infinity "' + b'\\"' * 300_000) is None
    assert time.perf_counter() - started < 5


def test_later_lines_win_key_by_key():
    into = {"a": {"b": 1, "c": 2}, "d": {"e": 1}, "f": 1}
    log_format.merge(into, {"a": {"b": 3}, "d": 4, "f": {"g": 5}})
    assert into == {"a": {"b": 3, "c": 2}, "d": 4, "f": {"g": 5}}


def test_nested_values_are_addressed_by_their_path():
    assert log_format.flatten({"optim": {"lr": 0.1, "sub": {"x": 1}}, "seed": 2}, "hyper") == {
        "hyper-optim-lr": 0.1,
        "hyper-optim-sub-x": 1,
        "hyper-seed": 2,
    }


@pytest.mark.parametrize("name", ["log_20260427_205559"])
def test_a_run_id(name):
    assert log_format.is_run_id(name)


@pytest.mark.parametrize(
    "name",
    ["log_2026_205559", "log_20260427_205559x", "log_20260427-205559", "log-20260427_205559",
     "log_20260427_2055", "log_20260427__05559", "log_2026042７_205559", "log_20260427_20555a",
     "LOG_20260427_205559", "log_20260427_205559_", "log_20260427_205559\n",
     "x/log_20260427_205559",
     "log_２０２６0427_205559", "", ".."],
)  # fmt: skip
def test_no_run_id(name):
    assert not log_format.is_run_id(name)


def test_a_folder_is_a_run_once_it_has_meta_log(tmp_path):
    folder = tmp_path / "log_20260427_205559"
    folder.mkdir()
    assert not log_format.is_run(folder)
    (folder / "meta.log").write_bytes(b"")
    assert log_format.is_run(folder)


def test_a_damaged_meta_log_tells_what_its_sound_lines_say(tmp_path):
    (tmp_path / "meta.log").write_bytes(
        b'{"meta": {"state": "running", "pid": 3}}\n\xff\xfe\n{"meta": 3}\n[]\n'
        b'{"meta": {"state": "finish"}}\n{"meta": {"sta'
    )
    assert log_format.read_meta(tmp_path) == {"state": "finish", "pid": 3}
    assert log_format.read_meta(tmp_path / "missing") == {}
