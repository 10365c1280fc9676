"""Tries the versions between two runs: by a run that is there, else by doing one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from fitlog_core.comparing.account import Account, account_of
from fitlog_core.comparing.places import KeptCode
from fitlog_core.errors import RerunError, RevertError, SnapshotError
from fitlog_core.reading.index.store import Index
from fitlog_core.reading.logdir import LogDirectory
from fitlog_core.reading.state import State
from fitlog_core.rerun import again
from fitlog_core.rerun.outcome import Metric
from fitlog_core.rerun.recipe import Recipe, check_arguments, recipe_of
from fitlog_core.snapshots.tree import Version

_OF_A_TABLE = 8  # characters of a version's id in meta.log
_LONGEST = 160  # characters of a command's last words
_TAIL = 20_000  # bytes of what it printed


@dataclass(frozen=True)
class Tried:
    """What came of a version.

    :param run: Id of the run, empty where there is none.
    :param value: The metric's value, None where it cannot be told.
    :param why: Why it cannot.
    :param is_new: The run was done just now.
    """

    run: str = ""
    value: float | None = None
    why: str = ""
    is_new: bool = False


class Trials:
    """The versions of one project, tried with one command.

    :param kept: The project that keeps them, and the version of the run with the command.
    :param recipe: The command.
    :param metric: What the runs are judged by.
    :param links: Paths in the project that each copy of its code is to have, too.
    :param target: The folder that the copies go to, beside the project unless it is given.
    """

    def __init__(
        self,
        kept: KeptCode,
        recipe: Recipe,
        metric: Metric,
        links: Sequence[str] = (),
        target: Path | None = None,
    ) -> None:
        self._kept = kept
        self.recipe = recipe
        self._metric = metric
        self._links = links
        self._target = target
        self._recorded: dict[str, Tried] = {}

    def look_up(self, log_dirs: Iterable[Path], versions: Sequence[Version]) -> None:
        """Find the runs of these versions that the same command made before.

        A run that failed counts, where it was one that repeats another: it would again.

        :param log_dirs: Where to look.
        """
        by_start = {version.id[:_OF_A_TABLE]: version for version in versions}
        for log_dir in dict.fromkeys(log_dirs):
            directory = LogDirectory(log_dir, Index.of(log_dir))
            directory.refresh()
            for row in sorted(directory.rows(), key=lambda row: row.id):  # the newest counts
                version = by_start.get(str(row.get("meta-fit_id")))
                if version is not None and row.state != State.RUNNING:
                    self._take(account_of(log_dir / row.id), version)

    def recorded(self, version: Version) -> Tried | None:
        """Return what came of a version before, None if nobody tried."""
        return self._recorded.get(version.tree)

    def done(self, version: Version) -> Tried:
        """Do a run of a version now, and return what came of it.

        :raises RerunError: if none can be done, whatever the version.
        :raises RevertError: if the folder for its code is taken.
        """
        self._check_arguments()
        recipe, kept = self.recipe, self._kept._replace(id=version.id)
        try:
            place = again.checkout(kept, recipe, self._folder(version))
        except RevertError:
            raise
        except SnapshotError as error:
            return Tried(why=str(error))
        self._link(place)
        with tempfile.TemporaryFile() as output:
            done = again.run(recipe, place, again.interpreter(recipe), output)
            last = _last_words(output) if done.exit_code else ""
        name = "" if done.folder is None else done.folder.name
        if done.exit_code:
            return Tried(name, why=f"the command ended with {done.exit_code}{last}", is_new=True)
        if done.folder is None:
            return Tried(why="the command recorded no run", is_new=True)
        return replace(self._judged(done.folder), is_new=True)

    def _take(self, account: Account, version: Version) -> None:
        if not self.is_by_the_same_command(account) or account.is_continued:
            return
        if not version.id.startswith(account.snapshot or "-"):
            return  # the first characters alone are the same
        if account.state in (State.FINISHED, State.ENDED):
            self._recorded[version.tree] = self._judged(account.folder)
        elif account.state == State.ERROR and _failed_by_itself(account):
            why = f"{account.id} failed: {account.meta.get('error') or 'it said so'}"
            self._recorded.setdefault(version.tree, Tried(account.id, why=why))

    def is_by_the_same_command(self, account: Account) -> bool:
        """Tell whether a run was made by the same command."""
        try:
            other = recipe_of(account)
        except RerunError:
            return False
        ours = self.recipe
        return (other.script, other.arguments, other.place) == (
            ours.script,
            ours.arguments,
            ours.place,
        )

    def _judged(self, folder: Path) -> Tried:
        value = self._metric.value_of(folder)
        why = f"{folder.name} has no {self._metric.name}" if value is None else ""
        return Tried(folder.name, value, why)

    def _folder(self, version: Version) -> Path | None:
        if self._target is None:
            return None
        return self._target / again.folder_name(self._kept._replace(id=version.id))

    def _check_arguments(self) -> None:
        try:
            check_arguments(self.recipe.arguments)
        except RerunError:
            raise RerunError(
                f"the command of {self.recipe.run_id} holds a secret that was masked when the run "
                "was recorded, so it cannot be run again for other versions"
            ) from None

    def _link(self, place: Path) -> None:
        """Let a copy of the code have what fitlog does not keep, such as data."""
        for name in self._links:
            link, there = place / name, self._kept.root / name
            if not os.path.lexists(link):
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(there, target_is_directory=there.is_dir())


def _failed_by_itself(account: Account) -> bool:
    """Tell whether a run that repeats another failed, and nobody interrupted it."""
    error: Mapping[str, object] = account.meta
    return bool(error.get("parent")) and not str(error.get("error")).startswith("KeyboardInterrupt")


def _last_words(output: IO[bytes]) -> str:
    """Return the last line that a command printed, in brackets."""
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _TAIL))
    lines = [line for line in output.read().decode("utf-8", "replace").splitlines() if line.strip()]
    if not lines:
        return ""
    line = " ".join(lines[-1].split())
    return f" ({line if len(line) <= _LONGEST else line[: _LONGEST - 1] + '…'})"
