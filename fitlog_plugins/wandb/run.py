"""What ``wandb.init`` returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fitlog_core.recording import flat_names
from fitlog_core.recording.autolog import harmless, say_once
from fitlog_core.recording.run import Run
from fitlog_core.recording.values import is_number
from fitlog_plugins.wandb.absent import Absent, absent, say_absent
from fitlog_plugins.wandb.config import Config, Summary
from fitlog_plugins.wandb.image import Image
from fitlog_plugins.wandb.metrics import MetricRules


class WandbRun:
    """A run, with wandb's verbs.

    :param run: The run that is recorded into; None where wandb was switched off.
    :param said: What ``init`` was told: project, name, tags and the like.
    :ivar step: The step that the next call without one is of.
    """

    def __init__(self, run: Run | None, said: Mapping[str, Any]) -> None:
        self._run = run
        self._said = dict(said)
        self._rules = MetricRules()
        self.step = 0
        self.config = Config(self._record_config)
        self.summary = Summary(self._record_summary)
        self._describe()

    # ----------------------------------------------------------- what it is

    @property
    def id(self) -> str:
        """The run's id, which makes its folder; empty where nothing is recorded."""
        if self._run is not None:
            self._run.create_log_folder()
        return str((self._run and self._run.get_log_id()) or "")

    @property
    def name(self) -> str:
        """The name that ``init`` was told, else the id."""
        return str(self._said.get("name") or self.id)

    @name.setter
    def name(self, name: str) -> None:
        self._said["name"] = name
        self._describe()

    @property
    def dir(self) -> str:
        """The run's folder."""
        return self.id and str(self._run and self._run.get_log_folder(absolute=True))

    @property
    def url(self) -> None:
        """None: there is no server."""

    def get_url(self) -> None:
        """Return None: there is no server."""

    # ------------------------------------------------------------ recording

    @harmless
    def log(
        self,
        data: Mapping[str, Any],
        step: Any = None,
        commit: bool | None = None,
        sync: bool | None = None,
    ) -> None:
        """Record the values of one step.

        :param data: Values by name: numbers, pictures, figures.
        :param step: The step; without it calls are counted.
        :param commit: False has the next call be of the same step.
        """
        if step is not None:
            self.step = self._whole(step)
        named = self._rules.step_of(data)
        at = self.step if named is None else named
        if self._run is not None:
            self._record(dict(data), at)
        # As wandb: a step that is named stays until another is, or commit says otherwise.
        if commit if commit is not None else step is None:
            self.step += 1

    def define_metric(
        self,
        name: str,
        step_metric: Any = None,
        step_sync: Any = None,
        hidden: Any = None,
        summary: str | None = None,
        goal: str | None = None,
        overwrite: Any = None,
    ) -> Absent:
        """Say which value of a metric counts in the table, and which other value says its step.

        :param name: The metric, or a pattern with ``*``.
        :param step_metric: Name of the value that says its step.
        :param summary: ``min``, ``max`` or ``best``; without it none is put into the table.
        :param goal: ``minimize`` or ``maximize``, for ``best``.
        """
        self._rules.define(name, step_metric, summary, goal)
        return _Metric(name)

    def watch(self, *arguments: Any, **named: Any) -> None:
        """Say once that gradients are not recorded."""
        say_once("wandb.watch does nothing: gradients and weights are not recorded by fitlog")

    def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None:
        """End the run.

        :param exit_code: Other than 0 for an error.
        """
        if self._run is not None:
            self._run.finish(1 if exit_code else 0)

    def __enter__(self) -> WandbRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: Any
    ) -> None:
        if self._run is not None:
            self._run.__exit__(kind, error, trace)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self.__dict__.get("_said", {}):
            return self._said[name]
        return absent(f"run.{name}")

    # ----------------------------------------------------------- the inside

    @harmless
    def _describe(self) -> None:
        said = {name: value for name, value in self._said.items() if value not in (None, "", ())}
        if said and self._run is not None:
            self._run.add_other({"wandb": said})

    @harmless
    def _record_config(self, values: dict[str, Any]) -> None:
        if self._run is not None:
            self._run.add_hyper(values)

    @harmless
    def _record_summary(self, values: dict[str, Any]) -> None:
        if self._run is not None:
            self._run.add_best_metric(flat_names.nested(values))

    def _record(self, values: dict[str, Any], step: int) -> None:
        assert self._run is not None  # noqa: S101 - the caller asked
        epoch = flat_names.whole_step(values.get("epoch"))
        numbers: dict[str, Any] = {}
        for name, value in _flat(values):
            if is_number(value):
                if not self._rules.is_step(name):
                    numbers[name] = value
            elif value is not None:
                self._record_other(name, value, step)
        is_whole = epoch is not None and numbers.get("epoch") == epoch
        if is_whole:
            del numbers["epoch"]
        flat_names.record(self._run, numbers, step, epoch if is_whole else None)
        best = self._rules.new_best(numbers)
        if best:
            self._run.add_best_metric(flat_names.nested(best))

    def _record_other(self, name: str, value: Any, step: int) -> None:
        """Record what is no number: pictures, figures, texts."""
        run = self._run
        assert run is not None  # noqa: S101 - the caller asked
        if isinstance(value, Image) or hasattr(value, "savefig"):
            _record_picture(run, name, value, step)
        elif isinstance(value, (list, tuple)) and value and isinstance(value[0], Image):
            for position, image in enumerate(value):
                _record_picture(run, f"{name}/{position}" if position else name, image, step)
        elif isinstance(value, Absent):
            return  # it has said so
        elif isinstance(value, (str, bool)):
            run.add_other({name: value})
        elif not isinstance(value, Sequence) or value:
            say_once(
                f"wandb.log: {name!r} is no number but {type(value).__name__}; it is not recorded"
            )

    def _whole(self, step: Any) -> int:
        whole = flat_names.whole_step(step)
        if whole is None:
            say_once(f"wandb.log: the step {step!r} is not whole or below 0; {self.step} is taken")
            return self.step
        return whole


class _Metric(Absent):
    """What ``define_metric`` returns: it has the name, and nothing else that counts."""

    def __init__(self, name: str) -> None:
        self.name = name


def _flat(values: Mapping[Any, Any], before: str = "") -> list[tuple[str, Any]]:
    """Return nested values by names with a ``/``."""
    found: list[tuple[str, Any]] = []
    for key, value in values.items():
        name = f"{before}{key}"
        found += _flat(value, f"{name}/") if isinstance(value, Mapping) else [(name, value)]
    return found


@harmless
def _record_picture(run: Run, name: str, value: Any, step: int) -> None:
    data = value.data if isinstance(value, Image) else value
    if hasattr(data, "gcf"):  # matplotlib.pyplot itself, which wandb takes
        data = data.gcf()
    if hasattr(data, "savefig"):
        run.add_figure(data, step, name)
    else:
        run.add_image(data, step, name)
    if isinstance(value, Image) and value.more:
        say_absent("Image's " + ", ".join(sorted(value.more)))
