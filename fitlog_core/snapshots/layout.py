"""Makes a git directory of fitlog's own, as git would make it and fitlog 0.9 expects it."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from fitlog_core.errors import SnapshotError
from fitlog_core.sentences import sentence

BRANCH = "refs/heads/master"  # fitlog 0.9 looks for ids in its reflog
# The first four lines are fitlog 0.9's; the last hides the folder from the user's git.
_GITIGNORE = "*\n!/**/\n.git_backup/\n.gitignore_backup\n*\n"
_UNSEEN = ".git"  # the one name that the user's git never lists, wherever it stands
# Files are stored byte for byte, whatever a .gitattributes of the user's says.
_ATTRIBUTES = "* -text -ident !filter !working-tree-encoding\n"
_CONFIG = f"""[core]
\trepositoryformatversion = 0
\tfilemode = {"true" if os.name == "posix" else "false"}
\tbare = false
\tlogallrefupdates = true
[gc]
\treflogExpire = never
"""


def exists(git_dir: Path) -> bool:
    """Tell whether a folder is a whole git directory."""
    return (git_dir / "HEAD").is_file() and (git_dir / "objects").is_dir()


def create(git_dir: Path) -> None:
    """Make a git directory, or what is missing of one; nothing that exists is changed.

    ``HEAD`` comes last: a folder with it is whole, one without is completed by the next call.

    :param git_dir: The ``.fitlog`` directory.
    :raises SnapshotError: if something else than a folder has that name.
    """
    try:
        git_dir.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise SnapshotError(
            sentence("folder.none", "{folder} is not a folder; move it away", folder=git_dir)
        ) from None
    _hide(git_dir)
    for folder in ("objects", "refs/heads", "refs/tags", "info"):
        (git_dir / folder).mkdir(parents=True, exist_ok=True)
    _write_new(git_dir / "info" / "attributes", _ATTRIBUTES)
    _write_new(git_dir / "config", _CONFIG)
    _write_new(git_dir / "HEAD", f"ref: {BRANCH}\n")


def _hide(git_dir: Path) -> None:
    """Have the user's git pass the folder by, which never sees a file of it, not for an instant."""
    path, unseen = git_dir / ".gitignore", git_dir / _UNSEEN
    while not path.exists():
        try:
            unseen.mkdir(exist_ok=True)
            _write(path, _GITIGNORE, unseen)
        except FileNotFoundError:  # another process was faster, and tidied up
            continue
        except FileExistsError:  # it tidied up while mkdir looked what was there
            if unseen.is_file() or unseen.is_symlink():
                raise
    with contextlib.suppress(OSError):
        for left in unseen.glob(f"{path.name}.*.tmp"):  # of a killed process; else it is no one's
            left.unlink()
        unseen.rmdir()


def _write_new(path: Path, text: str) -> None:
    """Write a file unless it exists; it appears whole or not at all."""
    if not path.exists():
        _write(path, text, path.parent)


def _write(path: Path, text: str, beside: Path) -> None:
    part = beside / f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp"
    part.write_text(text, "utf-8", newline="\n")
    part.replace(path)
