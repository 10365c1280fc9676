"""Environments with one set of frameworks each, made once and kept in ``.venv-frameworks``.

``base`` holds torch, the test tools and fitlog itself; each other environment is a small one
that has a few packages of its own and looks up the rest there. What is installed is noted
beside it, so that a changed list makes the environment anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))  # run.py is a script: pytest's own path is not set

import run_tests  # noqa: E402 - found through the path above

FOLDER = ROOT / ".venv-frameworks"
BASE = "base"
BASE_GROUPS = ("test", "frameworks")
_NEEDED_BY_LIGHTNING = (
    "PyYAML>5.4",
    "fsspec[http]>=2022.5",
    "lightning-utilities>=0.10",
    "packaging>=23",
    "torchmetrics>0.7",
    "tqdm>=4.57",
    "typing-extensions>4.5",
)
# The package asks for spaCy and torchvision as well, which it imports for texts and pictures only.
_NEEDED_BY_FASTAI = (
    *("fastcore>=2.2.22", "fastdownload>=0.0.8,<2", "fastprogress>=0.2.4", "fasttransform>=0.0.3"),
    *("cloudpickle", "matplotlib", "packaging", "pillow>=9", "plum-dispatch<2.10", "requests"),
)


class Environment(NamedTuple):
    """What one environment has beside the base.

    :param packages: Requirements, installed with what they need.
    :param alone: Requirements, installed without what they need.
    """

    packages: tuple[str, ...]
    alone: tuple[str, ...] = ()


ENVIRONMENTS = {
    "pytorch-lightning": Environment(("pytorch-lightning>=2.4,<3",)),
    # The package asks for pytorch-lightning, which many who import the other name remove.
    "lightning": Environment(_NEEDED_BY_LIGHTNING, alone=("lightning>=2.4,<3",)),
    "transformers": Environment(("transformers>=5", "accelerate>=1.15", "optuna>=4", "peft>=0.18")),
    "tensorboard": Environment(("tensorboard>=2.15", "tensorboardX>=2.6", "pillow")),
    # XGBoost's usual package brings a library for GPUs of a few hundred MB.
    "others": Environment(
        (
            *("xgboost-cpu>=3", "lightgbm>=4.6", "optuna>=4", "keras>=3"),
            *("pytorch-ignite>=0.5", "hydra-core>=1.3"),
            *("six", "pandas>=2"),  # what CatBoost imports; it asks for plotting libraries, too
            *("ray[tune]>=2.50", "gymnasium>=1", *_NEEDED_BY_FASTAI),
        ),
        alone=("catboost>=1.2", "fastai>=2.8,<3", "stable-baselines3>=2.4"),
    ),
    "both": Environment(("lightning>=2.4,<3", "pytorch-lightning>=2.4,<3")),
}


def python_of(name: str) -> Path:
    """Return the Python of an environment, made or renewed where it must be."""
    FOLDER.mkdir(exist_ok=True)
    with _only_one():
        base = run_tests.find_python(run_tests.MAIN_PYTHON)
        if _is_stale(BASE, _wanted_of_base()):
            run_tests.make_environment(base, FOLDER / BASE, *BASE_GROUPS)
            _note(BASE, _wanted_of_base())
        wanted = f"{ENVIRONMENTS[name]!r} {base}"
        python = run_tests.venv_python(FOLDER / name, base)
        if _is_stale(name, wanted):
            _fill(python, ENVIRONMENTS[name])
            _note(name, wanted)
    return python


def _fill(python: Path, environment: Environment) -> None:
    """Let an environment see the base, then install what is its own."""
    base = FOLDER / BASE / "bin" / "python"
    (_site_packages(python) / "base.pth").write_text(
        # addsitedir, so that the base's own .pth files count: fitlog is installed editable there
        f"import site; site.addsitedir({str(_site_packages(base))!r})\n",
        "utf-8",
    )
    run_tests.pip(python, "install", "--upgrade", *environment.packages)
    if environment.alone:
        run_tests.pip(python, "install", "--upgrade", "--no-deps", *environment.alone)


def _site_packages(python: Path) -> Path:
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


def _wanted_of_base() -> str:
    # Entry points are written when the project is installed, so its description counts too.
    return f"{BASE_GROUPS} {(ROOT / 'pyproject.toml').read_text('utf-8')}"


def _is_stale(name: str, wanted: str) -> bool:
    note = FOLDER / f"{name}.json"
    return not note.exists() or json.loads(note.read_text("utf-8")) != _hash(wanted)


def _note(name: str, wanted: str) -> None:
    (FOLDER / f"{name}.json").write_text(json.dumps(_hash(wanted)), "utf-8")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    """Keep two processes from making the same environment."""
    if os.name == "nt":
        yield
        return
    import fcntl

    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
