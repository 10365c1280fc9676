"""What an adapter says where its framework is not installed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager

from fitlog_core.errors import MissingExtraError


@contextmanager
def needed(
    adapter: str,
    called: str = "",
    *,
    package: str = "",
    extra: str = "",
    modules: tuple[str, ...] = (),
) -> Iterator[None]:
    """Import a framework in here: where it is not installed, the error names the way to get it.

    What the framework itself misses, such as a backend, it says in its own words.

    :param adapter: Name of the adapter's module.
    :param called: What people call the framework; the adapter's name unless given, as for all
        that follow.
    :param package: What ``pip install`` is to be given.
    :param extra: The extra of fitlog that brings it.
    :param modules: The framework's modules at the top.
    :raises MissingExtraError: if one of them is not there.
    """
    whole = modules or (adapter,)
    try:
        for name in whole:  # first, for the error of a part may name the part alone
            importlib.import_module(name)
        yield
    except ModuleNotFoundError as error:
        if error.name not in whole:
            raise
        raise missing(adapter, called, package=package, extra=extra) from error


def missing(
    adapter: str, called: str = "", *, package: str = "", extra: str = ""
) -> MissingExtraError:
    """Return the error that names a missing framework and the way to get it.

    :param adapter: As for :func:`needed`, like the others.
    """
    return MissingExtraError(
        f"fitlog_plugins.{adapter} needs {called or adapter}, which is not installed; install it "
        f"with 'pip install {package or adapter}' (the extra fitlog[{extra or adapter}] brings it)"
    )
