"""The pictures of a run on disk: the part of the log format that is files instead of lines.

``images/NAME/STEP.png``, as ``docs/log-format.md`` describes it for people.
"""

from __future__ import annotations

import os
import re

from fitlog_core.errors import ArgumentError
from fitlog_core.log_format import IMAGES_FOLDER, clean_argument_name

WITHOUT_STEP = "picture"  # the file's name where no step was given
LONGEST_NAME = 200  # bytes of the folder's name; file systems take 255
# Pictures that cannot carry scripts: SVG can, and HTML is one.
MAGIC = {
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "gif": re.compile(rb"GIF8[79]a"),
    "webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
_UNSAFE = re.compile(r"[^\w()+,.=@#-]|^\.|\.$")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def kind_of(start: bytes) -> str | None:
    """Return which kind of picture begins with these bytes, None if none does."""
    return next((kind for kind, magic in MAGIC.items() if magic.match(start)), None)


def place_of(name: str, step: int | None, kind: str) -> str:
    """Return where a picture lies in the run's folder, with ``/``.

    :param step: Its step, None where there is none.
    :param kind: One of :data:`MAGIC`.
    :raises ArgumentError: if the name is empty, or too long for a folder.
    :raises ArgumentTypeError: if it is no text.
    """
    stem = WITHOUT_STEP if step is None else step
    return f"{IMAGES_FOLDER}/{folder_of(name)}/{stem}.{kind}"


def folder_of(name: str) -> str:
    """Return the folder of the pictures of a name, below ``images``.

    What a folder's name cannot hold everywhere is written as ``%2F``.

    :raises ArgumentError: if the name is empty, or too long for a folder.
    :raises ArgumentTypeError: if it is no text.
    """
    folder = _UNSAFE.sub(_escape, clean_argument_name(name))
    try:
        length = len(os.fsencode(folder))
    except UnicodeEncodeError:  # a file system that knows only some letters
        folder = _NOT_ASCII.sub(_escape, folder)
        length = len(folder)
    if length > LONGEST_NAME:
        raise ArgumentError(
            f"the name {name[:40]!r}... is too long for a folder: it takes {length} bytes, "
            f"and {LONGEST_NAME} are the most"
        )
    return folder


def _escape(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))
