"""Arrays of any library as the pixels of a picture: they have a shape, a dtype and tolist."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from itertools import chain
from typing import Any, NamedTuple

from fitlog_core.errors import ArgumentError, ArgumentTypeError
from fitlog_core.recording.png import COLOURS

_KIND = re.compile(r"bool|b?float|u?int\d+")
_SLACK = 1e-3  # how far outside of 0 to 1 rounding may lead
_HOW = "pass an array of height x width, or with 3 or 4 channels, of uint8 or floats from 0 to 1"


class Pixels(NamedTuple):
    """A picture as bytes, one a channel, row by row.

    :param strays: Whether values lay outside of 0 to 1, or were NaN, and were brought inside.
    """

    width: int
    height: int
    channels: int
    content: bytes
    strays: bool


class _Layout(NamedTuple):
    width: int
    height: int
    channels: int
    is_planar: bool


def is_array(value: Any) -> bool:
    """Tell whether a value is an array or a tensor, of whatever library."""
    return all(hasattr(value, name) for name in ("shape", "dtype", "tolist"))


def pixels_of(array: Any) -> Pixels:
    """Return an array's pixels.

    :param array: Height x width, or with 1, 3 or 4 channels behind or before these; of uint8,
        booleans, or floats from 0 to 1.
    :raises ArgumentError: if it has another shape.
    :raises ArgumentTypeError: if it has values of another type.
    """
    layout = _layout(array)
    kind = _kind(array)
    here = _here(array, kind)
    numpy = sys.modules.get("numpy")
    convert = _listed if numpy is None or not hasattr(here, "__array__") else _by_numpy
    content, strays = convert(here, layout, kind)
    return Pixels(layout.width, layout.height, layout.channels, content, strays)


def _layout(array: Any) -> _Layout:
    """Return where the channels are; where both ends could be them, torch has them first."""
    shape = tuple(int(size) for size in array.shape)
    if 0 not in shape:
        if len(shape) == 2:
            return _Layout(shape[1], shape[0], 1, False)
        if len(shape) == 3:
            ways = [
                _Layout(shape[1], shape[0], shape[2], False),
                _Layout(shape[2], shape[1], shape[0], True),
            ]
            if hasattr(array, "detach"):
                ways.reverse()
            found = next((way for way in ways if way.channels in COLOURS), None)
            if found is not None:
                return found
    said = " x ".join(map(str, shape)) or "no dimensions"
    raise ArgumentError(f"an image cannot be an array of {said}; {_HOW}")


def _kind(array: Any) -> str:
    found = _KIND.search(getattr(array.dtype, "name", str(array.dtype)))
    kind = found[0].removeprefix("b") if found and "float" in found[0] else found and found[0]
    if kind not in ("uint8", "bool", "float"):
        raise ArgumentTypeError(f"an image cannot be an array of {array.dtype}; {_HOW}")
    return kind


def _here(array: Any, kind: str) -> Any:
    """Return a tensor without its graph, in this machine's memory, of a type numpy knows."""
    for name in ("detach", "cpu", *(["float"] if kind == "float" else [])):
        method = getattr(array, name, None)
        if callable(method):
            array = method()
    return array


def _by_numpy(array: Any, layout: _Layout, kind: str) -> tuple[bytes, bool]:
    numpy: Any = sys.modules["numpy"]
    values = numpy.asarray(array)
    if layout.is_planar:
        values = values.transpose(1, 2, 0)
    if kind == "uint8":
        return values.tobytes(), False
    if kind == "bool":
        return (values * numpy.uint8(255)).tobytes(), False
    inside = (values >= -_SLACK) & (values <= 1 + _SLACK)  # NaN is not
    known = numpy.where(numpy.isnan(values), 0, values)
    scaled = numpy.clip(known, 0, 1).astype("float32") * 255 + 0.5
    return scaled.astype("uint8").tobytes(), not bool(inside.all())


def _listed(array: Any, layout: _Layout, kind: str) -> tuple[bytes, bool]:
    values = list(_flat(array.tolist(), layout))
    if kind == "uint8":
        return bytes(values), False
    if kind == "bool":
        return bytes(255 * value for value in values), False
    strays = not all(-_SLACK <= value <= 1 + _SLACK for value in values)
    return bytes(map(_byte, values)), strays


def _flat(nested: list[Any], layout: _Layout) -> Iterable[Any]:
    """Yield the values row by row, a pixel's channels side by side."""
    if layout.is_planar:
        planes = zip(*nested, strict=True)
        return (value for row in planes for pixel in zip(*row, strict=True) for value in pixel)
    rows = chain.from_iterable(nested)
    first = nested[0][0]
    return chain.from_iterable(rows) if isinstance(first, list) else rows


def _byte(value: float) -> int:
    return int(min(1.0, max(0.0, value)) * 255 + 0.5) if value == value else 0
