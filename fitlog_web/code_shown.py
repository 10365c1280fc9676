"""The code that a run had, as the board shows it: read from the snapshot, never run."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any, NamedTuple

from fitlog_core.comparing.account import Account, account_of
from fitlog_core.comparing.difference import Difference, difference, difference_to_work_tree
from fitlog_core.comparing.places import KeptCode, kept_code
from fitlog_core.errors import RunNotFoundError, SnapshotError, SnapshotNotFoundError
from fitlog_core.sentences import sentence, told
from fitlog_core.snapshots.names import GIT_DIR_NAME
from fitlog_core.snapshots.tree import EXECUTABLE, LINK, Entry
from fitlog_web.board import Board
from fitlog_web.sentences import told_problem

WORK_TREE = "tree"  # what the working tree is called in an address; no run has this id
LONGEST = 1_000_000  # bytes of a file that are shown
_KINDS = {EXECUTABLE: "executable", LINK: "link"}


class RunCode(NamedTuple):
    """The code of a run.

    :param account: What is known of the run.
    :param kept: Where its code is kept; None where it is not at hand.
    :param problem: Why it is not.
    """

    account: Account
    kept: KeptCode | None
    problem: str | None


def code_of(board: Board, run_id: str) -> RunCode:
    """Return the code of a run.

    :raises RunNotFoundError: if there is no such run.
    """
    account = account_of(board.run(run_id).folder)
    try:
        return RunCode(account, kept_code(account, board.log_dir), None)
    except SnapshotError as error:
        return RunCode(account, None, told(error))


def listing(code: RunCode) -> dict[str, Any]:
    """Return what a run's code consists of: its files, those that the run had loaded first.

    The others stand from the project's root downwards.
    """
    said: dict[str, Any] = {"id": code.account.id, "version": None, "project": None}
    nothing: dict[str, Any] = {**said, "files": [], "commands": []}
    if code.kept is None:
        return {**nothing, **told_problem(code.problem)}
    try:
        files = code.kept.trees.files(code.kept.id)
    except SnapshotError as error:
        return {**nothing, **told_problem(told(error))}
    loaded = {path: place for place, path in enumerate(code.account.sources)}
    order = sorted(files, key=lambda path: (loaded.get(path, len(loaded)), path.count("/"), path))
    return {
        **said,
        "version": code.kept.id,
        "project": str(code.kept.root),
        "files": [
            {
                "path": path,
                "loaded": path in loaded,
                "kind": _KINDS.get(files[path].mode, "file"),
            }
            for path in order
        ],
        "commands": _commands(code.account.id, code.kept),
        **told_problem(None),
    }


def _commands(run_id: str, kept: KeptCode) -> list[str]:
    """Return what a shell takes to have the code by hand, with fitlog and without."""
    version, git_dir = kept.id[:8], shlex.quote(str(kept.root / GIT_DIR_NAME))
    folder = shlex.quote(f"{kept.root.name}-{version}")
    return [
        f"cd {shlex.quote(str(kept.root))}",
        f"fitlog revert {version} ../{folder}",
        f"fitlog rerun {run_id}",
        f"git --git-dir={git_dir} archive --prefix={folder}/ {version} | tar -x -C ..",
    ]


def text_of(code: RunCode, path: str) -> dict[str, Any]:
    """Return one file of a run's code.

    :param path: Relative to the project, with ``/``, as the listing has it.
    :return: ``text`` is None where it is not text; ``note`` says what cannot be shown.
    :raises SnapshotNotFoundError: if the code is not at hand.
    :raises RunNotFoundError: if it has no such file.
    """
    if code.kept is None:
        raise SnapshotNotFoundError(code.problem or "")
    entry = code.kept.trees.files(code.kept.id).get(path)
    if entry is None:
        raise RunNotFoundError(
            sentence(
                "code.no_file",
                "the code of {run} has no file {path!r}",
                run=code.account.id,
                path=path,
            )
        )
    content = code.kept.trees.contents([entry.id])[entry.id]
    return {"path": path, "size": len(content), **_shown(entry, content)}


def _shown(entry: Entry, content: bytes) -> dict[str, Any]:
    if b"\0" in content:
        return {"text": None, "note": "binary"}
    text = content[:LONGEST].decode("utf-8", "replace")
    if entry.mode == LINK:
        return {"text": text, "note": "link"}
    return {"text": text, "note": "cut" if len(content) > LONGEST else None}


def difference_of(board: Board, run_id: str, against: str) -> Difference:
    """Return what differs between two runs, or a run and the working tree: causes first.

    :param against: Id of the run to compare with, the older one; :data:`WORK_TREE` for the
        project as it is now, which counts as the newer one.
    :raises RunNotFoundError: if there is no such run.
    """
    account, start = account_of(board.run(run_id).folder), Path(board.log_dir)
    if against == WORK_TREE:
        return difference_to_work_tree(account, start)
    return difference(account_of(board.run(against).folder), account, start)
