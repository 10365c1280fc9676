"""Puts right a project that a killed fitlog 0.9 left half switched.

To make a commit, 0.9 renamed the user's ``.git`` to ``.git_backup`` and ``.gitignore`` to
``.gitignore_backup``, and ``.fitlog`` to ``.git``; killed in between, it left them so.
"""

from __future__ import annotations

from pathlib import Path

from fitlog_core.errors import ProjectInitError
from fitlog_core.snapshots.project import GIT_DIR_NAME

_OLD_GITIGNORES = ("*\n!/**/\n.git_backup/", ".git_backup")


def is_half_switched(root: Path) -> bool:
    """Tell whether a killed fitlog 0.9 left a project half switched."""
    git = root / ".git"
    lent = not (root / GIT_DIR_NAME).exists() and (git / "fit_logs").is_file()
    return lent or any((root / name).exists() for name in (".git_backup", ".gitignore_backup"))


def put_right(root: Path) -> list[str]:
    """Undo what the killed 0.9 had begun.

    :param root: The project's root.
    :return: What was done, a sentence each; empty if all was well.
    :raises ProjectInitError: if it cannot be told which file is the user's; nothing is changed.
    """
    if not is_half_switched(root):
        return []
    _check(root)
    done: list[str] = []
    if (root / ".git").is_dir() and not (root / GIT_DIR_NAME).exists():
        _move(root / ".git", root / GIT_DIR_NAME, done)
    if _is_old_gitignore(root / ".gitignore"):
        _move(root / ".gitignore", root / GIT_DIR_NAME / ".gitignore", done)
    if (root / ".git_backup").exists():
        _move(root / ".git_backup", root / ".git", done)
    if (root / ".gitignore_backup").exists():
        _move(root / ".gitignore_backup", root / ".gitignore", done)
    return done


def _check(root: Path) -> None:
    git, fitlog = root / ".git", root / GIT_DIR_NAME
    if (root / ".git_backup").exists() and git.exists() and fitlog.exists():
        raise ProjectInitError(
            f"{root} has a .git, a .git_backup and a .fitlog, so that a killed fitlog 0.9 cannot "
            "be undone safely; keep the one of .git and .git_backup that is yours, as .git"
        )
    ignore = root / ".gitignore"
    if (root / ".gitignore_backup").exists() and ignore.exists() and not _is_old_gitignore(ignore):
        raise ProjectInitError(
            f"{root} has a .gitignore and a .gitignore_backup, both perhaps yours; keep one of "
            "them, as .gitignore"
        )


def _is_old_gitignore(path: Path) -> bool:
    try:
        return path.read_text("utf-8", errors="replace").startswith(_OLD_GITIGNORES)
    except OSError:
        return False


def _move(source: Path, target: Path, done: list[str]) -> None:
    source.replace(target)
    done.append(f"moved {source.name} back to {target.relative_to(source.parent)}")
