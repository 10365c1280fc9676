"""What a run recorded, in parts in the order in which they are likely causes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fitlog_core.comparing.account import SEED_NAMES, Account

PARTS = ("hyperparameters", "code", "packages", "data", "seed", "command", "machine", "metrics")


def settings_of(account: Account) -> dict[str, Any]:
    """Return the hyperparameters but the seeds."""
    return {name: value for name, value in account.hyper.items() if not is_seed(name)}


def seeds_of(account: Account) -> dict[str, Any]:
    """Return the seeds among the hyperparameters, and the one that ``set_rng_seed`` took."""
    named = {name: value for name, value in account.hyper.items() if is_seed(name)}
    return named if account.seed is None else {**named, "set_rng_seed": account.seed}


def metrics_of(account: Account) -> dict[str, Any]:
    """Return the best metrics."""
    return dict(account.best)


def repository_of(account: Account) -> dict[str, Any]:
    """Return where the user's own repository stood."""
    said = {f"git {name}": account.fact("git", name) for name in ("commit", "branch")}
    modules = account.fact("git", "submodules")
    if isinstance(modules, Mapping):
        said |= {f"submodule {path}": part_of(state, "at") for path, state in modules.items()}
    return {name: value for name, value in said.items() if value is not None}


def is_seed(name: str) -> bool:
    """Tell whether a hyperparameter is a seed."""
    return name.rpartition("-")[2].lower() in SEED_NAMES


def packages_of(account: Account) -> dict[str, Any]:
    """Return the version of Python, and those of the packages."""
    return {"python": account.fact("python"), **account.packages}


def data_of(account: Account) -> dict[str, Any]:
    """Return the fingerprint of each data, by its path from the project on."""
    said = account.fact("data")
    if not isinstance(said, Mapping):
        return {}
    return {short_path(path, account): fingerprint_of(entry) for path, entry in said.items()}


def short_path(path: str, account: Account) -> str:
    """Return a path from the project on, whole where it lies elsewhere."""
    root = account.fact("project")
    return path.removeprefix(f"{root}/") if isinstance(root, str) else path


def fingerprint_of(entry: Any) -> str | None:
    """Return what identifies data: its hash, else what is known of it."""
    if part_of(entry, "hash"):
        return str(entry["hash"])
    if part_of(entry, "problem"):
        return str(entry["problem"])
    return f"{part_of(entry, 'size')} bytes" if part_of(entry, "size") is not None else None


def command_of(account: Account) -> dict[str, Any]:
    """Return the command line, and what it ran."""
    names = {"script": "script", "module": "module", "place": "folder in the project"}
    return {
        "command": account.command,
        **{said: account.fact(name) for name, said in names.items()},
    }


def machine_of(account: Account) -> dict[str, Any]:
    """Return what is known of the machine, the job and the variables that were set."""
    said = machine_facts(account, "host", "machine", "cpus")
    gpu = {"GPU": account.fact("gpu", "names"), "driver": account.fact("gpu", "driver")}
    job = {name: account.fact("job", name) for name in ("scheduler", "queue")}
    variables = dict(account.fact("variables") or {})
    if account.seed is not None:
        variables.pop("PYTHONHASHSEED", None)  # set_rng_seed has set it
    return {**said, **gpu, **job, **variables}


def machine_facts(account: Account, *names: str) -> dict[str, Any]:
    """Return some facts of the machine, from the meta data where there is no provenance."""
    host = {"host": account.meta.get("host")}
    return {name: account.fact(name) or host.get(name) for name in names}


def part_of(entry: Any, name: str) -> Any:
    """Return what an entry says under a name, None where it is no mapping."""
    return entry.get(name) if isinstance(entry, Mapping) else None


def known(account: Account, part: str) -> Any:
    """Return whatever a run recorded for a part."""
    return {
        "hyperparameters": account.hyper,
        "packages": account.packages,
        "data": account.fact("data"),
        "seed": account.seed is not None or any(map(is_seed, account.hyper)),
        "command": account.command,
        "machine": account.meta.get("host"),
        "metrics": account.best,
    }[part]


RECORDED: Mapping[str, Callable[[Account], dict[str, Any]]] = {
    "hyperparameters": settings_of,
    "code": repository_of,
    "packages": packages_of,
    "data": data_of,
    "seed": seeds_of,
    "command": command_of,
    "machine": machine_of,
    "metrics": metrics_of,
}
