"""The process's one piece of state: its modes, its code version, its current run."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from fitlog_core.notices import Once, say
from fitlog_core.settings import environment

if TYPE_CHECKING:
    from fitlog_core.hookspecs import Rank
    from fitlog_core.recording.run import Run


_MOST_CODE = 2**63  # one beyond is -1 to the system


class Outcome:
    """How the script of ``fitlog run`` ended, so that its runs end by its exit code.

    :ivar pid: The process it is of; a child's runs end by themselves.
    :ivar error: What left the script, None where it came to its end.
    """

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.error: BaseException | None = None

    def failure(self) -> BaseException | None:
        """Return what makes the exit code other than 0, None if it is 0."""
        if isinstance(self.error, SystemExit) and _is_zero(self.error.code):
            return None
        return self.error


def _is_zero(code: object) -> bool:
    """Tell whether an exit code is 0 once the system has it, which keeps its lowest byte."""
    if code is None:
        return True
    if not isinstance(code, int) or not -_MOST_CODE <= code < _MOST_CODE:
        return False
    return (code & 0xFF if os.name == "posix" else code) == 0


class Session:
    """What the functions of the face share.

    :ivar debug: Nothing is created, checked or recorded.
    :ivar no_commit: ``commit`` does nothing.
    :ivar run: The current run, None before ``set_log_dir``.
    :ivar remembered: Directory named under ``debug``, opened when recording is switched on.
    :ivar code: Id and message of the last snapshot of this process.
    :ivar project: Root of the project that the snapshot is of.
    :ivar seed: What every random number generator was seeded with.
    :ivar silenced: This process is a rank that does not record.
    :ivar made: How many runs this process has made, by log directory.
    :ivar surrounding: The run that ``fitlog run`` opened, until the script names a directory.
    :ivar also: A directory that the script named for it, and that it does not lie in.
    :ivar outcome: How the script ended, where ``fitlog run`` looks after it.
    :ivar sampled_every: Seconds between samples of the machine beside every run, None for none.
    :ivar owner: The process whose trainings ``autolog`` records; its forks do as they always do.
    :ivar covered: Packages whose own adapter records what they send to other loggers.
    :ivar train_parts: What the names of modules begin with that train parts of something else.
    :ivar say_once: Tells the user a text that a script may come to many times.
    """

    def __init__(self) -> None:
        self.debug = False
        self.no_commit = False
        self.run: Run | None = None
        self.remembered: str | None = None
        self.code: tuple[str, str | None] | None = None
        self.project: str | None = None
        self.seed: int | None = None
        self.silenced = False
        self.made: dict[str, int] = {}
        self.surrounding: Run | None = None
        self.also: str | None = None
        self.outcome: Outcome | None = None
        self.sampled_every: float | None = None
        self.owner = os.getpid()
        self.covered: set[str] = set()
        self.train_parts: tuple[str, ...] = ()
        self.say_once = Once()

    def is_at_work(self, run: object) -> bool:
        """Tell whether a run is the one that a script's plain calls go to, or that is around it."""
        return run is self.run or run is self.surrounding

    def is_silenced(self) -> bool:
        """Tell whether this process is to stay silent; the first time it is, say so.

        Asked again each time until it is: ``torch.distributed`` may be set up late.
        """
        if not self.silenced and not all_ranks_record():
            rank = _rank()
            if rank is not None and rank.rank > 0:
                self.silenced = True
                say(
                    f"rank {rank.rank} of {rank.size} ({rank.source}) records nothing; "
                    "FITLOG_RANKS=all to record every rank"
                )
        return self.silenced


def is_worker() -> bool:
    """Tell whether this is a child of ``multiprocessing``."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None


def all_ranks_record() -> bool:
    """Tell whether every rank of a distributed job is to record a run of its own."""
    return environment("ranks").strip().lower() == "all"


def rank_to_record() -> Rank | None:
    """Return the rank of this process where all of several record, else None."""
    rank = _rank() if all_ranks_record() else None
    return rank if rank is not None and rank.size > 1 else None


def _rank() -> Rank | None:
    try:
        from fitlog_core import plugins
    except OSError:  # without a free descriptor nothing can be imported
        return _plain_rank()
    rank: Rank | None = plugins.first("fitlog_rank")
    return _plain_rank() if rank is None else rank


def _plain_rank() -> Rank | None:
    """Return what RANK says: all that is left where the plugin of ranks cannot be loaded."""
    rank, size = os.environ.get("RANK", "").strip(), os.environ.get("WORLD_SIZE", "").strip()
    if rank.isdecimal() and size.isdecimal() and int(rank) < int(size) > 1:
        from fitlog_core.hookspecs import Rank

        return Rank(int(rank), int(size), "RANK")
    return None


session = Session()
