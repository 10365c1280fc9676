"""The board's server: a socket of its own first, then waitress until somebody ends it."""

from __future__ import annotations

import errno
import ipaddress
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any

from flask import Flask
from waitress import wasyncore  # type: ignore[import-untyped]
from waitress.adjustments import Adjustments  # type: ignore[import-untyped]

from fitlog_core.errors import FitlogError
from fitlog_web import visitors
from fitlog_web.api_end import ENDING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PORTS_TRIED = 200
SWITCH = 0.0005  # seconds
WAKING = 2.5  # seconds after which the loop wakes by itself; a page asks sooner, and wakes it
LAST_WORDS = 2.0  # seconds in which the last answer is sent
LARGEST_HEADERS = 64 * 1024
LARGEST_BODY = 8 * 1024 * 1024  # the app refuses less; this is for what never reaches it
TAKEN = (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE))


class ServerError(FitlogError):
    """The board cannot listen where it was told to."""


class LastVisit:
    """Stands before an app and notes when somebody last asked it for something."""

    def __init__(self, app: Callable[..., Any]) -> None:
        """Note visits of ``app``."""
        self._app = app
        self._when = time.monotonic()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Pass a request on to the app."""
        self._when = time.monotonic()
        return self._app(environ, start_response)

    @property
    def ago(self) -> float:
        """Return the seconds since the last request, or since the start."""
        return time.monotonic() - self._when


def bind(ip: str, port: int) -> socket.socket:
    """Return a socket bound to the address, at the next free port where that one is taken.

    :param port: Where to begin; 0 for any that is free.
    :raises ServerError: if there is no such address here, or no port to be had.
    """
    last = min(port + PORTS_TRIED, 65535) if port else 0
    for candidate in range(port, last + 1):
        try:
            return _bound(ip, candidate)
        except OSError as error:
            if error.errno not in TAKEN:
                raise ServerError(
                    f"the board cannot listen at {ip}, port {candidate}: "
                    f"{error.strerror or error}; choose others with --ip and --port"
                ) from error
    raise ServerError(f"all ports from {port} to {last} are taken: choose another with --port")


class End(Enum):
    """Why a board ended."""

    INTERRUPTED = "Ctrl-C, or a signal"
    LONELY = "nobody came"
    ASKED = "a visitor asked for it"


def serve(app: Flask, listening: socket.socket, standby_seconds: float) -> End:
    """Answer requests until Ctrl-C, until a visitor ends it, or nobody came for that long."""
    asked = app.extensions[ENDING] = threading.Event()
    # It warns of queues longer than its threads, and where it is full; see visitors.tidy.
    logging.getLogger("waitress").setLevel(logging.ERROR)
    calls = LastVisit(app)
    channels: dict[int, Any] = {}
    most = visitors.room()
    server = _server(calls, listening, channels, most)
    tidied, interval = time.monotonic(), sys.getswitchinterval()
    # Whoever waits for the network gets the processor back at once, not when a table is made.
    sys.setswitchinterval(SWITCH)
    try:
        while calls.ago < standby_seconds and not asked.is_set():
            left = max(0.01, min(WAKING, standby_seconds - calls.ago))
            wasyncore.loop(timeout=left, use_poll=True, map=channels, count=1)
            tidied = _look_after(server.active_channels, most, tidied)
        if not asked.is_set():
            return End.LONELY
        _send_the_rest(channels)
        return End.ASKED
    except (KeyboardInterrupt, SystemExit):
        return End.INTERRUPTED
    finally:
        sys.setswitchinterval(interval)
        server.task_dispatcher.shutdown()
        server.close()
        wasyncore.close_all(channels, ignore_all=True)  # visitors whose connection is still open


def _server(app: Any, listening: socket.socket, channels: dict[int, Any], most: int) -> Any:
    # Connections have it from there; in a large buffer lie answers that nobody reads.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, visitors.WAITING)
    adjustments = Adjustments(
        sockets=[listening],
        connection_limit=most,
        channel_timeout=visitors.SILENCE,
        cleanup_interval=visitors.TIDYING,
        outbuf_high_watermark=visitors.WAITING,
        ident=None,
        max_request_header_size=LARGEST_HEADERS,
        max_request_body_size=LARGEST_BODY,
        # They are believed in nothing, but they tell that a proxy speaks for somebody else.
        clear_untrusted_proxy_headers=False,
    )
    place = (listening.family, listening.type, listening.proto, listening.getsockname())
    return visitors.Door(
        app,
        channels,
        True,
        listening,
        dispatcher=visitors.Crew(),
        adj=adjustments,
        bind_socket=False,
        sockinfo=place,
    )


def _look_after(visits: dict[int, Any], most: int, tidied: float) -> float:
    """Look after the visitors where it is time to; return when that was last done."""
    now = time.monotonic()
    if now - tidied >= visitors.TIDYING or visitors.is_full(visits, most):
        visitors.tidy(list(visits.values()), most)
        return now
    if len(visits) >= visitors.CROWDED:
        time.sleep(visitors.PAUSE)  # a turn asks all of them, so it is for several at once
    return tidied


def _send_the_rest(channels: dict[int, Any]) -> None:
    """Let who asked for the end have the answer, which takes no longer than a moment."""
    until = time.monotonic() + LAST_WORDS
    while time.monotonic() < until:
        if not any(getattr(each, "total_outbufs_len", 0) for each in channels.values()):
            return
        wasyncore.loop(timeout=0.1, use_poll=True, map=channels, count=1)


def is_local(ip: str) -> bool:
    """Tell whether only this machine reaches the address that a socket is bound to."""
    return ipaddress.ip_address(ip.partition("%")[0]).is_loopback


def addresses(listening: socket.socket) -> list[str]:
    """Return the ``host:port`` pairs under which a bound socket is reached, best first."""
    ip, port = listening.getsockname()[:2]
    address = ipaddress.ip_address(ip.partition("%")[0])
    hosts = [ip] if not address.is_unspecified else [*_outward(listening.family), _loop(address)]
    return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host in hosts]


def _bound(ip: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        ip, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    made = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it would let two boards share a port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made


def _outward(family: int) -> Iterator[str]:
    """Yield the address that this machine has in its network; no packet is sent to find it."""
    far = "2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1"  # for documentation only
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((far, 9))
        except OSError:  # no network: only this machine can come
            return
        yield probe.getsockname()[0]


def _loop(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    return "::1" if address.version == 6 else "127.0.0.1"
