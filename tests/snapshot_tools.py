"""Real git, real folders: what the tests of snapshots are made with."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "A User",
    "GIT_AUTHOR_EMAIL": "user@example.org",
    "GIT_COMMITTER_NAME": "A User",
    "GIT_COMMITTER_EMAIL": "user@example.org",
}


def git(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """Run the user's git in a folder and return what it says."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **IDENTITY, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", errors="surrogateescape").strip()


def kept(project: Path, *arguments: str) -> str:
    """Run git on the snapshots of a project, as a user would by hand."""
    return git(project, "--git-dir=.fitlog", *arguments)


def kept_files(project: Path) -> list[str]:
    """The files of the newest snapshot."""
    return kept(project, "ls-tree", "-r", "-z", "--name-only", "HEAD").strip("\0").split("\0")


def user_repository(folder: Path, files: Mapping[str, str] | None = None) -> Path:
    """Make a git repository of the user's, with one commit."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "trunk")
    write(folder, files or {"README": "read me\n"})
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "The user's commit")
    return folder


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files, folders included."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def fingerprint(folder: Path) -> dict[str, str]:
    """Hash every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def make_old_fitlog(project: Path, message: str = "Project initialized.") -> str:
    """Make a ``.fitlog`` with the layout that fitlog 0.9 left, and return its commit id."""
    write(
        project, {"main.py": "print('old')\n", ".fitconfig": "[fit_settings]\nwatched_rules = *.py"}
    )
    git(project, "init", "-q", "-b", "master")
    git(project, "config", "core.logAllRefUpdates", "true")
    git(project, "add", "main.py")
    git(project, "commit", "-q", "-m", message)
    commit_id = git(project, "rev-parse", "HEAD")
    (project / ".git").rename(project / ".fitlog")
    rules = "*\n!/**/\n.git_backup/\n.gitignore_backup\n!*.py"
    (project / ".fitlog" / ".gitignore").write_text(rules)
    (project / ".fitlog" / "fit_logs").write_text(
        f"-------commit-------\n2021-03-04 05:06:07\n{commit_id}\n------arguments-----\n"
        "Run main.py --lr 0.1\n-------system-------\n\n\n"
    )
    return commit_id
