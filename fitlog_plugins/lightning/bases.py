"""The classes of Lightning that ours must be instances of, whichever packages have them."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Any

from fitlog_core.errors import MissingExtraError

# The two packages hold the same code under different names, and each has classes of its own.
PACKAGES = ("pytorch_lightning", "lightning.pytorch")
FABRICS = ("lightning_fabric", "lightning.fabric")


def loggers() -> tuple[Any, ...]:
    """Return the ``Logger`` of every package in use; Fabric's where there is nothing else.

    :raises MissingExtraError: if no package is installed.
    """
    found = _classes("loggers", "Logger", PACKAGES) or _classes("loggers", "Logger", FABRICS)
    if not found:
        raise MissingExtraError(
            "FitlogLogger needs PyTorch Lightning, which is not installed; install it with "
            "'pip install pytorch-lightning' or 'pip install lightning' (the first is what the "
            "extra fitlog[lightning] brings)"
        )
    return found


def callbacks() -> tuple[Any, ...]:
    """Return the ``Callback`` of every package in use; nothing where there is Fabric only."""
    return _classes("callbacks", "Callback", PACKAGES)


def _classes(module: str, name: str, packages: tuple[str, ...]) -> tuple[Any, ...]:
    chosen = [package for package in packages if sys.modules.get(package) is not None]
    if not chosen:
        chosen = [package for package in packages if _is_installed(package)][:1]
    return tuple(getattr(importlib.import_module(f"{one}.{module}"), name) for one in chosen)


def _is_installed(package: str) -> bool:
    """Tell whether a package can be imported, without importing what lies in it."""
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):  # its parent is missing; or it is blocked in sys.modules
        return False
