"""The sentences of a notice, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Iterator

from fitlog_core.notices import printable
from fitlog_core.notification.facts import Brief, Facts, duration

MOST_METRICS = 50
MOST_OTHERS = 100
LONGEST_LINE = 500
TOGETHER = ("several", "alerts")  # states of a notice whose title and list say all
LANGUAGES = ("zh_cn", "en_us")

# The title always holds "fitlog", so that a bot with that key word takes every notice.
_WORDS = {
    "zh_cn": {
        "running": "[fitlog] 训练开始 {id}",
        "finish": "[fitlog] 训练完成 {id}",
        "error": "[fitlog] 训练出错 {id}",
        "ended": "[fitlog] 脚本已结束 {id}",
        "nan": "[fitlog] 首次出现 NaN {id}",
        "alert dead": "[fitlog] 进程已消失 {id}",
        "alert stalled": "[fitlog] 实验停滞 {id}",
        "alert nan": "[fitlog] 出现 NaN {id}",
        "alert plateau": "[fitlog] 指标不再变好 {id}",
        "alert rule": "[fitlog] 规则命中 {id}",
        "alerts": "[fitlog] {count} 条监视提醒",
        "several": "[fitlog] {count} 个实验已结束",
        "test": "[fitlog] 测试消息",
        "id": "实验：{}",
        "state": "状态：{}",
        "state running": "进行中",
        "state finish": "完成",
        "state error": "出错",
        "state ended": "脚本结束，未调用 finish()",
        "state nan": "{name} 在第 {step} 步为 NaN",
        "state alert dead": "进程已不在",
        "state alert stalled": "停滞",
        "state alert nan": "有 NaN",
        "state alert plateau": "不再变好",
        "state alert rule": "规则命中",
        "rule": "规则：{}",
        "quiet": "最后一条记录：{} 前",
        "alerted": "{id} {state}，最后一条记录 {duration} 前",
        "state test": "通知已可以送达，训练结束时会在这里收到消息",
        "duration": "用时：{}",
        "curve": "曲线：{}",
        "metric": "{} = {}",
        "more": "……以及另外 {} 项指标",
        "code": "代码版本：{}",
        "git": "git 提交：{}",
        "host": "主机：{}",
        "exception": "错误：{}",
        "board": "看板：{}",
        "open": "打开看板",
        "and more": "，以及另外 {} 个",
        "others": "此前结束的实验：",
        "other": "{id} {state}，用时 {duration}",
        "more others": "……以及另外 {} 个实验",
    },
    "en_us": {
        "running": "[fitlog] run started {id}",
        "finish": "[fitlog] run finished {id}",
        "error": "[fitlog] run failed {id}",
        "ended": "[fitlog] script ended {id}",
        "nan": "[fitlog] first NaN {id}",
        "alert dead": "[fitlog] process gone {id}",
        "alert stalled": "[fitlog] run stalled {id}",
        "alert nan": "[fitlog] NaN {id}",
        "alert plateau": "[fitlog] no longer better {id}",
        "alert rule": "[fitlog] rule holds {id}",
        "alerts": "[fitlog] {count} alerts",
        "several": "[fitlog] {count} runs ended",
        "test": "[fitlog] test message",
        "id": "run: {}",
        "state": "state: {}",
        "state running": "running",
        "state finish": "finished",
        "state error": "error",
        "state ended": "the script ended without finish()",
        "state nan": "{name} is NaN at step {step}",
        "state alert dead": "its process is gone",
        "state alert stalled": "stalled",
        "state alert nan": "has NaN",
        "state alert plateau": "is no longer getting better",
        "state alert rule": "rule holds",
        "rule": "rule: {}",
        "quiet": "last record: {} ago",
        "alerted": "{id} {state}, last record {duration} ago",
        "state test": "notices arrive here; the end of a run will be told",
        "duration": "duration: {}",
        "curve": "curve: {}",
        "metric": "{} = {}",
        "more": "... and {} metrics more",
        "code": "code version: {}",
        "git": "git commit: {}",
        "host": "host: {}",
        "exception": "error: {}",
        "board": "board: {}",
        "open": "Open the board",
        "and more": " and {} more",
        "others": "runs that ended before:",
        "other": "{id} {state} after {duration}",
        "more others": "... and {} runs more",
    },
}


def word(language: str, key: str) -> str:
    """Return a word or a pattern as it stands in the table.

    :param language: ``zh_cn`` or ``en_us``.
    :param key: Its key.
    """
    return _WORDS[language][key]


def title(facts: Facts, language: str) -> str:
    """Return the title of a notice.

    :param facts: What to tell.
    :param language: ``zh_cn`` or ``en_us``.
    """
    words, others = _WORDS[language], len(facts.others)
    said = words[facts.state].format(id=facts.id, count=others).rstrip()
    return short(said + words["and more"].format(others) if others and facts.id else said)


def state(facts: Facts, language: str) -> str:
    """Return what became of the run; empty where the title says all."""
    if facts.state in TOGETHER:
        return ""
    name, step = facts.nan or ("", 0)
    return _WORDS[language][f"state {facts.state}"].format(name=name, step=step)


def lines(facts: Facts, language: str, most: int = MOST_METRICS) -> list[str]:
    """Return the lines of a notice below its title, none longer than 500 characters.

    :param facts: What to tell.
    :param language: ``zh_cn`` or ``en_us``.
    :param most: How many metrics, and twice as many other runs, are shown; the rest is counted.
    """
    return [short(line) for line in _lines(facts, language, most)]


def _lines(facts: Facts, language: str, most: int) -> Iterator[str]:
    words = _WORDS[language]
    said = state(facts, language)
    if facts.state == "test":
        yield said
        said = ""
    for kind, text in (("id", facts.id), ("state", said), ("exception", facts.error)):
        if text:
            yield words[kind].format(text)
    if facts.seconds is not None:
        yield words["duration"].format(duration(facts.seconds))
    yield from alert_lines(facts, language)
    if facts.curve is not None:
        yield words["curve"].format(facts.curve)
    yield from metric_lines(facts, language, most)
    for kind, text in (
        ("code", facts.code),
        ("git", facts.git),
        ("host", facts.host),
        ("board", facts.link),
    ):
        if text:
            yield words[kind].format(text)
    yield from other_lines(facts, language, most)


def alert_lines(facts: Facts, language: str) -> Iterator[str]:
    """Yield the rule of an alert, and since when the run is quiet."""
    if facts.rule:
        yield _WORDS[language]["rule"].format(facts.rule)
    if facts.quiet is not None:
        yield _WORDS[language]["quiet"].format(duration(facts.quiet))


def metric_lines(facts: Facts, language: str, most: int = MOST_METRICS) -> Iterator[str]:
    """Yield the best metrics, and how many are left out."""
    for name, value in facts.metrics[:most]:
        yield _WORDS[language]["metric"].format(name, value)
    if most < len(facts.metrics):
        yield _WORDS[language]["more"].format(len(facts.metrics) - most)


def other_lines(facts: Facts, language: str, most: int = MOST_METRICS) -> Iterator[str]:
    """Yield the other runs that a notice tells of, and how many are left out."""
    shown = min(2 * most, MOST_OTHERS)
    if facts.others and facts.state not in TOGETHER:
        yield _WORDS[language]["others"]
    for other in facts.others[:shown]:
        yield short(_other(other, language))
    if shown < len(facts.others):
        yield _WORDS[language]["more others"].format(len(facts.others) - shown)


def _other(other: Brief, language: str) -> str:
    words = _WORDS[language]
    pattern = words["alerted" if other.state.startswith("alert") else "other"]
    line = pattern.format(
        id=other.id, state=words[f"state {other.state}"], duration=duration(other.seconds)
    )
    return f"{line}: {other.result}" if other.result else line


def short(text: str) -> str:
    """Return a text as one line of at most 500 characters, without what could steer a reader."""
    text = printable(" ".join(text.splitlines()))
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"
