"""Packs the snapshots of a project, and removes what killed processes left: ``fitlog gc``."""

from __future__ import annotations

import os
from typing import NamedTuple

from fitlog_core.errors import SnapshotNotFoundError
from fitlog_core.snapshots import layout
from fitlog_core.snapshots.locks import remove_stale_locks
from fitlog_core.snapshots.plumbing import GitDirectory
from fitlog_core.snapshots.project import Project
from fitlog_core.snapshots.temporary_index import remove_abandoned

# A commit that is being made holds objects that nothing refers to yet; none takes so long.
_UNUSED_SINCE = "2.weeks.ago"
_KEEPS_REFLOG = ("-c", "gc.reflogExpire=never", "-c", "gc.reflogExpireUnreachable=never")


class Tidied(NamedTuple):
    """What ``.fitlog`` takes on the disk.

    :param before: Bytes before.
    :param after: Bytes after.
    """

    before: int
    after: int


def tidy(project: Project) -> Tidied:
    """Pack the snapshots of a project; every one of them stays.

    :param project: Whose snapshots.
    :raises SnapshotNotFoundError: if there are none.
    :raises SnapshotError: if git fails.
    """
    if not layout.exists(project.git_dir):
        raise SnapshotNotFoundError(f"{project.root} has no snapshots yet")
    layout.create(project.git_dir)
    git = GitDirectory(project.git_dir, project.root)
    before = _size(project.git_dir)
    remove_stale_locks(project.git_dir)
    remove_abandoned(project.git_dir)
    git.run(*_KEEPS_REFLOG, "gc", "--quiet", f"--prune={_UNUSED_SINCE}")
    return Tidied(before, _size(project.git_dir))


def _size(folder: os.PathLike[str]) -> int:
    """Return what all files below a folder take on the disk, in bytes."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                found = os.lstat(os.path.join(parent, name))
            except OSError:  # removed by another process meanwhile
                continue
            blocks = getattr(found, "st_blocks", None)  # Windows has none
            total += found.st_size if blocks is None else blocks * 512
    return total
