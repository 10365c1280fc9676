"""Tells a WeCom group when a run ends, meets its first NaN, or is found by a rule.

Nothing of it is imported before a run starts or ends, and nothing is sent unless a bot is
named: by ``finish(send_to_bot=...)``, by the environment or in ``.fitconfig``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fitlog_core.hookspecs import Alert, Ending, TriedNotice, hookimpl
from fitlog_core.notification import bots

if TYPE_CHECKING:
    from pathlib import Path

    from fitlog_core.notification.facts import Facts
    from fitlog_core.notification.webhook import Patience
    from fitlog_core.recording.run import Run


@hookimpl
def fitlog_run_started(run: Run) -> None:
    """Note that the run will be told of."""
    bots.run_started(SERVICE, run)


@hookimpl
def fitlog_run_finished(run: Run, ending: Ending) -> None:
    """Tell the bot how a run ended: that of ``send_to_bot``, else the configured one."""
    bots.run_finished(SERVICE, run, ending)


@hookimpl
def fitlog_first_nan(run: Run, name: str, step: int) -> None:
    """Tell the configured bot of the first NaN."""
    bots.first_nan(SERVICE, run, name, step)


@hookimpl
def fitlog_alert(log_dir: Path, alerts: Sequence[Alert]) -> Sequence[TriedNotice]:
    """Tell the configured bot of what whoever watches has found."""
    return bots.alert(SERVICE, log_dir, alerts)


@hookimpl
def fitlog_test_notice(place: Path) -> Sequence[TriedNotice]:
    """Send a test message to the configured bot."""
    return bots.test_notice(SERVICE, place)


def _send(bot: bots.Bot, facts: Facts, patience: Patience) -> str | None:
    from fitlog_plugins.wecom.delivery import send

    return send(bot, facts, patience)


SERVICE = bots.Service(
    "wecom", "WeCom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=", _send
)
