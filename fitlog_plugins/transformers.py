"""Hugging Face's Trainer: a callback that records what it logs into one run.

Importing this module registers the name, so that ``report_to="fitlog"`` works.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from fitlog_core.errors import MissingExtraError, SecondProgressError
from fitlog_core.notices import say
from fitlog_core.recording import adapter
from fitlog_core.recording.run import Run
from fitlog_core.secrets import is_secret, mask_values

try:
    import transformers
    from transformers import TrainerCallback
except ModuleNotFoundError as error:
    if error.name != "transformers":
        raise
    raise MissingExtraError(
        "fitlog_plugins.transformers needs transformers, which is not installed; install it with "
        "'pip install transformers' (it is what the extra fitlog[transformers] brings)"
    ) from error

# Where a checkpoint's trainer_state.json says which run it belongs to. No class is called so,
# hence the Trainer takes it for no callback's state.
_NOTE = "fitlog"
_SPLITS = ("eval", "test", "train")
# What the Trainer adds to the metrics of an evaluation, for the table instead of a curve.
_COSTS = (
    "runtime",
    "samples_per_second",
    "steps_per_second",
    "tokens_per_second",
    "model_preparation_time",
    "jit_compilation_time",
)

_MOST_LAYOUTS = 1000

_Event = Callable[..., None]


def _harmless(event: _Event) -> _Event:
    """Let nothing that an event raises end the training; say it once."""

    @functools.wraps(event)
    def guarded(self: FitlogCallback, *arguments: Any, **named: Any) -> None:
        try:
            event(self, *arguments, **named)
        except Exception as error:  # noqa: BLE001 - a training of days must not end for its log
            self._say_once(
                f"FitlogCallback.{event.__name__} could not record: {type(error).__name__}: "
                f"{error}; training goes on"
            )

    return guarded


class _Place(NamedTuple):
    """Where a value of a log goes.

    :param key: Its name in the log.
    :param kind: ``loss``, ``metric`` or ``other``.
    :param split: Which data it is of.
    :param name: What it is called there; of a loss, its whole name.
    """

    key: str
    kind: str
    split: str
    name: str


class _Layout(NamedTuple):
    """What becomes of the values that come under one set of names, worked out once.

    :param prefix: Of the evaluation that was logged; None if it was none.
    :param is_summary: The training has ended, and these are its totals.
    :param places: Where each value goes.
    """

    prefix: str | None
    is_summary: bool
    places: tuple[_Place, ...]


class _Best(NamedTuple):
    """The best evaluation so far."""

    value: float
    step: int


class FitlogCallback(TrainerCallback):
    """Records a training of the Trainer; one run, written by the first process.

    ::

        Trainer(model, args, callbacks=[FitlogCallback("logs")], ...)

    :param log_dir: Log directory, or folder of a run to go on with. Without it the current run
        is used, or a new one in ``logs``.
    :param run: A run that is open already, instead.
    :param commit: Record the code too, where this callback opens the run.
    :raises UsageError: if the log directory cannot be used.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        *,
        run: Run | None = None,
        commit: bool = True,
    ) -> None:
        self._commit = commit
        self._run = run
        if run is None and log_dir is not None:
            self._run = adapter.run_for(log_dir)  # now, so that a wrong directory is told here
        self._is_described = False
        self._is_training = False
        self._is_first_step = False
        self._best: _Best | None = None
        self._evaluation: tuple[int, dict[str, Any]] = (-1, {})
        self._layouts: dict[tuple[str, ...], _Layout] = {}
        self._said: set[str] = set()

    @property
    def run(self) -> Run:
        """The run that is recorded into."""
        if self._run is None:
            self._run = adapter.run_for()
        return self._run

    # -------------------------------------------------------------- training

    @_harmless
    def on_train_begin(
        self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any
    ) -> None:
        """Choose the run, describe it, and take up what was the best before a resume."""
        if not state.is_world_process_zero:
            return
        earlier = self._run
        run = self._run = self._run_of_training(state)
        _notes(state).setdefault(_NOTE, {})
        run.reopen()
        if run is not earlier:
            self._is_described = False
        self._is_training = self._is_first_step = True
        self._describe(run, args, model)
        if state.is_hyper_param_search:
            run.add_hyper(mask_values(state.trial_params or {}), "trial")
            if state.trial_name:
                run.add_other(state.trial_name, "trial")
        if state.max_steps > 0:
            with contextlib.suppress(SecondProgressError):  # a second callback, or the script
                run.add_progress(state.max_steps)
        self._remember_best(args, state)

    @_harmless
    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Make the folder once a step has gone well, and note the run for the checkpoints."""
        if not self._is_first_step:
            return
        self._is_first_step = False
        run = self._run
        if run is None:
            return
        run.create_log_folder()
        if run.get_log_id() is not None:
            folder = {"log_dir": run.get_log_dir(absolute=True), "id": run.get_log_id()}
            _notes(state)[_NOTE] = folder

    @_harmless
    def on_log(
        self,
        args: Any,
        state: Any,
        control: Any,
        logs: Mapping[str, Any] | None = None,
        model: Any = None,
        **kwargs: Any,
    ) -> None:
        """Record what the Trainer logs: of a training step, of an evaluation, or at the end."""
        if not logs or not state.is_world_process_zero:
            return
        run = self._run_at_hand(args, model)
        layout = self._layout_of(logs)
        if layout.is_summary:
            run.add_other({"train": {key.removeprefix("train_"): logs[key] for key in logs}})
            return
        if layout.prefix is not None:
            self._evaluation = (state.global_step, dict(logs))
        self._record(run, state, logs, layout.places)

    @_harmless
    def on_evaluate(
        self,
        args: Any,
        state: Any,
        control: Any,
        metrics: Mapping[str, Any] | None = None,
        model: Any = None,
        **kwargs: Any,
    ) -> None:
        """Record what :meth:`on_log` has not, and what is best in the table."""
        if not metrics or not state.is_world_process_zero:
            return
        run = self._run_at_hand(args, model)
        self._reopen(run)
        prefix = _evaluated(metrics) or "eval"
        step, logged = self._evaluation
        known = logged if step == state.global_step else {}
        new = [key for key in metrics if key not in known]
        self._record(run, state, metrics, _places(new, prefix))
        if prefix.split("_", 1)[0] == "eval":
            self._judge(run, args, state, {**known, **metrics}, prefix)
        else:
            run.add_best_metric(self._table(metrics, prefix))
        self._conclude_again(run)

    @_harmless
    def on_predict(
        self,
        args: Any,
        state: Any,
        control: Any,
        metrics: Mapping[str, Any] | None = None,
        model: Any = None,
        **kwargs: Any,
    ) -> None:
        """Record the metrics of a test, usually after the training's end."""
        if not metrics or not state.is_world_process_zero:
            return
        run = self._run_at_hand(args, model)
        self._reopen(run)
        prefix = _evaluated(metrics) or "test"
        self._record(run, state, metrics, _places(metrics, prefix))
        run.add_best_metric(self._table(metrics, prefix))
        self._conclude_again(run)

    @_harmless
    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Say that the training ended well; a test may follow."""
        if self._run is not None and state.is_world_process_zero:
            self._is_training = False
            self._run.conclude()

    # --------------------------------------------------------------- the run

    def _run_of_training(self, state: Any) -> Run:
        if state.global_step:
            return self._run_of_checkpoint(state) or adapter.run_for_training(self.run)
        if _NOTE in _notes(state):  # this Trainer has a second callback, which was here first
            return adapter.current_run() or self.run
        run = self.run
        if state.is_hyper_param_search and run.get_log_id() is not None:
            self._finish_trial(run)
            run = adapter.next_run(run)
        elif self._is_training:  # the training before was left by an exception
            run.conclude(1)
        return adapter.run_for_training(run)

    def _finish_trial(self, run: Run) -> None:
        """End the run of the trial before, if it was one: nothing of it is to come any more."""
        if run.has_training:
            run.finish(1 if self._is_training else 0)

    def _run_of_checkpoint(self, state: Any) -> Run | None:
        """Return the run that a resumed training goes on with, None if it is not to be found."""
        note = _notes(state).get(_NOTE)
        if not note:
            return None
        run = self._run or adapter.current_run()
        directory = None if run is None else run.get_log_dir(absolute=True)
        folder = Path(directory or note["log_dir"]) / note["id"]
        if run is not None and (run.get_log_id() == note["id"] or run.go_on_with(folder)):
            run.has_training = True
            return run
        if run is not None and not (run.is_of_adapter and run.has_training):
            return None
        if not (folder / "meta.log").is_file():
            say(f"the checkpoint's run {str(folder)!r} is not there; a new run begins")
            return None
        run = adapter.run_for(folder)
        run.has_training = True
        return run

    def _run_at_hand(self, args: Any, model: Any) -> Run:
        """Return the run; opened here where an evaluation comes before or without a training."""
        if not self._is_described:
            self._describe(self.run, args, model)
        return self.run

    def _reopen(self, run: Run) -> None:
        """Take the training's end back for what is evaluated after it."""
        if run.has_training and not self._is_training:
            run.reopen()

    def _conclude_again(self, run: Run) -> None:
        if run.has_training and not self._is_training:
            run.conclude()

    def _describe(self, run: Run, args: Any, model: Any) -> None:
        if self._is_described:
            return
        self._is_described = True
        if self._commit and run.is_of_adapter:
            adapter.record_script()
        run.add_hyper(_arguments(args), "args")
        run.add_hyper(_model(model), "model")
        for name, config in (getattr(model, "peft_config", None) or {}).items():
            where = "peft" if name == "default" else f"peft_{name}"
            run.add_hyper(mask_values(config.to_dict()), where)

    # ------------------------------------------------------------ the values

    def _layout_of(self, logs: Mapping[str, Any]) -> _Layout:
        names = tuple(logs)
        layout = self._layouts.get(names)
        if layout is None:
            if len(self._layouts) >= _MOST_LAYOUTS:
                self._layouts.clear()
            prefix = _evaluated(names)
            is_summary = prefix is None and "train_loss" in names
            layout = _Layout(prefix, is_summary, _places(names, prefix or "train"))
            self._layouts[names] = layout
        return layout

    def _record(
        self, run: Run, state: Any, logs: Mapping[str, Any], places: Iterable[_Place]
    ) -> None:
        """Record one log: losses, metrics and what is neither, each by its split."""
        losses: dict[str, Any] = {}
        metrics: dict[str, dict[str, Any]] = {}
        others: dict[str, dict[str, Any]] = {}
        for key, kind, split, name in places:
            value = logs[key]
            if type(value) is not float and not self._is_recordable(key, value):
                if value is not None:
                    others.setdefault(split, {})[name] = value
            elif kind == "loss":
                losses[name] = value
            else:
                of_kind = metrics if kind == "metric" else others
                of_kind.setdefault(split, {})[name] = value
        step, epoch = state.global_step, _epoch(state.epoch)
        if losses:
            run.add_loss(losses, step, None, epoch)
        if metrics:
            run.add_metric(metrics, step, None, epoch)
        if others:
            run.add_other(others)

    def _is_recordable(self, key: str, value: Any) -> bool:
        """Tell whether a value makes a curve; say so of one that does not."""
        is_number = _is_number(value)
        if not is_number and value is not None:
            self._say_once(
                f"the metric {key!r} is no number but {type(value).__name__}; it is kept among "
                "the run's other values"
            )
        return is_number

    def _judge(
        self, run: Run, args: Any, state: Any, metrics: Mapping[str, Any], prefix: str
    ) -> None:
        """Put an evaluation into the table if it is the best so far, or belongs to it."""
        if not self._is_training and self._best is not None:
            return  # which model was chosen is decided; this may be quite other data
        step = state.global_step
        key, is_greater = _criterion(args)
        value = metrics.get(key)
        if value is not None and _is_number(value):
            number, best = float(value), self._best
            if best is None or _is_better(number, best.value, is_greater):
                self._best = _Best(number, step)
        if self._best is not None and self._best.step == step:
            run.add_best_metric(self._table(metrics, prefix, step))

    def _remember_best(self, args: Any, state: Any) -> None:
        """Find the best evaluation before the checkpoint; later ones are trained anew."""
        self._best = None
        key, is_greater = _criterion(args)
        best: Mapping[str, Any] = {}
        for entry in state.log_history if state.global_step else ():
            value = entry.get(key)
            if _is_number(value) and (
                self._best is None or _is_better(value, self._best.value, is_greater)
            ):
                self._best, best = _Best(float(value), entry["step"]), entry
        if self._best is not None and self._run is not None:
            metrics = {name: value for name, value in best.items() if name != "step"}
            self._run.add_best_metric(
                self._table(metrics, _evaluated(metrics) or "eval", self._best.step)
            )

    def _table(
        self, metrics: Mapping[str, Any], prefix: str, step: int | None = None
    ) -> dict[str, Any]:
        """Return an evaluation as the table shows it: values by split, and their step."""
        table: dict[str, dict[str, Any]] = {}
        for key, value in metrics.items():
            split, name = _split(key, prefix)
            if split != "train" and name not in _COSTS and _is_number(value):
                table.setdefault(split, {})[name] = value
        if step is not None:
            for values in table.values():
                values.setdefault("step", step)
        return table

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            say(text)


def _notes(state: Any) -> dict[str, Any]:
    """Return what the Trainer keeps of its callbacks in a checkpoint's trainer_state.json."""
    notes = getattr(state, "stateful_callbacks", None)
    return notes if isinstance(notes, dict) else {}


def _evaluated(logs: Iterable[str]) -> str | None:
    """Return the prefix of an evaluation's metrics, known by the time it took."""
    for key in logs:
        if key.endswith("_runtime") and key != "train_runtime":
            return key[: -len("_runtime")]
    return None


def _split(key: str, prefix: str) -> tuple[str, str]:
    """Return which data a value is of, and its name there; without a prefix, the training's."""
    for split in (prefix, *_SPLITS):
        if key.startswith(f"{split}_"):
            return split, key[len(split) + 1 :]
    return "train", key


def _places(names: Iterable[str], prefix: str) -> tuple[_Place, ...]:
    """Return where the values of a log go, the epoch left out."""
    places = []
    for key in names:
        split, name = _split(key, prefix)
        if split != "train" and name in _COSTS:
            places.append(_Place(key, "other", split, name))
        elif name == "loss":
            places.append(_Place(key, "loss", split, split))
        elif name.endswith("_loss"):
            places.append(_Place(key, "loss", split, f"{split}_{name[: -len('_loss')]}"))
        elif key != "epoch":
            places.append(_Place(key, "metric", split, name))
    return tuple(places)


def _epoch(passes: float | None) -> int | None:
    """Return the epoch, from 0, in which the last step was: the second half of 0 ends at 1.0."""
    return None if passes is None else max(0, math.ceil(passes - 1e-6) - 1)


def _is_number(value: Any) -> bool:
    if type(value) is float or type(value) is int:
        return True
    if value is None or isinstance(value, (str, bytes)):
        return False
    try:
        float(value)
    except (TypeError, ValueError, RuntimeError):  # RuntimeError: a tensor of several elements
        return False
    return True


def _is_better(value: float, best: float, is_greater: bool) -> bool:
    if best != best:  # NaN, which anything is better than
        return value == value
    return value > best if is_greater else value < best


def _criterion(args: Any) -> tuple[str, bool]:
    """Return the metric that says which model is best, and whether more of it is better."""
    key = getattr(args, "metric_for_best_model", None) or "loss"
    is_greater = getattr(args, "greater_is_better", None)
    if is_greater is None:
        is_greater = not key.endswith("loss")
    return key if key.startswith("eval_") else f"eval_{key}", is_greater


def _arguments(args: Any) -> dict[str, Any]:
    values = dict(args.to_dict())
    for name in filter(is_secret, values):  # the Trainer has put <HUB_TOKEN> there, set or not
        values[name] = getattr(args, name, None)
    return mask_values(values)


def _model(model: Any) -> dict[str, Any]:
    """Return a model's configuration, class and size."""
    if model is None:
        return {}
    config = getattr(model, "config", None)
    to_dict = getattr(config, "to_dict", None)
    values = to_dict() if callable(to_dict) else config
    known = _without_labels(values) if isinstance(values, Mapping) else {}
    every, trained = _sizes(model)
    return {
        **mask_values(known),
        "class": type(model).__name__,
        "num_parameters": every,
        "num_trainable_parameters": trained,
    }


def _without_labels(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with the number of labels instead of two columns for each."""
    values = {
        name: _without_labels(value) if isinstance(value, Mapping) else value
        for name, value in config.items()
        if name not in ("id2label", "label2id")
    }
    if isinstance(config.get("id2label"), Mapping):
        values.setdefault("num_labels", len(config["id2label"]))
    return values


def _sizes(model: Any) -> tuple[int, int]:
    parameters = getattr(model, "parameters", None)
    every = trained = 0
    for parameter in parameters() if callable(parameters) else ():
        count = getattr(parameter, "ds_numel", None) or parameter.numel()  # DeepSpeed splits them
        every += count
        trained += count if parameter.requires_grad else 0
    return every, trained


def _register() -> None:
    try:
        from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK

        INTEGRATION_TO_CALLBACK["fitlog"] = FitlogCallback
    except (ImportError, TypeError):
        say(
            f"transformers {transformers.__version__} takes no further name for report_to; give "
            "the Trainer callbacks=[FitlogCallback()] instead"
        )


_register()
