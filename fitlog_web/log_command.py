"""``fitlog log``: the board until Ctrl-C.

Flask is imported when the command runs, not when it is listed.
"""

from __future__ import annotations

import getpass
import os
import secrets
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import click

from fitlog_core import settings
from fitlog_core.notices import say

LONGEST_TOKEN = 10_000
HOURS = 3600.0
FEW_VISITORS = 1000


@click.command()
@click.argument("log_dir", type=click.Path(path_type=Path))
@click.option(
    "-l",
    "--log-config-name",
    "view",
    default="default.cfg",
    show_default=True,
    metavar="NAME.cfg",
    help="Saved view to open, a file in LOG_DIR.",
)
@click.option(
    "-p",
    "--port",
    type=click.IntRange(0, 65535),
    default=5000,
    show_default=True,
    help="Port; the next free one where it is taken.",
)
@click.option(
    "-i",
    "--ip",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen at; 0.0.0.0 lets other machines in.",
)
@click.option(
    "-t",
    "--token",
    help="What visitors must know. Made and printed where other machines may come in. Others on "
    "this machine see it in the list of processes; FITLOG_TOKEN and --token-file hide it.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help="File whose first line is the token; nobody but you should be able to read it.",
)
@click.option(
    "-s",
    "--standby-hours",
    type=click.FloatRange(min=0, min_open=True),
    default=48,
    show_default=True,
    help="End after so many hours without a visitor.",
)
@click.option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="NAME",
    help="A further name under which the board is reached, as behind a proxy. May be repeated.",
)
@click.option(
    "--allow-revert",
    is_flag=True,
    help="Let visitors from other machines, too, have a run's code written to a folder here.",
)
@click.option(
    "--read-only", "only_shows", is_flag=True, help="Show the runs and refuse every change."
)
@click.option(
    "--watch",
    "is_watching",
    is_flag=True,
    help="Tell of runs that die, stall or have NaN, as fitlog watch does, while the board is open.",
)
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="RULE",
    help="A further rule of --watch, such as 'stalled 10m'; it switches that on. May be repeated.",
)
def log(
    log_dir: Path,
    view: str,
    port: int,
    ip: str,
    token: str | None,
    token_file: Path | None,
    standby_hours: float,
    allow_hosts: tuple[str, ...],
    allow_revert: bool,
    only_shows: bool,
    is_watching: bool,
    rules: tuple[str, ...],
) -> None:
    """Show the runs of LOG_DIR in a browser, until Ctrl-C.

    Only this machine can open the board unless --ip says otherwise; then a token is needed,
    which is part of the address that is printed.

    \b
    Examples:
      fitlog log logs
      fitlog log logs --port 8000 --log-config-name paper.cfg
      fitlog log logs --ip 0.0.0.0
      fitlog log logs --watch
    """
    from fitlog_core.reading.logdir import check_readable
    from fitlog_web import server, visitors, watching
    from fitlog_web.app import create_app
    from fitlog_web.same_machine import RevertRules

    check_readable(log_dir)
    token = _token(token, token_file)
    # Bound before anything is printed: nobody else can take the port that is told.
    with server.bind(ip, port) as listening:
        address, bound = listening.getsockname()[:2]
        if token is None and not server.is_local(address):
            token = secrets.token_urlsafe(18)
        # A further name is that of a proxy, behind which everybody comes from this machine.
        local = server.is_local(address) and not allow_hosts
        reverting = RevertRules(local, allow_revert)
        app = create_app(log_dir, view, token, bound, allow_hosts, reverting, only_shows, rules)
        board = app.extensions["fitlog"]
        watched = watching.rules_for(board, rules) if is_watching or rules else []
        _tell(log_dir, server.addresses(listening), token)
        click.echo(f"What is read is kept in {board.runs.index.where()}")
        _tell_room(visitors.room())
        if watched:
            click.echo(f"Tells of runs with: {'; '.join(rule.text for rule in watched)}")
        click.echo("Ctrl-C ends it.")
        with closing(board), watching.watching(board, watched):
            why = server.serve(app, listening, standby_hours * HOURS)
        if why is server.End.LONELY:
            click.echo(f"Nobody came for {standby_hours:g} hours: the board ends.")
        elif why is server.End.ASKED:
            click.echo("A visitor ended the board.")


def _token(given: str | None, file: Path | None) -> str | None:
    """Return the token that an option, a file or the environment names, None if none does."""
    if given is not None and file is not None:
        raise click.UsageError("--token and --token-file are both given: leave one out")
    source = "--token" if file is None else f"the first line of {file}"
    if file is not None:
        given = _first_line(file)
    elif given is None:
        return settings.environment("token").strip() or None
    if not given or not given.strip():
        raise click.UsageError(f"{source} is empty: give one, or leave the option out")
    return given


def _first_line(file: Path) -> str:
    """Return the token in a file, and say where others could read it."""
    try:
        with file.open(encoding="utf-8") as opened:
            line = opened.readline(LONGEST_TOKEN).strip()
            mode = os.fstat(opened.fileno()).st_mode
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise click.UsageError(f"the token cannot be read from {file}: {why}") from error
    if line and os.name == "posix" and mode & 0o077:
        say(f"others on this machine may read the token in {file}; chmod 600 keeps it from them")
    return line


def _tell(log_dir: Path, addresses: list[str], token: str | None) -> None:
    """Print the addresses that work."""
    query = f"?token={quote(token, safe='')}" if token else ""
    click.echo(f"The board of {log_dir.absolute()}")
    for address in addresses:
        click.echo(f"  http://{address}/{query}")
    tunnel = _tunnel(addresses[-1])
    if tunnel:
        local = f"http://127.0.0.1:{addresses[-1].rpartition(':')[2]}/{query}"
        click.echo(f"From your own machine:\n  {tunnel}\n  and open {local}")


def _tell_room(most: int) -> None:
    """Say how many visitors there may be, where that is fewer than is usual."""
    if most < FEW_VISITORS:
        click.echo(
            f"At most {most} visitors at once: more open files are not allowed here (ulimit -n)."
        )


def _tunnel(address: str) -> str | None:
    """Return the line that brings the board through ssh, where this machine is a remote one."""
    connection = os.environ.get("SSH_CONNECTION", "").split()
    if len(connection) != 4:
        return None
    port = address.rpartition(":")[2]
    host, ssh_port = connection[2], connection[3]
    extra = "" if ssh_port == "22" else f" -p {ssh_port}"
    return f"ssh -N{extra} -L {port}:{address} {_user()}{host}"


def _user() -> str:
    try:
        return f"{getpass.getuser()}@"
    except (OSError, KeyError, ImportError):  # a container whose user has no name
        return ""
