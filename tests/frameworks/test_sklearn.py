"""What becomes of a search of scikit-learn: one run a candidate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import pytest
from conformance import runs_in
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import fitlog
from fitlog_core.errors import ArgumentTypeError
from fitlog_core.recording.session import session
from fitlog_plugins.sklearn import record_search

TABLE = numpy.random.default_rng(0).random((60, 3))
LABELS = (TABLE[:, 0] > 0.5).astype(int)


@pytest.fixture(autouse=True)
def _in_a_new_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("run", "remembered", "code"):
        monkeypatch.setattr(session, name, None)


def searched(grid: dict[str, Any], **options: Any) -> GridSearchCV:
    model = LogisticRegression()
    return GridSearchCV(model, grid, **({"cv": 3} | options)).fit(TABLE, LABELS)


def test_each_candidate_is_a_finished_run_of_one_sweep() -> None:
    search = searched({"C": [0.01, 1.0], "fit_intercept": [True, False]}, return_train_score=True)
    recorded = record_search(search, "logs", commit=False)
    runs = runs_in("logs")
    rows = [run.row() for run in runs]
    assert [run.id for run in runs] == [run.get_log_id() for run in recorded]
    assert [(row["hyper-C"], row["hyper-fit_intercept"]) for row in rows] == [
        (params["C"], params["fit_intercept"]) for params in search.cv_results_["params"]
    ]
    assert [row["metric-test-score"] for row in rows] == list(search.cv_results_["mean_test_score"])
    assert all("metric-train-score" in row for row in rows)
    assert {row["other-sweep-name"] for row in rows} == {runs[0].id}
    assert [row["other-sweep-number"] for row in rows] == [0, 1, 2, 3]
    assert [run.state().value for run in runs] == ["finished"] * 4
    best = [number for number, row in enumerate(rows) if row["other-sweep-best"]]
    assert best == [search.best_index_]


def test_scores_of_the_folds_are_curves() -> None:
    search = searched({"C": [1.0]}, scoring=["accuracy", "neg_log_loss"], refit="accuracy")
    record_search(search, "logs", commit=False)
    series = runs_in("logs")[0].series()
    assert list(series["metric-test-accuracy"].steps) == [0, 1, 2]
    folds = [search.cv_results_[f"split{fold}_test_neg_log_loss"][0] for fold in range(3)]
    assert list(series["metric-test-neg_log_loss"].values) == folds


def test_a_candidate_that_could_not_be_fitted_is_an_error() -> None:
    record_search(searched({"C": [1.0, -1.0]}), "logs", commit=False)
    assert [run.state().value for run in runs_in("logs")] == ["finished", "error"]


def test_a_random_search_in_two_processes_and_parts_of_a_pipeline_are_recorded() -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression())
    grid = {"logisticregression__C": [0.1, 1.0], "standardscaler": [StandardScaler(), None]}
    search = RandomizedSearchCV(model, grid, n_iter=3, cv=2, n_jobs=2, random_state=0)
    record_search(search.fit(TABLE, LABELS), "logs", name="first try", commit=False)
    rows = [run.row() for run in runs_in("logs")]
    assert [row["other-sweep-name"] for row in rows] == ["first try"] * 3
    assert {row["hyper-logisticregression__C"] for row in rows} <= {0.1, 1.0}


def test_the_search_goes_into_the_directory_of_the_current_run_and_leaves_that_alone() -> None:
    fitlog.set_log_dir("chosen")
    fitlog.add_metric(0.5, step=0, name="by_hand")
    record_search(searched({"C": [1.0]}), commit=False)
    fitlog.add_metric(0.5, step=1, name="by_hand")
    first, second = runs_in("chosen")
    assert list(first.series()["metric-by_hand"].steps) == [0, 1]
    assert second.row()["hyper-C"] == 1.0


def test_under_debug_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "debug", True)
    record_search(searched({"C": [1.0]}), "logs")
    assert not Path("logs").exists()


def test_what_is_no_search_or_not_fitted_is_named_at_once() -> None:
    with pytest.raises(ArgumentTypeError, match=r"after its fit\(\), got GridSearchCV"):
        record_search(GridSearchCV(LogisticRegression(), {"C": [1.0]}), "logs")
