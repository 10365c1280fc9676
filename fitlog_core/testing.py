"""What authors of plugins test with: hosts, and runs that leave nothing behind in the process."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from fitlog_core import plugins as plugin_module
from fitlog_core.errors import ArgumentTypeError, PluginError, RunNotFoundError
from fitlog_core.plugins import PluginHost
from fitlog_core.reading.reader import RunReader
from fitlog_core.recording.run import Run
from fitlog_core.recording.session import Session, session

_RANK_VARIABLES = ("RANK", "FITLOG_RANKS")


def fresh_host(*plugins: object) -> PluginHost:
    """Return a plugin host with these plugins and no other, as fitlog would load them.

    ::

        def test_the_greeting_names_the_run(tmp_path):
            host = fresh_host(my_plugin)
            host.notify("fitlog_run_started", run=Run(tmp_path / "logs"))

    As in a training, what a plugin raises when it is called is told on stderr and passed over.

    :param plugins: Modules or objects with hook implementations.
    :raises PluginError: if one cannot be used: a wrapper, an unknown hook, a wrong argument, or no
        hook at all.
    """
    host = PluginHost()
    for number, plugin in enumerate(plugins, 1):
        name = getattr(plugin, "__name__", type(plugin).__name__)
        if name in host.plugins:
            name = f"{name}-{number}"
        host.register(plugin, name)
        if host.plugins[name].state != "loaded":
            raise PluginError(f"plugin {name!r} cannot be used: {host.plugins[name].error}")
        if not host.plugins[name].hooks:
            raise PluginError(
                f"plugin {name!r} implements no hook; mark its functions with @hookimpl"
            )
    return host


@contextlib.contextmanager
def use_host(host: PluginHost) -> Iterator[PluginHost]:
    """Let everything in this process call the plugins of ``host``, as long as the block lasts.

    ::

        with use_host(fresh_host(my_page)):
            client = create_app(tmp_path).test_client()

    :param host: As :func:`fresh_host` makes it.
    """
    with mock.patch.object(plugin_module, "host", return_value=host):
        yield host


class Recorded:
    """A run that :func:`recorded_run` opened, and what can be read of it.

    :ivar run: The run to record into; also the current run, which an adapter finds by itself.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._folder: str | None = None

    def read(self) -> RunReader:
        """Return what the run's files hold now; also after the block.

        :raises RunNotFoundError: if nothing was recorded, so that the run has no folder.
        """
        # Outside the block the process may be under debug, where a run names no folder.
        self._folder = self.run.get_log_folder(absolute=True) or self._folder
        if self._folder is None:
            raise RunNotFoundError(
                "the run has no folder, for nothing was recorded; "
                "record a loss or a metric, or call run.create_log_folder()"
            )
        reader = RunReader(Path(self._folder))
        reader.refresh()
        return reader


@contextlib.contextmanager
def recorded_run(folder: Path, *plugins: object) -> Iterator[Recorded]:
    """Open a run that only these plugins hear of, and end it with the block.

    ::

        def test_the_note_is_kept(tmp_path):
            with recorded_run(tmp_path, my_plugin) as recorded:
                recorded.run.add_loss(0.3, step=1, name="loss")
            assert recorded.read().other["note"] == "hello"

    The block stands for a script: nothing was recorded or committed before, ``debug`` is off, and
    no rank is silenced unless one of the plugins says so. It ends well, or as an error with the
    exception that leaves it. What the process had before is as it was afterwards.

    :param folder: Empty folder, such as pytest's ``tmp_path``; the log directory is ``logs`` in it.
    :param plugins: Modules or objects with hook implementations.
    :raises PluginError: if one cannot be used.
    :raises ArgumentTypeError: if the folder is no path.
    """
    if not isinstance(folder, (str, os.PathLike)) or not os.fspath(folder):
        raise ArgumentTypeError(f"folder must be the path of a folder, got {folder!r}")
    with use_host(fresh_host(*plugins)), _fresh_session(), Run(Path(folder) / "logs") as run:
        session.run = run
        recorded = Recorded(run)
        try:
            yield recorded
            _tell_of_end(recorded)
        finally:
            with contextlib.suppress(RunNotFoundError):
                recorded.read()  # notes the folder, while the run names it


def _tell_of_end(recorded: Recorded) -> None:
    """Tell plugins of an end that an adapter only concluded, as the end of a script does."""
    if recorded.run.has_ended:
        recorded.run.finish(1 if recorded.read().meta.get("state") == "error" else 0)


@contextlib.contextmanager
def _fresh_session() -> Iterator[None]:
    """Put the process's state aside for the block, and what says that it is a silent rank."""
    earlier = dict(vars(session))
    with mock.patch.dict(os.environ):
        for name in _RANK_VARIABLES:
            os.environ.pop(name, None)
        vars(session).update(vars(Session()))
        try:
            yield
        finally:
            vars(session).update(earlier)
