"""Makes this process the program that records a script, or starts that in its place."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from fitlog_core.running.code import keep_beside
from fitlog_core.running.options import Options

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_LAUNCHER = os.path.join(_FOLDER, "launch.py")
_PACKAGES = os.path.dirname(os.path.dirname(_FOLDER))
_WITH_VALUE = {"-d": "log_dir", "--log-dir": "log_dir", "--message": "message"}
_FLAGS: dict[str, dict[str, Any]] = {
    "--no-commit": {"commits": False},
    "--no-console": {"console": False},
    "--wandb": {"stand_ins": ("wandb",)},
}


def start_at_once(words: Sequence[str]) -> bool:
    """Be the script of ``fitlog run [OPTIONS] SCRIPT ...``, in this very process.

    Everything but plain options before an existing script is the command line's to understand:
    its parser takes longer to load than all the rest.

    :param words: What stands after ``run``.
    :return: Whether that was done; the script may also have ended by an exception.
    """
    said = _plain_options(words)
    if said is None:
        return False
    options, (script, *arguments) = said
    if not (os.path.isfile(script) and os.access(script, os.R_OK)):
        return False
    puts_path = _own_place_left()
    if puts_path is None:
        return False
    from fitlog_core import log_format  # noqa: F401 - both processes need it: it is loaded once
    from fitlog_core.running.program import become

    become(_with_code(options, script, arguments), script, arguments, puts_path=puts_path)
    return True


def _plain_options(words: Sequence[str]) -> tuple[Options, Sequence[str]] | None:
    """Return the options and what stands after them, None where a parser has to look at them."""
    said: dict[str, Any] = {"log_dir": "logs"}
    at = 0
    while at < len(words) and words[at].startswith("-"):
        name, equals, value = words[at].partition("=")
        if name in _WITH_VALUE and (equals or at + 1 < len(words)) and (value or not equals):
            at += not equals
            said[_WITH_VALUE[name]] = value if equals else words[at]
        elif words[at] in _FLAGS:
            said |= _FLAGS[words[at]]
        else:
            return None
        at += 1
    if at == len(words) or not said["log_dir"]:
        return None
    try:
        said["log_dir"] = os.path.abspath(said["log_dir"])
    except OSError:  # the working directory was deleted
        return None
    command = ("-m", "fitlog", "run", *words[:at])
    return Options(command=command, **said), words[at:]


def _own_place_left() -> bool | None:
    """Take what Python put first on the path for this command off it.

    :return: False where Python was told to put nothing there, None where another stands there.
    """
    if getattr(sys.flags, "safe_path", sys.flags.isolated):
        return False
    own = ("", os.getcwd(), os.path.dirname(os.path.realpath(sys.argv[0])))
    if not sys.path or sys.path[0] not in own:
        return None
    place = os.path.abspath(sys.path.pop(0))
    if place == _PACKAGES and place not in sys.path:
        sys.path.append(place)  # fitlog lies in no folder of packages, as in a checkout
    return True


def _with_code(options: Options, script: str, arguments: Sequence[str]) -> Options:
    """Have the code kept, if that is wanted; return the options that say where."""
    if not options.commits:
        return options
    code = keep_beside(script, arguments, options.message, is_module=options.is_module)
    return options._replace(code=code)


def start(options: Options, script: str, arguments: Sequence[str]) -> int:
    """Become the script; where processes cannot become others, wait for it.

    :param script: Path of the script, or name of the module.
    :param arguments: What stands after it.
    :return: The exit code, where this process is still there.
    """
    options = _with_code(options, script, arguments)
    if options.code >= 0:
        os.set_inheritable(options.code, True)
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
