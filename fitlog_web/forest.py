"""How much a random forest that foretells a result relies on each hyperparameter.

Permutation importance on runs that the trees did not see: by how much R squared falls where a
hyperparameter's values are shuffled among them. scikit-learn is imported when first asked for.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

INSTALL = "pip install scikit-learn"  # what the extra fitlog[importance] brings
LEAST = 10  # runs below which no part could be kept from the trees to test them
MOST_RUNS = 1_000
MOST_COLUMNS = 40
MOST_CATEGORIES = 12  # of one column; rarer ones share a place
FOLDS = 5
TREES = 50
SHUFFLES = 3  # of each column in each fold
SEED = 0  # the same runs give the same figures

Column = Sequence[Any]  # numbers or texts, None where a run has none


class Share(NamedTuple):
    """By how much R squared falls without a column, and the spread of that over the folds."""

    mean: float
    std: float


class Forest(NamedTuple):
    """What a forest says.

    :ivar score: R squared on runs that it did not see; 0 or less is no better than the mean.
    """

    score: float
    shares: dict[str, Share]


def can_grow() -> bool:
    """Tell whether scikit-learn is there and works."""
    try:
        import sklearn.ensemble  # noqa: F401
    except ImportError:
        return False
    return True


def grow(columns: Mapping[str, Column], result: Sequence[float]) -> Forest | None:
    """Return how much a forest relies on each column, None of too few runs or equal results.

    :param columns: Numbers, or texts for categories, of each run.
    :raises ImportError: without scikit-learn.
    """
    if len(result) < LEAST or not columns or min(result) == max(result):
        return None
    import numpy
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.model_selection import KFold

    scale = max(map(abs, result)) or 1.0  # squares of the largest floats would be infinite
    target = numpy.asarray([value / scale for value in result])
    parts = {name: numpy.asarray(encoded(column)) for name, column in columns.items()}
    table = numpy.hstack(list(parts.values()))
    places = _places({name: part.shape[1] for name, part in parts.items()})
    source = numpy.random.default_rng(SEED)
    foretold = numpy.empty(len(target))
    falls: dict[str, list[float]] = {name: [] for name in columns}
    for seen, unseen in KFold(FOLDS, shuffle=True, random_state=SEED).split(table):
        forest = RandomForestRegressor(
            TREES, max_features=1 / 3, min_samples_leaf=2, random_state=SEED
        )
        forest.fit(table[seen], target[seen])
        foretold[unseen] = forest.predict(table[unseen])
        errors = _errors(numpy, forest, source, table[unseen], target[unseen], places)
        rest = _mean_square(numpy, foretold[unseen] - target[unseen])
        for name, error in errors.items():
            falls[name].append((error - rest) / float(target.var()))
    score = 1 - _mean_square(numpy, foretold - target) / float(target.var())
    shares = {
        name: Share(statistics.fmean(each), statistics.stdev(each)) for name, each in falls.items()
    }
    return Forest(score, shares)


def encoded(column: Column) -> list[list[float]]:
    """Return a column as trees take it, a list of numbers for each run.

    Numbers stay as they are, with a second place that tells where there is none; each category has
    a place of its own, for an order of them would be made up.
    """
    if all(value is None or isinstance(value, (int, float)) for value in column):
        known = [value for value in column if value is not None]
        largest = max(map(abs, known), default=1.0) or 1.0
        middle = statistics.median(known) if known else 0.0
        filled = [middle if value is None else value for value in column]
        # Trees only compare; scaled, the largest floats fit the 32 bits that they compare in.
        scaled = [value / largest for value in filled]
        if len(known) == len(column):
            return [[value] for value in scaled]
        gaps = [float(value is None) for value in column]
        return [[value, gap] for value, gap in zip(scaled, gaps, strict=True)]
    common = [value for value, _ in Counter(column).most_common(MOST_CATEGORIES)]
    return [[float(value == each) for each in common] for value in column]


def _places(widths: Mapping[str, int]) -> dict[str, slice]:
    found, start = {}, 0
    for name, width in widths.items():
        found[name] = slice(start, start + width)
        start += width
    return found


def _errors(
    numpy: Any, forest: Any, source: Any, table: Any, target: Any, places: Mapping[str, slice]
) -> dict[str, float]:
    """Return the mean square error with each column shuffled, its places together.

    One question for all columns: a hundred small ones take ten times as long.
    """
    asked = []
    for place in places.values():
        for _ in range(SHUFFLES):
            shuffled = table.copy()
            shuffled[:, place] = table[source.permutation(len(table)), place]
            asked.append(shuffled)
    foretold = forest.predict(numpy.vstack(asked)).reshape(len(places), SHUFFLES, len(target))
    errors = ((foretold - target) ** 2).mean(axis=(1, 2))
    return {name: float(error) for name, error in zip(places, errors, strict=True)}


def _mean_square(numpy: Any, differences: Any) -> float:
    found = float(numpy.mean(differences**2))
    return found if math.isfinite(found) else 0.0
