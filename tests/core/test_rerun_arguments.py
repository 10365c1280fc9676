"""Other values for the arguments of a recorded command."""

from __future__ import annotations

import pytest

from fitlog_core.errors import RerunError
from fitlog_core.rerun.arguments import seed_argument, seeds, spelled_options, with_value


@pytest.mark.parametrize(
    ("arguments", "name", "changed"),
    [
        (["--lr", "0.1", "x"], "lr", ["--lr", "9", "x"]),
        (["--lr=0.1", "x"], "lr", ["--lr=9", "x"]),
        (["--batch-size", "4"], "batch_size", ["--batch-size", "9"]),
        (["--batch_size=4"], "batch-size", ["--batch_size=9"]),
        (["-lr", "-1"], "lr", ["-lr", "9"]),
        (["--lr", "1", "--lr", "2"], "lr", ["--lr", "1", "--lr", "9"]),
        (["optim.lr=0.1"], "optim.lr", ["optim.lr=9"]),
        (["--fast", "--lr", "1"], "fast", ["--fast", "9", "--lr", "1"]),
        (["lr"], "lr", ["lr", "--lr", "9"]),
        ([], "lr", ["--lr", "9"]),
    ],
)
def test_an_argument_gets_its_value_where_it_stands(arguments, name, changed):
    assert with_value(arguments, name, "9", ["--lr", "--batch-size"]) == changed


def test_an_argument_that_held_its_default_is_added_as_the_code_spells_it():
    options = spelled_options('add_argument("-b", "--batch-size", default=4)')
    assert with_value(["x"], "batch_size", "8", options) == ["x", "--batch-size", "8"]


def test_a_name_that_is_no_argument_is_refused():
    with pytest.raises(RerunError, match="no argument 'width'"):
        with_value(["--lr", "1"], "width", "8", ["--lr"])


@pytest.mark.parametrize(
    ("arguments", "options", "name"),
    [
        (["--seed", "1"], [], "seed"),
        (["--rng-seed=1"], [], "rng-seed"),
        (["train.seed=1"], [], "train.seed"),
        (["seed"], ["--lr", "--random_seed"], "random_seed"),
    ],
)
def test_the_argument_of_the_seed_is_found(arguments, options, name):
    assert seed_argument(arguments, options) == name


def test_a_command_without_a_seed_is_refused():
    with pytest.raises(RerunError, match="--set"):
        seed_argument(["--seeds-per-run", "3", "seeding"], ["--lr"])


def test_seeds_are_written_as_a_range_or_a_list():
    assert seeds("1..3, 7") == ["1", "2", "3", "7"]


@pytest.mark.parametrize("text", ["", "a", "5..1", "1..", "1.5", "1..2..3"])
def test_what_names_no_seeds_is_refused(text):
    with pytest.raises(RerunError, match="names no seeds"):
        seeds(text)
