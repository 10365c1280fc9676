"""Whether a visitor sits at the machine of the board: some requests reach beyond the logs."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from flask import Request, current_app, request

from fitlog_core.sentences import sentence
from fitlog_web.access import RefusedError, host_name

EXTENSION = "fitlog-revert"  # the app's extension that holds the rules
# What proxies add; behind one, everybody comes from this machine.
_BY_PROXY = (
    *("Forwarded", "Via", "X-Real-Ip", "X-Forwarded-For", "X-Forwarded-Host"),
    *("X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Forwarded-Port", "X-Forwarded-Server"),
)


@dataclass(frozen=True)
class RevertRules:
    """Who may have code written to a folder.

    :param local: Whether only this machine reaches the board, and by no other name.
    :param for_all: Whether everybody may who comes in.
    """

    local: bool = False
    for_all: bool = False


def may_revert() -> bool:
    """Tell whether the visitor may have code written to a folder."""
    rules: RevertRules = current_app.extensions[EXTENSION]
    return rules.for_all or (rules.local and is_from_here(request))


def check_may_revert() -> None:
    """Let those pass who may have code written to a folder.

    :raises RefusedError: (403) for all others.
    """
    if not may_revert():
        raise RefusedError(
            403,
            sentence(
                "revert.elsewhere",
                "code is brought back to a folder only from a browser on the machine of the "
                "board; run 'fitlog revert' there, or start the board with --allow-revert",
            ),
        )


def check_may_look_at_work_tree() -> None:
    """Let those pass who may see the project's files as they are now, which no run recorded.

    :raises RefusedError: (403) for all others.
    """
    if not may_revert():
        raise RefusedError(
            403,
            sentence(
                "tree.elsewhere",
                "the working tree is shown only to a browser on the machine of the board; run "
                "'fitlog diff' there, or start the board with --allow-revert",
            ),
        )


def is_from_here(asked: Request) -> bool:
    """Tell whether a request comes from this machine, and no proxy speaks for somebody else."""
    name = host_name(asked.headers.get("Host"))
    return (
        _is_loopback(asked.remote_addr or "")
        and (name == "localhost" or _is_loopback(name))
        and not any(header in asked.headers for header in _BY_PROXY)
    )


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
