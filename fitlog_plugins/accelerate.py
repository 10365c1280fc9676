"""Hugging Face's Accelerate: a tracker for ``log_with``.

Importing this module registers the name, so that ``log_with="fitlog"`` works where the installed
version lets trackers be registered.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from fitlog_core.notices import Once
from fitlog_core.recording import adapter
from fitlog_core.recording.alike import Alikes
from fitlog_core.recording.autolog import covers, harmless, is_owner
from fitlog_core.recording.flat_names import nested, whole_step
from fitlog_core.recording.frameworks import needed
from fitlog_core.recording.run import Run
from fitlog_core.recording.tracebacks import own_frame
from fitlog_core.recording.training import is_loss
from fitlog_core.recording.values import is_number
from fitlog_core.secrets import mask_values

with needed("accelerate", extra="transformers"):
    from accelerate import tracking
    from accelerate.tracking import GeneralTracker, on_main_process


class FitlogTracker(GeneralTracker):
    """Records what ``accelerator.log`` is given; one run, written by the main process.

    ::

        accelerator = Accelerator(log_with=FitlogTracker("logs"))

    :param log_dir: Log directory, or folder of a run to go on with. Without it the current run
        is used, or a new one in ``logs``.
    :param run: A run that is open already, instead.
    :param commit: Record the code too, where this tracker opens the run.
    :raises UsageError: if the log directory cannot be used.
    """

    name = "fitlog"
    requires_logging_directory = False
    main_process_only = True

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        *,
        run: Run | None = None,
        commit: bool = True,
    ) -> None:
        super().__init__()
        self._commit = commit
        self._run = adapter.run_given(log_dir, run)
        self._is_started = False
        self._step = -1
        self._counts = True
        self._alikes = Alikes()
        self._say_once = Once()

    @property
    def tracker(self) -> Run:
        """The run that is recorded into."""
        if self._run is None:
            self._run = adapter.run_for()
        return self._run

    @on_main_process
    def start(self) -> None:
        """Open the run; called by ``init_trackers``."""
        self._run = adapter.run_for_training(self.tracker)
        self._run.reopen()
        self._step, self._counts, self._is_started = -1, True, True
        self._alikes = Alikes()  # the last training's know its run's files
        if self._commit and self._run.is_of_adapter:
            adapter.record_script()

    @on_main_process
    def store_init_configuration(self, values: Mapping[str, Any]) -> None:
        """Record the configuration given to ``init_trackers`` as hyperparameters.

        :param values: Values by name; tokens and passwords among them are masked.
        """
        self.tracker.add_hyper(mask_values(values))

    @on_main_process
    def log(self, values: Mapping[str, Any], step: int | None = None, **kwargs: Any) -> None:
        """Record the values of one step: losses by their name's last word, all else as metrics.

        :param values: Numbers by name; ``epoch`` says the epoch. What is no number is kept among
            the run's other values.
        :param step: Step, from 0. Without it calls are counted, or, beside calls that have one,
            belong to the last of these.
        :param kwargs: What other trackers take.
        """
        at = self._step_of(step)
        given = dict(values)
        epoch = given.get("epoch")
        if epoch is not None:
            epoch = whole_step(epoch)
        if not self._alikes.write(given, at, epoch):
            self._record(given, at, epoch)

    @on_main_process
    def log_images(self, values: Mapping[str, Any], step: int | None = None, **kwargs: Any) -> None:
        """Say once that images are not recorded."""
        self._say_once("images are not recorded; save them into the run's folder yourself")

    @on_main_process
    def finish(self) -> None:
        """Say that the training ended well; called by ``end_training``."""
        if self._is_started:
            self.tracker.conclude()

    def _step_of(self, step: int | None) -> int:
        if step is None:
            self._step += 1 if self._counts else 0
        else:
            self._step, self._counts = step, False
        return self._step

    def _record(self, given: Mapping[str, Any], step: int, epoch: int | None) -> None:
        left = dict(given)
        if epoch is not None:
            del left["epoch"]
        if whole_step(left.get("step")) == step:
            del left["step"]
        losses, metrics, others = self._sorted_out(left)
        if losses:
            self.tracker.add_loss(nested(losses), step, epoch=epoch)
        if metrics:
            self.tracker.add_metric(nested(metrics), step, epoch=epoch)
        if others:
            self.tracker.add_other(others)
        if len(losses) + len(metrics) + (epoch is not None) == len(given):  # nothing is special
            of_kind = {"loss": losses, "metric": metrics}
            trees = {kind: nested({name: name for name in of}) for kind, of in of_kind.items()}
            self._alikes.learn(self.tracker, given, epoch, trees)

    def _sorted_out(
        self, values: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Return losses, metrics, and what is no number."""
        losses: dict[str, Any] = {}
        metrics: dict[str, Any] = {}
        others: dict[str, Any] = {}
        for name, value in values.items():
            if value is None:
                continue
            if not is_number(value) and not isinstance(value, Mapping):
                self._say_once(
                    f"the metric {name!r} is no number but {type(value).__name__}; it is kept "
                    "among the run's other values"
                )
                others[name] = value
            elif is_loss(name):
                losses[name] = value
            else:
                metrics[name] = value
        return losses, metrics, others


class _TrackerByName(FitlogTracker):
    """What ``log_with="fitlog"`` builds: Accelerate hands it the name of the project first."""

    def __init__(self, project_name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._project = project_name

    @on_main_process
    def start(self) -> None:
        super().start()
        self.tracker.add_other(self._project, "project")


def _register() -> None:
    register = getattr(tracking, "register_tracker_class", None)  # from accelerate 1.15
    if register is not None and tracking.LOGGER_TYPE_TO_CLASS.get("fitlog") is not _TrackerByName:
        register(_TrackerByName)


_register()


def autolog(accelerator: ModuleType) -> None:
    """Have each Accelerator that is told to begin its trackers record.

    :param accelerator: ``accelerate.accelerator``.
    """
    begin = accelerator.Accelerator.init_trackers

    @functools.wraps(begin)
    def with_tracker(self: Any, *arguments: Any, **named: Any) -> Any:
        _add_tracker(self)
        return begin(self, *arguments, **named)

    accelerator.Accelerator.init_trackers = own_frame(with_tracker)


@harmless
def _add_tracker(accelerator: Any) -> None:
    if not is_owner():
        return
    covers("accelerate")
    if not any(
        each == "fitlog" or isinstance(each, FitlogTracker) for each in accelerator.log_with
    ):
        accelerator.log_with.append(FitlogTracker())
