"""NumPy: its random seed, its version, and its types by name.

Arrays and scalars need nothing from here: fitlog reads them by protocol.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from fitlog_core.hookspecs import hookimpl

LARGEST_SEED = 2**32 - 1


@hookimpl
def fitlog_value(value: object) -> str | None:
    """Return a dtype by its name, a source of random numbers by its class's."""
    numpy = sys.modules.get("numpy")
    dtype = getattr(numpy, "dtype", None)
    if dtype is None:  # not imported, so the value cannot be one of its own
        return None
    if isinstance(value, dtype):
        return str(value)
    # Their text holds an address, which differs from run to run.
    random = sys.modules.get("numpy.random")
    names = ("Generator", "RandomState", "BitGenerator", "SeedSequence")
    kinds = tuple(getattr(random, name) for name in names if hasattr(random, name))
    return type(value).__name__ if isinstance(value, kinds) else None


@hookimpl
def fitlog_seed(seed: int, frameworks: frozenset[str]) -> None:
    """Seed NumPy's global generator, where NumPy is installed.

    NumPy takes 0 to 4294967295; another seed counts from the start of that range again.
    """
    if "numpy" not in frameworks:
        return
    try:
        import numpy
    except (ImportError, OSError):  # OSError: a shared library is missing
        return
    numpy.random.seed(seed % (LARGEST_SEED + 1))


@hookimpl
def fitlog_environment() -> Mapping[str, object] | None:
    """Return NumPy's version, where the training imported it."""
    version = getattr(sys.modules.get("numpy"), "__version__", None)
    return None if version is None else {"version": str(version)}
