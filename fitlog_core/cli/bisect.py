"""``fitlog bisect``: the code version that moved a metric, found by halves."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import click

from fitlog_core.cli import changed_files, layout
from fitlog_core.cli.named_run import accounts_named, log_dir_option
from fitlog_core.comparing.account import Account
from fitlog_core.comparing.code import code_of_snapshot, file_changes
from fitlog_core.comparing.places import KeptCode, kept_code
from fitlog_core.errors import RerunError
from fitlog_core.notices import printable
from fitlog_core.reading.state import State
from fitlog_core.rerun.bisection import Bisection
from fitlog_core.rerun.outcome import HIGHER, LOWER, Metric, Verdict, metric_named, verdict
from fitlog_core.rerun.recipe import Recipe, recipe_of
from fitlog_core.rerun.trials import Trials, Tried
from fitlog_core.snapshots.capture import DEFAULT_MESSAGE
from fitlog_core.snapshots.tree import SnapshotTrees, Version

IN_A_STRETCH = 3  # exit code where versions that could not be run lie between
_NAME = 40  # characters of a version's message


class _Ends(NamedTuple):
    """The two runs, in the order of their versions."""

    first: Account
    last: Account
    versions: list[Version]
    good_is_first: bool


@click.command("bisect")
@click.argument("good")
@click.argument("bad")
@click.option("--metric", "name", required=True, metavar="NAME", help="What moved: dev-acc.")
@click.option("--threshold", type=float, help="The least good value, or the largest; else midway.")
@click.option("--better", type=click.Choice([HIGHER, LOWER]), help="Else the two runs tell it.")
@click.option(
    "--link",
    "links",
    metavar="PATH",
    multiple=True,
    help="A path in the project that each copy is to have, such as data.",
)
@click.option(
    "--in", "target", type=click.Path(path_type=Path), help="The folder that the copies go to."
)
@log_dir_option
def command(
    good: str,
    bad: str,
    name: str,
    threshold: float | None,
    better: str | None,
    links: tuple[str, ...],
    target: Path | None,
    log_dir: Path | None,
) -> int:
    """Find the code version that moved a metric.

    GOOD and BAD are runs, named as for 'fitlog show'. The versions between theirs are halved until
    two neighbours are left: runs that are there already count, others are done now, with GOOD's
    command, each in a copy of its code beside the project. A version whose run fails is skipped.
    The runs stay, so that a second call goes on where the first ended.

    \b
    Examples:
      fitlog bisect 181203 205559 --metric dev-acc
      fitlog bisect @9 @1 --metric loss --threshold 0.3
      fitlog bisect @9 @1 --metric dev-acc --link data
    """
    runs = accounts_named([good, bad], log_dir)
    metric = metric_named(name, runs[0].folder, runs[1].folder)
    kept = _kept(runs[0], runs[1])
    ends = _ends(runs[0], runs[1], kept)
    recipe = recipe_of(runs[0])
    trials = Trials(kept[0], recipe, metric, _checked(links, kept[0].root), target)
    found = [_value(account, metric) for account in runs]
    judge = verdict(found[0], found[1], threshold, better)
    click.echo(
        f"{printable(metric.name)}{'' if metric.is_best else ' (the last value of its curve)'} is "
        f"{found[0]:.6g} in {runs[0].id} and {found[1]:.6g} in {runs[1].id}; {judge.words()}"
    )
    trials.look_up((account.folder.parent for account in runs), ends.versions)
    values = {runs[0].id: found[0], runs[1].id: found[1]}
    outcomes = {0: Tried(ends.first.id, values[ends.first.id])}
    outcomes[len(ends.versions) - 1] = Tried(ends.last.id, values[ends.last.id])
    if not trials.is_by_the_same_command(runs[1]):
        place = len(ends.versions) - 1 if ends.good_is_first else 0
        outcomes[place] = _same_command(trials, ends.versions[place], judge, recipe, runs[1])
    search = _searched(trials, ends, judge, outcomes)
    return _tell(search, ends, metric, outcomes, kept[0])


# --------------------------------------------------------------- beforehand


def _kept(good: Account, bad: Account) -> tuple[KeptCode, KeptCode]:
    """Return the versions of both runs, which one project keeps.

    :raises RerunError: if none keeps both, or they are one.
    """
    first = kept_code(good)
    second = kept_code(bad, first.root)
    if second.root != first.root:
        raise RerunError(
            f"the code of {good.id} is kept in {first.root}, that of {bad.id} in {second.root}: "
            "their histories do not meet"
        )
    if first.id == second.id:
        raise RerunError(
            f"both runs have the code version {first.id[:8]}, so it was not the code; "
            f"'fitlog diff {good.id} {bad.id}' tells what differs"
        )
    return first, second


def _ends(good: Account, bad: Account, kept: tuple[KeptCode, KeptCode]) -> _Ends:
    """Return the versions from one run's to the other's.

    :raises RerunError: if neither came of the other.
    """
    trees = kept[0].trees
    versions = trees.line(kept[0].id, kept[1].id)
    if versions is not None:
        return _Ends(good, bad, versions, good_is_first=True)
    versions = trees.line(kept[1].id, kept[0].id)
    if versions is not None:
        return _Ends(bad, good, versions, good_is_first=False)
    raise RerunError(
        f"the histories of {good.id} and {bad.id} do not meet: of their code versions "
        f"{kept[0].id[:8]} and {kept[1].id[:8]} neither came of the other"
    )


def _checked(links: tuple[str, ...], root: Path) -> list[str]:
    """Return what is to be linked, from the project's root on.

    :raises RerunError: if it is not there, or not in the project.
    """
    names = []
    for text in links:
        path = Path(text) if Path(text).is_absolute() else root / text
        if ".." in Path(text).parts or not path.is_relative_to(root) or path == root:
            raise RerunError(f"{text!r} is no path in {root}")
        if not path.exists():
            raise RerunError(f"there is no {path}, so it cannot be linked")
        names.append(str(path.relative_to(root)))
    return names


def _value(account: Account, metric: Metric) -> float:
    if account.state == State.RUNNING:
        raise RerunError(f"{account.id} is still running: its {metric.name} may change")
    value = metric.value_of(account.folder)
    if value is None:
        raise RerunError(f"{account.id} has no number as {metric.name}")
    return value


def _same_command(
    trials: Trials, version: Version, judge: Verdict, recipe: Recipe, bad: Account
) -> Tried:
    """Return what the good run's command makes of the bad run's code: as bad, if it is the code.

    :raises RerunError: if it is not.
    """
    click.echo(f"fitlog: the commands of the two runs differ; that of {recipe.run_id} counts")
    tried = _try(trials, version, judge)
    if tried.value is None:
        raise RerunError(
            f"the command of {recipe.run_id} cannot be run with the code of {bad.id}, so nothing "
            "tells whether it was the code"
        )
    if judge.is_good(tried.value):
        raise RerunError(
            f"it was not the code: with the command of {recipe.run_id} the code of {bad.id} makes "
            f"{tried.value:.6g}, which is good; 'fitlog diff' tells what differs"
        )
    return tried


# ---------------------------------------------------------------- the search


def _searched(
    trials: Trials, ends: _Ends, judge: Verdict, outcomes: dict[int, Tried]
) -> Bisection:
    search = Bisection(len(ends.versions) - 1)
    known = [place for place in search.open if trials.has(ends.versions[place])]
    click.echo(f"{_between(len(search.open))}; at most {search.most_steps} are to be tried")
    while (place := search.next(known)) is not None:
        tried = outcomes[place] = _try(trials, ends.versions[place], judge)
        if tried.value is None:
            search.skip(place)
        else:
            is_as_first = judge.is_good(tried.value) is ends.good_is_first
            search.take(place, is_as_first=is_as_first)
    return search


def _between(count: int) -> str:
    if count == 0:
        return "No code version lies between"
    return "1 code version lies between" if count == 1 else f"{count} code versions lie between"


def _try(trials: Trials, version: Version, judge: Verdict) -> Tried:
    """Try a version, and say so in one line: its name at once, the rest when it is known."""
    click.echo(f"  {_name(version)}  ", nl=False)
    tried = trials.recorded(version)
    if tried is None:
        try:
            tried = trials.done(version)
        except BaseException:
            click.echo()
            raise
    click.echo(_outcome(tried, judge))
    return tried


def _outcome(tried: Tried, judge: Verdict) -> str:
    if tried.value is None:
        return f"{click.style('skipped', fg='yellow')}: {printable(tried.why)}"
    is_good = judge.is_good(tried.value)
    word = click.style("good", fg="green") if is_good else click.style("bad", fg="red")
    return f"{tried.value:.6g}  {word}  {tried.run}{'' if tried.is_new else ', recorded before'}"


def _name(version: Version) -> str:
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(version.time))
    message = "" if version.message == DEFAULT_MESSAGE else " ".join(version.message.split())
    short = message if len(message) <= _NAME else message[: _NAME - 1] + "…"
    return f"{version.id[:8]}  {moment}{f'  {printable(short)}' if short else ''}"


# -------------------------------------------------------------------- the end


def _tell(
    search: Bisection, ends: _Ends, metric: Metric, outcomes: dict[int, Tried], kept: KeptCode
) -> int:
    """Print what was found; return the exit code."""
    before, since = ends.versions[search.low], ends.versions[search.high]
    if not search.is_exact and len(search.open) == 0 and search.high - search.low == _all(ends):
        raise RerunError(
            "none of the versions between could be run; if they miss files that fitlog does not "
            "keep, such as data, name them by --link"
        )
    click.echo()
    if search.is_exact:
        click.echo(f"{printable(metric.name)} changed with {click.style(_name(since), bold=True)}")
    else:
        click.echo(
            f"{printable(metric.name)} changed with one of the {search.high - search.low} versions "
            f"after {before.id[:8]} up to {since.id[:8]}: those between could not be run"
        )
    layout.facts(
        (word, f"{version.id[:8]}  {outcomes[place].value:.6g}  {outcomes[place].run}")
        for word, version, place in (
            ("before", before, search.low),
            ("since", since, search.high),
        )
    )
    _tell_code(kept.trees, before, since, ends)
    return 0 if search.is_exact else IN_A_STRETCH


def _all(ends: _Ends) -> int:
    return len(ends.versions) - 1


def _tell_code(trees: SnapshotTrees, before: Version, since: Version, ends: _Ends) -> None:
    old, new = (code_of_snapshot(trees, version.id) for version in (before, since))
    loaded = list(dict.fromkeys([*ends.last.sources, *ends.first.sources]))
    files = file_changes(old, new, loaded)
    layout.heading("Code", changed_files.count(files))
    changed_files.tell(files)
