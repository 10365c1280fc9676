"""Samples the machine beside one run, into a file of the run's folder."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from fitlog_core.notices import say

NAME = "system.log"
MEGABYTE = 1 << 20

Sample = dict[str, float]


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
