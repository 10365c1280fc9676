"""``fitlog diff``: what differs between two runs, or between a run and the working tree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from fitlog_core.cli import changed_files, layout
from fitlog_core.cli.layout import words
from fitlog_core.cli.named_run import accounts_named, log_dir_option
from fitlog_core.comparing.difference import (
    WORK_TREE,
    Change,
    Difference,
    as_json,
    difference,
    difference_to_work_tree,
)
from fitlog_core.notices import printable

MOST_PACKAGES = 20  # --json has all
MOST_ON_A_LINE = 60  # characters of two values beside one another
_TITLES = {
    "hyperparameters": "Hyperparameters",
    "packages": "Packages",
    "data": "Data",
    "seed": "Seed",
    "command": "Command",
    "machine": "Machine",
    "metrics": "Best metrics",
}


@click.command("diff")
@click.argument("run")
@click.argument("other", metavar="[RUN]", required=False)
@log_dir_option
@click.option("--stat", is_flag=True, help="Name the files that differ, without their lines.")
@click.option("--json", "as_json_", is_flag=True, help="Print JSON with all there is, for scripts.")
def command(run: str, other: str | None, log_dir: Path | None, stat: bool, as_json_: bool) -> None:
    """Show what differs between two runs.

    What is most likely the cause comes first: hyperparameters, code (files that a run had loaded
    before others), packages, data, seed, command, machine; then the metrics. With one RUN it is
    compared with the working tree as it is now. RUN is an id, the beginning or the ending of it,
    @1 for the latest run, or the path of its folder.

    \b
    Examples:
      fitlog diff @2 @1            the last two runs
      fitlog diff 205559           what have I changed since?
      fitlog diff @2 @1 --stat     without the lines of the code
    """
    old, *new = accounts_named([run] if other is None else [run, other], log_dir)
    found = difference(old, new[0]) if new else difference_to_work_tree(old)
    if as_json_:
        click.echo(json.dumps(as_json(found), indent=2))
        return
    _tell(found, stat=stat)


def _tell(found: Difference, *, stat: bool) -> None:
    names = (click.style(name, bold=True) for name in (found.old, found.new))
    click.echo(" → ".join(names))
    for name, changes in found.parts.items():
        if name == "code":
            _tell_code(found, changes, stat=stat)
        elif changes:
            layout.heading(_TITLES[name])
            _tell_values(name, changes)
    _tell_rest(found)


def _tell_values(part: str, changes: list[Change]) -> None:
    shown = changes[:MOST_PACKAGES] if part == "packages" else changes
    layout.facts((one.name, _values(one, is_metric=part == "metrics")) for one in shown)
    if len(shown) < len(changes):
        click.echo(f"  and {len(changes) - len(shown)} more, which --json names")


def _values(change: Change, *, is_metric: bool) -> str:
    old, new = _pair(change)
    between = " → " if len(old) + len(new) < MOST_ON_A_LINE else "\n→ "
    text = f"{click.style(old, fg='red')}{between}{click.style(new, fg='green')}"
    if is_metric and _is_number(change.old) and _is_number(change.new):
        text += f"  ({change.new - change.old:+.4g})"
    return text


def _pair(change: Change) -> tuple[str, str]:
    """Return both values as words; exact where they would look the same otherwise."""
    old, new = ("—" if one is None else words(one) for one in (change.old, change.new))
    if ":" in old and ":" in new and _is_hash(change.old) and _is_hash(change.new):
        return _hash_words(old), _hash_words(new)
    return (old, new) if old != new else (repr(change.old), repr(change.new))


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("sha256:", "sampled:"))


def _hash_words(value: str) -> str:
    kind, _, digest = value.partition(":")
    return f"{kind} {digest[:12]}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _tell_code(found: Difference, values: list[Change], *, stat: bool) -> None:
    if not (found.files or found.problem or values):
        return
    layout.heading("Code", changed_files.count(found.files))
    if found.problem:
        click.echo(f"  not compared: {printable(found.problem)}")
    layout.facts((one.name, _values(one, is_metric=False)) for one in values)
    changed_files.tell(found.files, stat=stat)


def _tell_rest(found: Difference) -> None:
    if found.same:
        click.echo(f"\nThe same: {', '.join(found.same)}")
    if found.unknown:
        told = (
            "Not recorded by the run" if found.new == WORK_TREE else "Recorded by one of them only"
        )
        click.echo(f"{told}: {', '.join(found.unknown)}")
