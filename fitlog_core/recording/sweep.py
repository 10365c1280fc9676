"""Many runs that belong to one search, as adapters of tuners record them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from fitlog_core.notices import Once
from fitlog_core.recording import adapter
from fitlog_core.recording.folder import absolute
from fitlog_core.recording.run import Run
from fitlog_core.recording.training import record
from fitlog_core.secrets import mask_values


class Sweep:
    """Opens runs side by side, in threads too: none of them becomes the current run.

    :param log_dir: Log directory; None for that of the current run, else ``logs``.
    :param commit: Record the code of the script, once.
    :raises UsageError: if the log directory cannot be used.
    """

    def __init__(self, log_dir: str | os.PathLike[str] | None, commit: bool) -> None:
        self._log_dir = None if log_dir is None else absolute(log_dir)
        if log_dir is not None:
            Run(log_dir)  # so that a wrong directory is told now; it makes no folder of a run
        self._told = Once()
        self._commit = commit
        self.record_code()  # now: the runs may begin in several threads at once

    def record_code(self) -> None:
        """Record the code of the script, where that is wanted and this process has not done it."""
        if self._commit:
            adapter.record_script()

    def run(
        self, name: str, number: int, params: Mapping[str, Any], *, at_once: bool = True
    ) -> Run:
        """Open the run of one candidate.

        :param name: Of the search; the same for all its runs: ``other-sweep-name``.
        :param number: Which candidate it is, from 0: ``other-sweep-number``.
        :param params: Its hyperparameters; tokens and passwords among them are masked.
        :param at_once: Make the run's folder now, not with its first record.
        :raises UsageError: if the log directory cannot be used.
        """
        run = Run(self._directory())
        if params:
            run.add_hyper(mask_values(params))
        run.add_other({"sweep": {"name": name, "number": number}})
        if at_once:
            run.create_log_folder()
        return run

    def record(self, run: Run, values: Mapping[str, Any], step: int) -> None:
        """Record the values of one step of a candidate, each as a loss or a metric by its name.

        :param run: The candidate's.
        :param values: Numbers by name, or groups of such. What is no number is left out, and
            told once.
        :param step: Step, from 0.
        """
        record(run, values, step, None, self._told)

    def _directory(self) -> str:
        if self._log_dir is None:
            current = adapter.current_run()
            found = None if current is None else current.get_log_dir(absolute=True)
            self._log_dir = found or absolute("logs")
        return self._log_dir
