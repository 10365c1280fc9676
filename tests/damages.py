"""Ways in which a run's files come to harm, and the runs that they come to."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from old_logs import OLD_LOGS

import fitlog
from fitlog_core import log_format

Files = dict[str, bytes]


def flipped(text: bytes, at: int, bit: int) -> bytes:
    """Return bytes, one bit of one of which is another."""
    return text[:at] + bytes([text[at] ^ 1 << bit]) + text[at + 1 :]


DAMAGES: dict[str, Callable[[bytes, int], bytes]] = {
    "cut": lambda text, at: text[:at],
    "gone": lambda text, at: text[:at] + text[at + 1 :],
    "doubled": lambda text, at: text[: at + 1] + text[at:],
    "zeroed": lambda text, at: text[:at] + bytes(len(text) - at),
    "turned-to-line-end": lambda text, at: text[:at] + b"\n" + text[at + 1 :],
    "beginning-lost": lambda text, at: text[at:],
    "written-twice-from": lambda text, at: text + text[at:],
    "flipped": lambda text, at: flipped(text, at, at % 8),
}
# None of these leaves a number that nobody wrote: no byte becomes another one.
HONEST = ("cut", "zeroed", "beginning-lost", "written-twice-from")


def files_of(folder: Path) -> Files:
    """The files of a run by their names without ``.log``."""
    return {name: (folder / f"{name}.log").read_bytes() for name in log_format.FILES}


def old_run(run_id: str = "log_20261122_090321", most: int | None = None) -> Files:
    """A run that fitlog 0.9.15 wrote; the curve of this one diverged.

    :param most: Keep so many lines of each file.
    """
    files = files_of(OLD_LOGS / run_id)
    return {name: b"".join(text.splitlines(True)[:most]) for name, text in files.items()}


def our_run(log_dir: Path) -> Files:
    """A run of ours that has what a run can have: odd names and values, torn lines, two parts."""
    with fitlog.Run(log_dir) as run:
        run.add_hyper({"optim": {"lr": 0.1, "name": "adam-w"}, "模型": "贝特", "big": 10**30})
        run.add_hyper("half \ud800, \x00, \n", "text")
        run.add_other({"note": 'x: {"loss": 1}', "nothing": None, "list": [1, [2.5, "a"]]})
        run.add_progress(100)
        for step, value in enumerate([0.5, float("nan"), float("-inf"), 1e300, 2**70, "text"]):
            run.add_loss({"a": value, "b": {"c-1": step / 8}}, 10 * step, epoch=step)
            run.add_metric(step / 4, 10 * step, "acc")
        run.add_loss(0.25, 20, "a")  # again
        run.add_best_metric({"dev": {"acc": 0.75, "f": float("nan")}})
        folder = Path(run.get_log_folder(absolute=True))
    for kind, rest in (("loss", b'Step:70\t{"lo'), ("metric", b"S"), ("hyper", b'{"hyper": {"lr"')):
        with (folder / f"{kind}.log").open("ab") as file:
            file.write(rest)
    with fitlog.Run(folder) as run:
        run.add_loss(0.125, 70, "a")
        run.add_metric(0.125, 70, "acc")
        run.add_hyper(0.2, "lr")
    return files_of(folder)


def put(folder: Path, files: Files) -> None:
    """Write the files of a run, in the place of what was there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.log").write_bytes(text)


def damaged(files: Files, chance: random.Random, times: int) -> Files:
    """Return the files after accidents."""
    files = dict(files)
    for _ in range(times):
        name = chance.choice([name for name, text in files.items() if text])
        how = chance.choice(list(DAMAGES))
        files[name] = DAMAGES[how](files[name], chance.randrange(len(files[name])))
        if not any(files.values()):
            break
    return files
