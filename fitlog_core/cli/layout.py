"""How commands lay out facts in a terminal: headings, names in a column, values that wrap."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable
from typing import Any

import click

from fitlog_core.notices import printable

NARROWEST = 40
WIDEST_NAME = 28


def width() -> int:
    """Return how many characters a line may have."""
    return max(NARROWEST, shutil.get_terminal_size((100, 24)).columns)


def words(value: Any) -> str:
    """Return a value as a person would write it, on one line."""
    if isinstance(value, float):
        text = f"{value:.6g}"
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, (list, tuple)):
        text = ", ".join(map(words, value))
    else:
        text = str(value)
    return " ".join(printable(text).split()) or "(empty)"


def heading(text: str, note: str = "") -> None:
    """Print the heading of a group of facts.

    :param note: What is said beside it.
    """
    click.echo()
    line = click.style(printable(text), bold=True)
    click.echo(f"{line}  {printable(note)}" if note else line)


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """Print names and values in two columns; long values wrap.

    :param pairs: Names, and values that may hold styles only where they fit on a line.
    """
    shown = [(printable(name), value) for name, value in pairs]
    column = min(WIDEST_NAME, max((len(name) for name, _ in shown), default=0))
    for name, value in shown:
        indent = " " * (column + 4)
        label = name if len(name) <= column else f"{name}\n{indent[2:-2]}"
        click.echo("\n".join(_wrapped(f"  {label.ljust(column)}  ", value, indent)))


def _wrapped(label: str, value: str, indent: str) -> list[str]:
    room = max(20, width() - len(indent))
    lines: list[str] = []
    for part in value.split("\n"):
        fits = len(click.unstyle(part)) <= room
        lines += (
            [part] if fits else textwrap.wrap(click.unstyle(part), room, break_on_hyphens=False)
        )
    return [label + lines[0], *(indent + line for line in lines[1:])]
