"""Other values for the arguments of a recorded command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from fitlog_core.errors import RerunError

_SEED = re.compile(r"(?:^|[-_.])seed$", re.IGNORECASE)


def with_value(
    arguments: Sequence[str], name: str, value: str, options: Iterable[str]
) -> list[str]:
    """Return the arguments of a command with another value for one of them.

    Where the argument was given, its value is replaced: ``--lr 0.1``, ``--lr=0.1`` or, as Hydra
    has it, ``lr=0.1``. Where its default held, it is added as the code spells it.

    :param arguments: Without interpreter and script.
    :param name: Such as ``lr`` or ``batch_size``, of an argument or of the hyperparameter that
        argparse made of it.
    :param value: The other value.
    :param options: The options that the code spells, such as ``--batch-size``.
    :raises RerunError: if the command has no such argument.
    """
    changed = list(arguments)
    for place in reversed(range(len(changed))):  # of two, the last one holds
        word, equals, _ = changed[place].partition("=")
        if not _is_named(word, name):
            continue
        if equals:
            changed[place] = f"{word}={value}"
            return changed
        if word.startswith("-"):
            return _replaced(changed, place, value)
    option = next((option for option in options if _is_named(option, name)), None)
    if option is None:
        raise RerunError(
            f"the command has no argument {name!r}: neither {' '.join(arguments) or 'it'} nor the "
            f"code names --{name.replace('_', '-')}; change the code, or name another argument"
        )
    return [*changed, option, value]


def seed_argument(arguments: Sequence[str], options: Iterable[str]) -> str:
    """Return the name of the argument that sets the seed.

    :param arguments: Those of the command.
    :param options: The options that the code spells.
    :raises RerunError: if there is none.
    """
    for word in (*arguments, *options):
        name = word.partition("=")[0]
        is_option = word.startswith("-") or "=" in word
        if is_option and _SEED.search(name):
            return name.lstrip("-")
    raise RerunError(
        "the command has no argument for the seed, such as --seed; name it by --set NAME=VALUE"
    )


def spelled_options(code: str) -> list[str]:
    """Return the options that a script's code spells, such as ``--batch-size``, each once.

    :param code: The text of the script.
    """
    return list(dict.fromkeys(re.findall(r"""["'](--?[A-Za-z][\w.\-]*)["']""", code)))


def seeds(text: str) -> list[str]:
    """Return the seeds that ``1..5`` or ``1,2,7`` stand for.

    :raises RerunError: for anything else.
    """
    found: list[str] = []
    for part in text.split(","):
        bounds = re.fullmatch(r"\s*(-?\d+)(?:\.\.(-?\d+))?\s*", part)
        if bounds is None or (bounds[2] and int(bounds[2]) < int(bounds[1])):
            raise RerunError(f"{text!r} names no seeds; write 3, 1..5 or 1,2,7")
        last = bounds[2] or bounds[1]
        found += [str(seed) for seed in range(int(bounds[1]), int(last) + 1)]
    return found


def _replaced(words: list[str], place: int, value: str) -> list[str]:
    has_value = place + 1 < len(words) and not _is_option(words[place + 1])
    return [*words[: place + 1], value, *words[place + (2 if has_value else 1) :]]


def _is_option(word: str) -> bool:
    return re.match(r"--?[A-Za-z]", word) is not None  # -1 is a value


def _is_named(word: str, name: str) -> bool:
    return _folded(word) == _folded(name)


def _folded(name: str) -> str:
    return name.lstrip("-").replace("-", "_")
