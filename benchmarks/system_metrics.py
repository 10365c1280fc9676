"""What sampling the machine costs a training, at the rate it has unless told otherwise.

    python benchmarks/system_metrics.py [--repeats 11] [--seconds 16]

The same steps of arithmetic, a loss recorded after each, with and without
``fitlog.system_metrics()``, in turns, each in a process of its own. Compared is the processor time
of a whole process for a step, in which the sampling is, too. A sample every 15 seconds is lost in
what two runs differ by; so the processor time of a sample is told, too, and its part of 15 seconds.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from fitlog_plugins.system_metrics import EVERY
from fitlog_plugins.system_metrics.sampler import Sampler, sources_for

RATES = {"without": None, "every 15 s": 15.0}
SAMPLES = 500

TRAINING = """
import sys, time
import fitlog
every, seconds = sys.argv[1:]
if every != "None":
    fitlog.system_metrics(float(every))
fitlog.set_log_dir("logs")
until = time.perf_counter() + float(seconds)
step = 0
while time.perf_counter() < until:
    value = sum(i * i for i in range(2000))
    fitlog.add_loss(value / (step + 1), step, "loss")
    step += 1
fitlog.finish()
print(step)
"""


def cost_of_a_step(every: float | None, seconds: float) -> float:
    """Train once; return the processor's seconds for a step, start and end among them."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", TRAINING, str(every), str(seconds)],
            cwd=folder,
            env={**os.environ, "FITLOG_REPEATS": "off"},
            stdout=subprocess.PIPE,
            check=True,
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used / int(done.stdout)


def cost_of_a_sample() -> float:
    """Return the processor's seconds for one sample, the line in the file among them."""
    with tempfile.TemporaryDirectory() as folder:
        sampler = Sampler(os.path.join(folder, "system.log"), EVERY)
        sources = sources_for(folder)
        began = time.thread_time()
        for _ in range(SAMPLES):
            sampler.take(sources)
        return (time.thread_time() - began) / SAMPLES


def main() -> None:
    """Print the ratios of the processor's time for a step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=16.0)
    asked = parser.parse_args()
    ratios: dict[str, list[float]] = {name: [] for name in RATES}
    for repeat in range(asked.repeats):
        order = list(RATES)[:: -1 if repeat % 2 else 1]
        costs = {name: cost_of_a_step(RATES[name], asked.seconds) for name in order}
        for name, cost in costs.items():
            ratios[name].append(cost / costs["without"])
    for name in list(RATES)[1:]:
        each = sorted(ratios[name])
        print(
            f"{name}: {statistics.median(each):.3f} of the time without, {each[0]:.3f} to {each[-1]:.3f}"
        )
    sample = cost_of_a_sample()
    print(
        f"a sample: {sample * 1000:.2f} ms of the processor, {sample / EVERY:.4%} of {EVERY:.0f} s"
    )
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
