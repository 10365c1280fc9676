"""The conformance suite's program for the Trainer of Hugging Face."""

from __future__ import annotations

import multiprocessing
import pickle
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")  # advice on workers and devices

from conformance import Told, Training  # noqa: E402
from huggingface_tools import count_notices, let_gloo_rest, rows, tiny_model, tiny_trainer  # noqa: E402
from transformers.trainer_utils import get_last_checkpoint  # noqa: E402

import fitlog  # noqa: E402
from fitlog_plugins.transformers import FitlogCallback  # noqa: E402


def in_child(pickled: bytes) -> None:
    pickle.loads(pickled).run.add_metric(1.0, step=1, name="pickled")


def main() -> None:
    training, told = Training.asked(), Told()
    notices = count_notices()
    callback = FitlogCallback(training.log_dir, commit=False)  # the tests are not to be recorded
    if training.beside:
        fitlog.add_other("beside", name="by_hand")
    if training.pickled:
        context = multiprocessing.get_context("spawn")
        child = context.Process(target=in_child, args=(pickle.dumps(callback),))
        child.start()
        child.join()
    model = tiny_model()
    model.fail_at = training.fail_at
    # Two processes see half the data each, so that the steps stay the same.
    count = training.steps // 2 * training.processes
    trainer = tiny_trainer(
        [callback],
        training.steps,
        count,
        model=model,
        output_dir=str(Path(training.log_dir).parent / "out"),
        save_strategy="epoch",
    )
    before = trainer.args.to_dict()
    trainer.train(resume_from_checkpoint=training.resume)
    if training.ends_twice:
        trainer.predict(rows(2))
        callback.run.conclude()
    if training.beside:
        fitlog.add_metric(0.5, step=1, name="by_hand")
        fitlog.add_other("after", name="after")
    told.checkpoint = get_last_checkpoint(trainer.args.output_dir)
    same_rows = str(trainer.train_dataset) == str(rows(count))
    told.unchanged = trainer.args.to_dict() == before and same_rows
    told.notices = len(notices)
    if trainer.is_world_process_zero():
        told.tell()
    let_gloo_rest()


if __name__ == "__main__":
    main()
