"""Adapters attach themselves to frameworks that a script imports, and change nothing else."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fitlog_core.reading.reader import RunReader

LIGHTNING = [name for name in ("pytorch_lightning", "lightning") if importlib.util.find_spec(name)]
IMPORT = {
    "pytorch_lightning": "import pytorch_lightning as pl",
    "lightning": "import lightning.pytorch as pl",
}
MODEL = """
import torch
class Model(pl.LightningModule):
    def __init__(self, hidden=3):
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(4, 1)
    def training_step(self, batch, index):
        loss = self.layer(batch).mean()
        self.log("train_loss", loss)
        return loss
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)
trainer = pl.Trainer(max_epochs=1, accelerator="cpu", enable_progress_bar=False, LOGGER,
                     log_every_n_steps=1, enable_model_summary=False)
trainer.fit(Model(), torch.utils.data.DataLoader(torch.ones(4, 4), batch_size=2))
print([type(each).__name__ for each in trainer.loggers])
print(trainer.checkpoint_callback.best_model_path)
"""


def under_fitlog(folder: Path, code: str, *before: str) -> subprocess.CompletedProcess[str]:
    (folder / "script.py").write_text(code, "utf-8")
    command = before or ("-m", "fitlog", "run", "--no-commit")
    done = subprocess.run(
        [sys.executable, *command, "script.py"],
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "ignore", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        encoding="utf-8",
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return done


def only_run(folder: Path) -> Path:
    (meta,) = folder.rglob("log_*/meta.log")
    return meta.parent


def steps(run: Path, name: str) -> list[int]:
    return list(RunReader(run).series()[name].steps)


def objects(run: Path, kind: str) -> dict[str, object]:
    said: dict[str, object] = {}
    for line in (run / f"{kind}.log").read_text("utf-8").splitlines():
        said.update(next(iter(json.loads(line).values())))
    return said


if LIGHTNING:

    @pytest.mark.parametrize("package", LIGHTNING)
    def test_a_trainer_of_lightning_records_beside_its_own_logger(
        package: str, tmp_path: Path
    ) -> None:
        logger = "logger=pl.loggers.CSVLogger('own')"
        done = under_fitlog(tmp_path, IMPORT[package] + MODEL.replace("LOGGER", logger))
        loggers, checkpoint = done.stdout.splitlines()
        assert loggers == "['CSVLogger', 'FitlogLogger']"
        assert checkpoint.startswith("own/lightning_logs/version_0/checkpoints/")
        run = only_run(tmp_path)
        assert steps(run, "loss-train_loss") == [0, 1]
        assert objects(run, "hyper")["hidden"] == 3

    def test_a_trainer_without_a_logger_has_its_checkpoints_where_they_were(
        tmp_path: Path,
    ) -> None:
        code = IMPORT[LIGHTNING[-1]] + MODEL.replace("LOGGER", "logger=False")
        checkpoint = under_fitlog(tmp_path, code).stdout.splitlines()[1]
        assert checkpoint.startswith(str(tmp_path / "checkpoints"))
        assert steps(only_run(tmp_path), "loss-train_loss") == [0, 1]

    def test_autolog_attaches_to_what_is_imported_already_and_adds_to_no_logger_of_ours(
        tmp_path: Path,
    ) -> None:
        head = IMPORT[LIGHTNING[0]] + "\nimport fitlog\nfitlog.autolog()"
        code = head + MODEL.replace("LOGGER", "logger=pl.loggers.CSVLogger('own')")
        code += (
            "from fitlog_plugins.lightning import FitlogLogger\n"
            "second = pl.Trainer(accelerator='cpu', logger=FitlogLogger())\n"
            "print([type(each).__name__ for each in second.loggers])"
        )
        done = under_fitlog(tmp_path, code, "-W", "ignore")
        assert done.stdout.splitlines()[-1] == "['FitlogLogger']"
        assert steps(only_run(tmp_path), "loss-train_loss") == [0, 1]


if importlib.util.find_spec("transformers"):

    def test_a_trainer_of_transformers_records(tmp_path: Path) -> None:
        done = under_fitlog(
            tmp_path,
            """
import torch
from transformers import PretrainedConfig, PreTrainedModel, Trainer, TrainingArguments
class Model(PreTrainedModel):
    config_class = PretrainedConfig
    def __init__(self, config):
        super().__init__(config)
        self.layer = torch.nn.Linear(2, 1)
        self.post_init()
    def forward(self, x=None, labels=None):
        return {"loss": ((self.layer(x) - labels) ** 2).mean()}
data = [{"x": torch.ones(2), "labels": torch.ones(1)} for _ in range(4)]
args = TrainingArguments("out", max_steps=2, logging_steps=1, report_to="none", use_cpu=True,
                         save_strategy="no", disable_tqdm=True)
trainer = Trainer(Model(PretrainedConfig()), args, train_dataset=data)
trainer.train()
print([type(each).__name__ for each in trainer.callback_handler.callbacks][-1])
""",
        )
        assert done.stdout.splitlines()[-1] == "FitlogCallback"
        assert steps(only_run(tmp_path / "logs"), "loss-train") == [1, 2]


if importlib.util.find_spec("accelerate"):

    def test_an_accelerator_records_what_it_logs(tmp_path: Path) -> None:
        under_fitlog(
            tmp_path,
            """
from accelerate import Accelerator
accelerator = Accelerator(cpu=True)
accelerator.init_trackers("digits", config={"lr": 0.1})
for step in range(3):
    accelerator.log({"train_loss": 1.0 / (step + 1)}, step=step)
accelerator.end_training()
""",
        )
        run = only_run(tmp_path / "logs")
        assert steps(run, "loss-train_loss") == [0, 1, 2]
        assert objects(run, "hyper") == {"lr": 0.1}
