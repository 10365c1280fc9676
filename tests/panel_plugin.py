"""A plugin for tests: panels that work, that fail, and that say what must stay text."""

from __future__ import annotations

from fitlog_core.hookspecs import hookimpl

SCRIPT = "<script>window.owned=1;alert(1)</script>"
HOSTILE = {SCRIPT: "<img src=x onerror='window.owned=1'>", "odd": float("nan"), "none": None}


@hookimpl
def fitlog_board(board):
    """Add panels to both pages."""
    board.add_panel("Table", table)
    board.add_panel("Broken", broken)
    board.add_panel("Leaves", leaves)
    board.add_panel("No data", lambda run: object())
    board.add_panel("Nothing", lambda run: [])
    board.add_panel("Values", lambda run: f"{list(run.other.values()).count('more')} more")
    board.add_panel(SCRIPT, lambda run: HOSTILE)
    board.add_panel("Text", lambda runs: f"{len(runs)} runs\n{SCRIPT}", page="compare")


def table(run):
    """Two rows, with a run's id, a long number and what only one of them has."""
    return [{"run": run.id, "value": 2 / 3}, {"run": "no run", "more": True}]


def broken(run):
    """Fail for good."""
    raise ValueError(f"no panel for {run.id}")


def leaves(run):
    """Do what would end a script."""
    raise SystemExit(1)
