"""fastai: a callback for a ``Learner``.

::

    from fitlog_plugins.fastai import FitlogCallback

    learn = Learner(dls, model, metrics=accuracy, cbs=FitlogCallback("logs"))
    learn.fit_one_cycle(5)
"""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from fitlog_core.recording import monitored
from fitlog_core.recording.attached import Call, End, attach
from fitlog_core.recording.folder import absolute
from fitlog_core.recording.frameworks import needed
from fitlog_core.recording.monitored import is_better
from fitlog_core.recording.run import Run
from fitlog_core.recording.training import Training, harmless, say_failure
from fitlog_plugins.fastai import learners

with needed("fastai"):
    from fastai.callback.core import Callback
    from fastcore.foundation import L

_SCHEDULED = ("lr", "mom")  # what fastai's schedules change from step to step


@dataclass(slots=True)
class _Place:
    """Where a learner is in its run.

    :ivar learner: The one that the run is of.
    :ivar is_recorded: A fit is at work that is recorded.
    :ivar steps: Batches trained on so far.
    :ivar first_step: Those before this fit.
    :ivar epochs: Epochs so far.
    :ivar first_epoch: Number of this fit's first epoch.
    :ivar waiting: Step and loss of a batch that is not over.
    :ivar has_trained: The epoch at hand has a part that trains.
    :ivar best: The best value of what is monitored.
    """

    learner: weakref.ref[Any] | None = None
    is_recorded: bool = False
    steps: int = 0
    first_step: int = 0
    epochs: int = 0
    first_epoch: int = 0
    waiting: tuple[int, Any] | None = None
    has_trained: bool = False
    best: float | None = None

    def is_of(self, learner: object) -> bool:
        """Tell whether the run is of this learner."""
        return self.learner is not None and self.learner() is learner


class FitlogCallback(Callback):
    """Records what a learner trains; one run a learner.

    Fits of one learner after one another, such as the two of ``fine_tune``, go on in its run. A
    step is a batch that was trained on; the first is 1. ``lr_find`` is not recorded. Pickled with
    its learner, as by ``learn.export()``, it forgets the run: the one that is loaded makes a new
    one, once it is trained.

    :param log_dir: Log directory, or folder of a run to go on with. Without it the current run
        is used, or a new one in ``logs``.
    :param run: A run that is open already, instead.
    :param every: Record loss, learning rate and momentum after so many batches; 0 records the
        ends of epochs only.
    :param monitor: What decides which epoch is best, by fastai's name, such as ``accuracy``;
        ``valid_loss`` unless given.
    :param mode: ``min`` or ``max``; ``min`` for losses and errors, else ``max``, unless given.
    :param hyper: Further hyperparameters.
    :param commit: Record the code too, where this callback opens the run.
    :ivar fitlog_run: The run that is recorded into; ``run`` is fastai's own word.
    :raises ArgumentError: if ``every`` or ``mode`` is none of these.
    :raises UsageError: if the log directory cannot be used.
    """

    order = 55  # after the Recorder, which knows the values; before what stops a training early
    run_valid = False

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        *,
        run: Run | None = None,
        every: int = 1,
        monitor: str = "valid_loss",
        mode: str | None = None,
        hyper: Mapping[str, Any] | None = None,
        commit: bool = True,
    ) -> None:
        super().__init__()
        is_cost = "loss" in monitor or "error" in monitor
        self._is_less_better = monitored.is_less_better(mode, is_cost)
        self._every = monitored.batches(every)
        self._book = Training(log_dir, run, commit)
        self._again = (None if log_dir is None else absolute(log_dir)), commit
        self._monitor = monitor
        self._hyper = dict(hyper or {})
        self._place = _Place()

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_book": None, "_place": _Place()}

    def __call__(self, event_name: str) -> Any:
        """Do what is to be done at an event.

        At the eight events of a batch that nothing here hears fastai would look for a method in
        the learner, too, which takes longer than to record the batch.
        """
        if hasattr(type(self), event_name) or event_name in vars(self):
            return super().__call__(event_name)
        return None

    @property
    def fitlog_run(self) -> Run:
        """The run that is recorded into."""
        return self._training().run

    @harmless
    def before_fit(self) -> None:
        """Note that a fit begins; ``validate`` and ``get_preds`` say so too, and train nothing."""
        self._place.is_recorded = False

    @harmless
    def before_epoch(self) -> None:
        """Note that an epoch begins; it may have no part that trains."""
        self._place.has_trained = False

    @harmless
    def before_train(self) -> None:
        """Choose the run and describe it; go on where the learner was fitted before."""
        if not self._place.is_recorded and not hasattr(self.learn, "lr_finder"):
            skipped = getattr(getattr(self.learn, "skip_to_epoch", None), "_skip_to", 0)
            if self._place.is_of(self.learn) and not self._training().is_at_work:
                self._go_on(skipped)
            else:
                self._begin(skipped)
            self._place.is_recorded = True
        self._place.has_trained = True

    def after_loss(self) -> None:
        """Keep the loss of the batch."""
        try:
            place, learner = self._place, self.learn
            if place.is_recorded:
                place.waiting = place.first_step + learner.train_iter + 1, learner.loss
        except Exception as error:  # noqa: BLE001 - as harmless does, at each batch
            say_failure(self, "after_loss", error)

    def after_batch(self) -> None:
        """Record the batch."""
        try:
            place = self._place
            if place.is_recorded:
                self._record_waiting()
                place.steps = place.first_step + self.learn.train_iter
        except Exception as error:  # noqa: BLE001 - as harmless does, at each batch
            say_failure(self, "after_batch", error)

    @harmless
    def after_epoch(self) -> None:
        """Record an epoch; what ``validate`` finds in other data goes into the table."""
        place = self._place
        if not place.has_trained:
            self._record_test()
        elif place.is_recorded:
            epoch = place.first_epoch + self.learn.epoch
            place.epochs = epoch + 1
            found = learners.of_epoch(getattr(self.learn, "recorder", None))
            if found:
                self._record_epoch(found, epoch)

    @harmless
    def after_cancel_fit(self) -> None:
        """Record the batch that the training was left in, such as the one whose loss is NaN."""
        if self._place.is_recorded:
            self._record_waiting()

    @harmless
    def after_fit(self) -> None:
        """Say that the training ended well."""
        if self._place.is_recorded:
            self._place.is_recorded = False
            self._training().end()

    @harmless
    def leave(self, error: BaseException | None) -> None:
        """Record that a fit was ended by an exception, of which fastai tells no callback.

        :param error: The exception, None if there was none.
        """
        if error is not None and self._place.is_recorded:
            self._place.is_recorded = False
            self._training().end(error)

    def _training(self) -> Training:
        if self._book is None:  # unpickled
            self._book = Training(self._again[0], None, self._again[1])
        return self._book

    def _begin(self, skipped: int) -> None:
        """Begin with a learner; in another's run, which the user opened, the steps go on."""
        learner, training = self.learn, self._training()
        before = training.run
        run = training.begin({**learners.described(learner), **self._hyper})
        if run is not before or self._place.learner is None:
            self._place = _Place()
            with contextlib.suppress(TypeError):  # data without a length
                self._place.steps = skipped * len(learner.dls.train)
            self._place.epochs = skipped
        self._place.learner = weakref.ref(learner)
        self._start_counting(skipped)
        training.expect(self._total(skipped))

    def _go_on(self, skipped: int) -> None:
        self._start_counting(skipped)
        run = self._training().go_on(self._total(skipped))
        run.add_hyper({"epochs": self._place.first_epoch + self.learn.n_epoch})

    def _start_counting(self, skipped: int) -> None:
        place = self._place
        place.first_step, place.first_epoch = place.steps, place.epochs - skipped

    def _total(self, skipped: int) -> int | None:
        try:
            of_fit: int = (self.learn.n_epoch - skipped) * len(self.learn.dls.train)
        except TypeError:  # data without a length
            return None
        return self._place.first_step + of_fit

    def _record_waiting(self) -> None:
        place = self._place
        if place.waiting is None:
            return
        (place.steps, loss), place.waiting = place.waiting, None
        if self._every and place.steps % self._every == 0:
            settings = self.learn.opt.hypers[-1]
            values = {name: float(settings[name]) for name in _SCHEDULED if name in settings}
            values["loss"] = _number(loss)
            epoch = place.first_epoch + self.learn.epoch
            self._training().record(values, place.steps, epoch, "train")

    def _record_epoch(self, found: Mapping[str, Any], epoch: int) -> None:
        values = learners.by_split(found)
        self._training().record(values, self._place.steps, epoch)
        value = found.get(self._monitor)
        if value is None:
            if self._monitor != "valid_loss":
                self._training().say_once(
                    f"there is no {self._monitor!r} to tell the best epoch by; fastai's recorder "
                    f"has {', '.join(found)}"
                )
        elif is_better(float(value), self._place.best, self._is_less_better):
            self._place.best = float(value)
            where = {"step": self._place.steps, "epoch": epoch}
            self._training().run.add_best_metric(
                {split: {**of, **where} for split, of in values.items() if of}
            )

    def _record_test(self) -> None:
        learner = self.learn
        is_other = self._training().is_at_work or hasattr(learner, "gather_preds")
        recorder = getattr(learner, "recorder", None)
        if is_other or recorder is None or not self._place.is_of(learner):
            return
        if not any(learner.dl is own for own in learner.dls.loaders):
            names = ["loss", *(metric.name for metric in learner.metrics)]
            found = dict(zip(names, recorder.log[1:], strict=False))
            self._training().run.add_best_metric({"test": found})


def _number(loss: Any) -> float:
    """Return a loss as a number, the mean of one that has several."""
    try:
        return float(loss.item())
    except RuntimeError:  # several elements
        return float(loss.detach().mean())


class _ForFit(FitlogCallback):
    """The callback of a learner that has none of ours; in a pickle one of fastai stands for it."""

    def __reduce__(self) -> tuple[type[Callback], tuple[()]]:
        return Callback, ()


# Kept with their learners, whose fits after one another are one run.
_of_learners: weakref.WeakKeyDictionary[Any, _ForFit] = weakref.WeakKeyDictionary()


def autolog(learner: ModuleType) -> None:
    """Have each ``fit`` record.

    :param learner: ``fastai.learner``.
    """
    attach((learner.Learner,), "fit", _add)


def _add(call: Call) -> End | None:
    learner = call.get("self")
    given = list(L(call.get("cbs")))
    if any(map(_is_ours, (*learner.cbs, *given))):
        return None
    callback = _of_learners.get(learner)
    if callback is None:
        callback = _of_learners[learner] = _ForFit()
    call.put("cbs", [*given, callback])  # fastai takes it off the learner again
    return lambda _, error: callback.leave(error)


def _is_ours(callback: Any) -> bool:
    kind = callback if isinstance(callback, type) else type(callback)
    return issubclass(kind, FitlogCallback)
