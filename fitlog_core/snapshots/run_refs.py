"""Which code a run had, as references in ``.fitlog``: ``refs/runs/RUN_ID/COMMIT_ID``.

They lead from a run to its code without its log directory, keep the code from ``git gc``, and
travel with ``fitlog push``. The commit is a part of the name, so that two machines whose runs
have the same id never take each other's reference.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fitlog_core.snapshots.plumbing import GitDirectory

PREFIX = "refs/runs/"
_ATTEMPTS = 3  # git removes the folder of references that it packs
_ID = re.compile(r"[0-9a-f]{40}")
_FORMAT = "--format=%(refname) %(objecttype) %(objectname)"


class RunCode(NamedTuple):
    """A run, and a code version that it had.

    :param run_id: Id of the run.
    :param commit_id: Id of the snapshot, 40 characters.
    """

    run_id: str
    commit_id: str


def keep(git_dir: str | os.PathLike[str], run_id: str, commit_id: str) -> None:
    """Note that a run has a code version: one small file, no git is started.

    :param git_dir: The ``.fitlog`` directory.
    :param run_id: Id of the run.
    :param commit_id: Id of the snapshot, 40 characters.
    :raises OSError: if it cannot be written.
    """
    if not _ID.fullmatch(commit_id):
        return  # somebody named a version by a part of its id
    folder = os.path.join(git_dir, PREFIX, run_id)
    path = os.path.join(folder, commit_id)
    for attempt in range(_ATTEMPTS):
        if os.path.exists(path):
            return
        os.makedirs(folder, exist_ok=True)
        try:
            _write(path, commit_id)
        except FileNotFoundError:
            if attempt == _ATTEMPTS - 1:
                raise


def read_all(git: GitDirectory) -> list[RunCode]:
    """Return all that is noted, what was pulled too, by run id.

    :param git: The ``.fitlog`` directory.
    :raises SnapshotError: if git fails.
    """
    found = []
    for line in git.run("for-each-ref", _FORMAT, PREFIX).decode("utf-8", "replace").splitlines():
        name, kind, commit_id = line.split(" ")
        run_id = name.removeprefix(PREFIX).split("/")[0]
        if kind == "commit":  # of a remote's references nobody here knows what they are
            found.append(RunCode(run_id, commit_id))
    return found


def by_commit(codes: Iterable[RunCode]) -> dict[str, list[str]]:
    """Return the ids of the runs of each commit."""
    runs: dict[str, list[str]] = {}
    for run_id, commit_id in codes:
        runs.setdefault(commit_id, []).append(run_id)
    return runs


def _write(path: str, commit_id: str) -> None:
    """Write a reference, which appears whole or not at all."""
    part = f"{path}.{os.urandom(4).hex()}.lock"  # git takes no such file for a reference
    try:
        with open(part, "x", encoding="ascii") as file:
            file.write(f"{commit_id}\n")
        os.replace(part, path)
    except OSError:
        with suppress(OSError):
            os.unlink(part)
        raise
