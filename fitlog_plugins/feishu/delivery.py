"""The way of a notice to Feishu: one POST, tried again only where that can help."""

from __future__ import annotations

import http
import time
from typing import Any

from fitlog_core.notification import webhook
from fitlog_core.notification.facts import Facts
from fitlog_core.notification.webhook import ONE_TRY, PATIENT, Answer, Patience, Reply
from fitlog_plugins.feishu.message import card, encode, post, signed
from fitlog_plugins.feishu.settings import Bot

__all__ = ["ONE_TRY", "PATIENT", "Patience", "deliver", "send"]

TOO_OFTEN = 11232
TOO_MANY = http.HTTPStatus.TOO_MANY_REQUESTS  # with whatever code, also a gateway's own

HINTS = {
    9499: "the message was not understood",
    19001: "the bot's address is wrong or the bot was removed",
    19021: "check this machine's clock and the bot's signature secret",
    19022: "add this machine's IP address to the bot's list",
    19024: "add fitlog to the bot's key words",
    TOO_OFTEN: "the bot was told too much in a short time",
}
# A refusal for these reasons would meet any message, so it is not the card's fault.
NOT_THE_CARD = frozenset({19001, 19021, 19022, 19024, TOO_OFTEN})


def send(bot: Bot, facts: Facts, patience: Patience = PATIENT) -> str | None:
    """Tell a bot; return what went wrong, None if the notice was taken. Never raises.

    A card that Feishu does not understand is sent again as a plain text.

    :param bot: Who gets it.
    :param facts: What to tell.
    :param patience: How long it may take.
    """
    began = time.monotonic()
    if bot.style == "card":
        reply = _deliver(bot, card(facts), patience)
        if not reply.is_malformed:
            return reply.problem
        left = patience.total - (time.monotonic() - began)
        patience = patience._replace(total=max(left, 0.0))
    return _deliver(bot, post(facts), patience).problem


def deliver(bot: Bot, body: dict[str, Any], patience: Patience = PATIENT) -> str | None:
    """Send a notice; return what went wrong, None if it was taken. Never raises.

    :param bot: Who gets it.
    :param body: The notice, not signed yet.
    :param patience: How long it may take.
    """
    return _deliver(bot, body, patience).problem


def _deliver(bot: Bot, body: dict[str, Any], patience: Patience) -> Reply:
    data = encode(signed(body, bot.secret, time.time()) if bot.secret else body)
    return webhook.deliver(lambda: bot.url, lambda: data, _judged, [bot.secret], patience)


def _judged(answer: Answer) -> Reply:
    """Judge an answer by its code."""
    code = answer.said.get("code", answer.said.get("StatusCode"))
    code = code if type(code) is int else None
    if code == 0:
        return Reply(None)
    busy = code == TOO_OFTEN or answer.status == TOO_MANY or answer.status >= 500
    said = answer.said.get("msg", answer.said.get("StatusMessage"))
    problem = _problem(answer.status, code, said)
    is_malformed = code is not None and not busy and code not in NOT_THE_CARD
    return Reply(problem, busy, _seconds(answer.headers), is_malformed)


def _problem(status: int, code: int | None, said: object) -> str:
    """Return what Feishu answered, or a gateway before it, and what to do about it."""
    text = f"HTTP {status} and no answer that fitlog knows" if code is None else f"code {code}"
    if code is not None and status == TOO_MANY:
        text = f"HTTP {status}, {text}"
    words = " ".join(str(said or "").split())
    hint = HINTS.get(TOO_OFTEN if status == TOO_MANY else code or 0)
    return text + (f", {words}" if words else "") + (f" ({hint})" if hint else "")


def _seconds(headers: Any) -> float | None:
    try:
        wait = float(headers.get("x-ogw-ratelimit-reset", ""))
    except ValueError:
        return None
    return wait if wait >= 0 else None
