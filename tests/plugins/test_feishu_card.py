"""Feishu's cards, the first NaN, the curve in text and the link to the board."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from notice_servers import TAKEN, Answer, servers

from fitlog_core.hookspecs import Ending
from fitlog_core.notification import curve
from fitlog_core.notification.curve import BARS, GAP, main_curve, sparkline
from fitlog_core.notification.facts import Brief, Facts, board_link
from fitlog_core.recording.run import Run
from fitlog_core.testing import fresh_host
from fitlog_plugins import feishu
from fitlog_plugins.feishu.message import LARGEST, card, encode, post, signed

ENDED = {"error": None, "seconds": 61.0}


@pytest.fixture(autouse=True)
def each_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    monkeypatch.setenv("FITLOG_NOTIFY_COALESCE", "0")


@pytest.fixture
def play() -> Iterator[Any]:
    with servers() as start:
        yield start


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run with curves, in a project of its own."""
    (tmp_path / "project").mkdir()
    run = Run(tmp_path / "project" / "logs")
    for step in range(1, 41):
        run.add_loss(1 / step, step, "Loss")
        run.add_metric({"dev": {"acc": step / 50}}, step)
    run.add_best_metric({"dev": {"acc": 0.8}})
    run.finish()
    return run


def told(run: Run, state: str = "finish", **ending: Any) -> None:
    said = Ending(state, **{**ENDED, **ending})
    fresh_host(feishu).notify("fitlog_run_finished", run=run, ending=said)


def sent_card(server: Any) -> dict[str, Any]:
    body = server.requests[-1]
    assert body["msg_type"] == "interactive"
    assert "content" not in body
    found: dict[str, Any] = body["card"]
    return found


def text_of(elements: object) -> str:
    """All text of a card's elements."""
    return json.dumps(elements, ensure_ascii=False)


# -------------------------------------------------------------------- the card


@pytest.mark.parametrize(
    ("state", "colour", "english", "chinese"),
    [
        ("finish", "green", "[fitlog] run finished", "[fitlog] 训练完成"),
        ("error", "red", "[fitlog] run failed", "[fitlog] 训练出错"),
        ("ended", "grey", "[fitlog] script ended", "[fitlog] 脚本已结束"),
    ],
)
def test_a_card_has_the_colour_of_how_the_run_ended(play, run, state, colour, english, chinese):
    server = play()
    told(run, state, send_to=server.url)
    header = sent_card(server)["header"]
    assert header["template"] == colour
    assert header["title"]["content"] == f"{english} {run.get_log_id()}"
    assert header["title"]["i18n"]["zh_cn"] == f"{chinese} {run.get_log_id()}"


def test_a_card_tells_in_both_languages_what_a_post_tells(play, run):
    server = play()
    told(run, "error", error="ValueError: https://me:pw@h/x\nmore", send_to=server.url)
    elements = sent_card(server)["i18n_elements"]
    english, chinese = text_of(elements["en_us"]), text_of(elements["zh_cn"])
    for part in ("ValueError: https://***@h/x", "**dev-acc**", "0.8", "duration: 1m1s", "host: "):
        assert part in english
    assert "用时：1m1s" in chinese
    assert "pw" not in english


def test_a_card_is_signed_by_the_published_algorithm(play, run, monkeypatch):
    server = play()
    monkeypatch.setenv("FITLOG_FEISHU_SECRET", "my secret")
    told(run, send_to=server.url)
    body = server.requests[0]
    key = f"{body['timestamp']}\nmy secret".encode()
    expected = base64.b64encode(hmac.new(key, digestmod=hashlib.sha256).digest())
    assert body["sign"] == expected.decode()
    assert body["msg_type"] == "interactive"


@pytest.mark.parametrize("where", ["environment", "fitconfig"])
def test_the_style_is_a_setting(play, run, monkeypatch, tmp_path, where):
    server = play()
    if where == "environment":
        monkeypatch.setenv("FITLOG_FEISHU_STYLE", "post")
    else:
        (tmp_path / "project" / ".fitconfig").write_text("[feishu]\nstyle = post\n")
    told(run, send_to=server.url)
    assert server.requests[0]["msg_type"] == "post"


def test_an_unknown_style_is_one_sentence(play, run, monkeypatch, capsys):
    server = play()
    monkeypatch.setenv("FITLOG_FEISHU_STYLE", "poster")
    told(run, send_to=server.url)
    assert server.tries == 0
    line = "fitlog: FITLOG_FEISHU_STYLE must be card or post, got 'poster'; no notice is sent\n"
    assert capsys.readouterr().err == line


@pytest.mark.parametrize(
    "refusal",
    [
        Answer({"code": 9499, "msg": "Bad Request", "data": {}}, 400),
        Answer({"code": 11246, "msg": "card content err"}),
    ],
)
def test_a_card_that_is_refused_as_malformed_is_sent_as_a_post(play, run, capsys, refusal):
    server = play(refusal, Answer(TAKEN))
    told(run, send_to=server.url)
    assert [body["msg_type"] for body in server.requests] == ["interactive", "post"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("code", [19001, 19021, 19022, 19024])
def test_a_refusal_that_is_not_the_cards_fault_is_final(play, run, capsys, code):
    server = play(Answer({"code": code, "msg": "no"}))
    told(run, send_to=server.url)
    assert server.tries == 1
    assert f"code {code}, no (" in capsys.readouterr().err


def test_a_late_answer_to_a_card_sends_no_second_message(play, run, monkeypatch, capsys):
    monkeypatch.setattr(feishu.delivery, "PATIENT", feishu.delivery.Patience((), 0.3, 1.0))
    server = play(Answer(TAKEN, delay=5.0))
    told(run, send_to=server.url)
    assert server.tries == 1
    assert "it may have arrived all the same" in capsys.readouterr().err


@pytest.mark.parametrize("shape", [card, post])
@pytest.mark.parametrize("count", [0, 60, 3000])
def test_no_shape_exceeds_what_feishu_takes(shape, count):
    facts = Facts(
        "log_20260101_000000",
        "finish",
        1.0,
        metrics=[(f"指标{number}" * 60, "很" * 200) for number in range(count)],
        error="错" * 9000,
        host="h" * 300,
        others=[Brief(f"log_{n}", "finish", 1.0, "acc = 1" * 20) for n in range(count)],
    )
    body = signed(shape(facts), "secret", time.time())
    assert len(encode(body)) <= LARGEST + 200


def test_what_markdown_would_read_in_a_name_is_shown_as_it_is():
    facts = Facts("log_1", "finish", 1.0, metrics=[("a*b_<at id=all></at>", "[x](http://y)")])
    text = text_of(card(facts))
    assert "<at" not in text
    assert "](http" not in text
    assert "a&#42;b&#95;&#60;at id=all&#62;" in text


# --------------------------------------------------------------- the first NaN


def test_fitlog_first_nan_sends_an_orange_card(play, run, monkeypatch):
    server = play()
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", server.url)
    fresh_host(feishu).notify("fitlog_first_nan", run=run, name="Loss", step=1200)
    found = sent_card(server)
    assert found["header"]["template"] == "orange"
    assert found["header"]["title"]["content"] == f"[fitlog] first NaN {run.get_log_id()}"
    assert "Loss is NaN at step 1200" in text_of(found["i18n_elements"]["en_us"])
    assert "Loss 在第 1200 步为 NaN" in text_of(found["i18n_elements"]["zh_cn"])


def test_fitlog_first_nan_tells_nobody_where_nobody_is_configured(run, capsys):
    fresh_host(feishu).notify("fitlog_first_nan", run=run, name="Loss", step=1)
    assert capsys.readouterr().err == ""


def test_a_training_waits_one_try_for_the_notice_of_a_nan(play, run, monkeypatch, capsys):
    server = play(Answer({"code": 11232, "msg": "frequency limited"}))
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", server.url)
    fresh_host(feishu).notify("fitlog_first_nan", run=run, name="Loss", step=1)
    assert server.tries == 1
    assert "code 11232" in capsys.readouterr().err


def test_a_real_training_tells_of_its_first_nan_once(play, run_python):
    server = play()
    code = (
        "from fitlog_core.recording.run import Run; run = Run('logs')\n"
        "for step in range(5): run.add_loss(float('nan') if step > 1 else 1.0, step, 'Loss')\n"
        "run.finish()"
    )
    run_python(code, env={"FITLOG_PLUGINS": "feishu", "FITLOG_FEISHU_WEBHOOK": server.url})
    colours = [body["card"]["header"]["template"] for body in server.requests]
    assert colours == ["orange", "green"]
    assert "is NaN at step 2" in text_of(server.requests[0])


# --------------------------------------------------------------- the board link


def test_a_card_has_a_button_to_the_runs_page(play, run, monkeypatch):
    server = play()
    monkeypatch.setenv("FITLOG_BOARD_URL", "http://host:5000/")
    told(run, send_to=server.url)
    action = next(e for e in sent_card(server)["i18n_elements"]["en_us"] if e["tag"] == "action")
    assert action["actions"][0]["url"] == f"http://host:5000/run/{run.get_log_id()}"


def test_a_post_has_a_link_to_the_runs_page(play, run, monkeypatch, tmp_path):
    server = play()
    monkeypatch.setenv("FITLOG_FEISHU_STYLE", "post")
    (tmp_path / "project" / ".fitconfig").write_text("[notify]\nboard = https://host/fitlog\n")
    told(run, send_to=server.url)
    last = server.requests[0]["content"]["post"]["zh_cn"]["content"][-1][0]
    link = f"https://host/fitlog/run/{run.get_log_id()}"
    assert last == {"tag": "a", "text": "打开看板", "href": link}


@pytest.mark.parametrize(
    ("board", "link"),
    [
        ("http://host:5000", "http://host:5000/run/log_1"),
        ("http://me:pw@host/x/?token=SECRET#f", "http://host/x/run/log_1"),
        ("http://[::1]:5000", "http://[::1]:5000/run/log_1"),
        ("", ""),
        ("host:5000", ""),
        ("javascript:alert(1)", ""),
        ("http://[::1", ""),
        ("http://host:port", ""),
    ],
)
def test_a_link_is_a_web_address_without_credentials(board, link):
    assert board_link(board, "log_1") == link


# ------------------------------------------------------------ the curve in text


def test_a_notice_shows_the_curve_of_the_best_metric(play, run):
    server = play()
    told(run, send_to=server.url)
    text = text_of(sent_card(server)["i18n_elements"]["en_us"])
    assert "dev-acc ▁▁▁▁▂▂▂▂▃▃▃▃▅▅▅▅▇▇▇▇ 0.02 → 0.8" in text


@pytest.mark.parametrize("wanted", ["Loss", "loss-Loss"])
def test_the_metric_of_the_curve_is_a_setting(play, run, monkeypatch, wanted):
    server = play()
    monkeypatch.setenv("FITLOG_NOTIFY_METRIC", wanted)
    told(run, send_to=server.url)
    assert "Loss ▇" in text_of(sent_card(server))


def test_without_a_best_metric_the_first_loss_is_shown(tmp_path):
    run = Run(tmp_path)
    for step in range(3):
        run.add_metric(step, step, "acc")
        run.add_loss(-step, step, "total")
    shown = main_curve(Path(run.get_log_folder(absolute=True) or ""), "unknown", ["f1"])
    assert str(shown) == "total ▇▃▁ 0 → -2"


def test_a_run_without_a_curve_shows_none(tmp_path):
    assert main_curve(tmp_path, "", []) is None


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([], ""),
        ([1.0], BARS[2]),
        ([5, 5, 5], BARS[2] * 3),
        ([0, 1, 2, 3, 4], "▁▂▃▅▇"),
        ([0, float("nan"), 4], f"▁{GAP}▇"),
        ([float("inf"), float("nan")], GAP * 2),
        ([-1.7e308, 1.7e308], "▁▇"),
    ],
)
def test_a_sparkline_goes_from_the_lowest_to_the_highest(values, bars):
    assert sparkline(enumerate(values)) == bars


def test_a_sparkline_is_drawn_by_step_and_not_by_record():
    dense_at_first = [*((step, 0.0) for step in range(90)), *((s, 1.0) for s in range(90, 1000, 9))]
    assert sparkline(dense_at_first, 10) == "▁" + "▇" * 9


def test_of_a_long_file_only_samples_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(curve, "WHOLE", 10_000)
    monkeypatch.setattr(curve, "SAMPLES", 20)
    monkeypatch.setattr(curve, "SAMPLE", 300)
    run = Run(tmp_path)
    for step in range(2000):
        run.add_loss(step, step, "Loss")
    folder = Path(run.get_log_folder(absolute=True) or "")
    shown = main_curve(folder, "", [])
    assert str(shown) == "Loss ▁▁▁▁▂▂▂▂▃▃▃▃▅▅▅▅▇▇▇▇ 0 → 1999"
    assert sum(1 for _ in curve._lines(folder / "loss.log")) < 300


# ------------------------------------------------------------------ several bots


def test_the_feishu_targets_among_those_of_apprise_are_told_by_this_plugin(play, run, monkeypatch):
    first, second = play(), play()
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", first.url)
    monkeypatch.setattr(
        "fitlog_plugins.feishu.settings.HOSTS",
        {"feishu": f"http://127.0.0.1:{second.port}", "lark": "https://unused.invalid"},
    )
    monkeypatch.setenv("FITLOG_APPRISE_URLS", "tgram://1/2, feishu://my-secret@TOKEN-1")
    told(run)
    assert (first.tries, second.tries) == (1, 1)
    assert second.paths == ["/open-apis/bot/v2/hook/TOKEN-1"]
    assert "sign" in second.requests[0]
    assert "sign" not in first.requests[0]


def test_a_short_address_that_cannot_be_one_is_not_repeated(run, capsys):
    told(run, send_to="feishu://SECRET/too/long")
    line = capsys.readouterr().err
    assert "feishu://SECRET@TOKEN" in line
    assert "too/long" not in line


def test_an_address_of_apprise_is_not_this_plugins(run, capsys, play, monkeypatch):
    server = play()
    monkeypatch.setenv("FITLOG_FEISHU_WEBHOOK", server.url)
    told(run, send_to="tgram://1/2")
    assert capsys.readouterr().err == ""
    assert server.tries == 0


def test_several_bots_together_take_no_longer_than_one(run, play, monkeypatch):
    servers_ = [play(Answer(b"", 500)) for _ in range(3)]
    hooks = ",".join(f"feishu://T{n}" for n in range(3))
    monkeypatch.setenv("FITLOG_APPRISE_URLS", hooks)
    monkeypatch.setattr(
        "fitlog_plugins.feishu.settings.HOSTS",
        {"feishu": f"http://127.0.0.1:{servers_[0].port}", "lark": ""},
    )
    monkeypatch.setattr(feishu.delivery, "PATIENT", feishu.delivery.Patience((0.3,) * 9, 1.0, 1.5))
    began = time.monotonic()
    told(run)
    assert time.monotonic() - began < 3
    assert {path[-2:] for path in servers_[0].paths} == {"T0", "T1", "T2"}
