"""The plugin that brings ``fitlog notify`` to the command.

Every training process imports it with all other plugins, so click waits for the command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fitlog_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click

    from fitlog_core.hookspecs import TriedNotice

HOW_TO = (
    "nobody is configured to be told. Set FITLOG_FEISHU_WEBHOOK, FITLOG_DINGTALK_WEBHOOK, "
    "FITLOG_WECOM_WEBHOOK or FITLOG_APPRISE_URLS, or in .fitconfig webhook under [feishu], "
    "[dingtalk] or [wecom], or apprise under [notify]; docs/plugins.md has an example"
)


@hookimpl
def fitlog_commands(group: click.Group) -> None:
    """Add ``fitlog notify``."""
    import pathlib

    import click

    @group.command()
    @click.option("--test", is_flag=True, help="Send a test message to everyone configured.")
    @click.argument("folder", type=click.Path(path_type=pathlib.Path, exists=True), default=".")
    @click.pass_context
    def notify(ctx: click.Context, test: bool, folder: pathlib.Path) -> None:
        """Try the notices that are sent when a run ends.

        FOLDER is a project or a log directory, whose .fitconfig counts beside the environment;
        the working directory if it is not given.

        \b
        Example:
          fitlog notify --test       send a test message, and say how it fared
        """
        from fitlog_core import plugins
        from fitlog_core.notification.options import Options

        if not test:
            raise click.UsageError("nothing to do; add --test to send a test message.")
        problems = Options(folder.absolute()).problems()
        for problem in problems:
            click.echo(f"fitlog: {problem}", err=True)
        answers = plugins.collect("fitlog_test_notice", place=folder.absolute())
        code = _show([notice for _, notices in answers for notice in notices])
        ctx.exit(1 if problems else code)


def _show(tried: Sequence[TriedNotice]) -> int:
    """Print how each message fared; return the exit code."""
    import click

    if not tried:
        click.echo(f"fitlog: {HOW_TO}", err=True)
        return 1
    for notice in tried:
        click.echo(f"{notice.target}: {notice.problem or 'ok'}")
    return int(any(notice.problem for notice in tried))
