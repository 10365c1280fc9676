"""Searches of scikit-learn and Optuna record by themselves: a run each trial, and no second one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conformance import runs_in
from test_autolog_callbacks import AUTOLOG, DATA, done, inside, states

from fitlog_core.reading.reader import RunReader

SEARCHES = """
from sklearn.experimental import enable_halving_search_cv
from sklearn.model_selection import (
    GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV, cross_val_score)
from sklearn.tree import DecisionTreeClassifier
tree = DecisionTreeClassifier(random_state=0)
grid = {"max_depth": [1, 2, 3]}
"""
OBJECTIVE = """
import optuna, xgboost
optuna.logging.set_verbosity(optuna.logging.ERROR)
def objective(trial):
    params = {"max_depth": trial.suggest_int("max_depth", 1, 3), "objective": "binary:logistic"}
    data, found = xgboost.DMatrix(table, labels), {}
    xgboost.train(params, data, 3, evals=[(data, "train")], evals_result=found, verbose_eval=False)
    return found["train"]["logloss"][-1]
def study():
    return optuna.create_study(study_name="mine", sampler=optuna.samplers.RandomSampler(seed=1))
"""


def rows(folder: Path) -> list[Mapping[str, Any]]:
    return [run.row() for run in runs_in(folder / "logs")]


def curves(run: RunReader) -> dict[str, list[int]]:
    return {name: list(series.steps) for name, series in run.series().items()}


@pytest.mark.parametrize(
    ("kind", "candidates"),
    [
        ("GridSearchCV(tree, grid, cv=2)", 3),
        ("GridSearchCV(tree, grid, cv=2, n_jobs=2, return_train_score=True)", 3),
        ("GridSearchCV(tree, grid, cv=2, scoring=['accuracy', 'f1'], refit=False)", 3),
        ("RandomizedSearchCV(tree, grid, n_iter=2, cv=2, random_state=0)", 2),
        ("HalvingGridSearchCV(tree, grid, cv=2, random_state=0)", 4),  # one goes on
    ],
)
def test_a_search_as_it_is_records_its_candidates_and_stays_what_it_is(
    kind: str, candidates: int, tmp_path: Path
) -> None:
    code = (
        DATA
        + SEARCHES
        + f"""
import pickle
from sklearn.base import clone
search = {kind}
assert search.fit(table, labels) is search
print(getattr(search, "best_params_", None), sorted(vars(search)), repr(clone(search)))
print(pickle.loads(pickle.dumps(search)).cv_results_["params"], len(pickle.dumps(clone(search))))
"""
    )
    plain = done(tmp_path, code, "-W", "ignore")
    assert done(tmp_path, code).stdout == plain.stdout
    own, *found = rows(tmp_path)
    assert "other-sweep-name" not in own
    assert len(found) == candidates
    assert len({row["other-sweep-name"] for row in found}) == 1
    assert [row["other-sweep-number"] for row in found] == list(range(candidates))
    assert all(row["hyper-max_depth"] in (1, 2, 3) for row in found)
    assert set(states(tmp_path)) == {"finished"}


def test_a_search_over_xgboost_records_candidates_and_neither_folds_nor_the_last_fit(
    tmp_path: Path,
) -> None:
    code = """
import joblib, xgboost
model = xgboost.XGBClassifier(n_estimators=2)
with joblib.parallel_backend("threading"):
    GridSearchCV(model, {"max_depth": [1, 2]}, cv=2, n_jobs=2).fit(table, labels)
"""
    inside(tmp_path, DATA + SEARCHES + AUTOLOG + code)
    found = runs_in(tmp_path / "logs")
    assert [run.row()["hyper-max_depth"] for run in found] == [1, 2]
    assert [curves(run) for run in found] == [{"metric-test-score": [0, 1]}] * 2


def test_a_search_within_a_cross_validation_is_a_part_of_it(tmp_path: Path) -> None:
    code = "cross_val_score(GridSearchCV(tree, grid, cv=2), table, labels, cv=2)"
    inside(tmp_path, DATA + SEARCHES + AUTOLOG + code)
    assert runs_in(tmp_path / "logs") == []


def test_the_exception_of_a_search_is_the_scripts_own_and_shows_no_frame_of_ours(
    tmp_path: Path,
) -> None:
    code = (
        DATA
        + SEARCHES
        + """
class Odd(Exception):
    pass
class Tree(DecisionTreeClassifier):
    def fit(self, *given):
        raise Odd("my own")
GridSearchCV(Tree(), grid, cv=2, error_score="raise").fit(table, labels)
"""
    )
    plain = done(tmp_path, code, "-W", "ignore", fails=True)
    recorded = done(tmp_path, code, fails=True)
    assert "my own" in plain.stderr
    assert recorded.stderr == plain.stderr
    assert states(tmp_path) == ["error"]


@pytest.mark.parametrize("place", ["None", "'logs'"])
def test_record_search_after_a_search_that_recorded_itself_gives_its_runs(
    place: str, tmp_path: Path
) -> None:
    code = f"""
search = GridSearchCV(tree, grid, cv=2).fit(table, labels)
from fitlog_plugins.sklearn import record_search
print(len(record_search(search, {place}, name="trees")))
"""
    assert inside(tmp_path, DATA + SEARCHES + AUTOLOG + code) == "3\n"
    assert [row["other-sweep-name"] for row in rows(tmp_path)] == ["trees"] * 3
    assert [row["other-sweep-number"] for row in rows(tmp_path)] == [0, 1, 2]


def test_a_script_that_records_searches_itself_has_no_run_more(tmp_path: Path) -> None:
    code = """
from fitlog_plugins.sklearn import record_search
record_search(GridSearchCV(tree, grid, cv=2).fit(table, labels), "own", commit=False)
"""
    inside(tmp_path, DATA + SEARCHES + "import fitlog\nfitlog.autolog()\n" + code)
    assert len(runs_in(tmp_path / "own")) == 3
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_trial_of_optuna_is_one_run_with_the_curves_of_the_model_in_it(
    jobs: int, tmp_path: Path
) -> None:
    code = f"""
found = study()
assert found.optimize(objective, n_trials=4, n_jobs={jobs}) is None
print(len(found.trials), found.trials[0].user_attrs, found.trials_dataframe().columns.tolist())
if {jobs} == 1:
    print(found.best_params, found.best_value)
"""
    plain = done(tmp_path, DATA + OBJECTIVE + code, "-W", "ignore")
    assert done(tmp_path, DATA + OBJECTIVE + code).stdout == plain.stdout
    own, *found = runs_in(tmp_path / "logs")
    assert own.series() == {}
    assert [curves(run) for run in found] == [{"loss-train-logloss": [0, 1, 2]}] * 4
    of_trials = [run.row() for run in found]
    assert sorted(row["other-sweep-number"] for row in of_trials) == [0, 1, 2, 3]
    assert {row["other-sweep-name"] for row in of_trials} == {"mine"}
    assert {row["other-trial-state"] for row in of_trials} == {"COMPLETE"}
    for run, row in zip(found, of_trials, strict=True):
        assert row["metric-value"] == pytest.approx(run.series()["loss-train-logloss"].values[-1])
        assert row["hyper-max_depth"] == row["hyper-xgboost-max_depth"]
    assert set(states(tmp_path)) == {"finished"}


def test_trials_end_as_optuna_says_and_exceptions_are_the_scripts_own(tmp_path: Path) -> None:
    code = (
        OBJECTIVE
        + """
def odd(trial):
    x = trial.suggest_float("x", 0, 1)
    trial.report(x, 3)
    if trial.number == 0:
        raise optuna.TrialPruned()
    if trial.number == 1:
        raise KeyError("caught")
    if trial.number == 2:
        return float("nan")
    if trial.number == 3:
        raise ValueError("my own")
found = study()
try:
    found.optimize(odd, n_trials=9, catch=(KeyError,))
except ValueError as error:
    print(error, [trial.state.name for trial in found.trials])
"""
    )
    plain = done(tmp_path, code, "-W", "ignore")
    assert done(tmp_path, code).stdout == plain.stdout
    _own, *found = runs_in(tmp_path / "logs")
    assert [run.row()["other-trial-state"] for run in found] == ["PRUNED", *["FAIL"] * 3]
    assert [run.state().value for run in found] == ["finished", *["error"] * 3]
    assert [run.meta.get("error") for run in found[1:]] == [
        "KeyError: 'caught'",
        None,
        "ValueError: my own",
    ]
    assert all(curves(run) == {"metric-intermediate": [3]} for run in found)


def test_an_error_that_ends_a_script_shows_no_frame_of_ours(tmp_path: Path) -> None:
    code = (
        DATA
        + OBJECTIVE
        + """
class Raising(xgboost.callback.TrainingCallback):
    def after_iteration(self, *given):
        raise ValueError("my own")
def failing(trial):
    xgboost.train({}, xgboost.DMatrix(table, labels), 3, callbacks=[Raising()])
study().optimize(failing, n_trials=1)
"""
    )
    plain = done(tmp_path, code, "-W", "ignore", fails=True)
    recorded = done(tmp_path, code, fails=True)
    assert "my own" in plain.stderr
    assert recorded.stderr == plain.stderr


def test_a_callback_of_ours_in_the_study_is_the_one_that_records(tmp_path: Path) -> None:
    code = """
from fitlog_plugins.optuna import FitlogCallback
given = [FitlogCallback("own", commit=False)]
study().optimize(objective, 2, callbacks=given)
print(len(given))
"""
    head = "import fitlog\nfitlog.autolog()\n"
    assert inside(tmp_path, DATA + OBJECTIVE + head + code) == "1\n"
    found = runs_in(tmp_path / "own")
    assert [curves(run) for run in found] == [{"loss-train-logloss": [0, 1, 2]}] * 2
    assert [run.row()["other-sweep-number"] for run in found] == [0, 1]
    assert not (tmp_path / "logs").exists()


def test_a_trial_that_is_tracked_has_the_curves_of_its_model_and_no_second_run(
    tmp_path: Path,
) -> None:
    code = """
from fitlog_plugins.optuna import FitlogCallback
callback = FitlogCallback("logs", commit=False)
tracked = callback.track(lambda trial, run: objective(trial))
study().optimize(tracked, n_trials=2)
"""
    inside(tmp_path, DATA + OBJECTIVE + AUTOLOG + code)
    found = runs_in(tmp_path / "logs")
    assert [curves(run) for run in found] == [{"loss-train-logloss": [0, 1, 2]}] * 2
    assert [run.row()["other-trial-state"] for run in found] == ["COMPLETE"] * 2


@pytest.mark.parametrize(
    "recording",
    [
        "fitlog.set_log_dir('logs', new_log=True); fitlog.add_loss(0.5, 1, 'own'); fitlog.finish()",
        "learn([fitlog_plugins.xgboost.FitlogCallback('own', commit=False)])",
    ],
)
def test_a_trial_that_the_script_records_itself_has_no_second_run(
    recording: str, tmp_path: Path
) -> None:
    code = f"""
import fitlog, fitlog_plugins.xgboost
fitlog.autolog()
def learn(callbacks):
    data = xgboost.DMatrix(table, labels)
    xgboost.train({{}}, data, 2, evals=[(data, "train")], callbacks=callbacks, verbose_eval=False)
def own(trial):
    {recording}
    return trial.suggest_float("x", 0, 1)
study().optimize(own, n_trials=2)
"""
    inside(tmp_path, DATA + OBJECTIVE + code)
    found = [*runs_in(tmp_path / "logs"), *runs_in(tmp_path / "own")]
    assert [len(run.series()) for run in found] == [1, 1]
    assert not [name for run in found for name in run.row() if name.startswith("other-sweep")]


def test_searches_within_a_trial_are_parts_of_it(tmp_path: Path) -> None:
    code = (
        DATA
        + SEARCHES
        + OBJECTIVE
        + """
def nested(trial):
    study().optimize(objective, n_trials=2)
    return GridSearchCV(tree, grid, cv=2).fit(table, labels).best_score_
optuna.create_study(study_name="outer").optimize(nested, n_trials=2)
"""
    )
    inside(tmp_path, AUTOLOG + code)
    found = runs_in(tmp_path / "logs")
    assert [run.row()["other-sweep-name"] for run in found] == ["outer"] * 2
    assert [curves(run) for run in found] == [{}, {}]


def test_wrong_calls_fail_as_they_always_did(tmp_path: Path) -> None:
    code = (
        SEARCHES
        + OBJECTIVE
        + """
import inspect, pickle
for wrong in (lambda: study().optimize(), lambda: study().optimize(3, n_trials=1),
              lambda: study().optimize(objective, 1, nothing=2),
              lambda: GridSearchCV(tree, grid).fit(), lambda: GridSearchCV(tree, grid).fit([], [])):
    try:
        wrong()
    except Exception as error:
        print(type(error).__name__, error)
for function in (optuna.Study.optimize, GridSearchCV.fit):
    print(function.__qualname__, inspect.signature(function))
    assert pickle.loads(pickle.dumps(function)) is function
"""
    )
    plain = done(tmp_path, code, "-W", "ignore")
    assert len(plain.stdout.splitlines()) == 7
    assert done(tmp_path, code).stdout == plain.stdout
