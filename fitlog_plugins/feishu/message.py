"""What a notice says, in Chinese and in English; Feishu shows the reader's language."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any, NamedTuple

from fitlog_core import log_format, machine
from fitlog_core.hookspecs import Ending
from fitlog_core.reading.reader import RunReader
from fitlog_core.secrets import mask_text

LARGEST = 20_000  # bytes; Feishu refuses a body above 20 KB, and the signature comes on top
MOST_METRICS = 50
LONGEST_VALUE = 200
LONGEST_LINE = 500
SHORT_ID = 8

# The title always holds "fitlog", so that a bot with that key word takes every notice.
WORDS = {
    "zh_cn": {
        "running": "[fitlog] 训练开始 {id}",
        "finish": "[fitlog] 训练完成 {id}",
        "error": "[fitlog] 训练出错 {id}",
        "ended": "[fitlog] 脚本已结束 {id}",
        "id": "实验：{}",
        "state": "状态：{}",
        "state running": "进行中",
        "state finish": "完成",
        "state error": "出错",
        "state ended": "脚本结束，未调用 finish()",
        "duration": "用时：{}",
        "metric": "{} = {}",
        "more": "……以及另外 {} 项指标",
        "code": "代码版本：{}",
        "git": "git 提交：{}",
        "host": "主机：{}",
        "exception": "错误：{}",
    },
    "en_us": {
        "running": "[fitlog] run started {id}",
        "finish": "[fitlog] run finished {id}",
        "error": "[fitlog] run failed {id}",
        "ended": "[fitlog] script ended {id}",
        "id": "run: {}",
        "state": "state: {}",
        "state running": "running",
        "state finish": "finished",
        "state error": "error",
        "state ended": "the script ended without finish()",
        "duration": "duration: {}",
        "metric": "{} = {}",
        "more": "... and {} metrics more",
        "code": "code version: {}",
        "git": "git commit: {}",
        "host": "host: {}",
        "exception": "error: {}",
    },
}


class Facts(NamedTuple):
    """What a notice tells of a run.

    :param id: The run's id, empty if it ended without a record.
    :param state: ``running``, ``finish``, ``error`` or ``ended``.
    :param seconds: Duration, None while it runs.
    :param metrics: Name and value of the best metrics.
    :param code: Id of the code version that fitlog keeps, may be empty.
    :param git: Id of the user's own commit, may be empty.
    :param host: Name of the machine.
    :param error: What went wrong, one line, may be empty.
    """

    id: str
    state: str
    seconds: float | None
    metrics: list[tuple[str, str]]
    code: str
    git: str
    host: str
    error: str


def gather(folder: str | None, ending: Ending) -> Facts:
    """Return what there is to tell of a run.

    :param folder: The run's folder, its files complete; None if it ended without a record.
    :param ending: How the run ended; its state is ``running`` at the start.
    """
    metrics: list[tuple[str, str]] = []
    meta: dict[str, Any] = {}
    if folder is not None:
        reader = RunReader(Path(folder))
        reader.refresh()
        meta = reader.meta
        best = log_format.flatten(reader.best_metric, "metric")
        metrics = [(key.removeprefix("metric-"), _value(value)) for key, value in best.items()]
    return Facts(
        id=Path(folder or "").name,
        state=ending.state,
        seconds=None if ending.state == "running" else ending.seconds,
        metrics=metrics,
        code=str(meta.get("fit_id") or "")[:SHORT_ID],
        git=str(meta.get("git_id") or "")[:SHORT_ID],
        host=machine.host(),
        error=_first_line(ending.error or ""),
    )


def message(facts: Facts) -> dict[str, Any]:
    """Return the body of a notice, with as many metrics as Feishu takes.

    :param facts: What to tell.
    """
    shown = min(len(facts.metrics), MOST_METRICS)
    while True:
        languages = {name: _post(facts, shown, words) for name, words in WORDS.items()}
        body = {"msg_type": "post", "content": {"post": languages}}
        if shown == 0 or len(encode(body)) <= LARGEST:
            return body
        shown //= 2


def signed(body: dict[str, Any], secret: str, now: float) -> dict[str, Any]:
    """Return a body with the signature that a bot with a secret asks for.

    Feishu takes the text as the key and signs nothing with it.

    :param body: The notice.
    :param secret: The bot's secret.
    :param now: Seconds since 1970; Feishu takes what is at most an hour old.
    """
    timestamp = str(int(now))
    key = f"{timestamp}\n{secret}".encode()
    sign = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode("ascii")
    return {"timestamp": timestamp, "sign": sign, **body}


def encode(body: dict[str, Any]) -> bytes:
    """Return a body as Feishu takes it; what Unicode does not have becomes ``?``."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def duration(seconds: float) -> str:
    """Return a duration as ``1h2m3s``, without what is zero in front."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def _post(facts: Facts, shown: int, words: dict[str, str]) -> dict[str, Any]:
    lines = [words["state"].format(words[f"state {facts.state}"])]
    if facts.id:
        lines.insert(0, words["id"].format(facts.id))
    if facts.seconds is not None:
        lines.append(words["duration"].format(duration(facts.seconds)))
    lines += [words["metric"].format(name, value) for name, value in facts.metrics[:shown]]
    if shown < len(facts.metrics):
        lines.append(words["more"].format(len(facts.metrics) - shown))
    lines += [
        words[kind].format(said)
        for kind, said in (
            ("exception", facts.error),
            ("code", facts.code),
            ("git", facts.git),
            ("host", facts.host),
        )
        if said
    ]
    return {
        "title": words[facts.state].format(id=facts.id).rstrip(),
        "content": [[{"tag": "text", "text": _short(line, LONGEST_LINE)}] for line in lines],
    }


def _value(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else _short(str(value), LONGEST_VALUE)


def _first_line(text: str) -> str:
    """Return the line with the exception's type; what follows explains at length."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    return mask_text(line.strip())


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
