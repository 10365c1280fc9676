"""The way of a notice to apprise: a process that is given what to say, and so long for it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from urllib.parse import unquote

from fitlog_core.notification import words
from fitlog_core.notification.facts import Facts
from fitlog_core.notification.options import scheme_of
from fitlog_core.secrets import mask_text

SECONDS = 5.0  # for the targets, all at the same time
IN_ALL = 15.0  # with starting a Python and importing apprise
LONGEST_PROBLEM = 300
LANGUAGE = "en_us"
KINDS = {"finish": "success", "error": "failure", "nan": "warning", "several": "success"}

MISSING = "apprise is not installed; pip install apprise"
_LATE = f"no answer within {IN_ALL:.0f} s; it may have arrived all the same"

# The path comes first, for the modules are to be found where this process finds them. It is in
# the arguments; the addresses, which everybody on the machine could read there, are not.
_CHILD = """import sys
sys.path[:] = sys.argv[1:]
from fitlog_plugins.apprise.child import main
main()
"""


def deliver(targets: list[str], facts: Facts) -> list[str | None]:
    """Send a notice; return what went wrong with each target, None where it was taken.

    Never raises, and takes no longer than :data:`IN_ALL` seconds.

    :param targets: URLs of apprise.
    :param facts: What to tell.
    """
    task = {
        "targets": targets,
        "title": words.title(facts, LANGUAGE),
        "body": "\n".join(words.lines(facts, LANGUAGE)),
        "kind": KINDS.get(facts.state, "warning" if facts.state.startswith("alert") else "info"),
        "seconds": SECONDS,
    }
    answer = _asked(json.dumps(task).encode())
    if isinstance(answer, str):
        return [answer] * len(targets)
    return [
        None if said is None else _without_secrets(str(said), target)
        for target, said in zip(targets, answer, strict=True)
    ]


def masked(target: str) -> str:
    """Return a target as it may be shown: any other part of it may be a credential."""
    return f"{scheme_of(target) or '...'}://***"


def _asked(task: bytes) -> str | list[object]:
    """Return the child's answers, one a target; a text if there are none."""
    if not sys.executable:
        return "this program cannot start a Python to send it"
    command = [sys.executable, "-c", _CHILD, *map(str, sys.path)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter
            command, input=task, capture_output=True, timeout=IN_ALL, check=False
        )
    except subprocess.TimeoutExpired:
        return _LATE
    except OSError as error:
        return f"no process can be started to send it ({error.strerror or error})"
    try:
        # What a module prints while it is imported stands before.
        answer = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        return f"the process that was to send it ended with {done.returncode}"
    if answer == "missing":
        return MISSING
    return answer if isinstance(answer, list) else str(answer)


def _without_secrets(text: str, target: str) -> str:
    """Return a text without the parts of the address that it may repeat."""
    rest = target.partition("://")[2]
    parts = {target, rest, *re.split(r"[/@:?&=,]", rest)}
    known = {part for piece in parts for part in (piece, unquote(piece))}
    for secret in sorted(known, key=len, reverse=True):
        if len(secret) > 3:
            text = text.replace(secret, "***")
    return " ".join(mask_text(text).split())[:LONGEST_PROBLEM]
