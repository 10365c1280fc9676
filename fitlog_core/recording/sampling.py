"""Has the machine sampled beside a run, which a plugin does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fitlog_core.errors import ArgumentError, ArgumentTypeError
from fitlog_core.notices import say

if TYPE_CHECKING:
    from fitlog_core.recording.recorder import Recorder

EVERY = 15.0  # seconds
SHORTEST = 0.1


def seconds(every: float) -> float:
    """Return the seconds from one sample to the next.

    :raises ArgumentTypeError: if it is no number.
    :raises ArgumentError: if it is shorter than :data:`SHORTEST`, or without an end.
    """
    if isinstance(every, bool) or not isinstance(every, (int, float)):
        raise ArgumentTypeError(f"every must be a number of seconds, got {every!r}")
    if not SHORTEST <= every < float("inf"):
        raise ArgumentError(f"every must be {SHORTEST} seconds or more, got {every!r}")
    return float(every)


def begin(run: Recorder, every: float) -> None:
    """Ask the plugins to sample beside a run; say so where none does.

    :param every: Seconds from one sample to the next.
    """
    from fitlog_core import plugins

    if not plugins.collect("fitlog_system_metrics", run=run, every=every):
        say("no system metrics: FITLOG_PLUGINS leaves out the plugin system_metrics")
