"""``fitlog cache``: what the board and the commands keep of the logs they read."""

from __future__ import annotations

import json
import time

import click

from fitlog_core.reading.index import location, upkeep
from fitlog_core.reading.index.database import remove
from fitlog_core.reading.index.upkeep import MEGABYTE, CacheFile


@click.command("cache")
@click.option("--clear", is_flag=True, help="Delete all of it; it is made anew when it is needed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
def command(clear: bool, as_json: bool) -> None:
    """Show or clear what is kept of logs that were read.

    The board and the commands read a log once and keep what they found, one file for each log
    directory. The logs are the truth: these files may be deleted at any time. FITLOG_CACHE_DIR
    says where they lie, FITLOG_CACHE_MB how many megabytes they may take.

    \b
    Examples:
      fitlog cache
      fitlog cache --clear
    """
    folder = location.find().folder
    caches = [] if folder is None else upkeep.cache_files(folder)
    if clear:
        _clear(caches)
        return
    if as_json:
        click.echo(json.dumps({"folder": str(folder or ""), "caches": list(map(_facts, caches))}))
        return
    if folder is None:
        click.echo("No folder can hold a cache here: it is kept in memory.")
        return
    total = sum(cache.size for cache in caches)
    click.echo(f"{folder}: {_size(total)} of at most {_size(upkeep.most_bytes())}")
    for cache in caches:
        used = time.strftime("%Y-%m-%d %H:%M", time.localtime(cache.used))
        click.echo(f"  {_size(cache.size):>9}  {used}  {upkeep.origin_of(cache.path) or '?'}")


def _clear(caches: list[CacheFile]) -> None:
    kept = [cache for cache in caches if not remove(cache.path)]
    gone = sum(cache.size for cache in caches) - sum(cache.size for cache in kept)
    count = len(caches) - len(kept)
    click.echo(f"Deleted {count} file{'' if count == 1 else 's'}, {_size(gone)}.")
    if kept:
        raise click.ClickException(f"cannot delete {', '.join(str(cache.path) for cache in kept)}")


def _facts(cache: CacheFile) -> dict[str, object]:
    return {
        "path": str(cache.path),
        "log_dir": upkeep.origin_of(cache.path),
        "bytes": cache.size,
        "used": cache.used,
    }


def _size(size: int) -> str:
    return f"{size / MEGABYTE:.1f} MB"
