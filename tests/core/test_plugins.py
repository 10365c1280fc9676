"""The plugin host: found for real by entry point, loaded and called under guard."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fitlog_core import plugins
from fitlog_core.cli import main
from fitlog_core.errors import PluginError
from fitlog_core.hookspecs import Rank, hookimpl
from fitlog_core.plugins import PluginHost
from fitlog_core.testing import fresh_host

WHO_LOADED = "from fitlog_core import plugins; h = plugins.host(); "
STATES = WHO_LOADED + "print({name: plugin.state for name, plugin in h.plugins.items()})"

GREETER = """
import fitlog_core.hookspecs as specs

@specs.hookimpl
def fitlog_environment(run):
    return {"hello": run}
"""


class Answers:
    """A plugin that answers one hook with what it is given."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.calls = 0

    @hookimpl
    def fitlog_environment(self, run: Any) -> object:
        self.calls += 1
        return self.answer


class Raises:
    """A plugin that raises what it is given."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    @hookimpl
    def fitlog_environment(self, run: Any) -> None:
        raise self.error

    @hookimpl
    def fitlog_seed(self, seed: int) -> None:
        raise self.error


def host_of(**named: object) -> PluginHost:
    host = PluginHost()
    for name, plugin in named.items():
        host.register(plugin, name)
    return host


def install(
    site: Path, name: str, code: str, version: str = "0.3", group: str = "fitlog", module: str = ""
) -> Path:
    """Install a plugin of one module as pip would; ``site`` goes on the PYTHONPATH."""
    module = module or name
    info = site / f"{module}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}\n")
    (site / f"{module}.py").write_text(code)
    return site


# ------------------------------------------------------------------ discovery


def test_an_installed_plugin_is_found_by_its_entry_point(tmp_path, run_python):
    site = install(tmp_path / "site", "greeter", GREETER)
    code = WHO_LOADED + (
        "p = h.plugins['greeter']; print(p.state, p.version, p.hooks);"
        "print(h.collect('fitlog_environment', run='run 7'))"
    )
    done = run_python(code, env={"PYTHONPATH": str(site)})
    assert "loaded 0.3 ['fitlog_environment']" in done.stdout
    assert "('greeter', {'hello': 'run 7'})" in done.stdout


def test_the_plugins_that_come_with_fitlog_are_loaded(run_python):
    states = eval(run_python(STATES).stdout)
    for name in ("ranks", "numpy", "torch", "feishu", "apprise", "notify", "plugins_page"):
        assert states[name] == "loaded"


def test_loading_the_plugins_of_fitlog_imports_nothing_heavy(run_python):
    heavy = "numpy torch flask click requests git sqlite3 urllib.request http.client ssl"
    code = WHO_LOADED + (
        f"import sys; print(sorted(set({heavy.split()}) & set(sys.modules)),"
        "[plugin.state for plugin in h.plugins.values()].count('loaded') > 5)"
    )
    assert run_python(code).stdout == "[] True\n"


def test_plugins_are_loaded_on_first_need_not_at_import(run_python):
    code = (
        "import sys, fitlog_core.plugins as plugins; print('fitlog_plugins.ranks' in sys.modules);"
        "plugins.host(); print('fitlog_plugins.ranks' in sys.modules)"
    )
    assert run_python(code).stdout == "False\nTrue\n"


def test_an_adapter_is_listed_and_not_imported(tmp_path, run_python):
    site = install(tmp_path / "site", "broken", "raise SystemExit(3)", group="fitlog.adapters")
    code = (
        "from fitlog_core import plugins;"
        "print([(a.name, a.module, a.version, a.state) for a in plugins.adapters()])"
    )
    done = run_python(code, env={"PYTHONPATH": str(site)})
    assert "('broken', 'broken', '0.3', 'listed')" in done.stdout


# ------------------------------------------------------- plugins that do not load


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import no_such_framework", "No module named 'no_such_framework'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("this is no Python", "SyntaxError"),
        ("import sys; sys.exit('not here')", "SystemExit: not here"),
    ],
    ids=["missing module", "raises", "syntax error", "exits"],
)
def test_a_plugin_that_cannot_be_imported_is_named_once_and_left_out(
    tmp_path, run_python, code, said
):
    site = install(tmp_path / "site", "unlucky", code)
    done = run_python(
        STATES + "; plugins.host(); plugins.first('fitlog_rank')", env={"PYTHONPATH": str(site)}
    )
    states = eval(done.stdout)
    assert states["unlucky"] == "failed"
    assert states["ranks"] == "loaded"
    lines = [line for line in done.stderr.splitlines() if "unlucky" in line]
    assert len(lines) == 1
    assert lines[0].startswith("fitlog: plugin 'unlucky' cannot be used and is left out: ")
    assert said in lines[0]


def test_of_two_plugins_with_one_name_the_second_is_left_out(tmp_path, run_python):
    first = install(tmp_path / "first", "greeter", GREETER, module="greeter_one")
    second = install(tmp_path / "second", "greeter", GREETER, module="greeter_two")
    path = f"{first}:{second}" if sys.platform != "win32" else f"{first};{second}"
    done = run_python(STATES, env={"PYTHONPATH": path})
    states = eval(done.stdout)
    assert states["greeter"] == "loaded"
    assert states["greeter (greeter_two)"] == "failed"
    assert "the name is taken by greeter_one" in done.stderr


def test_a_second_plugin_of_a_name_leaves_the_first_in_place():
    host = PluginHost()
    host.register(Answers("first"), "twin")
    host.register(Answers("second"), "twin")
    assert host.plugins["twin"].state == "loaded"
    assert host.collect("fitlog_environment", run=None) == [("twin", "first")]


def test_a_wrapper_is_refused_with_the_reason(capsys):
    class Wrapper:
        @hookimpl(wrapper=True)
        def fitlog_environment(self, run):
            return (yield)

    host = host_of(wrapper=Wrapper(), plain=Answers({"a": 1}))
    assert host.plugins["wrapper"].state == "failed"
    assert host.plugins["wrapper"].hooks == []
    assert "write a plain implementation" in capsys.readouterr().err
    assert host.collect("fitlog_environment", run=None) == [("plain", {"a": 1})]


def test_a_misspelled_hook_is_refused_by_name(capsys):
    class Typo:
        @hookimpl
        def fitlog_run_finsihed(self, run):
            pass

    assert host_of(typo=Typo()).plugins["typo"].state == "failed"
    assert "fitlog has no hook fitlog_run_finsihed" in capsys.readouterr().err


def test_a_hook_of_another_version_is_let_pass_where_marked_optional(capsys):
    class Newer:
        @hookimpl(optionalhook=True)
        def fitlog_of_tomorrow(self, run):
            pass

        @hookimpl
        def fitlog_environment(self, run):
            return "today"

    host = host_of(newer=Newer())
    assert host.collect("fitlog_environment", run=None) == [("newer", "today")]
    assert capsys.readouterr().err == ""


def test_an_unknown_argument_is_refused(capsys):
    class Wrong:
        @hookimpl
        def fitlog_environment(self, run, weather):
            pass

    assert host_of(wrong=Wrong()).plugins["wrong"].state == "failed"
    assert "weather" in capsys.readouterr().err


def test_a_refused_plugin_leaves_nothing_behind_that_is_called():
    class Half:
        calls = 0

        @hookimpl
        def fitlog_seed(self, seed):
            Half.calls += 1

        @hookimpl
        def fitlog_environment(self, weather):
            pass

    host_of(half=Half()).notify("fitlog_seed", seed=1, frameworks=frozenset(), deterministic=True)
    assert Half.calls == 0


# --------------------------------------------------------- plugins that raise


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(1), AssertionError()])
def test_a_failing_plugin_does_not_stop_the_next_one(error):
    last, first = Answers("last"), Answers("first")
    host = host_of(last=last, broken=Raises(error), first=first)
    host.notify("fitlog_environment", run=None)
    assert (first.calls, last.calls) == (1, 1)
    assert host.collect("fitlog_environment", run=None) == [("first", "first"), ("last", "last")]


def test_a_failing_plugin_is_told_once_a_hook_with_its_name(capsys):
    host = host_of(broken=Raises(ValueError("no\nluck")))
    for _ in range(3):
        host.notify("fitlog_environment", run=None)
        host.notify("fitlog_seed", seed=1, frameworks=frozenset(), deterministic=True)
    assert capsys.readouterr().err.splitlines() == [
        "fitlog: plugin 'broken' failed in fitlog_environment and is passed over: "
        "ValueError: no luck",
        "fitlog: plugin 'broken' failed in fitlog_seed and is passed over: ValueError: no luck",
    ]


def test_what_a_failing_plugin_says_holds_no_credentials(capsys):
    error = ValueError("cannot reach https://me:word@host/hook/0123-4567")
    host_of(broken=Raises(error)).notify("fitlog_environment", run=None)
    said = capsys.readouterr().err
    assert "word" not in said
    assert "0123" not in said


def test_an_exception_that_cannot_be_shown_is_told_all_the_same(capsys):
    class SilentError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("not even this")

    host_of(broken=Raises(SilentError())).notify("fitlog_environment", run=None)
    assert "plugin 'broken' failed" in capsys.readouterr().err


def test_ctrl_c_in_a_plugin_ends_the_training_as_anywhere_else():
    with pytest.raises(KeyboardInterrupt):
        host_of(slow=Raises(KeyboardInterrupt())).notify("fitlog_environment", run=None)


def test_the_first_answer_counts_and_nobody_is_asked_after_it():
    asked_last, answers = Answers("late"), Answers("early")
    host = host_of(late=asked_last, early=answers, silent=Answers(None))
    assert host.first("fitlog_environment", run=None) == "early"
    assert asked_last.calls == 0


def test_no_answer_is_none_or_an_empty_list():
    assert fresh_host().first("fitlog_rank") is None
    assert fresh_host().collect("fitlog_environment", run=None) == []


# ------------------------------------------------------------ FITLOG_PLUGINS


@pytest.mark.parametrize("off", ["off", " OFF "])
def test_off_leaves_only_what_fitlog_cannot_do_without(run_python, off):
    done = run_python(STATES, env={"FITLOG_PLUGINS": off})
    assert done.stderr == ""
    states = eval(done.stdout)
    assert states["ranks"] == "loaded"
    assert {name for name, state in states.items() if state == "off"} == states.keys() - {
        "ranks",
        "board",
    }


def test_a_list_of_names_loads_these_and_no_other(run_python):
    states = eval(run_python(STATES, env={"FITLOG_PLUGINS": "feishu, numpy"}).stdout)
    assert (states["feishu"], states["numpy"], states["ranks"]) == ("loaded",) * 3
    assert states["torch"] == "off"


def test_a_plugin_that_is_off_is_not_imported(tmp_path, run_python):
    site = install(tmp_path / "site", "loud", "raise SystemExit(3)")
    done = run_python(STATES, env={"PYTHONPATH": str(site), "FITLOG_PLUGINS": "numpy"})
    assert eval(done.stdout)["loud"] == "off"
    assert "loud" not in done.stderr


def test_a_name_that_is_not_installed_is_told(run_python):
    done = run_python(STATES, env={"FITLOG_PLUGINS": "feichu"})
    assert "FITLOG_PLUGINS names 'feichu', which is not installed; there are: " in done.stderr
    assert "feishu" in done.stderr


# ------------------------------------------------------------ fitlog plugins


@pytest.fixture
def own_host(monkeypatch):
    """Let the command see a host of the test's own."""

    def use(host: PluginHost) -> None:
        monkeypatch.setattr(plugins, "host", lambda: host)

    return use


def test_the_command_shows_state_hooks_and_error(own_host):
    own_host(host_of(good=Answers(1), bad=types.SimpleNamespace(fitlog_rank=wrapper_of_rank())))
    result = CliRunner().invoke(main, ["plugins"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["NAME", "VERSION", "STATE", "HOOKS", "ERROR"]
    assert lines[1].split() == ["good", "-", "loaded", "fitlog_environment"]
    assert lines[2].startswith("bad ")
    assert "failed" in lines[2]
    assert "PluginError: fitlog_rank is a wrapper" in lines[2]


def test_the_command_has_no_column_of_errors_where_nothing_failed(own_host):
    own_host(host_of(good=Answers(1)))
    lines = CliRunner().invoke(main, ["plugins"]).stdout.splitlines()
    assert lines[0].split() == ["NAME", "VERSION", "STATE", "HOOKS"]


def test_the_command_lists_installed_plugins_and_adapters(tmp_path, run_python):
    site = install(tmp_path / "site", "greeter", GREETER)
    install(tmp_path / "site", "keras", "raise SystemExit(3)", "1.2", "fitlog.adapters", "k_er_as")
    code = "from fitlog_core.cli import main; main(['plugins'])"
    lines = run_python(code, env={"PYTHONPATH": str(site)}).stdout.splitlines()
    words = [line.split() for line in lines]
    assert ["greeter", "0.3", "loaded", "fitlog_environment"] in words
    assert ["keras", "1.2", "k_er_as"] in words


def test_the_command_says_the_same_in_json(own_host):
    own_host(host_of(good=Answers(1)))
    result = CliRunner().invoke(main, ["plugins", "--json"])
    said = json.loads(result.stdout)
    assert said["plugins"] == [
        {
            "name": "good",
            "module": "Answers",
            "version": "",
            "state": "loaded",
            "hooks": ["fitlog_environment"],
            "error": "",
        }
    ]
    assert isinstance(said["adapters"], list)


def wrapper_of_rank() -> Any:
    @hookimpl(wrapper=True)
    def fitlog_rank():
        return (yield)

    return fitlog_rank


# ------------------------------------------------------- what authors test with


def test_a_fresh_host_has_the_given_plugins_and_no_other():
    plugin = types.SimpleNamespace(fitlog_rank=hookimpl(lambda: Rank(1, 2, "me")))
    host = fresh_host(plugin)
    assert list(host.plugins) == ["SimpleNamespace"]
    assert host.first("fitlog_rank") == Rank(1, 2, "me")


def test_a_fresh_host_tells_the_author_what_is_wrong():
    with pytest.raises(PluginError, match="fitlog_rank is a wrapper"):
        fresh_host(types.SimpleNamespace(fitlog_rank=wrapper_of_rank()))


def test_a_fresh_host_takes_two_plugins_of_one_class():
    host = fresh_host(Answers(1), Answers(2))
    assert [value for _, value in host.collect("fitlog_environment", run=None)] == [2, 1]
