"""``fitlog help``: what ``--help`` says, in the spelling of fitlog 0.9."""

from __future__ import annotations

import click


@click.command("help")
@click.argument("name", metavar="[COMMAND]", required=False)
@click.pass_context
def command(ctx: click.Context, name: str | None) -> None:
    """Show the help of a command.

    Without COMMAND, show the list of commands.

    \b
    Examples:
      fitlog help
      fitlog help log
    """
    parent = ctx.find_root()
    group = parent.command
    if name is None or not isinstance(group, click.Group):
        click.echo(group.get_help(parent))
        return
    found = group.get_command(parent, name)
    if found is None:
        raise click.UsageError(f"No such command {name!r}.", ctx=parent)
    with click.Context(found, info_name=name, parent=parent) as child:
        click.echo(found.get_help(child))
