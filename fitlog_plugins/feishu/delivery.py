"""The way of a notice to Feishu: one POST, tried again only where that can help."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from fitlog_core.notification.bounded import within
from fitlog_core.notification.facts import Facts
from fitlog_plugins.feishu.message import card, encode, post, signed
from fitlog_plugins.feishu.settings import Bot

TOO_OFTEN = 11232
TOO_MANY = http.HTTPStatus.TOO_MANY_REQUESTS  # with whatever code, also a gateway's own
MOST_BYTES = 65_536
LONGEST_PROBLEM = 300

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


class Patience(NamedTuple):
    """How long a delivery may take.

    :param pauses: Seconds before each further try.
    :param seconds: Most seconds for one try.
    :param total: Most seconds for all of it.
    """

    pauses: tuple[float, ...] = (1.0, 2.0)
    seconds: float = 5.0
    total: float = 20.0


PATIENT = Patience()
ONE_TRY = Patience(pauses=(), total=5.0)  # a malformed card and its post together, too


class Reply(NamedTuple):
    """How one try went.

    :param problem: What went wrong, None if the notice was taken.
    :param again: Whether another try can help.
    :param wait: After how many seconds the server wants to be asked again, if it said.
    :param is_malformed: Whether the message itself was refused.
    """

    problem: str | None
    again: bool = False
    wait: float | None = None
    is_malformed: bool = False


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
    deadline = time.monotonic() + patience.total
    pauses = list(patience.pauses)
    while True:
        reply = _try(bot, data, min(patience.seconds, deadline - time.monotonic()))
        if reply.problem is None:
            return reply
        if not (reply.again and pauses):
            break
        pause = pauses.pop(0)
        if reply.wait is not None and reply.wait <= patience.seconds:
            pause = max(pause, reply.wait)
        if time.monotonic() + pause >= deadline:
            break
        time.sleep(pause)
    return reply._replace(problem=_without_secrets(reply.problem, bot)[:LONGEST_PROBLEM])


def _try(bot: Bot, data: bytes, seconds: float) -> Reply:
    limit = max(seconds, 0.1)
    return within(
        limit,
        lambda: _post(bot, data, limit),
        late=_late(limit),
        failed=lambda error: Reply(type(error).__name__),
    )


def _late(seconds: float) -> Reply:
    return Reply(f"no answer within {seconds:.0f} s; it may have arrived all the same")


def _post(bot: Bot, data: bytes, limit: float) -> Reply:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    request = urllib.request.Request(bot.url, data, headers, method="POST")  # noqa: S310 - checked
    try:
        with _open(request, limit) as response:
            return _read(response)
    except urllib.error.URLError as error:
        refused = isinstance(error.reason, ConnectionRefusedError)
        return Reply(f"no connection ({error.reason})", again=refused)
    except TimeoutError:
        return _late(limit)
    except (OSError, http.client.HTTPException) as error:
        # Reading broke off, so it may have arrived: not again.
        return Reply(f"the answer broke off ({type(error).__name__})")


def _open(request: urllib.request.Request, limit: float) -> Any:
    try:
        return urllib.request.build_opener(_NoRedirect).open(request, timeout=limit)
    except urllib.error.HTTPError as error:
        return error  # an answer like any other, whatever its status


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The address is a credential and the message is private: neither goes anywhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _read(response: Any) -> Reply:
    """Judge an answer by its code; the HTTP status only says whether to try again."""
    try:
        answer = json.loads(response.read(MOST_BYTES))
    except (ValueError, RecursionError):
        answer = None
    code = answer.get("code", answer.get("StatusCode")) if isinstance(answer, dict) else None
    code = code if type(code) is int else None
    if code == 0:
        return Reply(None)
    busy = code == TOO_OFTEN or response.status == TOO_MANY or response.status >= 500
    said = answer.get("msg", answer.get("StatusMessage")) if isinstance(answer, dict) else None
    problem = _problem(response.status, code, said)
    is_malformed = code is not None and not busy and code not in NOT_THE_CARD
    return Reply(problem, busy, _seconds(response.headers), is_malformed)


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


def _without_secrets(text: str, bot: Bot) -> str:
    """Return a text without the parts of the address and the secret that it may repeat."""
    parts = urlsplit(bot.url)
    token = parts.path.rpartition("/")[2]
    for secret in (bot.url, parts.path, token, parts.query, bot.secret):
        if len(secret) > 3:  # a shorter one, such as "/", is no credential
            text = text.replace(secret, "***")
    return text
