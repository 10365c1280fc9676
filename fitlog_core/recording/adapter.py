"""Which run an adapter of a framework records into."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fitlog_core.errors import ArgumentTypeError
from fitlog_core.recording import api
from fitlog_core.recording.run import Run
from fitlog_core.recording.session import session

_choosing = threading.Lock()  # trainings may begin in several threads at once


class _Here(threading.local):
    """The run that adapters record into in this thread, None for the current one."""

    run: Run | None = None


_here = _Here()


@contextmanager
def recorded_into(run: Run) -> Iterator[None]:
    """Have the adapters that are used in this thread meanwhile record into a run.

    :param run: Such as that of a search's trial, of which several may be at work at once.
    """
    before, _here.run = _here.run, run
    try:
        yield
    finally:
        _here.run = before


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
    current = current_run()
    if current is not None and (log_dir is None or current.is_at(log_dir)):
        return current
    opened = Run("logs" if log_dir is None else log_dir)
    opened.is_of_adapter = True
    session.run, session.remembered = opened, None
    return opened


def checked_run(run: Run | None) -> Run | None:
    """Return what an adapter was given as its run.

    :param run: A run, or None.
    :raises ArgumentTypeError: if it is something else.
    """
    if run is not None and not isinstance(run, Run):
        raise ArgumentTypeError(
            f"run must be a fitlog.Run, got {run!r}; the path of a folder is given as log_dir"
        )
    return run


def run_given(log_dir: str | os.PathLike[str] | None, run: Run | None) -> Run | None:
    """Return the run that an adapter was given, None where it is chosen as the training begins.

    A log directory is opened now, so that a wrong one is told where it was given.

    :param log_dir: As for :func:`run_for`.
    :param run: A run that is open already.
    :raises ArgumentTypeError: if the run is none.
    :raises UsageError: if the log directory cannot be used.
    """
    given = checked_run(run)
    return run_for(log_dir) if given is None and log_dir is not None else given


def current_run() -> Run | None:
    """Return the run that adapters record into by themselves, None if there is none yet."""
    return _here.run or session.run


def run_for_training(run: Run) -> Run:
    """Return the run for a training that begins at its first step.

    That is the run at hand; but where an adapter opened it and has trained in it before, as in a
    loop over seeds, it is the next one in the same directory, which becomes the current run.

    :param run: What :func:`run_for` returned.
    """
    with _choosing:
        if run.is_of_adapter and run.has_training:
            run = next_run(run)
        run.has_training = True
        return run


def next_run(run: Run) -> Run:
    """Open another run in a run's directory, and make it the current one.

    :param run: The run before it, which is not ended by this.
    """
    run.release()
    session.run = None
    directory = run.get_log_dir(absolute=True)
    return run if directory is None else run_for(directory)


def record_script(message: str | None = None) -> None:
    """Record the code of the script at work, where this process has recorded none so far.

    A notebook, or a command that came with a package, is no file of the user's project: the
    working directory stands for it then.

    :param message: What is tried with this code.
    """
    if session.code is None:
        api.commit(_script() or os.curdir, message)


def _script() -> Path | None:
    import sysconfig

    name = getattr(sys.modules.get("__main__"), "__file__", None)
    if not isinstance(name, str):
        return None
    script = Path(os.path.abspath(name))
    installed = [sysconfig.get_path(place) for place in ("scripts", "purelib", "platlib", "stdlib")]
    return None if any(script.is_relative_to(folder) for folder in installed) else script


def offer(run: Run) -> None:
    """Let the script say by ``set_log_dir`` where a run lies, while nothing of it is there yet.

    :param run: One that an adapter opened.
    """
    if session.run is run:
        session.surrounding = run


def runs_made() -> int:
    """Return how many runs this process has made."""
    return sum(session.made.values())


def is_silent() -> bool:
    """Tell whether this process records nothing: under ``debug``, or as a silenced rank."""
    return session.debug or session.is_silenced()
