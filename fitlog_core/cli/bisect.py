"""``fitlog bisect``: the code version that moved a metric, found by halves."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import click

from fitlog_core.cli import changed_files, layout
from fitlog_core.cli.named_run import accounts_named, log_dir_option
from fitlog_core.comparing.account import Account
from fitlog_core.comparing.code import code_of_snapshot, file_changes
from fitlog_core.errors import RerunError
from fitlog_core.notices import printable
from fitlog_core.reading.state import State
from fitlog_core.rerun import again, environment
from fitlog_core.rerun.bisection import Bisection
from fitlog_core.rerun.outcome import HIGHER, LOWER, Metric, Verdict, metric_named, verdict
from fitlog_core.rerun.recipe import check_processes, recipe_of
from fitlog_core.rerun.span import Span, span_between
from fitlog_core.rerun.trials import Trials, Tried
from fitlog_core.snapshots.capture import DEFAULT_MESSAGE
from fitlog_core.snapshots.tree import Version

IN_A_STRETCH = 3  # exit code where versions that could not be run lie between
_NAME = 40  # characters of a version's message


@dataclass(frozen=True)
class _Case:
    """What is looked for, and what is known of it.

    :param outcomes: What came of the versions that were tried, by place.
    """

    span: Span
    metric: Metric
    judge: Verdict
    trials: Trials
    outcomes: dict[int, Tried]


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
    good_run, bad_run = accounts_named([good, bad], log_dir)
    metric = metric_named(name, good_run.folder, bad_run.folder)
    span = span_between(good_run, bad_run)
    values = _value(good_run, metric), _value(bad_run, metric)
    judge = verdict(*values, threshold, better)
    links_ = _checked(links, span.kept.root)
    check_processes(good_run)
    trials = Trials(span.kept, recipe_of(good_run), metric, links_, target)
    outcomes = {
        span.good_place: Tried(good_run.id, values[0]),
        span.bad_place: Tried(bad_run.id, values[1]),
    }
    case = _Case(span, metric, judge, trials, outcomes)
    _announce(case)
    trials.look_up((run.folder.parent for run in (good_run, bad_run)), span.versions)
    if not trials.is_by_the_same_command(bad_run):
        _try_bad_code(case)
    return _tell(case, _searched(case))


# --------------------------------------------------------------- beforehand


def _checked(links: tuple[str, ...], root: Path) -> list[str]:
    """Return what is to be linked, from the project's root on.

    :raises RerunError: if it is not there, or not in the project.
    """
    names = []
    for text in links:
        path = root / text  # an absolute one stays as it is
        if ".." in path.parts or not path.is_relative_to(root) or path == root:
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


def _announce(case: _Case) -> None:
    good, bad = (case.outcomes[place] for place in (case.span.good_place, case.span.bad_place))
    which = "" if case.metric.is_best else " (the last value of its curve)"
    click.echo(
        f"{printable(case.metric.name)}{which} is {good.value:.6g} in {good.run} and "
        f"{bad.value:.6g} in {bad.run}; {case.judge.words()}"
    )


def _try_bad_code(case: _Case) -> None:
    """Try the good run's command with the bad run's code: as bad as that, if it is the code.

    :raises RerunError: if it is not.
    """
    good, bad, place = case.span.good.id, case.span.bad.id, case.span.bad_place
    click.echo(f"The commands of the two runs differ; that of {good} counts")
    tried = case.outcomes[place] = _try(case, place)
    if tried.value is None:
        raise RerunError(
            f"the command of {good} cannot be run with the code of {bad}, so nothing tells "
            "whether it was the code"
        )
    if case.judge.is_good(tried.value):
        raise RerunError(
            f"it was not the code: with the command of {good} the code of {bad} makes "
            f"{tried.value:.6g}, which is good; 'fitlog diff {good} {bad}' tells what differs"
        )


# ---------------------------------------------------------------- the search


def _searched(case: _Case) -> Bisection:
    versions = case.span.versions
    search = Bisection(len(versions) - 1)
    known = [place for place in search.open if case.trials.recorded(versions[place])]
    click.echo(f"{_between(len(search.open))}; at most {search.most_steps} are to be tried")
    if len(known) < len(search.open):
        _warn_of_packages(case)
    while (place := search.next(known)) is not None:
        tried = case.outcomes[place] = _try(case, place)
        if tried.value is None:
            search.skip(place)
        else:
            is_good = case.judge.is_good(tried.value)
            search.take(place, is_as_first=is_good is case.span.good_is_first)
    return search


def _warn_of_packages(case: _Case) -> None:
    """Tell which packages are others than the good run had, where runs are to be done now."""
    installed = environment.installed_for(again.interpreter(case.trials.recipe))
    changed = environment.drift(case.span.good.packages, installed)
    if changed is not None:
        click.echo(f"fitlog: {printable(changed)}", err=True)


def _between(count: int) -> str:
    if count == 0:
        return "No code version lies between"
    return "1 code version lies between" if count == 1 else f"{count} code versions lie between"


def _try(case: _Case, place: int) -> Tried:
    """Try a version, and say so in one line: its name at once, the rest when it is known."""
    version = case.span.versions[place]
    click.echo(f"  {_name(version)}  ", nl=False)
    try:
        tried = case.trials.recorded(version) or case.trials.done(version)
    except BaseException:
        click.echo()  # what is said of it is to begin a line
        raise
    click.echo(_outcome(tried, case.judge))
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


def _tell(case: _Case, search: Bisection) -> int:
    """Print what was found; return the exit code.

    :raises RerunError: if no version between could be run.
    """
    last = len(case.span.versions) - 1
    if not search.is_exact and (search.low, search.high) == (0, last):
        raise RerunError(
            "none of the versions between could be run; if they miss files that fitlog does not "
            "keep, such as data, name them by --link"
        )
    _tell_versions(case, search)
    _tell_code(case.span, search)
    return 0 if search.is_exact else IN_A_STRETCH


def _tell_versions(case: _Case, search: Bisection) -> None:
    before, since = (case.span.versions[place] for place in (search.low, search.high))
    which = click.style(_name(since), bold=True)
    if not search.is_exact:
        count = search.high - search.low
        which = (
            f"one of the {count} versions after {before.id[:8]} up to {since.id[:8]}: those "
            "between could not be run"
        )
    click.echo(f"\n{printable(case.metric.name)} changed with {which}")
    layout.facts(
        (word, f"{version.id[:8]}  {tried.value:.6g}  {tried.run}")
        for word, version, tried in (
            ("before", before, case.outcomes[search.low]),
            ("since", since, case.outcomes[search.high]),
        )
    )


def _tell_code(span: Span, search: Bisection) -> None:
    trees = span.kept.trees
    old, new = (
        code_of_snapshot(trees, span.versions[place].id) for place in (search.low, search.high)
    )
    loaded = list(dict.fromkeys([*span.bad.sources, *span.good.sources]))
    files = file_changes(old, new, loaded)
    layout.heading("Code", changed_files.count(files))
    changed_files.tell(files)
