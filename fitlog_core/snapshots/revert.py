"""Brings a snapshot back into a folder of its own: what ``fitlog revert`` does."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from fitlog_core.errors import RevertError, SnapshotNotFoundError
from fitlog_core.snapshots import layout
from fitlog_core.snapshots.config import CONFIG_NAME, DEFAULT_CONFIG
from fitlog_core.snapshots.fit_logs import FILE_NAME
from fitlog_core.snapshots.name_clashes import clashing, first_met
from fitlog_core.snapshots.project import GIT_DIR_NAME, Project
from fitlog_core.snapshots.refs import read_ref
from fitlog_core.snapshots.repository import Repository
from fitlog_core.snapshots.tree import SnapshotTrees

MARKER = ".fitlog_revert"  # lists what was written, so that a later revert may replace it
SUFFIX_LENGTH = 6


def revert(
    project: Project, prefix: str, target: Path | None = None, *, id_suffix: bool = False
) -> Path:
    """Write the files of a snapshot to a folder outside the project.

    The folder appears whole or not at all. Its own ``.fitlog`` stands at the snapshot: a run of
    the unchanged code has the same id, and nothing is added to the snapshots of this project.

    :param project: Whose snapshot.
    :param prefix: Id of the snapshot, or its first 6 characters or more.
    :param target: The folder; ``../PROJECT_revert`` if left out.
    :param id_suffix: Add ``_`` and the first 6 characters of the id to the folder's name.
    :return: The folder.
    :raises SnapshotNotFoundError: if there is no such snapshot.
    :raises RevertError: if the folder lies in the project, or holds anything that an earlier
        revert did not write.
    """
    if not layout.exists(project.git_dir):
        raise SnapshotNotFoundError(f"{project.root} has no snapshots yet")
    layout.create(project.git_dir)  # one made by 0.9 lacks what keeps files byte for byte
    snapshots = Repository(project)
    commit_id = snapshots.resolve(prefix)
    folder = _place(project, target, commit_id[:SUFFIX_LENGTH] if id_suffix else "")
    _check_place(project, folder)
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    part.mkdir(parents=True)
    try:
        _check_names(project, commit_id, part)
        snapshots.export(commit_id, part)
        snapshots.hand_over(commit_id, part)
        _add_config(project, part)
        _write_marker(part, commit_id)
        _put_in_place(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def still_holds(folder: Path, commit_id: str) -> bool:
    """Tell whether a folder holds a snapshot as a revert wrote it, whatever came beside it since.

    :param folder: Any folder, or none.
    :param commit_id: Full id of the snapshot.
    """
    marker = _read_marker(folder)
    if marker is None or marker[0] != commit_id:
        return False
    return all(_is_as_written(folder / path, mark) for path, mark in marker[1].items())


def _is_as_written(path: Path, fingerprint: str) -> bool:
    return os.path.lexists(path) and _fingerprint(path) == fingerprint


def _read_marker(folder: Path) -> tuple[str, dict[str, str]] | None:
    """Return the snapshot of a folder and what was written there, None where nobody says."""
    try:
        marker = json.loads((folder / MARKER).read_text("utf-8"))
        return str(marker["snapshot"]), dict(marker["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _place(project: Project, target: Path | None, suffix: str) -> Path:
    path = target or project.root.with_name(f"{project.root.name}_revert")
    path = Path(os.path.abspath(path))  # takes a slash at the end away, and ".."
    return (path.with_name(f"{path.name}_{suffix}") if suffix else path).resolve()


def _check_place(project: Project, folder: Path) -> None:
    if folder == project.root or project.root in folder.parents:
        raise RevertError(f"{folder} lies in the project {project.root}; choose a PATH outside it")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise RevertError(f"{folder} is a file; choose another PATH")
    if not any(folder.iterdir()):
        return
    if not (folder / MARKER).is_file():
        raise RevertError(f"{folder} was not made by 'fitlog revert'; choose another PATH")
    changed = _first_change(folder)
    if changed is not None:
        raise RevertError(
            f"{changed} in {folder} was changed after the revert; move the folder away, choose "
            "another PATH or use --id-suffix"
        )


def _check_names(project: Project, commit_id: str, part: Path) -> None:
    """See that no file would take the place of another one where the folder is to lie."""
    names = SnapshotTrees(project.git_dir).files(commit_id).keys() | {GIT_DIR_NAME, MARKER}
    met = first_met(part, clashing(names))
    if met is not None:
        raise RevertError(
            f"the code version {commit_id[:8]} holds {met[0]} and {met[1]}, which are one file on "
            f"the file system of {part.parent}; choose a place that tells upper and lower case "
            "apart"
        )


def _add_config(project: Project, folder: Path) -> None:
    config = folder / CONFIG_NAME
    if config.exists():
        return
    if project.config_path is not None:
        shutil.copyfile(project.config_path, config)
    else:
        config.write_text(DEFAULT_CONFIG, "utf-8")


def _write_marker(folder: Path, commit_id: str) -> None:
    files = {path: _fingerprint(folder / path) for path in _files(folder)}
    marker = {"snapshot": commit_id, "files": files}
    (folder / MARKER).write_text(json.dumps(marker, indent=1), "utf-8")


def _first_change(folder: Path) -> str | None:
    """Return a file that is not as the revert wrote it, or None."""
    marker = _read_marker(folder)
    if marker is None:
        return MARKER
    commit_id, written = marker
    git_dir = folder / GIT_DIR_NAME
    if (git_dir / FILE_NAME).exists() or read_ref(git_dir, layout.BRANCH) != commit_id:
        return GIT_DIR_NAME  # there was a run
    present = {path: _fingerprint(folder / path) for path in _files(folder)}
    changed = [path for path in {**written, **present} if written.get(path) != present.get(path)]
    return min(changed, default=None)


def _files(folder: Path) -> Iterator[str]:
    """Yield the files below a folder; the marker, .fitlog and Python's caches left out."""
    left_out = ("__pycache__", GIT_DIR_NAME)
    for parent, folders, names in os.walk(folder):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        folders[:] = [name for name in folders if name not in (*left_out, *links)]
        for name in [*names, *links]:
            path = Path(parent, name).relative_to(folder).as_posix()
            if path != MARKER:
                yield path


def _fingerprint(path: Path) -> str:
    if path.is_symlink():
        return f"link {path.readlink()}"
    if not path.is_file():
        return "neither file nor link"  # reading a pipe would wait for ever
    executable = "x" if os.access(path, os.X_OK) else "-"
    return f"{executable} {hashlib.sha256(path.read_bytes()).hexdigest()}"


def _put_in_place(part: Path, folder: Path) -> None:
    if folder.exists() and not any(folder.iterdir()):
        folder.rmdir()
    if not folder.exists():
        part.replace(folder)
        return
    old = part.with_suffix(".old")
    folder.replace(old)
    part.replace(folder)
    shutil.rmtree(old)
