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
from fitlog_core.sentences import reason, sentence
from fitlog_core.snapshots import layout
from fitlog_core.snapshots.config import DEFAULT_CONFIG
from fitlog_core.snapshots.fit_logs import FILE_NAME
from fitlog_core.snapshots.name_clashes import clashing, first_met
from fitlog_core.snapshots.names import CONFIG_NAME, GIT_DIR_NAME
from fitlog_core.snapshots.project import Project
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
        revert did not write, or cannot be made.
    """
    if not layout.exists(project.git_dir):
        raise SnapshotNotFoundError(
            sentence("snapshot.none_yet", "{project} has no snapshots yet", project=project.root)
        )
    layout.create(project.git_dir)  # one made by 0.9 lacks what keeps files byte for byte
    snapshots = Repository(project)
    commit_id = snapshots.resolve(prefix)
    folder = _place(project, target, commit_id[:SUFFIX_LENGTH] if id_suffix else "")
    _check_place(project, folder)
    part = _new_part(folder)
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


def _new_part(folder: Path) -> Path:
    """Make the folder beside another one that takes its place once it is whole."""
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    try:
        part.mkdir(parents=True)
    except OSError as error:
        raise RevertError(
            sentence(
                "revert.no_folder",
                "{folder} cannot be made: {reason}; choose another place",
                folder=folder,
                reason=reason(error),
            )
        ) from error
    return part


def still_holds(folder: Path, commit_id: str) -> bool:
    """Tell whether a folder holds a snapshot as a revert wrote it, whatever came beside it since.

    :param folder: Any folder, or none.
    :param commit_id: Full id of the snapshot.
    """
    marker = _read_marker(folder)
    if marker is None or marker[0] != commit_id:
        return False
    return all(_is_as_written(folder / path, mark) for path, mark in marker[1].items())


def is_of_revert(folder: Path, name: str) -> bool:
    """Tell whether a revert wrote what is called so in a folder.

    :param folder: What a revert made.
    :param name: Seen from there, with ``/``.
    """
    marker = _read_marker(folder)
    return marker is not None and name in marker[1]


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
        raise RevertError(
            sentence(
                "revert.in_project",
                "{folder} lies in the project {project}; choose a folder outside it",
                folder=folder,
                project=project.root,
            )
        )
    if folder.exists() and not folder.is_dir():
        raise RevertError(
            sentence("revert.is_file", "{folder} is a file; choose another place", folder=folder)
        )
    if folder.exists() and any(folder.iterdir()):
        _check_replaceable(folder)


def _check_replaceable(folder: Path) -> None:
    """See that a revert wrote all that is in a folder, and nobody changed it since."""
    if not (folder / MARKER).is_file():
        raise RevertError(
            sentence(
                "revert.not_ours",
                "{folder} was not made by 'fitlog revert'; choose another folder",
                folder=folder,
            )
        )
    changed = _first_change(folder)
    if changed is not None:
        raise RevertError(
            sentence(
                "revert.changed",
                "{file} in {folder} was changed after the revert; move the folder away or "
                "choose another one",
                file=changed,
                folder=folder,
            )
        )


def _check_names(project: Project, commit_id: str, part: Path) -> None:
    """See that no file would take the place of another one where the folder is to lie."""
    names = SnapshotTrees(project.git_dir).files(commit_id).keys() | {GIT_DIR_NAME, MARKER}
    met = first_met(part, clashing(names))
    if met is not None:
        raise RevertError(
            sentence(
                "revert.clash",
                "the code version {version} holds {one} and {other}, which are one file on the "
                "file system of {folder}; choose a place that tells upper and lower case apart",
                version=commit_id[:8],
                one=met[0],
                other=met[1],
                folder=part.parent,
            )
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
