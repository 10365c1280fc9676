"""What the conformance suite asks of an adapter, and how an adapter answers.

An adapter takes part with a :class:`Case` in :data:`CASES`, which names a *program*: a script
that trains a tiny model with the adapter as a user would, on the CPU, without any download. The
suite starts it in processes of its own, with one argument, a :class:`Training` as JSON, and
reads the run that it leaves and the :class:`Told` that it prints as its last line of stdout.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fitlog_core.reading.reader import RunReader

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Training:
    """What a program is to do.

    :param log_dir: The log directory, given to the adapter.
    :param steps: Optimizer steps to train for, in two epochs, one loss and one metric each.
    :param fail_at: Step in which to raise ``RuntimeError("planned failure")``.
    :param processes: On how many processes.
    :param resume: Checkpoint to go on from.
    :param beside: Call ``fitlog.add_other("beside", name="by_hand")`` before the training,
        ``fitlog.add_metric(0.5, step=1, name="by_hand")`` and
        ``fitlog.add_other("after", name="after")`` after it.
    :param ends_twice: Train, then evaluate or test, so that the adapter is told twice that it
        is done; then end it once more by hand if it has a method for that.
    :param pickled: Pickle the adapter before the training, take it up in another process
        (``multiprocessing``, start method ``spawn``), and record a metric ``pickled`` at step 1
        through it there.
    """

    log_dir: str
    steps: int = 4
    fail_at: int | None = None
    processes: int = 1
    resume: str | None = None
    beside: bool = False
    ends_twice: bool = False
    pickled: bool = False

    @classmethod
    def asked(cls) -> Training:
        """Return what the program at work was asked for."""
        return cls(**json.loads(sys.argv[1]))


@dataclass
class Told:
    """What a program tells of its training.

    :param checkpoint: The last checkpoint, None if there is none.
    :param unchanged: Whether what the user handed to the framework, its configuration, batches
        and metrics, is as it was.
    :param notices: How many times plugins were told of the end so far.
    """

    checkpoint: str | None = None
    unchanged: bool = True
    notices: int = 0

    def tell(self) -> None:
        """Print this as the program's last line."""
        print(json.dumps(asdict(self)), flush=True)


@dataclass(frozen=True)
class Case:
    """One adapter.

    :param name: Its name, also of the entry point.
    :param program: Script beside this file.
    :param modules: Modules of its framework: one must be there for the case to be tested, and
        all are taken away where a missing framework is tried.
    :param adapter: Line that imports it.
    :param install: What the error of a missing framework tells the user to run.
    :param loss: Column of the loss that the program logs at every step.
    :param metric: Column of the metric that it logs at every step.
    :param first_step: Number of its first step.
    :param hyper: Hyperparameters of the program, flat, as the table has them.
    :param has_epochs: Whether the framework says which epoch it is in.
    :param pickles: Whether the framework pickles it.
    :param resumes: Whether a checkpoint leads back to its run.
    :param launcher: Words after ``python`` and before the program where there are two
        processes, for a framework that does not start them itself.
    """

    name: str
    program: str
    modules: tuple[str, ...]
    adapter: str
    install: str
    loss: str
    metric: str
    first_step: int = 0
    hyper: dict[str, object] = field(default_factory=dict)
    has_epochs: bool = True
    pickles: bool = True
    resumes: bool = True
    launcher: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        """Tell whether this environment has the framework."""
        return any(_is_there(module) for module in self.modules)


@dataclass(frozen=True)
class Trained:
    """What came of a program.

    :param code: Its exit status.
    :param stderr: What it said there.
    :param told: What it told; None if it did not come to that.
    :param runs: The runs in its log directory, the oldest first.
    """

    code: int
    stderr: str
    told: Told
    runs: list[RunReader]

    @property
    def run(self) -> RunReader:
        """The only run."""
        assert len(self.runs) == 1, [run.id for run in self.runs]
        return self.runs[0]


CASES = (
    Case(
        name="lightning",
        program="train_lightning.py",
        modules=("pytorch_lightning", "lightning", "lightning_fabric"),
        adapter="from fitlog_plugins.lightning import FitlogLogger",
        install="pip install pytorch-lightning",
        loss="loss-train-loss",
        metric="metric-train-acc",
        hyper={"hyper-lr": 0.1, "hyper-optim-name": "sgd"},
    ),
    Case(
        name="transformers",
        program="train_transformers.py",
        modules=("transformers",),
        adapter="from fitlog_plugins.transformers import FitlogCallback",
        install="pip install transformers",
        loss="loss-train",
        metric="metric-train-learning_rate",
        first_step=1,
        hyper={"hyper-args-learning_rate": 5e-05, "hyper-model-n_embd": 8},
        launcher=("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"),
    ),
    Case(
        name="accelerate",
        program="train_accelerate.py",
        modules=("accelerate",),
        adapter="from fitlog_plugins.accelerate import FitlogTracker",
        install="pip install accelerate",
        loss="loss-train-loss",
        metric="metric-train-acc",
        hyper={"hyper-lr": 0.1, "hyper-optim-name": "sgd", "hyper-hub_token": "***"},
        pickles=False,  # Accelerate pickles no tracker
        resumes=False,  # nor does it tell one of a checkpoint
        # Two processes on a CPU: the script asks for the CPU, --cpu would start one process only.
        launcher=(
            *("-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"),
            *("--main_process_port", "0"),
        ),
    ),
    Case(
        name="xgboost",
        program="train_xgboost.py",
        modules=("xgboost",),
        adapter="from fitlog_plugins.xgboost import FitlogCallback",
        install="pip install xgboost",
        loss="loss-train-logloss",
        metric="metric-train-auc",
        hyper={"hyper-lr": 0.1, "hyper-xgboost-max_depth": 2, "hyper-xgboost-eta": 0.3},
        has_epochs=False,
        resumes=False,  # a saved booster lies anywhere, and names no run
        launcher=(str(HERE / "two_ranks.py"),),
    ),
    Case(
        name="lightgbm",
        program="train_lightgbm.py",
        modules=("lightgbm",),
        adapter="from fitlog_plugins.lightgbm import FitlogCallback",
        install="pip install lightgbm",
        loss="loss-train-binary_logloss",
        metric="metric-train-auc",
        hyper={"hyper-num_leaves": 3, "hyper-objective": "binary"},
        has_epochs=False,
        resumes=False,  # as XGBoost
        launcher=(str(HERE / "two_ranks.py"),),
    ),
    Case(
        name="catboost",
        program="train_catboost.py",
        modules=("catboost",),
        adapter="from fitlog_plugins.catboost import FitlogCallback",
        install="pip install catboost",
        loss="loss-learn-Logloss",
        metric="metric-learn-Accuracy",
        first_step=1,
        hyper={"hyper-depth": 2, "hyper-iterations": 4},
        has_epochs=False,
        resumes=False,  # as XGBoost
        launcher=(str(HERE / "two_ranks.py"),),
    ),
    Case(
        name="keras",
        program="train_keras.py",
        modules=("keras",),
        adapter="from fitlog_plugins.keras import FitlogCallback",
        install="pip install keras",
        loss="loss-train-loss",
        metric="metric-train-mae",
        first_step=1,
        hyper={"hyper-optimizer-learning_rate": 0.125, "hyper-batch_size": 2},
        resumes=False,  # Keras tells no callback which file a model was loaded from
        launcher=(str(HERE / "two_ranks.py"),),
    ),
    Case(
        name="ignite",
        program="train_ignite.py",
        modules=("ignite",),
        adapter="from fitlog_plugins.ignite import FitlogLogger",
        install="pip install pytorch-ignite",
        loss="loss-train-loss",
        metric="metric-train-acc",
        first_step=1,
        hyper={"hyper-width": 1, "hyper-optimizer-lr": 0.125},
        resumes=False,  # a checkpoint is a file of the user's, and names no run
        launcher=(str(HERE / "two_ranks.py"),),
    ),
    Case(
        name="fastai",
        program="train_fastai.py",
        modules=("fastai",),
        adapter="from fitlog_plugins.fastai import FitlogCallback",
        install="pip install fastai",
        loss="loss-train-loss",
        metric="metric-train-lr",
        first_step=1,
        hyper={"hyper-width": 1, "hyper-optimizer-lr": 0.125, "hyper-batch_size": 2},
        pickles=False,  # what fastai pickles is for use elsewhere, and leads to no run
        resumes=False,  # nor does what Learner.save() writes
        launcher=("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"),
    ),
)


def train(case: Case, training: Training, expect: int = 0) -> Trained:
    """Have a case's program train, and return what came of it.

    :param expect: The exit status it must have.
    """
    launcher = case.launcher if training.processes > 1 else ()
    command = [sys.executable, *launcher, str(HERE / case.program), json.dumps(asdict(training))]
    done = subprocess.run(
        command,
        cwd=Path(training.log_dir).parent,
        env=os.environ | {"PYTHONPATH": str(HERE)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return Trained(done.returncode, done.stderr, _told(done.stdout), runs_in(training.log_dir))


def runs_in(log_dir: str | Path) -> list[RunReader]:
    """Return the runs of a log directory, the oldest first."""
    runs = [RunReader(folder) for folder in sorted(Path(log_dir).absolute().glob("log_*"))]
    for run in runs:
        run.refresh()
    return runs


def _told(stdout: str) -> Told:
    lines = [line for line in stdout.splitlines() if line.startswith('{"checkpoint"')]
    return Told(**json.loads(lines[-1])) if lines else Told()


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False
