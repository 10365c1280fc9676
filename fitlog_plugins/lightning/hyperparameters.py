"""Hyperparameters as Lightning hands them over: mappings with anything inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fitlog_core.recording.hyperparameters import as_mapping
from fitlog_core.recording.values import nested_values


def as_nested(params: object) -> dict[str, Any]:
    """Return hyperparameters as values that are stored as they are, also to be compared.

    :param params: A mapping, Namespace, dataclass or config object; None has none.
    :raises UsageError: if they cannot be recorded.
    """
    return {} if params is None else nested_values(_opened(params), None)


def _opened(value: object) -> object:
    """Return what has members as a mapping, however deep it lies."""
    opened = as_mapping(value)
    if isinstance(opened, Mapping):
        return {str(name): _opened(member) for name, member in opened.items()}
    return opened
