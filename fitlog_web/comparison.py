"""Runs side by side: what differs in what they recorded, and the values of their curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fitlog_core.comparing.account import Account, account_of
from fitlog_core.comparing.several import Line, PartOfSeveral, compare_several, differs, lines_of
from fitlog_core.reading.reader import RunReader
from fitlog_web.board import Board
from fitlog_web.rows import TableRow
from fitlog_web.seeds import Alike, alike
from fitlog_web.sentences import parts_of

ALL, SINGLE = "all", "none"  # in place of a column: one column for all runs, or one for each
ENDS = 2  # points that tell the last value of a curve
_NOTES = ("other-", "memo", "meta-fit_msg", "meta-git_msg")


def compared(board: Board, ids: Sequence[str], by: str, names: Sequence[str]) -> dict[str, Any]:
    """Return what differs among runs, one column a run or a group.

    :param ids: The runs, rows added by hand among them.
    :param by: :data:`SINGLE`, :data:`ALL`, ``but-seed`` or a column.
    :param names: Curves whose last values are told.
    """
    rows = {run_id: board.row(run_id) for run_id in ids}
    groups = _groups(rows, by)
    accounts = {run_id: _account(board, row) for run_id, row in rows.items()}
    columns = [[accounts[run_id] for run_id in group.runs] for group in groups]
    found = compare_several(columns, Path(board.log_dir))
    members = [group.runs for group in groups]
    last = {
        run_id: {} if row.added else _last(board.run(run_id), names) for run_id, row in rows.items()
    }
    notes = {run_id: _notes(row) for run_id, row in rows.items()}
    parts = [
        *map(_said, found.parts),
        _plain("last", members, last),
        _plain("notes", members, notes),
    ]
    return {
        "columns": [{"runs": group.runs, "shared": group.shared} for group in groups],
        "parts": [part for part in parts if part["differs"] or part["same"] or part["unknown"]],
        "versions": found.versions,
        "problems": found.problems,
        "sentences": {key: parts_of(problem) for key, problem in found.problems.items()},
    }


def _groups(rows: Mapping[str, TableRow], by: str) -> list[Alike]:
    if by == SINGLE:
        return [Alike([run_id], {}) for run_id in rows]
    if by == ALL:
        return [Alike(list(rows), {})]
    return alike({run_id: row.values for run_id, row in rows.items()}, by)


def _account(board: Board, row: TableRow) -> Account:
    if not row.added:
        return account_of(board.run(row.id).folder)

    def cells(start: str) -> dict[str, Any]:
        return {
            key.removeprefix(start): value
            for key, value in row.values.items()
            if key.startswith(start)
        }

    folder = Path(board.log_dir) / row.id  # of its name only: there is none
    return Account(folder, "", {}, cells("hyper-"), cells("metric-"), {}, (None, None), {}, {})


def _notes(row: TableRow) -> dict[str, Any]:
    return {
        key: value for key, value in row.values.items() if key.startswith(_NOTES) and value != ""
    }


def _last(reader: RunReader, names: Sequence[str]) -> dict[str, Any]:
    """Return the last value of curves, by their names; what is no number counts, too."""
    found: dict[str, Any] = {}
    for name in names:
        part = reader.curves.part(name, ENDS)
        if part is None:
            continue
        steps, values, marks = part.series.steps, part.series.values, part.marks
        if marks and (not len(steps) or marks[-1].step > steps[-1]):
            found[name] = _WORDS.get(marks[-1].kind, marks[-1].kind)
        elif len(values):
            found[name] = float(values[-1])
    return found


_WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _plain(
    name: str, members: Sequence[Sequence[str]], said: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    lines = lines_of(members, said)
    different = [line for line in lines if differs(line)]
    same = [line for line in lines if not differs(line)]
    return _said(PartOfSeveral(name, different, same, []))


def _said(part: PartOfSeveral) -> dict[str, Any]:
    return {
        "name": part.name,
        "differs": list(map(_line, part.differs)),
        "same": list(map(_line, part.same)),
        "unknown": part.unknown,
    }


def _line(line: Line) -> dict[str, Any]:
    cells = [
        {"values": [{"value": value, "n": n} for value, n in cell.values], "missing": cell.missing}
        for cell in line.cells
    ]
    return {"name": line.name, "cells": cells}
