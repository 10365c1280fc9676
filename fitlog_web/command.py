"""The plugin that brings the board to the ``fitlog`` command.

Every training process imports it with all other plugins, so click, whose import costs more
than all of them, waits for the command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fitlog_core.hookspecs import hookimpl

if TYPE_CHECKING:
    import click


@hookimpl
def fitlog_commands(group: click.Group) -> None:
    """Add ``fitlog log`` and ``fitlog export``."""
    from fitlog_web.copy_command import export
    from fitlog_web.log_command import log

    group.add_command(log)
    group.add_command(export)
