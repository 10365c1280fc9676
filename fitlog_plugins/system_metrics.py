"""Samples processor, memory, disk and GPUs while a run goes on, and shows them on its page.

Off unless switched on. The samples are lines of JSON in ``system.log`` in the run's folder, no file
of the log format: a run that hangs must not look as if it went on because its machine is sampled.
"""

from __future__ import annotations

import functools
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from fitlog_core.hookspecs import Board, Ending, hookimpl
from fitlog_core.notices import say

if TYPE_CHECKING:
    from fitlog_core.reading.reader import RunReader
    from fitlog_core.recording.run import Run

NAME = "system.log"
EVERY = 15.0  # seconds
SHORTEST = 0.1
MEGABYTE = 1 << 20
MOST_READ = MEGABYTE  # bytes of the newest samples that the page shows
TITLE = "System 系统"
UNITS = {
    "cpu": "%", "process_cpu": "%", "memory": "%", "process_memory": "MB", "disk": "%",
    "use": "%", "watts": "W", "celsius": "°C",
}  # fmt: skip

Sample = dict[str, float]


@hookimpl
def fitlog_run_started(run: Run) -> None:
    """Begin to sample, if that is switched on."""
    folder = run.get_log_folder(absolute=True)
    every = None if folder is None else _every(folder)
    if folder is None or every is None:
        return
    _begin(folder, every)


@hookimpl
def fitlog_system_metrics(run: Run, every: float) -> bool:
    """Sample as the script says, whatever the setting does."""
    folder = run.get_log_folder(absolute=True)
    if folder is not None:
        _begin(folder, every)
    return True


@hookimpl
def fitlog_run_finished(run: Run, ending: Ending) -> None:  # noqa: ARG001 - as the hook has them
    """Stop sampling; nothing is waited for."""
    _stop(run.get_log_folder(absolute=True) or "")


@hookimpl
def fitlog_board(board: Board) -> None:
    """Show the samples of a run on its page."""
    board.add_panel(TITLE, panel)


def _begin(folder: str, every: float) -> None:
    """Sample beside a run, at this rate only."""
    _stop(folder)
    sampler = Sampler(os.path.join(folder, NAME), every)
    try:
        sampler.start()
    except RuntimeError:  # the system gives no thread
        return
    _samplers()[folder] = sampler


def _stop(folder: str) -> None:
    sampler = _samplers().pop(folder, None)
    if sampler is not None:
        sampler.over.set()


@functools.cache
def _samplers() -> dict[str, Sampler]:
    """Return the samplers of this process by the folders of their runs."""
    return {}


def _every(folder: str) -> float | None:
    """Return how many seconds lie between samples, None if it is not switched on."""
    from fitlog_core.notification.options import NO, YES, Options

    options = Options(folder)
    word = options.get("system metrics").lower()
    if word in NO or word in YES:
        return EVERY if word in YES else None
    try:
        every = float(word)
    except ValueError:
        every = 0.0
    if SHORTEST <= every < float("inf"):
        return every
    where = options.where("system metrics")
    say(f"{where} must be yes, no or a number of seconds, got {word!r}; nothing is sampled")
    return None


class Sampler(threading.Thread):
    """The thread of one run; a daemon, so that the end of the script does not wait for it.

    A forked child has no threads but its own, so it samples nothing for its parent's run.

    :param path: The file that gets a line a sample.
    :param every: Seconds from one to the next.
    :ivar over: Set when the run is over.
    """

    def __init__(self, path: str, every: float) -> None:
        super().__init__(name="fitlog-system", daemon=True)
        self.over = threading.Event()
        self._path = path
        self._every = every

    def run(self) -> None:
        """Sample until the run is over, or the file cannot be written."""
        try:
            sources = sources_for(os.path.dirname(self._path))
        except ImportError:
            say("no system metrics: psutil is not installed; pip install psutil nvidia-ml-py")
            return
        while not self.over.is_set():
            if not self.take(sources):
                return
            self.over.wait(self._every)

    def take(self, sources: Iterable[Callable[[], Sample]]) -> bool:
        """Take one sample; False where it is the last.

        :param sources: What to ask.
        """
        sample: Sample = {"time": round(time.time(), 3)}
        for source in sources:
            sample |= source()
        return not self.over.is_set() and self._append(sample)

    def _append(self, sample: Sample) -> bool:
        line = (json.dumps(sample) + "\n").encode()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        try:
            handle = os.open(self._path, flags, 0o666)
            try:
                os.write(handle, line)
            finally:
                os.close(handle)
        except OSError as error:
            say(f"no more system metrics: {self._path} cannot be written ({error.strerror})")
            return False
        return True


def sources_for(folder: str) -> list[Callable[[], Sample]]:
    """Return what to ask for each sample.

    :param folder: A folder on the disk whose room is told.
    :raises ImportError: if psutil is not installed.
    """
    import psutil

    process = psutil.Process()
    psutil.cpu_percent(None)  # the first answer is of the time before, which is none
    process.cpu_percent(None)
    found = [lambda: _of_machine(psutil, process, folder)]
    devices = _devices()
    return [*found, lambda: _of_devices(devices)] if devices else found


def _of_machine(psutil: Any, process: Any, folder: str) -> Sample:
    try:
        return {
            "cpu": psutil.cpu_percent(None),
            "process_cpu": process.cpu_percent(None),
            "memory": psutil.virtual_memory().percent,
            "process_memory": round(process.memory_info().rss / MEGABYTE, 1),
            "disk": psutil.disk_usage(folder).percent,
        }
    except (psutil.Error, OSError):  # what the system does not tell is left out
        return {}


def _devices() -> list[Any]:
    """Return the GPUs as NVML knows them, none without NVML, its library or a GPU."""
    try:
        import pynvml

        pynvml.nvmlInit()
        return [pynvml.nvmlDeviceGetHandleByIndex(at) for at in range(pynvml.nvmlDeviceGetCount())]
    except ImportError:
        return []
    except Exception as error:  # NVML has a class of its own for each of its errors
        if type(error).__name__.startswith("NVMLError"):
            return []
        raise


def _of_devices(devices: list[Any]) -> Sample:
    """Return what each GPU tells; what one does not know is left out."""
    import pynvml

    asked: dict[str, Callable[[Any], float]] = {
        "use": lambda device: pynvml.nvmlDeviceGetUtilizationRates(device).gpu,
        "memory": lambda device: _percent(pynvml.nvmlDeviceGetMemoryInfo(device)),
        "watts": lambda device: pynvml.nvmlDeviceGetPowerUsage(device) / 1000,
        "celsius": lambda device: pynvml.nvmlDeviceGetTemperature(device, 0),
    }
    sample: Sample = {}
    for number, device in enumerate(devices):
        for name, ask in asked.items():
            try:
                sample[f"gpu{number}_{name}"] = round(float(ask(device)), 1)
            except pynvml.NVMLError:
                continue
    return sample


def _percent(memory: Any) -> float:
    return 100.0 * float(memory.used) / float(memory.total)


# ------------------------------------------------------------------- the board


def panel(reader: RunReader) -> list[Mapping[str, object]] | None:
    """Return a row for each thing that was sampled: mean, largest and last; None without samples.

    :param reader: The run.
    """
    samples = samples_of(reader)
    names = dict.fromkeys(name for sample in samples for name in sample if name != "time")
    rows: list[Mapping[str, object]] = []
    for name in names:
        values = [sample[name] for sample in samples if name in sample]
        unit = UNITS.get(name) or UNITS.get(name.rpartition("_")[2], "%")
        rows.append(
            {
                "": f"{name.replace('_', ' ')} ({unit})",
                "mean": round(sum(values) / len(values), 1),
                "max": max(values),
                "last": values[-1],
            }
        )
    return rows or None


def samples_of(reader: RunReader) -> list[Sample]:
    """Return the newest samples of a run; lines that are none are passed over.

    :param reader: The run.
    """
    from fitlog_core.errors import RunNotFoundError

    try:
        with reader.open_file(NAME).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - MOST_READ))
            lines = file.read(MOST_READ).split(b"\n")[:-1]
    except (OSError, RunNotFoundError):
        return []
    return [sample for sample in map(_sample, lines) if sample]


def _sample(line: bytes) -> Sample:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    items = found.items() if isinstance(found, dict) else ()
    return {str(name): value for name, value in items if type(value) in (int, float)}
