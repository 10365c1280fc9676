"""``python -m fitlog``: the same command as ``fitlog``."""

from __future__ import annotations

from fitlog_core.cli import main

if __name__ == "__main__":
    main(prog_name="fitlog")
