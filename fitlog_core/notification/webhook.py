"""The way of a notice to a bot's address: one POST, tried again only where that can help."""

from __future__ import annotations

import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from fitlog_core.errors import PluginError
from fitlog_core.notification.bounded import within

MOST_BYTES = 65_536
LONGEST_PROBLEM = 300
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})

# A name with a dot in it, or an address; a lone word after https:// may be a token.
_HOST = r"[a-z0-9_-]+(\.[a-z0-9_-]+)+\.?|[0-9a-f:.]+:[0-9a-f:.]*|localhost"


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


class Answer(NamedTuple):
    """What a server said.

    :param status: HTTP status; it only says whether to try again.
    :param headers: Of the answer.
    :param said: The JSON object in it, empty if there is none.
    """

    status: int
    headers: Any
    said: dict[str, Any]


Judge = Callable[[Answer], Reply]


def check_address(given: object, where: str, whose: str, example: str) -> str:
    """Return a bot's address without the spaces around it.

    :param given: What stands there.
    :param where: What to call the place in messages.
    :param whose: What to call the bot in messages, such as ``a Feishu bot``.
    :param example: How such an address begins.
    :raises PluginError: if it is no https address; http will do on this machine.
    """
    rule = f"{where} must be the https address of {whose}"
    if not isinstance(given, str):
        raise PluginError(f"{rule}, got a value of type {type(given).__name__}")
    address = given.strip()
    if not address:
        raise PluginError(f"{rule}, got an empty text")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port  # the port is read to have it checked
    except ValueError:
        host = ""
    # urllib refuses other characters with a message that repeats the address.
    if not re.fullmatch(_HOST, host) or not address.isascii() or re.search(r"[^!-~]", address):
        raise PluginError(f"{rule} ({example}...)")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOCAL):
        raise PluginError(f"{rule}, got one at {host} that does not begin with https://")
    return address


def deliver(
    address: Callable[[], str],
    data: Callable[[], bytes],
    judge: Judge,
    secrets: Iterable[str],
    patience: Patience,
) -> Reply:
    """Send a notice. Never raises.

    :param address: Returns where to, asked at each try: it may be signed by the time.
    :param data: Returns the body, likewise.
    :param judge: Tells what an answer means.
    :param secrets: What no message may repeat.
    :param patience: How long it may take.
    """
    deadline = time.monotonic() + patience.total
    pauses = list(patience.pauses)
    known: list[str] = list(secrets)
    while True:
        url = address()
        known += _parts_of(url)
        reply = _try(url, data(), judge, min(patience.seconds, deadline - time.monotonic()))
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
    return reply._replace(problem=_without(known, reply.problem)[:LONGEST_PROBLEM])


def _try(url: str, data: bytes, judge: Judge, seconds: float) -> Reply:
    limit = max(seconds, 0.1)
    return within(
        limit,
        lambda: _post(url, data, judge, limit),
        late=_late(limit),
        failed=lambda error: Reply(type(error).__name__),
    )


def _late(seconds: float) -> Reply:
    return Reply(f"no answer within {seconds:.0f} s; it may have arrived all the same")


def _post(url: str, data: bytes, judge: Judge, limit: float) -> Reply:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    request = urllib.request.Request(url, data, headers, method="POST")  # noqa: S310 - checked
    try:
        with _open(request, limit) as response:
            return judge(Answer(response.status, response.headers, _said(response)))
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


def _said(response: Any) -> dict[str, Any]:
    try:
        answer = json.loads(response.read(MOST_BYTES))
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _parts_of(url: str) -> list[str]:
    """Return the parts of an address that may be credentials."""
    parts = urlsplit(url)
    values = [pair.partition("=")[2] for pair in parts.query.split("&")]
    plain = [unquote(value) for value in values]
    return [url, parts.path, parts.path.rpartition("/")[2], parts.query, *values, *plain]


def _without(secrets: Iterable[str], text: str) -> str:
    """Return a text without secrets that it may repeat."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) > 3:  # a shorter one, such as "/", is no credential
            text = text.replace(secret, "***")
    return text
