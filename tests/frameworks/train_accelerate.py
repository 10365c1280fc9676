"""The conformance suite's program for Accelerate: a training loop of one's own."""

from __future__ import annotations

import copy
import warnings

warnings.filterwarnings("ignore")  # advice on workers and devices

import torch  # noqa: E402
from accelerate import Accelerator  # noqa: E402
from conformance import Told, Training  # noqa: E402
from huggingface_tools import count_notices, let_gloo_rest  # noqa: E402

import fitlog  # noqa: E402
from fitlog_plugins.accelerate import FitlogTracker  # noqa: E402

CONFIG = {"lr": 0.1, "optim": {"name": "sgd"}, "hub_token": "hf_abc"}


def main() -> None:
    training, told = Training.asked(), Told()
    notices = count_notices()
    config, before = CONFIG, copy.deepcopy(CONFIG)
    tracker = FitlogTracker(training.log_dir, commit=False)  # the tests are not to be recorded
    if training.beside:
        fitlog.add_other("beside", name="by_hand")
    accelerator = Accelerator(cpu=True, log_with=tracker)
    accelerator.init_trackers("project", config=config)
    if accelerator.is_main_process:
        tracker.tracker.add_progress(training.steps)
    layer = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=config["lr"])
    data = torch.utils.data.DataLoader(torch.ones(2 * training.processes, 2), batch_size=1)
    layer, optimizer, data = accelerator.prepare(layer, optimizer, data)
    step, values = 0, {}
    for epoch in range(training.steps // 2):
        for batch in data:
            if step == training.fail_at:
                raise RuntimeError("planned failure")
            loss = layer(batch).pow(2).mean()
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
            values = {"train/loss": loss.detach(), "train/acc": 0.5, "epoch": epoch}
            kept = dict(values)
            accelerator.log(values, step=step)
            told.unchanged = told.unchanged and values == kept
            step += 1
    accelerator.end_training()
    if training.ends_twice:
        accelerator.log({"test/acc": 0.5}, step=step)
        tracker.finish()
    if training.beside:
        fitlog.add_metric(0.5, step=1, name="by_hand")
        fitlog.add_other("after", name="after")
    told.unchanged = told.unchanged and config == before
    told.notices = len(notices)
    if accelerator.is_main_process:
        told.tell()
    let_gloo_rest()


if __name__ == "__main__":
    main()
