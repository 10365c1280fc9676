"""Hydra: a callback that opens a run for each job.

::

    # in the configuration
    hydra:
      callbacks:
        fitlog:
          _target_: fitlog_plugins.hydra.FitlogCallback
          log_dir: logs
"""

from __future__ import annotations

import functools
import os
from types import ModuleType
from typing import Any

from fitlog_core.recording import adapter
from fitlog_core.recording import autolog as attaching
from fitlog_core.recording.frameworks import needed
from fitlog_core.recording.tracebacks import own_frame
from fitlog_core.recording.training import Training, harmless

with needed("hydra", "Hydra", package="hydra-core", modules=("hydra", "omegaconf")):
    from hydra.core.hydra_config import HydraConfig
    from hydra.experimental.callback import Callback
    from omegaconf import OmegaConf


class FitlogCallback(Callback):
    """Makes a run of each job, with its configuration as hyperparameters.

    The run is the current one while the job is at work, so that plain calls of ``fitlog.add_...``
    and other adapters record into it. Of a multirun all have the same ``other-sweep-name``.

    :param log_dir: Log directory; relative to where the program was started, also where Hydra
        changes the directory. Without it ``logs`` there.
    :param commit: Record the code too.
    :raises UsageError: if the log directory cannot be used; Hydra says so, and goes on without.
    """

    def __init__(
        self, log_dir: str | os.PathLike[str] | None = None, *, commit: bool = True
    ) -> None:
        self._training = Training(log_dir or "logs", None, commit)
        self._had_adapter = True

    @harmless
    def on_job_start(self, config: Any, **kwargs: Any) -> None:
        """Open the job's run.

        :param config: The job's configuration.
        """
        own = OmegaConf.masked_copy(config, [name for name in config if name != "hydra"])
        run = self._training.begin(OmegaConf.to_container(own, resolve=True))
        about = HydraConfig.get()
        run.add_other({"hydra": _about(about)})
        if str(about.mode).endswith("MULTIRUN"):
            run.add_other({"sweep": {"name": about.sweep.dir, "number": about.job.num}})
        self._had_adapter, run.is_of_adapter = run.is_of_adapter, False  # it keeps what is trained
        self._open()

    def _open(self) -> None:
        self._training.run.create_log_folder()

    @harmless
    def on_job_end(self, config: Any, job_return: Any, **kwargs: Any) -> None:
        """End the job's run as the job ended.

        :param job_return: Hydra's account of it.
        """
        failed = job_return.status.name == "FAILED"
        value = job_return._return_value  # the public one raises what the job raised
        if not failed and isinstance(value, (int, float)):
            self._training.run.add_best_metric({"result": value})
        self._training.end(value if failed else None)
        self._training.run.is_of_adapter = self._had_adapter


def _about(about: Any) -> dict[str, Any]:
    """Return the job's name, folder and overrides."""
    overrides = list(about.overrides.task)
    return {"job": about.job.name, "output": about.runtime.output_dir, "overrides": overrides}


class _ForJobs(FitlogCallback):
    """The callback where the configuration names none of ours.

    It opens no run before the first job, and leaves it to the job where its run lies. What goes to
    another process, as with some launchers, is nothing of ours.
    """

    def __init__(self) -> None:
        self._training = Training(None, None, commit=True)
        self._had_adapter = True
        self._made = 0

    def __reduce__(self) -> tuple[type[Callback], tuple[()]]:
        return Callback, ()

    def _open(self) -> None:
        self._made = adapter.runs_made()
        if self._had_adapter:
            adapter.offer(self._training.run)

    @harmless
    def on_job_end(self, config: Any, job_return: Any, **kwargs: Any) -> None:
        """End the job's run, unless the job has recorded into one that it opened itself."""
        run = self._training.run
        if run.get_log_id() is None and adapter.runs_made() > self._made:
            self._training.leave()
            return
        run.create_log_folder()
        super().on_job_end(config, job_return, **kwargs)


def autolog(hydra: ModuleType) -> None:  # noqa: ARG001 - what attaches takes its module
    """Have each job recorded, where the configuration has no callback of ours.

    :param hydra: ``hydra``.
    """
    from hydra._internal.callbacks import Callbacks

    attaching.covers("hydra")  # its own options are nobody's hyperparameters
    init = Callbacks.__init__

    @functools.wraps(init)
    def with_ours(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        _add(self, bool(arguments or named))

    Callbacks.__init__ = own_frame(with_ours)


@attaching.harmless
def _add(callbacks: Any, is_for_jobs: bool) -> None:
    is_there = any(isinstance(each, FitlogCallback) for each in callbacks.callbacks)
    if is_for_jobs and attaching.is_owner() and not is_there and not adapter.is_silent():
        callbacks.callbacks.append(_ForJobs())
