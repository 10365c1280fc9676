"""What differs among any number of runs, one column a run or a group of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fitlog_core.comparing.account import Account
from fitlog_core.comparing.parts import PARTS, RECORDED, known
from fitlog_core.comparing.places import KeptCode, kept_code
from fitlog_core.errors import SnapshotError
from fitlog_core.sentences import sentence, told
from fitlog_core.snapshots.tree import Entry

VERSION = "version"
MOST_VERSIONS = 40  # whose files are compared: git is asked once for each


class Cell(NamedTuple):
    """What the runs of one column have.

    :param values: Each value that there is, with the number of runs that have it.
    :param missing: How many of them have none, which is something else than NaN or None.
    """

    values: list[tuple[Any, int]]
    missing: int


class Line(NamedTuple):
    """A name, and what each column has under it."""

    name: str
    cells: list[Cell]


class PartOfSeveral(NamedTuple):
    """One part of what runs recorded.

    :param name: One of :data:`~fitlog_core.comparing.parts.PARTS`.
    :param differs: The lines that are not the same in all runs.
    :param same: The others.
    :param unknown: The runs that recorded nothing of it.
    """

    name: str
    differs: list[Line]
    same: list[Line]
    unknown: list[str]


class Several(NamedTuple):
    """What differs among runs.

    :param parts: Likely causes first, in the order of ``fitlog diff``.
    :param versions: Id of each run's code version, None where it is not at hand.
    :param problems: Why a run's code is not, by its id; also why files were not compared.
    """

    parts: list[PartOfSeveral]
    versions: dict[str, str | None]
    problems: dict[str, str]


def compare_several(columns: Sequence[Sequence[Account]], start: Path | None = None) -> Several:
    """Return what differs among runs.

    :param columns: The runs of each column.
    :param start: A folder whose project is looked in first for their code.
    """
    accounts = [account for column in columns for account in column]
    kept, problems = _kept(accounts, start)
    said = {name: _recorded(accounts, name) for name in PARTS}
    for run_id, facts in _code(accounts, kept, problems).items():
        said["code"][run_id] = {**facts, **said["code"][run_id]}
    unknown = {
        name: [one.id for one in accounts if not known(one, name)]
        for name in PARTS
        if name != "code"
    }
    unknown["code"] = [one.id for one in accounts if one.id not in kept]
    ids = [[account.id for account in column] for column in columns]
    parts = [_part(name, ids, said[name], unknown[name]) for name in PARTS]
    versions = {one.id: kept[one.id].id if one.id in kept else None for one in accounts}
    return Several([part for part in parts if part.differs or part.same], versions, problems)


def lines_of(columns: Sequence[Sequence[str]], said: Mapping[str, Mapping[str, Any]]) -> list[Line]:
    """Return what columns of runs have under each name.

    :param columns: The ids of the runs of each column.
    :param said: What each run has by name.
    """
    names = dict.fromkeys(name for facts in said.values() for name in facts)
    return [Line(name, [_cell(column, said, name) for column in columns]) for name in names]


def differs(line: Line) -> bool:
    """Tell whether a line is not the same in all runs."""
    found = {repr(value) for cell in line.cells for value, _ in cell.values}
    return len(found) > 1 or (bool(found) and any(cell.missing for cell in line.cells))


def _cell(column: Sequence[str], said: Mapping[str, Mapping[str, Any]], name: str) -> Cell:
    counts: dict[str, tuple[Any, int]] = {}  # by spelling: a NaN equals a NaN, 1 is not True
    for facts in (said.get(run_id, {}) for run_id in column):
        if name in facts:
            value = facts[name]
            counts[repr(value)] = (value, counts.get(repr(value), (value, 0))[1] + 1)
    ordered = sorted(counts.values(), key=lambda pair: -pair[1])
    return Cell(ordered, len(column) - sum(number for _, number in ordered))


def _part(
    name: str,
    columns: Sequence[Sequence[str]],
    said: Mapping[str, Mapping[str, Any]],
    unknown: list[str],
) -> PartOfSeveral:
    lines = lines_of(columns, said)
    different = [line for line in lines if differs(line)]
    return PartOfSeveral(name, different, [line for line in lines if not differs(line)], unknown)


def _recorded(accounts: Iterable[Account], part: str) -> dict[str, dict[str, Any]]:
    """Return what each run recorded for a part; a hyperparameter may be None, a fact may not."""
    may_be_none = part in ("hyperparameters", "seed", "metrics")
    return {
        one.id: {
            name: value
            for name, value in (RECORDED[part](one) if known_or_code(one, part) else {}).items()
            if may_be_none or value is not None
        }
        for one in accounts
    }


def known_or_code(account: Account, part: str) -> bool:
    """Tell whether a run recorded anything for a part; what code says is looked at anyway."""
    return part in ("code", "command", "machine") or bool(known(account, part))


# ---------------------------------------------------------------------- code


def _kept(
    accounts: Iterable[Account], start: Path | None
) -> tuple[dict[str, KeptCode], dict[str, str]]:
    """Return where the code of runs is kept, and why that of the others is not; by id."""
    kept: dict[str, KeptCode] = {}
    problems: dict[str, str] = {}
    places: dict[tuple[Any, ...], KeptCode] = {}  # git is asked once for runs of one version
    for one in accounts:
        place = (one.snapshot, *(repr(one.fact(name)) for name in ("host", "project", "cwd")))
        try:
            kept[one.id] = places.get(place) or kept_code(one, start)
        except SnapshotError as error:
            problems[one.id] = told(error)
        else:
            places[place] = kept[one.id]
    return kept, problems


def _code(
    accounts: Sequence[Account],
    kept: Mapping[str, KeptCode],
    problems: dict[str, str],
) -> dict[str, dict[str, str]]:
    """Return the version of each run, and of each file that differs which of its texts it has."""
    found: dict[str, dict[str, str]] = {one.id: {} for one in accounts}
    for run_id, code in kept.items():
        found[run_id][VERSION] = code.id[:8]
    versions = {code.id: code for code in kept.values()}
    if not 2 <= len(versions) <= MOST_VERSIONS:
        if versions and len(versions) > MOST_VERSIONS:
            problems[""] = sentence(
                "code.many",
                "the files of more than {most} versions are not compared",
                most=MOST_VERSIONS,
            )
        return found
    try:
        files = {version: code.trees.files(version) for version, code in versions.items()}
    except SnapshotError as error:
        problems[""] = told(error)
        return found
    for path, letters in _letters(files, [name for one in accounts for name in one.sources]):
        for run_id, code in kept.items():
            if code.id in letters:
                found[run_id][path] = letters[code.id]
    return found


def _letters(
    files: Mapping[str, Mapping[str, Entry]], loaded: Sequence[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each path that differs among versions, with a letter for each text that it has."""
    places = {path: place for place, path in reversed(list(enumerate(loaded)))}
    paths = dict.fromkeys(path for one in files.values() for path in one)
    for path in sorted(paths, key=lambda path: (places.get(path, len(places)), path)):
        texts = {version: one.get(path) for version, one in files.items()}
        if len(set(texts.values())) < 2:
            continue
        kinds = list(dict.fromkeys(entry for entry in texts.values() if entry is not None))
        yield (
            path,
            {
                version: _letter(kinds.index(entry))
                for version, entry in texts.items()
                if entry is not None
            },
        )


def _letter(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else f"A{place}"
