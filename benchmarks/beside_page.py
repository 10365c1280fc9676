"""Writes the page of the docs that shows the same 30 runs on the boards of several trackers.

    python benchmarks/beside_page.py RESULTS.json [--to docs/beside.md]

RESULTS.json is what `beside.py --json` found. What can only be seen stands in `beside_seen.py`,
with the versions in which it was seen: with others the page is not written.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from beside_seen import HAS_ALONE, HOW_WRITTEN, SEEN, SEEN_IN, TITLES
from measured import HERE

Told = dict[str, Any]
Cell = Callable[[Told, str], str]


def page(told: Told) -> str:
    """Return the page as Markdown.

    :raises SystemExit: if what was measured is not what was looked at.
    """
    boards = [name for name in TITLES if name in told["versions"]]
    _check(told, boards)
    return (
        "\n\n".join(
            [
                "# The same 30 runs beside other trackers",
                "<!-- Written by benchmarks/beside_page.py: measure or look again instead of editing. -->",
                _opening(told),
                "## How fast",
                _table(
                    boards,
                    [(work, [cell(told, name) for name in boards]) for work, cell in MEASURED],
                ),
                _conditions(told),
                *_instead(told),
                *_failures(told),
                "## What each shows",
                "As installed, nothing set, unless it says *by setting*: seen in the browser, with the runs above. *None seen* "
                "is no proof: somebody who knows that board better may find it.",
                _table(
                    boards,
                    [(work, [answers[name] for name in boards]) for work, answers in SEEN.items()],
                ),
                "## What the others have and fitlog has not",
                "\n".join(
                    f"- **{TITLES[name]}**: {HAS_ALONE[name]}"
                    for name in boards
                    if name in HAS_ALONE
                ),
                "## How the runs were written",
                _table(
                    ["with", "seconds"],
                    [(TITLES[name], [HOW_WRITTEN[name], _written(told, name)]) for name in boards],
                    titles={},
                ),
                "The same values for all, made by `benchmarks/sweep.py`, one run after the other in one process, by "
                "the calls of each tracker's own guide. Measured once, at 1-minute loads of 1 to 8: orders of magnitude.",
                "```console\n$ python benchmarks/beside.py --venv tensorboard=DIR --venv mlflow=DIR ... "
                f"--repeats {told['repeats']} --json beside.json\n$ python benchmarks/beside_page.py beside.json\n```",
            ]
        )
        + "\n"
    )


def _check(told: Told, boards: list[str]) -> None:
    for name in boards:
        if told["versions"][name] != SEEN_IN[name]:
            raise SystemExit(
                f"measured {told['versions'][name]!r}, but what beside_seen.py says was seen in "
                f"{SEEN_IN[name]!r}: look again, then change both"
            )


# ---------------------------------------------------------------------- measured


def _middle(told: Told, name: str, key: str) -> float | None:
    """Return the median of what a board's visits found; None if none of them found it."""
    values = [one[key] for one in told["visits"] if one["board"] == name]
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _seconds(key: str) -> Cell:
    def cell(told: Told, name: str) -> str:
        values = [one[key] for one in told["visits"] if one["board"] == name]
        seen = len(values) - values.count(None)
        often = "" if seen in (0, len(values)) else f" ({seen} of {len(values)} visits)"
        return _said(_middle(told, name, key), "{:.2f} s") + often

    return cell


def _load(view: str) -> Cell:
    def cell(told: Told, name: str) -> str:
        size, requests = (_middle(told, name, f"{view} {key}") for key in ("kB", "requests"))
        return f"{_said(size, '{:,.0f} kB')}, {_said(requests, '{:.0f}')}"

    return cell


def _said(value: float | None, form: str) -> str:
    return "not seen" if value is None else form.format(value)


def _elsewhere(told: Told, name: str) -> str:
    """Return the hosts that the browser and the server's own process asked for."""
    visits = [one for one in told["visits"] if one["board"] == name]
    views = ("table", "curves", "long")
    browser = {host for one in visits for view in views for host in one[f"{view} elsewhere"]}
    server = {host for one in visits for host in one["server elsewhere"]}
    parts = [("the page", browser), ("the server", server)]
    return (
        "; ".join(f"{who}: {', '.join(sorted(hosts))}" for who, hosts in parts if hosts) or "none"
    )


def _points(told: Told, name: str) -> str:
    return _said(_middle(told, name, "long points"), "{:,.0f}")


def _spike(told: Told, name: str) -> str:
    found = {one["long spike"] for one in told["visits"] if one["board"] == name}
    return (
        {(True,): "always", (False,): "never"}.get(tuple(found), "at times")
        if found
        else "not seen"
    )


def _written(told: Told, name: str) -> str:
    return f"{told['written'][name]['seconds']:.0f}" if name in told["written"] else "failed"


MEASURED: tuple[tuple[str, Cell], ...] = (
    ("the server answers after", _seconds("starts")),
    ("the runs are listed after", _seconds("table seconds")),
    ("CPU of the browser until then", _seconds("table cpu")),
    ("that first load, requests", _load("table")),
    ("curves of several runs are drawn after", _seconds("curves seconds")),
    ("CPU of the browser until then", _seconds("curves cpu")),
    ("that page, requests", _load("curves")),
    ("the curve of 200,000 points is drawn after", _seconds("long seconds")),
    ("CPU of the browser until then", _seconds("long cpu")),
    ("points of it that came", _points),
    ("its one far point is among them", _spike),
    ("other hosts asked for", _elsewhere),
    ("CPU of the server for all that, its start included", _seconds("server cpu")),
    ("the server's memory after all that", lambda told, name: _said(_middle(told, name, "memory"), "{:,.0f} MiB")),
)  # fmt: skip


# ---------------------------------------------------------------------- the words


def _opening(told: Told) -> str:
    versions = ", ".join(told["versions"].values())
    return (
        "Thirty trainings, five learning rates by two encoders by three seeds: a loss at each of 200 steps, two "
        "metrics at every tenth, six hyperparameters. One diverges (its loss is NaN from step 120 on), one ends in "
        "an error, and one has, besides, a curve of 200,000 points near 1 with a single point at 98.8. They were written "
        f"through each tracker's own calls and opened on its own board, on {told['date']}: {versions}."
    )


def _conditions(told: Told) -> str:
    known = told["machine"]
    load = told["load"]
    return (
        f"{known['processor']}, {known['cores']} cores, {known['memory']}, Python {known['python']}; the 1-minute load "
        f"before each visit was {min(load)} to {max(load)}, the boards' own work included. Medians of {told['repeats']} "
        "visits, the boards taking turns, each with a fresh server and an empty browser profile at 1440 by 900; the clock "
        "runs from the address until the page shows it, and painting is by software. On a machine as busy as that, read "
        "the CPU, the bytes and the memory, and of the seconds which are a multiple of which. *Not seen*, or not in all "
        "visits: not within two minutes. SwanLab's runs are listed beside the table, which never came. Other hosts could not be "
        "reached; those of servers are the ones asked for through a proxy."
    )


def _instead(told: Told) -> Iterator[str]:
    """Give what stood on the pages that never showed what was asked for."""
    keys = [f"{view} instead" for view in ("table", "curves", "long")]
    found = {(one["board"], one[key]) for one in told["visits"] for key in keys if key in one}
    for name, text in sorted(found):
        yield f"Where it was not seen, {TITLES[name]} showed `{' '.join(text.split())}`."


def _failures(told: Told) -> Iterator[str]:
    for name, said in told["failed"].items():
        yield f"{TITLES[name]} could not be had: `{said}`"


def _table(
    boards: list[str], rows: list[tuple[str, list[str]]], titles: dict[str, str] = TITLES
) -> str:
    head = ["", *(titles.get(name, name) for name in boards)]
    lines = [head, ["---"] * len(head), *([work, *cells] for work, cells in rows)]
    return "\n".join(f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in lines)


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--to", type=Path, default=HERE.parent / "docs" / "beside.md")
    options = parser.parse_args()
    options.to.write_text(page(json.loads(options.results.read_text("utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
