"""Tells anybody that apprise can reach, by mail, Slack, Telegram and a hundred ways more.

apprise is imported in a process of its own, and only where a target is configured and there is
something to tell: it may hang or be slow, it needs threads, which a script's end no longer has,
and it would cost every training its import.
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


@hookimpl
def fitlog_run_started(run: Run) -> None:
    """Note that the run will be told of."""
    options = _options(run)
    targets = _targets(None, options)
    if targets:
        from fitlog_core.notification import sweep

        sweep.started(_mailbox(targets, run, options), run.get_log_id())


@hookimpl
def fitlog_run_finished(run: Run, ending: Ending) -> None:
    """Tell the targets how a run ended: that of ``send_to_bot``, else the configured ones."""
    options = _options(run)
    targets = _targets(ending.send_to, options)
    if targets:
        from fitlog_core.notification import facts

        told = facts.of_ending(run.get_log_folder(absolute=True), ending, options)
        _tell(run, told, targets, options)


@hookimpl
def fitlog_first_nan(run: Run, name: str, step: int) -> None:
    """Tell the configured targets of the first NaN."""
    options = _options(run)
    targets = _targets(None, options)
    if targets:
        from fitlog_core.notification import facts

        told = facts.of_nan(run.get_log_folder(absolute=True), name, step, options)
        _tell(run, told, targets, options)


@hookimpl
def fitlog_alert(log_dir: Path, alerts: Sequence[Alert]) -> Sequence[TriedNotice]:
    """Tell the configured targets of what whoever watches has found."""
    from fitlog_core.notification import facts
    from fitlog_core.notification.options import Options

    options = Options(log_dir)
    targets = _targets(None, options)
    return _tried(targets, facts.of_alerts(log_dir, alerts, options)) if targets else []


@hookimpl
def fitlog_test_notice(place: Path) -> Sequence[TriedNotice]:
    """Send a test message to the configured targets."""
    from fitlog_core.notification import facts
    from fitlog_core.notification.options import Options

    targets = _targets(None, Options(place))
    return _tried(targets, facts.of_test()) if targets else []


def _tried(targets: list[str], told: Facts) -> list[TriedNotice]:
    from fitlog_plugins.apprise.delivery import deliver, masked

    problems = deliver(targets, told)
    return [
        TriedNotice(f"apprise ({masked(target)})", problem)
        for target, problem in zip(targets, problems, strict=True)
    ]


def _targets(given: object, options: Options) -> list[str]:
    """Return the URLs to tell; those of Feishu and Lark are left to the plugin ``feishu``."""
    from fitlog_core.notification.options import is_feishu, is_for_apprise, split_targets

    if given is not None:
        return [str(given).strip()] if is_for_apprise(given) else []
    found = split_targets(options.get("apprise"))
    return list(dict.fromkeys(target for target in found if not is_feishu(target)))


def _tell(run: Run, told: Facts, targets: list[str], options: Options) -> None:
    from fitlog_core.notification import sweep

    problem = sweep.tell(told, _mailbox(targets, run, options), _sender(targets))
    if problem is not None:
        _complain(told, problem)


def _complain(told: Facts, problem: str) -> None:
    say(f"the notice of run {told.id or 'without records'} was not taken: {problem}")


def _sender(targets: list[str]) -> Callable[[Facts], str | None]:
    def send(told: Facts) -> str | None:
        from fitlog_plugins.apprise.delivery import deliver, masked

        problems = zip(targets, deliver(targets, told), strict=True)
        failed = [f"{masked(target)}: {problem}" for target, problem in problems if problem]
        said = "; ".join(dict.fromkeys(failed))
        if 0 < len(failed) < len(targets):
            # Those who took it must not get again what it told of other runs.
            _complain(told, said)
            return None
        return said or None

    return send


def _mailbox(targets: list[str], run: Run, options: Options) -> Mailbox | None:
    from fitlog_core.notification.sweep import mailbox_for

    name = " ".join(["apprise", *sorted(targets)])
    return mailbox_for(name, run.get_log_dir(absolute=True), options)


def _options(run: Run) -> Options:
    from fitlog_core.notification.options import Options

    return Options.around(run)
