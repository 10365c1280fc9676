"""The two shapes of a notice; Feishu shows each reader the one of its two languages."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

from fitlog_core.notification import words
from fitlog_core.notification.facts import Facts, duration

LARGEST = 20_000  # bytes; Feishu refuses a body above 20 KB, and the signature comes on top

COLOURS = {
    "running": "blue",
    "finish": "green",
    "error": "red",
    "ended": "grey",
    "nan": "orange",
    "several": "green",
    "test": "blue",
    "alerts": "orange",
    "alert dead": "red",
}
OF_ALERT = "orange"
_MARKDOWN = re.compile(r"([&\\`*_~<>\[\](){}#|!:@^$]|^[+\-])")

_Body = dict[str, Any]


def post(facts: Facts) -> _Body:
    """Return a notice as text, with as many metrics as Feishu takes.

    :param facts: What to tell.
    """

    def body(most: int) -> _Body:
        content = {name: _post(facts, name, most) for name in words.LANGUAGES}
        return {"msg_type": "post", "content": {"post": content}}

    return _fitting(body)


def card(facts: Facts) -> _Body:
    """Return a notice as an interactive card, with as many metrics as Feishu takes.

    :param facts: What to tell.
    """
    titles = {name: words.title(facts, name) for name in words.LANGUAGES}
    header = {
        "template": COLOURS.get(facts.state, OF_ALERT),
        "title": {"tag": "plain_text", "content": titles["en_us"], "i18n": titles},
    }

    def body(most: int) -> _Body:
        elements = {name: _elements(facts, name, most) for name in words.LANGUAGES}
        inside = {"config": {"wide_screen_mode": True}, "header": header}
        return {"msg_type": "interactive", "card": {**inside, "i18n_elements": elements}}

    return _fitting(body)


def signed(body: _Body, secret: str, now: float) -> _Body:
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


def encode(body: _Body) -> bytes:
    """Return a body as Feishu takes it; what Unicode does not have becomes ``?``."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _fitting(body: Callable[[int], _Body]) -> _Body:
    """Return a body with as many metrics and other runs as are not too long."""
    most = words.MOST_METRICS
    while most and len(encode(body(most))) > LARGEST:
        most //= 2
    return body(most)


def _post(facts: Facts, language: str, most: int) -> _Body:
    lines = words.lines(facts._replace(link=""), language, most)
    content: list[list[_Body]] = [[{"tag": "text", "text": line}] for line in lines]
    if facts.link:
        text = words.word(language, "open")
        content.append([{"tag": "a", "text": text, "href": facts.link}])
    return {"title": words.title(facts, language), "content": content}


def _elements(facts: Facts, language: str, most: int) -> list[_Body]:
    elements: list[_Body] = []
    said = [words.state(facts, language)]
    if facts.error:
        said.append(words.word(language, "exception").format(facts.error))
    said += words.alert_lines(facts, language)
    if facts.curve is not None:
        said.append(str(facts.curve))
    elements += [_text(words.short(line)) for line in said if line]
    if facts.metrics:
        elements.append(_fields(facts, language, most))
    others = list(words.other_lines(facts, language, most))
    if others:
        elements += [{"tag": "hr"}, _text("\n".join(others))]
    if facts.link:
        elements.append(_button(facts.link, words.word(language, "open")))
    elements.append(_note(facts, language))
    return elements


def _fields(facts: Facts, language: str, most: int) -> _Body:
    fields = [
        {"is_short": True, "text": _markdown(f"**{_plain(name)}**\n{_plain(value)}")}
        for name, value in facts.metrics[:most]
    ]
    if most < len(facts.metrics):
        more = words.word(language, "more").format(len(facts.metrics) - most)
        fields.append({"is_short": False, "text": _markdown(_plain(more))})
    return {"tag": "div", "fields": fields}


def _note(facts: Facts, language: str) -> _Body:
    """Return the small line below: versions, machine and duration."""
    said = [
        words.word(language, kind).format(text)
        for kind, text in (("code", facts.code), ("git", facts.git), ("host", facts.host))
        if text
    ]
    if facts.seconds is not None:
        said.insert(0, words.word(language, "duration").format(duration(facts.seconds)))
    text = words.short(" · ".join(said))
    return {"tag": "note", "elements": [{"tag": "plain_text", "content": text or "fitlog"}]}


def _button(link: str, text: str) -> _Body:
    label = {"tag": "plain_text", "content": text}
    return {"tag": "action", "actions": [{"tag": "button", "text": label, "url": link}]}


def _text(text: str) -> _Body:
    return {"tag": "div", "text": {"tag": "plain_text", "content": text}}


def _markdown(text: str) -> _Body:
    return {"tag": "lark_md", "content": text}


def _plain(text: str) -> str:
    """Return a text of the user with what Markdown would read as a sign of its own made plain."""
    return _MARKDOWN.sub(lambda found: f"&#{ord(found[1])};", words.short(text))
