"""What ``define_metric`` said: which value counts in the table, and what says the step."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fitlog_core.recording import flat_names
from fitlog_core.recording.values import is_number


class _Rule(NamedTuple):
    """What was said of a metric.

    :param pattern: Its name, or a pattern with ``*``.
    :param summary: ``min``, ``max``, ``best`` or another word of wandb, or None.
    :param goal: ``minimize`` or ``maximize``, for ``best``.
    :param step_metric: The value that says its step, or None.
    """

    pattern: str
    summary: str | None
    goal: str | None
    step_metric: str | None

    @property
    def is_least(self) -> bool | None:
        """Whether the least value counts; None where the last does."""
        words = set((self.summary or "").split(","))
        if "min" in words or ("best" in words and self.goal != "maximize"):
            return True
        return False if words & {"max", "best"} else None


class MetricRules:
    """The rules of a run.

    :ivar best: The best values so far.
    """

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self.best: dict[str, float] = {}

    def define(self, name: str, step_metric: Any, summary: str | None, goal: str | None) -> None:
        """Take a rule, which counts before earlier ones."""
        step = getattr(step_metric, "name", step_metric)
        self._rules.insert(0, _Rule(name, summary, goal, step))

    def step_of(self, values: Mapping[str, Any]) -> int | None:
        """Return the step that the values themselves name, None if they name none."""
        for name in values:
            for rule in self._of(name):
                if rule.step_metric in values and rule.step_metric is not None:
                    return flat_names.whole_step(values[rule.step_metric])
        return None

    def is_step(self, name: str) -> bool:
        """Tell whether a value is there to say the step of others."""
        return any(rule.step_metric == name for rule in self._rules)

    def new_best(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of the values that are the best so far, by what was said of them."""
        found: dict[str, Any] = {}
        for name, value in values.items():
            is_least = next((r.is_least for r in self._of(name) if r.summary), None)
            if is_least is None or not is_number(value):
                continue
            number = float(value)
            best = self.best.get(name)
            if best is None or (number < best if is_least else number > best):
                self.best[name] = found[name] = number
        return found

    def _of(self, name: str) -> Iterator[_Rule]:
        return (rule for rule in self._rules if fnmatch.fnmatchcase(name, rule.pattern))
