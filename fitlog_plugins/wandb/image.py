"""``wandb.Image``: a picture and its caption, recorded when it is logged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fitlog_plugins.wandb.absent import absent

_MOST = 64  # pictures of a batch


class Image:
    """A picture.

    :param data_or_path: A path, a picture of Pillow, an array, a tensor, or a figure.
    :param caption: Text beside it. It is not recorded.
    :param more: What wandb takes beside: boxes, masks. They are not recorded.
    """

    def __init__(
        self, data_or_path: Any, mode: str | None = None, caption: str | None = None, **more: Any
    ) -> None:
        self.data: Any = data_or_path.data if isinstance(data_or_path, Image) else data_or_path
        self.mode = mode
        self.caption = caption
        self.more = more if caption is None else {**more, "caption": caption}

    @property
    def image(self) -> Any:
        """The picture, as it was given."""
        return self.data

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return absent(f"Image.{name}")


def shown(data: Any) -> Iterator[Any]:
    """Yield the pictures of an image: those of a batch, with values as wandb would show them.

    :param data: What the image was given.
    """
    shape = getattr(data, "shape", ())
    if len(shape) == 4 and hasattr(data, "dtype"):
        for one in data[:_MOST]:
            yield _scaled(one)
    else:
        yield _scaled(data) if shape and hasattr(data, "dtype") else data


def _scaled(array: Any) -> Any:
    """Return an array with values from 0 to 1, where they reach further or are whole numbers."""
    kind = str(array.dtype)
    if "int" in kind and "uint8" not in kind:
        return array / 255
    if "float" not in kind:
        return array
    least, most = float(array.min()), float(array.max())
    if least < 0:  # as after a normalization
        return (array - least) / ((most - least) or 1)
    return array / 255 if most > 1.001 else array
