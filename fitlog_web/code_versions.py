"""Where the code of a run is kept, and how it comes back to a folder."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from fitlog_core import machine
from fitlog_core.errors import ProjectNotFoundError, RevertError, SnapshotNotFoundError
from fitlog_core.log_format import PROVENANCE_FILE
from fitlog_core.reading.reader import RunReader
from fitlog_core.snapshots import layout
from fitlog_core.snapshots.project import Project, find_project
from fitlog_core.snapshots.repository import Repository
from fitlog_core.snapshots.revert import revert
from fitlog_web.asked import BadRequestError

_UNFIT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # no folder is named so on purpose


class Code(NamedTuple):
    """The code version of a run.

    :param version: Its id, as the run recorded it.
    :param project: Whose ``.fitlog`` has it.
    """

    version: str
    project: Project


def code_of(run: RunReader, log_dir: Path) -> Code:
    """Return the code version of a run, and the project that keeps it.

    :raises SnapshotNotFoundError: if the run has none, or no project at hand keeps it.
    """
    version = run.meta.get("fit_id")
    if not isinstance(version, str) or not version:
        raise SnapshotNotFoundError(
            f"{run.id} has no code version: its script did not call fitlog.commit(__file__)"
        )
    for start in _starts(run, log_dir):
        try:
            project = find_project(start)
            if layout.exists(project.git_dir):
                Repository(project).resolve(version)
                return Code(version, project)
        except (ProjectNotFoundError, SnapshotNotFoundError):
            continue
    raise SnapshotNotFoundError(
        f"the code version {version} is kept neither in the project around {log_dir} nor where "
        f"the run was started; run 'fitlog revert {version}' in the project that has it"
    )


def free_folder(code: Code) -> Path:
    """Return a folder beside the project that does not exist yet."""
    stem = code.project.root.with_name(f"{code.project.root.name}-{code.version}")
    names = (stem.with_name(f"{stem.name}-{number}") for number in count(2))
    return stem if not os.path.lexists(stem) else next(n for n in names if not os.path.lexists(n))


def named_folder(folder: Any) -> Path:
    """Return the folder that somebody named.

    :raises BadRequestError: if it is none, or a relative one: nobody sees where the board stands.
    """
    if not isinstance(folder, str) or not folder.strip() or _UNFIT.search(folder):
        raise BadRequestError(f"folder is the path of a folder, not {folder!r}")
    if not Path(folder).is_absolute():
        raise BadRequestError(
            f"give the whole path of the folder, from the root on, not {folder!r}"
        )
    return Path(os.path.abspath(folder))


def bring_back(code: Code, folder: Path, log_dir: Path) -> Path:
    """Write the files of a code version to a new folder, as ``fitlog revert`` does.

    :param folder: Absolute; it must not exist, or be empty.
    :return: The folder, without symbolic links.
    :raises RevertError: if the folder holds anything, lies in the project or among the logs, or
        cannot be written.
    """
    try:
        if folder.resolve().is_relative_to(log_dir.resolve()):
            raise RevertError(f"{folder} lies among the logs in {log_dir}; choose another folder")
        if folder.is_dir() and any(folder.iterdir()):
            raise RevertError(f"{folder} is there already and not empty; choose another folder")
        return revert(code.project, code.version, folder)
    except OSError as error:
        raise RevertError(f"{folder} cannot be made: {error.strerror or error}") from error


def _starts(run: RunReader, log_dir: Path) -> Iterator[Path]:
    """Yield places that lie in the project of a run: its logs, and what it was started from."""
    yield log_dir
    try:
        said = json.loads((run.folder / PROVENANCE_FILE).read_bytes())
        here = said["host"] == machine.host()
        place, script = Path(said["cwd"]), Path(said["cwd"], said["argv"][0])
    except (OSError, ValueError, LookupError, TypeError):  # none, or one that is not fitlog's
        return
    if here and place.is_absolute():
        yield from (path for path in (place, script) if path.exists())
