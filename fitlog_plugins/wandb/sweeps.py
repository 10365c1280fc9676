"""``wandb.sweep`` and ``wandb.agent``: a search in this process, a run of it after the other."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from fitlog_core.errors import ArgumentTypeError
from fitlog_core.recording.autolog import say_once
from fitlog_plugins.wandb.run import new_id
from fitlog_plugins.wandb.search import candidates
from fitlog_plugins.wandb.session import Candidate, Session

MOST_FAILED = 3  # runs of a sweep that fail before one went well


class _Sweep(NamedTuple):
    """What was asked for by ``wandb.sweep``.

    :param configuration: What it was given.
    :param project: What its runs are kept with, where ``init`` says nothing.
    """

    configuration: dict[str, Any]
    project: str | None


class Sweeps:
    """The sweeps of this process.

    :param session: Whose runs are configured by them.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sweeps: dict[str, _Sweep] = {}

    def sweep(
        self, sweep: Mapping[str, Any], entity: Any = None, project: str | None = None, **_: Any
    ) -> str:
        """Keep what is to be searched; return its id, for :meth:`agent`.

        :param sweep: wandb's configuration of a sweep: ``method``, ``parameters``.
        :param project: Kept among the other values of its runs.
        :raises ArgumentError: if it has no such method, or a parameter cannot be drawn from.
        """
        if not isinstance(sweep, Mapping):
            raise ArgumentTypeError(f"wandb.sweep takes a dict, got {sweep!r}")
        candidates(sweep)  # so that what is wrong is told here
        if sweep["method"] == "bayes":
            say_once("wandb.sweep: what 'bayes' asks for is drawn at random by fitlog")
        if "early_terminate" in sweep:
            say_once("wandb.sweep: no run is ended early by fitlog")
        sweep_id = new_id()
        self._sweeps[sweep_id] = _Sweep(dict(sweep), project or sweep.get("project"))
        return sweep_id

    def agent(
        self,
        sweep_id: str,
        function: Callable[[], Any] | None = None,
        entity: Any = None,
        project: str | None = None,
        count: int | None = None,
        **_: Any,
    ) -> None:
        """Call a function for each run of a sweep; its ``init`` has the values that are tried.

        As under wandb, a run that raises is one that failed, and the next begins; but where the
        first ones fail, no more are tried.

        :param sweep_id: What :meth:`sweep` returned.
        :param function: Trains once.
        :param count: How many runs; without it all of a grid, and of what is drawn no end.
        """
        asked = self._sweeps.get(str(sweep_id).rpartition("/")[2])
        if asked is None or function is None:
            missing = "a function" if asked is not None else "a sweep of this process"
            say_once(f"wandb.agent needs {missing} under fitlog; nothing is trained")
            return
        configuration = asked.configuration
        most = min((n for n in (count, configuration.get("run_cap")) if n), default=None)
        name, has_good = str(configuration.get("name") or sweep_id), False
        for number, values in enumerate(itertools.islice(candidates(configuration), most)):
            candidate = Candidate(name, number, values, project or asked.project)
            has_good |= self._train(candidate, function)
            if not has_good and number + 1 == MOST_FAILED:
                say_once(f"wandb.agent: the first {MOST_FAILED} runs failed; the sweep ends")
                return

    def _train(self, candidate: Candidate, function: Callable[[], Any]) -> bool:
        """Have one run trained; return whether it came to its end."""
        with self._session.trying(candidate):
            try:
                function()
            except Exception as error:  # noqa: BLE001 - the script's, which wandb shows as well
                self._session.fail(error)
                sys.excepthook(type(error), error, error.__traceback__)
                return False
            except BaseException as error:
                self._session.fail(error)
                raise
        return True
