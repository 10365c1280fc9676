"""Starts the program that records a script, in place of this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from fitlog_core.running.code import keep_beside
from fitlog_core.running.options import Options

_LAUNCHER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "launch.py")


def start_at_once(words: Sequence[str]) -> None:
    """Start ``fitlog run SCRIPT ...`` where no option stands before an existing script.

    Everything else returns, and is the command line's to understand: its parser takes longer to
    load than all the rest.

    :param words: What stands after ``run``.
    """
    if words and not words[0].startswith("-") and os.path.isfile(words[0]):
        options = Options(log_dir=os.path.abspath("logs"))
        sys.exit(start(options, words[0], words[1:]))


def start(options: Options, script: str, arguments: Sequence[str]) -> int:
    """Become the script; where processes cannot become others, wait for it.

    :param script: Path of the script, or name of the module.
    :param arguments: What stands after it.
    :return: The exit code, where this process is still there.
    """
    if options.commits:
        code = keep_beside(script, arguments, options.message, is_module=options.is_module)
        options = options._replace(code=code)
    python = [sys.executable, *interpreter_options(sys.orig_argv, sys.argv)]
    command = [*python, _LAUNCHER, options.as_word(), script, *arguments]
    if os.name == "nt":  # there the shell would go on at once
        import subprocess

        return subprocess.call(command)  # noqa: S603 - the user's own command, no shell
    return os.execv(command[0], command)  # noqa: S606 - the user's own command, no shell


def interpreter_options(given: Sequence[str], argv: Sequence[str]) -> list[str]:
    """Return the options that Python itself was started with, as in ``python -u -m fitlog run``.

    :param given: ``sys.orig_argv``.
    :param argv: ``sys.argv``.
    """
    head = list(given[1 : len(given) - len(argv) + 1])
    if len(head) > 1 and head[-2].startswith("-") and head[-2].endswith("m"):
        together = head[-2][:-1]  # -um fitlog
        return [*head[:-2], *([together] if together != "-" else [])]
    return head[:-1]
