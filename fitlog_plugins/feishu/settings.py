"""Which bots are told: what the call, the environment and ``.fitconfig`` say."""

from __future__ import annotations

import re
from typing import NamedTuple

from fitlog_core.errors import PluginError
from fitlog_core.notification.options import (
    Options,
    bot_of,
    is_feishu,
    is_for_apprise,
    scheme_of,
    split_targets,
)

# Asked at the start and the end of every run, most of which tell nobody: what only an address
# needs is imported where it is used.

STYLES = ("card", "post")
HOOK = "/open-apis/bot/v2/hook/"
HOSTS = {"feishu": "https://open.feishu.cn", "lark": "https://open.larksuite.com"}

_SHORT = r"(?i)(feishu|lark)://(?:([!-.0-9;-?A-~]+)@)?([\w-]+)/?(?:\?.*)?"


class Bot(NamedTuple):
    """A bot of a Feishu group.

    :param url: Its webhook. Whoever knows it can write to the group, so it is never shown.
    :param secret: Its signature secret, empty if it asks for no signature.
    :param style: ``card`` or ``post``.
    """

    url: str
    secret: str
    style: str = "post"

    @property
    def host(self) -> str:
        """The part of the address that may be shown."""
        from urllib.parse import urlsplit

        return urlsplit(self.url).hostname or ""


class Choice(NamedTuple):
    """Who is to be told.

    :param bots: The bots, each once.
    :param problems: What is wrong with an address that counts, without repeating it.
    """

    bots: list[Bot]
    problems: list[str]


def choose_bots(given: object, options: Options) -> Choice:
    """Return the bots to tell; none if nobody asked for a notice.

    :param given: What ``finish`` got as ``send_to_bot``, None if nothing.
    :param options: What is configured for the run.
    """
    if given is not None:
        wanted = [] if is_for_apprise(given) or bot_of(given) else [(given, "send_to_bot")]
    else:
        webhook = options.get("feishu webhook")
        wanted = [(webhook, options.where("feishu webhook"))] if webhook else []
        wanted += [
            (target, options.where("apprise"))
            for target in split_targets(options.get("apprise"))
            if is_feishu(target)
        ]
    return _checked(wanted, options)


def check_address(given: object, where: str) -> str:
    """Return a bot's address without the spaces around it.

    :param given: What stands there.
    :param where: What to call the place in messages.
    :raises PluginError: if it is no https address; http will do on this machine.
    """
    from fitlog_core.notification import webhook

    return webhook.check_address(given, where, "a Feishu bot", f"{HOSTS['feishu']}{HOOK}")


def _checked(wanted: list[tuple[object, str]], options: Options) -> Choice:
    bots: dict[str, Bot] = {}
    problems = []
    for given, where in wanted:
        try:
            bot = _bot(given, where, options)
        except PluginError as error:
            problems.append(str(error))
        else:
            bots.setdefault(bot.url, bot)
    return Choice(list(bots.values()), problems)


def _bot(given: object, where: str, options: Options) -> Bot:
    style = options.get("feishu style").lower()
    if style not in STYLES:
        raise PluginError(f"{options.where('feishu style')} must be card or post, got {style!r}")
    if isinstance(given, str) and scheme_of(given) in HOSTS:
        match = re.fullmatch(_SHORT, given.strip())
        if match is None:
            raise PluginError(f"{where} must be written feishu://TOKEN or feishu://SECRET@TOKEN")
        scheme, secret, token = match[1].lower(), match[2] or "", match[3]
        return Bot(f"{HOSTS[scheme]}{HOOK}{token}", secret, style)
    return Bot(check_address(given, where), options.get("feishu secret"), style)
