"""Tells a Feishu (Lark) group when a run ends.

Nothing of it is imported before a run starts or ends, and nothing is sent unless a bot is
named: by ``finish(send_to_bot=...)``, by the environment or in ``.fitconfig``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fitlog_core.errors import PluginError
from fitlog_core.hookspecs import Ending, hookimpl
from fitlog_core.notices import say

if TYPE_CHECKING:
    from fitlog_core.recording.run import Run

RUNNING = "running"


@hookimpl
def fitlog_run_started(run: Run) -> None:
    """Tell the configured bot that a run started, if it is to be told."""
    from .settings import read_settings

    settings = read_settings(_place(run))
    if settings.on_start and settings.webhook:
        _tell(run, Ending(RUNNING, None, 0.0))


@hookimpl
def fitlog_run_finished(run: Run, ending: Ending) -> None:
    """Tell the bot how a run ended: that of ``send_to_bot``, else the configured one."""
    _tell(run, ending)


def _tell(run: Run, ending: Ending) -> None:
    from .settings import choose_bot

    try:
        bot = choose_bot(ending.send_to, _place(run))
    except PluginError as error:
        say(f"{error}; no notice is sent")
        return
    if bot is None:
        return
    from .delivery import ONE_TRY, PATIENT, deliver
    from .message import gather, message

    # A start is told while the training waits, so one try must do.
    patience = ONE_TRY if ending.state == RUNNING else PATIENT
    problem = deliver(bot, message(gather(run.get_log_folder(absolute=True), ending)), patience)
    if problem is not None:
        name = run.get_log_id() or "without records"
        say(f"{bot.host} did not take the notice of run {name}: {problem}")


def _place(run: Run) -> Path:
    """Return the run's folder; its log directory if it ends without a record."""
    return Path(run.get_log_folder(absolute=True) or run.get_log_dir(absolute=True) or ".")
