"""``fitlog notify --test``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from notice_servers import Answer, servers

from fitlog_core.hookspecs import hookimpl
from fitlog_core.testing import fresh_host, use_host
from fitlog_plugins import apprise, feishu, notify_command


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    with servers() as start:
        yield start


def asked(*arguments: str, plugins: tuple[object, ...] = (feishu, apprise)) -> Result:
    group = click.Group("fitlog")
    host = fresh_host(notify_command, *plugins)
    host.notify("fitlog_commands", group=group)
    with use_host(host):
        return CliRunner().invoke(group, ["notify", *arguments])


def test_fitlog_test_notice_reaches_every_target_and_says_ok(play, monkeypatch, tmp_path):
    bot, other = play(), play(Answer(b"ok"))
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", bot.url)
    (tmp_path / ".fitconfig").write_text(f"[notify]\napprise = json://127.0.0.1:{other.port}/X\n")
    result = asked("--test", str(tmp_path))
    assert sorted(result.stdout.splitlines()) == [
        "apprise (json://***): ok",
        "feishu (127.0.0.1): ok",
    ]
    assert result.exit_code == 0
    title = bot.requests[0]["card"]["header"]["title"]
    assert title["i18n"] == {"zh_cn": "[fitlog] 测试消息", "en_us": "[fitlog] test message"}
    assert other.requests[0]["title"] == "[fitlog] test message"


def test_a_refusal_is_shown_with_its_hint_and_the_command_fails(play, monkeypatch):
    bot = play(Answer({"code": 19024, "msg": "Key Words Not Found"}))
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", bot.url)
    result = asked("--test")
    line = "feishu (127.0.0.1): code 19024, Key Words Not Found (add fitlog to the bot's key words)"
    assert result.stdout.splitlines() == [line]
    assert result.exit_code == 1


def test_an_address_that_cannot_be_one_is_shown_without_it(monkeypatch):
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", "SECRET")
    monkeypatch.setenv("FITLOG_APPRISE_URLS", "nonsense://SECRET")
    result = asked("--test")
    assert "feishu: FITLOG_FEISHU_WEBHOOK must be the https address" in result.stdout
    assert "apprise (nonsense://***): apprise does not know such a URL" in result.stdout
    assert "SECRET" not in result.output
    assert result.exit_code == 1


def test_where_nobody_is_configured_it_says_how_to(tmp_path):
    result = asked("--test", str(tmp_path))
    assert result.exit_code == 1
    assert "FITLOG_FEISHU_WEBHOOK" in result.stderr
    assert "FITLOG_APPRISE_URLS" in result.stderr


def test_a_fitconfig_that_cannot_be_read_is_told_without_what_it_says(play, monkeypatch, tmp_path):
    bot = play()
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", bot.url)
    (tmp_path / ".fitconfig").write_text("apprise = tgram://SECRET/CHAT\n")
    result = asked("--test", str(tmp_path))
    config = tmp_path / ".fitconfig"
    assert result.stderr == (
        f"fitlog: {config} cannot be read (File contains no section headers, line 1); "
        "whom it names is not told of a run\n"
    )
    assert result.stdout == "feishu (127.0.0.1): ok\n"
    assert result.exit_code == 1


def test_without_the_option_it_does_nothing_and_says_so(play, monkeypatch):
    bot = play()
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", bot.url)
    result = asked()
    assert result.exit_code == 2
    assert "--test" in result.stderr
    assert bot.tries == 0


def test_a_plugin_of_somebody_else_takes_part():
    class Pager:
        @hookimpl
        def fitlog_test_notice(self, place: Path) -> list[tuple[str, str | None]]:
            from fitlog_core.hookspecs import TriedNotice

            return [TriedNotice("pager", f"no pager in {place.name}")]

    result = asked("--test", "/", plugins=(Pager(),))
    assert result.stdout == "pager: no pager in \n"
    assert result.exit_code == 1


def test_the_command_is_part_of_fitlog():
    from fitlog_core.cli import main

    result = CliRunner().invoke(main, ["notify", "--help"])
    assert result.exit_code == 0, result.output
    assert "--test" in result.output


def test_the_plugin_leaves_click_to_the_command(run_python):
    code = "import sys, fitlog_plugins.notify_command; print('click' in sys.modules)"
    assert run_python(code).stdout == "False\n"
