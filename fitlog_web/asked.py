"""What a request asks for, read strictly: a wrong parameter is told, never guessed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import current_app, request

from fitlog_core.errors import RunNotFoundError, ViewError
from fitlog_core.reading.views import View
from fitlog_core.sentences import sentence
from fitlog_web.board import Board
from fitlog_web.rows import TableRow

MOST_POINTS = 100_000


class BadRequestError(Exception):
    """A request that cannot be answered, with a sentence that says why."""


class ViewGoneError(BadRequestError):
    """A change is to be kept in a view that was removed meanwhile."""

    def __init__(self, name: str) -> None:
        """Name the view."""
        super().__init__(
            sentence(
                "view.gone", "there is no view {view} any more: nothing was changed", view=name
            )
        )
        self.name = name


def board() -> Board:
    """Return the board of the app that answers."""
    found: Board = current_app.extensions["fitlog"]
    return found


def flag(name: str, otherwise: str = "0") -> bool:
    """Return a switch of the address: ``name=1``; ``otherwise`` counts where it has none."""
    value = request.args.get(name, otherwise)
    if value not in ("0", "1"):
        raise BadRequestError(
            sentence("asked.flag", "{name} is 0 or 1, not {given!r}", name=name, given=value)
        )
    return value == "1"


def whole_number(name: str, least: int, most: int = 2**63 - 1) -> int | None:
    """Return a whole number of the address, None where it is not given."""
    text = request.args.get(name)
    if text is None or text == "":
        return None
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 19:
        raise BadRequestError(
            sentence(
                "asked.whole", "{name} is a whole number, not {given!r}", name=name, given=text
            )
        )
    value = int(text)
    if not least <= value <= most:
        raise BadRequestError(
            sentence(
                "asked.between",
                "{name} lies between {least} and {most}, not at {given}",
                name=name,
                least=least,
                most=most,
                given=value,
            )
        )
    return value


def check_choice(name: str, given: object, choices: Collection[str], said: str) -> None:
    """See that a word of a request is one of those that mean something.

    :param name: What it is called there.
    :param choices: The words.
    :param said: The words, as the sentence is to name them.
    :raises BadRequestError: if it is none of them.
    """
    if not isinstance(given, str) or given not in choices:
        raise BadRequestError(
            sentence(
                "asked.one_of",
                "{name} is {choices}, not {given!r}",
                name=name,
                choices=said,
                given=given,
            )
        )


def named_view(parameter: str = "view") -> View:
    """Return the view that the address names, the board's own where it names none.

    :param parameter: What names it in the address.
    :raises ViewError: if there is no such view; the board's own need not have a file yet.
    """
    view = board().view(request.args.get(parameter))
    if not view.exists and view.name != board().view_name:
        raise ViewError(
            sentence(
                "view.unknown", "there is no view {view!r} in this log directory", view=view.name
            )
        )
    return view


def body() -> dict[str, Any]:
    """Return the JSON object that a change carries."""
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise BadRequestError(sentence("asked.no_object", "the request carries no JSON object"))
    return found


def view_of(said: Mapping[str, Any]) -> View:
    """Return the view that a change names, the board's own where it names none."""
    name = said.get("view")
    if name is not None and not isinstance(name, str):
        raise BadRequestError(
            sentence("asked.file_name", "view is a file name, not {given!r}", given=name)
        )
    return board().view(name)


def standing_view(said: Mapping[str, Any], key: str = "view") -> View:
    """Return the view that a change writes into, which is not made anew where it was removed.

    :raises ViewGoneError: if it has no file any more; the board's own need not have one yet.
    """
    view = view_of({"view": said.get(key)})
    if not view.exists and view.name != board().view_name:
        raise ViewGoneError(view.name)
    return view


def ids_in(said: Mapping[str, Any]) -> list[str]:
    """Return the ids that a change is about, each once."""
    ids = said.get("ids")
    if not isinstance(ids, list) or not ids or not all(isinstance(each, str) for each in ids):
        raise BadRequestError(
            sentence("asked.ids", "ids is a list of ids, not {given!r}", given=ids)
        )
    return list(dict.fromkeys(ids))


def mapping_in(said: Mapping[str, Any], name: str, needed: bool = False) -> dict[str, Any]:
    """Return an object that a change carries under a name."""
    found = said.get(name, None if needed else {})
    if not isinstance(found, dict):
        raise BadRequestError(
            sentence(
                "asked.mapping",
                "{name} is an object of columns and values, not {given!r}",
                name=name,
                given=found,
            )
        )
    return found


def rows_in(said: Mapping[str, Any], view: View) -> list[TableRow]:
    """Return the rows whose ids a request names, those in the trash included.

    :raises RunNotFoundError: if there is no row with one of them.
    """
    ids = ids_in(said)
    known = {row.id: row for row in board().in_view(view, deleted=True)}
    unknown = [row_id for row_id in ids if row_id not in known]
    if unknown:
        raise RunNotFoundError(
            sentence("run.unknown", "there is no run {run!r} in this log directory", run=unknown[0])
        )
    return [known[row_id] for row_id in ids]
