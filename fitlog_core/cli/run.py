"""``fitlog run``: a script that has no line of ours, recorded."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import click

from fitlog_core.running.options import Options
from fitlog_core.running.start import start


@click.command("run", context_settings={"allow_interspersed_args": False})
@click.option(
    "-d",
    "--log-dir",
    type=click.Path(path_type=Path),
    default=Path("logs"),
    show_default=True,
    help="Where the run is recorded.",
)
@click.option(
    "-m", "--module", is_flag=True, help="SCRIPT is the name of a module, as in python -m."
)
@click.option("--message", metavar="TEXT", help="What is tried with this code.")
@click.option("--no-commit", is_flag=True, help="Do not keep the code.")
@click.option("--no-console", is_flag=True, help="Do not keep what is printed.")
@click.option("--wandb", is_flag=True, help="'import wandb' gives fitlog's stand-in for it.")
@click.argument("script")
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def command(
    log_dir: Path,
    module: bool,
    message: str | None,
    no_commit: bool,
    no_console: bool,
    wandb: bool,
    script: str,
    args: tuple[str, ...],
) -> int:
    """Run a script as it is, and record it.

    It runs as under python: the same output, signals and exit code. Recorded are the values of
    argparse, what frameworks and TensorBoard log, what is printed, the code, and the end: an exit
    code other than 0 is an error.

    \b
    Examples:
      fitlog run train.py --lr 0.1
      fitlog run --log-dir runs --message "wider encoder" train.py
      fitlog run -m my_package.train --epochs 3
    """
    _expect_script(script, is_module=module)
    options = Options(
        log_dir=os.path.abspath(log_dir),
        is_module=module,
        message=message,
        commits=not no_commit,
        console=not no_console,
        stand_ins=("wandb",) if wandb else (),
        command=_command(log_dir, module, message, no_commit, no_console, wandb),
    )
    return start(options, script, args)


def _expect_script(script: str, *, is_module: bool) -> None:
    """See that there is something to run.

    :raises click.UsageError: if there is not.
    """
    if is_module:
        if not _has_module(script.partition(".")[0]):
            raise click.UsageError(f"there is no module {script!r} to run.")
        return
    path = Path(script)
    if path.is_dir() and not (path / "__main__.py").is_file():
        raise click.UsageError(f"the folder {script!r} has no __main__.py to run.")
    if not path.exists():
        hint = f"; to run the command {script}, give its path" if shutil.which(script) else ""
        raise click.UsageError(f"there is no script {script!r}{hint}.")
    if not os.access(path, os.R_OK):
        raise click.UsageError(f"the script {script!r} may not be read by this user.")


def _has_module(name: str) -> bool:
    """Tell whether a module can be found from the working directory, without importing it."""
    import sys

    sys.path.insert(0, os.getcwd())
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
    finally:
        del sys.path[0]


def _command(
    log_dir: Path,
    module: bool,
    message: str | None,
    no_commit: bool,
    no_console: bool,
    wandb: bool,
) -> tuple[str, ...]:
    """Return what stands before the script in a command that does the same once more."""
    words = ["-m", "fitlog", "run", "--log-dir", str(log_dir)]
    words += ["--message", message] if message else []
    flags = {"--no-commit": no_commit, "--no-console": no_console, "--wandb": wandb}
    words += [flag for flag, is_given in flags.items() if is_given]
    return (*words, *(["-m"] if module else []))
