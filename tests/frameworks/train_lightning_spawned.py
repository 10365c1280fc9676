"""A training whose processes are spawned, for a test."""

from __future__ import annotations

import sys
import warnings

warnings.filterwarnings("ignore")  # Lightning's advice on workers and devices

import torch  # noqa: E402
from lightning_tools import lightning  # noqa: E402

from fitlog_plugins.lightning import FitlogLogger  # noqa: E402


class Model(lightning.LightningModule):
    """One weight."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch: torch.Tensor, index: int) -> torch.Tensor:
        self.log("acc", 0.5)
        return self.layer(batch).pow(2).mean()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)

    def teardown(self, stage: str) -> None:
        """Leave the group in order: gloo's threads abort a process that ends before, at times."""
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    lightning.Trainer(
        max_epochs=2,
        logger=FitlogLogger(sys.argv[1]),
        log_every_n_steps=1,
        accelerator="cpu",
        devices=2,
        strategy="ddp_spawn",
        enable_progress_bar=False,
        enable_model_summary=False,
    ).fit(Model(), torch.utils.data.DataLoader(torch.ones(4, 2), batch_size=1))
