"""The hooks of fitlog: signatures only.

A plugin is a module with functions of these names, each marked with :data:`hookimpl`, found
through the entry-point group ``fitlog``. Whatever a plugin raises is told once on stderr and
otherwise passed over: it can neither stop training nor keep another plugin from its turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pluggy

if TYPE_CHECKING:
    from pathlib import Path

    import click

    from fitlog_core.recording.run import Run

PROJECT = "fitlog"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Rank(NamedTuple):
    """Which process of a distributed job this is.

    :param rank: From 0; 0 is the one that records.
    :param size: Number of processes.
    :param source: What said so, such as ``RANK`` or ``torch.distributed``.
    :param group: Text that every process of the job gives alike and another job does not; empty
        if there is none. It links the runs of a job whose ranks all record.
    """

    rank: int
    size: int
    source: str
    group: str = ""


class Ending(NamedTuple):
    """How a run ended.

    :param state: ``finish``, ``error``, or ``ended`` where the script ended without ``finish()``.
    :param error: ``type: message`` of the exception, or None.
    :param seconds: Duration of the run.
    :param send_to: What was given to ``finish`` as ``send_to_bot``, or None.
    """

    state: str
    error: str | None
    seconds: float
    send_to: object = None


class Alert(NamedTuple):
    """A rule that found a run, as whoever watches tells of it.

    :param run_id: The run.
    :param rule: The rule as it was written, such as ``nan(loss)``.
    :param kind: What it is about: ``dead``, ``stalled``, ``nan``, ``plateau`` or ``rule``.
    :param quiet: Seconds since the run was written last, None if unknown.
    """

    run_id: str
    rule: str
    kind: str
    quiet: float | None = None


class TriedNotice(NamedTuple):
    """How a message of :func:`fitlog_test_notice` or :func:`fitlog_alert` fared.

    :param target: Who it went to, as it may be shown: without its credentials.
    :param problem: What went wrong and what to do, None if it was taken.
    """

    target: str
    problem: str | None


class Board(Protocol):
    """What a plugin may do to the board."""

    @property
    def log_dir(self) -> Path:
        """The log directory that the board shows."""

    def add_page(self, blueprint: Any, title: str, title_zh: str | None = None) -> None:
        """Add a page.

        :param blueprint: A ``flask.Blueprint`` with a ``url_prefix`` of its own.
        :param title: Its entry in the navigation.
        """

    def add_panel(self, title: str, render: Callable[[Any], object], page: str = "run") -> None:
        """Add a panel to the page of a run, or to the one that compares runs.

        :param title: Its heading; one page has it once.
        :param render: Is called with the run's ``RunReader``, or with a list of them on the page
            that compares, from several threads and whenever the run changed. Returns text, a
            mapping, a list of mappings (the rows of a table), or None to show nothing.
        :param page: ``run`` or ``compare``.
        """

    def render(self, template: str, name: str, **context: Any) -> str:
        """Return a page as HTML, in the board's frame.

        :param template: File in the blueprint's template folder that extends ``base.html`` and
            fills its blocks ``title`` and ``main``.
        :param name: The page's ``url_prefix`` without slashes, which the navigation marks.
        :param context: What the template needs.
        """


@hookspec(firstresult=True)
def fitlog_rank() -> Rank | None:
    """Say which process of a distributed job this is, None if it is none.

    Asked before anything is created, and again when a run's folder is about to be made.
    """


@hookspec(firstresult=True)
def fitlog_value(value: object) -> object:
    """Return a foreign value as text, number, boolean or mapping; None if it is not known.

    Asked for values that are neither plain, nor arrays, nor numbers by protocol, before they
    are recorded as ``str(value)``. The value itself must not be changed.
    """


@hookspec
def fitlog_seed(seed: int, frameworks: frozenset[str], deterministic: bool) -> None:
    """Seed a framework if its name is asked for and it is installed.

    ``frameworks`` holds the names asked for among ``numpy`` and ``pytorch``.
    """


@hookspec
def fitlog_run_started(run: Run) -> None:
    """React to the start of a run, its folder just made. Not called on silenced ranks."""


@hookspec
def fitlog_run_finished(run: Run, ending: Ending) -> None:
    """React to the end of a run, its files complete. Called once a run, not on silenced ranks.

    Training, or the end of the script, waits for it: be quick, and bound every wait.
    """


@hookspec
def fitlog_system_metrics(run: Run, every: float) -> bool | None:
    """Sample the machine beside a run, in the background; say True if you do.

    Called where a script asks for it by ``system_metrics()``, once the run has its folder; again
    if it asks for another rate. ``every`` is the seconds from one sample to the next.
    """


@hookspec
def fitlog_first_nan(run: Run, name: str, step: int) -> None:
    """React to a run's first loss or metric that is NaN. Called once a run.

    ``name`` is the column, such as ``loss-Loss``. Training waits for it: be quick, and bound
    every wait.
    """


@hookspec
def fitlog_alert(log_dir: Path, alerts: Sequence[Alert]) -> Sequence[TriedNotice] | None:
    """Tell everyone who is configured of rules that found runs; return how each message fared.

    Called by whoever watches (``fitlog watch``, ``fitlog log --watch``), not by the training:
    the run may be dead. What was found at one look comes at once, to be told in one message.
    """


@hookspec
def fitlog_test_notice(place: Path) -> Sequence[TriedNotice] | None:
    """Send a test message to everyone who is configured; return how each fared.

    ``fitlog notify --test`` asks. ``place`` is the folder whose configuration counts.
    """


@hookspec
def fitlog_environment(run: Run) -> Mapping[str, object] | None:
    """Return facts about the environment, kept in the run's ``provenance.json``.

    Facts of one plugin stand under its name. Called once, when the run's folder is made:
    import nothing that is not imported yet.
    """


@hookspec
def fitlog_commands(group: click.Group) -> None:
    """Add commands to the ``fitlog`` command."""


@hookspec
def fitlog_board(board: Board) -> None:
    """Add pages and panels to the board."""
