"""Which run an adapter of a framework records into."""

from __future__ import annotations

import os

from .run import Run
from .session import session


def run_for(log_dir: str | os.PathLike[str] | None = None, run: Run | None = None) -> Run:
    """Return the run an adapter is to record into, so that plain calls beside it go there too.

    That is the run it was given; else the current run, if its log directory or folder is the one
    asked for or none is asked for; else a new one, which becomes the current run.

    :param log_dir: Log directory, or folder of a run to go on with; ``logs`` if there is neither
        this nor a current run.
    :param run: A run that is open already.
    :raises UsageError: if the log directory cannot be used.
    """
    if run is not None:
        return run
    current = session.run
    if current is not None and (log_dir is None or current.is_at(log_dir)):
        return current
    opened = Run("logs" if log_dir is None else log_dir)
    session.run, session.remembered = opened, None
    return opened


def is_silent() -> bool:
    """Tell whether this process records nothing: under ``debug``, or as a silenced rank."""
    return session.debug or session.is_silenced()
