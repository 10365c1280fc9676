"""Notifiers of one bot: a plugin is a :class:`Notifier` of its service.

Asked at the start and the end of every run, most of which tell nobody: what only a notice needs is
imported once there is somebody to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from fitlog_core.hookspecs import Alert, Ending, TriedNotice, hookimpl
from fitlog_core.notices import say
from fitlog_core.notification.options import Options, bot_of

if TYPE_CHECKING:
    from pathlib import Path

    from fitlog_core.notification.facts import Facts
    from fitlog_core.notification.mailbox import Mailbox
    from fitlog_core.notification.webhook import Patience
    from fitlog_core.recording.run import Run


class Bot(NamedTuple):
    """A bot of a group.

    :param url: Its webhook. Whoever knows it can write to the group, so it is never shown.
    :param secret: Its signature secret, empty if it asks for no signature.
    :param language: ``zh_cn`` or ``en_us``.
    """

    url: str
    secret: str = ""
    language: str = "zh_cn"

    @property
    def host(self) -> str:
        """The part of the address that may be shown."""
        from urllib.parse import urlsplit

        return urlsplit(self.url).hostname or ""


class Service(NamedTuple):
    """A service whose bots are told.

    :param name: ``dingtalk`` or ``wecom``, as its settings begin.
    :param title: What people call it.
    :param example: How the address of a bot begins.
    :param send: Tells a bot; returns what went wrong, None if the notice was taken. Never raises.
    """

    name: str
    title: str
    example: str
    send: Callable[[Bot, Facts, Patience], str | None]


class Notifier:
    """A plugin that tells a bot when a run ends, meets its first NaN, or is found by a rule.

    Nothing is sent unless a bot is named: by ``finish(send_to_bot=...)``, by the environment or in
    ``.fitconfig``.

    :param service: Whose bots it tells.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    @hookimpl
    def fitlog_run_started(self, run: Run) -> None:
        """Note that the run will be told of."""
        options = Options.around(run)
        bot = _bot(self._service, None, options, is_silent=True)
        if bot is not None:
            from fitlog_core.notification import sweep

            sweep.started(_mailbox(self._service, bot, run, options), run.get_log_id())

    @hookimpl
    def fitlog_run_finished(self, run: Run, ending: Ending) -> None:
        """Tell how a run ended: the bot of ``send_to_bot`` if one is given, else the configured."""
        options = Options.around(run)
        bot = _bot(self._service, ending.send_to, options)
        if bot is not None:
            from fitlog_core.notification import facts
            from fitlog_core.notification.webhook import PATIENT

            told = facts.of_ending(run.get_log_folder(absolute=True), ending, options)
            _tell(self._service, bot, run, told, options, PATIENT)

    @hookimpl
    def fitlog_first_nan(self, run: Run, name: str, step: int) -> None:
        """Tell of the first NaN; the training waits for it, so one try must do."""
        options = Options.around(run)
        bot = _bot(self._service, None, options, is_silent=True)
        if bot is not None:
            from fitlog_core.notification import facts
            from fitlog_core.notification.webhook import ONE_TRY

            told = facts.of_nan(run.get_log_folder(absolute=True), name, step, options)
            _tell(self._service, bot, run, told, options, ONE_TRY)

    @hookimpl
    def fitlog_alert(self, log_dir: Path, alerts: Sequence[Alert]) -> list[TriedNotice]:
        """Tell the configured bot of what whoever watches has found."""
        from fitlog_core.notification import facts

        options = Options(log_dir)
        return _tried(self._service, options, lambda: facts.of_alerts(log_dir, alerts, options))

    @hookimpl
    def fitlog_test_notice(self, place: Path) -> list[TriedNotice]:
        """Send a test message to the configured bot."""
        from fitlog_core.notification import facts

        return _tried(self._service, Options(place), facts.of_test)


def _tried(service: Service, options: Options, told: Callable[[], Facts]) -> list[TriedNotice]:
    from fitlog_core.errors import PluginError
    from fitlog_core.notification.webhook import PATIENT

    try:
        bot = _chosen(service, None, options)
    except PluginError as error:
        return [TriedNotice(service.name, str(error))]
    if bot is None:
        return []
    return [TriedNotice(f"{service.name} ({bot.host})", service.send(bot, told(), PATIENT))]


def _bot(service: Service, given: object, options: Options, is_silent: bool = False) -> Bot | None:
    """Return whom to tell; what is wrong with an address is told at the end of the run only."""
    from fitlog_core.errors import PluginError

    try:
        return _chosen(service, given, options)
    except PluginError as error:
        if not is_silent:
            say(f"{error}; no notice is sent")
        return None


def _chosen(service: Service, given: object, options: Options) -> Bot | None:
    """Return the bot that is asked for, None if nobody asked for one of these.

    :raises PluginError: if its address, or a setting that counts for it, can be none.
    """
    if given is not None and bot_of(given) != service.name:
        return None
    setting = f"{service.name} webhook"
    wanted, where = given, "send_to_bot"
    if given is None:
        wanted, where = options.get(setting), options.where(setting)
    if not wanted:
        return None
    from fitlog_core.errors import PluginError
    from fitlog_core.notification.webhook import check_address

    url = check_address(wanted, where, f"a {service.title} bot", service.example)
    if bot_of(url) != service.name:
        raise PluginError(
            f"{where} must be the address of a {service.title} bot ({service.example}...)"
        )
    secret = options.get("dingtalk secret") if service.name == "dingtalk" else ""
    language = options.get("notice language").lower()
    if language not in ("zh", "en"):
        raise PluginError(f"{options.where('notice language')} must be zh or en, got {language!r}")
    return Bot(url, secret, "zh_cn" if language == "zh" else "en_us")


def _tell(
    service: Service, bot: Bot, run: Run, told: Facts, options: Options, patience: Patience
) -> None:
    from fitlog_core.notification import sweep

    def send(facts: Facts) -> str | None:
        return service.send(bot, facts, patience)

    problem = sweep.tell(told, _mailbox(service, bot, run, options), send)
    if problem is not None:
        name = told.id or "without records"
        say(f"{bot.host} did not take the notice of run {name}: {problem}")


def _mailbox(service: Service, bot: Bot, run: Run, options: Options) -> Mailbox | None:
    from fitlog_core.notification.sweep import mailbox_for

    return mailbox_for(f"{service.name} {bot.url}", run.get_log_dir(absolute=True), options)
