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


SEEN: dict[str, Answers] = {
    "metrics in the table of runs": _row(
        "yes, the best values that the script told",
        "on the page HPARAMS: the last values",
        "by setting (*Columns*)",
        "no: steps and last step",
        "yes, the last values; others by setting (*Last Value*)",
        "the table never came, for the NaN (below); with three other runs it did, but each value one column too far right: `TypeError` below the loss, the loss below dev/acc",
    ),
    "hyperparameters in it": _row(
        "yes, nested; those alike everywhere left out until asked for",
        "on the page HPARAMS, flat; five of six at first, the seed unticked; on the others column by column",
        "by setting (*Columns*)",
        "no; a table of the first 10 runs by setting (*Show run comparer*), what differs coloured",
        "yes, flat; *Show Table Diff* leaves what differs",
        "with three other runs: yes, nested ones as one JSON text",
    ),
    "runs by a range of a metric": _row(
        "in the heading's menu or the search (`metric-dev-acc>0.92`)",
        "smallest and largest value on the page HPARAMS",
        'in the search (`metrics."dev/acc" > 0.92`)',
        "no: runs by name, a regular expression",
        'in the search, in Python (`run.metrics["dev/acc", {}].last > 0.92`)',
        "no: runs by name",
    ),
    "the run whose loss becomes NaN": _row(
        "gap and a mark at each NaN, their number below; nothing in the table, where only best metrics stand",
        "a triangle at each NaN; `NaN` in the table of HPARAMS",
        "the curve ends at the last number, no mark; its page counts two of its three metrics",
        "the curve and its axis end at the last number, no mark",
        "the curve ends at the last number, no mark; `NaN` in the table",
        "*This chart is not displayed correctly*; the table of all 30 runs never comes (500: *Out of range float values "
        "are not JSON compliant*)",
    ),
    "the run that ended in an error": _row(
        "marked, with type and message",
        "like any other: nothing tells it so",
        "marked",
        "like any other: nothing told it so",
        "*Finished*: nothing told it so",
        "*Crashed*, as it was told",
    ),
    "the one far point of 200,000": _row(
        "there; the rest is flat beside it until *Log y* or a zoom",
        "gone: a sample of 1,000 points",
        "gone: 320 points",
        "gone: thinned, and smoothed",
        "gone: 500 points",
        "there, among 1,499; the rest is flat beside it",
    ),
    "runs in a chart at first": _row(
        "those selected, of any number; more than 60 begin as means",
        "all 30",
        "10 of 30, others by a click",
        "all 30, six names in the legend",
        "all 30, after a metric is chosen: the page begins empty",
        "all but the diverged one",
    ),
    "mean over seeds, with a band": _row(
        "*Lines*: all but the seed, or one hyperparameter",
        "none seen",
        "*Group by*: not tried further",
        "*Group by*: not tried further",
        "*Group by*: not tried further",
        "none seen",
    ),
    "code of a run": _row(
        "with `fitlog.commit`, not used here: kept as a commit, compared, written to a folder",
        "none seen",
        "the script's name, git's branch and commit",
        "none seen",
        "none seen",
        "none seen",
    ),
    "editable notes": _row(
        "memo in the table, tags",
        "none seen",
        "description, tags",
        "none seen; runs can be renamed",
        "notes, description, tags, name",
        "a pencil beside the name, not tried further",
    ),
    "state in the address": _row(
        "all of it but chosen colours, readable",
        "page, filters of runs and tags",
        "search, sorting, kind of page",
        "project, metrics and the run opened; not which runs are ticked",
        "search and chosen metrics, packed into one long word",
        "page and run",
    ),
    "dark": _row(
        "by the system, or chosen",
        "by the browser, or chosen",
        "chosen",
        "by the system, or chosen",
        "none seen",
        "none seen",
    ),
    "Chinese": _row("yes", "none seen", "none seen", "none seen", "none seen", "yes"),
}  # fmt: skip
HOW_WRITTEN = _row(
    "`Run.add_loss`, `add_metric`, `add_best_metric`: a call for each step",
    "tensorboardX `add_scalar`: a call for each value; `hparams` for the settings",
    "`log_batch` of 1,000 values, the most it takes, into SQLite; `log_params`",
    "`trackio.log`: a call for each step; `config` for the settings",
    "`Run.track`: a call for each value; `run[\"hparams\"]` for the settings",
    "`swanlab.log`: a call for each step, `mode=\"local\"`; `config` for the settings (the last value was in its file after about 300)",
)  # fmt: skip
# Of their menus and guides: what a reader may want that fitlog does not do. Not tried here.
HAS_ALONE: Answers = {
    "tensorboard": "histograms, graphs, embeddings, audio, profiles; outliers left out of a chart's scale.",
    "mlflow": "artifacts and a registry of models, one server for many users, hardware curves, datasets, traces and "
    "evaluation of language models.",
    "trackio": "boards on Hugging Face Spaces, hardware curves, alerts, tables, traces.",
    "aim": "searches in Python; audio, texts and distributions; charts by colour, stroke and facet.",
    "swanlab": "a cloud of its own, hardware curves.",
}
