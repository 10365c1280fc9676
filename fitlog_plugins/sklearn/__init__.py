"""scikit-learn: the result of a search, one run a candidate.

::

    from fitlog_plugins.sklearn import record_search

    search = GridSearchCV(model, grid).fit(table, labels)
    record_search(search, "logs")

A script that has imported this function records its searches itself: ``fitlog.autolog()`` leaves
them to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fitlog_plugins.sklearn.searches import record_search

__all__ = ["record_search"]


def __getattr__(name: str) -> Any:
    if name != "record_search":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from fitlog_plugins.sklearn import searches

    searches.asked_for.append(name)
    return searches.record_search
