"""Sets up a project: what ``fitlog init`` does."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from fitlog_core.errors import ProjectInitError
from fitlog_core.snapshots import layout
from fitlog_core.snapshots.capture import record
from fitlog_core.snapshots.config import DEFAULT_CONFIG
from fitlog_core.snapshots.half_switched import put_right
from fitlog_core.snapshots.names import CONFIG_NAME, GIT_DIR_NAME
from fitlog_core.snapshots.plumbing import load_git
from fitlog_core.snapshots.project import find_config, is_forbidden, project_at
from fitlog_core.snapshots.repository import Repository

FIRST_MESSAGE = "Project initialized."
LOG_DIR = "logs"
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass
class Initialized:
    """What was done.

    :param root: The project.
    :param repaired: What a killed fitlog 0.9 had left and was put right, a sentence each.
    :param is_new: Whether there was no project before.
    :param id: The first snapshot of a new project.
    """

    root: Path
    repaired: list[str] = field(default_factory=list)
    is_new: bool = False
    id: str | None = None


def init_project(root: Path, *, hide: bool = False, with_git: bool = False) -> Initialized:
    """Make a folder a project; a file that exists is never written.

    :param root: The folder; made if it does not exist.
    :param hide: Keep ``.fitconfig`` inside ``.fitlog``.
    :param with_git: Make a git repository of the user's own too, whose ``.gitignore`` leaves
        out what fitlog writes.
    :raises ProjectInitError: if the folder cannot be a project.
    :raises SnapshotError: if git is missing or fails.
    """
    root = _make_folder(root)
    result = Initialized(root, repaired=put_right(root))
    git_dir = root / GIT_DIR_NAME
    result.is_new = not layout.exists(git_dir)
    load_git(root)  # without git, better nothing than half a project
    if result.is_new:
        _write_new(root / "main.py", _template("main.py.txt"))
    _write_new(root / LOG_DIR / "default.cfg", _template("default.cfg"))
    layout.create(git_dir)
    if find_config(root) is None:
        _write_new((git_dir if hide else root) / CONFIG_NAME, DEFAULT_CONFIG)
    project = project_at(root)
    if Repository(project).head() is None:
        result.id = record(project, FIRST_MESSAGE, root / LOG_DIR).id
    if with_git:
        _add_user_git(root, hide)
    return result


def _make_folder(root: Path) -> Path:
    try:
        root.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ProjectInitError(f"{root} is a file; a project needs a folder") from None
    root = root.resolve()
    if is_forbidden(root):
        raise ProjectInitError(
            f"{root} cannot be a project (it is the home directory, the temporary directory, the "
            "root of the file system or an installed package); give a NAME: 'fitlog init NAME'"
        )
    return root


def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8")


def _write_new(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:  # the user's
        return


def _add_user_git(root: Path, hide: bool) -> None:
    """Make a git repository and have it leave out what fitlog writes."""
    if not (root / ".git").exists():
        git = load_git(root)
        # The user's own, so made with the user's own settings, wherever a hook's GIT_DIR points.
        git.execute([git.GIT_PYTHON_GIT_EXECUTABLE, "init", "--quiet"], env={"GIT_DIR": ".git"})
    wanted = [GIT_DIR_NAME, *([] if hide else [CONFIG_NAME]), LOG_DIR]
    path = root / ".gitignore"
    text = path.read_bytes() if path.exists() else b""
    present = {line.strip() for line in text.decode("utf-8", errors="replace").splitlines()}
    missing = "".join(f"{name}\n" for name in wanted if name not in present)
    if missing:
        gap = b"\n" if text and not text.endswith(b"\n") else b""
        with path.open("ab") as file:
            file.write(gap + missing.encode("ascii"))
