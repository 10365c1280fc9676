"""What the tests of the stand-in for wandb share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Script = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def under_fitlog(tmp_path: Path) -> Script:
    """Return a function that runs a script with ``import wandb`` giving the stand-in."""

    def run(
        code: str, *words: str, is_good: bool = True, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        (tmp_path / "script.py").write_text(code, "utf-8")
        return subprocess.run(
            [sys.executable, "-m", "fitlog", "run", "--wandb", "--no-commit", "script.py", *words],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            encoding="utf-8",
            check=is_good,
            timeout=60,
        )

    return run
