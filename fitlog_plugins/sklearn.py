"""scikit-learn: the result of a search, one run a candidate.

::

    from fitlog_plugins.sklearn import record_search

    search = GridSearchCV(model, grid).fit(table, labels)
    record_search(search, "logs")
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fitlog_core.errors import ArgumentTypeError
from fitlog_core.recording.run import Run
from fitlog_core.recording.sweep import Sweep

_OF_SPLIT = re.compile(r"split(\d+)_(train|test)_(.+)")
_MEAN = re.compile(r"(mean|std|rank)_(train|test)_(.+)")


def record_search(
    search: Any,
    log_dir: str | os.PathLike[str] | None = None,
    *,
    name: str | None = None,
    commit: bool = True,
) -> list[Run]:
    """Record each candidate of a search as a run, finished; as an error if a fold failed.

    Scores of the folds are curves by the fold's number; mean, deviation and rank stand in the
    table. All runs have the same ``other-sweep-name``, and the chosen one ``other-sweep-best``.

    :param search: A ``GridSearchCV``, ``RandomizedSearchCV`` or other search after its ``fit``.
    :param log_dir: Log directory. Without it that of the current run, else ``logs``.
    :param name: Of the search; without it the id of its first run.
    :param commit: Record the code of the script, too.
    :return: The runs, in the search's order.
    :raises ArgumentTypeError: if it is no search, or has no results yet.
    :raises UsageError: if the log directory cannot be used.
    """
    results = getattr(search, "cv_results_", None)
    if not isinstance(results, Mapping):
        raise ArgumentTypeError(
            f"search must be a search of scikit-learn after its fit(), got {search!r}; "
            "it has no cv_results_"
        )
    sweep, runs = Sweep(log_dir, commit), []
    for number, params in enumerate(results["params"]):
        run = sweep.run(name or "", number, params)
        name = name or run.get_log_id() or ""
        candidate = {key: values[number] for key, values in results.items() if key != "params"}
        is_best = number == getattr(search, "best_index_", None)
        _record(run, candidate, {"name": name, "best": is_best, "search": type(search).__name__})
        runs.append(run)
    return runs


def _record(run: Run, candidate: Mapping[str, Any], sweep: Mapping[str, Any]) -> None:
    failed = False
    for data, metric, fold, score in _scores(candidate):
        failed = failed or score != score
        run.add_metric({data: {metric: score}}, step=fold)
    best: dict[str, dict[str, Any]] = {}
    others: dict[str, Any] = {}
    for key, value in candidate.items():
        found = _MEAN.fullmatch(key)
        if found:
            kind, data, metric = found.groups()
            best.setdefault(data, {})[metric if kind == "mean" else f"{metric}_{kind}"] = value
        elif not key.startswith("param_") and not _OF_SPLIT.fullmatch(key):
            others[key] = value  # times; iterations and resources of a halving search
    run.add_best_metric(best)
    run.add_other({**others, "sweep": sweep})
    run.finish(int(failed))


def _scores(candidate: Mapping[str, Any]) -> Iterator[tuple[str, str, int, float]]:
    """Yield data, metric, fold and score of each fold."""
    for key, value in candidate.items():
        found = _OF_SPLIT.fullmatch(key)
        if found:
            yield found[2], found[3], int(found[1]), float(value)
