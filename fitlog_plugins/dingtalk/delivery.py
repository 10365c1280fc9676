"""The way of a notice to DingTalk: signed in the address, answered by ``errcode``."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from urllib.parse import quote_plus

from fitlog_core.notification import webhook
from fitlog_core.notification.bots import Bot
from fitlog_core.notification.facts import Facts
from fitlog_core.notification.text import judged, text_body
from fitlog_core.notification.webhook import PATIENT, Patience

LARGEST = 16_000  # bytes; DingTalk takes about 20,000 of the whole message
_OFTEN = "20 messages a minute are taken, then none for 10 minutes: a larger coalesce helps"
_ADDRESS = "the bot's address is wrong or the bot was removed"
HINTS = {
    130101: _OFTEN,
    410100: _OFTEN,
    300001: _ADDRESS,
    300005: _ADDRESS,
    400101: _ADDRESS,
    400106: _ADDRESS,
    400102: "the bot is switched off",
    310000: "one of its security settings: the key word fitlog, the signature secret and this "
    "machine's clock, or this machine's IP address",
}


def send(bot: Bot, facts: Facts, patience: Patience = PATIENT) -> str | None:
    """Tell a bot; return what went wrong, None if the notice was taken. Never raises.

    :param bot: Who gets it.
    :param facts: What to tell.
    :param patience: How long it may take.
    """
    data = text_body(facts, bot.language, LARGEST)

    def address() -> str:
        return signed(bot.url, bot.secret, time.time()) if bot.secret else bot.url

    return webhook.deliver(
        address, lambda: data, lambda answer: judged(answer, HINTS), [bot.secret], patience
    ).problem


def signed(url: str, secret: str, now: float) -> str:
    """Return an address with the signature that a bot with a secret asks for.

    The secret is the key, and the time in milliseconds with the secret below it is signed; Feishu
    has it the other way round.

    :param url: The bot's address.
    :param secret: Its secret.
    :param now: Seconds since 1970; DingTalk takes what is at most an hour old.
    """
    timestamp = str(int(now * 1000))
    signed_text = f"{timestamp}\n{secret}".encode()
    digest = hmac.new(secret.encode(), signed_text, hashlib.sha256).digest()
    sign = quote_plus(base64.b64encode(digest))
    return f"{url}&timestamp={timestamp}&sign={sign}"
