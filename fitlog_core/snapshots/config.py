"""Reads ``.fitconfig``, the settings of a project."""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from pathlib import Path

from fitlog_core import notices
from fitlog_core.snapshots.sizes import parse_size, size_words

SECTION = "fit_settings"
DEFAULT_RULES = ("*.py",)
LARGEST_FILE = 50 * 10**6  # bytes; code is smaller, and a model's weights are no code
DEFAULT_CONFIG = f"[{SECTION}]\nwatched_rules = *.py\n"


@dataclass(frozen=True)
class Config:
    """What ``.fitconfig`` says of snapshots.

    :param watched_rules: Patterns of the files to record.
    :param ignored: Patterns of what to leave out, folders above all.
    :param largest_file: Bytes; larger files are left out.
    """

    watched_rules: tuple[str, ...] = DEFAULT_RULES
    ignored: tuple[str, ...] = ()
    largest_file: int = LARGEST_FILE


def read_config(path: Path | None) -> Config:
    """Return the settings in a file; the defaults, said so, if it cannot be understood.

    :param path: A ``.fitconfig``, or None where there is none.
    """
    if path is None:
        return Config()
    # A lone % is a legal character of a file name, so nothing is interpolated.
    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    try:
        parser.read_string(path.read_text("utf-8-sig"))
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        why = why_unreadable(error)
        notices.say(f"{path} cannot be read ({why}); recording {', '.join(DEFAULT_RULES)}")
        return Config()
    watched = split_rules(parser.get(SECTION, "watched_rules", fallback=""))
    ignored = split_rules(parser.get(SECTION, "ignored", fallback=""))
    largest = _largest_file(parser.get(SECTION, "largest_file", fallback=""), path)
    return Config(watched or DEFAULT_RULES, ignored, largest)


def _largest_file(text: str | None, path: Path) -> int:
    if not text:
        return LARGEST_FILE
    try:
        return parse_size(text)
    except ValueError as error:
        notices.say(f"largest_file in {path}: {error}; taking {size_words(LARGEST_FILE)}")
        return LARGEST_FILE


def why_unreadable(error: Exception) -> str:
    """Return why a ``.fitconfig`` cannot be read, without its lines: they may hold a secret.

    :param error: What was raised for it.
    """
    line = getattr(error, "lineno", None) or next((at for at, _ in getattr(error, "errors", ())), 0)
    why = str(error).splitlines()[0].partition(": '<string>'")[0].rstrip(".")
    return f"{why}, line {line}" if line else why


def split_rules(text: str | None) -> tuple[str, ...]:
    """Return the patterns of a comma-separated text; a new line separates too."""
    words = (text or "").replace("\n", ",").split(",")
    return tuple(word.strip() for word in words if word.strip())
