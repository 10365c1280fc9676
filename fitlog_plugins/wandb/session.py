"""The functions of the module, each on the run that ``init`` opened last."""

from __future__ import annotations

import os
import secrets
import string
from collections.abc import Mapping
from typing import Any

from fitlog_core.recording import adapter
from fitlog_core.recording.autolog import say_once
from fitlog_core.recording.run import Run
from fitlog_plugins.wandb.config import Config, Summary
from fitlog_plugins.wandb.run import WandbRun

_OFF = ("disabled", "dryrun-disabled")
_TOLD = ("project", "name", "group", "job_type", "notes", "tags")
_LETTERS = string.ascii_lowercase + string.digits


class Session:
    """What the functions of the module share.

    :ivar run: The run at work, None before ``init`` and after ``finish``.
    """

    def __init__(self) -> None:
        self.run: WandbRun | None = None
        self._before = WandbRun(None, {})  # takes what is put into config before init
        self._last: Run | None = None

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
        said = {"project": project, **{name: told.get(name) for name in _TOLD[1:]}}
        tags = said["tags"]
        said["tags"] = ", ".join(map(str, tags)) if isinstance(tags, (list, tuple)) else tags
        self.run = WandbRun(None if _is_off(told.get("mode")) else self._opened(), said)
        self.run.config.update({**self._before.config.as_dict()})
        self.run.config.update(config)
        return self.run

    def _opened(self) -> Run:
        run = adapter.run_for()
        if run is self._last:
            run = adapter.next_run(run)
        self._last = run
        if run.is_of_adapter:
            adapter.record_script()
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
            self.run, self._before = None, WandbRun(None, {})

    def watch(self, *arguments: Any, **named: Any) -> None:
        """Say once that gradients are not recorded."""
        self._before.watch(*arguments, **named)

    def unwatch(self, *arguments: Any, **named: Any) -> None:
        """Do nothing, as ``watch`` does."""

    def login(self, *arguments: Any, **named: Any) -> bool:
        """Return True: there is nothing to log in to."""
        return True


def _is_off(mode: object) -> bool:
    return (mode or os.environ.get("WANDB_MODE")) in _OFF


def new_id(length: int = 8) -> str:
    """Return random letters and digits, as ``wandb.util.generate_id`` does."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
