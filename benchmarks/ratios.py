"""The times of trainings as ratios, and whether they keep their bounds."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from baton import Times, side_by_side

BOUND = 1.02
Taken = Mapping[str, Sequence[Times]]


def measured(
    prepared: Callable[..., Callable[[], object]],
    makers: Mapping[str, Any],
    interval: int,
    steps: int,
    repeats: int,
) -> dict[str, list[Times]]:
    """Return the times of each training, by repeat, after a short one that is not counted.

    :param prepared: What builds a training, from its maker, a folder, the logging interval, the
        number of steps and its turn.
    :param makers: What makes the loggers that are compared, by name.
    """
    taken: dict[str, list[Times]] = {name: [] for name in makers}
    for repeat in range(-1, repeats):
        length = steps if repeat >= 0 else min(steps, 200)
        with tempfile.TemporaryDirectory() as folder:
            builders = {
                name: partial(prepared, maker, f"{folder}/{at}", interval, length)
                for at, (name, maker) in enumerate(makers.items())
            }
            times = side_by_side(builders, seed=repeat)
        if repeat >= 0:
            for name in makers:
                taken[name].append(times[name])
    return taken


class Ratios:
    """One training's times, each divided by those of another in the same race.

    :ivar passed: By the clock, what the verdicts are about.
    :ivar processor: Of the processor.
    """

    def __init__(self, taken: Taken, name: str, base: str) -> None:
        pairs = list(zip(taken[name], taken[base], strict=True))
        self.passed = [mine.passed / other.passed for mine, other in pairs]
        self.processor = [mine.processor / other.processor for mine, other in pairs]


def report(title: str, taken: Taken, base: str, steps: int) -> None:
    """Print each training's times, and their ratios to a base's."""
    print(f"\n{title}\n| training | µs a step | × {base}, time | × {base}, processor |")
    print("|---|---|---|---|")
    for name, times in taken.items():
        ratios = Ratios(taken, name, base)
        micros = statistics.median(time.passed for time in times) / steps * 1e6
        print(f"| {name} | {micros:.1f} | {spread(ratios.passed)} | {spread(ratios.processor)} |")


def verdict_on_cost(taken: Taken, name: str, base: str, again: str | None = None) -> None:
    """Print whether a training takes at most 1.02 times what its base takes.

    :param again: The base done twice: within its spread, quartile to quartile, is noise.
    """
    middle = statistics.median(Ratios(taken, name, base).passed)
    rule = f"{name}: {middle:.3f} × {base}, bound {BOUND}"
    if middle <= BOUND:
        print(f"PASS {rule}")
    elif again is not None and middle <= (noise := quartiles(Ratios(taken, again, base).passed)[2]):
        print(f"PASS {rule}, exceeded, but inside the spread of {again!r}, to {noise:.3f}")
    else:
        print(f"FAIL {rule}")


def verdict_on_race(taken: Taken, name: str, others: Sequence[str]) -> None:
    """Print whether a training is faster than others."""
    for other in others:
        middle = statistics.median(Ratios(taken, other, name).passed)
        print(f"{'PASS' if middle > 1 else 'FAIL'} {other}: {middle:.3f} × {name}, bound over 1")


def spread(values: Sequence[float]) -> str:
    """Return the median, the quartiles and the extremes."""
    low, middle, high = quartiles(values)
    return f"{middle:.3f} ({low:.3f}-{high:.3f}) [{min(values):.3f}, {max(values):.3f}]"


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the quartiles, of which the second is the median."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high
