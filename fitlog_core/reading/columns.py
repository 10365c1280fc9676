"""Columns addressed the way people write them: ``dev-acc`` for ``metric-dev-acc``."""

from __future__ import annotations

from collections.abc import Iterable

from fitlog_core.errors import QueryError

_ALIKE = str.maketrans("- ", "__")
_SHOWN = 8  # candidates named in an error


def candidates(name: str, columns: Iterable[str]) -> list[str]:
    """Return the columns that ``name`` may mean, best kind of match only.

    The very name comes first, then the whole name with ``-``, ``_`` and space alike, then the
    end of a column's path.
    """
    known = list(columns)
    if name in known:
        return [name]
    wanted = name.translate(_ALIKE)
    if not wanted:
        return []
    whole = [column for column in known if column.translate(_ALIKE) == wanted]
    ending = "_" + wanted
    return whole or [column for column in known if column.translate(_ALIKE).endswith(ending)]


def resolve(name: str, columns: Iterable[str]) -> str:
    """Return the one column that ``name`` means.

    :param name: A column's key or an ending of it; ``-``, ``_`` and space are alike.
    :param columns: The keys that exist.
    :raises QueryError: if no column or more than one is meant; the message names them.
    """
    found = candidates(name, columns)
    if not found:
        raise QueryError(f"no column is called {name!r}", name, 0)
    if len(found) > 1:
        raise QueryError(ambiguity(name, found), name, 0)
    return found[0]


def ambiguity(name: str, found: list[str]) -> str:
    """Return the sentence that tells which columns a name may mean."""
    shown = ", ".join(sorted(found)[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"{name!r} may mean {shown}{more}; write more of the column's name"
