"""The Feishu notice, against a server on this machine that answers as Feishu does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from notice_servers import TAKEN, TOKEN, Answer, servers

from fitlog_core.hookspecs import Ending
from fitlog_core.notification.facts import Facts, duration
from fitlog_core.recording.run import Run
from fitlog_core.testing import fresh_host
from fitlog_plugins import feishu
from fitlog_plugins.feishu.delivery import PATIENT, Patience, deliver
from fitlog_plugins.feishu.message import LARGEST, encode, post, signed
from fitlog_plugins.feishu.settings import Bot

QUICK = Patience(pauses=(0.01, 0.01), seconds=5.0, total=20.0)


@pytest.fixture(autouse=True)
def plain_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Posts, each at once: cards and coalescing have tests of their own."""
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    monkeypatch.setenv("FITLOG_FEISHU_STYLE", "post")
    monkeypatch.setenv("FITLOG_NOTIFY_COALESCE", "0")


@pytest.fixture
def play() -> Iterator[Any]:
    """Start servers that play Feishu; they end with the test."""
    with servers() as start:
        yield start


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A finished run with a few records, in a log directory of its own; nobody was told."""
    (tmp_path / "project").mkdir()
    run = Run(tmp_path / "project" / "logs")
    run.add_code_version("1234567890abcdef1234567890abcdef12345678", "message")
    run.add_best_metric({"dev": {"acc": 0.9123456789}, "loss": float("nan"), "epochs": 3})
    run.finish()
    return run


def finish(run: Run, state: str = "finish", **ending: Any) -> None:
    """Call the hook as fitlog does."""
    host = fresh_host(feishu)
    host.notify("fitlog_run_finished", run=run, ending=Ending(state, **{**DEFAULTS, **ending}))


DEFAULTS = {"error": None, "seconds": 3723.4}
SOME = Facts("log_20260101_000000", "finish", 1.0, [], "", "", "here", "")


# ------------------------------------------------------------------ the notice


def test_fitlog_run_finished_sends_one_notice_in_two_languages(play, run):
    server = play()
    finish(run, send_to=server.url)
    assert server.tries == 1
    assert server.requests[0]["msg_type"] == "post"
    run_id = run.get_log_id()
    english, chinese = server.texts("en_us"), server.texts("zh_cn")
    assert english[0] == f"[fitlog] run finished {run_id}"
    assert chinese[0] == f"[fitlog] 训练完成 {run_id}"
    for line in (
        f"run: {run_id}",
        "state: finished",
        "duration: 1h2m3s",
        "dev-acc = 0.912346",
        "loss = NaN",
        "epochs = 3",
        "code version: 12345678",
    ):
        assert line in english
    assert any(line.startswith("host: ") for line in english)
    assert "用时：1h2m3s" in chinese
    assert "代码版本：12345678" in chinese


def test_a_notice_of_an_error_names_the_exception_and_masks_addresses(play, run):
    server = play()
    error = "ValueError: https://me:pw@host/x is down\nand much more"
    finish(run, "error", error=error, send_to=server.url)
    english = server.texts()
    assert english[0].startswith("[fitlog] run failed log_")
    assert "error: ValueError: https://***@host/x is down" in english
    assert server.texts("zh_cn")[0].startswith("[fitlog] 训练出错 log_")


def test_the_users_own_commit_is_told_where_there_is_one(play, run):
    meta = Path(run.get_log_folder(absolute=True) or "") / "meta.log"
    with meta.open("ab") as file:
        file.write(b'{"meta": {"git_id": "abcdef1234"}}\n')
    server = play()
    finish(run, send_to=server.url)
    assert "git commit: abcdef12" in server.texts()


def test_a_run_without_records_is_told_of_too(play, tmp_path):
    server = play()
    finish(Run(tmp_path / "logs"), send_to=server.url)
    assert server.texts()[0] == "[fitlog] run finished"
    assert list((tmp_path / "logs").iterdir()) == []


@pytest.mark.parametrize("count", [0, 1, 60, 5000])
def test_a_notice_never_exceeds_what_feishu_takes(count):
    metrics = [(f"指标{number}" * 60, "很" * 200) for number in range(count)]
    facts = SOME._replace(metrics=metrics, error="错" * 9000, host="h" * 300)
    body = signed(post(facts), "secret", time.time())
    assert len(encode(body)) <= LARGEST + 200
    content = body["content"]["post"]["en_us"]["content"]
    told = sum(" = " in line[0]["text"] for line in content)
    more = [line[0]["text"] for line in content if "metrics more" in line[0]["text"]]
    assert more == ([f"... and {count - told} metrics more"] if told < count else [])


def test_text_that_unicode_lacks_is_no_obstacle(play):
    server = play()
    body = post(SOME._replace(metrics=[("half \ud83d", "1")]))
    assert deliver(Bot(server.url, ""), body, QUICK) is None
    assert "half � = 1" in server.texts()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0s"), (59.6, "1m0s"), (3600, "1h0m0s"), (360_000, "100h0m0s")]
)
def test_a_duration_reads_like_a_clock(seconds, text):
    assert duration(seconds) == text


# --------------------------------------------------------------- the signature


def test_the_signature_is_that_of_the_published_example():
    body = signed({"msg_type": "post"}, "demo", 1599360473.9)
    assert body["timestamp"] == "1599360473"
    assert body["sign"] == "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="


def test_a_bot_with_a_secret_gets_a_fresh_signature(play, run, monkeypatch):
    server = play()
    monkeypatch.setenv("FITLOG_FEISHU_SECRET", "my secret")
    finish(run, send_to=server.url)
    body = server.requests[0]
    assert abs(time.time() - int(body["timestamp"])) < 60
    key = f"{body['timestamp']}\nmy secret".encode()
    expected = base64.b64encode(hmac.new(key, digestmod=hashlib.sha256).digest())
    assert body["sign"] == expected.decode()


def test_a_bot_without_a_secret_gets_no_signature(play, run):
    server = play()
    finish(run, send_to=server.url)
    assert "sign" not in server.requests[0]
    assert "timestamp" not in server.requests[0]


# ----------------------------------------------------------- who is to be told


def test_without_a_bot_nothing_is_sent_and_nothing_imported(run_python):
    code = (
        "import sys; from fitlog_core.recording.run import Run;"
        "run = Run('logs'); run.add_loss(1, 1, 'loss'); run.finish();"
        "print(sorted({'urllib.request', 'http.client', 'ssl'} & set(sys.modules)))"
    )
    assert run_python(code).stdout == "[]\n"


def test_the_environment_names_a_bot(play, run, monkeypatch):
    server = play()
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", server.url)
    finish(run, "ended")
    assert server.texts()[0].startswith("[fitlog] script ended log_")
    assert server.texts("zh_cn")[0].startswith("[fitlog] 脚本已结束 log_")


@pytest.mark.parametrize("place", [".fitconfig", ".fitlog/.fitconfig"])
def test_the_fitconfig_around_the_log_directory_names_a_bot(play, run, tmp_path, place):
    server = play()
    config = tmp_path / "project" / place
    config.parent.mkdir(exist_ok=True)
    config.write_text(f"[feishu]\nwebhook = {server.url}\nsecret = 100%\n")
    finish(run)
    assert server.tries == 1
    assert "sign" in server.requests[0]


def test_the_fitconfig_around_the_working_directory_names_a_bot(play, run, tmp_path, monkeypatch):
    server = play()
    code = tmp_path / "code"
    code.mkdir()
    (code / ".fitconfig").write_text(f"[feishu]\nwebhook = {server.url}\n")
    monkeypatch.chdir(code)
    finish(run)
    assert server.tries == 1


def test_a_fitconfig_that_cannot_be_read_is_no_obstacle(run, tmp_path, capsys):
    (tmp_path / "project" / ".fitconfig").write_bytes(b"\xff[feishu\nwebhook")
    finish(run)
    assert capsys.readouterr().err == ""


def test_a_config_in_a_folder_that_anybody_may_write_is_not_read(play, run, monkeypatch, tmp_path):
    server = play()
    (tmp_path / ".fitconfig").write_text(f"[feishu]\nwebhook = {server.url}\n")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    finish(run)
    assert server.tries == 0


def test_the_call_goes_before_the_environment_and_that_before_fitconfig(
    play, run, tmp_path, monkeypatch
):
    call, variable, config = play(), play(), play()
    (tmp_path / "project" / ".fitconfig").write_text(f"[feishu]\nwebhook = {config.url}\n")
    finish(run)
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", variable.url)
    finish(run)
    finish(run, send_to=call.url)
    assert (call.tries, variable.tries, config.tries) == (1, 1, 1)


def test_finish_itself_sends_the_notice_once(play, tmp_path, run_python):
    server = play()
    code = (
        "from fitlog_core.recording.run import Run;"
        "run = Run('logs'); run.add_best_metric(0.5, 'acc');"
        f"run.finish(1, send_to_bot={server.url!r}); run.finish(1, send_to_bot={server.url!r})"
    )
    run_python(code, env={"FITLOG_PLUGINS": "feishu"})
    assert server.tries == 1
    assert server.texts()[0].startswith("[fitlog] run failed log_")
    assert "acc = 0.5" in server.texts()


def test_a_script_that_just_ends_is_told_to_the_configured_bot(play, run_python):
    server = play()
    code = (
        "from fitlog_core.recording.run import Run; Run('logs').add_best_metric(0.5, 'acc');"
        "run = Run('logs'); run.add_best_metric(0.5, 'acc'); run.finish()"
    )
    run_python(code, env={"FITLOG_PLUGINS": "feishu", "FITLOG_FEISHU_WEBHOOK": server.url})
    titles = [post["content"]["post"]["en_us"]["title"] for post in server.requests]
    assert [title[: title.index(" log_")] for title in titles] == [
        "[fitlog] run finished",
        "[fitlog] script ended",
    ]


# ---------------------------------------------------------------- at the start


def test_fitlog_run_started_tells_nobody_unless_asked_to(play, run, monkeypatch):
    server = play()
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", server.url)
    fresh_host(feishu).notify("fitlog_run_started", run=run)
    assert server.tries == 0


def test_fitlog_run_started_tells_the_bot_where_it_is_switched_on(play, run, monkeypatch):
    server = play()
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", server.url)
    monkeypatch.setenv("FITLOG_FEISHU_ON_START", "1")
    fresh_host(feishu).notify("fitlog_run_started", run=run)
    assert server.texts()[0] == f"[fitlog] run started {run.get_log_id()}"
    assert server.texts("zh_cn")[0] == f"[fitlog] 训练开始 {run.get_log_id()}"
    assert not any(line.startswith("duration") for line in server.texts())


def test_a_start_that_is_neither_on_nor_off_is_told_as_such(play, run, monkeypatch, capsys):
    server = play()
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", server.url)
    monkeypatch.setenv("FITLOG_FEISHU_ON_START", "perhaps")
    fresh_host(feishu).notify("fitlog_run_started", run=run)
    assert server.tries == 0
    assert capsys.readouterr().err == (
        "fitlog: FITLOG_FEISHU_ON_START must be yes or no, got 'perhaps'; it counts as no\n"
    )


def test_the_start_is_told_in_one_try(play, run, tmp_path, capsys):
    server = play(Answer({"code": 11232, "msg": "frequency limited"}))
    (tmp_path / "project" / ".fitconfig").write_text(
        f"[feishu]\nwebhook = {server.url}\non_start = yes\n"
    )
    fresh_host(feishu).notify("fitlog_run_started", run=run)
    assert server.tries == 1
    assert "code 11232" in capsys.readouterr().err


# --------------------------------------------------------------- wrong addresses


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (True, "got a value of type bool"),
        (["https://open.feishu.cn/hook/SECRET"], "got a value of type list"),
        (b"https://open.feishu.cn/hook/SECRET", "got a value of type bytes"),
        ("", "got an empty text"),
        ("  ", "got an empty text"),
        ("SECRET", "https://open.feishu.cn/open-apis/bot/v2/hook/..."),
        ("https://SECRET", "https://open.feishu.cn/open-apis/bot/v2/hook/..."),
        ("https://open.feishu.cn/hook/SECRET SECRET", "https://open.feishu.cn/"),
        ("https://open.feishu.cn/hook/SECRET\r\nHost: x.y", "https://open.feishu.cn/"),
        ("https://open.feishu.cn:port/hook/SECRET", "https://open.feishu.cn/"),
        ("https://[::1/hook/SECRET", "https://open.feishu.cn/"),
        ("https://飞书.cn/hook/SECRET", "https://open.feishu.cn/"),
        ("http://open.feishu.cn/hook/SECRET", "got one at open.feishu.cn that does not begin"),
    ],
)
def test_a_wrong_address_is_one_warning_that_does_not_repeat_it(run, capsys, given, said):
    finish(run, send_to=given)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("fitlog: send_to_bot must be the https address of a Feishu bot")
    assert said in lines[0]
    assert "SECRET" not in lines[0]


def test_a_wrong_address_in_the_environment_is_named_as_such(run, monkeypatch, capsys):
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", "SECRET")
    finish(run)
    line = capsys.readouterr().err
    assert line.startswith("fitlog: FITLOG_FEISHU_WEBHOOK must be the https address")
    assert "SECRET" not in line


# -------------------------------------------------------------- Feishu's answers


@pytest.mark.parametrize(
    "body",
    [TAKEN, {"StatusCode": 0, "StatusMessage": "success"}, {"code": 0, "StatusCode": 7}],
)
def test_a_code_of_zero_is_success(play, body):
    server = play(Answer(body))
    assert deliver(Bot(server.url, ""), post(SOME), QUICK) is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer({"code": 9499, "msg": "Bad Request"}, 400), "9499, Bad Request"),
        (Answer({"code": 19001, "msg": "param invalid"}), "(the bot's address is wrong or"),
        (Answer({"code": 19021, "msg": "sign match fail"}), "check this machine's clock"),
        (Answer({"code": 19022, "msg": "Ip Not Allowed"}), "add this machine's IP address"),
        (Answer({"code": 19024, "msg": "Key Words Not Found"}), "add fitlog to the bot's key"),
        (Answer({"code": 4242, "msg": "something new"}), "code 4242, something new"),
        (Answer({"StatusCode": 19001, "StatusMessage": "old"}), "code 19001, old"),
        (Answer({"msg": "no code at all"}), "no answer that fitlog knows, no code at all"),
        (Answer({"code": "0"}), "HTTP 200 and no answer that fitlog knows"),
        (Answer(False), "HTTP 200 and no answer that fitlog knows"),
        (Answer(b"<html>sign in first</html>"), "HTTP 200 and no answer that fitlog knows"),
        (Answer(b"[" * 60_000), "HTTP 200 and no answer that fitlog knows"),
        (Answer(b"\xff\xfe"), "HTTP 200 and no answer that fitlog knows"),
        (Answer(b"", 404), "HTTP 404"),
        (Answer(b"", 302, (("Location", "/elsewhere"),)), "HTTP 302"),
        (Answer(b"", 307, (("Location", "/elsewhere"),)), "HTTP 307"),
    ],
)
def test_any_other_answer_is_final(play, answer, said):
    server = play(answer)
    problem = deliver(Bot(server.url, ""), post(SOME), QUICK)
    assert problem is not None
    assert said in problem
    assert server.tries == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer({"code": 11232, "msg": "frequency limited"}),
        Answer({"code": 99991400, "msg": "request trigger frequency limit"}, 429),
        Answer(b"busy", 429),
        Answer(b"", 500),
        Answer({"code": 5, "msg": "gateway"}, 503),
    ],
)
def test_a_busy_feishu_is_tried_twice_more(play, answer):
    server = play(answer)
    assert deliver(Bot(server.url, ""), post(SOME), QUICK) is not None
    assert server.tries == 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"code": 1, "msg": "slow down"}, "HTTP 429, code 1, slow down"),
        ({"code": 99991400}, "HTTP 429, code 99991400"),
        ({"error": "slow down"}, "HTTP 429 and no answer that fitlog knows"),
        (b"slow down", "HTTP 429 and no answer that fitlog knows"),
    ],
)
def test_too_many_requests_are_told_as_such_whatever_the_answer(play, answer, said):
    server = play(Answer(answer, 429))
    problem = deliver(Bot(server.url, ""), post(SOME), QUICK)
    assert problem == f"{said} (the bot was told too much in a short time)"


def test_a_later_try_that_is_taken_is_a_success(play):
    server = play(Answer(b"", 502), Answer({"code": 11232}), Answer(TAKEN))
    assert deliver(Bot(server.url, ""), post(SOME), QUICK) is None
    assert server.tries == 3


def test_the_wait_that_feishu_asks_for_is_kept(play):
    limited = Answer(b"", 429, (("x-ogw-ratelimit-reset", "0.4"),))
    server = play(limited, Answer(TAKEN))
    began = time.monotonic()
    assert deliver(Bot(server.url, ""), post(SOME), QUICK) is None
    assert time.monotonic() - began >= 0.4


@pytest.mark.parametrize("reset", ["3600", "-1", "nan", "soon"])
def test_a_wait_that_is_too_long_or_none_is_not_kept(play, reset):
    server = play(Answer(b"", 429, (("x-ogw-ratelimit-reset", reset),)), Answer(TAKEN))
    began = time.monotonic()
    assert deliver(Bot(server.url, ""), post(SOME), QUICK) is None
    assert time.monotonic() - began < 1


def test_a_refused_connection_is_tried_until_somebody_listens(play):
    server = play()
    slow = QUICK._replace(pauses=(0.2, 0.3))
    with socket.socket() as silent:  # held, so that nobody else comes to listen there
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        began = time.monotonic()
        problem = deliver(Bot(f"http://127.0.0.1:{port}/hook/{TOKEN}", ""), post(SOME), slow)
    assert problem is not None
    assert problem.startswith("no connection (")
    assert time.monotonic() - began >= 0.5
    assert server.tries == 0


@pytest.mark.parametrize(
    "slow",
    [Answer(TAKEN, delay=30.0), Answer(TAKEN, drip=0.2)],
    ids=["no answer", "an answer that trickles in"],
)
def test_an_answer_that_is_late_is_not_asked_for_again(play, slow):
    server = play(slow)
    began = time.monotonic()
    impatient = QUICK._replace(seconds=0.5)
    problem = deliver(Bot(server.url, ""), post(SOME), impatient)
    assert time.monotonic() - began < 5
    assert server.tries == 1
    assert problem is not None
    assert "it may have arrived" in problem


def test_all_of_it_ends_in_time(play):
    server = play(Answer(b"", 500, delay=0.4))
    began = time.monotonic()
    assert deliver(Bot(server.url, ""), post(SOME), Patience((0.2,) * 9, 1.0, 1.0)) is not None
    assert time.monotonic() - began < 1.5
    assert server.tries <= 2


def test_the_patience_of_a_real_notice_is_bounded():
    assert PATIENT.seconds == 5.0
    assert len(PATIENT.pauses) == 2
    assert PATIENT.total <= 20.0


def test_a_connection_that_breaks_off_is_final():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepted: list[int] = []

        def hang_up() -> None:
            connection, _ = listener.accept()
            accepted.append(len(connection.recv(100)))
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook/{TOKEN}"
        problem = deliver(Bot(url, ""), post(SOME), QUICK)
        thread.join()
    assert len(accepted) == 1
    assert problem is not None
    assert TOKEN not in problem


def test_nothing_is_sent_on_to_another_place(play):
    other = play()
    server = play(Answer(b"", 308, (("Location", other.url),)))
    assert deliver(Bot(server.url, ""), post(SOME), QUICK) is not None
    assert other.tries == 0


# ------------------------------------------------------------ what a failure does


def test_a_failure_is_one_warning_with_the_code_and_without_the_address(
    play, run, capsys, monkeypatch
):
    monkeypatch.setenv("FITLOG_FEISHU_SECRET", "my secret")
    echo = {"code": 19001, "msg": f"no hook {TOKEN} for my\nsecret and my secret"}
    finish(run, send_to=play(Answer(echo)).url)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(
        f"fitlog: 127.0.0.1 did not take the notice of run {run.get_log_id()}"
    )
    assert "code 19001" in lines[0]
    assert TOKEN not in lines[0]
    assert "my secret" not in lines[0]


def test_a_failure_changes_nothing_in_the_run(play, run):
    folder = Path(run.get_log_folder(absolute=True) or "")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    finish(run, send_to=play(Answer({"code": 19024})).url)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_where_no_thread_can_start_the_notice_is_sent_all_the_same(play, monkeypatch):
    start = threading.Thread.start

    def too_late(self: threading.Thread) -> None:
        if self.name == "fitlog-notice":
            raise RuntimeError("can't create new thread at interpreter shutdown")
        start(self)  # the server's own

    server = play()
    monkeypatch.setattr(threading.Thread, "start", too_late)
    assert deliver(Bot(server.url, ""), post(SOME), QUICK) is None
    assert server.tries == 1
