"""Names are written as fitlog 0.9 wrote them, so that old and new runs share columns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recording_tools import only_run, steps

from fitlog_core.errors import ArgumentError, ArgumentTypeError
from fitlog_core.log_format import clean_argument_name, clean_name
from fitlog_core.recording.values import nested_values

NAMES = [
    "loss", "dev-acc", "top-1", "top-k-1", "a--1", "a--b", "-", "-x", "x-", "x-1-", "1-2-3",
    "with space", "a.b", "#1", "f(x)", "val/loss", "p@1", 'quo"te', "it's", "准确率", "精-度",
    "a-\uff15", "tab\tname", "new\nline", "back\\slash", "-\t", "a- 1", "é-1", "{x}", "a:b", "_",
]  # fmt: skip


def test_names_are_spelled_as_the_real_fitlog_0_9_spells_them(
    run_python, old_fitlog_python: Path, tmp_path
):
    code = (
        "import json, sys, fitlog\n"
        f"names = json.loads({json.dumps(json.dumps(NAMES))})\n"
        "fitlog.set_log_dir('old')\n"
        "for step, name in enumerate(names):\n"
        "    fitlog.add_loss(0.5, step, name)\n"
        "    fitlog.add_metric({name: 0.5}, step)\n"
        "fitlog.finish()\n"
    )
    (tmp_path / "old").mkdir()
    run_python(code, python=old_fitlog_python)
    run_python(code.replace("'old'", "'new'"))
    old, new = only_run(tmp_path / "old"), only_run(tmp_path / "new")
    for kind in ("loss", "metric"):
        spelled = [list(record.values) for record in steps(new, kind)]
        assert spelled == [list(record.values) for record in steps(old, kind)]
        assert len(spelled) == len(NAMES)


@pytest.mark.parametrize(
    ("name", "stored"),
    [("dev-acc", "dev_acc"), ("top-1", "top-1"), ("a b", "a b"), ("x-", "x_"), ("准-确", "准_确")],
)
def test_a_hyphen_not_followed_by_a_digit_becomes_an_underscore(name, stored):
    assert clean_name(name) == stored


def test_a_space_becomes_an_underscore_in_the_argument_only():
    assert clean_argument_name("dev acc-x") == "dev_acc_x"
    assert nested_values({"dev acc": {"f 1": 1}}, "all data") == {
        "all_data": {"dev acc": {"f 1": 1}}
    }


@given(st.text(min_size=1))
def test_cleaning_a_name_twice_changes_nothing_more(name):
    assert clean_name(clean_name(name)) == clean_name(name)


def test_values_keep_their_hyphens():
    assert nested_values({"model-name": "bert-base-uncased"}, None) == {
        "model_name": "bert-base-uncased"
    }


@pytest.mark.parametrize("values", [{"": 1}, {"a": {"": 1}}])
def test_an_empty_name_is_refused(values, new_run, tmp_path):
    run = new_run()
    with pytest.raises(ArgumentError, match="empty"):
        run.add_loss(values, 0)
    with pytest.raises(ArgumentError, match="empty"):
        run.add_loss(0.5, 0, "")
    assert list((tmp_path / "logs").iterdir()) == []


@pytest.mark.parametrize("name", [3, b"loss", ["loss"], 0.5, {"a": 1}])
def test_a_name_that_is_no_text_is_refused_before_and_after_the_first_record(name, new_run):
    run = new_run()
    for _ in range(2):
        with pytest.raises(ArgumentTypeError, match="name must be text"):
            run.add_loss(0.5, 0, name)
        run.add_loss(0.5, 0, "loss")


def test_two_names_of_one_call_that_become_one_are_refused_naming_both(new_run, tmp_path):
    run = new_run()
    run.add_loss({"dev_acc": 0.5}, 0)
    with pytest.raises(ValueError, match="dev_acc") as refused:
        run.add_loss({"dev-acc": 0.5, "dev_acc": 0.5}, 1)
    assert "'dev-acc'" in str(refused.value)
    assert [record.step for record in steps(only_run(tmp_path / "logs"))] == [0]


def test_keys_that_are_no_text_become_text():
    assert nested_values({1: "a", None: "b", (1, 2): "c"}, None) == {
        "1": "a",
        "None": "b",
        "(1, 2)": "c",
    }
