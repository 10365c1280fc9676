"""The columns of the run table, in the order and with the gaps that a view gives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fitlog_core.reading import tags
from fitlog_core.reading.row import Path
from fitlog_core.reading.views import View

Column = dict[str, Any]
GROUPS = ("meta", "hyper", "metric", "other")


class _Branch:
    """A heading of the table: perhaps a column itself, perhaps with headings below it."""

    def __init__(self) -> None:
        self.key: str | None = None
        self.below: dict[str, _Branch] = {}


def columns_of(paths: Mapping[str, Path], view: View) -> list[Column]:
    """Return the columns of a view: those it puts in order first, then the others by group.

    :param paths: The path of every column there is, by its key.
    """
    tree = _Branch()
    for name in GROUPS:
        tree.below[name] = _Branch()
    for key, path in [*paths.items(), *_editable(paths, view)]:
        branch = tree
        for name in path:
            branch = branch.below.setdefault(name, _Branch())
        branch.key = branch.key or key
    editable, hidden = set(editable_columns(view)), set(view.hidden_columns)
    excluded = set(view.exclude_columns)
    return [
        {"key": key, "path": list(path), "editable": key in editable}
        | ({"hidden": True} if _names_branch(path, hidden) else {})
        for key, path in _walk(tree, (), view.column_order)
        if not _names_branch(path, excluded)
    ]


def editable_columns(view: View) -> tuple[str, ...]:
    """Return the columns that a view lets be edited; tags always are, for 0.9 named no such."""
    return (*view.editable_columns, tags.COLUMN)


def order_of_keys(keys: Iterable[str], paths: Mapping[str, Path]) -> list[list[str]]:
    """Return the paths of columns for a view to keep; the id comes first where it is not named."""
    chosen = [list(paths.get(key, (key,))) for key in keys]
    return chosen if ["id"] in chosen else [["id"], *chosen]


def _editable(paths: Mapping[str, Path], view: View) -> Iterator[tuple[str, Path]]:
    """Yield the columns that may be edited though nobody has written into them yet."""
    for key in view.editable_columns:
        if key not in paths:
            group, joint, name = key.partition("-")
            yield key, (group, name) if joint and group in GROUPS else (key,)


def _walk(branch: _Branch, path: Path, order: Any) -> Iterator[tuple[str, Path]]:
    if branch.key is not None:
        yield branch.key, path
    ordered = order if isinstance(order, dict) else {}
    names = [*(name for name in ordered if name in branch.below), *branch.below]
    for name in dict.fromkeys(names):
        yield from _walk(branch.below[name], (*path, name), ordered.get(name))


def _names_branch(path: Path, names: set[str]) -> bool:
    """Tell whether a column, or a heading above it, is among the names."""
    return any("-".join(path[:depth]) in names for depth in range(1, len(path) + 1))
