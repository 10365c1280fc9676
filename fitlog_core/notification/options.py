"""What is configured outside the code: the environment first, then the project's ``.fitconfig``.

Asked at the start and the end of every run, most of which tell nobody, so what only a
``.fitconfig`` needs is imported where there is one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fitlog_core.errors import ProjectNotFoundError
from fitlog_core.notices import say
from fitlog_core.settings import SETTINGS, Setting

if TYPE_CHECKING:
    from fitlog_core.recording.run import Run

YES = frozenset({"1", "yes", "true", "on"})
NO = frozenset({"", "0", "no", "false", "off"})
FEISHU_SCHEMES = frozenset({"feishu", "lark"})

_Sections = Mapping[str, Mapping[str, str]]

# Compiled at their first use: most runs tell nobody.
_SCHEME = r"(?i)([a-z][a-z0-9+.-]*)://"
_BETWEEN = r"(?i)[\s,]+(?=[a-z][a-z0-9+.-]*://)"
_FEISHU_HOOK = r"(?i)https://[\w.-]*\.?(?:feishu\.cn|larksuite\.com|larkoffice\.com)/open-apis/bot/"

_BOTS = {
    "dingtalk": r"(?i)https?://[^/?#]+/robot/send\?(?:[^#]*&)?access_token=",
    "wecom": r"(?i)https?://[^/?#]+/cgi-bin/webhook/send\?(?:[^#]*&)?key=",
}


class Options:
    """Settings as they hold for a run.

    :param place: The run's folder or log directory. The ``.fitconfig`` of the project around
        it counts, section by section, else that around the working directory.
    """

    def __init__(self, place: str | os.PathLike[str]) -> None:
        self._place = place
        self._files: list[_Sections] | None = None
        self._problems: list[str] = []

    @classmethod
    def around(cls, run: Run) -> Options:
        """Return the settings around a run's folder, or its log directory if it has none."""
        return cls(run.get_log_folder(absolute=True) or run.get_log_dir(absolute=True) or ".")

    def get(self, name: str) -> str:
        """Return a setting, without the spaces around it; an empty one is not set.

        :param name: Name of a row of :data:`fitlog_core.settings.SETTINGS`.
        """
        row = _row(name)
        in_environment = os.environ.get(row.variable, "").strip() if row.variable else ""
        return in_environment or self._in_file(row) or row.default

    def is_on(self, name: str) -> bool:
        """Tell whether a setting says yes; say so if it says neither yes nor no."""
        word = self.get(name)
        if word.lower() not in YES | NO:
            say(f"{self.where(name)} must be yes or no, got {word!r}; it counts as no")
        return word.lower() in YES

    def where(self, name: str) -> str:
        """Return what to call the place where a setting stands, for messages."""
        row = _row(name)
        if row.variable and os.environ.get(row.variable, "").strip():
            return row.variable
        return f"{row.key.partition('.')[2]} in .fitconfig"

    def problems(self) -> list[str]:
        """Return what is wrong with a ``.fitconfig``; of a run's own, ``commit()`` tells."""
        self._read()
        return list(dict.fromkeys(self._problems))

    def _in_file(self, row: Setting) -> str:
        """Return what the nearest ``.fitconfig`` with the setting's section says."""
        section, _, key = row.key.partition(".")
        found = next((file[section] for file in self._read() if file.get(section)), {})
        return found.get(key, "")

    def _read(self) -> list[_Sections]:
        if self._files is None:
            starts = filter(_may_be_in_project, (self._place, _working_directory()))
            self._files = [_sections_around(start, self._problems) for start in starts]
        return self._files


def split_targets(text: str) -> list[str]:
    """Return the URLs of a list with commas, spaces or lines between.

    :param text: The list; a comma inside a URL is left alone.
    """
    pieces = re.split(_BETWEEN, text) if text else []
    return [part for part in (piece.strip(" \t\r\n,") for piece in pieces) if part]


def scheme_of(target: object) -> str:
    """Return the scheme of a URL in small letters, empty if it is none."""
    match = re.match(_SCHEME, target.strip()) if isinstance(target, str) else None
    return match[1].lower() if match else ""


def is_for_apprise(send_to: object) -> bool:
    """Tell whether what ``finish`` got as ``send_to_bot`` is a URL of apprise, ``tgram://...``.

    A web address is one of a Feishu bot, and what is no URL is a mistake that Feishu's plugin
    explains.
    """
    return scheme_of(send_to) not in {"", "http", "https", *FEISHU_SCHEMES}


def is_feishu(target: str) -> bool:
    """Tell whether a URL of a list of targets is one of Feishu or Lark.

    apprise knows both, without signature, and reports a refused notice as sent, so they are
    left to fitlog's own plugin.
    """
    return scheme_of(target) in FEISHU_SCHEMES or re.match(_FEISHU_HOOK, target) is not None


def bot_of(target: object) -> str:
    """Return ``dingtalk`` or ``wecom`` for the address of such a bot, empty for anything else."""
    if not isinstance(target, str):
        return ""
    return next((name for name, form in _BOTS.items() if re.match(form, target.strip())), "")


def _row(name: str) -> Setting:
    row = next((row for row in SETTINGS if row.name == name), None)
    if row is None:
        raise KeyError(name)
    return row


def _working_directory() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return os.sep


def _may_be_in_project(start: str | os.PathLike[str]) -> bool:
    """Tell whether a ``.fitconfig`` lies above; which one counts, if any, is asked then."""
    names = (".fitconfig", os.path.join(".fitlog", ".fitconfig"))
    below, folder = "", os.fspath(start)
    while folder != below:
        if any(os.path.isfile(os.path.join(folder, name)) for name in names):
            return True
        below, folder = folder, os.path.dirname(folder)
    return False


def _sections_around(start: str | os.PathLike[str], problems: list[str]) -> _Sections:
    import configparser
    from pathlib import Path

    from fitlog_core.snapshots.config import why_unreadable
    from fitlog_core.snapshots.project import find_config, find_root

    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    try:
        path = find_config(find_root(Path(start)))
    except (ProjectNotFoundError, OSError):
        path = None
    if path is None:
        return {}
    try:
        parser.read_string(path.read_text("utf-8-sig"))
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        why = why_unreadable(error)
        problems.append(f"{path} cannot be read ({why}); whom it names is not told of a run")
        return {}
    return {
        section: {key: (value or "").strip() for key, value in parser.items(section)}
        for section in parser.sections()
    }
