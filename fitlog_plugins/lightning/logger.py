"""The logger that Lightning's Trainer and Fabric are given."""

from __future__ import annotations

import contextlib
import copy
import math
import os
import sys
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fitlog_core.errors import SecondProgressError
from fitlog_core.notices import say
from fitlog_core.recording import adapter
from fitlog_core.recording.alike import Alikes
from fitlog_core.recording.folder import absolute
from fitlog_core.recording.run import Run
from fitlog_plugins.lightning import bases
from fitlog_plugins.lightning.checkpoints import best_of
from fitlog_plugins.lightning.hyperparameters import as_nested
from fitlog_plugins.lightning.names import LOSSES, Layout, loss_pattern
from fitlog_plugins.lightning.opening import open_run

_MOST_LAYOUTS = 1000


class FitlogLogger(*bases.loggers()):  # type: ignore[misc]  # known when it is imported only
    """Records what a Trainer or Fabric logs: hyperparameters, losses, metrics, best metrics.

    It joins the run that is open at this directory, or opens one when training starts; plain
    calls of ``fitlog.add_...`` go to the same run. Checkpoints lie in the run's folder.

    :param log_dir: The log directory, or the folder of a run to go on with; without it the
        current run's, else ``logs``.
    :param run: A run that is open already, instead.
    :param commit: Record the code around the main script when this logger opens a run.
    :param resume: Go on with the run in whose folder the checkpoint of ``fit(ckpt_path=...)``
        lies.
    :param losses: A regular expression; names it is found in are losses, all others metrics.
    :raises UsageError: if an argument cannot be used.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        *,
        run: Run | None = None,
        commit: bool = True,
        resume: bool = True,
        losses: str = LOSSES,
    ) -> None:
        super().__init__()
        self._log_dir = None if log_dir is None else str(absolute(log_dir))
        self._run = adapter.checked_run(run)
        self._commits = commit
        self._resumes = resume
        self._is_loss = loss_pattern(losses)
        self._layouts: dict[tuple[str, ...], Layout] = {}
        self._alikes = Alikes()
        self._hyper: dict[str, Any] = {}
        self._best: dict[str, float] = {}
        self._unnumbered = 0
        self._trainer: Callable[[], Any] = _nothing
        self._is_total_told = False
        self._is_double = False

    # ------------------------------------------------- where things lie

    @property
    def experiment(self) -> Run:
        """The run; on other ranks than the first one that records nothing."""
        if self._run is None:
            self._run = open_run(self._log_dir, self._commits)
        return self._run

    @property
    def save_dir(self) -> str | None:
        """The log directory; None where nothing is recorded, and Lightning asks the first rank."""
        return self.experiment.get_log_dir(absolute=True)

    @property
    def root_dir(self) -> str | None:
        """The log directory."""
        return self.save_dir

    @property
    def log_dir(self) -> str | None:
        """The run's folder, made now if it is not there yet."""
        self.experiment.create_log_folder()
        return self.experiment.get_log_folder(absolute=True)

    @property
    def name(self) -> str:
        """Empty: Lightning puts checkpoints into ``save_dir/name/version``."""
        return ""

    @property
    def version(self) -> str:
        """The run's id, so that checkpoints lie in its folder; empty where nothing is recorded.

        Lightning asks for it before it says whether training goes on from a checkpoint, whose
        run may be another one: so the folder is not made now, only its name taken.
        """
        return self.experiment.reserve_log_folder() or ""

    # ------------------------------------------------------- recording

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Record losses and metrics of one step, nested where names have a ``/``.

        :param metrics: Values by name; ``epoch`` among them is the epoch of all.
        :param step: The step; without it, as Fabric allows, calls are counted.
        """
        if self._is_double:
            return
        run = self._run or self.experiment
        layout = self._layouts.get(tuple(metrics)) or self._new_layout(tuple(metrics))
        epoch = metrics.get("epoch")
        if epoch is not None and type(epoch) is not int:
            epoch = self._whole_epoch(epoch, step)
        if step is None:
            step = self._unnumbered
            self._unnumbered += 1
        layout.last = step, epoch
        if self._alikes.write(metrics, step, epoch):
            return
        if losses := layout.losses(metrics):
            run.add_loss(losses, step, None, epoch)
        if others := layout.metrics(metrics):
            run.add_metric(others, step, None, epoch)
        self._alikes.learn(run, metrics, epoch, layout.trees)

    def log_hyperparams(
        self,
        params: object,
        *args: Any,  # noqa: ARG002 - some loggers take more here, and callers may pass it
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        """Record hyperparameters, nested as they are.

        :param params: A mapping, Namespace, dataclass or config object.
        """
        nested = as_nested(params)
        if not self._is_double and nested != self._hyper:  # fit() and test() both tell them
            self._hyper = nested
            self.experiment.add_hyper(nested)

    def log_graph(
        self,
        model: Any,
        input_array: Any = None,  # noqa: ARG002 - Lightning's signature
    ) -> None:
        """Take note that the Trainer begins; the graph itself is not recorded.

        An end that was recorded after ``fit`` is taken back while ``test`` goes on.
        """
        self._trainer = _trainer_of(model)
        self._is_total_told = False
        for callback in getattr(self._trainer(), "checkpoint_callbacks", ()):
            found = best_of(callback)  # of before a resume: nothing new
            if found is not None:
                self._best.setdefault(found.monitor, found.score)
        if not self._is_double:
            self.experiment.create_log_folder()
            self.experiment.reopen()

    def after_save_checkpoint(self, checkpoint_callback: Any) -> None:
        """Record the best value of what a checkpoint monitors, and the step it came from."""
        found = best_of(checkpoint_callback)
        if found is None or self._is_double or self._best.get(found.monitor) == found.score:
            return
        self._best[found.monitor] = found.score
        step, epoch = self._place_of(found.monitor)
        run, folder = self.experiment, self.log_dir
        run.add_best_metric(found.as_best_metric(step, epoch))
        run.add_other({"checkpoint": found.as_checkpoint(folder)})

    def save(self) -> None:
        """Do nothing: every record is in its file already."""

    def finalize(self, status: str) -> None:
        """Record how training ended; a later stage or a plain ``finish`` may say otherwise.

        :param status: ``success`` or ``failed``. ``finished`` is said by a job that Slurm is
            about to stop and start again: no end.
        """
        if self._run is None or self._is_double:
            return
        if status == "success":
            self._run.conclude()
        elif status != "finished":
            self._run.conclude(1, sys.exc_info()[1])

    # ------------------------------------------------ resuming, copying

    def go_on_with(self, folder: Path) -> bool:
        """Go on with the run of a checkpoint, if it is of this log directory.

        :param folder: The run's folder.
        :return: Whether the run is that one now, on ranks that record nothing too.
        """
        run = self.experiment
        if not self._resumes or adapter.is_silent():
            return self._resumes
        if run.is_at(folder) or not run.is_at(folder.parent):
            return False
        if not run.go_on_with(folder):
            say(
                f"the checkpoint is of run {folder.name}, but run {run.get_log_id()} has begun; "
                f"to go on with that one, use FitlogLogger({str(folder)!r})"
            )
            return False
        return True

    def leave_to(self, other: FitlogLogger) -> None:
        """Record nothing if another logger of the same Trainer records into the same run."""
        if self.experiment is other.experiment and not self._is_double:
            self._is_double = True
            if not adapter.is_silent():
                say(
                    f"a second FitlogLogger at {self.experiment.get_log_dir(absolute=True)!r} "
                    "records nothing; one is enough"
                )

    def __getstate__(self) -> dict[str, Any]:
        """Open the run, so that the process this goes to joins it."""
        _ = self.experiment
        return {**self.__dict__, "_trainer": _nothing}

    def __deepcopy__(self, memo: dict[int, Any]) -> FitlogLogger:
        """Return a logger of the same run, if it is open."""
        copied: FitlogLogger = type(self).__new__(type(self))
        memo[id(self)] = copied
        copied.__dict__.update(copy.deepcopy({**self.__dict__, "_trainer": _nothing}, memo))
        return copied

    # ------------------------------------------------------- the inside

    def _new_layout(self, names: tuple[str, ...]) -> Layout:
        if len(self._layouts) >= _MOST_LAYOUTS:
            self._layouts.clear()
        layout = self._layouts[names] = Layout(names, self._is_loss)
        if not self._is_total_told:
            self._tell_total()
        return layout

    def _tell_total(self) -> None:
        """Record how many steps the Trainer will take; asked now, it has its data already."""
        trainer = self._trainer()
        if trainer is None or trainer.state.fn != "fit":
            return
        self._is_total_told = True
        total = trainer.estimated_stepping_batches
        if math.isfinite(total) and total >= 1:
            with contextlib.suppress(SecondProgressError):  # said by hand, or by fit before
                self.experiment.add_progress(int(total))

    def _whole_epoch(self, epoch: Any, step: int | None) -> int | None:
        """Return an epoch as an int; one that is none is a metric of its own."""
        number = float(epoch)
        if number.is_integer() and number >= 0:
            return int(number)
        self.experiment.add_metric(number, self._unnumbered if step is None else step, "epoch")
        return None

    def _place_of(self, name: str) -> tuple[int | None, int | None]:
        """Return step and epoch of a metric's value now, of which a checkpoint was just made.

        What was logged last may be of an earlier step, or under other names: ``loss_step``.
        """
        found = [layout.last for names, layout in self._layouts.items() if name in names]
        logged = max(found, key=lambda last: last[0], default=None)
        trainer = self._trainer()
        # Without an epoch the step is one of the user's own; several optimizers step at once.
        if trainer is None or (logged and (logged[1] is None or len(trainer.optimizers) != 1)):
            return logged or (None, None)
        return max(trainer.global_step - 1, 0), trainer.current_epoch


def _nothing() -> None:
    return None


def _trainer_of(model: Any) -> Callable[[], Any]:
    """Return a weak reference to a model's Trainer; Fabric's models have none."""
    try:
        trainer = model.trainer
    except (AttributeError, RuntimeError):  # RuntimeError: not attached to one
        return _nothing
    # The class is asked: on the Trainer itself the property would look for training data.
    is_one = hasattr(type(trainer), "estimated_stepping_batches")
    return weakref.ref(trainer) if is_one else _nothing
