"""``fitlog show``: everything that is known of a run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from fitlog_core.cli import layout
from fitlog_core.cli.layout import words
from fitlog_core.cli.named_run import account_named, log_dir_option
from fitlog_core.comparing.account import Account, as_json, command_words

_COLOURS = {"finished": "green", "error": "red", "running": "cyan"}
_MOST = 8  # files or packages that are named; --json has all
_Pairs = Iterator[tuple[str, str]]


@click.command("show")
@click.argument("run")
@log_dir_option
@click.option("--json", "as_json_", is_flag=True, help="Print JSON with all there is, for scripts.")
def command(run: str, log_dir: Path | None, as_json_: bool) -> None:
    """Show everything that is known of a run.

    What it was given, what came out, its code, command, packages, data and machine. RUN is its
    id, the beginning or the ending of it, @1 for the latest run (@2 for the one before), or the
    path of its folder.

    \b
    Examples:
      fitlog show @1
      fitlog show 205559
      fitlog show logs/log_20260427_205559 --json
    """
    account = account_named(run, log_dir)
    if as_json_:
        click.echo(json.dumps(as_json(account), indent=2))
        return
    state = click.style(account.state, fg=_COLOURS.get(account.state, "yellow"))
    click.echo(f"{click.style(account.id, bold=True)}  {state}")
    layout.facts(_of_run(account))
    _values("Hyperparameters", account.hyper)
    _values("Best metrics", account.best)
    _values("Other", account.other)
    for title, pairs in (
        ("Code", _code(account)),
        ("Command", _command(account)),
        ("Packages", _packages(account)),
        ("Data", _data(account)),
        ("Machine", _machine(account)),
        ("Plugins", _plugins(account)),
    ):
        _group(title, list(pairs))
    for part, said in account.segments.items():
        note = "" if said else "with the same command and code"
        layout.heading(f"Went on, part {part}", note)
        layout.facts(_of_segment(said, account))
    if account.fact("segment"):
        click.echo(
            f"\nWhat is told of code and command is that of part {account.fact('segment')}: those "
            "before it were not recorded."
        )
    if not account.facts:
        click.echo("\nNo more was recorded: runs of fitlog 0.9 have no provenance.json.")


def _values(title: str, values: Mapping[str, Any]) -> None:
    _group(title, [(name, words(value)) for name, value in values.items()])


def _group(title: str, pairs: list[tuple[str, str]]) -> None:
    if pairs:
        layout.heading(title)
        layout.facts(pairs)


def _of_run(account: Account) -> _Pairs:
    yield "folder", words(str(account.folder))
    start, end = account.meta.get("start"), account.meta.get("end")
    if isinstance(start, (int, float)):
        took = f", took {_duration(end - start)}" if isinstance(end, (int, float)) else ""
        yield "started", f"{_moment(start)}{took}"
    last, total = account.steps
    if last is not None:
        yield "steps", f"{last} of {total}" if total else str(last)
    for name, said in (("message", "fit_msg"), ("error", "error"), ("parent", "parent")):
        if account.meta.get(said):
            yield name, words(account.meta[said])


def _code(account: Account) -> _Pairs:
    if account.snapshot:
        yield "snapshot", account.snapshot[:12]
    if account.fact("project"):
        yield "project", words(account.fact("project"))
    if account.sources:
        yield "loaded files", _some(account.sources)
    commit = account.fact("git", "commit") or account.meta.get("git_id")
    if isinstance(commit, str):
        yield "your git", _your_git(account, commit)
    modules = account.fact("git", "submodules")
    for path, state in modules.items() if isinstance(modules, Mapping) else ():
        yield f"submodule {path}", _submodule(state)


def _your_git(account: Account, commit: str) -> str:
    branch, dirty = account.fact("git", "branch"), account.fact("git", "dirty")
    place = f"{commit[:8]} on {branch}" if branch else commit[:8]
    message = account.meta.get("git_msg")
    subject = f" “{message}”" if message else ""
    count = account.fact("git", "changed_count")
    changed = f"{count} file{'' if count == 1 else 's'} changed since"
    return words(place + subject + {True: f", {changed}", False: ", clean"}.get(dirty, ""))


def _submodule(state: Any) -> str:
    wanted, at = (
        state.get(name) if isinstance(state, Mapping) else None for name in ("wanted", "at")
    )
    if not at:
        return "not checked out"
    return words(str(at)[:8] if at == wanted else f"{str(at)[:8]}, but {str(wanted)[:8]} is wanted")


def _command(account: Account) -> _Pairs:
    if account.command:
        yield "command", words(account.command)
    place, cwd = account.fact("place"), account.fact("cwd")
    if cwd:
        yield "given in", words(cwd if place in (None, ".") else f"{cwd} ({place} in the project)")
    if account.seed is not None:
        yield "seed", words(account.seed)
    variables = account.fact("variables")
    for name, value in variables.items() if isinstance(variables, Mapping) else ():
        if name != "PYTHONHASHSEED" or account.seed is None:  # else set_rng_seed has set it
            yield name, words(value)


def _packages(account: Account) -> _Pairs:
    if account.fact("python"):
        yield "python", words(f"{account.fact('python')}, {account.fact('executable')}")
    count, loaded = account.fact("packages", "count"), account.fact("packages", "loaded")
    if count:
        yield "installed", f"{count} packages"
    if isinstance(loaded, Mapping) and loaded:
        yield "loaded", words(", ".join(f"{name} {version}" for name, version in loaded.items()))


def _data(account: Account) -> _Pairs:
    said = account.fact("data")
    for path, entry in said.items() if isinstance(said, Mapping) else ():
        yield _from_project(path, account), words(", ".join(_of_data(entry)))


def _of_data(entry: Any) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        return
    if entry.get("problem"):
        yield str(entry["problem"])
    if isinstance(entry.get("files"), int):
        yield f"{entry['files']:,} files"
    if isinstance(entry.get("size"), int):
        yield _size(entry["size"])
    if isinstance(entry.get("mtime"), (int, float)):
        yield f"of {_moment(entry['mtime'])}"
    if isinstance(entry.get("hash"), str):
        kind, _, digest = entry["hash"].partition(":")
        yield f"{kind} {digest[:12]}"


def _machine(account: Account) -> _Pairs:
    host = account.fact("host") or account.meta.get("host")
    if host:
        yield "host", words(host)
    for name, value in (
        ("system", account.fact("machine")),
        ("cpus", account.fact("cpus")),
        ("GPU", account.fact("gpu", "names")),
        ("driver", account.fact("gpu", "driver")),
    ):
        if value:
            yield name, words(value)
    job = account.fact("job")
    if isinstance(job, Mapping):
        rest = (f"{name} {value}" for name, value in job.items() if name != "scheduler")
        yield "job", words(f"{job.get('scheduler')}, {', '.join(rest)}")


def _plugins(account: Account) -> _Pairs:
    said = account.fact("plugins")
    for name, facts in said.items() if isinstance(said, Mapping) else ():
        if isinstance(facts, Mapping) and facts:
            yield name, words(", ".join(f"{key} {words(value)}" for key, value in facts.items()))


def _of_segment(said: Mapping[str, Any], account: Account) -> _Pairs:
    """Yield what a later part of a run has that the first one had not."""
    command = command_words(said)
    if command and command != account.command:
        yield "command", words(command)
    git, packages = said.get("git"), said.get("packages")
    packages = packages if isinstance(packages, Mapping) else None
    for name, value in (
        ("given in", said.get("cwd")),
        ("snapshot", str(said.get("snapshot") or "")[:12] or None),
        ("project", said.get("project")),
        ("your git", str(git.get("commit"))[:8] if isinstance(git, Mapping) else None),
        ("seed", said.get("seed")),
        ("python", said.get("python")),
        ("packages", f"others, {packages.get('count')} in all" if packages else None),
        ("host", said.get("host")),
    ):
        if value is not None:
            yield name, words(value)
    data = said.get("data")
    for path, entry in data.items() if isinstance(data, Mapping) else ():
        if entry != account.fact("data", path):
            yield _from_project(path, account), words(", ".join(_of_data(entry)))


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return words(", ".join(names[:_MOST]) + more)


def _from_project(path: str, account: Account) -> str:
    root = account.fact("project")
    return path.removeprefix(f"{root}/") if isinstance(root, str) else path


def _moment(seconds: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    except (ValueError, OverflowError, OSError):  # a number that is no moment
        return str(seconds)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _size(size: int) -> str:
    value = float(size)
    for unit in ("bytes", "KB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
