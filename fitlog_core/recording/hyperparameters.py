"""Hyperparameters, in whatever form a script keeps them, to a mapping."""

from __future__ import annotations

import ast
import inspect
import os
import re
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

from fitlog_core.errors import ArgumentError
from fitlog_core.log_format import DEEPEST

_MARK = r"#{5,}\s*hyper"


class FitlogConfig:
    """Base of a configuration class: its public members are the hyperparameters.

    Hand the class or an instance to ``add_hyper``; inherited members are taken too.

    :param kwargs: Members to set on this instance.
    """

    def __init__(self, **kwargs: Any) -> None:
        for name, value in kwargs.items():
            setattr(self, name, value)


def as_mapping(value: object, depth: int = 0) -> object:
    """Return Namespace, ConfigParser, dataclass and FitlogConfig as a mapping, all else as it is.

    :param value: What ``add_hyper`` was given. It is not changed.
    :param depth: How many of these it lies in.
    :raises ArgumentError: if they lie in one another more than :data:`DEEPEST` deep.
    """
    if depth > DEEPEST:
        raise ArgumentError(
            f"hyperparameters are nested more than {DEEPEST} deep; does one hold itself?"
        )
    if isinstance(value, FitlogConfig) or _is_config_class(value):
        members = _members(value)
    elif isinstance(value, type):
        return value
    elif hasattr(type(value), "__dataclass_fields__"):  # a proxy may raise anything when asked
        members = {name: getattr(value, name) for name in _fields(value)}
    elif _is_config_parser(value):
        return {section: dict(value.items(section)) for section in value.sections()}  # type: ignore[attr-defined]  # asked just above
    elif isinstance(value, _namespaces()):
        members = vars(value)
    else:
        return value
    return {name: as_mapping(member, depth + 1) for name, member in members.items()}


def _namespaces() -> tuple[type, ...]:
    """Return the classes that are nothing but their attributes; argparse may not be imported."""
    argparse = sys.modules.get("argparse")
    return (types.SimpleNamespace, argparse.Namespace) if argparse else (types.SimpleNamespace,)


def _is_config_class(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, FitlogConfig)


def _members(config: object) -> dict[str, Any]:
    instance = config() if isinstance(config, type) else config
    members = ((name, getattr(instance, name)) for name in dir(instance))
    return {
        name: getattr(value, "__name__", value) if inspect.isroutine(value) else value
        for name, value in members
        if not name.startswith("_")
    }


def _fields(value: object) -> list[str]:
    return [
        name
        for name in value.__dataclass_fields__  # type: ignore[attr-defined]  # a dataclass has it
        if hasattr(value, name)
    ]


def _is_config_parser(value: object) -> bool:
    """Tell a ConfigParser from a mapping without importing configparser."""
    return isinstance(value, Mapping) and all(
        callable(getattr(value, method, None)) for method in ("sections", "items", "options")
    )


def in_file(path: str) -> dict[str, Any]:
    """Return the assignments between two lines of ``#####hyper`` in a Python file.

    :param path: The file.
    :return: Names to values: quoted strings without their quotes, ``True`` and ``False`` as
        booleans, all else as the text that stands there. The last value of a name counts.
    :raises ArgumentError: if the file is missing or is no Python file.
    """
    if os.path.splitext(path)[1] != ".py" or not os.path.isfile(path):
        raise ArgumentError(f"add_hyper_in_file needs an existing Python file, got {path!r}")
    with open(path, encoding="utf-8", errors="replace") as file:
        source = file.read()
    values: dict[str, Any] = {}
    for block in _blocks(source):
        values.update(_assignments(block))
    return values


def _blocks(source: str) -> Iterator[str]:
    block: list[str] | None = None
    for line in source.splitlines():
        if re.fullmatch(_MARK, line.strip()):
            if block is not None:
                yield "\n".join(block)
            block = [] if block is None else None
        elif block is not None:
            block.append(line)
    if block:  # the second mark is missing: fitlog 0.9 read to the end of the file
        yield "\n".join(block)


def _assignments(block: str) -> Iterator[tuple[str, Any]]:
    import textwrap  # no other hyperparameters need it

    try:
        yield from _assignments_of(textwrap.dedent(block))
    except (SyntaxError, ValueError):  # ValueError: a null byte, before Python 3.12
        for line in block.splitlines():
            try:
                yield from _assignments_of(line.strip())
            except (SyntaxError, ValueError):
                continue


def _assignments_of(source: str) -> Iterator[tuple[str, Any]]:
    for statement in ast.parse(source).body:
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets = [statement.target]
        for target in targets:
            if statement.value is not None:  # type: ignore[attr-defined]  # both kinds have it
                yield ast.unparse(target), _value(source, statement.value)  # type: ignore[attr-defined]  # both kinds have it


def _value(source: str, value: ast.expr) -> Any:
    if isinstance(value, ast.Constant) and isinstance(value.value, (bool, str)):
        return value.value
    return ast.get_source_segment(source, value) or ast.unparse(value)
