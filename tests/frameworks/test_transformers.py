"""What the callback makes of a Trainer's events, beyond what every adapter promises."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_tools import rows, tiny_model, tiny_trainer
from recording_tools import meta_lines, only_run, runs, said, steps
from transformers import TrainerCallback
from transformers.integrations import integration_utils

import fitlog
from fitlog_core.recording import alike, writer
from fitlog_core.recording.alike import Alikes
from fitlog_core.recording.session import session
from fitlog_plugins.transformers import FitlogCallback
from fitlog_plugins.transformers.registration import register


@pytest.fixture(autouse=True)
def _in_a_new_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    for name in ("run", "remembered", "code"):
        monkeypatch.setattr(session, name, None)
    yield
    if session.run is not None:
        session.run.finish()


def callback(**options: Any) -> FitlogCallback:
    return FitlogCallback("logs", **({"commit": False} | options))


def values(folder: Path, kind: str, *path: str) -> dict[int, Any]:
    """What a curve shows: the last value of each step."""
    found: dict[int, Any] = {}
    for record in steps(folder, kind):
        value: Any = record.values
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None:
            found[record.step] = value
    return found


def test_train_eval_and_test_values_are_told_apart():
    trainer = tiny_trainer([callback()], steps=4, eval_strategy="steps", eval_steps=2)
    trainer.train()
    trainer.predict(rows(4))
    run = only_run(Path("logs"))
    assert list(values(run, "loss", "train")) == [1, 2, 3, 4]
    assert list(values(run, "loss", "eval")) == [2, 4]
    assert list(values(run, "loss", "test")) == [4]
    assert list(values(run, "metric", "eval", "accuracy")) == [2, 4]
    assert list(values(run, "metric", "test", "accuracy")) == [4]
    assert list(values(run, "metric", "train", "grad_norm")) == [1, 2, 3, 4]
    assert said(run, "best_metric")["test"].keys() == {"loss", "accuracy"}


def test_an_evaluation_is_recorded_once():
    trainer = tiny_trainer([callback()], steps=2, eval_strategy="steps", eval_steps=1)
    trainer.train()
    run = only_run(Path("logs"))
    of_eval = [record.step for record in steps(run, "loss") if "eval" in record.values]
    assert of_eval == [1, 2]
    assert [record.step for record in steps(run, "metric") if "eval" in record.values] == [1, 2]


def told_by_a_training(directory: str) -> list[tuple[Any, ...]]:
    adapter = FitlogCallback(directory, commit=False)
    options = {"eval_strategy": "steps", "eval_steps": 3, "num_train_epochs": 2, "max_steps": -1}
    tiny_trainer([adapter], train_rows=4, **options).train()
    run = only_run(Path(directory))
    records = [record for kind in ("loss", "metric") for record in steps(run, kind)]
    return [(record.kind, record.step, record.epoch, str(record.values)) for record in records]


def test_the_steps_of_an_epoch_take_the_short_way_and_say_what_the_long_one_says(monkeypatch):
    for module in (alike, writer):
        monkeypatch.setattr(module, "clock", lambda: 1_700_000_000.0)
    taken = []
    write = Alikes.write
    monkeypatch.setattr(Alikes, "write", lambda *said: taken.append(write(*said)) or taken[-1])
    short = told_by_a_training("logs")
    # Of two epochs of four steps all but the first of each, and the one that opens the files.
    assert taken.count(True) == 5
    monkeypatch.setattr(Alikes, "write", lambda *_: False)
    session.run = None
    assert told_by_a_training("other") == short


def test_times_and_totals_are_values_of_the_run_and_no_curves():
    trainer = tiny_trainer([callback()], steps=2, eval_strategy="steps", eval_steps=2)
    trainer.train()
    run = only_run(Path("logs"))
    other = said(run, "other")
    assert {"runtime", "samples_per_second", "steps_per_second", "loss", "epoch"} <= set(
        other["train"]
    )
    assert {"runtime", "samples_per_second"} <= set(other["eval"])
    assert not any("runtime" in str(record.values) for record in steps(run, "metric"))


def test_arguments_and_model_are_hyperparameters_and_tokens_are_masked():
    trainer = tiny_trainer([callback()], steps=1, hub_token="hf_abc", lr_scheduler_type="cosine")
    trainer.train()
    run = only_run(Path("logs"))
    hyper = said(run, "hyper")
    assert hyper["args"]["learning_rate"] == 5e-05
    assert hyper["args"]["lr_scheduler_type"] == "cosine"
    assert hyper["args"]["report_to"] == "[]"
    assert hyper["args"]["hub_token"] == "***"
    assert hyper["args"]["hub_model_id"] is None
    assert hyper["model"]["n_embd"] == 8
    assert hyper["model"]["class"] == "Model"
    every = sum(weights.numel() for weights in trainer.model.parameters())
    assert hyper["model"]["num_parameters"] == every
    assert "hf_abc" not in (run / "hyper.log").read_text("utf-8")


def test_labels_are_counted_and_make_no_columns():
    model = tiny_model()
    model.config.id2label = {number: f"label {number}" for number in range(1000)}
    tiny_trainer([callback()], steps=1, model=model).train()
    known = said(only_run(Path("logs")), "hyper")["model"]
    assert known["num_labels"] == 1000
    assert not {"id2label", "label2id"} & set(known)


def test_an_adapter_of_peft_is_described():
    from peft import LoraConfig, get_peft_model

    lora = LoraConfig(r=2, target_modules=["c_attn"], fan_in_fan_out=True)
    model = get_peft_model(tiny_model(), lora)
    tiny_trainer([callback()], steps=1, model=model, label_names=["labels"]).train()
    hyper = said(only_run(Path("logs")), "hyper")
    assert hyper["peft"]["r"] == 2
    assert 0 < hyper["model"]["num_trainable_parameters"] < hyper["model"]["num_parameters"]


@pytest.mark.parametrize(
    ("options", "best"),
    [({}, 2), ({"metric_for_best_model": "score"}, 3), ({"metric_for_best_model": "eval_loss"}, 2)],
)
def test_the_table_has_the_best_evaluation_and_its_step(options: dict[str, Any], best: int):
    scores = iter([0.1, 0.2, 0.9, 0.4])
    losses = {1: 3.0, 2: 1.0, 3: 2.0, 4: 2.5}

    class Scored(TrainerCallback):
        """Puts chosen values where the Trainer has its own."""

        def on_log(self, args, state, control, logs=None, **kwargs):
            if "eval_loss" in logs:
                logs["eval_loss"] = losses[state.global_step]
                logs["eval_score"] = next(scores)

    scored = Scored()
    trainer = tiny_trainer([scored], steps=4, eval_strategy="steps", eval_steps=1, **options)
    trainer.add_callback(callback())
    trainer.train()
    shown = said(only_run(Path("logs")), "best_metric")["eval"]
    assert shown["step"] == best
    assert shown["loss"] == losses[best]
    assert shown["score"] == {2: 0.2, 3: 0.9}[best]


def test_an_evaluation_after_the_end_is_in_the_run_and_does_not_change_the_best():
    trainer = tiny_trainer([callback()], steps=2, eval_strategy="steps", eval_steps=1)
    trainer.train()
    run = only_run(Path("logs"))
    best = said(run, "best_metric")["eval"]
    trainer.evaluate(rows(2), metric_key_prefix="held_out")
    trainer.evaluate(rows(2))
    assert list(values(run, "loss", "held_out")) == [2]
    assert said(run, "best_metric")["eval"] == best
    assert "accuracy" in said(run, "best_metric")["held_out"]
    assert meta_lines(run)[-1] == {"state": "finish"}


def test_evaluations_of_several_datasets_are_told_apart():
    trainer = tiny_trainer([callback()], steps=2, eval_strategy="steps", eval_steps=2)
    trainer.eval_dataset = {"easy": rows(2), "hard": rows(4)}
    trainer.args.metric_for_best_model = "hard_loss"
    trainer.train()
    run = only_run(Path("logs"))
    assert list(values(run, "loss", "eval_easy")) == list(values(run, "loss", "eval_hard")) == [2]
    assert said(run, "best_metric")["eval_hard"]["step"] == 2


def test_a_metric_that_is_no_number_is_kept_and_told_of_once(capfd):
    def confusion(prediction: Any) -> dict[str, Any]:
        return {"confusion": [[1, 0], [0, 1]], "note": "fine"}

    trainer = tiny_trainer([callback()], steps=2, eval_strategy="steps", eval_steps=1)
    trainer.compute_metrics = confusion
    trainer.train()
    said_on_stderr = capfd.readouterr().err
    assert said_on_stderr.count("'eval_confusion' is no number but list") == 1
    assert said_on_stderr.count("'eval_note' is no number but str") == 1
    assert said(only_run(Path("logs")), "other")["eval"]["confusion"] == "[[1, 0], [0, 1]]"


def test_report_to_names_it():
    assert integration_utils.INTEGRATION_TO_CALLBACK["fitlog"] is FitlogCallback
    trainer = tiny_trainer([], steps=1, report_to="fitlog")
    trainer.train()
    assert list(values(only_run(Path("logs")), "loss", "train")) == [1]


def test_a_version_that_takes_no_names_is_told_the_other_way(monkeypatch, capfd):
    monkeypatch.delattr(integration_utils, "INTEGRATION_TO_CALLBACK")
    register(FitlogCallback)
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("fitlog: ")
    assert "callbacks=[FitlogCallback()]" in line


def test_importing_fitlog_imports_no_transformers(run_python):
    done = run_python("import sys, fitlog; print('transformers' in sys.modules, sys.meta_path)")
    assert done.stdout.startswith("False")
    assert "fitlog" not in done.stdout


def test_a_second_callback_of_the_same_directory_says_so_and_records_nothing(capfd):
    trainer = tiny_trainer([], steps=2, report_to="fitlog", eval_strategy="steps", eval_steps=1)
    trainer.add_callback(callback())
    trainer.evaluate()
    trainer.train()
    trainer.predict(rows(2))
    run = only_run(Path("logs"))
    of_train = [record.step for record in steps(run, "loss") if "train" in record.values]
    of_eval = [record.step for record in steps(run, "loss") if "eval" in record.values]
    assert (of_train, of_eval) == ([1, 2], [0, 1, 2])
    assert meta_lines(run)[-1] == {"state": "finish"}
    notices = [line for line in capfd.readouterr().err.splitlines() if "fitlog:" in line]
    assert [line for line in notices if "a second FitlogCallback" in line] == [
        f"fitlog: a second FitlogCallback at {str(Path('logs').absolute())!r} records nothing; "
        "one is enough"
    ]


def test_callbacks_of_several_directories_work_side_by_side(capfd):
    places = ("one", "two", "three")
    for _ in range(2):  # each training of a loop has its own run, in each directory
        chosen = [FitlogCallback(place, commit=False) for place in places]
        tiny_trainer(chosen, steps=2).train()
    for place in places:
        assert [list(values(run, "loss", "train")) for run in runs(Path(place))] == [[1, 2]] * 2
    assert "a second FitlogCallback" not in capfd.readouterr().err


def test_a_loss_that_the_user_logs_as_train_loss_is_a_curve():
    class Logging(TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            trainer.log({"train_loss": 7.0 + state.global_step})

    trainer = tiny_trainer([callback(), Logging()], steps=2, logging_strategy="no")
    trainer.train()
    run = only_run(Path("logs"))
    assert values(run, "loss", "train") == {1: 8.0, 2: 9.0}
    assert "runtime" in said(run, "other")["train"]


def test_a_search_makes_a_run_a_trial():
    trainer = tiny_trainer([callback()], steps=2, eval_strategy="steps", eval_steps=2)
    trainer.model_init = tiny_model
    trainer.hyperparameter_search(
        backend="optuna",
        n_trials=2,
        direction="minimize",
        hp_space=lambda trial: {"learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-2)},
        hp_name=lambda trial: f"trial {trial.number}",
    )
    first, second = (said(run, "hyper") for run in runs(Path("logs")))
    assert first["trial"]["learning_rate"] == first["args"]["learning_rate"]
    assert first["trial"] != second["trial"]
    for number, run in enumerate(runs(Path("logs"))):
        assert said(run, "other")["trial"] == f"trial {number}"
        assert list(values(run, "loss", "train")) == [1, 2]
        assert meta_lines(run)[-1] == {"state": "finish"}


def test_a_loop_over_seeds_makes_a_run_a_seed():
    for seed in (1, 2):
        tiny_trainer([], steps=2, report_to="fitlog", seed=seed).train()
    assert [said(run, "hyper")["args"]["seed"] for run in runs(Path("logs"))] == [1, 2]


def test_one_run_of_the_user_keeps_several_trainings():
    with fitlog.Run("logs") as run:
        for _ in range(2):
            tiny_trainer([FitlogCallback(run=run)], steps=2).train()
    assert len(runs(Path("logs"))) == 1


def test_an_evaluation_before_the_training_is_in_its_run():
    trainer = tiny_trainer([callback()], steps=2)
    trainer.evaluate()
    trainer.train()
    run = only_run(Path("logs"))
    assert list(values(run, "loss", "eval")) == [0]
    assert list(values(run, "loss", "train")) == [1, 2]


def test_a_resumed_training_goes_on_and_replaces_what_it_does_again():
    options = {"save_strategy": "steps", "save_steps": 2, "eval_strategy": "steps", "eval_steps": 2}
    tiny_trainer([callback()], steps=5, **options).train()
    run = only_run(Path("logs"))
    lost = values(run, "loss", "train")[5]

    session.run = None
    trainer = tiny_trainer([FitlogCallback(commit=False)], steps=6, **options)
    trainer.train(resume_from_checkpoint="out/checkpoint-4")

    assert runs(Path("logs")) == [run]
    again = values(run, "loss", "train")
    assert list(again) == [1, 2, 3, 4, 5, 6]
    assert lost in [record.values.get("train") for record in steps(run, "loss")]
    assert said(run, "meta")["segment"] == 2
    assert said(run, "best_metric")["eval"]["step"] in (2, 4, 6)


def test_a_callback_that_goes_on_in_another_run_writes_no_more_into_its_last(monkeypatch):
    for module in (alike, writer):  # as if all was done at once: what can be is written shortly
        monkeypatch.setattr(module, "clock", lambda: 1_700_000_000.0)
    tiny_trainer([callback()], steps=4, save_strategy="steps", save_steps=4).train()
    (earlier,) = runs(Path("logs"))
    session.run = None
    chosen = callback()
    tiny_trainer([chosen], steps=4).train()
    (last,) = {*runs(Path("logs"))} - {earlier}
    tiny_trainer([chosen], steps=8).train(resume_from_checkpoint="out/checkpoint-4")
    for kind, name in (("loss", "train"), ("metric", "train")):
        assert list(values(earlier, kind, name)) == [1, 2, 3, 4, 5, 6, 7, 8]
        assert list(values(last, kind, name)) == [1, 2, 3, 4]


def test_callbacks_of_several_directories_each_go_on_in_their_own_run():
    options = {"save_strategy": "steps", "save_steps": 2}
    for trained in (2, 3):
        session.run = None
        chosen = [FitlogCallback(place, commit=False) for place in ("one", "two")]
        resume = "out/checkpoint-2" if trained == 3 else None
        tiny_trainer(chosen, steps=trained, **options).train(resume_from_checkpoint=resume)
    for place in ("one", "two"):
        assert list(values(only_run(Path(place)), "loss", "train")) == [1, 2, 3]


def test_a_checkpoint_whose_run_is_gone_begins_a_new_one(capfd):
    options = {"save_strategy": "steps", "save_steps": 2}
    tiny_trainer([callback()], steps=2, **options).train()
    Path("logs").rename("elsewhere")
    session.run = None
    tiny_trainer([FitlogCallback(commit=False)], steps=3, **options).train(
        resume_from_checkpoint="out/checkpoint-2"
    )
    assert list(values(only_run(Path("logs")), "loss", "train")) == [3]
    assert "is not there; a new run begins" in capfd.readouterr().err


def test_hyperparameters_given_before_go_into_the_resumed_run():
    options = {"save_strategy": "steps", "save_steps": 2}
    tiny_trainer([callback()], steps=2, **options).train()
    session.run = None
    fitlog.set_log_dir("logs")
    fitlog.add_hyper({"note": "again"})
    tiny_trainer([FitlogCallback(commit=False)], steps=3, **options).train(
        resume_from_checkpoint=True
    )
    assert said(only_run(Path("logs")), "hyper")["note"] == "again"


def test_a_training_that_fails_in_its_first_step_leaves_no_run():
    model = tiny_model()
    model.fail_at = 0
    with pytest.raises(RuntimeError, match="planned failure"):
        tiny_trainer([callback()], steps=2, model=model).train()
    assert runs(Path("logs")) == []


def test_a_run_that_is_none_is_told_when_it_is_given():
    with pytest.raises(TypeError, match=r"run must be a fitlog\.Run, got 'logs'"):
        FitlogCallback(run="logs")


def test_a_log_directory_that_is_a_file_is_told_when_the_callback_is_made():
    Path("logs").write_text("")
    with pytest.raises(FileExistsError, match="name a folder"):
        FitlogCallback("logs")


def test_what_cannot_be_recorded_is_told_once_and_training_goes_on(capfd):
    Path("logs").write_text("")
    trainer = tiny_trainer([], steps=3, report_to="fitlog")
    trainer.train()
    assert trainer.state.global_step == 3
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("fitlog: ")]
    assert any("name a folder" in line for line in lines)
    assert len(lines) == len(set(lines))


def test_other_processes_than_the_first_record_nothing(monkeypatch):
    chosen = callback()
    trainer = tiny_trainer([chosen], steps=2)
    monkeypatch.setattr(trainer, "is_world_process_zero", lambda: False)
    trainer.train()
    assert runs(Path("logs")) == []


def test_the_code_is_recorded_once_where_the_callback_opens_the_run(tmp_path):
    program = tmp_path / "train.py"
    tools = Path(__file__).parent
    program.write_text(
        f"import sys; sys.path.insert(0, {str(tools)!r})\n"
        "from huggingface_tools import tiny_trainer\n"
        "import fitlog_plugins.transformers\n"
        "tiny_trainer([], steps=1, report_to='fitlog').train()\n",
        "utf-8",
    )
    subprocess.run([sys.executable, str(program)], cwd=tmp_path, check=True, capture_output=True)
    assert len(said(only_run(tmp_path / "logs"), "meta")["fit_id"]) == 8
    state = json.dumps([path.name for path in tmp_path.iterdir()])
    assert ".fitlog" in state
