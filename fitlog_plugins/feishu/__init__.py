"""Tells a Feishu (Lark) group when a run ends.

Nothing of it is imported before a run starts or ends, and nothing is sent unless a bot is
named: by ``finish(send_to_bot=...)``, by the environment or in ``.fitconfig``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fitlog_core.errors import PluginError
from fitlog_core.hookspecs import Ending, hookimpl
from fitlog_core.notices import say

if TYPE_CHECKING:
    from pathlib import Path

    from fitlog_core.recording.run import Run


@hookimpl
def fitlog_run_started(run: Run) -> None:
    """Tell the configured bot that a run started, if it is to be told."""
    from .settings import read_settings

    settings = read_settings(run.folder)
    if settings.on_start and settings.webhook:
        _tell(run.folder, Ending("running", None, 0.0))


@hookimpl
def fitlog_run_finished(run: Run, ending: Ending) -> None:
    """Tell the bot how a run ended: that of ``send_to_bot``, else the configured one."""
    _tell(run.folder, ending)


def _tell(folder: Path, ending: Ending) -> None:
    from .settings import choose_bot

    try:
        bot = choose_bot(ending.send_to, folder)
    except PluginError as error:
        say(f"{error}; no notice is sent")
        return
    if bot is None:
        return
    from .delivery import ONE_TRY, PATIENT, deliver
    from .message import gather, message

    # A start is told while the training waits, so one try must do.
    patience = ONE_TRY if ending.state == "running" else PATIENT
    problem = deliver(bot, message(gather(folder, ending)), patience)
    if problem is not None:
        say(f"{bot.host} did not take the notice of run {folder.name}: {problem}")
