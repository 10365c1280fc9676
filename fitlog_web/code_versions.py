"""Where the code of a run is kept, and how it comes back to a folder."""

from __future__ import annotations

import os
import re
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from fitlog_core.comparing.account import account_of
from fitlog_core.comparing.places import kept_code
from fitlog_core.errors import RevertError
from fitlog_core.reading.reader import RunReader
from fitlog_core.sentences import reason, sentence
from fitlog_core.snapshots.project import Project, project_at
from fitlog_core.snapshots.revert import revert
from fitlog_web.asked import BadRequestError

_UNFIT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # no folder is named so on purpose


class Code(NamedTuple):
    """The code version of a run.

    :param id: Its full id.
    :param project: Whose ``.fitlog`` has it.
    """

    id: str
    project: Project

    @property
    def version(self) -> str:
        """Its id as people say it."""
        return self.id[:8]


def code_of(run: RunReader, log_dir: Path) -> Code:
    """Return the code version of a run, the one that its code's page shows.

    :raises SnapshotNotFoundError: if the run has none, or no project at hand keeps it.
    :raises SnapshotError: if git is missing or fails.
    """
    kept = kept_code(account_of(run.folder), log_dir)
    return Code(kept.id, project_at(kept.root))


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
        raise BadRequestError(
            sentence(
                "folder.no_path", "folder is the path of a folder, not {given!r}", given=folder
            )
        )
    if not Path(folder).is_absolute():
        raise BadRequestError(
            sentence(
                "folder.relative",
                "give the whole path of the folder, from the root on, not {given!r}",
                given=folder,
            )
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
            raise RevertError(
                sentence(
                    "revert.among_logs",
                    "{folder} lies among the logs in {directory}; choose another folder",
                    folder=folder,
                    directory=log_dir,
                )
            )
        if folder.is_dir() and any(folder.iterdir()):
            raise RevertError(
                sentence(
                    "revert.not_empty",
                    "{folder} is there already and not empty; choose another folder",
                    folder=folder,
                )
            )
        return revert(code.project, code.id, folder)
    except OSError as error:
        raise RevertError(
            sentence(
                "revert.unmade",
                "{folder} cannot be made: {reason}",
                folder=folder,
                reason=reason(error),
            )
        ) from error
