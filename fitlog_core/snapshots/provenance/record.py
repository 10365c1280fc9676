"""Records the provenance of one run: at once what is known, later what takes longer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from time import monotonic
from typing import Any

from fitlog_core import log_format
from fitlog_core.secrets import mask_values
from fitlog_core.snapshots import user_git
from fitlog_core.snapshots.provenance import child, document, packages
from fitlog_core.snapshots.provenance.job import scheduler_job
from fitlog_core.snapshots.provenance.process import facts_of_process

AT_ONCE = 100  # paths of data that one process is given
PAUSE = 5.0  # seconds between two processes of one run, unless it ends
PATIENCE = 0.1  # seconds that a training waits for the process that gathers


class ProvenanceRecord:
    """The provenance of a run that is at work.

    :param folder: The run's folder.
    """

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, log_format.PROVENANCE_FILE)
        self._log_dir = os.path.dirname(folder)
        self._data: dict[str, Any] = {}
        self._next = 0.0
        self._pid = os.getpid()

    def begin(
        self,
        code: tuple[str, str | None] | None,
        project: str | None,
        seed: int | None,
        plugins: Mapping[str, Any],
        data: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Write what is known, and have the rest found out; of a run that goes on, only its data.

        :param code: Id and message of the code's snapshot, if one was made.
        :param project: The root that the snapshot is of.
        :param seed: What ``set_rng_seed`` was given or picked, if it was called.
        :param plugins: Facts of each plugin under its name.
        :param data: What ``add_data`` was given so far, by path.
        :return: What is known; empty for a run that goes on.
        :raises OSError: if it cannot be written.
        """
        self._data.update(data)
        if os.path.exists(self._path):
            self.flush()
            return {}
        git = _user_git(self._log_dir)
        facts: dict[str, Any] = {
            **facts_of_process(project),
            **_snapshot(code),
            **({"seed": seed} if seed is not None else {}),
            **({"git": git} if git else {}),
            "packages": packages.facts(self._log_dir),
            "data": dict(data),
        }
        job = scheduler_job()
        if job is not None:
            facts["job"] = job
        said = {name: value for name, value in facts.items() if value not in (None, {}, [])}
        document.write_new(self._path, {**mask_values(said), "plugins": mask_values(plugins)})
        self._have_gathered(git.get("root"))
        return said

    def add_code(self, code: tuple[str, str | None], project: str | None) -> None:
        """Note a snapshot that was made after the run had begun.

        :raises OSError: if it cannot be written.
        """
        where = {"project": project} if project else {}
        document.complete(self._path, {**_snapshot(code), **where}, PATIENCE)

    def add_data(self, data: Mapping[str, Any]) -> None:
        """Have data identified, soon.

        :param data: What is known so far, by path.
        :raises OSError: if no process can be started.
        """
        if os.getpid() != self._pid:  # a forked child: what waits is its parent's
            self._data.clear()
            self._pid = os.getpid()
        self._data.update(data)
        if monotonic() >= self._next:
            self.flush()

    def flush(self) -> None:
        """Have the data identified that was waiting.

        :raises OSError: if no process can be started.
        """
        while self._data:
            paths = list(self._data)[:AT_ONCE]
            task = {"path": self._path, "data": {path: self._data.pop(path) for path in paths}}
            child.start(task)
        self._next = monotonic() + PAUSE

    def _have_gathered(self, work_tree: str | None) -> None:
        """Start the process that gathers, where there is anything that takes longer."""
        paths = list(self._data)[:AT_ONCE]
        task = {
            "work_tree": work_tree,
            "gpu": child.has_gpu(),
            "data": {path: self._data.pop(path) for path in paths},
        }
        if any(task.values()):
            child.start({"path": self._path, **task})
            self._next = monotonic() + PAUSE


def _snapshot(code: tuple[str, str | None] | None) -> dict[str, Any]:
    if code is None:
        return {}
    return {"snapshot": code[0]}


def _user_git(log_dir: str) -> dict[str, Any]:
    """Return commit and branch of the user's own repository, as ``meta.log`` tells it."""
    for place in (log_dir, os.curdir):
        head = user_git.position_of(place)
        if head is not None:
            return head
    return {}
