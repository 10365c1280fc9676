"""The snapshots of one project, commits in its ``.fitlog``."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from fitlog_core.errors import SnapshotError, SnapshotNotFoundError
from fitlog_core.sentences import sentence
from fitlog_core.snapshots import run_refs
from fitlog_core.snapshots.layout import BRANCH, create
from fitlog_core.snapshots.locks import Patience, remove_stale_locks
from fitlog_core.snapshots.plumbing import GitDirectory, Outcome
from fitlog_core.snapshots.project import Project
from fitlog_core.snapshots.refs import read_ref
from fitlog_core.snapshots.stored_commits import stored_commit
from fitlog_core.snapshots.temporary_index import TemporaryIndex

MIN_ID = 6  # characters of an id that fitlog 0.9 asks for
_REASON_LENGTH = 200  # characters of a message that the reflog repeats
_NO_COMMIT = "0" * 40
_TREE = re.compile(rb"tree ([0-9a-f]{40})\n")
_ID = re.compile(rf"[0-9a-f]{{{MIN_ID},40}}")


class Head(NamedTuple):
    """Where the snapshots stand.

    :param id: The newest commit.
    :param tree: Id of its tree.
    :param on_branch: Whether it is on our branch; a ``.fitlog`` that 0.9 made may have another.
    """

    id: str
    tree: str
    on_branch: bool


class Commit(NamedTuple):
    """One snapshot.

    :param id: Commit id, 40 characters.
    :param time: When it was made, seconds since the epoch.
    :param message: First line of its message.
    :param parents: Ids of the ones before it, none or one.
    """

    id: str
    time: float
    message: str
    parents: tuple[str, ...]


class Repository:
    """Makes, lists and brings back the snapshots of a project.

    :param project: The project; its ``.fitlog`` must exist.
    :raises GitMissingError: if there is no git executable.
    """

    def __init__(self, project: Project) -> None:
        self._git = GitDirectory(project.git_dir, project.root)

    def commit(self, files: Sequence[str], message: str) -> tuple[str, list[str]]:
        """Record files as they are now.

        :param files: Relative to the project's root.
        :param message: Why.
        :return: Id of the commit, the last one's if nothing has changed; the files that could
            not be read.
        :raises SnapshotError: if git fails.
        """
        remove_stale_locks(self._git.path)
        with TemporaryIndex(self._git) as index:
            refused = index.hold(files)
            commit_id = self._advance(index.write_tree(), message)
            index.keep()
        return commit_id, refused

    def head(self) -> Head | None:
        """Return the newest commit, or None if there is none."""
        return self._stored_head() or self._asked_head()

    def _stored_head(self) -> Head | None:
        """Return the newest commit on our branch, read without git; None where git must say."""
        path = str(self._git.path)
        commit_id = read_ref(path, BRANCH)
        if commit_id is None:
            return None
        tree = _TREE.match(stored_commit(path, commit_id))
        return Head(commit_id, tree[1].decode("ascii"), on_branch=True) if tree else None

    def _asked_head(self) -> Head | None:
        for name in (BRANCH, "HEAD"):
            outcome = self._git.attempt("rev-parse", "--quiet", f"{name}^0", f"{name}^{{tree}}")
            if outcome.status == 0:
                commit_id, tree = outcome.out.decode("ascii").split()
                return Head(commit_id, tree, name == BRANCH)
        return None

    def history(self) -> list[Commit]:
        """Return all snapshots, those pulled from elsewhere too, oldest first."""
        format_ = "--format=%H %ct %P%x09%s"
        text = self._git.run("log", "-z", "--reverse", "--date-order", format_, "--all", "--")
        commits = []
        for line in filter(None, text.decode("utf-8", errors="replace").split("\0")):
            facts, _, message = line.partition("\t")
            commit_id, seconds, *parents = facts.split()
            commits.append(Commit(commit_id, float(seconds), message, tuple(parents)))
        return commits

    def run_codes(self) -> list[run_refs.RunCode]:
        """Return which code each run had, as far as it is noted."""
        return run_refs.read_all(self._git)

    def resolve(self, prefix: str) -> str:
        """Return the full id of a snapshot.

        :param prefix: Its first characters, 6 or more.
        :raises SnapshotNotFoundError: if it names none, or several.
        """
        text = prefix.lower()
        if not _ID.fullmatch(text):
            raise SnapshotNotFoundError(
                sentence(
                    "snapshot.short_id",
                    "{id!r} is not a snapshot id; give {least} to 40 of the characters that "
                    "'fitlog list' shows",
                    id=prefix,
                    least=MIN_ID,
                )
            )
        outcome = self._git.attempt("rev-parse", "--verify", "--quiet", f"{text}^{{commit}}")
        if outcome.status:
            raise SnapshotNotFoundError(
                sentence(
                    "snapshot.not_one",
                    "no snapshot, or more than one, begins with {id}; 'fitlog list' shows them all",
                    id=prefix,
                )
            )
        return outcome.out.decode("ascii")

    def export(self, commit_id: str, folder: Path) -> None:
        """Write the files of a snapshot into an empty folder.

        :param commit_id: Full id.
        :param folder: Where to.
        :raises SnapshotError: if git fails.
        """
        with TemporaryIndex(self._git) as index:
            self._git.run("read-tree", commit_id, index=index.path)
            prefix = f"--prefix={folder}{os.sep}"
            self._git.run("checkout-index", "--all", "--force", prefix, index=index.path)

    def hand_over(self, commit_id: str, folder: Path) -> None:
        """Give a folder a ``.fitlog`` of its own, which stands at a snapshot.

        :param commit_id: Full id; what came before it is handed over too.
        :param folder: Where to.
        :raises SnapshotError: if git fails.
        """
        git_dir = folder / self._git.path.name
        create(git_dir)
        packs = git_dir / "objects" / "pack"
        packs.mkdir()
        names = ("pack-objects", "--revs", "--quiet", str(packs / "pack"))
        self._git.run(*names, stdin=f"{commit_id}\n".encode("ascii"))
        reason = ("-m", "commit: Reverted by fitlog")
        GitDirectory(git_dir, folder).run(
            "update-ref", "--create-reflog", *reason, BRANCH, commit_id
        )

    def _advance(self, tree: str, message: str) -> str:
        """Make the branch stand at a commit of a tree; go on when another process was faster."""
        patience = Patience(self._git.path)
        while True:
            head = self.head()
            if head is not None and head.tree == tree:
                return head.id
            commit_id = self._write_commit(tree, head, message)
            outcome = self._move_branch(commit_id, head, message)
            if outcome.status == 0:
                self._stand_on_branch()
                return commit_id
            if not patience.wait(was_faster=self.head() != head):
                raise SnapshotError(f"git update-ref failed: {' '.join(outcome.err.split())}")

    def _write_commit(self, tree: str, head: Head | None, message: str) -> str:
        parent = ("-p", head.id) if head else ()
        # git refuses a NUL, and text that is not UTF-8
        text = message.replace("\0", " ").encode("utf-8", errors="replace")
        arguments = ("commit-tree", "--no-gpg-sign", *parent, "-F", "-", tree)
        return self._git.run(*arguments, stdin=text).decode("ascii")

    def _move_branch(self, commit_id: str, head: Head | None, message: str) -> Outcome:
        action = "commit" if head else "commit (initial)"  # fitlog 0.9 looks for these words
        reason = f"{action}: {_one_line(message)}"
        old = head.id if head and head.on_branch else _NO_COMMIT
        arguments = ("--create-reflog", "-m", reason, BRANCH, commit_id, old)
        return self._git.attempt("update-ref", *arguments, survives=True)

    def _stand_on_branch(self) -> None:
        if (self._git.path / "HEAD").read_text("utf-8").strip() != f"ref: {BRANCH}":
            self._git.run("symbolic-ref", "HEAD", BRANCH)


def _one_line(message: str) -> str:
    """Return the beginning of a message as a word of a command line, which has its limits."""
    text = " ".join(message.replace("\0", " ").split())[:_REASON_LENGTH]
    encoding = sys.getfilesystemencoding()
    return text.encode(encoding, errors="replace").decode(encoding)
