"""Everything that is known of one run, from its folder and what lies beside it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fitlog_core.log_format import flatten, json_value, number
from fitlog_core.reading.provenance import read_packages, read_provenance
from fitlog_core.reading.reader import RunReader

SEED_NAMES = frozenset({"seed", "rng_seed", "random_seed", "manual_seed", "seed_everything"})


@dataclass(frozen=True)
class Account:
    """What is known of a run.

    :param folder: Its folder.
    :param state: What became of it, such as ``finished``.
    :param meta: What ``meta.log`` says.
    :param hyper: Hyperparameters by name, ``optim-lr`` where they are nested.
    :param best: Best metrics by name, numbers where they are some.
    :param other: Other values by name.
    :param steps: The step of its latest record, and how many it was to have; None if not said.
    :param facts: Its ``provenance.json``, empty in a run of fitlog 0.9.
    :param packages: Versions of the installed packages by name.
    """

    folder: Path
    state: str
    meta: Mapping[str, Any]
    hyper: Mapping[str, Any]
    best: Mapping[str, Any]
    other: Mapping[str, Any]
    steps: tuple[int | None, int | None]
    facts: Mapping[str, Any]
    packages: Mapping[str, str]

    @property
    def id(self) -> str:
        """Id of the run."""
        return self.folder.name

    @property
    def snapshot(self) -> str | None:
        """Id of its code version, or the first 8 characters; None if it has none.

        Of a run that went on with other code it is the first one.
        """
        known, recent = self.facts.get("snapshot"), self.meta.get("fit_id")
        if isinstance(known, str):
            is_late = not self.is_continued and isinstance(recent, str)
            if not is_late or known.startswith(str(recent)):
                return known
        return recent if isinstance(recent, str) and recent else None

    @property
    def is_continued(self) -> bool:
        """Whether a later command went on with it, so that it has more than one."""
        return self.meta.get("segment") is not None

    @property
    def segments(self) -> dict[int, Mapping[str, Any]]:
        """What later commands had that differs from the first one, by the part of the run."""
        said = self.facts.get("segments")
        parts = said.items() if isinstance(said, Mapping) else ()
        known = {int(part): facts for part, facts in parts if str(part).isdecimal()}
        return {part: facts for part, facts in sorted(known.items()) if isinstance(facts, Mapping)}

    @property
    def sources(self) -> list[str]:
        """The project's files that were loaded when it began, the script first."""
        said = self.facts.get("sources")
        return [name for name in said if isinstance(name, str)] if isinstance(said, list) else []

    @property
    def command(self) -> str | None:
        """Its command line as a shell would take it, without the interpreter's folder."""
        words = command_words(self.facts)
        if words is not None:
            return words
        said = self.meta.get("argv")
        return said if isinstance(said, str) else None

    @property
    def seed(self) -> Any:
        """What ``set_rng_seed`` was given or picked, None if it was not called."""
        return self.other.get("rng_seed", self.facts.get("seed"))

    def fact(self, *names: str) -> Any:
        """Return a fact of its provenance, None if it is not known.

        :param names: The keys that lead to it.
        """
        value: Any = self.facts
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value


def command_words(facts: Mapping[str, Any]) -> str | None:
    """Return the command line among facts as a shell would take it; None where it is not there.

    :param facts: Those of a run, or of a part of it.
    """
    words = facts.get("orig_argv") or facts.get("argv")
    if not isinstance(words, list) or not words:
        return None
    first, *rest = map(str, words)
    return shlex.join([Path(first).name if facts.get("orig_argv") else first, *rest])


def account_of(folder: Path) -> Account:
    """Return everything that is known of a run; its curves are not read.

    :param folder: The run's folder.
    """
    reader = RunReader(folder)
    reader.refresh()
    facts = read_provenance(folder)
    return Account(
        folder=folder,
        state=reader.state().value,
        meta=reader.meta,
        hyper=_flat(reader.hyper),
        best={name: number(value) for name, value in _flat(reader.best_metric).items()},
        other=_flat(reader.other),
        steps=(reader.last_step, reader.total_steps),
        facts=facts,
        packages=read_packages(folder, facts),
    )


def as_json(account: Account) -> dict[str, Any]:
    """Return an account as JSON can say it: what ``fitlog show --json`` prints."""
    last, total = account.steps
    return {
        "id": account.id,
        "folder": str(account.folder),
        "state": account.state,
        "last_step": last,
        "total_steps": total,
        "snapshot": account.snapshot,
        "command": account.command,
        "seed": account.seed,
        "hyper": plain(account.hyper),
        "best_metric": plain(account.best),
        "other": plain(account.other),
        "meta": plain(account.meta),
        "provenance": dict(account.facts),
        "packages": dict(account.packages),
    }


def plain(value: Any) -> Any:
    """Return a value with the numbers that JSON cannot say as their words."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else json_value(value)


def _flat(nested: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in nested.items():
        flat.update(flatten(value, name) if isinstance(value, Mapping) else {name: value})
    return flat
