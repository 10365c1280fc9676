"""What was seen on the boards of `beside_boards.py`, and what their guides say: judged by eye.

One answer for each board to each question. The versions are those in which it was seen; whoever
measures others looks again.
"""

from __future__ import annotations

TITLES = {
    "fitlog": "fitlog",
    "tensorboard": "TensorBoard",
    "mlflow": "MLflow",
    "trackio": "Trackio",
    "aim": "Aim",
    "swanlab": "SwanLab",
}
SEEN_IN = {
    "fitlog": "fitlog 1.0.0",
    "tensorboard": "tensorboard 2.21.0, tensorboardX 2.6.5",
    "mlflow": "mlflow 3.17.2",
    "trackio": "trackio 0.43.0",
    "aim": "aim 3.29.1",
    "swanlab": "swanlab 0.10.3, swanboard 0.1.10b2",
}
Answers = dict[str, str]


def _row(*answers: str) -> Answers:
    return dict(zip(TITLES, answers, strict=True))


SEEN: dict[str, Answers] = {}
HOW_WRITTEN = _row(
    "`Run.add_loss`, `add_metric`, `add_best_metric`: a call for each step",
    "tensorboardX `add_scalar`: a call for each value; `hparams` for the settings",
    "`log_batch` of 1,000 values, the most it takes, into SQLite; `log_params`",
    "`trackio.log`: a call for each step; `config` for the settings",
    "`Run.track`: a call for each value; `run[\"hparams\"]` for the settings",
    "`swanlab.log`: a call for each step, `mode=\"local\"`; `config` for the settings",
)  # fmt: skip
HAS_ALONE: Answers = {}
