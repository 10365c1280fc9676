"""What ``fitlog run`` hands on to the program it becomes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Options:
    """How a script is to be recorded.

    :param log_dir: The log directory.
    :param is_module: The script is the name of a module, as for ``python -m``.
    :param message: What is tried with this code, or None.
    :param commits: Keep the code.
    :param console: Keep what is printed.
    :param stand_ins: Packages for which a module of ours stands in, such as ``wandb``.
    :param command: What stands before the script on the command line, for ``sys.orig_argv``.
    """

    log_dir: str = "logs"
    is_module: bool = False
    message: str | None = None
    commits: bool = True
    console: bool = True
    stand_ins: tuple[str, ...] = ()
    command: tuple[str, ...] = ()

    def as_word(self) -> str:
        """Return them as one word of a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_word(cls, word: str) -> Options:
        """Return what :meth:`as_word` wrote."""
        said: dict[str, Any] = json.loads(word)
        lists = {"stand_ins", "command"}
        return cls(**{key: tuple(said[key]) if key in lists else said[key] for key in said})
