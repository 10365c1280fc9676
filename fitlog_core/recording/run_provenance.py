"""What a run has told its ``provenance.json``: the code, the data, all that plugins know.

Imported with the first thing to be told, so that ``import fitlog`` does not wait for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fitlog_core import log_format
from fitlog_core.notices import say
from fitlog_core.recording.session import session
from fitlog_core.recording.values import document
from fitlog_core.secrets import mask_text
from fitlog_core.settings import environment

if TYPE_CHECKING:
    from fitlog_core.recording.recorder import Recorder
    from fitlog_core.snapshots.provenance.record import ProvenanceRecord

_Code = tuple[str, str | None]


class RunProvenance:
    """Keeps what is to be told until the run has a folder, and tells it there.

    :param warn: Told of a file that cannot be written, with the path and the error.
    :ivar record: Writes the file; None before there is anything to write.
    """

    def __init__(self, warn: Callable[[str, OSError], None]) -> None:
        self.record: ProvenanceRecord | None = None
        self._warn = warn
        self._folder = ""
        self._data: dict[str, Any] = {}
        self._has_told_of_data = False

    def begin(
        self,
        run: Recorder,
        folder: str,
        code: _Code | None,
        segment: int | None,
        hyper: bytes | None,
    ) -> None:
        """Write what is known at the start of a run.

        :param run: For the plugins that are asked.
        :param folder: The run's folder.
        :param code: Id and message of its snapshot, if one was made.
        :param segment: Which part of a run that goes on it is, from 2.
        :param hyper: What its ``hyper.log`` begins with, to look for a finished run that did the
            same; None where that is not to be looked for.
        :raises OSError: if it cannot be written.
        :raises ArgumentError: if a plugin's facts are nested without end.
        """
        from fitlog_core.snapshots.provenance.record import ProvenanceRecord

        facts = _facts_of_plugins(run)
        self._folder, self.record = folder, ProvenanceRecord(folder)
        data, self._data = self._data, {}
        project, seed = session.project, session.seed
        known = self.record.begin(code, project, seed, facts, data, segment)
        self._refer_to(code)
        if known and code is not None and hyper is not None:
            from fitlog_core.recording import repeats

            is_again = bool(environment("parent"))
            repeats.look(folder, known, hyper, data, tell=not is_again)

    def look_again(self, run: Recorder) -> None:
        """Note what was imported since the run began."""
        facts = _facts_of_plugins(run)
        try:
            if self.record is not None:
                self.record.look_again(session.project, session.seed, facts)
        except OSError as error:
            self._tell(error)

    def add_code(self, code: _Code) -> None:
        """Add a snapshot to the provenance of a run that has begun."""
        if self.record is not None:
            try:
                self.record.add_code(code, session.project)
                self._refer_to(code)
            except OSError as error:
                self._tell(error)

    def _refer_to(self, code: _Code | None) -> None:
        """Let the run's id lead to its snapshot, in the project's ``.fitlog``."""
        if code is None or session.project is None:
            return
        from fitlog_core.snapshots import run_refs
        from fitlog_core.snapshots.names import GIT_DIR_NAME

        git_dir = os.path.join(session.project, GIT_DIR_NAME)
        run_refs.keep(git_dir, os.path.basename(self._folder), code[0])

    def note_data(self, path: str) -> None:
        """Look at data, and keep what is known of it so far."""
        from fitlog_core.snapshots.provenance.data import first_look

        name = path if "://" in path else os.path.abspath(path)
        try:
            said = first_look(name)
        except (OSError, ValueError) as error:
            said = {"problem": getattr(error, "strerror", None) or str(error)}
            if not self._has_told_of_data:
                self._has_told_of_data = True
                say(f"the data {path} cannot be read: {said['problem']}; training goes on")
        self._data[mask_text(name)] = said

    def hand_over_data(self, folder: str, *, at_once: bool = True) -> None:
        """Have the data identified that was noted.

        :param folder: The run's folder.
        :param at_once: False to wait for more of it.
        """
        if self.record is None and not self._data:
            return
        self._folder = folder
        data, self._data = self._data, {}
        try:
            if self.record is None:  # it joined a run that another process began
                from fitlog_core.snapshots.provenance.record import ProvenanceRecord

                self.record = ProvenanceRecord(folder)
            self.record.add_data(data)
            if at_once:
                self.record.flush()
        except OSError as error:
            self._tell(error)

    def _tell(self, error: OSError) -> None:
        self._warn(os.path.join(self._folder, log_format.PROVENANCE_FILE), error)


def _facts_of_plugins(run: Recorder) -> dict[str, Any]:
    """Return what each plugin knows of the machine and of what is imported, by its name."""
    from fitlog_core import plugins

    answers = plugins.collect("fitlog_environment", run=run)
    return {name: document(answer) for name, answer in answers}
