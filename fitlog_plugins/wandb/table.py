"""``wandb.Table``: rows that a script may go on with; they are not recorded."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from fitlog_plugins.wandb.absent import Absent


class Table(Absent):
    """Keeps its rows for the script.

    :param columns: Names of the columns.
    :param data: Rows, or a table of pandas.
    :param dataframe: A table of pandas, instead.
    :param more: What wandb takes beside. It is not looked at.
    """

    def __init__(
        self,
        columns: Any = None,
        data: Any = None,
        rows: Any = None,
        dataframe: Any = None,
        **more: Any,
    ) -> None:
        super().__init__()
        given: Any = next((each for each in (data, rows, dataframe) if each is not None), ())
        if hasattr(given, "iloc"):
            columns, given = given.columns, given.to_numpy()
        self.data = [list(row) for row in given]
        width = len(self.data[0]) if self.data else 3
        self.columns = list(range(width) if columns is None else columns)
        if columns is None and not self.data:
            self.columns = ["Input", "Output", "Expected"]  # wandb's own

    def add_data(self, *values: Any) -> None:
        """Add a row."""
        self.data.append(list(values))

    def add_row(self, *values: Any) -> None:
        """Add a row."""
        self.add_data(*values)

    def add_column(self, name: str, data: Any, optional: bool = False) -> None:
        """Add a column.

        :param name: Its name.
        :param data: A value each row.
        """
        self.columns.append(name)
        if self.data:
            for row, value in zip(self.data, data, strict=False):
                row.append(value)
        else:
            self.data = [[value] for value in data]

    def get_column(self, name: str, convert_to: str | None = None) -> list[Any]:
        """Return the values of a column.

        :param name: Its name.
        """
        at = self.columns.index(name)
        return [row[at] for row in self.data]

    def iterrows(self) -> Iterator[tuple[int, list[Any]]]:
        """Yield number and values of each row."""
        return enumerate(self.data)

    def get_dataframe(self) -> Any:
        """Return the rows as a table of pandas."""
        pandas: Any = importlib.import_module("pandas")
        return pandas.DataFrame(self.data, columns=self.columns)

    def __len__(self) -> int:
        return len(self.data)

    def __bool__(self) -> bool:
        return True
