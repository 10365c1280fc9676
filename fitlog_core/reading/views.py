"""Views of the board: the ``NAME.cfg`` files of fitlog 0.9.

A view says which runs are hidden or in the trash, which columns are shown in which order, and
keeps a filter. It is written only after a change, whole, and with its comments; what somebody
else changed meanwhile is kept, or the change is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from fitlog_core.errors import ViewConflictError, ViewError
from fitlog_core.notices import say
from fitlog_core.reading import view_file, whole_file
from fitlog_core.reading.view_keys import KEYS, spell
from fitlog_core.sentences import reason, sentence

DEFAULT_NAME = "default.cfg"
_NAME = re.compile(r"[^\x00-\x1f\x7f/\\:*?\"<>|\ud800-\udfff]{1,120}\.cfg")
LARGEST = 8 << 20  # bytes of a view's file: a hundred thousand ids of runs
LONGEST_NAME = 220  # bytes; file systems allow 255, and its copies have longer names
# What Windows takes for a device, whatever ending it has: a shared directory is opened there, too.
_DEVICE = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³]) *(\..*)?", re.IGNORECASE
)


class View:
    """One view file as it was when it was opened.

    :ivar name: file name, as in ``default.cfg``.
    :ivar problems: a sentence for each thing in the file that could not be read.
    :ivar fingerprint: changes with every change of the file; empty where there is no file yet.
    """

    def __init__(self, log_dir: Path, name: str, content: bytes | None) -> None:
        """Read a view from the bytes of its file, or None where there is no file yet."""
        self.log_dir = log_dir
        self.name = name
        self.fingerprint = "" if content is None else hashlib.sha256(content).hexdigest()
        text, problems = _decode(content)
        self._document, faults = view_file.parse(text)
        self._broken_lines = bool(problems or faults)
        self._values: dict[str, Any] = {}
        self._unread: set[str] = set()
        self.problems: tuple[str, ...] = (*problems, *faults, *self._read_values())

    @classmethod
    def open(cls, log_dir: Path, name: str = DEFAULT_NAME) -> View:
        """Open a view; a file that is not there yet has the defaults, and is not made.

        :raises ViewError: if ``name`` is not a plain file name that ends with ``.cfg``, or the
            file cannot be read.
        """
        check_name(name)
        return cls(log_dir, name, whole_file.read(whole_file.place(log_dir, name), LARGEST))

    @property
    def exists(self) -> bool:
        """Whether there is a file behind this view."""
        return bool(self.fingerprint)

    def __getitem__(self, key: str) -> Any:
        """Return the value of one key (see ``values``)."""
        return self._values[key]

    @property
    def hidden(self) -> tuple[str, ...]:
        """Ids of the runs that are out of sight."""
        return self._names("hidden_logs")

    @property
    def deleted(self) -> tuple[str, ...]:
        """Ids of the runs in the trash of this view."""
        return self._names("deleted_logs")

    @property
    def hidden_columns(self) -> tuple[str, ...]:
        """Columns, or branches of columns, that are out of sight."""
        return self._names("hidden_columns")

    @property
    def exclude_columns(self) -> tuple[str, ...]:
        """Columns, or branches of columns, that this view leaves out altogether."""
        return self._names("exclude_columns")

    @property
    def editable_columns(self) -> tuple[str, ...]:
        """Columns whose cells may be edited."""
        return self._names("editable_columns")

    @property
    def column_order(self) -> dict[str, Any]:
        """Nested names in the order of the columns, each branch ending in ``EndOfOrder``."""
        order: dict[str, Any] = self._values["column_order"]
        return order

    @property
    def filter_condition(self) -> dict[str, Any]:
        """The saved filter: conditions by column, in the dialect of fitlog 0.9's server."""
        condition: dict[str, Any] = self._values["filter_condition"]
        return condition

    @property
    def address(self) -> str:
        """The state of the table's page that the view was saved with, as its address has it."""
        said: str = self._values["address"]
        return said

    @property
    def row_order(self) -> list[list[str | None]]:
        """What was moved by hand in the table: ids of runs, then the one they stand before."""
        moves: list[list[str | None]] = self._values["row_order"]
        return moves

    @property
    def drops_rows_without_the_column(self) -> bool:
        """Whether the saved filter drops rows that lack a column it names."""
        return bool(self._values["ignore_filter_condition_not_exist_log"])

    def values(self) -> dict[str, Any]:
        """Return every key that can be changed, with its value."""
        return dict(self._values)

    def save(self, changes: Mapping[str, Any], was: Mapping[str, Any] | None = None) -> View:
        """Change keys of the view and return it as it is then.

        What others changed since is kept; a key that they changed too is not overwritten.

        :param changes: new values by key (see ``values``).
        :param was: values that the changes start from; those of this object where not given.
        :raises ViewConflictError: if the file holds another value than that by now.
        :raises ViewError: for an unknown key, a value that a view cannot hold, or a file that
            cannot be written.
        """
        spelled = {key: (value, spell(key, value)) for key, value in changes.items()}
        before = {**self._values, **(was or {})}

        def change(now: View) -> dict[str, str]:
            for key, (_, text) in spelled.items():
                found = spell(key, now[key])
                if found not in (spell(key, before[key]), text):
                    raise ViewConflictError(key, before[key], now[key])
            return {key: text for key, (_, text) in spelled.items()}

        return self._rewrite(change)

    def edit_names(self, key: str, add: Iterable[str] = (), remove: Iterable[str] = ()) -> View:
        """Put names into a list of the view or take them out, whatever else changed in it.

        :raises ViewError: as ``save``.
        """
        wanted, unwanted = list(add), set(remove)
        spell(key, wanted)

        def change(now: View) -> dict[str, str]:
            names = [name for name in now[key] if name not in unwanted]
            return {key: spell(key, [*names, *wanted])}

        return self._rewrite(change)

    def _names(self, key: str) -> tuple[str, ...]:
        names: tuple[str, ...] = self._values[key]
        return names

    def _read_values(self) -> list[str]:
        """Fill in the values; return a sentence for each that cannot be read."""
        problems: list[str] = []
        for name, key in KEYS.items():
            text = view_file.get(self._document, key.section, name)
            try:
                self._values[name] = key.read(text)
            except (ValueError, RecursionError) as error:
                problems.append(
                    sentence(
                        "view.key_unread",
                        "{key} cannot be read: {problem}",
                        key=name,
                        problem=error,
                    )
                )
                self._unread.add(name)
                self._values[name] = key.read(view_file.default(key.section, name))
        return problems

    def _rewrite(self, change: Callable[[View], dict[str, str]]) -> View:
        path = whole_file.place(self.log_dir, self.name)
        with whole_file.alone(self.log_dir):
            content = whole_file.read(path, LARGEST)
            now = View(self.log_dir, self.name, content)
            texts = {key: text for key, text in change(now).items() if text != spell(key, now[key])}
            if not texts:
                return now
            if now._broken_lines or now._unread & set(texts):
                say(f"{path} is damaged ({now.problems[0]}): kept as {whole_file.keep_aside(path)}")
            new = _encode(now._changed(texts), content)
            if whole_file.read(path, LARGEST) != content:
                raise ViewConflictError(
                    next(iter(texts)), "", sentence("file.just_changed", "a file that just changed")
                )
            whole_file.replace(path, new)
        return View(self.log_dir, self.name, new)

    def _changed(self, texts: Mapping[str, str]) -> str:
        if not self.exists:
            self._document.read_string(view_file.default_text())
        for key, text in texts.items():
            view_file.put(self._document, KEYS[key].section, key, text)
        return str(self._document)


def check_name(name: str) -> str:
    """Return ``name`` if it is the plain file name of a view.

    :raises ViewError: if it has a folder in it, is hidden, too long or the name of a device, or
        does not end with ``.cfg``.
    """
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise ViewError(
            sentence(
                "view.no_name",
                "{name!r} is no name of a view: a plain file name ending with .cfg is",
                name=name,
            )
        )
    if len(name.encode()) > LONGEST_NAME or _DEVICE.fullmatch(name):
        raise ViewError(
            sentence(
                "view.long_name",
                "{name!r} is no name of a view: it is too long, or a device on Windows",
                name=name,
            )
        )
    return name


def view_names(log_dir: Path) -> list[str]:
    """Return the names of the views in a log directory, sorted."""
    found = []
    for path in log_dir.glob("*.cfg"):
        try:
            whole_file.place(log_dir, check_name(path.name))
        except ViewError:
            continue
        found.append(path.name)
    return sorted(found)


def delete_view(log_dir: Path, name: str) -> None:
    """Remove the file of a view; the runs stay.

    :raises ViewError: if there is no such view or its file cannot be removed.
    """
    if name not in view_names(log_dir):
        raise ViewError(
            sentence(
                "view.unknown_in",
                "there is no view {view!r} in {directory}",
                view=name,
                directory=log_dir,
            )
        )
    try:
        (log_dir / name).unlink()
    except OSError as error:
        raise ViewError(
            sentence(
                "view.unremoved",
                "view {view!r} cannot be removed: {reason}",
                view=name,
                reason=reason(error),
            )
        ) from error


def _decode(content: bytes | None) -> tuple[str, list[str]]:
    """Return the text of a view, its lines ended by ``\\n``, and what was wrong with it."""
    problems: list[str] = []
    try:
        text = (content or b"").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = (content or b"").decode("utf-8-sig", "replace")
        problems.append(
            sentence("file.no_utf8", "byte {position} is not UTF-8", position=error.start)
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # A last line without an end would swallow the heading of a section added below it.
    return text if text.endswith("\n") or not text else text + "\n", problems


def _encode(text: str, before: bytes | None) -> bytes:
    """Spell the text with the line ends that the file had."""
    if before is not None and b"\r\n" in before:
        text = text.replace("\n", "\r\n")
    return text.encode("utf-8")
