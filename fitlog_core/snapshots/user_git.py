"""Reads the HEAD of the user's own repository; changes nothing in it, not even its index."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence

from fitlog_core.snapshots.refs import common_dir, read_ref
from fitlog_core.snapshots.stored_commits import stored_commit

GIT_TIMEOUT = 10.0  # seconds; a file system that hangs must not hang training
# What a hook of git's sets; it would lead to another repository.
_FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")


def head_of(path: str | os.PathLike[str]) -> tuple[str, str] | None:
    """Return the id and the subject of the commit that the user's repository stands at.

    :param path: A file or folder in the work tree.
    :return: None where there is no repository or no commit; the subject is empty if only it
        cannot be read. Never raises.
    """
    try:
        git_dir = _find_git_dir(path)
        if git_dir is None:
            return None
        commit_id = read_ref(git_dir)
        if commit_id is None:
            return None
        return commit_id, _subject(git_dir, commit_id)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None


def answer_of_git(
    arguments: Sequence[str], folder: str | os.PathLike[str], timeout: float = GIT_TIMEOUT
) -> bytes | None:
    """Ask git something that it only reads, of the repository around a folder.

    :param arguments: What follows ``git``.
    :param timeout: How long it may take, in seconds.
    :return: What it says, None where it cannot. Never raises.
    """
    import subprocess  # few repositories need it

    environment = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    try:
        done = subprocess.run(  # noqa: S603  arguments of ours, no shell
            ["git", *arguments],  # noqa: S607  the git that is found
            cwd=folder,
            env={**environment, **quiet},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


def position_of(path: str | os.PathLike[str]) -> dict[str, str] | None:
    """Return where the user's repository stands: ``root``, ``commit`` and ``branch``.

    :param path: A file or folder in the work tree.
    :return: None where there is no repository or no commit; no ``branch`` where HEAD is detached.
        Never raises.
    """
    try:
        git_dir = _find_git_dir(path)
        commit_id = None if git_dir is None else read_ref(git_dir)
        if git_dir is None or commit_id is None:
            return None
        with open(os.path.join(git_dir, "HEAD"), encoding="utf-8", errors="replace") as file:
            name = file.read().strip().removeprefix("ref:").strip()
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None
    said = {"root": _work_tree(path), "commit": commit_id}
    is_branch = name.startswith("refs/heads/")
    return {**said, "branch": name.removeprefix("refs/heads/")} if is_branch else said


def _work_tree(path: str | os.PathLike[str]) -> str:
    folder = os.path.abspath(path)
    while not os.path.exists(os.path.join(folder, ".git")) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    return folder


def _find_git_dir(path: str | os.PathLike[str]) -> str | None:
    below, folder = "", os.path.abspath(path)
    while folder != below:
        candidate = os.path.join(folder, ".git")
        if os.path.isfile(os.path.join(candidate, "HEAD")):
            return candidate
        if os.path.isfile(candidate):  # a linked work tree or a submodule
            with open(candidate, encoding="utf-8", errors="surrogateescape") as file:
                return os.path.join(folder, file.read().strip().removeprefix("gitdir:").strip())
        below, folder = folder, os.path.dirname(folder)
    return None


def _subject(git_dir: str, commit_id: str) -> str:
    try:
        return _subject_of(git_dir, commit_id)
    except LookupError:
        return ""


@functools.lru_cache(maxsize=16)  # what an id stands for never changes
def _subject_of(git_dir: str, commit_id: str) -> str:
    """Return a commit's subject.

    :raises LookupError: if it cannot be read now, which is asked again.
    """
    raw = stored_commit(common_dir(git_dir), commit_id) or _asked_commit(git_dir, commit_id)
    if not raw:
        raise LookupError(commit_id)
    _, _, message = raw.partition(b"\n\n")
    first_paragraph = message.lstrip(b"\n").split(b"\n\n", 1)[0]
    return " ".join(first_paragraph.decode("utf-8", errors="replace").split("\n")).strip()


def _asked_commit(git_dir: str, commit_id: str) -> bytes:
    asked = (f"--git-dir={git_dir}", "cat-file", "commit", commit_id)
    return answer_of_git(asked, git_dir) or b""
