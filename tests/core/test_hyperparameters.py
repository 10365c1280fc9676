"""Hyperparameters in whatever form a script keeps them."""

from __future__ import annotations

import argparse
import collections
import configparser
import copy
import dataclasses
import types

import pytest
from recording_tools import only_run, said

import fitlog


@pytest.fixture
def recorded(new_run, tmp_path):
    """Return a function that records hyperparameters and returns what was written."""

    def record(*arguments, in_file=False):
        run = new_run()
        (run.add_hyper_in_file if in_file else run.add_hyper)(*arguments)
        run.create_log_folder()
        return said(only_run(tmp_path / "logs"), "hyper")

    return record


def test_a_namespace_is_recorded_and_left_as_it_was(recorded):
    arguments = argparse.Namespace(lr=0.1, model="bert-base", layers=[1, 2], sub=None)
    before = copy.deepcopy(vars(arguments))
    assert recorded(arguments) == {"lr": 0.1, "model": "bert-base", "layers": "[1, 2]", "sub": None}
    assert vars(arguments) == before


def test_vars_of_a_namespace_are_left_as_they_were(recorded):
    class Device:
        def __str__(self):
            return "cuda:0"

    arguments = argparse.Namespace(device=Device(), lr=0.1)
    recorded(vars(arguments))
    assert isinstance(arguments.device, Device)


def test_a_namespace_in_a_namespace_is_a_group(recorded):
    nested = types.SimpleNamespace(optim=argparse.Namespace(lr=0.1), seed=1)
    assert recorded(nested) == {"optim": {"lr": 0.1}, "seed": 1}


def test_a_namespace_that_holds_itself_is_refused_and_nothing_written(new_run, tmp_path):
    arguments = argparse.Namespace(lr=0.1)
    arguments.me = arguments
    with pytest.raises(ValueError, match="hold itself"):
        new_run().add_hyper(arguments)
    assert list((tmp_path / "logs").iterdir()) == []


def test_a_config_parser_is_recorded_by_section(recorded):
    config = configparser.ConfigParser()
    config.read_string("[DEFAULT]\nseed = 1\n[optim]\nlr = 0.1\nname = adam-w\n[data]\n")
    assert recorded(config) == {
        "optim": {"lr": "0.1", "name": "adam-w", "seed": "1"},
        "data": {"seed": "1"},
    }


def test_a_proxy_that_raises_when_it_is_asked_anything_is_recorded_as_its_type(recorded):
    class Proxy:
        def __getattr__(self, name):
            raise RuntimeError("used outside of its context")

        def __str__(self):
            raise RuntimeError("used outside of its context")

    assert recorded(Proxy(), "config") == {"config": "<Proxy>"}


def test_a_dataclass_instance_is_recorded_with_what_it_inherits(recorded):
    @dataclasses.dataclass
    class Base:
        lr: float = 0.1

    @dataclasses.dataclass
    class Config(Base):
        layers: tuple[int, ...] = (1, 2)
        inner: Base = dataclasses.field(default_factory=lambda: Base(0.2))

    assert recorded(Config()) == {"lr": 0.1, "layers": "(1, 2)", "inner": {"lr": 0.2}}


class Parent(fitlog.FitlogConfig):
    lr = 0.1
    _hidden = 1


class Config(Parent):
    batch_size = 32

    @staticmethod
    def scheduler():
        raise AssertionError("only its name is wanted")

    def method(self):
        raise AssertionError("only its name is wanted")


@pytest.mark.parametrize("config", [Config, Config()])
def test_a_fitlog_config_is_recorded_as_class_or_instance_with_what_it_inherits(config, recorded):
    assert recorded(config) == {
        "lr": 0.1,
        "batch_size": 32,
        "scheduler": "scheduler",
        "method": "method",
    }


def test_a_fitlog_config_takes_members_of_the_instance(recorded):
    assert recorded(Config(lr=0.5, extra="x"))["lr"] == 0.5
    assert not hasattr(Config, "extra")


def test_any_mapping_is_recorded(recorded):
    mapping = collections.OrderedDict(lr=0.1, optim=types.MappingProxyType({"name": "adam-w"}))
    assert recorded(mapping) == {"lr": 0.1, "optim": {"name": "adam-w"}}


def test_a_value_with_a_name_is_recorded(recorded):
    assert recorded("adam-w", "optim-name") == {"optim_name": "adam-w"}


def test_a_name_beside_a_namespace_is_its_group(recorded):
    assert recorded(argparse.Namespace(lr=0.1), "optim") == {"optim": {"lr": 0.1}}


def test_later_values_win_and_others_stay(new_run, tmp_path):
    run = new_run()
    run.add_hyper({"optim": {"lr": 0.1, "beta": 0.9}})
    run.add_hyper({"optim": {"lr": 0.2}})
    run.create_log_folder()
    assert said(only_run(tmp_path / "logs"), "hyper") == {"optim": {"lr": 0.2, "beta": 0.9}}


MARKED = """
import os
before = 1
#####hyper
lr = 1e-3  # the learning rate, # twice commented
char_embed = word_embed = 300
name = "adam-w"  # in quotes
other = 'it "is"'
flag = True
off = False
# commented = 3
nothing = None
count: int = 5
minus = -0.5
layers = [1, 2]
text = "a # b = c"
lr2 = 0.1
lr2 = 0.2

##########hyper
after = 1
"""


def test_assignments_between_the_marks_are_recorded(recorded, tmp_path):
    (tmp_path / "train.py").write_text(MARKED)
    assert recorded(tmp_path / "train.py", in_file=True) == {
        "lr": "1e-3",
        "char_embed": "300",
        "word_embed": "300",
        "name": "adam-w",
        "other": 'it "is"',
        "flag": True,
        "off": False,
        "nothing": "None",
        "count": "5",
        "minus": "-0.5",
        "layers": "[1, 2]",
        "text": "a # b = c",
        "lr2": "0.2",
    }


def test_a_line_that_is_no_python_is_passed_over(recorded, tmp_path):
    (tmp_path / "train.py").write_text("#####hyper\nlr = 0.1\nthis is no python\nx = 'a\0b'\n")
    assert recorded(tmp_path / "train.py", in_file=True)["lr"] == "0.1"


def test_indented_marks_and_chinese_text_are_read(recorded, tmp_path):
    (tmp_path / "train.py").write_text(
        "def main():\n    #####hyper\n    名字 = '模型'\n    #####hyper\n", encoding="utf-8"
    )
    assert recorded(tmp_path / "train.py", in_file=True) == {"名字": "模型"}


def test_without_an_argument_the_calling_file_is_read(run_script, tmp_path):
    run_script(
        "import fitlog\n#####hyper\nlr = 0.1\n#####hyper\n"
        "fitlog.set_log_dir('logs')\nfitlog.add_hyper_in_file()\nfitlog.create_log_folder()\n"
    )
    assert said(only_run(tmp_path / "logs"), "hyper") == {"lr": "0.1"}


@pytest.mark.parametrize("path", ["missing.py", ".", "notes.txt"])
def test_a_file_that_cannot_be_read_is_refused_by_name(path, new_run, tmp_path):
    (tmp_path / "notes.txt").write_text("#####hyper\nlr = 1\n")
    with pytest.raises(ValueError, match="Python file") as refused:
        new_run().add_hyper_in_file(path)
    assert path in str(refused.value)


@pytest.mark.parametrize("path", [3, None, ["x.py"]])
def test_a_path_that_is_none_is_refused(path, new_run):
    with pytest.raises(TypeError, match="file_path"):
        new_run().add_hyper_in_file(path)
