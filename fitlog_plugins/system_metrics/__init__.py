"""Samples processor, memory, disk and GPUs while a run goes on, and shows them on its page.

Off unless switched on. The samples are lines of JSON in ``system.log`` in the run's folder, no file
of the log format: a run that hangs must not look as if it went on because its machine is sampled.
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

from fitlog_core.hookspecs import Board, Ending, hookimpl
from fitlog_core.notices import say

if TYPE_CHECKING:
    from fitlog_core.recording.run import Run
    from fitlog_plugins.system_metrics.sampler import Sampler

EVERY = 15.0  # seconds
SHORTEST = 0.1
TITLE = "System 系统"


@hookimpl
def fitlog_run_started(run: Run) -> None:
    """Begin to sample, if that is switched on."""
    folder = run.get_log_folder(absolute=True)
    every = None if folder is None else _every(folder)
    if folder is None or every is None:
        return
    _begin(folder, every)


@hookimpl
def fitlog_system_metrics(run: Run, every: float) -> bool:
    """Sample as the script says, whatever the setting does."""
    folder = run.get_log_folder(absolute=True)
    if folder is not None:
        _begin(folder, every)
    return True


@hookimpl
def fitlog_run_finished(run: Run, ending: Ending) -> None:  # noqa: ARG001 - as the hook has them
    """Stop sampling; nothing is waited for."""
    _stop(run.get_log_folder(absolute=True) or "")


@hookimpl
def fitlog_board(board: Board) -> None:
    """Show the samples of a run on its page."""
    from fitlog_plugins.system_metrics.panel import panel

    board.add_panel(TITLE, panel)


def _begin(folder: str, every: float) -> None:
    """Sample beside a run, at this rate only."""
    # Imported here: every run comes to this plugin, and few are sampled.
    from fitlog_plugins.system_metrics.sampler import NAME, Sampler

    _stop(folder)
    sampler = Sampler(os.path.join(folder, NAME), every)
    try:
        sampler.start()
    except RuntimeError:  # the system gives no thread
        return
    _samplers()[folder] = sampler


def _stop(folder: str) -> None:
    sampler = _samplers().pop(folder, None)
    if sampler is not None:
        sampler.over.set()


@functools.cache
def _samplers() -> dict[str, Sampler]:
    """Return the samplers of this process by the folders of their runs."""
    return {}


def _every(folder: str) -> float | None:
    """Return how many seconds lie between samples, None if it is not switched on."""
    from fitlog_core.notification.options import NO, YES, Options

    options = Options(folder)
    word = options.get("system metrics").lower()
    if word in NO or word in YES:
        return EVERY if word in YES else None
    try:
        every = float(word)
    except ValueError:
        every = 0.0
    if SHORTEST <= every < float("inf"):
        return every
    where = options.where("system metrics")
    say(f"{where} must be yes, no or a number of seconds, got {word!r}; nothing is sampled")
    return None
