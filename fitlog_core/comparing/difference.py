"""What differs between two runs, or between a run and the working tree: likely causes first.

:func:`difference` and :func:`difference_to_work_tree` are for every front end: the command
``fitlog diff`` and the board.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from fitlog_core import machine
from fitlog_core.comparing.account import Account, plain
from fitlog_core.comparing.code import (
    Code,
    FileChange,
    code_of_snapshot,
    code_of_work_tree,
    file_changes,
)
from fitlog_core.comparing.parts import (
    PARTS,
    command_of,
    data_of,
    fingerprint_of,
    is_seed,
    known,
    machine_facts,
    machine_of,
    packages_of,
    part_of,
    repository_of,
    short_path,
)
from fitlog_core.comparing.places import kept_code
from fitlog_core.errors import SnapshotError
from fitlog_core.sentences import told
from fitlog_core.snapshots.provenance.data import fingerprint, first_look
from fitlog_core.snapshots.provenance.packages import installed

WORK_TREE = "the working tree"
_HASHED = 64 * 2**20  # bytes of data that are hashed while somebody waits


class Change(NamedTuple):
    """One value that differs.

    :param name: What it is the value of.
    :param old: The value in the first run, None where that has none.
    :param new: The value in the second one, or now.
    """

    name: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Difference:
    """What differs between two runs.

    :param old: Id of the first run.
    :param new: Id of the second one, or :data:`WORK_TREE`.
    :param parts: Values that differ, by the names in :data:`PARTS`; ``code`` holds what is known
        beside the files, such as the commit of the user's repository.
    :param files: Files that differ, those that a run had loaded first.
    :param problem: Why the code could not be compared, None if it was.
    :param unknown: The parts of which only one side recorded anything. Those of which neither did
        are not among ``parts``.
    """

    old: str
    new: str
    parts: Mapping[str, list[Change]]
    files: list[FileChange] = field(default_factory=list)
    problem: str | None = None
    unknown: tuple[str, ...] = ()

    @property
    def same(self) -> list[str]:
        """The parts that were compared and do not differ."""
        differing = {name for name, changes in self.parts.items() if changes}
        if self.files or self.problem:
            differing.add("code")
        return [
            name
            for name in PARTS
            if name in self.parts and name not in differing and name not in self.unknown
        ]


def difference(old: Account, new: Account, start: Path | None = None) -> Difference:
    """Return what differs between two runs.

    :param old: The one to compare with.
    :param new: The other one.
    :param start: A folder whose project is looked in first for their code.
    """
    parts = {name: compare(old, new) for name, compare in _COMPARED.items()}
    parts["code"] = _values(repository_of(old), repository_of(new))
    told = {name: [bool(known(one, name)) for one in (old, new)] for name in _COMPARED}
    nowhere = [name for name, sides in told.items() if not any(sides)]
    unknown = tuple(name for name, sides in told.items() if sides[0] != sides[1])
    files, problem = _code(lambda: _both(old, new, start), [*new.sources, *old.sources])
    kept = {name: changes for name, changes in parts.items() if name not in nowhere}
    return Difference(old.id, new.id, _in_order(kept), files, problem, unknown)


def difference_to_work_tree(account: Account, start: Path | None = None) -> Difference:
    """Return what differs between a run and the project as it is now, on this machine.

    :param account: The run.
    :param start: A folder whose project is looked in first for its code.
    """

    def both() -> tuple[Code, Code]:
        kept = kept_code(account, start)
        old = code_of_snapshot(kept.trees, kept.id)
        return old, code_of_work_tree(kept.root, account.folder.parent)

    python = {"python": sys.version.split()[0]}
    parts = {
        "code": [],
        "packages": _package_changes(account, {**python, **installed()}),
        "data": _data_now(account),
        "machine": _values(machine_facts(account, "host"), {"host": machine.host()}),
    }
    unknown = tuple(name for name in ("packages", "machine") if not known(account, name))
    if not known(account, "data"):
        del parts["data"]
    files, problem = _code(both, account.sources)
    return Difference(account.id, WORK_TREE, _in_order(parts), files, problem, unknown)


def as_json(found: Difference) -> dict[str, Any]:
    """Return a difference as JSON can say it: what ``fitlog diff --json`` prints."""
    said: dict[str, Any] = {"old": found.old, "new": found.new}
    for name, changes in found.parts.items():
        values = [plain(change._asdict()) for change in changes]
        if name == "code":
            files = [dict(vars(one)) for one in found.files]
            said[name] = {"files": files, "values": values, "problem": found.problem}
        else:
            said[name] = values
    return {**said, "same": found.same, "unknown": list(found.unknown)}


# ---------------------------------------------------------------------- code


def _both(old: Account, new: Account, start: Path | None) -> tuple[Code, Code]:
    first, second = kept_code(old, start), kept_code(new, start)
    if first.id == second.id:
        nothing = Code({}, lambda _: {})
        return nothing, nothing
    return (
        code_of_snapshot(first.trees, first.id),
        code_of_snapshot(second.trees, second.id),
    )


def _code(
    both: Callable[[], tuple[Code, Code]], loaded: list[str]
) -> tuple[list[FileChange], str | None]:
    try:
        return file_changes(*both(), list(dict.fromkeys(loaded))), None
    except SnapshotError as error:
        return [], told(error)


# -------------------------------------------------------------------- values


def _hyper(old: Account, new: Account) -> list[Change]:
    return [one for one in _values(old.hyper, new.hyper) if not is_seed(one.name)]


def _seed(old: Account, new: Account) -> list[Change]:
    named = [one for one in _values(old.hyper, new.hyper) if is_seed(one.name)]
    set_by_us = _values({"set_rng_seed": old.seed}, {"set_rng_seed": new.seed})
    pairs = {(one.old, one.new) for one in named}
    return named + [one for one in set_by_us if (one.old, one.new) not in pairs]


def _packages(old: Account, new: Account) -> list[Change]:
    return _package_changes(old, packages_of(new))


def _package_changes(old: Account, new: Mapping[str, Any]) -> list[Change]:
    """Return the packages that differ; those that the run had loaded first."""
    if not old.packages:
        return []
    loaded = old.fact("packages", "loaded")
    first = {"python", *(loaded if isinstance(loaded, Mapping) else ())}
    changes = _values(packages_of(old), new)
    return sorted(changes, key=lambda one: one.name not in first)


def _data(old: Account, new: Account) -> list[Change]:
    return _values(data_of(old), data_of(new))


def _data_now(account: Account) -> list[Change]:
    said = account.fact("data")
    changes = []
    for path, entry in said.items() if isinstance(said, Mapping) else ():
        now = _looked_at(path, entry)
        if fingerprint_of(entry) != fingerprint_of(now):
            changes.append(
                Change(short_path(path, account), fingerprint_of(entry), fingerprint_of(now))
            )
    return changes


def _looked_at(path: str, entry: Any) -> Any:
    """Return what is known of data now; small ones, or untouched ones, by their hash."""
    try:
        now = first_look(path)
    except (OSError, ValueError) as error:
        return {"problem": getattr(error, "strerror", None) or str(error)}
    size = part_of(entry, "size")
    if now["mtime"] == part_of(entry, "mtime") and now.get("size", size) == size:
        return entry
    if isinstance(size, int) and size <= _HASHED and now.get("size", size) <= _HASHED:
        return fingerprint(path)
    return {"problem": "changed since"}


def _command(old: Account, new: Account) -> list[Change]:
    return _values(command_of(old), command_of(new))


def _machine(old: Account, new: Account) -> list[Change]:
    return _values(machine_of(old), machine_of(new))


def _metrics(old: Account, new: Account) -> list[Change]:
    return _values(old.best, new.best)


def _values(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return the values that differ, in the order of the first mapping."""
    pairs = [Change(name, old.get(name), new.get(name)) for name in {**old, **new}]
    return [one for one in pairs if repr(one.old) != repr(one.new)]  # a NaN equals a NaN


def _in_order(parts: Mapping[str, list[Change]]) -> dict[str, list[Change]]:
    return {name: parts[name] for name in PARTS if name in parts}


_COMPARED: Mapping[str, Callable[[Account, Account], list[Change]]] = {
    "hyperparameters": _hyper,
    "packages": _packages,
    "data": _data,
    "seed": _seed,
    "command": _command,
    "machine": _machine,
    "metrics": _metrics,
}
