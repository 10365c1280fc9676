"""One run as a flat row; rows of the same columns share them, so that thousands stay small."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

Path = tuple[str, ...]


class Shape:
    """The columns of a row, apart from ``id`` and ``state``.

    :param paths: The names that lead to each column's value, such as ``("hyper", "optim", "lr")``.
    """

    __slots__ = ("keys", "paths", "places")

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self.keys = tuple(paths)
        self.paths = tuple(paths.values())
        self.places = {key: place for place, key in enumerate(self.keys)}


class Row(Mapping[str, Any]):
    """A run's cells by column key: ``id``, ``state``, and what it recorded, such as ``hyper-lr``.

    :param shape: Its columns.
    :param cells: Their values, in the same order.
    :param is_plain: Whether JSON can say every cell as it is; looked up where it is not given.
    :ivar last_step: The step of its latest record, None before the first.
    :ivar total_steps: How many steps it will have, None if it did not say.
    :ivar skipped: How many invalid lines were passed over, as far as its files were read.
    """

    __slots__ = (
        "cells", "id", "is_plain", "last_step", "shape", "skipped", "state", "total_steps",
    )  # fmt: skip

    def __init__(
        self,
        run_id: str,
        state: str,
        shape: Shape,
        cells: tuple[Any, ...],
        last_step: int | None = None,
        total_steps: int | None = None,
        skipped: int = 0,
        is_plain: bool | None = None,
    ) -> None:
        self.id = run_id
        self.state = state
        self.shape = shape
        self.cells = cells
        self.last_step = last_step
        self.total_steps = total_steps
        self.skipped = skipped
        self.is_plain = all(map(_is_plain, cells)) if is_plain is None else is_plain

    def __getitem__(self, key: str) -> Any:
        place = self.shape.places.get(key)
        if place is not None:
            return self.cells[place]
        if key == "id":
            return self.id
        if key == "state":
            return self.state
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        yield "id"
        yield "state"
        yield from self.shape.keys

    def __len__(self) -> int:
        return 2 + len(self.cells)

    def __repr__(self) -> str:
        return f"Row({dict(self)})"

    def group(self, name: str) -> dict[str, Any]:
        """Return the values whose keys begin with a name, as ``hyper``, by the rest of the key."""
        start = name + "-"
        return {
            key[len(start) :]: cell
            for key, cell in zip(self.shape.keys, self.cells, strict=True)
            if key.startswith(start)
        }


def _is_plain(value: Any) -> bool:
    if type(value) is float:
        return isfinite(value)
    return not isinstance(value, (list, dict))


class Shapes:
    """The shapes that are in use, each kept once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, ...], Shape] = {}

    def share(self, row: Row) -> Row:
        """Let a row share its columns with earlier ones, if they are the same; return it."""
        row.shape = self._known.setdefault(row.shape.paths, row.shape)
        return row


def leaves(nested: Mapping[str, Any], prefix: str) -> Iterator[tuple[Path, Any]]:
    """Yield the values of nested mappings, each with the names that lead to it.

    :param prefix: First name of every path.
    """
    path: list[str] = [prefix]
    open_mappings = [iter(nested.items())]
    while open_mappings:
        for name, value in open_mappings[-1]:
            if isinstance(value, Mapping):
                path.append(str(name))
                open_mappings.append(iter(value.items()))
                break
            yield (*path, str(name)), value
        else:
            open_mappings.pop()
            path.pop()
