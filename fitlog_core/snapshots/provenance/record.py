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
        self._under: tuple[str, ...] = ()
        self._next = 0.0
        self._pid = os.getpid()

    def begin(
        self,
        code: tuple[str, str | None] | None,
        project: str | None,
        seed: int | None,
        plugins: Mapping[str, Any],
        data: Mapping[str, Any],
        segment: int | None = None,
    ) -> dict[str, Any]:
        """Write what is known, and have the rest found out; of a run that goes on, what differs.

        :param code: Id and message of the code's snapshot, if one was made.
        :param project: The root that the snapshot is of.
        :param seed: What ``set_rng_seed`` was given or picked, if it was called.
        :param plugins: Facts of each plugin under its name.
        :param data: What ``add_data`` was given so far, by path.
        :param segment: Which part of a run that goes on it is, from 2.
        :return: What is known; empty for a run that goes on.
        :raises OSError: if it cannot be written.
        """
        self._data.update(data)
        is_there = os.path.exists(self._path)
        if is_there and segment is None:
            self.flush()
            return {}
        said = self._facts(code, project, seed)
        if segment is not None and is_there:
            self._add_segment(segment, {**mask_values(said), "plugins": mask_values(plugins)})
            self.flush()
            return {}
        if segment is not None:  # nobody knows what it began with
            said["segment"] = segment
        known = {**mask_values(said), **({"data": mask_values(data)} if data else {})}
        document.write_new(self._path, {**known, "plugins": mask_values(plugins)})
        self._have_gathered(said.get("git", {}))
        return said

    def _facts(
        self, code: tuple[str, str | None] | None, project: str | None, seed: int | None
    ) -> dict[str, Any]:
        facts = {
            **facts_of_process(project),
            **_snapshot(code),
            "seed": seed,
            "git": _user_git(self._log_dir),
            "packages": packages.facts(self._log_dir),
            "job": scheduler_job(),
        }
        return {name: value for name, value in facts.items() if value not in (None, {}, [])}

    def _add_segment(self, segment: int, facts: Mapping[str, Any]) -> None:
        """Keep what a later command has that the first one had not, beside that."""
        self._under = ("segments", str(segment))
        first = document.read(self._path)
        other = {name: said for name, said in facts.items() if _differs(first.get(name), said)}
        document.complete(self._path, document.nested(other, self._under), PATIENCE)

    def add_code(self, code: tuple[str, str | None], project: str | None) -> None:
        """Note a snapshot that was made after the run had begun.

        :raises OSError: if it cannot be written.
        """
        where = {"project": project} if project else {}
        facts = {**_snapshot(code), **where}
        document.complete(self._path, document.nested(facts, self._under), PATIENCE)

    def look_again(self, project: str | None, seed: int | None, plugins: Mapping[str, Any]) -> None:
        """Note what is known by now of a run that began before its script did.

        :param project: The root that the snapshot is of.
        :param seed: As for :meth:`begin`.
        :param plugins: Facts of each plugin under its name.
        :raises OSError: if it cannot be written.
        """
        facts = self._facts(None, project, seed)
        later = {name: facts[name] for name in ("sources", "packages", "seed") if name in facts}
        said = {**mask_values(later), "plugins": mask_values(plugins)}
        document.complete(self._path, document.nested(said, self._under), PATIENCE)

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
        # What a later command names anew may have changed: the first one's stays what it read.
        named = document.read(self._path).get("data") if self._under and self._data else None
        known = named if isinstance(named, dict) else {}
        again = [path for path in self._data if path in known]
        for under, waiting in ((self._under, again), ((), [*self._data])):
            paths = [path for path in waiting if path in self._data]
            for start in range(0, len(paths), AT_ONCE):
                some = {path: self._data.pop(path) for path in paths[start : start + AT_ONCE]}
                child.start({"path": self._path, "under": under, "data": some})
        self._next = monotonic() + PAUSE

    def _have_gathered(self, git: Mapping[str, Any]) -> None:
        """Start the process that gathers, where there is anything that takes longer."""
        paths = list(self._data)[:AT_ONCE]
        task = {
            "work_tree": git.get("root"),
            "gpu": child.has_gpu(),
            "data": {path: self._data.pop(path) for path in paths},
        }
        if any(task.values()):
            child.start({"path": self._path, "commit": git.get("commit"), **task})
            self._next = monotonic() + PAUSE


def _differs(first: Any, now: Any) -> bool:
    """Tell whether facts are others; what was found out later of the first ones does not count."""
    if isinstance(first, Mapping) and isinstance(now, Mapping):
        if "set" in first and "set" in now:  # of packages; which were loaded so far is chance
            return bool(first["set"] != now["set"])
        return any(_differs(first.get(name), said) for name, said in now.items())
    return bool(first != now)


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
