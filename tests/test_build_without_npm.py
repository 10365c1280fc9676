"""A clone is built where there is no npm: the build asks the Python registry for one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
KEPT = ("fitlog", "fitlog_core", "fitlog_plugins", "fitlog_web")
FILES = ("pyproject.toml", "hatch_build.py", "package.json", "package-lock.json", "README.md")


def test_a_clone_builds_on_a_machine_without_npm(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    for folder in KEPT:
        ignored = shutil.ignore_patterns("__pycache__", "vendor")
        shutil.copytree(ROOT / folder, clone / folder, ignore=ignored)
    for name in (*FILES, "LICENSE"):
        shutil.copy(ROOT / name, clone / name)
    empty = tmp_path / "empty"
    empty.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path / "dist"), str(clone)],
        env={**os.environ, "PATH": str(empty)},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        bundles = [name for name in archive.namelist() if "/vendor/grid-" in name]
    assert len(bundles) == 2, "the bundle and its compressed copy"
