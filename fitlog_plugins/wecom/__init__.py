"""Tells a WeCom group when a run ends, meets its first NaN, or is found by a rule.

What sends is imported once there is somebody to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fitlog_core.notification.bots import Bot, Notifier, Service

if TYPE_CHECKING:
    from fitlog_core.notification.facts import Facts
    from fitlog_core.notification.webhook import Patience


def _send(bot: Bot, facts: Facts, patience: Patience) -> str | None:
    from fitlog_plugins.wecom.delivery import send

    return send(bot, facts, patience)


notifier = Notifier(
    Service("wecom", "WeCom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=", _send)
)
