"""Hyperparameters as Lightning hands them over: mappings with anything inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fitlog_core.recording.hyperparameters import as_mapping
from fitlog_core.recording.values import nested_values
from fitlog_core.secrets import mask_values


def as_nested(params: object) -> dict[str, Any]:
    """Return hyperparameters as values that are stored as they are, also to be compared.

    :param params: A mapping, Namespace, dataclass or config object; None has none. Tokens and
        passwords among them are masked.
    :raises UsageError: if they cannot be recorded.
    """
    if params is None:
        return {}
    opened = _opened(params)
    return nested_values(mask_values(opened) if isinstance(opened, Mapping) else opened, None)


def _opened(value: object, depth: int = 0) -> object:
    """Return what has members as a mapping, however deep it lies."""
    opened = as_mapping(value, depth)
    if isinstance(opened, Mapping):
        return {str(name): _opened(member, depth + 1) for name, member in opened.items()}
    return opened
