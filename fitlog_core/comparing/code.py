"""What differs between two versions of a project's code."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from fitlog_core.sentences import sentence
from fitlog_core.snapshots.project import project_at
from fitlog_core.snapshots.tree import EXECUTABLE, LINK, Entry, SnapshotTrees
from fitlog_core.snapshots.walk import find_files

CONTEXT = 3  # lines around a change
LONGEST = 2_000_000  # bytes of a file whose lines are compared
MOST_LINES = 20_000  # of a file whose lines are compared


class Code(NamedTuple):
    """One version of a project's code.

    :param files: By path, relative to the project's root, with ``/``.
    :param contents: Returns contents by the id of an entry.
    """

    files: dict[str, Entry]
    contents: Callable[[Iterable[str]], dict[str, bytes]]


@dataclass(frozen=True)
class FileChange:
    """How one file differs.

    :param path: Its path in the new version, or in the old one where it was removed.
    :param kind: ``changed``, ``added``, ``removed`` or ``renamed``.
    :param added: How many lines were added.
    :param removed: How many lines were removed.
    :param lines: The unified difference, without the two lines that name the files.
    :param is_loaded: One of the two runs had loaded it when it began.
    :param note: What the lines cannot tell, such as ``not text``.
    :param old_path: Its path before, where it was renamed.
    """

    path: str
    kind: str
    added: int = 0
    removed: int = 0
    lines: list[str] = field(default_factory=list)
    is_loaded: bool = False
    note: str = ""
    old_path: str = ""


def code_of_snapshot(trees: SnapshotTrees, commit_id: str) -> Code:
    """Return the code of a snapshot.

    :raises SnapshotError: if git fails, or a part of it is gone.
    """
    return Code(trees.files(commit_id), trees.contents)


def code_of_work_tree(root: Path, log_dir: Path | None = None) -> Code:
    """Return the code of a project as it is now, by the rules of its ``.fitconfig``.

    :param root: The project's root.
    :param log_dir: A log directory, which is left out.
    """
    held: dict[str, bytes] = {}
    files: dict[str, Entry] = {}
    for name in find_files(project_at(root), log_dir).files:
        try:
            entry, content = _entry(root / name)
        except OSError:  # removed just now, or unreadable: as if it were not there
            continue
        files[name] = entry
        held[entry.id] = content
    return Code(files, lambda ids: {one: held[one] for one in ids})


def file_changes(old: Code, new: Code, loaded: Sequence[str] = ()) -> list[FileChange]:
    """Return how the files of two versions differ: those that a run had loaded first.

    :param loaded: Paths of the files that a run had loaded, the script first.
    :raises SnapshotError: if a content is gone.
    """
    paths = [path for path in {**old.files, **new.files} if _differs(old, new, path)]
    renamed = _renamed(old, new, paths)
    paths = [path for path in paths if path not in renamed.values()]
    before = old.contents(_ids(old, [renamed.get(path, path) for path in paths]))
    after = new.contents(_ids(new, paths))
    places = {path: place for place, path in enumerate(loaded)}
    changes = []
    for path in sorted(paths, key=lambda path: (places.get(path, len(places)), path)):
        old_path = renamed.get(path, path)
        pair = old.files.get(old_path), new.files.get(path)
        texts = tuple(
            None if entry is None else held[entry.id]
            for entry, held in zip(pair, (before, after), strict=True)
        )
        is_loaded = path in places or old_path in places
        changes.append(_change(path, old_path, pair, (texts[0], texts[1]), is_loaded))
    return changes


def _differs(old: Code, new: Code, path: str) -> bool:
    return old.files.get(path) != new.files.get(path)


def _ids(code: Code, paths: Iterable[str]) -> list[str]:
    return [code.files[path].id for path in paths if path in code.files]


def _renamed(old: Code, new: Code, paths: Sequence[str]) -> dict[str, str]:
    """Return the old paths of files that only lie elsewhere, by their new ones."""
    gone = {old.files[path].id: path for path in paths if path not in new.files}
    added = {new.files[path].id: path for path in paths if path not in old.files}
    return {added[one]: gone[one] for one in added if one in gone}


def _change(
    path: str,
    old_path: str,
    entries: tuple[Entry | None, Entry | None],
    texts: tuple[bytes | None, bytes | None],
    is_loaded: bool,
) -> FileChange:
    if old_path != path:
        return FileChange(path, "renamed", is_loaded=is_loaded, old_path=old_path)
    kind = "added" if texts[0] is None else "removed" if texts[1] is None else "changed"
    note = _note(entries, texts)
    lines = _unified(texts[0] or b"", texts[1] or b"") if _is_comparable(*texts) else []
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    return FileChange(path, kind, added, removed, lines, is_loaded, note)


def _note(
    entries: tuple[Entry | None, Entry | None], texts: tuple[bytes | None, bytes | None]
) -> str:
    if not _is_comparable(*texts):
        sizes = " → ".join(f"{len(text):,} bytes" for text in texts if text is not None)
        if any(b"\0" in (text or b"") for text in texts):
            return sentence("note.no_text", "not text, {sizes}", sizes=sizes)
        return sentence("note.long", "too long to compare, {sizes}", sizes=sizes)
    old, new = entries
    if old is not None and new is not None and old.mode != new.mode:
        return sentence(
            "note.mode",
            "now {new}, was {old}",
            new=_MODES.get(new.mode, new.mode),
            old=_MODES.get(old.mode, old.mode),
        )
    return ""


_MODES = {
    EXECUTABLE: sentence("mode.executable", "executable"),
    LINK: sentence("mode.link", "a link"),
    "100644": sentence("mode.plain", "a plain file"),
}


def _is_comparable(*texts: bytes | None) -> bool:
    return all(
        text is None
        or (len(text) <= LONGEST and b"\0" not in text and text.count(b"\n") <= MOST_LINES)
        for text in texts
    )


def _unified(old: bytes, new: bytes) -> list[str]:
    import difflib  # most runs have the same code as the one before

    before, after = (text.decode("utf-8", "replace").splitlines() for text in (old, new))
    lines = list(difflib.unified_diff(before, after, lineterm="", n=CONTEXT))[2:]
    if not lines and old != new:
        return ["@@ only the ends of lines differ @@"]
    return lines


def _entry(path: Path) -> tuple[Entry, bytes]:
    import hashlib  # two runs are compared without it

    if path.is_symlink():
        content, mode = os.fsencode(os.readlink(path)), LINK
    else:
        content = path.read_bytes()
        mode = EXECUTABLE if os.name == "posix" and path.stat().st_mode & 0o100 else "100644"
    header = b"blob %d\0" % len(content)
    return Entry(mode, hashlib.sha1(header + content, usedforsecurity=False).hexdigest()), content
