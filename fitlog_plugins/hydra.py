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

import os
from typing import Any

from fitlog_core.errors import MissingExtraError
from fitlog_core.recording.training import Training, harmless

try:
    import hydra  # noqa: F401 - so that the error names what is missing
    from hydra.core.hydra_config import HydraConfig
    from hydra.experimental.callback import Callback
    from omegaconf import OmegaConf
except ModuleNotFoundError as error:
    if str(error.name).partition(".")[0] not in ("hydra", "omegaconf"):
        raise
    raise MissingExtraError(
        "fitlog_plugins.hydra needs Hydra, which is not installed; install it with "
        "'pip install hydra-core' (it is what the extra fitlog[hydra] brings)"
    ) from error


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
        run.create_log_folder()

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


def _about(about: Any) -> dict[str, Any]:
    """Return the job's name, folder and overrides."""
    overrides = list(about.overrides.task)
    return {"job": about.job.name, "output": about.runtime.output_dir, "overrides": overrides}
