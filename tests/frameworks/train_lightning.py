"""The conformance suite's program for Lightning."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import warnings

warnings.filterwarnings("ignore")  # Lightning's advice on workers and devices

import torch  # noqa: E402
from conformance import Told, Training  # noqa: E402
from lightning_tools import count_notices, lightning  # noqa: E402

import fitlog  # noqa: E402
from fitlog_plugins.lightning import FitlogLogger  # noqa: E402

CONFIG = {"lr": 0.1, "optim": {"name": "sgd"}}


class Model(lightning.LightningModule):
    """One weight."""

    def __init__(self, config: dict, fail_at: int | None = None) -> None:
        super().__init__()
        self.save_hyperparameters(config)
        self.fail_at = fail_at
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch: torch.Tensor, index: int) -> torch.Tensor:
        if self.global_step == self.fail_at:
            raise RuntimeError("planned failure")
        loss = self.layer(batch).pow(2).mean()
        self.log_dict({"train/loss": loss, "train/acc": 0.5})
        return loss

    def test_step(self, batch: torch.Tensor, index: int) -> None:
        self.log("test/acc", 0.5)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=self.hparams["lr"])


def in_child(pickled: bytes) -> None:
    pickle.loads(pickled).log_metrics({"pickled": 1.0}, step=1)


def main() -> None:
    training, told = Training.asked(), Told()
    notices = count_notices()
    config, before = CONFIG, copy.deepcopy(CONFIG)
    logger = FitlogLogger(training.log_dir)
    if training.beside:
        logger.experiment.add_other({})  # opens the run, as the Trainer would
        fitlog.add_other("beside", name="by_hand")
    if training.pickled:
        context = multiprocessing.get_context("spawn")
        child = context.Process(target=in_child, args=(pickle.dumps(logger),))
        child.start()
        child.join()
    # Two processes see half the data each, so that the steps stay the same.
    batches = 2 * training.processes * (2 if training.resume else 1)
    rows = torch.ones(batches, 2)
    data = torch.utils.data.DataLoader(rows, batch_size=1)
    trainer = lightning.Trainer(
        max_steps=training.steps,
        logger=logger,
        log_every_n_steps=1,
        accelerator="cpu",
        devices=training.processes,
        strategy="ddp" if training.processes > 1 else "auto",
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    model = Model(config, training.fail_at)
    trainer.fit(model, data, ckpt_path=training.resume)
    if training.ends_twice:
        trainer.test(model, data, verbose=False)
        logger.finalize("success")
    if training.beside:
        fitlog.add_metric(0.5, step=1, name="by_hand")
        fitlog.add_other("after", name="after")
    told.checkpoint = trainer.checkpoint_callback.best_model_path or None
    told.unchanged = config == before and bool((rows == 1).all())
    told.notices = len(notices)
    if trainer.is_global_zero:
        told.tell()


if __name__ == "__main__":
    main()
