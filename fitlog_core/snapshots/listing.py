"""What ``fitlog list`` shows: the code versions of a project, and the runs that had them."""

from __future__ import annotations

import time
from typing import NamedTuple

from fitlog_core.errors import GitMissingError, SnapshotNotFoundError
from fitlog_core.snapshots import layout, run_refs
from fitlog_core.snapshots.fit_logs import Entry, read_entries
from fitlog_core.snapshots.project import Project
from fitlog_core.snapshots.refs import read_ref
from fitlog_core.snapshots.repository import Commit, Repository

UNRECORDED = "(not recorded)"  # in place of the arguments of a commit without a record


class Listed(NamedTuple):
    """A process that made or met a snapshot.

    :param date: ``YYYY-MM-DD HH:MM:SS``, local time.
    :param id: Commit id of the snapshot.
    :param arguments: ``Run``, and the command line.
    :param message: First line of the snapshot's message; empty where git cannot be asked.
    :param parents: Ids of the snapshots before it, none or one.
    :param runs: Ids of all runs of that snapshot, told by the newest of its entries.
    """

    date: str
    id: str
    arguments: str
    message: str = ""
    parents: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()

    def tells(self, text: str) -> bool:
        """Tell whether a text occurs in any of it, whatever its case."""
        words = (self.date, self.id, self.arguments, self.message, *self.runs)
        return any(text.casefold() in word.casefold() for word in words)


def list_runs(project: Project) -> list[Listed]:
    """Return every run that made or met a snapshot, oldest first.

    A commit without a record in ``fit_logs`` is listed all the same: its process was killed in
    between, or it was pulled from elsewhere.

    :param project: The project.
    :raises SnapshotNotFoundError: if it has no snapshots.
    """
    if not layout.exists(project.git_dir):
        raise _nothing(project)
    entries = read_entries(project.git_dir)
    try:
        repository = Repository(project)
        commits = {commit.id: commit for commit in repository.history()}
        runs = run_refs.by_commit(repository.run_codes())
    except GitMissingError:  # the records alone are better than nothing
        commits, runs = {}, {}
    lost = commits.keys() - {entry.id for entry in entries}
    if lost:
        more = (Entry(_words(commits[id_].time), id_, UNRECORDED) for id_ in commits if id_ in lost)
        entries = sorted([*entries, *more], key=lambda entry: entry.date)
    if not entries:
        raise _nothing(project)
    return _listed(entries, commits, runs)


def newest_id(project: Project) -> str:
    """Return the id of the newest snapshot.

    :raises SnapshotNotFoundError: if there is none.
    """
    newest = read_ref(project.git_dir, layout.BRANCH) or read_ref(project.git_dir)
    if newest is None:
        raise _nothing(project)
    return newest


def _listed(
    entries: list[Entry], commits: dict[str, Commit], runs: dict[str, list[str]]
) -> list[Listed]:
    newest = {entry.id: place for place, entry in enumerate(entries)}
    found = []
    for place, entry in enumerate(entries):
        commit = commits.get(entry.id)
        about = (commit.message, commit.parents) if commit else ("", ())
        of_it = runs.get(entry.id, []) if newest[entry.id] == place else []
        found.append(Listed(*entry, *about, tuple(of_it)))
    return found


def _nothing(project: Project) -> SnapshotNotFoundError:
    return SnapshotNotFoundError(
        f"{project.root} has no snapshots yet; fitlog.commit(__file__) makes one, 'fitlog init' too"
    )


def _words(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
