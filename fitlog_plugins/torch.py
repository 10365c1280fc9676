"""PyTorch: its random seed, its versions and devices, and its objects by name.

Tensors need nothing from here: fitlog reads them by protocol.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from fitlog_core.hookspecs import hookimpl

# Classes by the module they are found in; looked up only where that is imported.
SAID_AS_TEXT = (("torch", "device"), ("torch", "dtype"), ("torch", "layout"))
SAID_BY_CLASS = (
    ("torch.nn", "Module"),
    ("torch.optim", "Optimizer"),
    ("torch.optim.lr_scheduler", "LRScheduler"),
    ("torch.optim.lr_scheduler", "ReduceLROnPlateau"),  # no LRScheduler before torch 2.2
    ("torch.utils.data", "Dataset"),
    ("torch.utils.data", "DataLoader"),
    ("torch", "Generator"),
)


@hookimpl
def fitlog_value(value: object) -> str | None:
    """Return a device or dtype as its text; a module, optimizer and the like by its class."""
    if "torch" not in sys.modules:
        return None
    if _is_any(value, SAID_AS_TEXT):
        return str(value)
    # Their text has many lines, or an address that differs from run to run.
    return type(value).__name__ if _is_any(value, SAID_BY_CLASS) else None


@hookimpl
def fitlog_seed(seed: int, frameworks: frozenset[str], deterministic: bool) -> None:
    """Seed PyTorch on every device, where it is installed.

    It is imported if need be, though that takes a second or two: a seed set before the
    training's own import must hold.
    """
    if "pytorch" not in frameworks:
        return
    try:
        import torch
    except (ImportError, OSError):  # OSError: a shared library is missing
        return
    torch.manual_seed(seed if -(2**63) <= seed < 2**64 else seed % 2**64)
    if deterministic:
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.benchmark = False


@hookimpl
def fitlog_environment() -> Mapping[str, object] | None:
    """Return the versions of PyTorch and CUDA and the devices' names, as far as in use."""
    torch = sys.modules.get("torch")
    version = getattr(torch, "__version__", None)
    if torch is None or version is None:
        return None
    facts: dict[str, object] = {"version": str(version)}
    built_for = getattr(torch.version, "cuda", None)
    if built_for is not None:
        facts["cuda"] = built_for
    names = _device_names(torch.cuda)
    if names:
        facts["gpus"] = names
    return facts


def _device_names(cuda: Any) -> list[str]:
    # Asking a CUDA that nobody uses would take seconds, and memory on every device.
    if not cuda.is_initialized():
        return []
    return [cuda.get_device_name(index) for index in range(cuda.device_count())]


def _is_any(value: object, kinds: tuple[tuple[str, str], ...]) -> bool:
    for module, name in kinds:
        kind = getattr(sys.modules.get(module), name, None)
        if isinstance(kind, type) and isinstance(value, kind):
            return True
    return False
