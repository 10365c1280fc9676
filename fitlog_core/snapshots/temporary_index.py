"""An index for one commit, so that two commits at once do not meet."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import struct
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

from fitlog_core.errors import SnapshotError
from fitlog_core.snapshots.locks import INDEX_PREFIX
from fitlog_core.snapshots.plumbing import GitDirectory, Outcome

ABANDONED_AFTER = 3600.0  # seconds; no commit takes an hour
_HEADER = struct.Struct(">4sII")  # signature, version, number of entries
_REFUSED = re.compile(r"^fatal: Unable to process path (.*)$", re.MULTILINE)
_NOT_STORED = "failed to insert into database"  # the file is well, .fitlog is not: a full disk


class TemporaryIndex:
    """A copy of the last index, put in its place once the commit is made.

    The copy spares hashing the files that have not changed since.

    :param git: Where the index belongs.
    """

    def __init__(self, git: GitDirectory) -> None:
        self._git = git
        self._usual = git.path / "index"
        self.path = git.path / f"{INDEX_PREFIX}{os.getpid()}-{secrets.token_hex(4)}"

    def __enter__(self) -> TemporaryIndex:
        """Copy the last index."""
        remove_abandoned(self._git.path)
        if self._usual.exists():
            # The time of the copy tells git which files may have changed unnoticed: copy2 keeps it.
            try:
                shutil.copy2(self._usual, self.path)
            except OSError:  # a full disk, which the part of a copy would keep full
                self.path.unlink(missing_ok=True)
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove what is left of the copy."""
        self.path.unlink(missing_ok=True)
        Path(f"{self.path}.lock").unlink(missing_ok=True)

    def hold(self, files: Iterable[str]) -> list[str]:
        """Make the index hold these files of the work tree, as they are now, and no other.

        :param files: Relative to the work tree.
        :return: Those that git could not read.
        :raises SnapshotError: if git fails for another reason.
        """
        wanted = [os.fsencode(path) for path in files]
        refused: list[str] = []
        while True:
            outcome = self._update(wanted)
            if outcome.status == 0:
                # An earlier version of what was refused is not what ran.
                if refused or self._count() != len(wanted):
                    self._remove_all_but(wanted)
                return refused
            found = None if _NOT_STORED in outcome.err else _REFUSED.search(outcome.err)
            if found is not None and os.fsencode(found[1]) in wanted:
                wanted.remove(os.fsencode(found[1]))
                refused.append(found[1])
            elif not self._is_damaged():
                raise SnapshotError(f"git cannot take the files: {' '.join(outcome.err.split())}")

    def write_tree(self) -> str:
        """Store the index as a tree and return its id."""
        return self._git.run("write-tree", index=self.path).decode("ascii")

    def keep(self) -> None:
        """Put the index in the place of the last one."""
        if self.path.exists():  # git writes none where there is nothing to record
            self.path.replace(self._usual)

    def _update(self, wanted: Sequence[bytes]) -> Outcome:
        return self._git.attempt(
            *("update-index", "--add", "--remove", "--replace", "-z", "--stdin"),
            stdin=_joined(wanted),
            index=self.path,
        )

    def _is_damaged(self) -> bool:
        """Tell whether git cannot read the copy, which is removed then: all is hashed anew."""
        if not self.path.exists():
            return False
        is_read = self._git.attempt("ls-files", "-z", index=self.path).status == 0
        if not is_read:
            self.path.unlink()
        return not is_read

    def _count(self) -> int:
        """Return how many files the index holds, which its header says; -1 if it says nothing."""
        try:
            with self.path.open("rb") as file:
                header = file.read(_HEADER.size)
        except FileNotFoundError:  # git writes none where there is nothing to record
            return 0
        return int(_HEADER.unpack(header)[2]) if len(header) == _HEADER.size else -1

    def _remove_all_but(self, wanted: Sequence[bytes]) -> None:
        if not self.path.exists():
            return
        held = self._git.run("ls-files", "-z", index=self.path).split(b"\0")
        gone = sorted(set(held) - set(wanted) - {b""})
        if gone:
            self._git.run(
                *("update-index", "--force-remove", "-z", "--stdin"),
                stdin=_joined(gone),
                index=self.path,
            )


def remove_abandoned(git_dir: Path) -> None:
    """Remove the copies that killed processes left behind."""
    for path in git_dir.glob(f"{INDEX_PREFIX}*"):
        try:
            if time.time() - path.stat().st_mtime > ABANDONED_AFTER:
                path.unlink()
        except OSError:  # its owner was faster
            continue


def _joined(paths: Iterable[bytes]) -> bytes:
    return b"".join(path + b"\0" for path in paths)
