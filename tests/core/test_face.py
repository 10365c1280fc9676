"""The face: the names and signatures that scripts written for fitlog 0.9 rely on."""

from __future__ import annotations

import importlib.metadata
import inspect
import re
import threading
from pathlib import Path

import numpy as np
import pytest
from recording_tools import only_run, runs, said, steps

import fitlog
import fitlog_core.errors
import fitlog_core.recording.api
import fitlog_core.recording.hyperparameters
import fitlog_core.recording.run
import fitlog_core.version

SIGNATURES = {
    "set_log_dir": "(log_dir, new_log=False)",
    "get_log_dir": "(absolute=False)",
    "get_log_folder": "(absolute=False)",
    "get_log_id": "()",
    "commit": "(file=None, fit_msg=None)",
    "get_commit_id": "(file)",
    "get_fit_id": "(file)",
    "debug": "(flag=True)",
    "is_debug": "()",
    "is_initialized": "()",
    "create_log_folder": "()",
    "add_loss": "(value, step, name=None, epoch=None)",
    "add_metric": "(value, step, name=None, epoch=None)",
    "add_best_metric": "(value, name=None)",
    "add_hyper": "(value, name=None)",
    "add_hyper_in_file": "(file_path=None)",
    "add_other": "(value, name=None)",
    "add_progress": "(total_steps=None)",
    "add_to_line": "(line)",
    "add_image": "(image, step=None, name='image')",
    "add_figure": "(figure, step=None, name='figure')",
    "add_data": "(path)",
    "set_rng_seed": ("(rng_seed=None, random=True, numpy=True, pytorch=True, deterministic=True)"),
    "finish": "(status=0, send_to_bot=None)",
}
# fitlog 0.9 has none of these.
NEW = {"autolog": "()", "resume": "(state)", "state": "()", "system_metrics": "(every=15.0)"}
SHARED_WITH_RUN = [
    name for name in SIGNATURES if name.startswith(("add_", "get_log", "create_", "finish"))
]


def _signature(function: object) -> str:
    signature = inspect.signature(function)  # type: ignore[arg-type]
    plain = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
        if parameter.name != "self"
    ]
    return str(inspect.Signature(plain))


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_function_has_the_parameters_of_fitlog_0_9(name):
    assert _signature(getattr(fitlog, name)) == SIGNATURES[name]


@pytest.mark.parametrize("name", NEW)
def test_a_function_that_0_9_has_not_has_the_parameters_of_its_page(name):
    assert _signature(getattr(fitlog, name)) == NEW[name]


@pytest.mark.parametrize("name", sorted(set(SHARED_WITH_RUN) - {"add_hyper_in_file"}))
def test_a_run_has_the_same_verb_with_the_same_parameters(name):
    assert _signature(getattr(fitlog.Run, name)) == SIGNATURES[name]


def test_the_public_names_are_the_functions_the_config_class_the_run_and_the_error():
    assert set(fitlog.__all__) == {*SIGNATURES, *NEW, "FitlogConfig", "Run", "FitlogError"}
    public = {name for name, value in vars(fitlog).items() if not name.startswith("_")}
    assert public - set(fitlog.__all__) <= {"__main__"}


def test_every_name_is_the_object_of_the_core():
    core = {
        **vars(fitlog_core.recording.api),
        "FitlogConfig": fitlog_core.recording.hyperparameters.FitlogConfig,
        "Run": fitlog_core.recording.run.Run,
        "FitlogError": fitlog_core.errors.FitlogError,
    }
    assert all(getattr(fitlog, name) is core[name] for name in fitlog.__all__)
    assert fitlog.__getattr__ is fitlog_core.version.__getattr__


def test_the_version_is_that_of_the_installed_package():
    assert fitlog.__version__ == importlib.metadata.version("fitlog")


def test_a_name_that_the_face_lacks_is_told_in_pythons_words():
    with pytest.raises(AttributeError, match=r"^module 'fitlog' has no attribute 'add_los'$"):
        _ = fitlog.add_los


def test_a_fitlog_that_is_not_installed_has_no_version(monkeypatch):
    def none(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", none)
    assert getattr(fitlog, "__version__", None) is None


def test_the_folder_of_the_face_holds_three_small_files_and_nothing_else():
    folder = Path(fitlog.__file__).parent
    names = {path.name for path in folder.iterdir() if path.name != "__pycache__"}
    assert names == {"__init__.py", "__main__.py", "py.typed"}


def test_every_function_takes_its_arguments_by_position(fresh_session, tmp_path):
    fitlog.debug(0)
    fitlog.set_log_dir("logs", False)
    fitlog.add_hyper(0.1, "lr")
    fitlog.add_other("x", "memo")
    fitlog.add_progress(10)
    fitlog.add_to_line("a line")
    fitlog.add_loss(0.5, 1, "loss", 2)
    fitlog.add_metric({"acc": 0.5}, 1, "dev", 2)
    fitlog.add_best_metric(0.9, "acc")
    fitlog.set_rng_seed(7, True, False, False, False)
    fitlog.finish(1, None)
    folder = only_run(tmp_path / "logs")
    assert said(folder, "hyper") == {"lr": 0.1}
    assert steps(folder)[0][:4] == ("loss", {"loss": 0.5}, 1, 2)
    assert steps(folder, "metric")[0][:4] == ("metric", {"dev": {"acc": 0.5}}, 1, 2)
    assert said(folder, "other")["rng_seed"] == 7
    assert said(folder, "meta")["state"] == "error"


def test_every_function_takes_its_arguments_by_keyword(fresh_session, tmp_path):
    fitlog.debug(flag=False)
    fitlog.set_log_dir(log_dir="logs", new_log=True)
    fitlog.add_hyper(value=0.1, name="lr")
    fitlog.add_other(value="x", name="memo")
    fitlog.add_progress(total_steps=10)
    fitlog.add_to_line(line="a line")
    fitlog.add_loss(value=0.5, step=1, name="loss", epoch=2)
    fitlog.add_metric(value={"acc": 0.5}, step=1, name="dev", epoch=2)
    fitlog.add_best_metric(value=0.9, name="acc")
    fitlog.set_rng_seed(rng_seed=7, random=True, numpy=False, pytorch=False, deterministic=False)
    fitlog.finish(status=1, send_to_bot=None)
    folder = only_run(tmp_path / "logs")
    assert (folder / "file.log").read_text() == "a line\n"
    assert (folder / "progress.log").read_text() == '{"total_steps": 10}\n'
    assert steps(folder)[0][:4] == ("loss", {"loss": 0.5}, 1, 2)
    assert said(folder, "best_metric") == {"acc": 0.9}
    assert said(folder, "meta")["state"] == "error"


def test_the_module_is_handed_around_as_a_logger(fresh_session, tmp_path):
    def train(logger):
        logger.add_loss(0.5, 1, "loss")

    fitlog.set_log_dir("logs")
    train(fitlog)
    assert steps(only_run(tmp_path / "logs"))[0].values == {"loss": 0.5}


def test_threads_share_the_modules_current_run(fresh_session, tmp_path):
    fitlog.set_log_dir("logs")
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        fitlog.add_hyper(number, f"h{number}")
        for step in range(50):
            fitlog.add_loss(float(step), step, f"loss{number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    folder = only_run(tmp_path / "logs")
    found = sorted((name, record.step) for record in steps(folder) for name in record.values)
    assert found == sorted((f"loss{n}", step) for n in range(8) for step in range(50))
    assert said(folder, "hyper") == {f"h{number}": number for number in range(8)}


BEFORE_A_DIRECTORY = {
    "add_loss": (1, 1, "a"),
    "add_metric": (1, 1, "a"),
    "add_best_metric": (1, "a"),
    "add_hyper": (1, "a"),
    "add_hyper_in_file": ("x.py",),
    "add_other": (1, "a"),
    "add_progress": (1,),
    "add_to_line": ("x",),
    "add_data": ("x",),
    "finish": (),
    "get_log_dir": (),
    "get_log_folder": (),
    "get_log_id": (),
    "create_log_folder": (),
}


@pytest.mark.parametrize("name", BEFORE_A_DIRECTORY)
def test_before_set_log_dir_the_error_names_it(name, fresh_session):
    with pytest.raises(RuntimeError, match=r"set_log_dir\("):
        getattr(fitlog, name)(*BEFORE_A_DIRECTORY[name])


def test_is_initialized_tells_whether_a_directory_was_set(fresh_session):
    assert fitlog.is_initialized() is False
    fitlog.set_log_dir("logs")
    assert fitlog.is_initialized() is True


def test_another_directory_is_refused_and_the_message_names_the_way_out(fresh_session):
    fitlog.set_log_dir("logs")
    with pytest.raises(RuntimeError, match="new_log=True"):
        fitlog.set_log_dir("elsewhere")
    assert fitlog.get_log_dir() == "logs"


def test_new_log_begins_another_run_in_the_same_process(fresh_session, tmp_path):
    for number in range(3):
        fitlog.set_log_dir("logs", new_log=True)
        fitlog.add_progress(10)
        fitlog.add_loss(float(number), 0, "loss")
        fitlog.finish()
    found = [steps(folder)[0].values["loss"] for folder in runs(tmp_path / "logs")]
    assert found == [0.0, 1.0, 2.0]


def test_a_sweep_of_unfinished_runs_in_one_process_does_not_run_out_of_files(run_python, tmp_path):
    done = run_python(
        "import resource, fitlog\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))\n"
        "for number in range(40):\n"
        "    fitlog.set_log_dir('logs', new_log=True)\n"
        "    fitlog.add_loss(0.1, 0, 'loss')\n"
        "    fitlog.add_metric(0.1, 0, 'acc')\n"
    )
    assert done.stderr == ""
    assert sum(len(steps(folder, "metric")) for folder in runs(tmp_path / "logs")) == 40


def test_the_log_directory_is_told_by_its_last_component_or_as_a_path(fresh_session, tmp_path):
    fitlog.set_log_dir("runs/logs/")
    assert fitlog.get_log_dir() == "logs"
    assert fitlog.get_log_dir(absolute=True) == str(tmp_path / "runs" / "logs")
    assert fitlog.get_log_dir(True) == fitlog.get_log_dir(absolute=True)


def test_the_runs_folder_and_id_are_told_once_it_is_made(fresh_session, tmp_path):
    fitlog.set_log_dir("logs")
    assert fitlog.get_log_folder() is None
    fitlog.create_log_folder()
    folder = only_run(tmp_path / "logs")
    assert fitlog.get_log_folder() == fitlog.get_log_id() == folder.name
    assert fitlog.get_log_folder(absolute=True) == str(folder)


def test_ids_of_code_are_the_text_error_where_there_is_none(fresh_session, tmp_path):
    assert fitlog.get_fit_id(str(tmp_path)) == "error"
    assert fitlog.get_commit_id(tmp_path) == "error"


@pytest.mark.parametrize("file", [5, b"main.py", object(), "a\0b", "\ud800", "x" * 5000])
def test_ids_of_code_are_the_text_error_for_what_is_no_path(file, fresh_session):
    assert fitlog.get_fit_id(file) == "error"
    assert fitlog.get_commit_id(file) == "error"


def test_a_message_of_a_commit_may_be_a_number_as_in_fitlog_0_9(run_python, tmp_path):
    (tmp_path / "main.py").write_text("")
    run_python(
        "import fitlog\n"
        "fitlog.commit('main.py', 42)\n"
        "fitlog.set_log_dir('logs')\n"
        "fitlog.create_log_folder()\n"
    )
    assert said(only_run(tmp_path / "logs"), "meta")["fit_msg"] == "42"


def test_a_picked_seed_lies_between_0_and_a_million_and_is_recorded(fresh_session, tmp_path):
    fitlog.set_log_dir("logs")
    seed = fitlog.set_rng_seed(pytorch=False)
    assert 0 <= seed <= 1_000_000
    fitlog.create_log_folder()
    assert said(only_run(tmp_path / "logs"), "other") == {"rng_seed": seed}


def test_the_seed_makes_pythons_numbers_repeat_and_numpys(fresh_session, monkeypatch):
    import random

    import numpy

    monkeypatch.setenv("PYTHONHASHSEED", "0")
    fitlog.set_rng_seed(3, pytorch=False)
    first = random.random(), numpy.random.random()
    fitlog.set_rng_seed(3, pytorch=False)
    assert (random.random(), numpy.random.random()) == first


@pytest.mark.parametrize("seed", [0, 1_000_000, -1, 2**32, 2**70])
def test_a_child_python_starts_after_any_seed(seed, run_python):
    done = run_python(
        "import subprocess, sys, fitlog\n"
        f"print(fitlog.set_rng_seed({seed}, pytorch=False))\n"
        "subprocess.run([sys.executable, '-c', ''], check=True)\n"
    )
    assert done.stdout.strip() == str(seed)


@pytest.mark.parametrize("seed", [1.5, "7", [1]])
def test_a_seed_that_is_no_whole_number_is_refused(seed, fresh_session):
    with pytest.raises(TypeError, match="rng_seed"):
        fitlog.set_rng_seed(seed)


@pytest.mark.parametrize("status", [2, -1, "0", None, 0.0, [0], np.array([0, 1])])
def test_a_status_is_0_or_1(status, fresh_session, tmp_path):
    fitlog.set_log_dir("logs")
    fitlog.create_log_folder()
    with pytest.raises(ValueError, match="status"):
        fitlog.finish(status)
    assert said(only_run(tmp_path / "logs"), "meta")["state"] == "running"


@pytest.mark.parametrize("bot", ["not a url", 3, object(), "ftp://x"])
def test_a_wrong_bot_only_warns(bot, fresh_session, tmp_path, capsys):
    fitlog.set_log_dir("logs")
    fitlog.add_loss(0.1, 0, "loss")
    fitlog.finish(0, bot)
    assert said(only_run(tmp_path / "logs"), "meta")["state"] == "finish"
    assert "fitlog: " in capsys.readouterr().err


@pytest.mark.parametrize("line", [3, None, ["a"], b"x"])
def test_a_line_is_text_or_a_dict(line, fresh_session):
    fitlog.set_log_dir("logs")
    with pytest.raises(TypeError, match="add_to_line"):
        fitlog.add_to_line(line)


def test_a_dict_line_is_indented_json_with_names_and_lists_as_given(fresh_session, tmp_path):
    import json

    fitlog.set_log_dir("logs")
    line = {"a-b": 1, "a_b": [1, {"x-y": 2.5}], "c": {"d": None}}
    fitlog.add_to_line(line)
    fitlog.create_log_folder()
    text = (only_run(tmp_path / "logs") / "file.log").read_text()
    assert text == json.dumps(line, indent=2) + "\n"


def test_a_dict_line_that_holds_itself_is_refused(fresh_session):
    fitlog.set_log_dir("logs")
    line: dict[str, object] = {}
    line["me"] = [line]
    with pytest.raises(ValueError, match=r"hold itself"):
        fitlog.add_to_line(line)


def test_progress_twice_in_a_run_is_refused(fresh_session, tmp_path):
    fitlog.set_log_dir("logs")
    fitlog.add_progress(10)
    with pytest.raises(RuntimeError, match="add_progress"):
        fitlog.add_progress(20)
    fitlog.create_log_folder()
    assert (only_run(tmp_path / "logs") / "progress.log").read_text() == '{"total_steps": 10}\n'


@pytest.mark.parametrize("file", [5, b".", ["train.py"]])
def test_a_commit_of_what_is_no_path_names_it(file, fresh_session):
    with pytest.raises(
        TypeError, match=re.escape(f"file must be the path of a file or folder, got {file!r}")
    ):
        fitlog.commit(file)


@pytest.mark.parametrize("total", [0, -1, 1.5, "10", None])
def test_progress_is_a_whole_number_above_0(total, fresh_session):
    fitlog.set_log_dir("logs")
    with pytest.raises((ValueError, TypeError), match="total_steps"):
        fitlog.add_progress(total)


@pytest.mark.parametrize("name", ["meta", "hyper", "metric", "loss"])
def test_a_plain_other_value_cannot_take_the_name_of_another_file(name, fresh_session):
    fitlog.set_log_dir("logs")
    with pytest.raises(KeyError, match=name) as caught:
        fitlog.add_other(1, name)
    advised = re.search(r"use (add_\w+)", str(caught.value))
    assert name == "meta" if advised is None else callable(getattr(fitlog, advised[1]))
    fitlog.add_other({"x": 1}, name)


def test_copies_of_a_run_are_handles_of_the_same_run(new_run):
    import copy

    run = new_run()
    assert copy.deepcopy({"logger": run})["logger"] is run
    assert copy.copy(run).get_log_id() == run.get_log_id()
