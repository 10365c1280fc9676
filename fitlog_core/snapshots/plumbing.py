"""Runs git on a git directory of fitlog's own, through GitPython.

The user's configuration, environment and hooks have no say here: what is stored must be the
bytes on disk, on every machine.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fitlog_core.errors import GitMissingError, SnapshotError
from fitlog_core.sentences import sentence

if TYPE_CHECKING:
    from git import Git

NAME = "fitlog"
EMAIL = "fitlog@localhost"
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

_SETTINGS = (
    f"core.hooksPath={os.devnull}",
    "core.autocrlf=false",
    "core.safecrlf=false",
    "core.bare=false",
    "core.logAllRefUpdates=always",
    "core.filesRefLockTimeout=1000",
    "core.splitIndex=false",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    *(("core.fileMode=true", "core.symlinks=true") if os.name == "posix" else ()),
)


_OF_THE_USER = (
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_TERMINAL_PROMPT",
)


# What git says of objects that were deleted.
_LACKS = re.compile(
    r"(?i)(?:bad object|missing object|invalid object|unable to read|could not read"
    r"|missing blob|missing tree|missing commit) [^\n]{0,60}?\b(?:[0-9a-f]{40}|refs/\S+)"
    r"|refs/\S+ does not point to a valid object"
)


class Outcome(NamedTuple):
    """How a git command ended.

    :param status: Exit code.
    :param out: What it wrote to stdout, without the last newline.
    :param err: What it wrote to stderr.
    """

    status: int
    out: bytes
    err: str


class GitDirectory:
    """A git directory and the work tree that it belongs to.

    :param path: The git directory.
    :param work_tree: The folder whose files it holds.
    :raises GitMissingError: if there is no git executable.
    """

    def __init__(self, path: Path, work_tree: Path) -> None:
        self.path = path
        self._git = load_git(work_tree)
        self._environment = _neutral_environment(path, work_tree)

    def run(self, *arguments: str, stdin: bytes = b"", index: Path | None = None) -> bytes:
        """Run a git command and return its output.

        :param arguments: The command and its arguments.
        :param stdin: What the command reads.
        :param index: Index file to use instead of the usual one.
        :raises SnapshotError: if git says no, with its own words.
        """
        outcome = self.attempt(*arguments, stdin=stdin, index=index)
        if outcome.status:
            check_objects(self.path, outcome)
            reason = " ".join(outcome.err.split()) or f"exit code {outcome.status}"
            raise SnapshotError(
                sentence(
                    "git.failed",
                    "git {command} failed in {directory}: {reason}",
                    command=_named(arguments),
                    directory=self.path,
                    reason=reason,
                )
            )
        return outcome.out

    def attempt(
        self,
        *arguments: str,
        stdin: bytes = b"",
        index: Path | None = None,
        survives: bool = False,
        as_user: bool = False,
    ) -> Outcome:
        """Run a git command that may fail and return how it ended.

        :param arguments: as in :meth:`run`, like ``stdin`` and ``index``.
        :param survives: Let the command go on where this process and its group are killed, for
            half done it would leave a lock behind.
        :param as_user: Let the user's own settings hold, which know the way to a remote.
        """
        environment = {**self._environment, **_identity()}
        if as_user:
            environment = {k: v for k, v in environment.items() if k not in _OF_THE_USER}
        if index is not None:
            environment["GIT_INDEX_FILE"] = str(index)
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        with tempfile.TemporaryFile() as source:  # git takes its input from a real file only
            source.write(stdin)
            source.seek(0)
            status, out, err = self._git.execute(
                [self._git.GIT_PYTHON_GIT_EXECUTABLE, *settings, *arguments],
                istream=source,
                env=environment,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                start_new_session=survives,
            )
        return Outcome(status, out or b"", os.fsdecode(err))


def check_objects(path: Path, outcome: Outcome) -> None:
    """See that a git command did not fail for what the git directory lacks.

    :param path: The git directory.
    :param outcome: How the command ended.
    :raises SnapshotError: if it did, in words of ours: git has a line for each reference.
    """
    found = _LACKS.search(outcome.err)
    if found is not None:
        raise SnapshotError(
            sentence(
                "snapshot.damaged",
                "{directory} is damaged, files of code versions are missing in it (git says "
                "{problem!r}); 'fitlog pull REMOTE' brings those back that were sent, and "
                "without {name} the next run begins a new one",
                directory=path,
                problem=found[0].strip(),
                name=path.name,
            )
        )


def _named(arguments: tuple[str, ...]) -> str:
    """Return a command's name, which settings may stand before."""
    return next((word for word in arguments if re.fullmatch("[a-z][a-z-]+", word)), "")


def load_git(folder: Path) -> Git:
    """Return GitPython's command runner for a folder.

    GitPython is imported here, once a snapshot is really made: it is slow to import, and
    complains when there is no git.

    :raises GitMissingError: if there is no git executable.
    """
    executable = os.environ.get("GIT_PYTHON_GIT_EXECUTABLE") or "git"
    if "git" not in sys.modules and shutil.which(executable) is None:
        raise GitMissingError(_missing(executable))
    try:
        from git import Git  # a git.py of the user's, which has no Git, may hide GitPython
    except ImportError as error:  # also raised by GitPython if the executable doesn't run
        raise GitMissingError(
            sentence(
                "git.no_python", "GitPython cannot be used: {reason}", reason=_first_line(error)
            )
        ) from error
    if shutil.which(Git.GIT_PYTHON_GIT_EXECUTABLE or executable) is None:
        raise GitMissingError(_missing(executable))
    return Git(str(folder))


def _missing(executable: str) -> str:
    return sentence(
        "git.missing",
        "there is no git executable ({name!r} is not on the PATH); install git",
        name=executable,
    )


def _first_line(error: ImportError) -> str:
    return (str(error).strip().splitlines() or ["it cannot be imported"])[0]


def _neutral_environment(git_dir: Path, work_tree: Path) -> dict[str, str]:
    """Return variables that point git at our directory, whatever the caller's say.

    GitPython adds to the environment and takes nothing away, so that what could lead git
    astray is set to what it would be without.
    """
    path = str(git_dir)
    local = {
        "GIT_COMMON_DIR": path,
        "GIT_CONFIG_PARAMETERS": "",
        "GIT_CONFIG_COUNT": "0",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
        "GIT_SHALLOW_FILE": "",
        "GIT_GRAFT_FILE": "",
        "GIT_REPLACE_REF_BASE": "refs/replace/",
        "GIT_ATTR_SOURCE": EMPTY_TREE,
        "GIT_NAMESPACE": "",
    }
    return {
        **{name: value for name, value in local.items() if name in os.environ},
        "GIT_DIR": path,
        "GIT_WORK_TREE": str(work_tree),
        "GIT_INDEX_FILE": str(git_dir / "index"),
        "GIT_OBJECT_DIRECTORY": str(git_dir / "objects"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }


def _identity() -> dict[str, str]:
    """Return author, committer and the time now: the user's identity may not even be set."""
    date = f"{int(time.time())} {time.strftime('%z')}"
    return {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", NAME), ("EMAIL", EMAIL), ("DATE", date))
    }
