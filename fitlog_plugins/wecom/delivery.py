"""The way of a notice to WeCom: the key stands in the address, the answer in ``errcode``."""

from __future__ import annotations

from fitlog_core.notification import webhook
from fitlog_core.notification.bots import Bot
from fitlog_core.notification.facts import Facts
from fitlog_core.notification.text import judged, text_body
from fitlog_core.notification.webhook import PATIENT, Patience

LARGEST = 2048  # bytes of a text that WeCom takes
HINTS = {
    93000: "the bot's address is wrong or the bot was removed",
    45009: "20 messages a minute are taken: a larger coalesce helps",
}


def send(bot: Bot, facts: Facts, patience: Patience = PATIENT) -> str | None:
    """Tell a bot; return what went wrong, None if the notice was taken. Never raises.

    :param bot: Who gets it.
    :param facts: What to tell.
    :param patience: How long it may take.
    """
    data = text_body(facts, bot.language, LARGEST)
    return webhook.deliver(
        lambda: bot.url, lambda: data, lambda answer: judged(answer, HINTS), (), patience
    ).problem
