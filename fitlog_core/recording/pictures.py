"""Anything that is a picture to the bytes of an image file."""

from __future__ import annotations

import io
import os
from typing import Any, NamedTuple

from fitlog_core.errors import ArgumentError, ArgumentTypeError
from fitlog_core.image_files import kind_of
from fitlog_core.recording import png
from fitlog_core.recording.pixels import is_array, pixels_of

_PILLOW_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"})  # that PNG can hold


class Picture(NamedTuple):
    """A picture as a file.

    :param kind: ``png``, ``jpg``, ``gif`` or ``webp``.
    :param strays: Whether values outside of 0 to 1 were brought inside.
    """

    kind: str
    content: bytes
    strays: bool = False


def picture_of(image: Any) -> Picture:
    """Return what ``add_image`` was given as a file.

    :param image: Path or content of a file, an image of Pillow, or an array.
    :raises ArgumentError: if the file is missing, or no picture.
    :raises ArgumentTypeError: if it is something else.
    """
    if isinstance(image, (str, os.PathLike)):
        path = os.fspath(image)
        return _checked(_read(path), f"the file {path!r}")
    if isinstance(image, (bytes, bytearray)):
        return _checked(bytes(image), "what the bytes hold")
    if is_array(image):
        pixels = pixels_of(image)
        return Picture("png", png.encode(*pixels[:4]), pixels.strays)
    if callable(getattr(image, "save", None)) and isinstance(getattr(image, "mode", None), str):
        return _from_pillow(image)
    raise ArgumentTypeError(_unknown(image))


def picture_of_figure(figure: Any) -> Picture:
    """Return a figure as a file, drawn by its own ``savefig``.

    :raises ArgumentTypeError: if it has none. What it raises itself is left as it is.
    """
    save = getattr(figure, "savefig", None)
    if not callable(save):
        hint = "pass its .figure" if hasattr(figure, "get_figure") else "pass a matplotlib Figure"
        raise ArgumentTypeError(
            f"a figure is drawn by its savefig, which {type(figure).__name__} does not have; {hint}"
        )
    buffer = io.BytesIO()
    save(buffer, format="png")
    return _checked(buffer.getvalue(), "what the figure's savefig wrote")


def _read(path: str | bytes) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:  # ValueError: a null character
        reason = getattr(error, "strerror", None) or error
        raise ArgumentError(
            f"the image {path!r} cannot be read: {reason}; pass the path of a PNG, JPEG, GIF or "
            "WebP file"
        ) from None


def _checked(content: bytes, what: str) -> Picture:
    kind = kind_of(content[:16])
    if kind is None:
        raise ArgumentError(
            f"{what} is no PNG, JPEG, GIF or WebP, by its first bytes {content[:8]!r}; "
            "convert it to one of these"
        )
    return Picture(kind, content)


def _from_pillow(image: Any) -> Picture:
    buffer = io.BytesIO()
    drawn = image if image.mode in _PILLOW_MODES else image.convert("RGB")
    drawn.save(buffer, format="PNG")
    return _checked(buffer.getvalue(), "what the image's save wrote")


def _unknown(image: Any) -> str:
    hint = ""
    if hasattr(image, "savefig"):
        hint = "; a figure is recorded with add_figure"
    elif isinstance(image, (list, tuple)):
        hint = "; make an array of the list, or call add_image for each of several pictures"
    return (
        f"an image is a path, the bytes of a file, an array or an image of Pillow, not "
        f"{type(image).__name__}{hint}"
    )
