"""``python -m fitlog``: the same command as ``fitlog``."""

from __future__ import annotations

from fitlog_core.command import main

if __name__ == "__main__":
    main()
