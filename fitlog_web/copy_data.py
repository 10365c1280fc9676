"""What a copy of the board tells: rows, columns, commands and where they come from, masked."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fitlog_core.comparing.account import command_words
from fitlog_core.errors import LogDirectoryError, RunNotFoundError
from fitlog_core.log_format import json_value
from fitlog_core.reading.provenance import read_provenance
from fitlog_core.reading.query import parse
from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.resolve import RunFinder
from fitlog_core.reading.views import View
from fitlog_core.secrets import MASK, hides, mask_arguments, mask_text, mask_texts, mask_values
from fitlog_web.answers import plain
from fitlog_web.board import Board
from fitlog_web.columns import Column
from fitlog_web.copy_curves import Curves, curves_of
from fitlog_web.copy_images import Pictures, pictures_of
from fitlog_web.own_order import in_own_order
from fitlog_web.rows import TableRow


class Wanted(NamedTuple):
    """What a copy is to hold.

    :param runs: What the runs are called, as for every command; all of the view if there are none.
    :param search: Only those that it finds, in the grammar of the board's box.
    :param points: At most so many a curve; None for as many as there is room for.
    :param images: Whether pictures come along.
    """

    runs: Sequence[str] = ()
    search: str = ""
    points: int | None = None
    images: bool = True


class Copy(NamedTuple):
    """A copy of some runs, ready to be written.

    :param told: What the page knows besides curves and pictures.
    """

    told: dict[str, Any]
    curves: Curves
    pictures: Pictures


def copy_of(board: Board, wanted: Wanted, arguments: Sequence[str]) -> Copy:
    """Return a copy of runs of a log directory.

    :param arguments: The command that asks for it, which the copy names.
    :raises RunNotFoundError: if a run that is named is none, or none is found.
    :raises QueryError: if the search cannot be understood.
    """
    board.refresh()
    view = board.view()
    rows = chosen_rows(board, view, wanted)
    readers = _readers(board, rows)
    curves = curves_of(readers, wanted.points)
    pictures = pictures_of(readers) if wanted.images else Pictures({}, 0)
    columns = [each for each in board.columns(view).columns if _is_used(each["key"], rows)]
    told = {
        "rows": [_row(row, columns, readers.get(place)) for place, row in enumerate(rows)],
        "columns": [_column(each) for each in columns],
        "series": curves.series,
        "names": {str(place): names for place, names in curves.names.items()},
        "points": {"shown": curves.shown, "total": curves.total},
        "left_out": pictures.left_out,
        "log_dir": mask_text(str(board.log_dir)),
        "host": platform.node(),
        "made": time.time(),
        "command": " ".join(mask_arguments(arguments)),
        "view": view.name,
        "search": mask_text(wanted.search),
    }
    return Copy(told, curves, pictures)


def chosen_rows(board: Board, view: View, wanted: Wanted) -> list[TableRow]:
    """Return the rows that a copy is of, in the order of the view.

    :raises RunNotFoundError: if a run that is named is none, or none is found.
    """
    hidden = set(view.hidden)
    rows = [row for row in board.in_view(view, filtered=True) if row.id not in hidden]
    if wanted.runs:  # whoever names a run means it, also one that the view hides
        named = _named(board, wanted.runs)
        rows = [row for row in board.rows() if row.id in named]
    if wanted.search.strip():
        found = {id(values) for values in parse(wanted.search).select([row.values for row in rows])}
        rows = [row for row in rows if id(row.values) in found]
    if not rows:
        raise RunNotFoundError(_why_none(board, wanted))
    return in_own_order(rows, view)


def _named(board: Board, texts: Sequence[str]) -> set[str]:
    finder = RunFinder(board.log_dir)
    found = {text if board.has(text) else finder.find(text).name for text in texts}
    elsewhere = sorted(name for name in found if not board.has(name))
    if elsewhere:
        raise RunNotFoundError(
            f"{elsewhere[0]} is no run of {board.log_dir}: one copy is of one log directory"
        )
    return found


def _why_none(board: Board, wanted: Wanted) -> str:
    if wanted.search.strip():
        return f"the search {wanted.search!r} finds no run in {board.log_dir}: nothing was written"
    return f"{board.view_name} shows no run of {board.log_dir}: nothing was written"


def _readers(board: Board, rows: Sequence[TableRow]) -> dict[int, RunReader]:
    """Return what reads each run, by its place among the rows; none for rows added by hand."""
    found = {}
    for place, row in enumerate(rows):
        if not row.added:
            try:
                found[place] = board.run(row.id)
            except (RunNotFoundError, LogDirectoryError):  # it went meanwhile; its row stays
                continue
    return found


def _is_used(key: str, rows: Sequence[TableRow]) -> bool:
    return key not in ("id", "state") and any(row.values.get(key) is not None for row in rows)


def _column(column: Column) -> dict[str, Any]:
    return {"key": column["key"], "path": column["path"]} | (
        {"hidden": True} if column.get("hidden") else {}
    )


def _row(row: TableRow, columns: Sequence[Column], reader: RunReader | None) -> dict[str, Any]:
    """Return a row: its cells in the order of the columns, and what it is beside them."""
    cells = [_cell(column["path"], row.values.get(column["key"])) for column in columns]
    while cells and cells[-1] is None:
        cells.pop()
    said: dict[str, Any] = {
        "id": mask_text(row.id),
        "state": "added" if row.added else row.values.get("state"),
        "cells": cells,
        "progress": row.progress,
        "skipped": row.skipped,
    }
    if reader is not None:
        said |= {"segments": reader.segments(), "command": _command(reader)}
    return {name: value for name, value in said.items() if value not in (None, [], 0)}


def _command(reader: RunReader) -> str | None:
    """Return the command line of a run, as far as it recorded one."""
    facts = mask_values(read_provenance(reader.folder))
    said = command_words(facts) or reader.meta.get("argv")
    return mask_text(said) if isinstance(said, str) else None


def _cell(path: Sequence[str], value: Any) -> Any:
    """Return a cell as JSON can say it; a secret is masked by its name and by its form."""
    if value is None or isinstance(value, (bool, int)):
        is_metric = path[0] == "metric"
        return MASK if value is not None and not is_metric and hides(path[-1], value) else value
    if path[0] == "metric":
        masked = mask_texts({"": value})[""]
    else:
        masked = mask_values({path[-1]: value})[path[-1]]
    return plain(masked) if isinstance(masked, (list, dict)) else json_value(masked)


def series_file(curves: Curves, index: int) -> Mapping[str, Any]:
    """Return the curves of one series as the page takes them: by the place of their run."""
    return {str(place): curve for place, curve in curves.parts[index]}
