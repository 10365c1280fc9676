"""The ``fitlog`` command: a click group that imports a command when it is asked for."""

from __future__ import annotations

import functools
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn

import click

from fitlog_core.errors import FitlogError
from fitlog_core.notices import printable

INTERRUPTED = 130  # what a shell reports for a process ended by Ctrl-C


class BuiltIn(NamedTuple):
    """Where a built-in command lives, and its line in ``fitlog --help``."""

    module: str
    summary: str


# The lines are repeated here so that ``fitlog --help`` imports none of the modules; a test
# holds them to the commands' own.
BUILT_INS = {
    "init": BuiltIn("fitlog_core.cli.init", "Make a project whose code fitlog keeps."),
    "list": BuiltIn("fitlog_core.cli.list", "List the code versions that fitlog keeps."),
    "revert": BuiltIn("fitlog_core.cli.revert", "Write a kept code version to a folder."),
    "run": BuiltIn("fitlog_core.cli.run", "Run a script as it is, and record it."),
    "rerun": BuiltIn("fitlog_core.cli.rerun", "Do a run again: the same command on the same code."),
    "bisect": BuiltIn("fitlog_core.cli.bisect", "Find the code version that moved a metric."),
    "push": BuiltIn("fitlog_core.cli.push", "Send the kept code versions to a git remote."),
    "pull": BuiltIn(
        "fitlog_core.cli.pull", "Fetch the code versions that others have sent by 'fitlog push'."
    ),
    "gc": BuiltIn(
        "fitlog_core.cli.gc", "Pack the kept code versions, so that they take less room."
    ),
    "runs": BuiltIn("fitlog_core.cli.runs", "List the runs of a log directory."),
    "show": BuiltIn("fitlog_core.cli.show", "Show everything that is known of a run."),
    "diff": BuiltIn("fitlog_core.cli.diff", "Show what differs between two runs."),
    "watch": BuiltIn(
        "fitlog_core.cli.watch",
        "Watch the runs that go on; tell when one dies, stalls or has NaN.",
    ),
    "cache": BuiltIn("fitlog_core.cli.cache", "Show or clear what is kept of logs that were read."),
    "plugins": BuiltIn("fitlog_core.cli.plugins", "List the plugins."),
    "demo": BuiltIn("fitlog_core.cli.demo", "Train a dozen real models and show them."),
    "help": BuiltIn("fitlog_core.cli.help", "Show the help of a command."),
}


class CommandGroup(click.Group):
    """A group of the built-in commands, and of those that plugins add.

    Plugins are asked (hook ``fitlog_commands``) only where their commands can matter: for the
    list in the help, for completion, and for a name that is not built in. A built-in name
    cannot be taken by a plugin.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the built-in names in their order, those of plugins, and ``help``."""
        self._ask_plugins(ctx)
        added = sorted(set(self.commands) - set(BUILT_INS))
        return [*(name for name in BUILT_INS if name != "help"), *added, "help"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by name, imported now, or None."""
        if cmd_name in BUILT_INS:
            return load_built_in(cmd_name)
        if cmd_name not in self.commands:
            self._ask_plugins(ctx)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing the built-in ones."""
        rows = [(name, self._summary(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _summary(self, ctx: click.Context, name: str) -> str:
        if name in BUILT_INS:
            return BUILT_INS[name].summary
        command = self.get_command(ctx, name)
        return command.get_short_help_str(80) if command else ""

    def _ask_plugins(self, ctx: click.Context) -> None:
        """Let plugins add their commands, once a group."""
        if ctx.meta.get("fitlog.plugins_asked"):
            return
        ctx.meta["fitlog.plugins_asked"] = True
        from fitlog_core import plugins

        plugins.notify("fitlog_commands", group=self)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command; end with one line on stderr where something went wrong.

        The parameters are those of :meth:`click.Command.main`. Without ``standalone_mode``
        errors are raised, and what the command returned is returned.
        """
        run = functools.partial(
            super().main, args, prog_name, complete_var, standalone_mode=False, **extra
        )
        if not standalone_mode:
            return run()
        _never_fail_to_print()
        try:
            result: object = run()
            sys.stdout.flush()
            code = result if type(result) is int else 0  # click hands back the code of ctx.exit()
        except (KeyboardInterrupt, EOFError, click.Abort):
            code = INTERRUPTED
        except click.ClickException as error:
            code = _complain(_one_line(error), error.exit_code)
        except FitlogError as error:
            code = _complain(str(error), 1)
        except BrokenPipeError:
            _leave_pipe()
        except OSError as error:
            code = _complain(_os_error_line(error), 1)
        sys.exit(code)


def load_built_in(name: str) -> click.Command:
    """Import the built-in command ``name``; its module calls it ``command``."""
    module = importlib.import_module(BUILT_INS[name].module)
    command: click.Command = module.command
    return command


def _never_fail_to_print() -> None:
    """Escape what the terminal's encoding lacks, as stderr does: an emoji under cp936."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _one_line(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{message} Try '{error.ctx.command_path} --help'."
    return message


def _os_error_line(error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and error.filename is None:  # os.getcwd() says no more
        return "the working directory was deleted; change to another"
    return f"{error.strerror or error}: {error.filename}" if error.filename else str(error)


def _complain(message: str, code: int) -> int:
    click.echo(f"fitlog: {printable(message)}", err=True)
    return code


def _leave_pipe() -> NoReturn:
    """End quietly when the reader of our output has gone (``fitlog list | head -1``)."""
    # Python flushes stdout once more at exit and would complain there.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(1)


@click.group(
    cls=CommandGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Run 'fitlog help COMMAND' for the options and examples of a command.",
)
@click.version_option(
    None, "--version", package_name="fitlog", prog_name="fitlog", message="%(prog)s %(version)s"
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Log experiments: their numbers in plain text, their code in git, a board to look at them.

    \b
    Examples:
      fitlog init my_project     make a project
      fitlog log logs            open the board on the runs in logs/
      fitlog list                which code versions are kept
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        ctx.exit(2)
