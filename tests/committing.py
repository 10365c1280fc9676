"""Makes snapshots of a project and acknowledges each on stdout, by its number and id.

As a script: ``committing.py PROJECT FIRST COUNT``. The n-th snapshot holds the text of ``text(n)``
in each of ``NAMES``; files of the project that are not among them are left as they are.
"""

from __future__ import annotations

import sys
from pathlib import Path

NAMES = [f"own_{number}.py" for number in range(6)]
ENDLESS = 1_000_000


def text(number: int) -> str:
    """What the files of the n-th snapshot hold; of some it is longer than a page."""
    return f"# version {number}\n" * (1 + 700 * (number % 3 == 0))


def write(project: str, number: int) -> None:
    """Make the project's files those of the n-th snapshot."""
    for name in NAMES:
        Path(project, name).write_text(text(number))


def main(project: str, first: str, count: str) -> None:
    """Change the files, and commit them."""
    import fitlog

    for number in range(int(first), int(first) + int(count)):
        write(project, number)
        fitlog.commit(str(Path(project, NAMES[0])), f"version {number}")
        print(number, fitlog.get_fit_id(project), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
