"""``fitlog rerun``: a run done again from what was recorded of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from fitlog_core.cli.named_run import account_named, log_dir_option
from fitlog_core.comparing.account import Account
from fitlog_core.comparing.places import kept_code
from fitlog_core.errors import RerunError
from fitlog_core.notices import printable
from fitlog_core.reading.reader import RunReader
from fitlog_core.rerun import again, environment
from fitlog_core.rerun.agreement import Agreement, agreements
from fitlog_core.rerun.arguments import seeds
from fitlog_core.rerun.recipe import (
    Recipe,
    check_arguments,
    check_processes,
    other_variables,
    recipe_of,
)
from fitlog_core.secrets import mask_arguments

DIFFERS = 3  # exit code of --check
_SHOWN = 5  # curves that differ


def _pairs(
    _context: click.Context, _option: click.Parameter, texts: Sequence[str]
) -> dict[str, str]:
    """Return the values of ``--set NAME=VALUE`` by name."""
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip("-"):
            raise click.BadParameter(f"{text!r} is not NAME=VALUE")
        pairs[name] = value
    return pairs


@click.command("rerun")
@click.argument("run")
@click.option(
    "--set",
    "values",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_pairs,
    help="Another value of an argument; may be given several times.",
)
@click.option(
    "--seed",
    "seeds_",
    metavar="SEEDS",
    callback=lambda _context, _option, text: None if text is None else seeds(text),
    help="Once for each: 3, 1..5 or 1,2,7.",
)
@click.option(
    "--in", "target", type=click.Path(path_type=Path), help="The folder that the code goes to."
)
@click.option("--env", is_flag=True, help="Make an environment of the recorded packages.")
@click.option("--check", is_flag=True, help=f"End with {DIFFERS} where the curves differ.")
@click.option(
    "--tolerance", type=click.FloatRange(min=0.0), default=0.0, help="How far they may differ."
)
@log_dir_option
def command(
    run: str,
    values: dict[str, str],
    seeds_: list[str] | None,
    target: Path | None,
    env: bool,
    check: bool,
    tolerance: float,
    log_dir: Path | None,
) -> int:
    """Do a run again: the same command on the same code.

    RUN is an id, a part of one that no other run has, @1 for the latest, or a run's folder. Its
    code goes to a folder of its own, ../PROJECT_rerun_ID unless --in says otherwise; the new run
    lies beside the first one, which it names as its parent. In the end the curves of both are
    compared, unless an argument was changed.

    \b
    Examples:
      fitlog rerun @1
      fitlog rerun logs/log_20261122_090313 --check
      fitlog rerun @1 --set lr=3e-4 --seed 1..5
    """
    account = account_named(run, log_dir)
    first = recipe_of(account)
    checkout = again.checkout(kept_code(account), first, target)
    click.echo(f"The code of {first.run_id} is in {checkout}")
    if account.is_continued:
        click.echo(f"{first.run_id} was gone on with later; its first command is done again")
    check_processes(account)
    recipes = list(_recipes(first, checkout, values, seeds_))
    for recipe in recipes:
        check_arguments(recipe.arguments)
    python = _interpreter(first, account, checkout, env=env)
    variables = other_variables(account)
    if variables is not None:
        click.echo(f"fitlog: {printable(variables)}; set them for the same numbers", err=True)
    codes = [
        _run_one(recipe, checkout, first, python, check=check, tolerance=tolerance)
        for recipe in recipes
    ]
    return max(codes)


def _interpreter(first: Recipe, account: Account, checkout: Path, *, env: bool) -> tuple[str, ...]:
    """Return what is to run the command, and warn of packages that are others now."""
    python = again.interpreter(first)
    if env:
        if not account.packages:
            raise RerunError(f"the packages of {first.run_id} were not recorded")
        folder = checkout / ".venv"
        click.echo(f"Making an environment of {len(account.packages)} packages in {folder}")
        return (str(environment.make(folder, python, account.packages)), *python[1:])
    changed = environment.drift(account.packages, environment.installed_for(python))
    if changed is not None:
        click.echo(f"fitlog: {printable(changed)}; --env makes an environment of its own", err=True)
    return python


def _recipes(
    first: Recipe, checkout: Path, values: dict[str, str], seeds_: list[str] | None
) -> Iterator[Recipe]:
    recipe = again.changed(first, checkout, values)
    if seeds_ is None:
        yield recipe
        return
    for seed in seeds_:
        yield again.with_seed(recipe, checkout, seed)


def _run_one(
    recipe: Recipe,
    checkout: Path,
    first: Recipe,
    python: tuple[str, ...],
    *,
    check: bool,
    tolerance: float,
) -> int:
    words = mask_arguments((*python, *recipe.script, *recipe.arguments))
    click.echo(f"$ {printable(shlex.join(words))}")
    _check_script(recipe, checkout)
    done = again.run(recipe, checkout, python)
    if done.exit_code:
        raise RerunError(
            f"the command ended with {done.exit_code} in {done.place}; if it misses files that "
            "fitlog does not keep, such as data, link or copy them there and run it by hand"
        )
    if done.folder is None:
        raise RerunError(
            f"the command recorded no run in {first.folder.parent}, or its fitlog is too old to "
            "name the parent; --env installs this one"
        )
    click.echo(f"\n{done.folder.name} is the run, its parent {first.run_id}")
    if recipe != first:
        return 0
    found = agreements(_curves(first.folder), _curves(done.folder))
    _tell(found)
    return DIFFERS if check and not all(one.is_within(tolerance) for one in found) else 0


def _check_script(recipe: Recipe, checkout: Path) -> None:
    name = recipe.script[-1]  # a module of "fitlog run -m" is no file
    if name.endswith(".py") and not (checkout / recipe.place / name).is_file():
        raise RerunError(
            f"there is no {name} in {checkout / recipe.place}: the script is not among "
            "the files that fitlog keeps (watched_rules in .fitconfig); copy it there and run it "
            "by hand"
        )


def _curves(folder: Path) -> dict[str, Any]:
    return RunReader(folder).series()


def _tell(found: Sequence[Agreement]) -> None:
    apart = [one for one in found if not one.is_identical]
    if not found:
        click.echo("Neither run has a curve to compare")
    elif not apart:
        points = sum(one.points for one in found)
        click.echo(f"All {len(found)} curves are identical, in all {points:,} points")
    for one in apart[:_SHOWN]:
        click.echo(f"{printable(one.key)} {_words(one)}")
    if len(apart) > _SHOWN:
        click.echo(f"and {len(apart) - _SHOWN} more curves differ")
    if apart and len(apart) < len(found):
        click.echo(f"{len(found) - len(apart)} of {len(found)} curves are identical")


def _words(one: Agreement) -> str:
    missing = f"; {one.missing} points are in one run only" if one.missing else ""
    if one.at is None:
        return f"parts at step {one.parts_at}{missing}"
    return (
        f"parts at step {one.parts_at}; the largest difference is {one.largest:g} at step "
        f"{one.at}{missing}"
    )
