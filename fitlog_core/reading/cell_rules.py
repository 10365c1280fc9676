"""What a cell that is edited in the board may hold, and what a row that is added may be called."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from fitlog_core.errors import ViewError
from fitlog_core.sentences import sentence

# What a row says about itself is no cell of it.
RESERVED = frozenset({"id", "state", "hidden", "added", "deleted", "progress", "skipped"})
LONGEST_CELL = 100_000  # characters of a cell that is edited
LONGEST_KEY = 1000


def check_id(row_id: Any) -> None:
    """Refuse what a row cannot be called.

    :raises ViewError: if it is such.
    """
    if not isinstance(row_id, str) or not row_id.strip() or row_id != row_id.strip():
        raise ViewError(
            sentence("row.no_name", "the id of a row is a name, not {given!r}", given=row_id)
        )
    if "," in row_id or not row_id.isprintable() or len(row_id) > 200:
        raise ViewError(
            sentence(
                "row.odd_name",
                "the id {row!r} holds a comma or a control character, or is too long",
                row=row_id,
            )
        )


def check_cell(key: Any, value: Any) -> None:
    """Refuse what cannot be put into a column, or a column that cannot be edited.

    :raises ViewError: if it is such.
    """
    # id-x would be a part of the id for fitlog 0.9, which then shows no table at all.
    if not isinstance(key, str) or not key.strip() or key in RESERVED or key.startswith("id-"):
        raise ViewError(
            sentence("cell.no_column", "{column!r} is no column that can be edited", column=key)
        )
    if value is not None and not isinstance(value, (str, int, float)):
        raise ViewError(
            sentence(
                "cell.no_value",
                "a cell holds text, a number or a boolean; {column!r} got {given!r}",
                column=key,
                given=value,
            )
        )
    if len(key) > LONGEST_KEY or (isinstance(value, str) and len(value) > LONGEST_CELL):
        raise ViewError(
            sentence(
                "cell.long",
                "a column's name is at most {most_name} characters long, a cell {most}",
                most_name=LONGEST_KEY,
                most=LONGEST_CELL,
            )
        )


def check_headings(columns: Collection[str]) -> None:
    """Refuse a column that is the heading of another: fitlog 0.9 would show one of them only.

    :raises ViewError: if there is one.
    """
    for key in columns:
        below = next((other for other in columns if other.startswith(f"{key}-")), None)
        if below is not None:
            raise ViewError(
                sentence(
                    "cell.heading",
                    "{column!r} is the heading of {below!r}: give a value to one of them",
                    column=key,
                    below=below,
                )
            )
