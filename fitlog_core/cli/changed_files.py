"""How commands show the files of two versions that differ, and their lines in colour."""

from __future__ import annotations

from collections.abc import Sequence

import click

from fitlog_core.comparing.code import FileChange
from fitlog_core.notices import printable

_WIDEST = 50


def tell(files: Sequence[FileChange], *, stat: bool = False) -> None:
    """Print the files that differ, one after another.

    :param stat: Without their lines.
    """
    column = min(_WIDEST, max((len(printable(one.path)) for one in files), default=0))
    has_lines = False
    for one in files:
        if has_lines:
            click.echo()
        click.echo(f"  {printable(one.path).ljust(column)}  {_of_file(one)}")
        has_lines = not stat and _tell_lines(one)


def count(files: Sequence[FileChange]) -> str:
    """Return how many files and lines differ, in words; empty if none do."""
    if not files:
        return ""
    added, removed = sum(one.added for one in files), sum(one.removed for one in files)
    return f"{_plural(len(files), 'file')}, +{added} −{removed}"


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _of_file(one: FileChange) -> str:
    facts = [f"+{one.added} −{one.removed}"] if one.kind == "changed" and one.lines else []
    if one.kind == "renamed":
        facts.append(f"was {printable(one.old_path)}")
    elif one.kind != "changed":
        facts.append(one.kind)
        if one.lines:
            facts.append(_plural(one.added or one.removed, "line"))
    if one.note:
        facts.append(one.note)
    if not one.is_loaded:
        facts.append("not loaded when the run began")
    return ", ".join(facts)


def _tell_lines(one: FileChange) -> bool:
    """Print the lines of a file that differ; tell whether there are any."""
    lines = [] if one.kind == "removed" else one.lines
    for line in lines:
        click.echo(click.style(f"    {printable(line)}", fg=_colour(line)))
    return bool(lines)


def _colour(line: str) -> str | None:
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
