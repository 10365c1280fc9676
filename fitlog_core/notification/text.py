"""A notice as a plain text: no mark in a name or an error can be taken for a markup."""

from __future__ import annotations

import json

from fitlog_core.notification import words
from fitlog_core.notification.facts import Facts
from fitlog_core.notification.webhook import Answer, Reply

BUSY = -1  # the code of DingTalk and of WeCom
TOO_MANY = 429


def text_body(facts: Facts, language: str, largest: int) -> bytes:
    """Return a notice as DingTalk and WeCom take a text, with as many metrics as fit.

    :param facts: What to tell.
    :param language: ``zh_cn`` or ``en_us``.
    :param largest: Most bytes of the text.
    """
    most = words.MOST_METRICS
    text = _text(facts, language, most)
    while most and len(text.encode("utf-8", "replace")) > largest:
        most //= 2
        text = _text(facts, language, most)
    data = text.encode("utf-8", "replace")[:largest]
    body = {"msgtype": "text", "text": {"content": data.decode("utf-8", "ignore")}}
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _text(facts: Facts, language: str, most: int) -> str:
    return "\n".join([words.title(facts, language), *words.lines(facts, language, most)])


def judged(answer: Answer, hints: dict[int, str]) -> Reply:
    """Judge an answer by its ``errcode``; the HTTP status only says whether to try again.

    :param answer: What the server said.
    :param hints: What to do about a code.
    """
    code = answer.said.get("errcode")
    if type(code) is not int:
        text = f"HTTP {answer.status} and no answer that fitlog knows"
        return Reply(text, again=answer.status == TOO_MANY or answer.status >= 500)
    if code == 0:
        return Reply(None)
    said = " ".join(str(answer.said.get("errmsg") or "").split())
    text = f"code {code}" + (f", {said}" if said else "")
    text += f" ({hints[code]})" if code in hints else ""
    return Reply(text, again=code == BUSY or answer.status >= 500)
