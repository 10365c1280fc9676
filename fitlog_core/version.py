"""The version of the installed package, read when somebody asks for it.

Reading it with the rest would cost every training the import of ``importlib.metadata``.
"""

from __future__ import annotations


def __getattr__(name: str) -> str:
    """Return ``__version__``.

    :raises AttributeError: if something else is asked for, or fitlog is not installed but read
        from a folder of sources.
    """
    if name != "__version__":
        raise AttributeError(f"module 'fitlog' has no attribute {name!r}", name=name)
    from importlib import metadata

    try:
        return metadata.version("fitlog")
    except metadata.PackageNotFoundError as error:
        raise AttributeError(
            "fitlog is not installed, so it has no __version__; pip install it"
        ) from error
