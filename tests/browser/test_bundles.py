"""What the build brings from npm: small, with its licences, and left alone where it is current."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
VENDOR = ROOT / "fitlog_web" / "static" / "vendor"
HOOK = """
import hatch_build, os
hook = hatch_build.FrontendBuildHook(os.getcwd(), {}, None, None, "", "wheel")
hook.initialize("standard", {})
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files that the build hook looks at, and the bundles as they are here."""
    shutil.copytree(ROOT / "fitlog_web" / "frontend", tmp_path / "fitlog_web" / "frontend")
    shutil.copytree(VENDOR, tmp_path / "fitlog_web" / "static" / "vendor")
    for name in ("hatch_build.py", "package.json", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def run_hook(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the build hook where no npm can be found."""
    return subprocess.run(
        [sys.executable, "-c", HOOK],
        cwd=folder,
        env={**os.environ, "PATH": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_grids_bundle_stays_within_its_budget():
    entries = json.loads((VENDOR / "manifest.json").read_text("utf-8"))["entries"]
    assert (VENDOR / f"{entries['grid']}.gz").stat().st_size <= 280_000
    assert (VENDOR / f"{entries['charts']}.gz").stat().st_size <= 30_000


def test_the_libraries_come_with_their_licences():
    for library in ("ag-grid-community", "ag-stack", "uplot"):
        assert "MIT" in (VENDOR / f"LICENSE.{library}.txt").read_text("utf-8")


def test_the_lockfile_names_no_registry():
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert all("resolved" not in package for package in packages.values())
    assert all("integrity" in package for name, package in packages.items() if name)


def test_current_bundles_are_built_without_npm(clone: Path):
    done = run_hook(clone)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_npm_the_build_says_in_one_sentence_what_is_missing(clone: Path):
    with (clone / "fitlog_web" / "frontend" / "grid.js").open("a") as source:
        source.write("// changed\n")
    done = run_hook(clone)
    assert done.returncode != 0
    (sentence,) = done.stderr.strip().splitlines()
    assert "no npm to build them" in sentence
    assert "install Node.js" in sentence
