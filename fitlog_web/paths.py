"""Addresses inside the board: all relative, so that it works below any path of a proxy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus

from flask import Request, request, url_for

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~@:%+-]+)+/?")


class PrefixMiddleware:
    """Take the path a proxy serves the board under from a request that still carries it.

    Most proxies take it off themselves; the board's links are right either way. A header that is
    no plain path (another host, a scheme) is passed over.
    """

    def __init__(self, app: WSGIApplication) -> None:
        """Stand before ``app``."""
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request as the app below the prefix."""
        prefix = environ.get("HTTP_X_FORWARDED_PREFIX", "")
        if _PREFIX.fullmatch(prefix) and ".." not in prefix:
            prefix = prefix.rstrip("/")
            path = environ.get("PATH_INFO", "")
            if path == prefix or path.startswith(f"{prefix}/"):
                environ["PATH_INFO"] = path[len(prefix) :] or "/"
                environ["fitlog.prefix"] = prefix
        # An empty path would be answered with a redirect to a host's name.
        environ["PATH_INFO"] = environ.get("PATH_INFO") or "/"
        return self._app(environ, start_response)


def raw_path(asked: Request) -> str:
    """Return the path of a request as it was sent, without the prefix of a proxy."""
    address = asked.environ.get("REQUEST_URI") or quote(asked.path)
    if not address.startswith("/"):  # the absolute form, which a proxy may send
        address = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*", "", address) or "/"
    path = address.partition("?")[0].partition("#")[0]
    return path.removeprefix(asked.environ.get("fitlog.prefix", ""))


def root(asked: Request | None = None) -> str:
    """Return the way from the page that was asked for to the board's root, as ``./`` or ``../``."""
    depth = raw_path(asked or request).count("/") - 1
    return "../" * depth if depth > 0 else "./"


def relative_url_for(endpoint: str, **values: Any) -> str:
    """Return the address of a route, relative to the page that was asked for."""
    address = url_for(endpoint, **values)
    return root() + address.removeprefix(request.script_root).lstrip("/")


def without_token(asked: Request) -> str:
    """Return the relative address of the page that was asked for, without the token in it."""
    path = raw_path(asked)
    if asked.path.startswith("/table/"):
        return f"{root(asked)}runs"
    query = "&".join(
        part
        for part in asked.query_string.decode("latin-1").split("&")
        if part and unquote_plus(part.partition("=")[0]) != "token"
    )
    # Without ./ a name with a colon in it would be taken for the scheme of another address.
    return "./" + path.rpartition("/")[2] + (f"?{query}" if query else "")


def listed(name: str) -> list[str]:
    """Return the values of a parameter that holds a list, each as it was meant.

    The commas of the list stand bare in the address; one inside a value is written ``%2C``.
    """
    found: list[str] = []
    for part in request.query_string.decode("latin-1").split("&"):
        key, _, values = part.partition("=")
        if unquote_plus(key) == name:
            found.extend(unquote_plus(value) for value in values.split(",") if value)
    return found


def chosen(name: str, known: Callable[[str], bool]) -> list[str]:
    """Return the values of a list, taking ``a%2Cb`` apart where nothing of that name is known."""
    result: list[str] = []
    for value in listed(name):
        result.extend([value] if known(value) or "," not in value else value.split(","))
    return list(dict.fromkeys(value for value in result if value))
