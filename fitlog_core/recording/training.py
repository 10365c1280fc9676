"""One training after another, as adapters of frameworks record them."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

from fitlog_core.errors import SecondProgressError
from fitlog_core.notices import Once
from fitlog_core.recording import adapter
from fitlog_core.recording.alike import Alike, Tree, alike
from fitlog_core.recording.run import Run
from fitlog_core.recording.values import is_number
from fitlog_core.secrets import mask_values


class Training:
    """Which run an adapter's trainings are recorded into, how each begins and how it ends.

    :param log_dir: Log directory, or folder of a run to go on with; None for the current run.
    :param run: A run that is open already, instead.
    :param commit: Record the code too, where the adapter opens the run.
    :raises UsageError: if the log directory cannot be used.
    """

    def __init__(
        self, log_dir: str | os.PathLike[str] | None, run: Run | None, commit: bool
    ) -> None:
        self._commit = commit
        self._run = adapter.run_given(log_dir, run)
        self._is_at_work = False
        self._has_told_total = False
        self._told = Once()
        self._alike: Alike | None = None
        self._names: tuple[str, ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_alike": None}  # another process has files of its own

    @property
    def run(self) -> Run:
        """The run that is recorded into."""
        if self._run is None:
            self._run = adapter.run_for()
        return self._run

    @property
    def is_at_work(self) -> bool:
        """Whether a training has begun and not ended."""
        return self._is_at_work

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the values that were recorded last, in a group or not."""
        return self._names

    def begin(self, hyper: Mapping[str, Any], total_steps: int | None = None) -> Run:
        """Choose the run of a training that begins, and describe it.

        One that has not ended by now was left by an exception.

        :param hyper: Hyperparameters; tokens and passwords among them are masked.
        :param total_steps: Steps it will take, None if that is not known.
        :return: The run.
        """
        if self._is_at_work:
            self.run.conclude(1)
        self._run = run = adapter.run_for_training(self.run)
        self._is_at_work = True
        self._has_told_total = False
        run.reopen()
        if self._commit and run.is_of_adapter:
            adapter.record_script()
        if hyper:
            run.add_hyper(mask_values(hyper))
        self.expect(total_steps)
        return run

    def go_on(self, total_steps: int | None = None) -> Run:
        """Take up the training that ended last, as where a trainer goes on with the same model.

        :param total_steps: Steps it will have taken then, None if that is not known.
        :return: The run.
        """
        self._is_at_work = True
        self.run.reopen()
        if total_steps and self._has_told_total:
            self.run.correct_progress(total_steps)
        return self.run

    def expect(self, total_steps: int | None) -> None:
        """Record how many steps the training will take, unless the script has said so.

        :param total_steps: Number of steps; None if that is not known.
        """
        if total_steps:
            with contextlib.suppress(SecondProgressError):
                self.run.add_progress(total_steps)
                self._has_told_total = True

    def record(
        self,
        values: Mapping[str, Any],
        step: int,
        epoch: int | None = None,
        group: str | None = None,
    ) -> None:
        """Record the values of one step, each as a loss or as a metric by its name.

        :param values: Numbers by name, or groups of such. What is no number is left out, and
            told once.
        :param step: Step, from 0.
        :param epoch: Epoch, from 0.
        :param group: Group that all of the values are in; quicker than a mapping around them.
        """
        if self._alike is None or not self._alike.write(values, step, epoch, group):
            whole = values if group is None else {group: values}
            record(self.run, whole, step, epoch, self.say_once)
            self._alike = alike(self.run, values, epoch, _trees(values, group), group)
            self._names = tuple(values)

    def end(self, error: BaseException | None = None) -> None:
        """Record how a training ended; what is tested after it may take that back.

        :param error: What it was ended by, None if it ended well.
        """
        if self._is_at_work:
            self._is_at_work = False
            self.run.conclude(0 if error is None else 1, error)

    def leave(self) -> None:
        """Forget a training of which nobody can tell how it ended; its run keeps no end."""
        self._is_at_work = False

    def say_once(self, text: str) -> None:
        """Tell the user something the first time it happens."""
        self._told(text)


def record(
    run: Run, values: Mapping[str, Any], step: int, epoch: int | None, tell: Callable[[str], None]
) -> None:
    """Record the values of one step, each as a loss or as a metric by its name.

    :param run: Where to.
    :param values: Numbers by name, or groups of such.
    :param step: Step, from 0.
    :param epoch: Epoch, from 0.
    :param tell: Takes the text that says what is left out, for it is no number.
    """
    losses, metrics = _sorted_out(values, tell)
    if losses:
        run.add_loss(losses, step, None, epoch)
    if metrics:
        run.add_metric(metrics, step, None, epoch)


def _sorted_out(
    values: Mapping[str, Any], tell: Callable[[str], None]
) -> tuple[dict[str, Any], dict[str, Any]]:
    losses: dict[str, Any] = {}
    metrics: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, float):  # numpy's too, and the usual case: the short way
            (losses if is_loss(name) else metrics)[name] = float(value)
        elif type(value) is dict or isinstance(value, Mapping):
            of_losses, of_metrics = _sorted_out(value, tell)
            if of_losses:
                losses[name] = of_losses
            if of_metrics:
                metrics[name] = of_metrics
        elif is_number(value):
            (losses if is_loss(name) else metrics)[name] = value
        elif value is not None:
            tell(f"the metric {name!r} is no number but {type(value).__name__}; it is not recorded")
    return losses, metrics


def _trees(names: Iterable[str], group: str | None) -> dict[str, Tree]:
    """Return how values that are in no further group are recorded: losses and metrics apart."""
    of_kind: dict[str, dict[str, str]] = {}
    for name in names:
        of_kind.setdefault("loss" if is_loss(str(name)) else "metric", {})[name] = name
    if group is None:
        return dict(of_kind)
    return {kind: {group: tree} for kind, tree in of_kind.items()}


@functools.lru_cache(maxsize=1024)  # asked for each value of each step
def is_loss(name: str) -> bool:
    """Tell whether a value's name says that it is a loss: its last word holds ``loss``."""
    return "loss" in name.rsplit("/", 1)[-1].lower()


_Event = TypeVar("_Event", bound=Callable[..., None])


def harmless(event: _Event) -> _Event:
    """Let nothing that an event of an adapter raises end the user's training; say it once.

    :param event: Method of an adapter.
    """

    @functools.wraps(event)
    def guarded(self: Any, *arguments: Any, **named: Any) -> None:
        try:
            event(self, *arguments, **named)
        except Exception as error:  # noqa: BLE001 - a training of days must not end for its log
            say_failure(self, event.__name__, error)

    return cast(_Event, guarded)


def say_failure(adapter: object, event: str, error: Exception) -> None:
    """Tell the user once what an event of an adapter raised.

    For an event of each batch, which catches it by itself: :func:`harmless` is one call more.

    :param adapter: Whose event it is.
    :param event: Name of its method.
    :param error: What was raised.
    """
    vars(adapter).setdefault("_fitlog_tell", Once())(
        f"{type(adapter).__name__}.{event.lstrip('_')} could not record: "
        f"{type(error).__name__}: {error}; training goes on"
    )
