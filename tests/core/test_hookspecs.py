"""Every hook is documented, tested and used, and its documented example works."""

from __future__ import annotations

import importlib
import re
import types
from pathlib import Path

import click
import pluggy
import pytest
from click.testing import CliRunner

from fitlog_core import hookspecs
from fitlog_core.cli import main
from fitlog_core.hookspecs import Alert, Ending
from fitlog_core.recording.run import Run
from fitlog_core.testing import fresh_host, use_host

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "hooks.md").read_text("utf-8")


def specified() -> dict[str, list[str]]:
    """The hooks and their arguments, as pluggy sees them."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    hooks = [name for name in dir(hookspecs) if manager.parse_hookspec_opts(hookspecs, name)]
    return {name: list(getattr(manager.hook, name).spec.argnames) for name in hooks}


HOOKS = specified()


def section(hook: str) -> str:
    """What the page says of a hook."""
    return PAGE.split(f"\n## {hook}(")[1].split("\n## ")[0]


def example(hook: str) -> types.ModuleType:
    """The hook's example as a plugin's module."""
    module = types.ModuleType(f"example_of_{hook}")
    code = re.search(r"```python\n(.*?)```", section(hook), re.DOTALL)
    assert code is not None
    exec(code[1], module.__dict__)
    return module


def test_there_is_a_hook_for_everything_that_plugins_may_extend():
    assert sorted(HOOKS) == [
        "fitlog_alert",
        "fitlog_board",
        "fitlog_commands",
        "fitlog_environment",
        "fitlog_first_nan",
        "fitlog_rank",
        "fitlog_run_finished",
        "fitlog_run_started",
        "fitlog_seed",
        "fitlog_system_metrics",
        "fitlog_test_notice",
        "fitlog_value",
    ]


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented_with_its_arguments(hook):
    assert f"\n## {hook}({', '.join(HOOKS[hook])})\n" in PAGE


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("point", ["When", "Where", "If it fails", "Used by"])
def test_every_hook_says_when_where_and_what_a_failure_does(hook, point):
    assert f"- **{point}**: " in section(hook)


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_docstring(hook):
    assert len(getattr(hookspecs, hook).__doc__) > 20


def test_no_hook_is_documented_that_does_not_exist():
    assert set(re.findall(r"^## (fitlog_\w+)\(", PAGE, re.MULTILINE)) == HOOKS.keys()


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_test_named_after_it(hook):
    tests = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    assert any(f"def test_{hook}_" in text for text in tests)


def hooks_of_notifier(name: str) -> list[str]:
    """The hooks of a plugin that is an object of a class which others share."""
    module = importlib.import_module(name.replace("/", "."))
    host = fresh_host(module.notifier)
    return next(iter(host.plugins.values())).hooks


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_real_plugin_where_the_page_says(hook):
    used_by = section(hook).split("- **Used by**: ")[1].split("\n\n")[0]
    named = re.findall(r"`(fitlog_(?:plugins|web)/[\w/.]+)`", used_by)
    assert named
    for name in named:
        path = ROOT / name
        code = (path / "__init__.py" if path.is_dir() else path).read_text("utf-8")
        is_written_there = f"\n@hookimpl\ndef {hook}(" in code
        assert is_written_there or hook in hooks_of_notifier(name), name


@pytest.mark.parametrize("hook", HOOKS)
def test_every_example_is_a_plugin_that_loads(hook):
    module = example(hook)
    assert fresh_host(module).plugins[module.__name__].hooks == [hook]


def test_every_other_example_of_the_page_runs():
    before_the_hooks = PAGE.split("\n## fitlog_")[0]
    examples = re.findall(r"```python\n(.*?)```", before_the_hooks, re.DOTALL)
    assert len(examples) == 2
    for code in examples:
        exec(code, {})


# --------------------------------------------------- what the examples promise


def test_the_example_of_a_value_records_a_duration():
    from datetime import timedelta

    host = fresh_host(example("fitlog_value"))
    assert host.first("fitlog_value", value=timedelta(minutes=2)) == 120
    assert host.first("fitlog_value", value=object()) is None


def test_the_example_of_a_rank_knows_its_cluster(monkeypatch):
    host = fresh_host(example("fitlog_rank"))
    assert host.first("fitlog_rank") is None
    monkeypatch.setenv("OUR_TASKS", "4")
    monkeypatch.setenv("OUR_TASK", "3")
    monkeypatch.setenv("OUR_JOB", "17")
    assert host.first("fitlog_rank") == (3, 4, "OUR_TASK", "17")


def test_the_examples_of_a_runs_life_work_on_a_real_run(tmp_path, capsys):
    run = Run(tmp_path / "logs")
    run.create_log_folder()
    host = fresh_host(example("fitlog_run_started"), example("fitlog_run_finished"))
    capsys.readouterr()
    host.notify("fitlog_run_started", run=run)
    run.finish()
    host.notify("fitlog_run_finished", run=run, ending=Ending("finish", None, 61.2))
    other = Path(run.get_log_folder(absolute=True) or "", "other.log").read_text("utf-8")
    assert "free_gib" in other
    diary = (tmp_path / "logs" / "diary.txt").read_text("utf-8")
    assert diary.endswith(f"{run.get_log_id()} finish 61s\n")
    assert capsys.readouterr().err == ""


def test_the_example_of_a_first_nan_keeps_it_in_the_table(tmp_path, capsys):
    run = Run(tmp_path / "logs")
    run.create_log_folder()
    capsys.readouterr()
    host = fresh_host(example("fitlog_first_nan"))
    host.notify("fitlog_first_nan", run=run, name="loss-Loss", step=7)
    other = Path(run.get_log_folder(absolute=True) or "", "other.log").read_text("utf-8")
    assert '"first_nan": "loss-Loss at step 7"' in other
    assert capsys.readouterr().err == ""


def test_the_example_of_system_metrics_notes_the_load(tmp_path, capsys):
    run = Run(tmp_path / "logs")
    with use_host(fresh_host(example("fitlog_system_metrics"))):
        run.create_log_folder()
        capsys.readouterr()
        run.system_metrics(5)
    other = Path(run.get_log_folder(absolute=True) or "", "other.log").read_text("utf-8")
    assert '"sampled_every": 5.0' in other
    assert capsys.readouterr().err == ""


def test_the_example_of_an_alert_keeps_a_list(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    alerts = [Alert("log_1", "nan(loss)", "nan", 3.0), Alert("log_2", "stalled 1m", "stalled")]
    host = fresh_host(example("fitlog_alert"))
    ((_, tried),) = host.collect("fitlog_alert", log_dir=tmp_path / "logs", alerts=alerts)
    assert [notice.problem for notice in tried] == [None]
    lines = (tmp_path / "fitlog-alerts.txt").read_text("utf-8").splitlines()
    assert [line.partition("logs ")[2] for line in lines] == ["log_1 nan(loss)", "log_2 stalled 1m"]


def test_the_example_of_a_test_notice_names_what_is_missing(tmp_path, monkeypatch):
    host = fresh_host(example("fitlog_test_notice"))
    monkeypatch.delenv("DISPLAY", raising=False)
    assert host.first("fitlog_test_notice", place=tmp_path) == []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("PATH", str(tmp_path))
    tried = host.first("fitlog_test_notice", place=tmp_path)
    assert [notice.target for notice in tried] == ["screen"]
    assert "not installed" in tried[0].problem


def test_the_example_of_a_command_counts_runs(tmp_path):
    group = click.Group("fitlog")
    fresh_host(example("fitlog_commands")).notify("fitlog_commands", group=group)
    (tmp_path / "no_run").mkdir()
    run = tmp_path / "log_20260101_000000"
    run.mkdir()
    (run / "meta.log").touch()
    assert CliRunner().invoke(group, ["count", str(tmp_path)]).output == "1\n"


# ------------------------------------------------------------ the other hooks


def test_fitlog_commands_brings_the_board_to_the_command():
    result = CliRunner().invoke(main, ["--help"])
    assert re.search(r"^  log +\S", result.output, re.MULTILINE)
