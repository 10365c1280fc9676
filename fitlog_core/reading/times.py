"""When records were written: some tell it, those between them are reckoned."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from math import nan


class Times:
    """When the records of some points were written; reckoned when they are asked for.

    :param records: Their numbers in the file.
    :param numbers: Those of the records that tell the time, ascending.
    :param times: The times they tell (epoch seconds).
    """

    def __init__(self, records: Sequence[int], numbers: array[int], times: array[float]) -> None:
        self._records = records
        self._numbers = numbers
        self._times = times

    def __call__(self) -> array[float]:
        """Return the time of each point (epoch seconds), NaN where unknown."""
        return times_of(self._records, self._numbers, self._times)

    def pick(self, indexes: Sequence[int]) -> Times:
        """Return those of the points at these indexes, in this order."""
        records = array("q", map(self._records.__getitem__, indexes))
        return Times(records, self._numbers, self._times)


def times_of(records: Iterable[int], numbers: array[int], times: array[float]) -> array[float]:
    """Return when records were written (epoch seconds), NaN where unknown.

    :param records: Their numbers in the file.
    :param numbers: Those of the records that tell the time, ascending.
    :param times: The times they tell.
    """
    known = len(numbers)
    places = ((record, bisect_left(numbers, record)) for record in records)
    if not known:
        return array("d", (nan for _ in records))
    return array(
        "d",
        (
            times[-1] if at == known else between(numbers, times, at, record)
            for record, at in places
        ),
    )


def between(numbers: array[int], times: array[float], at: int, record: int) -> float:
    """Return the time of a record that comes at or before stamp ``at`` and after the one before."""
    if numbers[at] == record:
        return times[at]
    if at == 0:
        return nan
    share = (record - numbers[at - 1]) / (numbers[at] - numbers[at - 1])
    return times[at - 1] + share * (times[at] - times[at - 1])
