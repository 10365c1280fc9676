"""One run as a flat row; rows of the same columns share them, so that thousands stay small."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from math import isfinite
from typing import Any

from fitlog_core.log_format import number
from fitlog_core.reading.state import State

Path = tuple[str, ...]


class Shape:
    """The columns of a row, apart from ``id`` and ``state``.

    :param paths: The names that lead to each column's value, such as ``("hyper", "optim", "lr")``.
    :ivar keys: The columns' keys, such as ``hyper-optim-lr``.
    :ivar all_keys: Those of ``id`` and ``state`` before them.
    :ivar parts: The columns whose path begins with a name, by that name: the rest of their keys
        with their places. Not to be changed.
    """

    __slots__ = ("all_keys", "keys", "parts", "paths", "places")

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = tuple(paths)
        self.keys = tuple("-".join(path) for path in self.paths)
        self.all_keys = ("id", "state", *self.keys)
        self.places = {key: place for place, key in enumerate(self.keys)}
        self.parts = _Parts(self.paths)


class _Parts(dict[str, dict[str, int]]):
    """The columns below each name, sought when somebody asks for them the first time."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        super().__init__()
        self._paths = paths

    def __missing__(self, name: str) -> dict[str, int]:
        found = self[name] = {
            "-".join(path[1:]): place for place, path in enumerate(self._paths) if path[0] == name
        }
        return found


class Part(Mapping[str, Any]):
    """Those cells of a row whose keys begin with a name, by the rest of the key.

    :param places: Where they stand among the cells.
    """

    __slots__ = ("_cells", "_places")

    def __init__(self, cells: tuple[Any, ...], places: Mapping[str, int]) -> None:
        self._cells = cells
        self._places = places

    def __getitem__(self, key: str) -> Any:
        return self._cells[self._places[key]]

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        return f"Part({dict(self)})"


class Row(Mapping[str, Any]):
    """A run's cells by column key: ``id``, ``state``, and what it recorded, such as ``hyper-lr``.

    :param shape: Its columns.
    :param cells: Their values, in the same order.
    :param is_plain: Whether JSON can say every cell as it is; looked up where it is not given.
    :ivar last_step: The step of its latest record, None before the first.
    :ivar total_steps: How many steps it will have, None if it did not say.
    :ivar written: When it was written last (epoch seconds), None where nobody asked.
    :ivar skipped: How many invalid lines were passed over, as far as its files were read.
    :ivar diverged: The series whose last value is NaN or infinite, with the word for it; None or
        empty if none is.
    :ivar is_in_doubt: A file could not be read at the last look: this may be old, or not all.
    """

    __slots__ = (
        "cells", "diverged", "id", "is_in_doubt", "is_plain", "last_step", "shape", "skipped",
        "state", "total_steps", "written",
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
        written: float | None = None,
    ) -> None:
        self.id = run_id
        self.state = state
        self.shape = shape
        self.cells = cells
        self.last_step = last_step
        self.total_steps = total_steps
        self.skipped = skipped
        self.written = written
        self.diverged: dict[str, str] | None = None
        self.is_in_doubt = False
        self.is_plain = are_plain(cells) if is_plain is None else is_plain

    @property
    def steps_done(self) -> int | None:
        """How many of its steps it has done, as far as its last step tells; None before the first.

        A run that is over at the last step there can be where the first is 0 has done them all.
        """
        step, total = self.last_step, self.total_steps
        if self.state in (State.FINISHED, State.ENDED) and step is not None and step + 1 == total:
            return total
        return step

    def __getitem__(self, key: str) -> Any:
        place = self.shape.places.get(key)
        if place is not None:
            return self.cells[place]
        if key == "id":
            return self.id
        if key == "state":
            return self.state
        raise KeyError(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Return a cell; Mapping's own way by an error takes twice as long, a million times."""
        place = self.shape.places.get(key)
        if place is not None:
            return self.cells[place]
        return self[key] if key in ("id", "state") else default

    def __iter__(self) -> Iterator[str]:
        yield "id"
        yield "state"
        yield from self.shape.keys

    def __len__(self) -> int:
        return 2 + len(self.cells)

    def __repr__(self) -> str:
        return f"Row({dict(self)})"

    def part(self, name: str) -> Part:
        """Return the values whose keys begin with a name, as ``hyper``, by the rest of the key."""
        return Part(self.cells, self.shape.parts[name])


def are_plain(cells: tuple[Any, ...]) -> bool:
    """Tell whether JSON can say every cell as it is, and none is made of parts."""
    kinds = set(map(type, cells))
    if list in kinds or dict in kinds:
        return False
    return all(map(isfinite, [cell for cell in cells if type(cell) is float]))


class Shapes:
    """The shapes that are in use, each kept once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, ...], Shape] = {}
        self._flat: dict[tuple[str | int, ...], Shape] = {}  # by the names in each part of a run
        self._shared: set[Shape] = set()  # by identity, which is quicker to look up

    def columns_of(self, groups: Mapping[str, Mapping[str, Any]]) -> tuple[Shape, tuple[Any, ...]]:
        """Return nested values as columns and cells.

        :param groups: ``meta``, ``hyper``, ``metric`` and ``other`` with their values. Those of
            ``metric`` become numbers where they are the words of numbers.
        """
        cells: list[Any] = []
        for name, values in groups.items():
            said = values.values()
            cells += map(number, said) if name == "metric" and str in map(type, said) else said
        if dict in map(type, cells):
            return self._columns_of_nested(groups)
        parts = groups.values()
        names: tuple[str | int, ...] = (
            *groups,
            *map(len, parts),
            *chain.from_iterable(parts),
        )
        found = self._flat.get(names)
        if found is None:
            found = self._flat[names] = self._columns_of_nested(groups)[0]
        return found, tuple(cells)

    def of(self, paths: Iterable[Path]) -> Shape:
        """Return the shape of these columns."""
        shape = Shape(paths)
        found = self._known.setdefault(shape.paths, shape)
        self._shared.add(found)
        return found

    def _columns_of_nested(
        self, groups: Mapping[str, Mapping[str, Any]]
    ) -> tuple[Shape, tuple[Any, ...]]:
        paths: list[Path] = []
        cells: list[Any] = []
        for name, nested in groups.items():
            before = len(cells)
            _spread(nested, (name,), paths, cells)
            if name == "metric":
                cells[before:] = map(number, cells[before:])
        found = self._known.get(tuple(paths))
        if found is None:
            kept, cells = _last_of_each(paths, cells)
            found = self._known.setdefault(kept, Shape(kept))
        return found, tuple(cells)

    def share(self, row: Row) -> Row:
        """Let a row share its columns with earlier ones, if they are the same; return it."""
        if row.shape not in self._shared:
            row.shape = self._known.setdefault(row.shape.paths, row.shape)
            self._shared.add(row.shape)
        return row


def _spread(nested: Mapping[str, Any], path: Path, paths: list[Path], cells: list[Any]) -> None:
    """Append the leaves of mappings; the log format bounds how deep they are nested."""
    for name, value in nested.items():
        if isinstance(value, dict):
            _spread(value, (*path, name), paths, cells)
        else:
            paths.append((*path, name))
            cells.append(value)


def _last_of_each(paths: list[Path], cells: list[Any]) -> tuple[tuple[Path, ...], list[Any]]:
    """Let the last of several columns of one key count: ``a-b`` beside a ``b`` in ``a``."""
    known: dict[str, tuple[Path, Any]] = {}
    for path, cell in zip(paths, cells, strict=True):
        known["-".join(path)] = (path, cell)
    return tuple(path for path, _ in known.values()), [cell for _, cell in known.values()]
