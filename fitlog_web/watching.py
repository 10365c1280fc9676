"""The board watches, too, while it is open, if it is asked to: whether or not anybody visits it.

It has a thread for that. The loop that waits for visitors wakes once a second and could do it, and
so could a thread that answers; but a notice may wait 20 seconds for a network, and for so long
nobody would be let in, or fewer would be answered. The board's own reading is shared.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click

from fitlog_core.errors import QueryError
from fitlog_core.notices import Once
from fitlog_core.watching.rules import Rule, asked_rules
from fitlog_core.watching.watch import Watch, alert_line, watch_of
from fitlog_web.board import Board

EVERY = 10.0  # seconds


def rules_for(board: Board, given: Iterable[str]) -> list[Rule]:
    """Return the rules of the command line and of the setting.

    :raises click.UsageError: if one cannot be understood.
    """
    try:
        return asked_rules(board.log_dir, given)
    except QueryError as error:
        raise click.UsageError(error.message) from error


@contextmanager
def watching(board: Board, rules: list[Rule], every: float = EVERY) -> Iterator[None]:
    """Watch the board's runs as long as the block lasts; an alert is a line on the terminal.

    :param rules: What to look for; nothing is watched without any.
    :param every: Seconds from one look to the next.
    """
    if not rules:
        yield
        return
    over = threading.Event()
    watch = watch_of(board.log_dir, rules, board.runs)
    # A daemon: the end of the board does not wait for a notice on its way.
    thread = threading.Thread(
        target=_look, args=(watch, over, every), name="fitlog-watch", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        over.set()


def _look(watch: Watch, over: threading.Event, every: float) -> None:
    say_once = Once()
    while not over.is_set():
        try:
            look = watch.look()
            for alert in look.alerts:
                click.echo(alert_line(alert, look))
        except Exception as error:  # noqa: BLE001 - the next look may do better, and says if not
            say_once(f"a look at the runs failed: {type(error).__name__}: {error}")
        over.wait(every)
