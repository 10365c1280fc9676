"""The functions of the module, each on the run that ``init`` opened last."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fitlog_core.recording import adapter
from fitlog_core.recording.autolog import is_covered, say_once
from fitlog_core.recording.run import Run
from fitlog_plugins.wandb.config import Config, Summary
from fitlog_plugins.wandb.run import WandbRun, tags_of

_OFF = ("disabled", "dryrun-disabled")
_YES = ("true", "1", "yes", "on")
_TOLD = {  # what init may be told, and the variable that says it otherwise
    "project": "WANDB_PROJECT",
    "name": "WANDB_NAME",
    "group": "WANDB_RUN_GROUP",
    "job_type": "WANDB_JOB_TYPE",
    "notes": "WANDB_NOTES",
    "tags": "WANDB_TAGS",
}


class Candidate(NamedTuple):
    """What the next run is to try.

    :param sweep: Name of the search that it belongs to: ``other-sweep-name``.
    :param number: Which of its runs, from 0: ``other-sweep-number``.
    :param values: Hyperparameters, which count more than those the script gives.
    :param project: What the run is kept with, where ``init`` says nothing.
    """

    sweep: str
    number: int
    values: Mapping[str, Any]
    project: str | None


class Session:
    """What the functions of the module share.

    :ivar run: The run at work, None before ``init`` and after ``finish``.
    """

    def __init__(self) -> None:
        self.run: WandbRun | None = None
        self._before = WandbRun(None, {})  # takes what is put into config before init
        self._last: Run | None = None
        self._candidate: Candidate | None = None

    def init(
        self, project: str | None = None, *_: Any, config: Any = None, **told: Any
    ) -> WandbRun:
        """Open a run; one that is open already goes on.

        :param project: Kept among the run's other values, as name, group, notes and tags are.
        :param config: Hyperparameters: a mapping, a Namespace, a dataclass.
        :param told: What else wandb takes; ``mode="disabled"`` records nothing.
        """
        reinit = told.get("reinit")
        if self.run is not None and reinit not in (True, "finish_previous", "create_new"):
            self.run.config.update(config)
            return self.run
        if self.run is not None:
            self.finish()
        if told.get("resume") or told.get("id"):
            say_once(
                "wandb.init's id and resume are not followed; fitlog.resume() goes on with a run"
            )
        tried = self._candidate
        run = None if _is_off(told.get("mode")) else self._opened(is_covered())
        project = project or (tried.project if tried else None)
        self.run = WandbRun(run, _said({**told, "project": project}), self._leave)
        self.run.config.update({**self._before.config.as_dict()})
        self.run.config.update(config)
        if tried is not None:
            self.run.join_sweep(tried.sweep, tried.number, tried.values)
        return self.run

    @contextlib.contextmanager
    def trying(self, candidate: Candidate) -> Iterator[None]:
        """Have runs that begin inside try something; one that is open at the end is ended.

        :param candidate: What they try.
        """
        self._candidate = candidate
        try:
            yield
        finally:
            self._candidate = None
            self.finish()

    def fail(self, error: BaseException) -> None:
        """End the run at work, where there is one, by what was raised in it."""
        if self.run is not None:
            self.run.__exit__(type(error), error, error.__traceback__)

    def _opened(self, by_framework: bool) -> Run:
        run = adapter.run_for()
        if run is self._last:
            run = adapter.next_run(run)
        self._last = run
        if run.is_of_adapter:
            adapter.record_script()
        if not by_framework:
            run.is_of_adapter = False  # it keeps what is trained, as after set_log_dir()
        return run

    @property
    def config(self) -> Config:
        """The configuration of the run at work, or of the next one."""
        return (self.run or self._before).config

    @property
    def summary(self) -> Summary:
        """The summary of the run at work."""
        return (self.run or self._before).summary

    def log(
        self, data: Mapping[str, Any], step: Any = None, commit: bool | None = None, **_: Any
    ) -> None:
        """Record the values of one step; see :meth:`WandbRun.log`."""
        if is_covered():
            return  # the framework's own adapter records it
        if self.run is None:
            say_once("wandb.log was called before wandb.init; nothing is recorded until then")
        else:
            self.run.log(data, step, commit)

    def define_metric(self, name: str, *arguments: Any, **named: Any) -> Any:
        """Say what counts of a metric; see :meth:`WandbRun.define_metric`."""
        return (self.run or self._before).define_metric(name, *arguments, **named)

    def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None:
        """End the run.

        :param exit_code: Other than 0 for an error.
        :param quiet: wandb's.
        """
        if self.run is not None:
            self.run.finish(exit_code, quiet)

    def _leave(self, run: WandbRun) -> None:
        """Forget a run that has ended: the next ``init`` opens another."""
        if run is self.run:
            self.run, self._before = None, WandbRun(None, {})
            if self._last is not None:  # what is trained from now on is none of its
                self._last.is_of_adapter = self._last.has_training = True

    def watch(self, *arguments: Any, **named: Any) -> None:
        """Say once that gradients are not recorded."""
        self._before.watch(*arguments, **named)

    def unwatch(self, *arguments: Any, **named: Any) -> None:
        """Do nothing, as ``watch`` does."""

    def login(self, *arguments: Any, **named: Any) -> bool:
        """Return True: there is nothing to log in to."""
        return True


def _is_off(mode: object) -> bool:
    is_off = (mode or os.environ.get("WANDB_MODE")) in _OFF
    return is_off or (mode is None and os.environ.get("WANDB_DISABLED", "").lower() in _YES)


def _said(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what describes a run, from the call or else from the environment."""
    said: dict[str, Any] = {
        name: told.get(name) or os.environ.get(key) for name, key in _TOLD.items()
    }
    tags = said["tags"]
    by_comma = not told.get("tags") and isinstance(tags, str)
    return {**said, "tags": tags_of(tags.split(",") if by_comma else tags)}
