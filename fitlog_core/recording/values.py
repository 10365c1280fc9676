"""Any value to what JSON can say, by protocol and never by a type's name."""

from __future__ import annotations

import enum
import operator
import os
from collections.abc import Mapping
from typing import Any

from fitlog_core.errors import ArgumentError
from fitlog_core.log_format import DEEPEST, clean_argument_name, clean_name, json_value

# Python refuses to print longer integers in base 10; in base 16 nothing is lost.
_LONGEST_INTEGER_BITS = 14_000

Nested = dict[str, Any]


def nested_values(value: object, name: str | None) -> Nested:
    """Return the values of one call under the names they are stored by.

    :param value: A mapping of names to values, or one value, which needs a name.
    :param name: The name given beside the value, if any.
    :return: Fresh dictionaries with values that JSON can say; ``value`` itself is not changed.
    :raises ArgumentError: if a name is missing or empty, two names become one, or a mapping
        holds itself.
    :raises ArgumentTypeError: if a name is no text.
    """
    stored_name = None if name is None else clean_argument_name(name)
    if isinstance(value, Mapping):
        if stored_name is None:
            return _mapping(value, 1)
        return {stored_name: _mapping(value, 2)}
    if stored_name is None:
        raise ArgumentError(
            f"the value {_shown(value)} has no name; pass name='...' or a dict of names to values"
        )
    return {stored_name: plain(value, 1)}


def plain(value: object, depth: int = 0) -> Any:
    """Return a value as JSON can say it.

    :param value: Anything; what is not known is recorded as its text.
    :param depth: How many mappings it lies in.
    :raises ArgumentError: if mappings lie in one another more than :data:`DEEPEST` deep.
    """
    kind = type(value)
    if value is None or kind is str or kind is bool:
        return value
    if kind is float:
        return json_value(value)
    if kind is int:
        return _integer(value)  # type: ignore[arg-type]  # kind is int says so
    if isinstance(value, Mapping):
        return _mapping(value, depth + 1)
    return _foreign(value, depth)


def document(value: object, depth: int = 0) -> Any:
    """Return a value for a JSON document that people read: names and lists stay as they are.

    :param value: Anything; what JSON cannot say is as :func:`plain` has it.
    :param depth: How many mappings and lists it lies in.
    :raises ArgumentError: if they lie in one another more than :data:`DEEPEST` deep.
    """
    if depth > DEEPEST:
        raise ArgumentError(f"a dict is nested more than {DEEPEST} deep; does it hold itself?")
    if isinstance(value, Mapping):
        return {str(name): document(item, depth + 1) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [document(item, depth + 1) for item in value]
    return plain(value)


def is_number(value: Any) -> bool:
    """Tell whether a value can be a point of a curve; text that reads as a number is none.

    :param value: Anything, also a tensor of one element.
    """
    if type(value) is float or type(value) is int:
        return True
    if value is None or isinstance(value, (str, bytes)):
        return False
    try:
        float(value)
    except (TypeError, ValueError, RuntimeError):  # RuntimeError: a tensor of several elements
        return False
    return True


def _mapping(mapping: Mapping[Any, Any], depth: int) -> Nested:
    if depth > DEEPEST:
        raise ArgumentError(f"a mapping is nested more than {DEEPEST} deep; does it hold itself?")
    stored: Nested = {}
    given: dict[str, object] = {}
    for key, value in mapping.items():
        name = clean_name(key if isinstance(key, str) else str(key))
        if name in given:
            raise ArgumentError(
                f"the names {given[name]!r} and {key!r} are both stored as {name!r}; rename one"
            )
        given[name] = key
        stored[name] = plain(value, depth)
    return stored


def _integer(value: int) -> int | str:
    return value if value.bit_length() <= _LONGEST_INTEGER_BITS else hex(value)


def _foreign(value: object, depth: int) -> Any:
    if isinstance(value, (list, tuple)):
        return _shown(_elements(value))
    try:
        if isinstance(value, enum.Enum):
            return _enum(value)
        if isinstance(value, (int, float, str)):  # subclasses of the plain types
            return _subclass(value)
        if isinstance(value, os.PathLike):
            return os.fsdecode(value)
        return _by_protocol(value, depth)
    except Exception:  # noqa: BLE001 - foreign code: whatever it raises, the text is recorded
        return _shown(value)


def _enum(value: enum.Enum) -> Any:
    plain_value = isinstance(value, (bool, int, float, str))
    return plain(value.value) if plain_value else str(value)


def _subclass(value: int | float | str) -> Any:
    """Return the plain value inside, whatever the subclass says it is."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        return json_value(float.__float__(value))
    return _integer(int.__index__(value))


def _by_protocol(value: object, depth: int) -> Any:
    tolist = getattr(value, "tolist", None)
    if callable(tolist) and not isinstance(value, type):
        return _array(tolist())
    number = _as_number(value)
    if number is not None:
        return number
    known = _ask_plugins(value)
    if known is not None:
        return plain(known, depth)
    name = getattr(value, "__name__", None)
    return name if callable(value) and isinstance(name, str) else _shown(value)


def _as_number(value: Any) -> Any:
    """Return what counts or measures as a number; a type that could but does not as None."""
    for protocol, convert in (("__index__", operator.index), ("__float__", float)):
        if hasattr(type(value), protocol):
            try:
                number = convert(value)
            except (TypeError, ValueError, OverflowError):
                continue
            return _integer(number) if isinstance(number, int) else json_value(number)
    return None


def _array(listed: object) -> Any:
    """Return an array's only element, else its elements as text."""
    only = listed
    while isinstance(only, list) and len(only) == 1:
        only = only[0]
    if isinstance(only, list):
        return str(listed)
    if only is None or isinstance(only, (bool, int, float, str)):
        return plain(only)
    number = _as_number(only)
    return str(only) if number is None else number


def _elements(sequence: list[Any] | tuple[Any, ...], depth: int = 0) -> object:
    """Return a list whose elements read well: the number 0.5, not ``np.float64(0.5)``."""
    if depth > DEEPEST:
        raise ArgumentError(f"a list is nested more than {DEEPEST} deep; does it hold itself?")
    elements = [
        _elements(element, depth + 1)
        if isinstance(element, (list, tuple))
        else float.__float__(element)
        if isinstance(element, float)
        else element
        if isinstance(element, Mapping)
        else plain(element)
        for element in sequence
    ]
    return tuple(elements) if isinstance(sequence, tuple) else elements


def _ask_plugins(value: object) -> object:
    from fitlog_core import plugins

    return plugins.first("fitlog_value", value=value)


def _shown(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a foreign __str__ may raise anything
        return f"<{type(value).__name__}>"
