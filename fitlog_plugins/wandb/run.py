"""What ``wandb.init`` returns."""

from __future__ import annotations

import secrets
import string
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fitlog_core.recording import flat_names
from fitlog_core.recording.autolog import harmless, say_once
from fitlog_core.recording.run import Run
from fitlog_core.recording.values import is_number
from fitlog_plugins.wandb.absent import Absent, absent, say_absent
from fitlog_plugins.wandb.config import Config, Summary
from fitlog_plugins.wandb.image import Image, shown
from fitlog_plugins.wandb.metrics import MetricRules

_LETTERS = string.ascii_lowercase + string.digits


class WandbRun:
    """A run, with wandb's verbs.

    :param run: The run that is recorded into; None where wandb was switched off.
    :param said: What ``init`` was told: project, name, tags and the like.
    :param left: Called with this once it has ended.
    :ivar step: The step that the next call without one is of.
    """

    entity = ""
    resumed = False
    offline = True
    starting_step = 0
    sweep_id: str | None = None

    def __init__(
        self,
        run: Run | None,
        said: Mapping[str, Any],
        left: Callable[[WandbRun], None] | None = None,
    ) -> None:
        self._run = run
        self._said = dict(said)
        self._left = left
        self._own_id = ""
        self.start_time = time.time()
        self._rules = MetricRules()
        self.step = 0
        self.config = Config(self._record_config)
        self.summary = Summary(self._record_summary)
        self._describe()

    # ----------------------------------------------------------- what it is

    @property
    def id(self) -> str:
        """The run's id, which makes its folder; random letters where nothing is recorded."""
        if self._run is not None:
            self._run.create_log_folder()
        found = None if self._run is None else self._run.get_log_id()
        if found is None:
            found = self._own_id = self._own_id or new_id()
        return found

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
        """The run's folder; that for temporary files where nothing is recorded."""
        has_one = self.id and self._run is not None
        folder = self._run.get_log_folder(absolute=True) if has_one and self._run else None
        return folder or tempfile.gettempdir()

    @property
    def path(self) -> str:
        """Project and id."""
        return f"{self._said.get('project') or ''}/{self.id}"

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags."""
        return tuple(self._said.get("tags") or ())

    @tags.setter
    def tags(self, tags: Sequence[str]) -> None:
        self._said["tags"] = tags_of(tags)
        self._describe()

    @property
    def notes(self) -> str | None:
        """The notes."""
        return self._said.get("notes")

    @notes.setter
    def notes(self, notes: str) -> None:
        self._said["notes"] = notes
        self._describe()

    @property
    def disabled(self) -> bool:
        """Whether nothing is recorded."""
        return self._run is None

    @property
    def url(self) -> None:
        """None: there is no server."""

    project_url = sweep_url = url

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
        self._see(data)
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

    def unwatch(self, *arguments: Any, **named: Any) -> None:
        """Do nothing, as ``watch`` does."""

    def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None:
        """End the run.

        :param exit_code: Other than 0 for an error.
        """
        if self._run is not None:
            self._run.finish(1 if exit_code else 0)
        self._leave()

    def __enter__(self) -> WandbRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: Any
    ) -> None:
        if self._run is not None:
            self._run.__exit__(kind, error, trace)
        self._leave()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self.__dict__.get("_said", {}):
            return self._said[name]
        return absent(f"run.{name}")

    def join_sweep(self, name: str, number: int, values: Mapping[str, Any]) -> None:
        """Be one run of a search.

        :param name: Of the search.
        :param number: Which of its runs, from 0.
        :param values: Hyperparameters that it tries.
        """
        self.sweep_id = name
        self.config.lock(values)
        self._note_sweep({"name": name, "number": number})

    # ----------------------------------------------------------- the inside

    def _leave(self) -> None:
        if self._left is not None:
            self._left(self)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_left": None}  # a copy's end is not that of the session's run

    @harmless
    def _describe(self) -> None:
        said = {name: value for name, value in self._said.items() if value not in (None, "", ())}
        if "tags" in said:
            said["tags"] = ", ".join(said["tags"])
        if said and self._run is not None:
            self._run.add_other({"wandb": said})

    @harmless
    def _note_sweep(self, said: dict[str, Any]) -> None:
        if self._run is not None:
            self._run.add_other({"sweep": said})

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

    def _see(self, data: Mapping[str, Any]) -> None:
        """Let the summary show what was logged last, or the best where that was asked for."""
        for name, value in _flat(data):
            if isinstance(value, (int, str)):
                self.summary.see({name: value})
            elif is_number(value):
                self.summary.see({name: float(value)})
        self.summary.see(self._rules.best)

    def _record_other(self, name: str, value: Any, step: int) -> None:
        """Record what is no number: pictures, figures, texts."""
        run = self._run
        assert run is not None  # noqa: S101 - the caller asked
        if isinstance(value, Absent):
            return  # it has said so
        if isinstance(value, Image) or hasattr(value, "savefig"):
            _record_pictures(run, name, [value], step)
        elif isinstance(value, (list, tuple)) and value and isinstance(value[0], Image):
            _record_pictures(run, name, value, step)
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


def new_id(length: int = 8) -> str:
    """Return random letters and digits, as ``wandb.util.generate_id`` does."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def tags_of(tags: Any) -> tuple[str, ...]:
    """Return tags as wandb has them, of one text too."""
    return (tags,) if isinstance(tags, str) else tuple(map(str, tags or ()))


@harmless
def _record_pictures(run: Run, name: str, values: Sequence[Any], step: int) -> None:
    """Record pictures of one name, those after the first with their number behind it."""
    place = 0
    for value in values:
        data = value.data if isinstance(value, Image) else value
        if hasattr(data, "gcf"):  # matplotlib.pyplot itself, which wandb takes
            data = data.gcf()
        for picture in [data] if hasattr(data, "savefig") else shown(data):
            record = run.add_figure if hasattr(picture, "savefig") else run.add_image
            record(picture, step, f"{name}/{place}" if place else name)
            place += 1
        if isinstance(value, Image) and value.more:
            say_absent("Image's " + ", ".join(sorted(value.more)))
