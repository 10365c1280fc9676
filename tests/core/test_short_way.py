"""The short way of a record and the long one write the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fitlog_core.errors import ArgumentError
from fitlog_core.recording.writer import StepFile


@pytest.fixture
def file(tmp_path: Path) -> StepFile:
    return StepFile(str(tmp_path), "metric", lambda path, error: None)


def records(file: StepFile) -> list[dict[str, Any]]:
    lines = Path(file.path).read_text("utf-8").splitlines()
    found = [json.loads(line.partition("\t")[2]) for line in lines]
    return [{key: value for key, value in record.items() if key != "time"} for record in found]


@pytest.mark.parametrize("epoch", [None, 0, 3])
@pytest.mark.parametrize(
    ("value", "name"),
    [
        (0.5, "acc"),
        ({"acc": 0.5}, None),
        ({"val": {"acc": 0.5, "f1": 0.25}, "lr": 0.125}, None),
        ({"a": {"b": {"c": {"d": 1.0}}}}, None),
        ({"a": {"b": {"c": {"d": {"e": {"f": 1.0}}}}}}, None),
        ({"val": {"acc": float("nan")}}, None),
        ({"val": {"acc": float("inf")}, "train": {"acc": float("-inf")}}, None),
        ({"acc": 1.5e308, "f1": 1.5e308}, None),  # whose sum is no number
        ({"val": {}}, None),
        ({"val": {}, "acc": 0.5}, None),
        ({"val": {"acc": 0.5, "count": 3}}, None),
        ({"val": {"text": "good"}}, None),
    ],
)
def test_the_second_record_of_a_name_is_like_the_first(
    file: StepFile, value: Any, name: str | None, epoch: int | None
) -> None:
    for _ in range(3):
        file.add(value, 7, name, epoch)
    first, *rest = records(file)
    assert first["step"] == 7
    assert first.get("epoch") == epoch
    assert rest == [first, first]


def test_a_record_carries_the_time_at_its_first_and_then_now_and_then(file: StepFile) -> None:
    for step in range(3):
        file.add({"val": {"acc": 0.5}}, step, None, 1)
    times = ["time" in line for line in Path(file.path).read_text("utf-8").splitlines()]
    assert times == [True, False, False]


@pytest.mark.parametrize("epoch", [-1, 2**80])
def test_an_epoch_that_cannot_be_is_refused_also_under_a_known_name(
    file: StepFile, epoch: int
) -> None:
    file.add({"acc": 0.5}, 0, None, 0)
    with pytest.raises(ArgumentError, match="epoch must be from 0 to"):
        file.add({"acc": 0.5}, 1, None, epoch)
    assert len(records(file)) == 1


def test_a_dict_that_holds_itself_is_refused_also_under_a_known_name(file: StepFile) -> None:
    file.add({"a": {"b": 0.5}}, 0, None, None)
    values: dict[str, Any] = {"a": {}}
    values["a"]["a"] = values
    with pytest.raises(ArgumentError, match="nested more than"):
        file.add(values, 1, None, None)
