"""Any value may be recorded, none is changed, and what is read is what was given."""

from __future__ import annotations

import copy
import datetime
import decimal
import enum
import functools
import json
import math
import pathlib
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recording_tools import only_run, said, steps

from fitlog_core import log_format
from fitlog_core.errors import ArgumentError
from fitlog_core.recording.values import is_number, nested_values, plain

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(alphabet=st.characters()),  # lone surrogates and control characters included
)
# Names that are stored as they are; the rule for the others has tests of its own.
names = st.text(min_size=1).filter(lambda name: "-" not in name)
nestings = st.recursive(
    st.dictionaries(names, scalars, min_size=1),
    lambda below: st.dictionaries(names, st.one_of(scalars, below), min_size=1),
    max_leaves=20,
)


@given(nestings)
def test_whatever_json_can_say_is_read_as_it_was_given(values):
    line = log_format.object_line("hyper", nested_values(values, None))
    parsed = log_format.parse_object_line(line.rstrip(b"\n"))
    assert parsed == {"hyper": values}
    assert line.count(b"\n") == 1
    assert line.isascii()


@pytest.mark.parametrize("name", [None, "loss"])
def test_as_deep_as_values_may_be_nested_they_are_read(name):
    given, accepted = {"leaf": 1.0}, 0
    while accepted < 2 * log_format.DEEPEST:
        try:
            values = nested_values(given, name)
        except ArgumentError:
            break
        line = log_format.step_line("loss", values, 1, None, None)
        assert log_format.parse_step_line(line.rstrip(b"\n")).values == values
        assert log_format.parse_object_line(log_format.object_line("hyper", values)) is not None
        given, accepted = {"a": given}, accepted + 1
    assert log_format.DEEPEST - 1 <= accepted < 2 * log_format.DEEPEST


@given(nestings, st.integers(0, log_format.LARGEST_STEP))
def test_whatever_json_can_say_is_read_as_it_was_given_in_a_step(values, step):
    line = log_format.step_line("loss", nested_values(values, None), step, None, 1.0)
    assert log_format.parse_step_line(line) == ("loss", values, step, None, 1.0)
    assert line.count(b"\n") == 1
    assert line.isascii()


@given(nestings)
def test_the_callers_values_are_never_changed(values):
    before = copy.deepcopy(values)
    nested_values(values, "name")
    assert values == before


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (np.float32("nan"), "NaN"),
        (np.float16("-inf"), "-Infinity"),
        (np.array([math.inf]), "Infinity"),
        (decimal.Decimal("NaN"), "NaN"),
    ],
)
def test_a_number_that_json_cannot_say_is_spelled(value, word):
    assert plain(value) == word


@pytest.mark.parametrize("value", [2**64, -(2**100), 10**300, 2**13_999])
def test_large_integers_keep_every_digit(value):
    line = log_format.object_line("other", nested_values(value, "big"))
    assert json.loads(line) == {"other": {"big": value}}


def test_an_integer_too_long_to_print_is_kept_in_base_16():
    assert int(plain(10**5000), 16) == 10**5000


def test_lone_surrogates_and_control_characters_are_kept(new_run, tmp_path):
    text = "a\ud800b\x00\x1b\r\n\u2028\x7f"
    run = new_run()
    run.add_hyper(text, "text")
    run.add_metric({"text": text}, 0)
    folder = only_run(tmp_path / "logs")
    assert said(folder, "hyper") == {"text": text}
    assert steps(folder, "metric")[0].values == {"text": text}


class Colour(enum.Enum):
    RED = "r-e-d"


class Size(enum.IntEnum):
    BIG = 7


class Kind(str, enum.Enum):
    PLAIN = "plain-kind"


def a_function() -> None:
    """Only its name matters."""


class Text(str):
    def __str__(self) -> str:
        raise RuntimeError("hostile")


class Half(float):
    def __float__(self) -> float:
        raise RuntimeError("hostile")


class Device:
    def __str__(self) -> str:
        return "cuda:0"


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (True, True),
        (None, None),
        ("bert-base", "bert-base"),
        (np.float32(0.5), 0.5),
        (np.float64(0.1), 0.1),
        (np.int64(7), 7),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.bool_(True), True),
        (np.str_("x-y"), "x-y"),
        (np.array(0.5), 0.5),
        (np.array([0.5]), 0.5),
        (np.array([[[7]]]), 7),
        (np.array([1, 2]), "[1, 2]"),
        (np.array([[1.5, 2], [3, 4]]), "[[1.5, 2.0], [3.0, 4.0]]"),
        (np.array([]), "[]"),
        (np.datetime64("2026-01-02"), "2026-01-02"),
        (np.complex128(1 + 2j), "(1+2j)"),
        ([1, "a", None], "[1, 'a', None]"),
        ([5], "[5]"),
        ((1, 2), "(1, 2)"),
        ([np.float64(0.5), np.int32(3), np.array([1, 2])], "[0.5, 3, '[1, 2]']"),
        ([[np.float32(0.5)]], "[[0.5]]"),
        (Colour.RED, "Colour.RED"),
        (Size.BIG, 7),
        (Kind.PLAIN, "plain-kind"),
        (pathlib.PurePosixPath("/data/x-y"), "/data/x-y"),
        (a_function, "a_function"),
        (a_function.__call__, "__call__"),
        (np.mean, "mean"),
        (dict, "dict"),
        (decimal.Decimal("0.25"), 0.25),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (b"bytes", "b'bytes'"),
        (1 + 2j, "(1+2j)"),
        (Device(), "cuda:0"),
        (Text("text"), "text"),
        (Half(0.5), 0.5),
        (types.MappingProxyType({"a-b": 1}), {"a_b": 1}),
    ],
)
def test_a_value_is_stored_as(value, stored):
    found = plain(value)
    assert found == stored
    assert type(found) is type(stored)


def test_a_partial_is_stored_as_its_text():
    assert "a_function" in plain(functools.partial(a_function))


def test_numpys_dtypes_have_a_readable_name():
    assert plain(np.dtype("float32")) == "float32"


class Hostile:
    """Raises whatever is asked of it."""

    def _raise(self, *_: object) -> None:
        raise RuntimeError("hostile")

    __str__ = __repr__ = __float__ = __index__ = __fspath__ = tolist = item = _raise  # type: ignore[assignment]
    __iter__ = __len__ = __bool__ = __hash__ = __eq__ = _raise  # type: ignore[assignment]


class WrongAnswers:
    def __str__(self) -> str:
        return 7  # type: ignore[return-value]

    def __float__(self) -> float:
        return "no"  # type: ignore[return-value]

    def tolist(self) -> object:
        return self


class NoAttributes:
    def __getattr__(self, name: str) -> object:
        raise OSError(name)


class EndlessText:
    def __str__(self) -> str:
        return str(self)


class HostileEnum(enum.Enum):
    A = 1

    def __str__(self) -> str:
        raise RuntimeError("hostile")


@pytest.mark.parametrize(
    "value",
    [
        Hostile(),
        WrongAnswers(),
        NoAttributes(),
        EndlessText(),
        HostileEnum.A,
        [Hostile()],
        [{"a": Hostile()}],
        (1, [Hostile(), 2]),
        np.array([Hostile()], dtype=object),
        [10**5000],
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_object_that_raises_at_every_touch_is_recorded_all_the_same(value, new_run, tmp_path):
    run = new_run()
    run.add_hyper({"odd": value, "lr": 0.1})
    run.add_loss(0.5, 0, "loss")
    stored = said(only_run(tmp_path / "logs"), "hyper")
    assert stored["lr"] == 0.1
    assert isinstance(stored["odd"], str)


@pytest.mark.parametrize("verb", ["add_hyper", "add_other", "add_best_metric"])
def test_a_mapping_that_holds_itself_is_refused_and_nothing_written(verb, new_run, tmp_path):
    values: dict[str, object] = {"lr": 0.1}
    values["self"] = {"deeper": values}
    run = new_run()
    with pytest.raises(ArgumentError, match="hold itself"):
        getattr(run, verb)(values)
    assert list((tmp_path / "logs").iterdir()) == []


def test_a_list_that_holds_itself_is_refused_and_nothing_written(new_run, tmp_path):
    values: list[object] = [1]
    values.append(values)
    run = new_run()
    with pytest.raises(ArgumentError, match="hold itself"):
        run.add_loss({"loss": values}, 0)
    assert list((tmp_path / "logs").iterdir()) == []


def test_a_hundred_levels_are_no_cycle():
    values: dict[str, object] = {"leaf": 1}
    for _ in range(99):
        values = {"level": values}
    assert nested_values(values, None) == values


@pytest.mark.parametrize("value", [1, 0.5, "text", None, [1], np.array([1.0])])
def test_a_plain_value_without_a_name_is_refused(value, new_run):
    with pytest.raises(ArgumentError, match="name"):
        new_run().add_best_metric(value)


def test_a_metric_may_be_text_and_nested(new_run, tmp_path):
    run = new_run()
    run.add_metric({"dev": {"span": {"f": 0.5, "note": "good-enough"}}}, 3, "all")
    record = steps(only_run(tmp_path / "logs"), "metric")[0]
    assert record.values == {"all": {"dev": {"span": {"f": 0.5, "note": "good-enough"}}}}


def test_step_and_epoch_may_be_keys_of_a_best_metric(new_run, tmp_path):
    new_run().add_best_metric({"acc": 0.5, "step": 10, "epoch": 2})
    assert said(only_run(tmp_path / "logs"), "best_metric") == {"acc": 0.5, "step": 10, "epoch": 2}


@pytest.mark.parametrize("verb", ["add_hyper", "add_other", "add_best_metric"])
def test_an_empty_mapping_writes_nothing(verb, new_run, tmp_path):
    run = new_run()
    getattr(run, verb)({})
    run.create_log_folder()
    kind = verb.removeprefix("add_")
    assert (only_run(tmp_path / "logs") / f"{kind}.log").read_bytes() == b""


@pytest.mark.parametrize("value", [0.5, math.nan, 3, 10**400, True, np.float32(0.5), np.array(0.5)])
def test_what_measures_or_counts_can_be_a_point_of_a_curve(value):
    assert is_number(value)


@pytest.mark.parametrize("value", [None, "0.5", b"1", [0.5], {"a": 1}, object()])
def test_text_and_what_has_no_one_value_can_be_no_point_of_a_curve(value):
    assert not is_number(value)
