"""Where a run lies: its log directory, and its folder once there is one."""

from __future__ import annotations

import _thread
import os

from fitlog_core.notices import say
from fitlog_core.recording import folder as folders
from fitlog_core.recording.session import session


class RunPlace:
    """Knows where a run's records go, and whether they go anywhere.

    :param log_dir: The log directory, made if it is missing; or the folder of an existing run.
    :raises LogDirectoryIsFileError: if something that is no folder lies there.
    :raises LogDirectoryNotWritableError: if this user may not write there.
    """

    def __init__(self, log_dir: str | os.PathLike[str]) -> None:
        self._folder: str | None = None
        self._existing: str | None = None
        self._reserved: str | None = None
        self._is_silent = not session.debug and session.is_silenced()
        self._warned = False
        self._told_of_sync = False
        self._locks: dict[int, _thread.LockType] = {}
        self._directory = self._resolved(log_dir)

    def _resolved(self, log_dir: str | os.PathLike[str]) -> str:
        path = folders.absolute(log_dir)
        if not session.debug and not self._is_silent:
            folders.make_usable(path, self._warn)
        if folders.is_existing_run(path):
            self._existing = path
            return os.path.dirname(path)
        return path

    def _lock(self) -> _thread.LockType:
        """Return the lock of this process: in a forked child nobody would release the parent's."""
        return self._locks.setdefault(os.getpid(), _thread.allocate_lock())

    def is_off(self) -> bool:
        """Tell whether nothing is recorded here, and so nothing checked."""
        return session.debug or self._is_silent

    def settle(self, log_dir: str | os.PathLike[str]) -> bool:
        """Lie in another log directory, or go on with another run, while there is no folder yet.

        :param log_dir: As for the class.
        :return: False if the folder is there already, somewhere else.
        """
        with self._lock():
            if self._folder is None:
                self._existing = None
                self._directory = self._resolved(log_dir)
                return True
        return self.is_at(log_dir)

    def folder_of_records(self) -> str | None:
        """Return the path of the folder that records go to, None before there is one."""
        return self._folder

    def is_at(self, log_dir: str | os.PathLike[str]) -> bool:
        """Tell whether a path is this run's log directory or its folder.

        :raises ArgumentTypeError: if it is no path.
        """
        path = folders.absolute(log_dir)
        own = [place for place in (self._directory, self._folder, self._existing) if place]
        return path in own or os.path.realpath(path) in map(os.path.realpath, own)

    def go_on_with(self, folder: str | os.PathLike[str]) -> bool:
        """Go on with an existing run instead of making a new one, as training that resumes does.

        What was recorded here so far goes to that run.

        :param folder: The folder of the run.
        :return: False if nothing changed: this run has its folder already, or records nothing,
            or no run lies there.
        """
        path = folders.absolute(folder)
        if self.is_off() or not folders.is_existing_run(path):
            return False
        with self._lock():
            if self._folder is not None or self._existing is not None:
                return False
            self._existing, self._directory = path, os.path.dirname(path)
        self._give_back()
        return True

    def _give_back(self) -> None:
        """Take away the folder that was reserved, if there is one still without a record."""
        with self._lock():
            reserved, self._reserved = self._reserved, None
        if reserved is not None:
            folders.give_back(reserved)

    def _take_folder(self) -> str:
        """Return a folder for the records: the one that was reserved, or one made now.

        :raises OSError: if it cannot be made.
        """
        reserved, self._reserved = self._reserved, None
        is_there = reserved is not None and os.path.isdir(reserved)
        return reserved if reserved and is_there else folders.take(self._directory)

    def reserve_log_folder(self) -> str | None:
        """Take the run's folder, empty until something is recorded, and return its name.

        For whoever must know it before it is certain that no earlier run is gone on with.

        :return: None where nothing is recorded, or the folder cannot be made.
        """
        if self.is_off() or session.is_silenced():
            return None
        known = self._folder or self._existing or self._reserved
        if known is None:
            try:
                known = self._reserved = folders.take(self._directory)
            except OSError as error:
                self._warn(self._directory, error)
        return None if known is None else os.path.basename(known)

    def _warn(self, path: str, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            reason = error.strerror or str(error)
            say(f"cannot write {path}: {reason}; training goes on, records are lost until it can")

    def _warn_of_sync(self, path: str, error: OSError) -> None:
        if not self._told_of_sync:
            self._told_of_sync = True
            reason = error.strerror or str(error)
            say(
                f"cannot sync {path}: {reason}; training goes on, "
                "but other machines may see records late or not at all"
            )
