"""The opening of a run on behalf of a Trainer, with the code it executes."""

from __future__ import annotations

from fitlog_core.recording import adapter
from fitlog_core.recording.run import Run


def open_run(log_dir: str | None, commits: bool) -> Run:
    """Return the run that a logger records into from now on.

    A run that an earlier logger opened and ended is left alone, so that each training of a
    loop has its own.

    :param log_dir: The log directory, or a run's folder; None for the current run's.
    :param commits: Record the code where an adapter opened the run.
    """
    run = adapter.run_for(log_dir)
    is_named = log_dir is not None and run.get_log_folder(absolute=True) == log_dir
    if run.is_of_adapter and run.has_ended and not is_named:
        run = adapter.next_run(run)
    run.has_training = True
    if commits and run.is_of_adapter:
        adapter.record_script()
    return run
