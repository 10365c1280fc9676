"""The frameworks' tests: which of them this environment can run, and what came of them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # the programs import what lies here, and so do the tests
# Each file is for environments that have one of its modules; run.py goes through all of them.
NEEDED = {
    "test_lightning.py": ("pytorch_lightning", "lightning"),
    "test_transformers.py": ("transformers",),
    "test_accelerate.py": ("accelerate",),
    "test_accelerate_launch.py": ("accelerate",),
    "test_tensorboard.py": ("tensorboard",),
    "test_autolog.py": ("pytorch_lightning", "lightning", "transformers", "accelerate"),
    "test_autolog_callbacks.py": ("xgboost",),
    "test_autolog_searches.py": ("xgboost",),
    "test_autolog_engines.py": ("ignite",),
    "test_wandb_callbacks.py": ("xgboost",),
    "test_xgboost.py": ("xgboost",),
    "test_lightgbm.py": ("lightgbm",),
    "test_catboost.py": ("catboost",),
    "test_keras.py": ("keras",),
    "test_ignite.py": ("ignite",),
    "test_fastai.py": ("fastai",),
    "test_hydra.py": ("hydra",),
    "test_ray_tune.py": ("ray",),
    "test_optuna.py": ("xgboost",),  # Optuna is in another environment too, and
    "test_sklearn.py": ("xgboost",),  # scikit-learn in all of them: one is enough
    "test_conformance.py": (
        *("pytorch_lightning", "lightning", "transformers", "accelerate"),
        *("xgboost", "lightgbm", "keras", "ignite", "fastai"),
    ),
}
collect_ignore = [
    name for name, modules in NEEDED.items() if not any(map(importlib.util.find_spec, modules))
]


FRAMEWORKS = (
    *("torch", "lightning", "pytorch_lightning", "lightning_fabric"),
    *(
        "transformers",
        "accelerate",
        "peft",
        "xgboost",
        "lightgbm",
        "sklearn",
        "optuna",
        "keras",
        "ignite",
        "fastai",
        "ray",
    ),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the frameworks warn: their advice on workers, devices and old names is not ours.

    A promise that none of an environment's adapters can make, such as that a checkpoint leads back
    to its run, is no test there.
    """
    items[:] = [item for item in items if not item.name.endswith("[NOTSET]")]
    for item in items:
        if HERE in item.path.parents:
            for module in FRAMEWORKS:
                item.add_marker(pytest.mark.filterwarnings(rf"ignore:::{module}(\.|$)"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep for the table what came of a promise, by adapter."""
    report: Any = yield
    callspec = getattr(item, "callspec", None)
    if report.when == "call" and callspec is not None and "case" in callspec.params:
        name = item.name.partition("[")[0].removeprefix("test_").replace("_", " ")
        report.user_properties.append(("promise", (name, callspec.id, report.outcome)))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the suite's table: adapters by promises."""
    table: dict[str, dict[str, str]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for key, value in getattr(report, "user_properties", ()):
                if key == "promise":
                    promise, case, outcome = value
                    table.setdefault(promise, {})[case] = outcome
    if table:
        terminalreporter.section("adapters by promises")
        for promise, outcomes in table.items():
            said = ", ".join(f"{case} {outcome}" for case, outcome in sorted(outcomes.items()))
            terminalreporter.write_line(f"{promise}: {said}")
