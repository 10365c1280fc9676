"""Two groups of runs against each other: how far apart a metric is, and whether by chance.

Welch's t-test and the bootstrap need scipy (and numpy, which it brings); means and differences do
not. Neither is imported before two groups are compared.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypedDict

from fitlog_web.answers import plain
from fitlog_web.spelling import spelled
from fitlog_web.statistics import Spread, finite_numbers, spread

Rows = Sequence[Mapping[str, Any]]
INSTALL = "pip install scipy"  # what the extra fitlog[stats] brings
RESAMPLES = 10_000
CONFIDENCE = 0.95
SEED = 0  # the same runs give the same interval
LARGEST = 2_000  # values of both groups; with more the interval would take seconds, and p tells
MOST_VALUES = 50  # a column of more is no choice of groups
_AT_ONCE = 1 << 20  # draws, so that large groups need no large memory


class Contrast(TypedDict):
    """One metric in two groups.

    ``a`` and ``b`` are the figures of each, None where it has no number; ``difference`` is the
    mean of A minus that of B. ``t``, ``df`` and ``p`` are those of Welch's t-test, ``interval`` the
    percentile interval of the difference; None where there are too few values or none that differ.
    """

    a: Spread | None
    b: Spread | None
    difference: float | None
    t: float | None
    df: float | None
    p: float | None
    interval: list[float] | None


class Welch(NamedTuple):
    """Welch's t-test, two-sided."""

    t: float
    df: float
    p: float


def can_test() -> bool:
    """Tell whether scipy is there and works."""
    try:
        import scipy.special  # noqa: F401
    except ImportError:
        return False
    return True


def splits(rows: Rows, keys: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the columns that part rows into groups, with each value and how many rows have it.

    Columns in which every row is a group of its own are left out.
    """
    found = {}
    for key in keys:
        values = _counted([row.get(key) for row in rows])
        if 1 < len(values) <= min(MOST_VALUES, len(rows) - 1):
            found[key] = sorted(values, key=lambda each: -int(each["n"]))
    return found


def with_value(rows: Rows, key: str, value: Any) -> list[Mapping[str, Any]]:
    """Return the rows that have a value in a column; None stands for those that have none."""
    wanted = _mark(value)
    return [row for row in rows if _mark(row.get(key)) == wanted]


def contrasts(first: Rows, second: Rows, keys: Iterable[str]) -> dict[str, Contrast]:
    """Return both groups' figures and what lies between them, for each column with numbers."""
    found = {
        key: _contrast([row.get(key) for row in first], [row.get(key) for row in second])
        for key in keys
    }
    return {key: each for key, each in found.items() if each["a"] or each["b"]}


def welch(first: Sequence[float], second: Sequence[float]) -> Welch | None:
    """Return Welch's t-test of two samples, None where it has no answer.

    :raises ImportError: without scipy.
    """
    if min(len(first), len(second)) < 2:
        return None
    parts = [statistics.variance(numbers) / len(numbers) for numbers in (first, second)]
    if not sum(parts):
        return None
    from scipy.special import stdtr

    t = (statistics.fmean(first) - statistics.fmean(second)) / sum(parts) ** 0.5
    weights = [part / sum(parts) for part in parts]
    counts = (len(first), len(second))
    df = 1 / sum(weight**2 / (n - 1) for weight, n in zip(weights, counts, strict=True))
    return Welch(t, df, 2 * float(stdtr(df, -abs(t))))


def bootstrap(first: Sequence[float], second: Sequence[float]) -> list[float] | None:
    """Return the percentile interval of the difference of the means of two samples.

    :return: None where a sample is too small to be drawn from, or both together too large.
    :raises ImportError: without numpy.
    """
    if min(len(first), len(second)) < 2 or len(first) + len(second) > LARGEST:
        return None
    import numpy

    source = numpy.random.default_rng(SEED)
    means = [_means(numpy, source, numpy.asarray(numbers)) for numbers in (first, second)]
    tail = (1 - CONFIDENCE) / 2
    return [float(end) for end in numpy.quantile(means[0] - means[1], [tail, 1 - tail])]


def _means(numpy: Any, source: Any, numbers: Any) -> Any:
    """Return the means of samples drawn from numbers with replacement."""
    size, step = len(numbers), max(1, _AT_ONCE // len(numbers))
    return numpy.concatenate(
        [
            numbers[source.integers(size, size=(min(step, RESAMPLES - done), size))].mean(axis=1)
            for done in range(0, RESAMPLES, step)
        ]
    )


def _contrast(first: list[Any], second: list[Any]) -> Contrast:
    a, b = spread(first), spread(second)
    said: Contrast = {
        "a": a,
        "b": b,
        "difference": a["mean"] - b["mean"] if a and b else None,
        "t": None,
        "df": None,
        "p": None,
        "interval": None,
    }
    if not (a and b):
        return said
    numbers = [finite_numbers(cells) for cells in (first, second)]
    # Scaled, so that the squares of the largest and the smallest floats are floats, too.
    scale = max(abs(value) for values in numbers for value in values) or 1.0
    scaled = [[value / scale for value in values] for values in numbers]
    with suppress(ImportError):
        tested, interval = welch(*scaled), bootstrap(*scaled)
        if tested is not None:
            said["t"], said["df"], said["p"] = tested
        if interval is not None:
            said["interval"] = [end * scale for end in interval]
    return said


def _counted(cells: list[Any]) -> list[dict[str, Any]]:
    """Return the values of cells, each with its number; no more than are too many."""
    try:
        found = list(Counter(zip(map(type, cells), cells, strict=True)).items())
    except TypeError:  # a list, which cannot be a key
        found = [((type(cell), cell), 1) for cell in cells]
    values: dict[str, dict[str, Any]] = {}
    for (_, cell), n in found:
        value = None if cell == "" else plain(cell)
        values.setdefault(_mark(cell), {"value": value, "n": 0})["n"] += n
        if len(values) > MOST_VALUES:
            break
    return list(values.values())


def _mark(cell: Any) -> str:
    """Return what is the same for cells that the page shows alike: 1, 1.0 and "1" are."""
    return spelled(plain(cell))
