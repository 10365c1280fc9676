"""Saved summary tables: the ``summaries/NAME.summary`` files of fitlog 0.9.

A summary says which columns of runs become rows and columns of a table, and which results stand
in its cells. What fitlog 0.9 keeps beside that in a file, such as rows added by hand, stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fitlog_core.errors import ViewConflictError, ViewError
from fitlog_core.reading import whole_file
from fitlog_core.reading.views import check_name
from fitlog_core.sentences import reason, sentence

FOLDER = "summaries"
ENDING = ".summary"
METHODS = ("avg_std", "avg", "max", "min")  # as fitlog 0.9 spells them
LARGEST = 4 << 20  # bytes of a file
# What a file calls the parts of a :class:`Summary`, in their order.
_WORDS = ("vertical", "horizontals", "method", "criteria", "results", "result_maps")


class Summary(NamedTuple):
    """What a summary table shows.

    :param vertical: Column whose values become rows, empty for a single row.
    :param horizontals: Columns whose values become columns, the outermost first.
    :param method: One of :data:`METHODS`.
    :param criteria: For ``max`` and ``min``: columns that choose the run, the first that a run has
        counts; the result itself where there are none.
    :param results: Columns whose values stand in the cells.
    :param names: What the results are called, one for each; those of one name are one result, of
        which the first that a run has counts.
    """

    vertical: str
    horizontals: tuple[str, ...]
    method: str
    criteria: tuple[str, ...]
    results: tuple[str, ...]
    names: tuple[str, ...]


def summary_of(said: Mapping[str, Any]) -> Summary:
    """Return what a file or a request says of a summary.

    :raises ViewError: if that is none.
    """
    results = _texts(said, "results")
    names = _texts(said, "result_maps") or results
    method, vertical = _method(said), _vertical(said)
    if not results or len(names) != len(results):
        raise ViewError(
            sentence(
                "summary.no_results",
                "a summary needs at least one result and a name for each, not {n} results and "
                "{names} names",
                n=len(results),
                names=len(names),
            )
        )
    horizontals, criteria = _texts(said, "horizontals"), _texts(said, "criteria")
    if not vertical and not horizontals:
        raise ViewError(
            sentence(
                "summary.no_columns", "a summary needs a column whose values become rows or columns"
            )
        )
    return Summary(vertical, horizontals, method, criteria, results, names)


def _method(said: Mapping[str, Any]) -> str:
    method = said.get("method", METHODS[0])
    if method not in METHODS:
        raise ViewError(
            sentence(
                "summary.no_method",
                "the method of a summary is one of {methods}, not {given!r}",
                methods=", ".join(METHODS),
                given=method,
            )
        )
    return str(method)


def _vertical(said: Mapping[str, Any]) -> str:
    vertical = said.get("vertical") or ""
    if not isinstance(vertical, str):
        raise ViewError(
            sentence(
                "summary.no_vertical",
                "the vertical of a summary is the name of a column, not {given!r}",
                given=vertical,
            )
        )
    return vertical


def _texts(said: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = said.get(name) or ()
    is_list = isinstance(found, Sequence) and not isinstance(found, str)
    if not is_list or not all(isinstance(each, str) and each for each in found):
        raise ViewError(
            sentence(
                "summary.no_names",
                "{name} of a summary is a list of names, not {given!r}",
                name=name,
                given=found,
            )
        )
    return tuple(found)


def summary_names(log_dir: Path) -> list[str]:
    """Return the names of the summaries in a log directory, sorted."""
    found = []
    for path in (log_dir / FOLDER).glob(f"*{ENDING}"):
        try:
            _place(log_dir, path.stem)
        except ViewError:
            continue
        found.append(path.stem)
    return sorted(found)


def read_summary(log_dir: Path, name: str) -> Summary:
    """Return a saved summary.

    :raises ViewError: if there is none of that name, or its file says none.
    """
    return summary_of(_document(log_dir, name))


def added_rows(log_dir: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows that somebody added to a saved summary with fitlog 0.9.

    :return: Flat, by the names that 0.9 joins with ``-``: the values of the columns, outermost
        first, and the result's name; the row's own name by the last part of its column's.
    :raises ViewError: if there is no summary of that name, or its file says none.
    """
    said = _document(log_dir, name).get("extra_data")
    return [_flat(row) for row in said if isinstance(row, dict)] if isinstance(said, list) else []


def _flat(row: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{key}-")
        else:
            flat[f"{before}{key}"] = value
    return flat


def save_summary(
    log_dir: Path,
    name: str,
    summary: Summary,
    was: Summary | None,
    beside: Mapping[str, Any] | None = None,
) -> None:
    """Write a summary; what else an earlier file of that name says stays.

    :param was: What the change is based on, None for a summary that is new.
    :param beside: What the file of a new one is to say beside it, see :func:`delete_summary`.
    :raises ViewConflictError: if the file says something else by now.
    :raises ViewNotWritableError: if it cannot be written.
    :raises ViewError: if the name can be none.
    """
    with whole_file.alone(log_dir):
        path = _place(log_dir, name)
        said, now = _now(log_dir, name)
        if now not in (was, summary):
            raise ViewConflictError(
                sentence("summary.named", "the summary {summary!r}", summary=name),
                _as_json(was),
                _as_json(now),
            )
        if now is None:
            said |= beside or {}
        path.parent.mkdir(exist_ok=True)
        # On one line, for 0.9 reads no other.
        whole_file.replace(path, json.dumps({**said, **_as_json(summary)}).encode("ascii"))


def _as_json(summary: Summary | None) -> dict[str, Any]:
    """Return a summary in the words of its file."""
    return {} if summary is None else dict(zip(_WORDS, summary, strict=True))


def _now(log_dir: Path, name: str) -> tuple[dict[str, Any], Summary | None]:
    """Return what a file says, and the summary in it; of a damaged one a copy is kept."""
    path = _place(log_dir, name)
    if not path.exists():
        return {"extra_data": []}, None
    try:
        said = _document(log_dir, name)
        return said, summary_of(said)
    except ViewError:
        whole_file.keep_aside(path)
        return {"extra_data": []}, None


def delete_summary(log_dir: Path, name: str) -> dict[str, Any]:
    """Remove the file of a summary; the runs stay.

    :return: What it said beside the summary, such as rows that were added with fitlog 0.9; nothing
        of a damaged one.
    :raises ViewError: if there is no such summary or its file cannot be removed.
    """
    if name not in summary_names(log_dir):
        raise _unknown(log_dir, name)
    try:
        said = _document(log_dir, name)
    except ViewError:
        said = {}
    try:
        _place(log_dir, name).unlink()
    except OSError as error:
        raise ViewError(
            sentence(
                "summary.unremoved",
                "summary {summary!r} cannot be removed: {reason}",
                summary=name,
                reason=reason(error),
            )
        ) from error
    return {key: value for key, value in said.items() if key not in _WORDS}


def _place(log_dir: Path, name: str) -> Path:
    """Return where a summary lies.

    :raises ViewError: if the name can be none, or leads out of the log directory.
    """
    try:
        check_name(f"{name}.cfg")  # a plain name of a file, on every system
    except ViewError:
        raise ViewError(
            sentence(
                "summary.no_name",
                "{summary!r} is no name of a summary: a plain name of a file is",
                summary=name,
            )
        ) from None
    return whole_file.place(log_dir, f"{FOLDER}/{name}{ENDING}")


def _unknown(log_dir: Path, name: str) -> ViewError:
    return ViewError(
        sentence(
            "summary.unknown",
            "there is no summary {summary!r} in {directory}",
            summary=name,
            directory=log_dir,
        )
    )


def _document(log_dir: Path, name: str) -> dict[str, Any]:
    path = _place(log_dir, name)
    content = whole_file.read(path, LARGEST)
    if content is None:
        raise _unknown(log_dir, name)
    try:
        said = json.loads(content.partition(b"\n")[0])
    except (ValueError, RecursionError) as error:
        raise ViewError(
            sentence("summary.unread", "{file} is no summary: {problem}", file=path, problem=error)
        ) from error
    if not isinstance(said, dict):
        raise ViewError(
            sentence("summary.no_object", "{file} is no summary: it holds no object", file=path)
        )
    return said
