"""CPU that a run of one point costs from start to exit, over the bare system calls.

    python benchmarks/one_point.py [--rounds 21] [--venv DIR]

It is W5 of ``run.py`` in three environments: as it is installed, among 100 further packages of
which a third have commands, and there with a plugin of another package too. The kinds of process
alternate, so that whatever else the machine does meets all alike.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

BOUND = 1.8
PACKAGES = 100
DRIVER = Path(__file__).with_name("workloads.py")
SITE_PACKAGES = "import sysconfig; print(sysconfig.get_path('purelib'))"
PLUGIN = """
from fitlog_core.hookspecs import hookimpl

@hookimpl
def fitlog_environment():
    return {"cluster": "a"}

@hookimpl
def fitlog_run_started(run):
    run.add_other("a", "cluster")
"""


def crowded(folder: Path, installed: Path, *, plugin: bool) -> Path:
    """Make an environment around an installed fitlog, and return its interpreter.

    :param folder: Where it is made.
    :param installed: The folder that fitlog and what it needs are installed in.
    :param plugin: Let another package bring a plugin.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    place = folder / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    (place / "installed.pth").write_text(f"{installed}\n")
    for number in range(PACKAGES):
        commands = "[console_scripts]\nrun = package:main\n" if number % 3 == 0 else ""
        _add_package(place, f"package_{number}", commands)
    if plugin:
        (place / "cluster_plugin.py").write_text(PLUGIN)
        _add_package(place, "cluster_plugin", "[fitlog]\ncluster = cluster_plugin\n")
    return folder / "bin" / "python"


def expect_plugin(python: Path) -> None:
    """Stop where the plugin is not found: the figure would say nothing."""
    command = [str(python), "-m", "fitlog", "plugins"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "cluster" not in listed:
        raise SystemExit(f"the plugin is not among those of {python}:\n{listed}")


def _add_package(place: Path, name: str, entry_points: str) -> None:
    info = place / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    if entry_points:
        (info / "entry_points.txt").write_text(entry_points)


def cpu_ms(python: Path, peer: str) -> float:
    """Return the milliseconds of CPU of a process that records one point and ends."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with tempfile.TemporaryDirectory() as folder:
        command = [str(python), str(DRIVER), "--peer", peer]
        command += ["--phase", "log", "--dir", folder, "--n", "1"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=folder, env=kept)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return (usage.ru_utime + usage.ru_stime) * 1000


def measure(pythons: dict[str, Path], rounds: int) -> dict[str, tuple[float, float]]:
    """Return, for each environment, the medians of the floor and of fitlog."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in pythons}
    for number in range(rounds + 1):
        for name, python in pythons.items():
            pair = (cpu_ms(python, "rawwrite"), cpu_ms(python, "ours"))
            if number:  # the first writes the bytecode
                taken[name].append(pair)
    return {
        name: (statistics.median(raw for raw, _ in pairs), statistics.median(o for _, o in pairs))
        for name, pairs in taken.items()
    }


def main() -> int:
    """Print the medians; return 0 if every ratio is within the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--venv", type=Path, default=Path(sys.prefix), help="where fitlog is")
    options = parser.parse_args()
    python = options.venv / "bin" / "python"
    done = subprocess.run([python, "-c", SITE_PACKAGES], check=True, capture_output=True, text=True)
    installed = Path(done.stdout.strip())
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        pythons = {
            "as installed": python,
            f"{PACKAGES} packages": crowded(scratch / "packages", installed, plugin=False),
            f"{PACKAGES} packages, a plugin": crowded(scratch / "plugin", installed, plugin=True),
        }
        expect_plugin(pythons[f"{PACKAGES} packages, a plugin"])
        found = measure(pythons, options.rounds)
    for label, (floor, ours) in found.items():
        print(f"{label}: rawwrite {floor:.1f} ms, fitlog {ours:.1f} ms: {ours / floor:.2f} times")
    print(f"CPU, median of {options.rounds}; bound {BOUND} times")
    return 0 if all(ours <= BOUND * floor for floor, ours in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
