"""Puts right a project that a killed fitlog 0.9 left half switched.

To make a commit, 0.9 renamed the user's ``.git`` to ``.git_backup`` and ``.gitignore`` to
``.gitignore_backup``, and ``.fitlog`` to ``.git``; killed in between, it left them so.
"""

from __future__ import annotations

from pathlib import Path

from fitlog_core.errors import ProjectInitError
from fitlog_core.snapshots.names import GIT_DIR_NAME

_OLD_GITIGNORES = ("*\n!/**/\n.git_backup/", ".git_backup")


def is_half_switched(root: Path) -> bool:
    """Tell whether a killed fitlog 0.9 left a project half switched."""
    git, fitlog = root / ".git", root / GIT_DIR_NAME
    if (root / ".git_backup").exists():
        return not (git.exists() and fitlog.exists())
    by_old = (git / "fit_logs").is_file() or _is_old_gitignore(root / ".gitignore")
    return git.is_dir() and not fitlog.exists() and by_old


def put_right(root: Path) -> list[str]:
    """Undo what the killed 0.9 had begun.

    :param root: The project's root.
    :return: What was done, a sentence each; empty if all was well.
    :raises ProjectInitError: if it cannot be told which file is the user's; nothing is changed.
    """
    git, ignore = root / ".git", root / ".gitignore"
    git_backup, ignore_backup = root / ".git_backup", root / ".gitignore_backup"
    fitlog = root / GIT_DIR_NAME
    is_half = is_half_switched(root)
    _check(root, is_half)
    done: list[str] = []
    if is_half and git.is_dir() and not fitlog.exists():
        _move(git, fitlog, done)
    if fitlog.is_dir() and _is_old_gitignore(ignore):
        _move(ignore, fitlog / ".gitignore", done)
    elif is_half and ignore_backup.exists() and _is_empty(ignore):
        ignore.unlink()  # 0.9 was killed while it wrote its own
    if is_half and git_backup.exists():
        _move(git_backup, git, done)
    if ignore_backup.exists() and not ignore.exists():
        _move(ignore_backup, ignore, done)
    return done


def _check(root: Path, is_half: bool) -> None:
    git, fitlog = root / ".git", root / GIT_DIR_NAME
    if (root / ".git_backup").exists() and git.exists() and fitlog.exists():
        raise ProjectInitError(
            f"{root} has a .git, a .git_backup and a .fitlog, so that a killed fitlog 0.9 cannot "
            "be undone safely; keep the one of .git and .git_backup that is yours, as .git"
        )
    ignore, backup = root / ".gitignore", root / ".gitignore_backup"
    by_old = _is_old_gitignore(ignore) or _is_empty(ignore)
    if is_half and backup.exists() and ignore.exists() and not by_old:
        raise ProjectInitError(
            f"{root} has a .gitignore and a .gitignore_backup, both perhaps yours; keep one of "
            "them, as .gitignore"
        )


def _is_old_gitignore(path: Path) -> bool:
    try:
        return path.read_text("utf-8", errors="replace").startswith(_OLD_GITIGNORES)
    except OSError:
        return False


def _is_empty(path: Path) -> bool:
    return path.is_file() and path.stat().st_size == 0


def _move(source: Path, target: Path, done: list[str]) -> None:
    source.replace(target)
    done.append(f"moved {source.name} back to {target.relative_to(source.parent)}")
