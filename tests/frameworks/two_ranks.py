"""Starts a program as two ranks, as torchrun does, for frameworks that come without torch."""

from __future__ import annotations

import os
import subprocess
import sys


def main() -> int:
    """Run ``argv`` twice at once; return 0 if both went well."""
    ranks = [
        subprocess.Popen(
            [sys.executable, *sys.argv[1:]],
            env={**os.environ, "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"},
        )
        for rank in range(2)
    ]
    return max(rank.wait() for rank in ranks)


if __name__ == "__main__":
    sys.exit(main())
