"""Which evaluation of a training is the best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from fitlog_core.recording.values import is_number


class _Best(NamedTuple):
    """The best evaluation so far."""

    value: float
    step: int


class BestEvaluation:
    """Knows the best evaluation so far, by the metric that chooses the Trainer's best model."""

    def __init__(self) -> None:
        self._best: _Best | None = None

    def takes(self, args: Any, step: int, metrics: Mapping[str, Any], is_training: bool) -> bool:
        """Tell whether an evaluation is the best so far, or belongs to it.

        :param args: The Trainer's arguments.
        :param step: Step of the evaluation.
        :param metrics: Its values by name.
        :param is_training: The training goes on.
        """
        if not is_training and self._best is not None:
            return False  # which model was chosen is decided; this may be quite other data
        key, is_greater = _criterion(args)
        value = metrics.get(key)
        if value is not None and is_number(value):
            number, best = float(value), self._best
            if best is None or _is_better(number, best.value, is_greater):
                self._best = _Best(number, step)
        return self._best is not None and self._best.step == step

    def remember(self, args: Any, state: Any) -> Mapping[str, Any] | None:
        """Find the best evaluation before the checkpoint; later ones are trained anew.

        :param args: The Trainer's arguments.
        :param state: The Trainer's state as the training begins.
        :return: What was logged of it, its step too; None if there was none.
        """
        self._best, found = None, None
        key, is_greater = _criterion(args)
        for entry in state.log_history if state.global_step else ():
            value = entry.get(key)
            if is_number(value) and (
                self._best is None or _is_better(value, self._best.value, is_greater)
            ):
                self._best, found = _Best(float(value), entry["step"]), entry
        return found


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
