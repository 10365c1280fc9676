"""Where a run comes from and what came of it: the runs that name one another as parents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fitlog_core.log_format import is_run_id
from fitlog_web.rows import TableRow

PARENT = "meta-parent"
SEGMENT = "meta-segment"  # 2 for a run that was gone on with once
MOST = 200  # runs of one family that are told
CHANGES = 4  # settings that are told of a run
_HYPER = "hyper-"


def parents(rows: Mapping[str, TableRow]) -> dict[str, str]:
    """Return the parent of each run that names one, by the run's id."""
    named = ((row_id, row.own.get(PARENT)) for row_id, row in rows.items())
    return {row_id: said for row_id, said in named if isinstance(said, str) and is_run_id(said)}


def resumptions(row: TableRow) -> int:
    """Return how many times a run was gone on with by a later command."""
    segment = row.own.get(SEGMENT)
    if not isinstance(segment, int) or isinstance(segment, bool):
        return 0
    return max(0, segment - 1)


def family(run_id: str, rows: Mapping[str, TableRow]) -> list[dict[str, Any]]:
    """Return the family of a run as a tree, each run before its children.

    :param rows: All runs by id.
    :return: Of each run its ``id``, ``depth``, ``state`` (None for one that is not here any more),
        how many times it was ``resumed``, the settings in ``changes`` that are not its parent's,
        and ``more``, how many others are not told. Empty for a run without relatives that was
        never resumed.
    """
    of = parents(rows)
    children: dict[str, list[str]] = {}
    for child in sorted(of):
        children.setdefault(of[child], []).append(child)
    is_alone = run_id not in of and run_id not in children
    if is_alone and not (run_id in rows and resumptions(rows[run_id])):
        return []
    return [
        {
            "id": each,
            "depth": depth,
            "state": rows[each].values.get("state") if each in rows else None,
            "resumed": resumptions(rows[each]) if each in rows else 0,
            **_changes(rows.get(of.get(each, "")), rows.get(each)),
        }
        for each, depth in _below(_eldest(run_id, of), children)
    ]


def _eldest(run_id: str, of: Mapping[str, str]) -> str:
    seen = {run_id}
    while run_id in of and of[run_id] not in seen:  # a circle is nobody's doing but a hand's
        run_id = of[run_id]
        seen.add(run_id)
    return run_id


def _below(eldest: str, children: Mapping[str, list[str]]) -> Iterator[tuple[str, int]]:
    """Yield a run and all that came of it, with how many generations they are apart."""
    waiting, seen = [(eldest, 0)], set[str]()
    while waiting and len(seen) < MOST:
        run_id, depth = waiting.pop()
        if run_id in seen:
            continue
        seen.add(run_id)
        yield run_id, depth
        waiting += [(child, depth + 1) for child in reversed(children.get(run_id, []))]


def _changes(parent: TableRow | None, child: TableRow | None) -> dict[str, Any]:
    if parent is None or child is None:
        return {"changes": [], "more": 0}
    names = dict.fromkeys(key for row in (parent, child) for key in row.own if _is_hyper(key))
    pairs = [(key, parent.own.get(key), child.own.get(key)) for key in names]
    changed = [
        {"name": key.removeprefix(_HYPER), "old": old, "new": new}
        for key, old, new in pairs
        if repr(old) != repr(new)  # a NaN equals a NaN
    ]
    return {"changes": changed[:CHANGES], "more": max(0, len(changed) - CHANGES)}


def _is_hyper(key: str) -> bool:
    return key.startswith(_HYPER)
