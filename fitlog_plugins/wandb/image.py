"""``wandb.Image``: a picture and its caption, recorded when it is logged."""

from __future__ import annotations

from typing import Any


class Image:
    """A picture.

    :param data_or_path: A path, a picture of Pillow, an array, a tensor, or a figure.
    :param caption: Text beside it.
    :param more: What wandb takes beside: modes, boxes, masks. They are not recorded.
    """

    def __init__(
        self, data_or_path: Any, mode: str | None = None, caption: str | None = None, **more: Any
    ) -> None:
        self.data: Any = data_or_path.data if isinstance(data_or_path, Image) else data_or_path
        self.mode = mode
        self.caption = caption
        self.more = more
