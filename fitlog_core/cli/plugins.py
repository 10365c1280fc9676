"""``fitlog plugins``: what extends fitlog here, and what could not be loaded."""

from __future__ import annotations

import json

import click

from fitlog_core import plugins
from fitlog_core.cli import plugins_new
from fitlog_core.plugins import Plugin

HEADS = ("NAME", "VERSION", "STATE", "HOOKS", "ERROR")


@click.group("plugins", invoke_without_command=True, subcommand_metavar="[COMMAND]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the plugins.

    Shown are name, version, state (loaded, off or failed), the hooks each implements, and why
    one failed; then the adapters to other frameworks, which are imported only by those who use
    them.

    FITLOG_PLUGINS=off switches all off that fitlog can do without; FITLOG_PLUGINS=numpy,feishu
    loads only these beside the ones it cannot do without. COMMAND does something else instead.

    \b
    Examples:
      fitlog plugins
      fitlog plugins --json
      FITLOG_PLUGINS=feishu fitlog plugins
      fitlog plugins new fitlog-hello
    """
    if ctx.invoked_subcommand is not None:
        if as_json:
            raise click.UsageError(f"--json is for the list, not for {ctx.invoked_subcommand}.")
        return
    found = list(plugins.host().plugins.values())
    adapters = plugins.adapters()
    if as_json:
        said = {"plugins": [_facts(p) for p in found], "adapters": [_facts(p) for p in adapters]}
        click.echo(json.dumps(said, indent=2))
        return
    table = [HEADS, *(_row(plugin) for plugin in found)]
    has_failed = any(plugin.error for plugin in found)
    _echo_table(table if has_failed else [row[:-1] for row in table])
    if adapters:
        click.echo()
        _echo_table(
            [("ADAPTER", "VERSION", "CLASS"), *((p.name, p.version, p.module) for p in adapters)]
        )


command.add_command(plugins_new.command)


def _facts(plugin: Plugin) -> dict[str, object]:
    return {
        "name": plugin.name,
        "module": plugin.module,
        "version": plugin.version,
        "state": plugin.state,
        "hooks": plugin.hooks,
        "error": plugin.error,
    }


def _row(plugin: Plugin) -> tuple[str, ...]:
    hooks = ", ".join(plugin.hooks) or "-"
    return plugin.name, plugin.version or "-", plugin.state, hooks, plugin.error


def _echo_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
