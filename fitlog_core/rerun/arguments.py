"""Other values for the arguments of a recorded command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence

from fitlog_core.errors import RerunError
from fitlog_core.rerun.declared import Declared

_SEED = re.compile(r"(?:^|[-_.])seed$", re.IGNORECASE)


_YES = ("true", "yes", "on", "1")
_NO = ("false", "no", "off", "0")


def with_value(
    arguments: Sequence[str],
    name: str,
    value: str,
    options: Iterable[str],
    declared: Sequence[Declared] = (),
) -> list[str]:
    """Return the arguments of a command with another value for one of them.

    Where the argument was given, its value is replaced: ``--lr 0.1``, ``--lr=0.1`` or, as Hydra
    has it, ``lr=0.1``. Where its default held, it is added as the code spells it. What argparse
    is told of is known better: a switch, several values, a positional argument.

    :param arguments: Without interpreter and script.
    :param name: Such as ``lr`` or ``batch_size``, of an argument or of the hyperparameter that
        argparse made of it.
    :param value: The other value.
    :param options: The options that the code spells, such as ``--batch-size``.
    :param declared: What the code declares, for argparse.
    :raises RerunError: if the command has no such argument.
    """
    known = _declared(declared, name)
    if known is None:
        return _with_value(arguments, name, value, options)
    if known.sets is not None:
        return _switched(arguments, known, value)
    if known.is_option:
        return _with_option(arguments, known, value)
    return _with_positional(arguments, known, value, declared)


def _with_value(
    arguments: Sequence[str], name: str, value: str, options: Iterable[str]
) -> list[str]:
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


def _declared(declared: Sequence[Declared], name: str) -> Declared | None:
    """Return what is called so; of two with one name none, for nobody knows which is meant."""
    found = [one for one in declared if name in (one.dest, *one.names)]
    found = found or [one for one in declared if any(_is_named(each, name) for each in one.names)]
    return found[0] if len(set(found)) == 1 else None


def _switched(arguments: Sequence[str], switch: Declared, value: str) -> list[str]:
    folded = value.lower()
    if folded not in (*_YES, *_NO):
        raise RerunError(f"{switch.longest} takes no value; write {switch.dest}=true or =false")
    rest = [word for word in arguments if word not in (*switch.names, switch.opposite)]
    if (folded in _YES) == switch.sets:
        return [*rest, switch.longest]
    return [*rest, switch.opposite] if switch.opposite else rest


def _with_option(arguments: Sequence[str], option: Declared, value: str) -> list[str]:
    words = _words(option, value)
    for place in reversed(range(len(arguments))):  # of two, the last one holds
        word, equals, _ = arguments[place].partition("=")
        if word not in option.names:
            continue
        if equals and option.count == 1:
            return [*arguments[:place], f"{word}={value}", *arguments[place + 1 :]]
        end = place + 1 if equals else _end(arguments, place + 1, option.count)
        return [*arguments[:place], word, *words, *arguments[end:]]
    return [*arguments, option.longest, *words]


def _with_positional(
    arguments: Sequence[str], argument: Declared, value: str, declared: Sequence[Declared]
) -> list[str]:
    order = [one for one in declared if not one.is_option]
    places = _positional_places(arguments, declared)
    if places is None or len(places) != len(order) or any(one.count != 1 for one in order):
        raise RerunError(
            f"which word of {' '.join(arguments)!r} is {argument.dest!r} cannot be told; run the "
            "command by hand"
        )
    changed = list(arguments)
    changed[places[order.index(argument)]] = value
    return changed


def _positional_places(arguments: Sequence[str], declared: Sequence[Declared]) -> list[int] | None:
    """Return where the words stand that belong to no option; None where one is not declared."""
    options = {name: one for one in declared if one.is_option for name in one.names}
    options.update({one.opposite: one for one in declared if one.opposite})
    places: list[int] = []
    place = 0
    while place < len(arguments):
        word, equals, _ = arguments[place].partition("=")
        if not _is_option(word):
            places.append(place)
        elif word not in options:
            return None
        elif not equals:
            place = _end(arguments, place + 1, options[word].count) - 1
        place += 1
    return places


def _words(argument: Declared, value: str) -> list[str]:
    """Return the words of a value: several in one text where the argument takes several."""
    if argument.count == 1:
        return [value]
    try:
        return shlex.split(value)
    except ValueError as error:
        raise RerunError(f"{value!r} is no list of values: {error}") from error


def _end(arguments: Sequence[str], start: int, count: int | None) -> int:
    """Return where the values that begin at a place end."""
    most = len(arguments) if count is None else min(start + count, len(arguments))
    return next((place for place in range(start, most) if _is_option(arguments[place])), most)


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
    return name.lstrip("-+").replace("-", "_")
