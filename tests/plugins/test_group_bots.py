"""DingTalk and WeCom, against a server on this machine that answers as they do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from notice_servers import Answer, servers

from fitlog_core.hookspecs import Alert, Ending
from fitlog_core.notification.bots import Bot
from fitlog_core.notification.facts import Facts
from fitlog_core.notification.webhook import Patience
from fitlog_core.recording.run import Run
from fitlog_core.testing import fresh_host
from fitlog_plugins import apprise, feishu
from fitlog_plugins.dingtalk import delivery as to_dingtalk
from fitlog_plugins.dingtalk import notifier as dingtalk
from fitlog_plugins.wecom import delivery as to_wecom
from fitlog_plugins.wecom import notifier as wecom

TAKEN = {"errcode": 0, "errmsg": "ok"}
KEY, SECRET = "0f1e2d3c-key-of-a-bot", "SEC0123456789abcdef"
PATHS = {
    "dingtalk": f"/robot/send?access_token={KEY}",
    "wecom": f"/cgi-bin/webhook/send?key={KEY}",
}
PLUGINS = {"dingtalk": dingtalk, "wecom": wecom}
SENDERS = {"dingtalk": to_dingtalk.send, "wecom": to_wecom.send}
QUICK = Patience(pauses=(0.01, 0.01), seconds=5.0, total=20.0)
SOME = Facts("log_20260101_000000", "finish", 1.0)


@pytest.fixture(autouse=True)
def nobody_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    monkeypatch.setenv("FITLOG_NOTIFY_COALESCE", "0")


@pytest.fixture(scope="module")
def start() -> Iterator[Any]:
    with servers() as started:
        yield started


@pytest.fixture
def play(start: Any) -> Any:
    """Start a server that plays a service; return it and the address of its bot."""

    def played(name: str, *answers: Answer) -> Any:
        server = start(*(answers or (Answer(TAKEN),)))
        return server, f"http://127.0.0.1:{server.port}{PATHS[name]}"

    return played


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "logs")
    run.add_best_metric({"dev": {"acc": 0.91}})
    run.finish()
    return run


def finish(run: Run, send_to: object = None) -> None:
    host = fresh_host(feishu, apprise, dingtalk, wecom)
    host.notify("fitlog_run_finished", run=run, ending=Ending("finish", None, 83.0, send_to))


@pytest.mark.parametrize("name", PLUGINS)
def test_a_configured_bot_is_told_how_a_run_ended(play, run, monkeypatch, name):
    server, url = play(name)
    monkeypatch.setenv(f"FITLOG_{name.upper()}_WEBHOOK", url)
    finish(run)
    (request,) = server.requests
    assert request["msgtype"] == "text"
    lines = request["text"]["content"].splitlines()
    assert lines[0] == f"[fitlog] 训练完成 {run.get_log_id()}"
    assert "用时：1m23s" in lines
    assert "dev-acc = 0.91" in lines


@pytest.mark.parametrize("name", PLUGINS)
def test_the_notice_is_in_english_where_that_is_set(play, run, monkeypatch, name):
    server, url = play(name)
    monkeypatch.setenv("FITLOG_NOTIFY_LANGUAGE", "en")
    finish(run, url)
    assert server.requests[0]["text"]["content"].startswith("[fitlog] run finished")


@pytest.mark.parametrize("name", PLUGINS)
def test_send_to_bot_goes_to_the_service_of_its_address_and_to_no_other(play, run, capfd, name):
    server, url = play(name)
    finish(run, url)
    assert server.tries == 1
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", PLUGINS)
def test_an_address_of_another_service_is_refused_without_being_repeated(
    run, monkeypatch, capfd, name
):
    monkeypatch.setenv(f"FITLOG_{name.upper()}_WEBHOOK", f"https://example.org/hook/{KEY}")
    finish(run)
    said = capfd.readouterr().err
    assert f"FITLOG_{name.upper()}_WEBHOOK must be the address of a" in said
    assert KEY not in said


def test_dingtalk_gets_the_signature_it_asks_for(play, monkeypatch, run):
    server, url = play("dingtalk")
    monkeypatch.setenv("FITLOG_DINGTALK_WEBHOOK", url)
    monkeypatch.setenv("FITLOG_DINGTALK_SECRET", SECRET)
    finish(run)
    asked = parse_qs(urlsplit(server.paths[0]).query, strict_parsing=True)
    ((stamp,), (sign,)) = asked["timestamp"], asked["sign"]
    assert abs(int(stamp) / 1000 - time.time()) < 60  # milliseconds
    key, text = SECRET.encode(), f"{stamp}\n{SECRET}".encode()
    assert base64.b64decode(sign) == hmac.new(key, text, hashlib.sha256).digest()
    assert asked["access_token"] == [KEY]


def test_the_signature_is_escaped_for_an_address():
    url = "https://oapi.dingtalk.com/robot/send?access_token=t"
    signs = [to_dingtalk.signed(url, SECRET, now).partition("&sign=")[2] for now in range(40)]
    assert not any(set("+/=") & set(sign) for sign in signs)
    assert any("%2B" in sign for sign in signs)


def test_a_bot_of_wecom_is_never_signed(play, run, monkeypatch):
    server, url = play("wecom")
    monkeypatch.setenv("FITLOG_DINGTALK_SECRET", SECRET)
    finish(run, url)
    assert server.paths == [PATHS["wecom"]]


@pytest.mark.parametrize(
    ("name", "code", "hint"),
    [
        ("dingtalk", 310000, "key word fitlog"),
        ("dingtalk", 130101, "20 messages a minute"),
        ("dingtalk", 300001, "address is wrong"),
        ("wecom", 93000, "address is wrong"),
        ("wecom", 45009, "20 messages a minute"),
    ],
)
def test_a_refusal_is_told_with_what_to_do_and_not_tried_again(play, name, code, hint):
    server, url = play(name, Answer({"errcode": code, "errmsg": "no such thing"}))
    problem = SENDERS[name](Bot(url, SECRET), SOME, QUICK)
    assert problem.startswith(f"code {code}, no such thing (")
    assert hint in problem
    assert server.tries == 1


@pytest.mark.parametrize("name", PLUGINS)
def test_a_busy_server_is_asked_again(play, name):
    busy = Answer({"errcode": -1, "errmsg": "busy"})
    server, url = play(name, busy, Answer(b"<html>", 502), Answer(TAKEN))
    assert SENDERS[name](Bot(url), SOME, QUICK) is None
    assert server.tries == 3


@pytest.mark.parametrize("name", PLUGINS)
def test_what_a_server_repeats_of_address_and_signature_is_not_shown(play, name):
    server, url = play(name)
    secret = SECRET if name == "dingtalk" else KEY
    server.answers = [Answer({"errcode": 1, "errmsg": f"{url} {KEY} {secret} not known"})]
    problem = SENDERS[name](Bot(url, secret), SOME, QUICK)
    assert KEY not in problem
    assert SECRET not in problem
    assert problem.endswith("*** *** *** not known")


def test_a_sign_that_the_server_repeats_is_not_shown(play, monkeypatch):
    monkeypatch.setattr(to_dingtalk.time, "time", lambda: 1_700_000_000.0)
    server, url = play("dingtalk")
    sign = to_dingtalk.signed(url, SECRET, 1_700_000_000.0).partition("&sign=")[2]
    plain = parse_qs(f"sign={sign}")["sign"][0]
    server.answers = [Answer({"errcode": 310000, "errmsg": f"sign {sign} or {plain} not match"})]
    problem = to_dingtalk.send(Bot(url, SECRET), SOME, QUICK)
    assert "sign *** or *** not match" in problem


@pytest.mark.parametrize("name", PLUGINS)
def test_a_notice_with_too_much_to_tell_is_cut_to_what_is_taken(play, name):
    server, url = play(name)
    metrics = [(f"metric-{number}-" + "长" * 30, "0.5") for number in range(300)]
    assert SENDERS[name](Bot(url), SOME._replace(metrics=metrics), QUICK) is None
    largest = {"dingtalk": 16_000, "wecom": 2048}[name]
    text = server.requests[0]["text"]["content"]
    assert len(text.encode()) <= largest
    assert "项指标" in text


@pytest.mark.parametrize("name", PLUGINS)
def test_fitlog_test_notice_tells_how_a_message_fared(play, tmp_path, monkeypatch, name):
    server, url = play(name)
    monkeypatch.setenv(f"FITLOG_{name.upper()}_WEBHOOK", url)
    host = fresh_host(PLUGINS[name])
    ((_, tried),) = host.collect("fitlog_test_notice", place=tmp_path)
    assert tried == [(f"{name} (127.0.0.1)", None)]
    assert server.tries == 1


@pytest.mark.parametrize("name", ["dingtalk", "wecom", "feishu"])
def test_fitlog_alert_tells_a_bot_of_a_rule_that_found_a_run(play, run, monkeypatch, name):
    server, url = play(name if name != "feishu" else "wecom")
    if name == "feishu":
        server.answers, url = [Answer({"code": 0})], server.url
        monkeypatch.setenv("FITLOG_FEISHU_STYLE", "post")
    monkeypatch.setenv(f"FITLOG_{name.upper()}_WEBHOOK", url)
    alert = Alert(run.get_log_id(), "stalled 10m", "stalled", 700.0)
    log_dir = Path(run.get_log_dir(absolute=True))
    host = fresh_host(PLUGINS.get(name, feishu))
    ((_, tried),) = host.collect("fitlog_alert", log_dir=log_dir, alerts=[alert])
    assert [notice.problem for notice in tried] == [None]
    said = str(server.requests[0])
    for part in (f"实验停滞 {run.get_log_id()}", "规则：stalled 10m", "最后一条记录：11m40s 前"):
        assert part in said


def test_several_alerts_are_told_in_one_message(play, tmp_path, monkeypatch):
    server, url = play("wecom")
    monkeypatch.setenv("FITLOG_WECOM_WEBHOOK", url)
    monkeypatch.setenv("FITLOG_NOTIFY_LANGUAGE", "en")
    alerts = [
        Alert("log_1", "state:stopped", "dead", 5.0),
        Alert("log_2", "nan(loss)", "nan", 65.0),
    ]
    fresh_host(wecom).collect("fitlog_alert", log_dir=tmp_path, alerts=alerts)
    (request,) = server.requests
    lines = request["text"]["content"].splitlines()
    assert lines[0] == "[fitlog] 2 alerts"
    assert "log_1 its process is gone, last record 5s ago: state:stopped" in lines
    assert "log_2 has NaN, last record 1m5s ago: nan(loss)" in lines
