"""Notices through the real apprise, into a server on this machine that takes JSON."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from notice_servers import Answer, servers

from fitlog_core.hookspecs import Ending
from fitlog_core.notification.facts import of_test
from fitlog_core.notification.options import split_targets
from fitlog_core.recording.run import Run
from fitlog_core.testing import fresh_host
from fitlog_plugins import apprise
from fitlog_plugins.apprise import delivery
from fitlog_plugins.apprise.delivery import MISSING, deliver

ENDED = {"error": None, "seconds": 61.0}
TAKEN = Answer(b"ok")


@pytest.fixture(autouse=True)
def each_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    monkeypatch.setenv("FITLOG_NOTIFY_COALESCE", "0")


@pytest.fixture
def play() -> Iterator[Any]:
    with servers() as start:
        yield lambda *answers: start(*(answers or (TAKEN,)))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "project").mkdir()
    run = Run(tmp_path / "project" / "logs")
    for step in range(5):
        run.add_metric(step / 10, step, "acc")
    run.add_best_metric(0.4, "acc")
    run.finish()
    return run


def url(server: Any, rest: str = "") -> str:
    return f"json://127.0.0.1:{server.port}/{rest}"


def told(run: Run, state: str = "finish", **ending: Any) -> None:
    said = Ending(state, **{**ENDED, **ending})
    fresh_host(apprise).notify("fitlog_run_finished", run=run, ending=said)


def test_a_configured_target_is_told_of_the_end(play, run, monkeypatch):
    server = play()
    monkeypatch.setenv("FITLOG_APPRISE_URLS", url(server))
    monkeypatch.setenv("FITLOG_BOARD_URL", "http://host:5000")
    told(run)
    assert server.tries == 1
    notice = server.requests[0]
    assert notice["title"] == f"[fitlog] run finished {run.get_log_id()}"
    assert notice["type"] == "success"
    lines = notice["message"].splitlines()
    assert "acc = 0.4" in lines
    assert "duration: 1m1s" in lines
    assert "curve: acc ▁▂▃▅▇ 0 → 0.4" in lines
    assert f"board: http://host:5000/run/{run.get_log_id()}" in lines


def test_an_error_is_told_as_a_failure_with_its_masked_message(play, run, monkeypatch):
    server = play()
    monkeypatch.setenv("FITLOG_APPRISE_URLS", url(server))
    told(run, "error", error="ValueError: https://me:pw@host/x\nat length")
    assert server.requests[0]["type"] == "failure"
    assert "error: ValueError: https://***@host/x" in server.requests[0]["message"]
    assert "at length" not in server.requests[0]["message"]


def test_a_first_nan_is_told_as_a_warning(play, run, monkeypatch):
    server = play()
    monkeypatch.setenv("FITLOG_APPRISE_URLS", url(server))
    fresh_host(apprise).notify("fitlog_first_nan", run=run, name="Loss", step=7)
    assert server.requests[0]["type"] == "warning"
    assert "Loss is NaN at step 7" in server.requests[0]["message"]


@pytest.mark.parametrize("between", [",", ", ", "\n", " "])
def test_a_list_of_targets_is_told_all(play, run, monkeypatch, between):
    first, second = play(), play()
    monkeypatch.setenv("FITLOG_APPRISE_URLS", between.join([url(first), url(second)]))
    told(run)
    assert (first.tries, second.tries) == (1, 1)


def test_a_comma_inside_a_target_is_left_alone():
    text = "mailto://me:pw@host?to=a@x.y,b@x.y, tgram://1/2,\n slack://a/b/c"
    assert split_targets(text) == [
        "mailto://me:pw@host?to=a@x.y,b@x.y",
        "tgram://1/2",
        "slack://a/b/c",
    ]


def test_the_call_goes_before_the_environment_and_that_before_fitconfig(
    play, run, tmp_path, monkeypatch
):
    call, variable, config = play(), play(), play()
    (tmp_path / "project" / ".fitconfig").write_text(f"[notify]\napprise = {url(config)}\n")
    told(run)
    monkeypatch.setenv("FITLOG_APPRISE_URLS", url(variable))
    told(run)
    told(run, send_to=url(call))
    assert (call.tries, variable.tries, config.tries) == (1, 1, 1)


def test_a_web_address_given_to_finish_is_not_this_plugins(play, run, monkeypatch, capsys):
    server = play()
    monkeypatch.setenv("FITLOG_APPRISE_URLS", url(server))
    told(run, send_to="https://open.feishu.cn/open-apis/bot/v2/hook/x")
    assert server.tries == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "target",
    [
        "feishu://token",
        "LARK://token",
        "https://open.feishu.cn/open-apis/bot/v2/hook/token",
        "https://open.larksuite.com/open-apis/bot/v2/hook/token",
    ],
)
def test_targets_of_feishu_are_left_to_its_own_plugin(play, run, monkeypatch, target):
    server = play()
    monkeypatch.setenv("FITLOG_APPRISE_URLS", f"{target}, {url(server)}")
    asked = []

    def remember(targets: list[str], facts: object) -> list[str | None]:
        asked.append(targets)
        return [None] * len(targets)

    monkeypatch.setattr(delivery, "deliver", remember)
    told(run)
    assert asked == [[url(server)]]


def test_finish_takes_an_address_of_apprise(play, run_python):
    server = play()
    code = (
        "from fitlog_core.recording.run import Run;"
        "run = Run('logs'); run.add_best_metric(0.5, 'acc');"
        f"run.finish(send_to_bot={url(server)!r}); import sys; print('apprise' in sys.modules)"
    )
    done = run_python(code, env={"FITLOG_PLUGINS": "apprise,feishu"})
    assert server.tries == 1
    assert done.stdout == "False\n"
    assert done.stderr == ""


def test_a_script_that_just_ends_is_told_of(play, run_python):
    """The interpreter shuts down then, and apprise's own threads could not start any more."""
    server = play()
    code = "from fitlog_core.recording.run import Run; Run('logs').add_best_metric(0.5, 'acc')"
    environment = {"FITLOG_PLUGINS": "apprise", "FITLOG_APPRISE_URLS": url(server)}
    done = run_python(code, env=environment)
    assert done.stderr == ""
    assert server.requests[0]["title"].startswith("[fitlog] script ended log_")


def test_without_a_target_no_process_is_started(run, monkeypatch):
    def never(*arguments: object, **options: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "run", never)
    told(run)
    fresh_host(apprise).notify("fitlog_first_nan", run=run, name="Loss", step=7)


def test_without_a_target_nothing_is_imported(run_python):
    code = (
        "import sys; from fitlog_core.recording.run import Run;"
        "run = Run('logs'); run.add_loss(1, 1, 'loss'); run.finish();"
        "print(sorted({'subprocess', 'apprise', 'fitlog_plugins.apprise.delivery'}"
        " & set(sys.modules)))"
    )
    assert run_python(code, env={"FITLOG_PLUGINS": "apprise"}).stdout == "[]\n"


# ---------------------------------------------------------------- what goes wrong


def test_a_refusal_is_one_line_without_the_address(play, run, capsys):
    server = play(Answer(b"SECRET-PATH is unknown", 500))
    told(run, send_to=url(server, "SECRET-PATH?+X-Token=SECRET-TOKEN"))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(
        f"fitlog: the notice of run {run.get_log_id()} was not taken: json://***"
    )
    assert "500" in lines[0]
    assert "SECRET" not in lines[0]


@pytest.mark.parametrize("target", ["nonsense://SECRET", "tgram://SECRET", "file:///etc/SECRET"])
def test_an_unknown_target_is_one_line_without_the_address(run, capsys, target):
    told(run, send_to=target)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "apprise does not know such a URL" in lines[0]
    assert "SECRET" not in lines[0]


def test_one_target_that_fails_does_not_keep_the_next_from_its_turn(play):
    bad, good = play(Answer(b"", 404)), play()
    problems = deliver([url(bad), url(good)], of_test())
    assert problems[0] is not None
    assert problems[1] is None
    assert good.tries == 1


def test_a_target_that_always_fails_does_not_repeat_the_runs_of_a_sweep(
    play, tmp_path, monkeypatch, capsys
):
    bad, good = play(Answer(b"", 404)), play()
    monkeypatch.setenv("FITLOG_APPRISE_URLS", f"{url(bad)},{url(good)}")
    monkeypatch.setenv("FITLOG_NOTIFY_COALESCE", "60")
    host = fresh_host(apprise)
    for state in ("finish", "finish", "error", "error"):
        run = Run(tmp_path / "logs")
        run.create_log_folder()
        host.notify("fitlog_run_started", run=run)
        run.conclude(int(state == "error"))
        host.notify("fitlog_run_finished", run=run, ending=Ending(state, **ENDED))
    titles = [re.sub(r" log_\S+", "", body["title"]) for body in good.requests]
    assert titles == [
        "[fitlog] run finished",
        "[fitlog] run failed and 1 more",
        "[fitlog] run failed",
    ]
    assert capsys.readouterr().err.count("was not taken: json://***") == 3


def test_a_target_that_does_not_answer_is_left_after_its_time(play, monkeypatch):
    monkeypatch.setattr(delivery, "SECONDS", 0.5)
    slow = play(Answer(b"", delay=30.0))
    began = time.monotonic()
    problems = deliver([url(slow, "?rto=60")], of_test())
    assert str(problems[0]).startswith("no answer within")
    assert time.monotonic() - began < 14


def test_all_of_it_ends_in_time(play, monkeypatch):
    monkeypatch.setattr(delivery, "IN_ALL", 0.2)
    began = time.monotonic()
    problem = deliver(["json://127.0.0.1:9/"], of_test())[0]
    assert "it may have arrived all the same" in str(problem)
    assert time.monotonic() - began < 3
    assert (delivery.SECONDS, delivery.IN_ALL) == (5.0, 0.2)


def test_without_the_package_one_line_says_how_to_get_it(run, capsys, monkeypatch, tmp_path):
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "apprise.py").write_text("raise ModuleNotFoundError('no', name='apprise')\n")
    monkeypatch.syspath_prepend(hidden)
    told(run, send_to="tgram://1/2")
    assert capsys.readouterr().err == (
        f"fitlog: the notice of run {run.get_log_id()} was not taken: tgram://***: {MISSING}\n"
    )
    assert "pip install apprise" in MISSING


def test_the_addresses_are_not_in_the_arguments_of_the_process(monkeypatch):
    seen: list[Any] = []

    def remember(command: list[str], **options: Any) -> types.SimpleNamespace:
        seen.append((command, options))
        return types.SimpleNamespace(stdout=b"[null]\n", returncode=0)

    monkeypatch.setattr(subprocess, "run", remember)
    assert deliver(["tgram://SECRET"], of_test()) == [None]
    command, options = seen[0]
    assert command[0] == sys.executable
    assert "SECRET" not in " ".join(command)
    assert b"SECRET" in options["input"]


def test_a_process_that_breaks_off_is_one_sentence(monkeypatch):
    monkeypatch.setattr(delivery, "_CHILD", f"import os; os.kill({os.getpid()}, 0); os._exit(3)")
    assert deliver(["tgram://1"], of_test()) == ["the process that was to send it ended with 3"]
