"""What becomes of scikit-learn's searches: a run each candidate, asked for or by itself."""

from __future__ import annotations

import os
import re
import weakref
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from fitlog_core.errors import ArgumentTypeError
from fitlog_core.recording.attached import Call, End, attach, train_parts
from fitlog_core.recording.autolog import say_once
from fitlog_core.recording.run import Run
from fitlog_core.recording.sweep import Sweep

asked_for: list[str] = []  # what somebody imported, who records searches himself
_MOST = 1000  # candidates that are recorded without being asked for
# What trains below these is a part of something else: a fold, or one of many estimators.
_TRAIN_PARTS = (
    *("model_selection", "ensemble", "calibration", "multiclass", "multioutput"),
    *("feature_selection", "semi_supervised", "inspection", "impute"),
)
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
    earlier = _recorded_earlier(search, log_dir)
    if earlier:
        if name is not None:
            for run in earlier:
                run.add_other({"sweep": {"name": name}})
        return earlier
    return _record_all(search, Sweep(log_dir, commit), name)


def _record_all(search: Any, sweep: Sweep, name: str | None) -> list[Run]:
    results, runs = search.cv_results_, []
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


# Which searches were recorded by themselves: their results then, and the runs.
_recorded: weakref.WeakKeyDictionary[Any, tuple[Any, list[Run]]] = weakref.WeakKeyDictionary()


def _recorded_earlier(search: Any, log_dir: str | os.PathLike[str] | None) -> list[Run]:
    """Return the runs of a search that recorded itself, where they lie in the place asked for."""
    results, runs = _recorded.get(search, (None, []))
    is_there = results is search.cv_results_ and (log_dir is None or runs[0].is_at(log_dir))
    return list(runs) if is_there else []


def autolog(sklearn: ModuleType) -> None:
    """Say which trainings are parts of a larger one.

    :param sklearn: ``sklearn``.
    """
    train_parts(*(f"{sklearn.__name__}.{part}" for part in _TRAIN_PARTS))


def autolog_searches(module: ModuleType) -> None:
    """Have each search recorded, once it is over.

    :param module: ``sklearn.model_selection``, or the part of it that has the halving ones.
    """
    # By their outermost fit: what one calls of another's looks like a part.
    found = (vars(module).get(name) for name in ("GridSearchCV", "HalvingGridSearchCV"))
    kinds = [kind for search in found if search for kind in search.__mro__ if "fit" in vars(kind)]
    attach(kinds, "fit", _add, is_search=True)


def _add(call: Call) -> End | None:
    search = call.get("self")
    return None if asked_for else lambda _, error: _record_over(search, error)


def _record_over(search: Any, error: BaseException | None) -> None:
    if error is not None or not search.cv_results_["params"]:
        return
    count = len(search.cv_results_["params"])
    if count > _MOST:
        say_once(
            f"a search of {count} candidates is not recorded by itself, for it would make as many "
            "runs; fitlog_plugins.sklearn.record_search(search) does it"
        )
        return
    _recorded[search] = search.cv_results_, _record_all(search, Sweep(None, commit=True), None)
