"""Trainings of XGBoost, LightGBM, CatBoost and Keras record by themselves, otherwise unchanged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conformance import runs_in

from fitlog_core.reading.reader import RunReader

DATA = """
import numpy
table = numpy.random.default_rng(0).random((80, 3))
labels = (table[:, 0] > 0.5).astype(int)
"""
IMPORT = {name: f"import {name}\n" for name in ("xgboost", "lightgbm", "catboost", "keras")}
OF = {  # the module, what defines `learn`, a curve and its steps
    "xgboost.train": (
        "xgboost",
        """
def learn(callbacks=None, rounds=3):
    data = xgboost.DMatrix(table, labels)
    return xgboost.train({"max_depth": 2, "objective": "binary:logistic"}, data, rounds,
                         evals=[(data, "train")], callbacks=callbacks, verbose_eval=True)
def score(model):
    return model.predict(xgboost.DMatrix(table)).sum()
""",
        ("loss-train-logloss", [0, 1, 2]),
    ),
    "XGBClassifier": (
        "xgboost",
        """
def learn(callbacks=None, rounds=3):
    model = xgboost.XGBClassifier(n_estimators=rounds, max_depth=2, callbacks=callbacks)
    return model.fit(table, labels, eval_set=[(table, labels)])
def score(model):
    return model.predict_proba(table).sum(axis=0)
""",
        ("loss-validation_0-logloss", [0, 1, 2]),
    ),
    "lightgbm.train": (
        "lightgbm",
        """
def learn(callbacks=None, rounds=3):
    data = lightgbm.Dataset(table, labels)
    return lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1}, data, rounds,
                          valid_sets=[data], valid_names=["train"], callbacks=callbacks)
def score(model):
    return model.predict(table).sum()
""",
        ("loss-train-binary_logloss", [0, 1, 2]),
    ),
    "LGBMClassifier": (
        "lightgbm",
        """
def learn(callbacks=None, rounds=3):
    model = lightgbm.LGBMClassifier(n_estimators=rounds, n_jobs=1, verbose=-1)
    return model.fit(table, labels, eval_set=[(table, labels)], callbacks=callbacks)
def score(model):
    return model.predict(table).sum()
""",
        ("loss-training-binary_logloss", [0, 1, 2]),
    ),
    "CatBoostClassifier": (
        "catboost",
        """
def learn(callbacks=None, rounds=3):
    model = catboost.CatBoostClassifier(iterations=rounds, thread_count=1, verbose=False,
                                        allow_writing_files=False)
    return model.fit(table, labels, eval_set=(table, labels), callbacks=callbacks)
def score(model):
    return model.predict_proba(table).sum(axis=0), model.get_params()
""",
        ("loss-validation-Logloss", [1, 2, 3]),
    ),
    "keras": (
        "keras",
        """
def learn(callbacks=None, rounds=3):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    learn.history = model.fit(table, labels, 80, rounds, 0, callbacks).history
    return model
def score(model):
    return [each.sum() for each in model.get_weights()], learn.history
""",
        ("loss-train-loss", [1, 2, 3]),
    ),
}
every = pytest.mark.parametrize("name", OF)
one_each = pytest.mark.parametrize(
    "name", ["xgboost.train", "lightgbm.train", "CatBoostClassifier"]
)


def script(name: str, code: str, *, head: str = "") -> str:
    module, defined, _ = OF[name]
    return head + IMPORT[module] + DATA + defined + code


def done(
    folder: Path, code: str, *before: str, fails: bool = False, **settings: str
) -> subprocess.CompletedProcess[str]:
    (folder / "script.py").write_text(code, "utf-8")
    ours = {"PYTHONWARNINGS": "ignore", "KERAS_BACKEND": "torch", "CUDA_VISIBLE_DEVICES": ""}
    command = before or ("-m", "fitlog", "run", "--no-commit")
    process = subprocess.run(
        [sys.executable, *command, "script.py"],
        cwd=folder,
        env={**os.environ, **ours, **settings},
        capture_output=True,
        encoding="utf-8",
        timeout=180,
    )
    assert (process.returncode != 0) == fails, process.stderr
    return process


def inside(folder: Path, code: str) -> str:
    """Run a script that calls ``autolog`` itself; return what it printed."""
    return done(folder, code, "-W", "ignore").stdout


def states(folder: Path) -> list[str]:
    return [run.state().value for run in runs_in(folder / "logs")]


def steps(run: RunReader, name: str) -> list[int]:
    return list(run.series()[OF[name][2][0]].steps)


AUTOLOG = "import fitlog\nfitlog.autolog()\nfitlog.set_log_dir('logs')\n"


@every
def test_a_script_as_it_is_records_its_training_and_prints_what_it_did(
    name: str, tmp_path: Path
) -> None:
    code = script(name, "print(score(learn()))")
    plain = done(tmp_path, code, "-W", "ignore")
    recorded = done(tmp_path, code)
    assert recorded.stdout == plain.stdout
    (run,) = runs_in(tmp_path / "logs")
    assert steps(run, name) == OF[name][2][1]
    assert run.state().value == "finished"


@pytest.mark.parametrize("name", ["xgboost.train", "lightgbm.train", "CatBoostClassifier", "keras"])
@pytest.mark.parametrize("first", ["the framework", "autolog"])
def test_autolog_records_whichever_is_imported_first(first: str, name: str, tmp_path: Path) -> None:
    head = AUTOLOG if first == "autolog" else ""
    inside(tmp_path, script(name, ("" if head else AUTOLOG) + "learn()", head=head))
    (run,) = runs_in(tmp_path / "logs")
    assert steps(run, name) == OF[name][2][1]


def test_a_class_taken_before_autolog_records_and_a_function_taken_then_does_not(
    tmp_path: Path,
) -> None:
    code = """
from xgboost import XGBClassifier, train, DMatrix
from catboost import CatBoostRegressor
import fitlog
fitlog.autolog()
train({}, DMatrix(table, labels), 2)
XGBClassifier(n_estimators=2).fit(table, labels, eval_set=[(table, labels)], verbose=False)
CatBoostRegressor(iterations=2, verbose=False, allow_writing_files=False).fit(table, labels)
"""
    inside(tmp_path, DATA + code)
    classifier, regressor = runs_in(tmp_path / "logs")
    assert list(classifier.series()) == ["loss-validation_0-logloss"]
    assert list(regressor.series()) == ["metric-learn-RMSE"]


@every
def test_an_error_is_the_scripts_own_and_ends_the_run(name: str, tmp_path: Path) -> None:
    code = """
class Odd(Exception):
    pass
raised = Odd("my own")
kinds = {"xgboost": "xgboost.callback.TrainingCallback", "keras": "keras.callbacks.Callback"}
class Raising(eval(kinds.get(MODULE, "object"))):
    def after_iteration(self, *given):
        raise raised
    __call__ = after_iteration
    def on_epoch_end(self, *given):
        raise raised
callbacks = [Raising()]
try:
    learn(callbacks)
except Exception as error:
    print(type(error).__name__, error, len(callbacks))
learn()
""".replace("MODULE", repr(OF[name][0]))
    plain = done(tmp_path, script(name, code), "-W", "ignore")
    assert done(tmp_path, script(name, code)).stdout == plain.stdout
    assert "my own" in plain.stdout
    assert " 1\n" in plain.stdout
    assert states(tmp_path) == ["error", "finished"]


@every
def test_a_callback_of_ours_that_the_script_gives_is_the_only_one(
    name: str, tmp_path: Path
) -> None:
    module = OF[name][0]
    code = f"""
from fitlog_plugins.{module} import FitlogCallback
given = [FitlogCallback("own", commit=False)]
learn(given)
print(len(given))
"""
    assert inside(tmp_path, script(name, AUTOLOG + code)).splitlines()[-1] == "1"
    (run,) = runs_in(tmp_path / "own")
    assert steps(run, name) == OF[name][2][1]
    assert runs_in(tmp_path / "logs") == []


def test_folds_are_no_runs(tmp_path: Path) -> None:
    code = """
import xgboost, lightgbm, catboost
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
import fitlog
fitlog.autolog()
kinds = (xgboost.XGBClassifier(n_estimators=2), lightgbm.LGBMClassifier(n_estimators=2, verbose=-1),
         catboost.CatBoostClassifier(iterations=2, verbose=False, allow_writing_files=False))
for kind in kinds:
    GridSearchCV(kind, {"max_depth": [1, 2]}, cv=2).fit(table, labels)
    cross_val_score(kind, table, labels, cv=2)
    BaggingClassifier(kind, 2).fit(table, labels)
xgboost.cv({}, xgboost.DMatrix(table, labels), 2)
lightgbm.cv({"verbose": -1}, lightgbm.Dataset(table, labels), 2)
"""
    inside(tmp_path, DATA + code)
    # The candidates of the three searches, and nothing else.
    found = [list(run.series()) for run in runs_in(tmp_path / "logs")]
    assert found == [["metric-test-score"]] * 6


def test_a_pipeline_is_a_training(tmp_path: Path) -> None:
    code = """
import sklearn.pipeline, sklearn.preprocessing, xgboost
steps = (sklearn.preprocessing.StandardScaler(), xgboost.XGBClassifier(n_estimators=2))
sklearn.pipeline.make_pipeline(*steps).fit(table, labels)
"""
    done(tmp_path, DATA + code)
    (run,) = runs_in(tmp_path / "logs")
    assert run.row()["hyper-xgboost-booster"] == "gbtree"


@pytest.mark.parametrize(("rounds", "patience"), [(50, 2), (3, 10)])
def test_what_lightgbm_stops_early_or_could_have_is_finished_with_its_best_round(
    rounds: int, patience: int, tmp_path: Path
) -> None:
    code = f"""
rounds, patience = {rounds}, {patience}
data = lightgbm.Dataset(table, labels)
wrong = lightgbm.Dataset(table, 1 - labels, reference=data)
params = dict(objective="binary", verbose=-1, num_threads=1)
lightgbm.train(params, data, rounds, valid_sets=[wrong],
               callbacks=[lightgbm.early_stopping(patience, verbose=False)])
"""
    inside(tmp_path, script("lightgbm.train", AUTOLOG + code))
    (run,) = runs_in(tmp_path / "logs")
    series = run.series()["loss-valid_0-binary_logloss"]
    assert list(series.steps) == [0, 1, 2]
    assert run.row()["metric-valid_0-step"] == 0
    assert run.row()["metric-valid_0-binary_logloss"] == series.values[0]
    assert run.state().value == "finished"


def test_xgboosts_parameters_are_hyperparameters_and_an_early_stop_has_its_best_round(
    tmp_path: Path,
) -> None:
    code = """
data, wrong = xgboost.DMatrix(table, labels), xgboost.DMatrix(table, 1 - labels)
params = {"max_depth": 2, "objective": "binary:logistic"}
callbacks = [xgboost.callback.EarlyStopping(2)]
xgboost.train(params, data, 50, evals=[(wrong, "dev")], callbacks=callbacks, verbose_eval=False)
"""
    inside(tmp_path, script("xgboost.train", AUTOLOG + code))
    (run,) = runs_in(tmp_path / "logs")
    assert list(run.series()["loss-dev-logloss"].steps) == [0, 1, 2]
    assert run.row()["metric-dev-step"] == 0
    assert run.row()["hyper-max_depth"] == 2
    assert run.total_steps == 50


def test_on_a_gpu_catboost_says_what_it_says_without_us(tmp_path: Path) -> None:
    code = script("CatBoostClassifier", "").replace("iterations", "task_type='GPU', iterations")
    plain = done(tmp_path, code + "learn()", "-W", "ignore", fails=True)
    recorded = done(tmp_path, AUTOLOG + code + "learn()", "-W", "ignore", fails=True)
    assert recorded.stderr.splitlines()[-1] == plain.stderr.splitlines()[-1]
    assert "takes no callbacks on a GPU; this training is not recorded" in recorded.stderr


def test_keras_takes_callbacks_as_it_always_did(tmp_path: Path) -> None:
    code = """
class Mine(keras.callbacks.Callback):
    pass
several = (Mine(), Mine())
learn(several)
learn(Mine())
try:
    learn([[Mine()]])
except AttributeError as error:
    print(error)
model = learn()
ready = keras.callbacks.CallbackList([Mine()], add_history=True, model=model)
model.fit(table, labels, callbacks=ready, verbose=0)
print(len(several))
"""
    recorded = done(
        tmp_path, script("keras", "import fitlog\nfitlog.autolog()" + code), "-W", "ignore"
    )
    assert recorded.stdout.splitlines() == ["'list' object has no attribute 'on_batch_end'", "2"]
    assert "fit was given a CallbackList, which is left as it is" in recorded.stderr
    runs = runs_in(tmp_path / "logs")
    assert [steps(run, "keras") for run in runs] == [[1, 2, 3]] * 3
    assert runs[0].row()["hyper-batch_size"] == 80


def test_wrapped_functions_look_as_before_and_are_wrapped_once(tmp_path: Path) -> None:
    code = """
import importlib, inspect, pickle
import catboost, keras, lightgbm, xgboost
def looks():
    found = (xgboost.train, lightgbm.train, catboost.CatBoost.fit, keras.Model.fit)
    return [(each.__module__, each.__qualname__, each.__doc__, inspect.signature(each))
            for each in found], found
before, originals = looks()
import fitlog
fitlog.autolog()
from fitlog_core.recording import autolog
for name in ("xgboost", "lightgbm", "catboost", "keras"):
    importlib.import_module(f"fitlog_plugins.{name}").autolog(globals()[name])
after, wrapped = looks()
assert before == after
assert [each.__wrapped__ for each in wrapped] == list(originals)
assert [pickle.loads(pickle.dumps(each)) for each in wrapped] == list(wrapped)
assert xgboost.train is xgboost.training.train is xgboost.sklearn.train
assert lightgbm.train is lightgbm.engine.train is lightgbm.sklearn.train
print("alike")
"""
    assert inside(tmp_path, code) == "alike\n"


@one_each
def test_nothing_is_recorded_under_debug(name: str, tmp_path: Path) -> None:
    code = script(name, "learn()", head=AUTOLOG)
    done(tmp_path, code, "-W", "ignore", FITLOG_FLAG="DEBUG")
    assert not (tmp_path / "logs").exists()


@one_each
def test_of_several_ranks_the_first_records(name: str, tmp_path: Path) -> None:
    code = script(name, "learn()", head=AUTOLOG)
    for rank in "10":
        done(tmp_path, code, "-W", "ignore", RANK=rank, WORLD_SIZE="2")
        assert len(runs_in(tmp_path / "logs")) == 1 - int(rank)


def test_trainings_at_once_have_a_run_each_and_a_forked_child_none(tmp_path: Path) -> None:
    code = """
import os, threading
import fitlog
fitlog.autolog()
threads = [threading.Thread(target=learn, args=(None, 40)) for _ in range(3)]
[each.start() for each in threads]
[each.join() for each in threads]
if os.fork() == 0:
    learn()
    os._exit(0)
print(os.wait()[1])
"""
    assert inside(tmp_path, script("CatBoostClassifier", code)).splitlines()[-1] == "0"
    runs = runs_in(tmp_path / "logs")
    assert [steps(run, "CatBoostClassifier") for run in runs] == [list(range(1, 41))] * 3
    assert states(tmp_path) == ["finished"] * 3


def test_a_trial_that_optuna_tracks_has_no_second_run(tmp_path: Path) -> None:
    code = """
import optuna
from fitlog_plugins.optuna import FitlogCallback
import fitlog
fitlog.autolog()
def objective(trial, run):
    learn()
    return 1.0
optuna.create_study().optimize(FitlogCallback("logs", commit=False).track(objective), n_trials=2)
"""
    inside(tmp_path, script("xgboost.train", code))
    runs = runs_in(tmp_path / "logs")
    assert [run.row()["metric-value"] for run in runs] == [1.0, 1.0]
