"""FitlogLogger in real trainings of Lightning, on the CPU, with one weight."""

from __future__ import annotations

import argparse
import copy
import dataclasses
import importlib
import importlib.util
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conformance import HERE, runs_in
from lightning_tools import lightning

import fitlog
from fitlog_core.errors import ArgumentError, ArgumentTypeError, LogDirectoryIsFileError
from fitlog_core.reading.reader import RunReader
from fitlog_core.recording import alike, writer
from fitlog_core.recording.alike import Alikes
from fitlog_core.recording.run import Run
from fitlog_core.recording.session import session
from fitlog_plugins.lightning import FitlogLogger
from fitlog_plugins.lightning.names import LOSSES, Layout, loss_pattern

ModelCheckpoint = lightning.callbacks.ModelCheckpoint
RunPython = Callable[..., "subprocess.CompletedProcess[str]"]
PACKAGES = [
    package
    for package in ("pytorch_lightning", "lightning.pytorch")
    if importlib.util.find_spec(package.partition(".")[0])
]
ALL_PACKAGES = ("pytorch_lightning", "lightning.pytorch", "lightning", "lightning_fabric")


class Model(lightning.LightningModule):
    """Logs what it is told: names to functions of the step."""

    def __init__(self, train: Any = None, val: Any = None, test: Any = None, hyper: Any = None):
        super().__init__()
        self.save_hyperparameters({} if hyper is None else hyper)
        self.told = {"train": train or {}, "val": val or {}, "test": test or {}}
        self.layer = torch.nn.Linear(2, 1)

    def _tell(self, stage: str) -> None:
        for name, value in self.told[stage].items():
            self.log(name, float(value(self.global_step) if callable(value) else value))

    def training_step(self, batch: torch.Tensor, index: int) -> torch.Tensor:
        self._tell("train")
        return self.layer(batch).pow(2).mean()

    def validation_step(self, batch: torch.Tensor, index: int) -> None:
        self._tell("val")

    def test_step(self, batch: torch.Tensor, index: int) -> None:
        self._tell("test")

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def data(batches: int = 2) -> Any:
    return torch.utils.data.DataLoader(torch.ones(batches, 2), batch_size=1)


def trainer_with(logger: Any, **options: Any) -> Any:
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "accelerator": "cpu"}
    return lightning.Trainer(
        **quiet, **{"max_epochs": 2, "log_every_n_steps": 1, "logger": logger, **options}
    )


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No current run, no code recorded, and a working directory of one's own."""
    monkeypatch.setattr(session, "run", None)
    monkeypatch.setattr(session, "code", None)
    monkeypatch.setattr(session, "no_commit", True)
    monkeypatch.chdir(tmp_path)


def the_run(logs: str | Path = "logs") -> RunReader:
    (run,) = runs_in(logs)
    return run


# ------------------------------------------------------------- what it is


@pytest.mark.parametrize(
    "imported", [[], *([package] for package in PACKAGES), PACKAGES], ids="+".join
)
def test_it_is_a_logger_of_the_packages_in_use(imported: list[str], run_python: RunPython) -> None:
    wanted = imported or PACKAGES[:1]
    code = "\n".join(
        [
            *(f"import {package}" for package in imported),
            "from fitlog_plugins.lightning import FitlogLogger",
            "import importlib, json, sys",
            f"known = [one for one in {ALL_PACKAGES[:2]!r} if one in sys.modules]",
            "bases = [importlib.import_module(one + '.loggers').Logger for one in known]",
            "print([one for one, base in zip(known, bases) if isinstance(FitlogLogger(), base)])",
        ]
    )
    assert run_python(code).stdout.strip() == str(wanted)


@pytest.mark.parametrize("member", ["log_metrics", "log_hyperparams", "log_graph", "finalize"])
def test_it_takes_the_arguments_that_lightning_passes(member: str) -> None:
    theirs = inspect.signature(getattr(lightning.loggers.Logger, member)).parameters
    ours = inspect.signature(getattr(FitlogLogger, member)).parameters
    assert list(ours) == list(theirs)


def test_a_trainer_without_it_gets_no_callback_of_ours(run_python: RunPython) -> None:
    code = (
        f"import {PACKAGES[0]} as one; print([type(c).__name__ for c in one.Trainer().callbacks])"
    )
    assert "Fitlog" not in run_python(code).stdout


# ------------------------------------------------------- what is recorded


def test_checkpoints_land_in_the_folder_of_the_run() -> None:
    trainer = trainer_with(FitlogLogger("logs"))
    trainer.fit(Model(), data())
    run = the_run()
    assert Path(trainer.checkpoint_callback.best_model_path).parent == run.folder / "checkpoints"
    assert trainer.loggers[0].version == run.id
    assert trainer.loggers[0].log_dir == str(run.folder)


def test_hyperparameters_are_nested_as_they_are() -> None:
    @dataclasses.dataclass
    class Optim:
        name: str = "sgd"

    hyper = {"lr": 0.1, "optim": Optim(), "data": argparse.Namespace(size=[1, 2]), "none": None}
    before = copy.deepcopy(hyper)
    trainer_with(FitlogLogger("logs")).fit(Model(hyper=hyper), data())
    row = the_run().row()
    assert (row["hyper-lr"], row["hyper-optim-name"]) == (0.1, "sgd")
    assert row["hyper-data-size"] == "[1, 2]"
    assert hyper == before


def test_tokens_among_the_hyperparameters_are_masked() -> None:
    hyper = {"lr": 0.1, "hub_token": "hf_abc", "bot": argparse.Namespace(api_key="abc")}
    trainer_with(FitlogLogger("logs")).fit(Model(hyper=hyper), data())
    row = the_run().row()
    assert row["hyper-lr"] == 0.1
    assert row["hyper-hub_token"] == row["hyper-bot-api_key"] == "***"
    assert hyper["hub_token"] == "hf_abc"


def test_hyperparameters_that_hold_themselves_are_the_callers_mistake() -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    with pytest.raises(ArgumentError, match="does one hold itself"):
        FitlogLogger("logs").log_hyperparams(endless)


def test_losses_and_metrics_are_told_apart_and_grouped_by_their_slashes() -> None:
    told = {"train/loss": 0.5, "train/acc": 0.25, "loss_of_prior": 1, "acc": 2}
    trainer_with(FitlogLogger("logs"), max_epochs=1).fit(Model(train=told), data())
    assert sorted(the_run().series()) == [
        "loss-loss_of_prior",
        "loss-train-loss",
        "metric-acc",
        "metric-train-acc",
    ]


def test_the_user_says_which_names_are_losses() -> None:
    told = {"train/nll": 0.5, "train/loss": 0.25}
    logger = FitlogLogger("logs", losses="nll")
    trainer_with(logger, max_epochs=1).fit(Model(train=told), data())
    assert sorted(the_run().series()) == ["loss-train-nll", "metric-train-loss"]


def test_a_loss_and_a_metric_alone_are_named_as_among_others() -> None:
    logger = FitlogLogger("logs")
    for step in range(2):
        logger.log_metrics({"the loss": 0.5, "acc": 0.25, "epoch": 1}, step)
        logger.log_metrics({"loss": torch.tensor(0.5), "an acc": 1}, step)
    series = the_run().series()
    assert sorted(series) == ["loss-loss", "loss-the loss", "metric-acc", "metric-an acc"]
    assert list(series["loss-loss"].values) == [0.5, 0.5]
    assert list(series["metric-an acc"].values) == [1, 1]
    assert list(series["metric-acc"].epochs) == [1, 1]


@pytest.mark.parametrize(
    ("names", "losses", "metrics"),
    [
        (("a/loss", "epoch"), {"a": {"loss": 0}}, {}),
        (("val_loss/dataloader_idx_0",), {"val_loss": {"dataloader_idx_0": 0}}, {}),
        (("loss/acc", "Loss"), {"Loss": 1}, {"loss": {"acc": 0}}),
        (("val", "val/acc", "val/f1"), {}, {"val": 0, "val/acc": 1, "val/f1": 2}),
        (("/a//b/", "/"), {}, {"a": {"b": 0}, "/": 1}),
    ],
)
def test_names_become_groups(
    names: tuple[str, ...], losses: dict[str, Any], metrics: dict[str, Any]
) -> None:
    values = {name: number for number, name in enumerate(names)}
    layout = Layout(names, loss_pattern(LOSSES))
    assert (layout.losses(values), layout.metrics(values)) == (losses, metrics)


def test_the_steps_of_an_epoch_take_the_short_way_and_say_what_the_long_one_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def told(directory: str) -> list[Any]:
        values = {"train/loss": lambda step: step / 7, "val": 0.5, "val/acc": 0.25, "a b": 1.0}
        logger = FitlogLogger(directory, commit=False)
        trainer_with(logger).fit(Model(values, {"val/loss": 0.125}), data(4), data())
        series = the_run(directory).series()
        return [[name, list(one.steps), list(one.values)] for name, one in sorted(series.items())]

    for module in (alike, writer):
        monkeypatch.setattr(module, "clock", lambda: 1_700_000_000.0)
    taken: list[bool] = []
    write = Alikes.write
    monkeypatch.setattr(Alikes, "write", lambda *said: taken.append(write(*said)) or taken[-1])
    short = told("logs")
    # Of two epochs of four steps all but the first of each, and the one that opens the files.
    assert taken.count(True) == 5
    monkeypatch.setattr(Alikes, "write", lambda *_: False)
    assert told("other") == short


def test_steps_of_validation_are_those_of_the_training() -> None:
    trainer_with(FitlogLogger("logs")).fit(Model(val={"val/acc": 0.5}), data(), data())
    series = the_run().series()["metric-val-acc"]
    assert list(series.steps) == [1, 3]
    assert [int(epoch) for epoch in series.epochs] == [0, 1]


def test_a_metric_called_step_is_the_step() -> None:
    told = {"step": lambda step: 100 + step, "acc": 0.5}
    trainer_with(FitlogLogger("logs"), max_epochs=1).fit(Model(train=told), data())
    assert list(the_run().series()["metric-acc"].steps) == [100, 101]


def test_an_epoch_that_is_no_whole_number_is_a_metric() -> None:
    logger = FitlogLogger("logs")
    logger.log_metrics({"acc": 0.5, "epoch": 0.5}, step=3)
    series = the_run().series()
    assert list(series["metric-epoch"].values) == [0.5]
    assert list(series["metric-acc"].steps) == [3]


def test_learning_rates_are_metrics() -> None:
    monitor = lightning.callbacks.LearningRateMonitor()
    model = Model()
    model.configure_optimizers = lambda: {  # type: ignore[method-assign]
        "optimizer": (optimizer := torch.optim.SGD(model.parameters(), lr=0.1)),
        "lr_scheduler": torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0),
    }
    trainer_with(FitlogLogger("logs"), callbacks=[monitor]).fit(model, data())
    assert "metric-lr_SGD" in the_run().series()


@pytest.mark.parametrize(("mode", "step", "epoch"), [("max", 5, 2), ("min", 1, 0)])
def test_best_metrics_have_the_step_they_came_from(mode: str, step: int, epoch: int) -> None:
    accuracy = {"val/acc": {0: 0, 2: 0.1, 4: 0.5, 6: 0.9, 8: 0.3}.get}
    best = ModelCheckpoint(monitor="val/acc", mode=mode)
    trainer = trainer_with(FitlogLogger("logs"), callbacks=[best], max_epochs=4)
    trainer.fit(Model(val=accuracy), data(), data())
    row = the_run().row()
    assert row["metric-val-acc"] == pytest.approx({"max": 0.9, "min": 0.1}[mode])
    assert (row["metric-val-acc_step"], row["metric-val-acc_epoch"]) == (step, epoch)
    assert row["other-checkpoint-val-acc-mode"] == mode
    path = the_run().folder / row["other-checkpoint-val-acc-path"]
    assert str(path) == best.best_model_path


def test_a_best_metric_that_is_logged_under_other_names_has_its_step_too() -> None:
    model = Model()

    def tell_both(batch: torch.Tensor, batch_idx: int) -> None:
        model.log("val_loss", 1 / (1 + model.global_step), on_step=True, on_epoch=True)
        model.log("hidden", float(model.global_step), logger=False)

    model.validation_step = tell_both  # type: ignore[method-assign]
    best = [
        ModelCheckpoint(monitor="val_loss", filename="loss"),
        ModelCheckpoint(monitor="hidden", mode="max", filename="hidden"),
    ]
    trainer_with(FitlogLogger("logs"), callbacks=best).fit(model, data(), data(9))
    row = the_run().row()
    assert (row["metric-val_loss_step"], row["metric-val_loss_epoch"]) == (3, 1)
    assert (row["metric-hidden_step"], row["metric-hidden_epoch"]) == (3, 1)


def test_a_best_metric_between_two_logged_steps_has_the_step_it_came_from() -> None:
    told = {"acc": {0: 0.5, 1: 0.6, 2: 0.9, 3: 0.7}.get}
    best = ModelCheckpoint(monitor="acc", mode="max", every_n_train_steps=1)
    trainer = trainer_with(FitlogLogger("logs"), callbacks=[best], log_every_n_steps=2)
    trainer.fit(Model(train=told), data())
    row = the_run().row()
    assert row["metric-acc"] == pytest.approx(0.9)
    assert row["metric-acc_step"] == 2


def test_a_best_metric_with_a_step_of_its_own_keeps_it() -> None:
    told = {"acc": 0.5, "step": lambda step: 100 + step}
    best = ModelCheckpoint(monitor="acc")
    trainer = trainer_with(FitlogLogger("logs"), callbacks=[best], max_epochs=1)
    trainer.fit(Model(val=told), data(), data())
    assert the_run().row()["metric-acc_step"] == 102


def test_progress_is_the_trainers_number_of_steps() -> None:
    trainer_with(FitlogLogger("logs"), max_epochs=3).fit(Model(train={"acc": 1}), data(2))
    assert the_run().total_steps == 6


def test_a_trainer_without_a_limit_has_no_progress() -> None:
    stop = lightning.callbacks.Timer(duration={"seconds": 1})
    trainer = trainer_with(FitlogLogger("logs"), max_epochs=-1, callbacks=[stop])
    trainer.fit(Model(train={"acc": 1}), data())
    assert the_run().total_steps is None


def test_progress_said_by_hand_stays() -> None:
    fitlog.set_log_dir("logs")
    fitlog.add_progress(1000)
    trainer_with(FitlogLogger()).fit(Model(train={"acc": 1}), data())
    assert the_run().total_steps == 1000


# ---------------------------------------------------------------- the end


def test_fit_and_test_are_one_run_told_once() -> None:
    trainer, model = (
        trainer_with(FitlogLogger("logs")),
        Model(test={"test/acc": 0.75}, hyper={"lr": 1}),
    )
    trainer.fit(model, data())
    assert the_run().state().value == "finished"
    trainer.test(model, data(), verbose=False)
    run = the_run()
    assert run.state().value == "finished"
    assert "metric-test-acc" in run.series()
    assert len((run.folder / "hyper.log").read_text("utf-8").splitlines()) == 1


def test_a_test_after_the_training_is_seen_running() -> None:
    states = []
    model = Model()
    model.on_test_start = lambda: states.append(the_run().state().value)  # type: ignore[method-assign]
    trainer = trainer_with(FitlogLogger("logs"))
    trainer.fit(model, data())
    trainer.test(model, data(), verbose=False)
    assert states == ["running"]


def test_ctrl_c_ends_the_run_as_an_error() -> None:
    def interrupt(step: int) -> float:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit):
        trainer_with(FitlogLogger("logs")).fit(Model(train={"acc": interrupt}), data())
    run = the_run()
    assert run.state().value == "error"
    assert run.meta["error"] == "KeyboardInterrupt"


def test_a_training_after_one_that_failed_takes_the_error_back() -> None:
    answers = iter([True])

    def once(step: int) -> float:
        if next(answers, False):
            raise RuntimeError("out of memory")
        return 1.0

    logger, model = FitlogLogger("logs"), Model(train={"acc": once})
    with pytest.raises(RuntimeError, match="out of memory"):
        trainer_with(logger).fit(model, data())
    trainer_with(logger).fit(model, data())
    run = the_run()
    assert run.state().value == "finished"
    assert run.meta.get("error") is None


def test_a_job_that_slurm_will_start_again_has_not_ended() -> None:
    logger = FitlogLogger("logs")
    logger.log_metrics({"acc": 1.0}, step=0)
    logger.finalize("finished")
    assert the_run().state().value == "running"


def test_finalize_before_anything_was_logged_makes_nothing(tmp_path: Path) -> None:
    FitlogLogger("logs").finalize("failed")
    assert not list(tmp_path.iterdir())


def test_a_training_that_fails_before_its_first_step_leaves_no_folder() -> None:
    with pytest.raises(FileNotFoundError):
        trainer_with(FitlogLogger("logs")).fit(Model(), data(), ckpt_path="missing.ckpt")
    assert list(Path("logs").iterdir()) == []


# ------------------------------------------------------------- which run


def test_each_training_of_a_loop_has_its_own_run() -> None:
    for _ in range(2):
        trainer_with(FitlogLogger("logs")).fit(Model(train={"acc": 1}), data())
    runs = runs_in("logs")
    assert [list(run.series()["metric-acc"].steps) for run in runs] == [[0, 1, 2, 3]] * 2


def test_it_joins_the_run_that_the_script_opened() -> None:
    fitlog.set_log_dir("logs")
    fitlog.add_hyper({"by_hand": 1})
    trainer_with(FitlogLogger()).fit(Model(train={"acc": 1}), data())
    assert the_run().row()["hyper-by_hand"] == 1


def test_it_records_into_the_run_it_is_given() -> None:
    with Run("elsewhere") as run:
        trainer_with(FitlogLogger(run=run)).fit(Model(train={"acc": 1}), data())
    assert the_run("elsewhere").state().value == "finished"


def test_several_loggers_work_side_by_side() -> None:
    loggers = [FitlogLogger("logs"), lightning.loggers.CSVLogger("csv"), FitlogLogger("other")]
    trainer_with(loggers).fit(Model(train={"acc": 1}), data())
    for logs in ("logs", "other"):
        assert list(the_run(logs).series()["metric-acc"].steps) == [0, 1, 2, 3]
    assert list(Path("csv").rglob("metrics.csv"))


def test_a_second_logger_of_the_same_directory_says_so_and_records_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    trainer_with([FitlogLogger("logs"), FitlogLogger("logs")]).fit(Model(train={"acc": 1}), data())
    run = the_run()
    assert len((run.folder / "metric.log").read_text("utf-8").splitlines()) == 4
    notices = [line for line in capsys.readouterr().err.splitlines() if "fitlog:" in line]
    assert notices == [
        f"fitlog: a second FitlogLogger at {str(Path('logs').absolute())!r} records nothing; "
        "one is enough"
    ]


def test_resume_false_makes_a_new_run() -> None:
    trainer = trainer_with(FitlogLogger("logs"))
    trainer.fit(Model(train={"acc": 1}), data())
    again = trainer_with(FitlogLogger("logs", resume=False), max_epochs=3)
    again.fit(
        Model(train={"acc": 1}), data(), ckpt_path=trainer.checkpoint_callback.best_model_path
    )
    assert [list(run.series()["metric-acc"].steps) for run in runs_in("logs")] == [
        [0, 1, 2, 3],
        [4, 5],
    ]


def test_resumed_training_keeps_its_checkpoints_and_its_best_together() -> None:
    def fit(epochs: int, sign: int, checkpoint: str | None = None) -> Any:
        best = ModelCheckpoint(monitor="val/acc", mode="max", save_last=True)
        trainer = trainer_with(FitlogLogger("logs"), callbacks=[best], max_epochs=epochs)
        told = {"val/acc": lambda step: sign * step}
        trainer.fit(Model(val=told), data(), data(), ckpt_path=checkpoint)
        return best

    first = fit(1, 1)
    second = fit(2, -1, first.last_model_path)
    run = the_run()
    assert Path(second.last_model_path).parent == run.folder / "checkpoints"
    assert second.best_model_path == first.best_model_path  # it knows the best of before
    assert run.row()["metric-val-acc_step"] == 1


def test_what_was_recorded_before_a_resume_goes_to_that_run() -> None:
    trainer = trainer_with(FitlogLogger("logs"))
    trainer.fit(Model(), data())
    logger = FitlogLogger("logs")
    logger.experiment.add_other("second try", name="remark")
    checkpoint = trainer.checkpoint_callback.best_model_path
    trainer_with(logger, max_epochs=3).fit(Model(), data(), ckpt_path=checkpoint)
    assert the_run().row()["other-remark"] == "second try"


def test_a_checkpoint_of_another_directory_is_no_run_to_go_on_with() -> None:
    trainer = trainer_with(FitlogLogger("one"))
    trainer.fit(Model(), data())
    checkpoint = trainer.checkpoint_callback.best_model_path
    trainer_with(FitlogLogger("two"), max_epochs=3).fit(Model(), data(), ckpt_path=checkpoint)
    assert (the_run("one").last_step, len(runs_in("two"))) == (the_run("one").last_step, 1)


def test_a_copy_records_into_the_same_run() -> None:
    logger = FitlogLogger("logs")
    logger.log_metrics({"acc": 1.0}, step=0)
    copy.deepcopy(logger).log_metrics({"acc": 1.0}, step=1)
    assert list(the_run().series()["metric-acc"].steps) == [0, 1]


def test_spawned_processes_make_one_run(tmp_path: Path) -> None:
    program = HERE / "train_lightning_spawned.py"
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path / "logs")],
        env=os.environ | {"PYTHONPATH": str(HERE)},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    run = the_run()
    assert list(run.series()["metric-acc"].steps) == [0, 1, 2, 3]
    assert (run.folder / "metric.log").read_text("utf-8").count("acc") == 4
    assert run.state().value == "finished"


# ---------------------------------------------------------- code, Fabric, errors


def test_the_code_of_the_script_is_recorded(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / ".fitconfig").write_text("[fit_settings]\nwatched_rules = *.py\n", "utf-8")
    script = project / "train.py"
    script.write_text(
        "from fitlog_plugins.lightning import FitlogLogger\n"
        "FitlogLogger('logs').log_metrics({'acc': 1.0}, step=0)\n",
        "utf-8",
    )
    for flag in ("", "NO_COMMIT"):
        subprocess.run(
            [sys.executable, str(script)],
            cwd=project,
            env={**os.environ, "FITLOG_FLAG": flag},
            check=True,
            timeout=120,
        )
    recorded, without = runs_in(project / "logs")
    assert len(recorded.meta["fit_id"]) == 8
    assert "fit_id" not in without.meta


def test_fabric_records_and_counts_where_it_says_no_step() -> None:
    fabric_module = (
        "lightning.fabric" if PACKAGES[0].startswith("lightning.") else "lightning_fabric"
    )
    fabric = importlib.import_module(fabric_module).Fabric(
        accelerator="cpu", loggers=FitlogLogger("logs")
    )
    fabric.launch()
    fabric.logger.log_hyperparams({"lr": 0.1})
    for _ in range(2):
        fabric.log("train/loss", torch.tensor(0.5))
    fabric.log_dict({"acc": 0.25}, step=7)
    fabric.logger.finalize("success")
    run = the_run()
    assert run.row()["hyper-lr"] == 0.1
    assert list(run.series()["loss-train-loss"].steps) == [0, 1]
    assert list(run.series()["metric-acc"].steps) == [7]
    assert run.state().value == "finished"


def test_a_graph_is_tolerated() -> None:
    FitlogLogger("logs").log_graph(torch.nn.Linear(2, 1), torch.ones(1, 2))


def test_a_log_directory_that_is_a_file_is_named() -> None:
    Path("taken").write_text("", "utf-8")
    with pytest.raises(LogDirectoryIsFileError, match=r"'.*taken' is or lies in a file"):
        trainer_with(FitlogLogger("taken")).fit(Model(), data())


def test_wrong_arguments_are_named_at_once() -> None:
    with pytest.raises(ArgumentTypeError, match="log_dir must be the path of a folder, got 5"):
        FitlogLogger(5)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(ArgumentTypeError, match="log_dir must be the path of a folder, got ''"):
        FitlogLogger("")
    with pytest.raises(ArgumentTypeError, match=r"run must be a fitlog\.Run, got 'logs'"):
        FitlogLogger(run="logs")  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(ArgumentError, match=r"losses must be a regular expression .* got '\('"):
        FitlogLogger(losses="(")


def test_under_debug_nothing_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(session, "debug", True)
    trainer_with(FitlogLogger("logs")).fit(Model(train={"acc": 1}), data())
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoints"]  # Lightning's own


def test_records_are_there_as_by_hand() -> None:
    logger = FitlogLogger("logs")
    logger.log_metrics({"train/loss": 0.5, "epoch": 0}, step=0)
    line = (the_run().folder / "loss.log").read_text("utf-8").partition("\t")[2]
    record = json.loads(line)
    record.pop("time")
    assert record == {"loss": {"train": {"loss": 0.5}}, "step": 0, "epoch": 0}
