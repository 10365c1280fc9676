"""Records the code of a run: what ``fitlog.commit`` does."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fitlog_core import notices
from fitlog_core.errors import ProjectNotFoundError, SnapshotError
from fitlog_core.secrets import mask_text
from fitlog_core.snapshots import fit_logs, layout
from fitlog_core.snapshots.config import SECTION
from fitlog_core.snapshots.half_switched import is_half_switched
from fitlog_core.snapshots.names import CONFIG_NAME, GIT_DIR_NAME
from fitlog_core.snapshots.project import Project, find_project, find_root, folder_of
from fitlog_core.snapshots.refs import read_ref
from fitlog_core.snapshots.repository import Repository
from fitlog_core.snapshots.sizes import size_words
from fitlog_core.snapshots.user_git import head_of
from fitlog_core.snapshots.walk import Found, find_files

DEFAULT_MESSAGE = "Commit by fitlog"
UNKNOWN = "error"  # what fitlog 0.9 returned for an id that is not there
_NAMED = 3  # how many files are named in a notice


@dataclass(frozen=True)
class Snapshot:
    """One recorded version of a project's code.

    :param id: Commit id in ``.fitlog``, 40 characters.
    :param message: Why it was made.
    :param project: The project's root.
    """

    id: str
    message: str
    project: Path


def capture(
    file: str | os.PathLike[str] | None,
    message: str | None = None,
    log_dir: Path | None = None,
) -> Snapshot | None:
    """Record the code around a file.

    Never raises for a reason outside the call: it says what is wrong, and training goes on.

    :param file: A file or folder in the project; the working directory if left out.
    :param message: Why, for ``git log``.
    :param log_dir: The log directory in use, which is left out.
    :return: None where nothing was recorded; always so in a child of multiprocessing, whose
        parent has recorded the same code.
    """
    if _is_multiprocessing_child():
        return None
    try:
        start = Path(file or os.curdir)
        return record(find_project(start), message or DEFAULT_MESSAGE, log_dir, folder_of(start))
    except (SnapshotError, OSError, ValueError) as error:  # ValueError: a NUL in the path
        _say_once(f"no snapshot of the code: {error}")
    return None


def record(
    project: Project, message: str, log_dir: Path | None = None, start: Path | None = None
) -> Snapshot:
    """Record the code of a known project, in a new ``.fitlog`` if it has none.

    :param project: Whose code.
    :param message: Why.
    :param log_dir: The log directory in use, which is left out.
    :param start: The folder of the running code, which is never left out.
    :raises SnapshotError: if git is missing or fails.
    """
    if is_half_switched(project.root):
        raise SnapshotError(
            f"an interrupted fitlog 0.9 left {project.root} half switched (.git_backup); "
            "'fitlog init' there puts it right"
        )
    snapshots = Repository(project)
    is_new = not layout.exists(project.git_dir)
    layout.create(project.git_dir)
    found = find_files(project, log_dir, start)
    message = mask_text(message)
    commit_id, refused = snapshots.commit(found.files, message)
    fit_logs.append_entry(project.git_dir, commit_id)
    if is_new:
        notices.say(f"the code of {project.root} is kept in {project.git_dir} from now on")
    _tell(project, found, refused)
    return Snapshot(commit_id, message, project.root)


def last_snapshot_id(file: str | os.PathLike[str] | None) -> str:
    """Return the id of the newest snapshot of the project around a file, or ``"error"``."""
    try:
        git_dir = find_root(Path(file or os.curdir)) / GIT_DIR_NAME
        return read_ref(git_dir, layout.BRANCH) or read_ref(git_dir) or UNKNOWN
    # TypeError: no path at all; ValueError: a NUL in it
    except (ProjectNotFoundError, OSError, TypeError, ValueError):
        return UNKNOWN


def user_commit_id(file: str | os.PathLike[str] | None) -> str:
    """Return the commit id that the user's own repository stands at, or ``"error"``."""
    try:
        head = head_of(Path(file or os.curdir))
    except TypeError:  # no path at all
        return UNKNOWN
    return head[0] if head else UNKNOWN


def _is_multiprocessing_child() -> bool:
    # A process that never imported multiprocessing is nobody's child.
    multiprocessing = sys.modules.get("multiprocessing")
    return multiprocessing is not None and multiprocessing.parent_process() is not None


def _tell(project: Project, found: Found, refused: list[str]) -> None:
    """Say what somebody who relies on the snapshot should know."""
    files = found.files
    if found.unreadable or refused:
        named = _named([*found.unreadable, *refused])
        _say_once(f"not in the snapshot, for they cannot be read: {named}")
    if found.large:
        _say_large(project, found.large)
    if "ipykernel" in sys.modules and not any(name.endswith(".ipynb") for name in files):
        _say_once(
            "the cells of this notebook are not in the snapshot; to keep them, add *.ipynb to "
            f"watched_rules in {project.root / '.fitconfig'}, and save the notebook before commit()"
        )
    if not files and not found.large:
        rules = ", ".join(project.watched_rules)
        _say_once(f"no file in {project.root} matches watched_rules ({rules}); nothing is recorded")


def _say_large(project: Project, large: dict[str, int]) -> None:
    sizes = sorted(large.items(), key=lambda item: -item[1])
    named = _named([f"{path} ({size_words(size)})" for path, size in sizes])
    limit, wanted = size_words(project.largest_file), size_words(_rounded_up(sizes[0][1]))
    config = project.config_path or project.root / CONFIG_NAME
    _say_once(
        f"not in the snapshot, for they are larger than {limit}: {named}; to keep them, write "
        f"'largest_file = {wanted}' under [{SECTION}] in {config}"
    )


def _rounded_up(size: int) -> int:
    """Return a size of one digit that is not smaller."""
    unit = int(10 ** (len(str(size)) - 1))
    return -(-size // unit) * unit


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


@cache
def _say_once(text: str) -> None:
    notices.say(text)
