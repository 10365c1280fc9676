"""The ``fitlog`` command's first step, which loads no more than is needed for the second."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    if sys.argv[1:2] == ["run"]:
        from fitlog_core.running.start import start_at_once

        if start_at_once(sys.argv[2:]):
            return
    from fitlog_core.cli import main as command_line

    command_line(prog_name="fitlog")
