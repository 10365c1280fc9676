"""``fitlog watch``: the runs that go on, and somebody told when one dies, stalls or has NaN."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import click

from fitlog_core.errors import QueryError
from fitlog_core.notices import printable
from fitlog_core.reading.index.store import Index
from fitlog_core.reading.logdir import LogDirectory, check_readable
from fitlog_core.watching.rules import DEFAULT, Rule, asked_rules
from fitlog_core.watching.watch import Look, Watch, alert_line, clock, watch_of

PLAIN_WIDTH = 200  # of a line that no terminal cuts
AROUND = 3  # lines of a screen that are not runs
TOP = "\x1b[H\x1b[J"  # to the first place of the screen, and nothing on it
MOST_ALERTS = 10  # of the latest that a screen shows


@click.command("watch")
@click.argument("log_dir", type=click.Path(path_type=Path))
@click.option(
    "-r",
    "--rule",
    "rules",
    multiple=True,
    metavar="RULE",
    help="Tell of a run that this search finds, such as 'stalled 10m' or 'plateau(dev-acc, 5)'. "
    "May be repeated.",
)
@click.option(
    "--only", is_flag=True, help=f"Without the rules that hold else: {', '.join(DEFAULT)}."
)
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    default=10,
    show_default=True,
    metavar="SECONDS",
    help="Seconds from one look to the next.",
)
@click.option("--once", is_flag=True, help="Look once, tell, and end: for cron.")
def command(log_dir: Path, rules: tuple[str, ...], only: bool, every: float, once: bool) -> None:
    """Watch the runs that go on; tell when one dies, stalls or has NaN.

    A process that is gone cannot tell of its death, so this one does, by the notices that are
    configured for the project (fitlog notify --test tries them). Rules are searches; each is told
    once for a run, also after a new start. Nothing is written into LOG_DIR.

    \b
    Examples:
      fitlog watch logs
      fitlog watch logs --rule 'stalled 5m' --rule 'plateau(dev-acc, 5)'
      fitlog watch logs --once    in a crontab
    """
    check_readable(log_dir)
    watch = watch_of(
        log_dir,
        _rules(log_dir, rules, only),
        LogDirectory(log_dir.absolute(), Index.of(log_dir)),
    )
    screen = _Screen(watch, is_live=sys.stdout.isatty() and not once)
    try:
        while True:
            screen.show(watch.look())
            if once:
                return
            time.sleep(every)
    except KeyboardInterrupt:
        screen.end()
    finally:
        watch.directory.index.close()


def _rules(log_dir: Path, given: tuple[str, ...], only: bool) -> list[Rule]:
    try:
        found = asked_rules(log_dir, given, with_default=not only)
    except QueryError as error:
        raise click.UsageError(error.message) from error
    if not found:
        raise click.UsageError("no rule is left; give one with --rule")
    return found


class _Screen:
    """What is shown: a table that is drawn anew, or lines one after another."""

    def __init__(self, watch: Watch, is_live: bool) -> None:
        self._watch = watch
        self._is_live = is_live
        self._alerts: list[str] = []
        self._states: dict[str, str] | None = None

    def show(self, look: Look) -> None:
        fresh = [alert_line(alert, look) for alert in look.alerts]
        if self._is_live:
            self._alerts = [*self._alerts, *fresh][-MOST_ALERTS:]
            self._draw(look)
            return
        if self._states is None:
            _echo(self._table(look, shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns))
        else:
            _echo(f"{clock(look.now)}  {line}" for line in self._changes(look, self._states))
        self._states = {row.id: row.state for row in look.rows}
        _echo(fresh)

    def end(self) -> None:
        """Leave the last table on the screen, and the prompt below it."""
        if self._is_live:
            click.echo()

    def _draw(self, look: Look) -> None:
        size = shutil.get_terminal_size((80, 24))
        lines = self._table(look, size.columns)
        room = max(2, size.lines - AROUND - len(self._alerts))
        if len(lines) > room:
            lines = [*lines[: room - 1], f"... and {len(lines) - room + 1} more runs"]
        below = f"{clock(look.now)}  {len(look.rows)} watched; Ctrl-C ends it."
        said = [*lines, "", *self._alerts, below]
        click.echo(TOP + "\n".join(line[: size.columns] for line in said), nl=False)

    def _table(self, look: Look, width: int) -> list[str]:
        from fitlog_core.cli.watch_table import table

        log_dir = self._watch.directory.path
        if not look.rows:
            return [f"No run of {printable(str(log_dir))} goes on."]
        return table(look.rows, log_dir, look.now, width)

    def _changes(self, look: Look, before: dict[str, str]) -> list[str]:
        """Return a line for each run that came, went or is in another state."""
        now = {row.id: row.state for row in look.rows}
        lines = [f"{run}  {state}" for run, state in now.items() if before.get(run) != state]
        gone = before.keys() - now.keys()
        return lines + [
            f"{run}  {self._state_of(run)}" for run in gone if before[run] != self._state_of(run)
        ]

    def _state_of(self, run_id: str) -> str:
        from fitlog_core.errors import RunNotFoundError

        try:
            return self._watch.directory.row(run_id).state
        except RunNotFoundError:
            return "removed"


def _echo(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
