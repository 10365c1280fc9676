"""What ``fitlog run`` hands on to the program it becomes."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Options(NamedTuple):
    """How a script is to be recorded.

    :param log_dir: The log directory.
    :param is_module: The script is the name of a module, as for ``python -m``.
    :param message: What is tried with this code, or None.
    :param commits: Keep the code.
    :param console: Keep what is printed.
    :param stand_ins: Packages for which a module of ours stands in, such as ``wandb``.
    :param command: What stands before the script on the command line, for ``sys.orig_argv``.
    :param code: The descriptor at which to read which snapshot was made, -1 if there is none.
    """

    log_dir: str = "logs"
    is_module: bool = False
    message: str | None = None
    commits: bool = True
    console: bool = True
    stand_ins: tuple[str, ...] = ()
    command: tuple[str, ...] = ("-m", "fitlog", "run")
    code: int = -1

    def as_word(self) -> str:
        """Return them as one word of a command line."""
        return json.dumps(self)

    @classmethod
    def from_word(cls, word: str) -> Options:
        """Return what :meth:`as_word` wrote."""
        said: list[Any] = json.loads(word)
        return cls._make(tuple(each) if isinstance(each, list) else each for each in said)
