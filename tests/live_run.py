"""A run that lives, as a script leaves its folder between two records."""

from __future__ import annotations

from pathlib import Path

RUN = "log_20260101_000000"


def live_run(logs: Path) -> Path:
    """Make the folder of a run with one hyperparameter and one loss."""
    folder = logs / RUN
    folder.mkdir(parents=True)
    (folder / "meta.log").write_text('{"meta": {"state": "running"}}\n')
    (folder / "hyper.log").write_text('{"hyper": {"lr": 0.1}}\n')
    (folder / "loss.log").write_text(step(1))
    return folder


def step(number: int, value: str = "1.0") -> str:
    """Return a record of a loss.

    :param value: As JSON has it.
    """
    return f'Step:{number}\t{{"loss": {{"Loss": {value}}}, "step": {number}}}\n'


def append(path: Path, text: str) -> None:
    """Append to a file, as the script would."""
    with path.open("a") as file:
        file.write(text)
