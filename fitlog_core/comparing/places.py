"""Where the code of a run is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fitlog_core import machine
from fitlog_core.comparing.account import Account
from fitlog_core.errors import ProjectNotFoundError, SnapshotNotFoundError
from fitlog_core.sentences import sentence
from fitlog_core.snapshots import layout
from fitlog_core.snapshots.names import GIT_DIR_NAME
from fitlog_core.snapshots.project import find_root
from fitlog_core.snapshots.tree import SnapshotTrees


class KeptCode(NamedTuple):
    """The code version of a run.

    :param id: Full id of the snapshot.
    :param root: The project whose ``.fitlog`` has it.
    """

    id: str
    root: Path

    @property
    def trees(self) -> SnapshotTrees:
        """What its files are read from."""
        return SnapshotTrees(self.root / GIT_DIR_NAME)


def kept_code(account: Account, start: Path | None = None) -> KeptCode:
    """Return the code version of a run, and the project that keeps it.

    :param account: The run.
    :param start: A folder whose project is looked in first, the working directory unless given.
    :raises SnapshotNotFoundError: if the run has none, or no project at hand keeps it.
    :raises SnapshotError: if git is missing or fails.
    """
    version = account.snapshot
    if version is None:
        raise SnapshotNotFoundError(
            sentence(
                "code.none",
                "{run} has no code version: its script did not call fitlog.commit(__file__)",
                run=account.id,
            )
        )
    looked_in: list[Path] = []
    for root in _roots(account, Path.cwd() if start is None else start):
        if root in looked_in or not layout.exists(root / GIT_DIR_NAME):
            continue
        looked_in.append(root)
        try:
            return KeptCode(SnapshotTrees(root / GIT_DIR_NAME).resolve(version), root)
        except SnapshotNotFoundError:
            continue
    where = ", ".join(map(str, looked_in)) or sentence(
        "code.no_places", "there is no .fitlog at hand"
    )
    raise SnapshotNotFoundError(
        sentence(
            "code.away",
            "the code version {version} of {run} is not at hand (looked in: {places}); go "
            "to the project that keeps it",
            version=version[:8],
            run=account.id,
            places=where,
        )
    )


def _roots(account: Account, start: Path) -> Iterator[Path]:
    yield from _root_of(start)
    yield from _root_of(account.folder.parent)
    if account.fact("host") == machine.host():
        for name in ("project", "cwd"):
            said = account.fact(name)
            if isinstance(said, str) and said and "\0" not in said and Path(said).is_dir():
                yield from _root_of(Path(said))


def _root_of(folder: Path) -> Iterator[Path]:
    try:
        yield find_root(folder)
    except ProjectNotFoundError:
        return
