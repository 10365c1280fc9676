"""Other values for the arguments of a recorded command."""

from __future__ import annotations

import pytest

from fitlog_core.errors import RerunError
from fitlog_core.rerun.arguments import seed_argument, seeds, spelled_options, with_value
from fitlog_core.rerun.declared import declared_arguments


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
        (["+optim.lr=0.1"], "optim.lr", ["+optim.lr=9"]),
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


DECLARED = """
from argparse import REMAINDER, BooleanOptionalAction
parser.add_argument("data")
group.add_argument("--layers", type=int, nargs="+")
parser.add_argument("--size", nargs=2)
parser.add_argument("--amp", action="store_true")
parser.add_argument("--no-cache", dest="cache", action="store_false")
parser.add_argument("--compile", action=BooleanOptionalAction)
parser.add_argument("-s", "--seed", default=1)
parser.add_argument("-v", action="count")
parser.add_argument("--learning-rate-decay", dest="decay", type=float)
if advanced:
    parser.add_argument("out")
"""


@pytest.mark.parametrize(
    ("arguments", "name", "value", "changed"),
    [
        ("d o --layers 1 2 3 --amp", "layers", "4 5", "d o --layers 4 5 --amp"),
        ("d o --layers 1 -2 3 -s 4", "layers", "7", "d o --layers 7 -s 4"),
        ("d o --layers=1", "layers", "4 5", "d o --layers 4 5"),
        ("d o", "layers", "4 5", "d o --layers 4 5"),
        ("--size 1 2 d o", "size", "3 4", "--size 3 4 d o"),
        ("d o --amp", "amp", "false", "d o"),
        ("d o", "amp", "True", "d o --amp"),
        ("d --no-cache o", "cache", "true", "d o"),
        ("d o", "cache", "0", "d o --no-cache"),
        ("d o --compile", "compile", "no", "d o --no-compile"),
        ("d o --no-compile", "compile", "yes", "d o --compile"),
        ("d o -s 4", "seed", "9", "d o -s 9"),
        ("d o", "decay", "0.5", "d o --learning-rate-decay 0.5"),
        ("d o --learning-rate-decay=1", "decay", "0.5", "d o --learning-rate-decay=0.5"),
        ("-s 1 d -v --size 1 2 o", "data", "x y", "-s 1|x y|-v --size 1 2 o"),
        ("d --compile o", "out", "x", "d --compile x"),
    ],
)
def test_what_argparse_is_told_of_is_changed_as_argparse_takes_it(arguments, name, value, changed):
    declared = declared_arguments(DECLARED)
    parts = changed.split("|")
    words = [word for part in parts for word in ([part] if part == "x y" else part.split())]
    assert with_value(arguments.split(), name, value, [], declared) == words


@pytest.mark.parametrize(
    ("arguments", "name", "value", "complaint"),
    [
        ("d o", "amp", "3", "--amp takes no value; write amp=true or =false"),
        ("d o", "size", "'1", "is no list of values"),
        ("d", "data", "x", "is 'data' cannot be told"),
        ("d o --unknown", "data", "x", "is 'data' cannot be told"),
    ],
)
def test_a_value_that_argparse_would_not_take_is_refused(arguments, name, value, complaint):
    with pytest.raises(RerunError, match=complaint):
        with_value(arguments.split(), name, value, [], declared_arguments(DECLARED))


@pytest.mark.parametrize("code", ["", "def (", "add_argument(", "x.add_argument(name)", "\0"])
def test_code_that_declares_nothing_declares_nothing(code):
    assert declared_arguments(code) == []


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
