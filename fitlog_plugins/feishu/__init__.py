"""Tells a Feishu (Lark) group when a run ends, meets its first NaN, or is found by a rule.

Nothing of it is imported before a run starts or ends, and nothing is sent unless a bot is
named: by ``finish(send_to_bot=...)``, by the environment or in ``.fitconfig``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fitlog_core.hookspecs import Alert, Ending, TriedNotice, hookimpl
from fitlog_core.notices import say

if TYPE_CHECKING:
    from pathlib import Path

    from fitlog_core.notification.facts import Facts
    from fitlog_core.notification.mailbox import Mailbox
    from fitlog_core.notification.options import Options
    from fitlog_core.recording.run import Run
    from fitlog_plugins.feishu.delivery import Patience
    from fitlog_plugins.feishu.settings import Bot

RUNNING = "running"


@hookimpl
def fitlog_run_started(run: Run) -> None:
    """Note that the run will be told of, and tell of its start if that is switched on."""
    options = _options(run)
    bots = _bots(None, options, is_silent=True)
    if not bots:
        return
    from fitlog_core.notification import facts, sweep

    for bot in bots:
        sweep.started(_mailbox(bot, run, options), run.get_log_id())
    if options.is_on("feishu on start"):
        folder = run.get_log_folder(absolute=True)
        told = facts.of_ending(folder, Ending(RUNNING, None, 0.0), options)
        _tell(run, told, bots, options)


@hookimpl
def fitlog_run_finished(run: Run, ending: Ending) -> None:
    """Tell the bot how a run ended: that of ``send_to_bot``, else the configured ones."""
    options = _options(run)
    bots = _bots(ending.send_to, options)
    if bots:
        from fitlog_core.notification import facts

        told = facts.of_ending(run.get_log_folder(absolute=True), ending, options)
        _tell(run, told, bots, options)


@hookimpl
def fitlog_first_nan(run: Run, name: str, step: int) -> None:
    """Tell the configured bots of the first NaN."""
    options = _options(run)
    bots = _bots(None, options, is_silent=True)
    if bots:
        from fitlog_core.notification import facts

        told = facts.of_nan(run.get_log_folder(absolute=True), name, step, options)
        _tell(run, told, bots, options)


@hookimpl
def fitlog_alert(log_dir: Path, alerts: Sequence[Alert]) -> Sequence[TriedNotice]:
    """Tell the configured bots of what whoever watches has found."""
    from fitlog_core.notification import facts
    from fitlog_core.notification.options import Options
    from fitlog_plugins.feishu.delivery import send
    from fitlog_plugins.feishu.settings import choose_bots

    options = Options(log_dir)
    bots, problems = choose_bots(None, options)
    told = facts.of_alerts(log_dir, alerts, options) if bots else None
    tried = [TriedNotice(f"feishu ({bot.host})", send(bot, told)) for bot in bots if told]
    return [*tried, *(TriedNotice("feishu", problem) for problem in problems)]


@hookimpl
def fitlog_test_notice(place: Path) -> Sequence[TriedNotice]:
    """Send a test message to the configured bots."""
    from fitlog_core.notification import facts
    from fitlog_core.notification.options import Options
    from fitlog_plugins.feishu.delivery import send
    from fitlog_plugins.feishu.settings import choose_bots

    bots, problems = choose_bots(None, Options(place))
    told = [TriedNotice(f"feishu ({bot.host})", send(bot, facts.of_test())) for bot in bots]
    return [*told, *(TriedNotice("feishu", problem) for problem in problems)]


def _bots(given: object, options: Options, is_silent: bool = False) -> list[Bot]:
    """Return whom to tell; what is wrong with an address is told at the end of the run only."""
    from fitlog_plugins.feishu.settings import choose_bots

    bots, problems = choose_bots(given, options)
    for problem in () if is_silent else problems:
        say(f"{problem}; no notice is sent")
    return bots


def _tell(run: Run, told: Facts, bots: list[Bot], options: Options) -> None:
    from fitlog_core.notification import sweep

    patience = _patience(told, len(bots))
    for bot in bots:
        problem = sweep.tell(told, _mailbox(bot, run, options), _sender(bot, patience))
        if problem is not None:
            name = told.id or "without records"
            say(f"{bot.host} did not take the notice of run {name}: {problem}")


def _sender(bot: Bot, patience: Patience) -> Callable[[Facts], str | None]:
    from fitlog_plugins.feishu.delivery import send

    return lambda facts: send(bot, facts, patience)


def _patience(told: Facts, bots: int) -> Patience:
    """Return how long one of several bots may take, so that all of them take no longer.

    A start or a NaN is told while the training waits, so one try must do.
    """
    from fitlog_plugins.feishu.delivery import ONE_TRY, PATIENT

    patience = ONE_TRY if told.seconds is None else PATIENT
    return patience._replace(total=patience.total / bots)


def _mailbox(bot: Bot, run: Run, options: Options) -> Mailbox | None:
    from fitlog_core.notification.sweep import mailbox_for

    return mailbox_for(f"feishu {bot.url}", run.get_log_dir(absolute=True), options)


def _options(run: Run) -> Options:
    from fitlog_core.notification.options import Options

    return Options.around(run)
