"""What ``fitlog list`` shows: the runs of a project and the code each of them had."""

from __future__ import annotations

import time

from fitlog_core.errors import GitMissingError, SnapshotNotFoundError
from fitlog_core.snapshots import layout
from fitlog_core.snapshots.fit_logs import Entry, read_entries
from fitlog_core.snapshots.project import Project
from fitlog_core.snapshots.refs import read_ref
from fitlog_core.snapshots.repository import Repository

UNRECORDED = "(not recorded)"  # in place of the arguments of a commit without a record


def list_runs(project: Project) -> list[Entry]:
    """Return every run that made or met a snapshot, oldest first.

    A commit without a record in ``fit_logs``, for its process was killed in between, is listed
    all the same.

    :param project: The project.
    :raises SnapshotNotFoundError: if it has no snapshots.
    """
    if not layout.exists(project.git_dir):
        raise _nothing(project)
    entries = read_entries(project.git_dir)
    known = {entry.id for entry in entries}
    try:
        commits = Repository(project).history()
    except GitMissingError:  # the records alone are better than nothing
        commits = []
    lost = [
        Entry(_words(commit.time), commit.id, UNRECORDED)
        for commit in commits
        if commit.id not in known
    ]
    if not entries and not lost:
        raise _nothing(project)
    return sorted([*entries, *lost], key=lambda entry: entry.date) if lost else entries


def newest_id(project: Project) -> str:
    """Return the id of the newest snapshot.

    :raises SnapshotNotFoundError: if there is none.
    """
    newest = read_ref(project.git_dir, layout.BRANCH) or read_ref(project.git_dir)
    if newest is None:
        raise _nothing(project)
    return newest


def _nothing(project: Project) -> SnapshotNotFoundError:
    return SnapshotNotFoundError(
        f"{project.root} has no snapshots yet; fitlog.commit(__file__) makes one, 'fitlog init' too"
    )


def _words(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
