"""Many runs that belong to one search, as adapters of tuners record them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from fitlog_core.recording import adapter
from fitlog_core.recording.folder import absolute
from fitlog_core.recording.run import Run
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
        if commit:
            adapter.record_script()  # now: the runs may begin in several threads at once

    def run(self, name: str, number: int, params: Mapping[str, Any]) -> Run:
        """Open the run of one candidate.

        :param name: Of the search; the same for all its runs: ``other-sweep-name``.
        :param number: Which candidate it is, from 0: ``other-sweep-number``.
        :param params: Its hyperparameters; tokens and passwords among them are masked.
        :raises UsageError: if the log directory cannot be used.
        """
        run = Run(self._directory())
        run.add_hyper(mask_values(params))
        run.add_other({"sweep": {"name": name, "number": number}})
        run.create_log_folder()
        return run

    def _directory(self) -> str:
        if self._log_dir is None:
            current = adapter.current_run()
            found = None if current is None else current.get_log_dir(absolute=True)
            self._log_dir = found or absolute("logs")
        return self._log_dir
