"""Reads the files of snapshots without writing any: what ``fitlog diff`` compares.

By the git command itself: importing GitPython would take longer than reading two snapshots.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from fitlog_core.errors import GitMissingError, SnapshotError, SnapshotNotFoundError
from fitlog_core.sentences import sentence

TIMEOUT = 60.0  # seconds; a file system that hangs must not hang the command
LINK = "120000"
EXECUTABLE = "100755"


class Entry(NamedTuple):
    """A file of a snapshot.

    :param mode: As git writes it: ``100644``, :data:`EXECUTABLE` or :data:`LINK`.
    :param id: Id of its content.
    """

    mode: str
    id: str


class Version(NamedTuple):
    """A snapshot in a line of them.

    :param id: Commit id, 40 characters.
    :param tree: Id of its files, the same for code that came back.
    :param time: When it was made, seconds since the epoch.
    :param message: First line of its message.
    """

    id: str
    tree: str
    time: float
    message: str


class SnapshotTrees:
    """The snapshots of one ``.fitlog``, to read files from.

    :param git_dir: The ``.fitlog`` directory.
    """

    def __init__(self, git_dir: Path) -> None:
        self.git_dir = git_dir

    def resolve(self, prefix: str) -> str:
        """Return the full id of a snapshot.

        :param prefix: Its first characters, 6 or more.
        :raises SnapshotNotFoundError: if it is not there, as after a ``git gc``, or several are.
        :raises SnapshotError: if git cannot be asked.
        """
        if not prefix.isalnum() or len(prefix) < 6:
            raise SnapshotNotFoundError(
                sentence("snapshot.no_id", "{id!r} is not a snapshot id", id=prefix)
            )
        done = self._git("rev-parse", "--verify", "--quiet", f"{prefix.lower()}^{{commit}}")
        if done.returncode:
            raise SnapshotNotFoundError(
                sentence(
                    "snapshot.unknown",
                    "the snapshot {id} is not in {directory}",
                    id=prefix,
                    directory=self.git_dir,
                )
            )
        return done.stdout.decode("ascii").strip()

    def line(self, old: str, new: str) -> list[Version] | None:
        """Return the snapshots from one to a later one, both among them, oldest first.

        :param old: Full id.
        :param new: Full id.
        :return: None if the second did not come of the first.
        :raises SnapshotError: if git cannot read them, as where one between was pruned.
        """
        format_ = "--format=%H %T %ct%x09%s"
        said = self._checked("log", "-z", "--first-parent", format_, new, "--not", f"{old}^@", "--")
        versions = []
        for line in filter(None, said.decode("utf-8", "replace").split("\0")):
            facts, _, message = line.partition("\t")
            commit_id, tree, seconds = facts.split()
            versions.append(Version(commit_id, tree, float(seconds), message))
            if commit_id == old:
                return versions[::-1]
        return None

    def files(self, commit_id: str) -> dict[str, Entry]:
        """Return the files of a snapshot by path, relative to the project, with ``/``.

        :param commit_id: Full id.
        :raises SnapshotError: if git cannot read it.
        """
        listed = self._checked("ls-tree", "-r", "-z", "--full-tree", commit_id)
        files = {}
        for line in listed.split(b"\0"):
            facts, tab, path = line.partition(b"\t")
            if tab:
                mode, _, object_id = facts.decode("ascii").split(" ")
                files[os.fsdecode(path)] = Entry(mode, object_id)
        return files

    def contents(self, ids: Iterable[str]) -> dict[str, bytes]:
        """Return contents by their id.

        :raises SnapshotError: if one of them is gone.
        """
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        asked = "".join(f"{object_id}\n" for object_id in wanted).encode("ascii")
        return dict(_batches(self._checked("cat-file", "--batch", stdin=asked), self.git_dir))

    def _checked(self, *arguments: str, stdin: bytes = b"") -> bytes:
        done = self._git(*arguments, stdin=stdin)
        if done.returncode:
            reason = " ".join(os.fsdecode(done.stderr).split()) or f"exit code {done.returncode}"
            raise self._failed(arguments[0], reason)
        return done.stdout

    def _git(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        executable = os.environ.get("GIT_PYTHON_GIT_EXECUTABLE") or "git"
        try:
            return subprocess.run(  # noqa: S603  fixed words and ids, no shell
                [executable, *arguments],
                env={**_without_git(os.environ), "GIT_DIR": str(self.git_dir)},
                input=stdin,
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
            )
        except (FileNotFoundError, NotADirectoryError):  # the latter: a PATH with a file in it
            raise GitMissingError(
                sentence(
                    "git.missing",
                    "there is no git executable ({name!r} is not on the PATH); install git",
                    name=executable,
                )
            ) from None
        except (OSError, subprocess.SubprocessError) as error:
            raise self._failed(arguments[0], error) from error

    def _failed(self, command: str, reason: str | Exception) -> SnapshotError:
        return SnapshotError(
            sentence(
                "git.failed",
                "git {command} failed in {directory}: {reason}",
                command=command,
                directory=self.git_dir,
                reason=reason,
            )
        )


def _without_git(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which nothing leads git elsewhere, nor changes what it prints."""
    kept = {name: value for name, value in environment.items() if not name.startswith("GIT_")}
    quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_NO_LAZY_FETCH": "1"}
    configuration = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
    return {**kept, **quiet, **configuration}


def _batches(output: bytes, git_dir: Path) -> Iterable[tuple[str, bytes]]:
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        words = output[at:end].decode("ascii").split(" ")
        if len(words) < 3:
            raise SnapshotError(
                sentence(
                    "snapshot.content_gone",
                    "the content {id} is gone from {directory}",
                    id=words[0],
                    directory=git_dir,
                )
            )
        size = int(words[2])
        yield words[0], output[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
