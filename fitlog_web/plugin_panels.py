"""Panels that plugins add to the board's pages: kept by page and title, rendered behind a guard.

A plugin returns data, never markup; the page makes text of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sized
from dataclasses import dataclass, field
from itertools import islice
from numbers import Integral, Real
from typing import Any

from flask import current_app

from fitlog_core.errors import RunNotFoundError
from fitlog_core.notices import say
from fitlog_core.plugins import FAULTS, describe
from fitlog_core.sentences import sentence
from fitlog_web.answers import plain

PAGES = ("run", "compare")
AT_ONCE = 2  # renderings; the other threads of the server stay free for the pages
MOST_ROWS = 500
MOST_TEXT = 20_000  # characters, of the whole text or of a cell

Content = dict[str, Any]


class BusyError(Exception):
    """All panels that may be rendered at once are, with a sentence that says so."""


@dataclass
class Panel:
    """A panel of a page.

    :param render: Is given a run's reader, or a list of them on the page that compares.
    """

    page: str
    title: str
    render: Callable[[Any], object]
    has_failed: bool = False


@dataclass
class Panels:
    """The panels of a board, in the order in which plugins added them."""

    entries: list[Panel] = field(default_factory=list)
    _slots: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))

    def add(self, page: str, title: str, render: Callable[[Any], object]) -> None:
        """Take in a panel.

        :raises ValueError: if there is no such page, or it has a panel of that title.
        :raises TypeError: if nothing can be called to render it.
        """
        if page not in PAGES:
            raise ValueError(f"the panel {title!r} is for {' or '.join(PAGES)}, not for {page!r}")
        if not title.strip():
            raise ValueError("a panel needs a title")
        if not callable(render):
            raise TypeError(f"the panel {title!r} needs a function that renders it, got {render!r}")
        if title in self.titles(page):
            raise ValueError(f"the page {page!r} has a panel {title!r} already")
        self.entries.append(Panel(page, title, render))

    def titles(self, page: str) -> list[str]:
        """Return the titles of a page's panels."""
        return [panel.title for panel in self.entries if panel.page == page]

    def find(self, page: str, title: str) -> Panel:
        """Return a panel.

        :raises RunNotFoundError: if the page has none of that title.
        """
        for panel in self.entries:
            if (panel.page, panel.title) == (page, title):
                return panel
        raise RunNotFoundError(
            sentence(
                "panel.unknown", "the page {page!r} has no panel {title!r}", page=page, title=title
            )
        )

    def render(self, panel: Panel, shown: object) -> tuple[Content | None, str | None]:
        """Return what a panel says, None for nothing, and the problem, None if there is none.

        :raises BusyError: if others are being rendered.
        """
        if not self._slots.acquire(blocking=False):
            raise BusyError(
                sentence("panel.busy", "other panels are at work; ask again in a moment")
            )
        try:
            return content_of(panel.render(shown)), None
        except FAULTS as error:  # the plugin border: a panel must not break the page it stands on
            _tell_once(panel, error)
            return None, sentence(
                "panel.failed", "the panel failed; the terminal that the board runs in says why"
            )
        finally:
            self._slots.release()


def panels() -> Panels:
    """Return the panels of the app that answers."""
    found: Panels = current_app.extensions["fitlog-panels"]
    return found


def _tell_once(panel: Panel, error: BaseException) -> None:
    if not panel.has_failed:
        panel.has_failed = True
        module = getattr(panel.render, "__module__", "a plugin")
        say(f"the panel {panel.title!r} of {module} failed: {describe(error)}")


def content_of(made: object) -> Content | None:
    """Return what a plugin made as the page takes it: a text, or a table.

    :param made: Text, a mapping (a line for each name), mappings by turns (the rows of a table),
        or None.
    :raises TypeError: if it is anything else.
    """
    if made is None or (isinstance(made, Sized) and not len(made)):
        return None
    if isinstance(made, str):
        return {"text": made[:MOST_TEXT], "is_cut": len(made) > MOST_TEXT}
    if isinstance(made, Mapping):
        return _table([], ([name, value] for name, value in made.items()))
    if isinstance(made, (list, tuple)) and all(isinstance(row, Mapping) for row in made):
        columns = list(dict.fromkeys(name for row in made[:MOST_ROWS] for name in row))
        return _table(columns, ([row.get(name) for name in columns] for row in made))
    raise TypeError(
        f"a panel is made of text, a mapping or a list of mappings, not of {type(made).__name__}"
    )


def _table(columns: list[Any], rows: Iterator[list[Any]]) -> Content:
    shown = [[_cell(value) for value in row] for row in islice(rows, MOST_ROWS)]
    is_cut = next(rows, None) is not None
    return {"columns": [_cell(name) for name in columns], "rows": shown, "is_cut": is_cut}


def _cell(value: Any) -> Any:
    """Return a value as JSON can say it, numbers of numpy as numbers, the rest as its text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Integral):
        whole = int(value)
        return whole if abs(whole) < 2**63 else str(whole)
    if isinstance(value, Real):
        return plain(float(value))
    return str(value)[:MOST_TEXT]
