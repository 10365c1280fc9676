"""Who may come in, and who may change something.

Three questions, asked before every route, static files included: is the board addressed by a name
of its own (else a web page elsewhere could reach it under a name it controls), does the visitor
know the token if there is one, and does a change come from the board's own pages.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import Flask, Request, Response, make_response, redirect, request
from markupsafe import escape
from werkzeug.wrappers import Response as AnyResponse

from fitlog_core.sentences import sentence
from fitlog_web.answers import answer
from fitlog_web.languages import language
from fitlog_web.paths import raw_path, without_token
from fitlog_web.sentences import in_chinese, parts_of

CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SCRIPT_HEADER = "X-Fitlog"
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^:\[\]/@\\\s]+)(?::\d{1,5})?", re.ASCII)
_OLD_ADDRESS = re.compile(r"/table/(?P<token>[^/]+)/?")


@dataclass(frozen=True)
class Rules:
    """What decides about visitors.

    :param token: What they must know, None where anyone who reaches the board may use it.
    :param port: Port of the board; names the cookie, since cookies are shared by all ports.
    :param hosts: Further names under which the board is reached.
    """

    token: str | None = None
    port: int = 5000
    hosts: frozenset[str] = field(default_factory=frozenset)

    @property
    def cookie(self) -> str:
        """Return the name of the cookie that remembers a visitor who knew the token."""
        return f"fitlog-{self.port}"

    @property
    def cookie_value(self) -> str:
        """Return what the cookie holds: proof of the token, not the token."""
        return hashlib.sha256(b"fitlog board\0" + _bytes(self.token or "")).hexdigest()


class RefusedError(Exception):
    """A visitor is sent away, with a status and a sentence that says why."""

    def __init__(self, status: int, sentence: str) -> None:
        """Keep the status and the sentence."""
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def rules_for(token: str | None, port: int, allow_hosts: Iterable[str] = ()) -> Rules:
    """Return the rules of a board, this machine's own names among the hosts."""
    own = socket.gethostname()
    named = {"localhost", own, own.split(".")[0], *map(_bare_name, allow_hosts)}
    return Rules(token, port, frozenset(name.lower().rstrip(".") for name in named if name))


def guard(app: Flask, rules: Rules) -> None:
    """Ask the three questions before every request of an app."""

    @app.before_request
    def check() -> AnyResponse | None:
        check_host(request.headers.get("Host"), rules)
        entered = _enter(request, rules)
        if entered is not None:
            return entered
        if request.method in CHANGES:
            check_change(request)
        return None

    @app.errorhandler(RefusedError)
    def refuse(refused: RefusedError) -> Response:
        return _refusal(refused)


def check_host(host: str | None, rules: Rules) -> None:
    """Let a request pass whose Host header names this board.

    :raises RefusedError: (421) if the name is neither an address, nor this machine's, nor allowed.
    """
    name = host_name(host)
    if name in rules.hosts or _is_address(name):
        return
    raise RefusedError(
        421,
        sentence(
            "host.unknown",
            "this board does not answer to the name {name!r}; if it is yours, start it "
            "with --allow-host NAME",
            name=name or host,
        ),
    )


def host_name(host: str | None) -> str:
    """Return the name in a Host header, without the port; empty if there is none."""
    found = _HOST.fullmatch(host or "")
    return found["name"].strip("[]").rstrip(".").lower() if found else ""


def check_change(asked: Request) -> None:
    """Let a change pass that one of the board's own pages makes, or a script that says so.

    A browser says where a request comes from: by Sec-Fetch-Site, which counts first since a proxy
    may rewrite Host, else by Origin. What says neither is no browser, and must carry a header
    that a foreign web page cannot set.

    :raises RefusedError: (403) for any other origin, (415) for anything but JSON.
    """
    site, origin = asked.headers.get("Sec-Fetch-Site"), asked.headers.get("Origin")
    if site is not None:
        allowed = site == "same-origin"
    elif origin is not None:
        allowed = _is_same(origin, asked.headers.get("Host", ""))
    else:
        allowed = SCRIPT_HEADER in asked.headers
    if not allowed:
        raise RefusedError(
            403,
            sentence(
                "change.foreign",
                "changes are made from the board's own pages only; a script sends the header "
                "{header}: 1 and no Origin",
                header=SCRIPT_HEADER,
            ),
        )
    if asked.mimetype != "application/json":
        raise RefusedError(
            415,
            sentence(
                "change.no_json", "a change is sent as JSON, with Content-Type: application/json"
            ),
        )


def knows_token(asked: Request, rules: Rules) -> bool:
    """Tell whether a request carries the cookie or, as scripts do, the token in a header."""
    cookie = asked.cookies.get(rules.cookie, "")
    if _equal(cookie, rules.cookie_value):
        return True
    scheme, _, given = asked.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and _equal(given.strip(), rules.token or "")


def _enter(asked: Request, rules: Rules) -> AnyResponse | None:
    """Let a visitor in; one who brings the token in the address gets a cookie for it.

    :returns: where the visitor is sent instead, if anywhere.
    :raises RefusedError: (401) without the token.
    """
    given = _token_in_address(asked, rules)
    if rules.token is None:
        return None
    if given is not None and _equal(given, rules.token):
        response: AnyResponse = redirect(without_token(asked))
        response.headers["Cache-Control"] = "no-store"
        response.set_cookie(rules.cookie, rules.cookie_value, httponly=True, samesite="Strict")
        return response
    if knows_token(asked, rules):
        return None
    raise RefusedError(
        401,
        sentence(
            "token.needed", "this board needs its token: open the address that `fitlog log` printed"
        ),
    )


def _token_in_address(asked: Request, rules: Rules) -> str | None:
    """Return the token of ``?token=``, or of fitlog 0.9's ``/table/TOKEN``."""
    if asked.method not in ("GET", "HEAD"):
        return None
    old = _OLD_ADDRESS.fullmatch(asked.path)
    return asked.args.get("token") or (old["token"] if old and rules.token else None)


def _refusal(refused: RefusedError) -> Response:
    """Return the sentence as JSON, or as a page that tells nothing else about the board."""
    if "/api/" in raw_path(request):
        said = {"error": refused.sentence, "sentence": parts_of(refused.sentence)}
        response = answer(said, refused.status)
    else:
        response = make_response(_page(refused), refused.status)
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(refused: RefusedError) -> str:
    # A strict cookie is not sent where a link elsewhere led here; asked again by this page, it is.
    elsewhere = refused.status == 401 and request.headers.get("Sec-Fetch-Site") == "cross-site"
    again = '<meta http-equiv="refresh" content="0">' if elsewhere else ""
    is_chinese = language() == "zh"
    spoken = "zh-CN" if is_chinese else "en"
    said = in_chinese(refused.sentence) if is_chinese else refused.sentence
    titles = ("A token is needed", "需要口令") if refused.status == 401 else ("Refused", "已拒绝")
    return (
        f'<!doctype html><html lang="{spoken}"><meta charset="utf-8">{again}'
        '<meta name="viewport" content="width=device-width">'
        # The board's style sheets are for those who are in; the browser's own know both themes.
        '<meta name="color-scheme" content="light dark">'
        f"<title>{refused.status} · fitlog</title>"
        f"<main><h1>{titles[is_chinese]}</h1><p>{escape(said)}</p></main></html>"
    )


def _bare_name(given: str) -> str:
    """Return the name in what somebody took from a browser's address: ``https://name:443/``."""
    bare = given.rpartition("://")[2].partition("/")[0]
    found = _HOST.fullmatch(bare)
    return found["name"].strip("[]") if found else bare


def _is_same(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    port = {"http": ":80", "https": ":443"}.get(parts.scheme)
    if port is None:
        return False
    return parts.netloc.lower().removesuffix(port) == host.lower().removesuffix(port)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _equal(given: str, right: str) -> bool:
    return bool(right) and hmac.compare_digest(_bytes(given), _bytes(right))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
