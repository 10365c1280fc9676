"""The verbs that record pictures: each is a file of its own in the run's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitlog_core.notices import say
from fitlog_core.recording.ending import EndRecorder
from fitlog_core.recording.writer import counted

if TYPE_CHECKING:
    from fitlog_core.recording.pictures import Picture


class ImageRecorder(EndRecorder):
    """Takes a run's pictures; what they need is imported with the first one."""

    _told_of_strays = False

    def add_image(self, image: Any, step: int | None = None, name: str = "image") -> None:
        """Record a picture.

        :param image: Path or content of a PNG, JPEG, GIF or WebP file, kept as it is; an image of
            Pillow; or an array of height x width, or with 3 or 4 channels (of a torch tensor the
            first dimension), of uint8 or floats from 0 to 1.
        :param step: Step, from 0; the same step again replaces the earlier picture, and so does
            a picture without a step one without.
        :param name: What the picture shows; the board has a row for each name.
        :raises UsageError: if an argument cannot be recorded; nothing is written then.
        """
        if not self.is_off():
            from fitlog_core.recording.pictures import picture_of

            self._keep_picture(picture_of(image), step, name)

    def add_figure(self, figure: Any, step: int | None = None, name: str = "figure") -> None:
        """Record a figure of matplotlib, or whatever draws itself by a ``savefig``.

        :param figure: The figure; it stays open.
        :param step: As for :meth:`add_image`.
        :param name: What the figure shows.
        :raises UsageError: if an argument cannot be recorded; nothing is written then. What the
            drawing itself raises comes as it is.
        """
        if not self.is_off():
            from fitlog_core.recording.pictures import picture_of_figure

            self._keep_picture(picture_of_figure(figure), step, name)

    def _keep_picture(self, picture: Picture, step: int | None, name: str) -> None:
        from fitlog_core import image_files
        from fitlog_core.recording import picture_file

        at = None if step is None else counted("step", step)
        place = image_files.place_of(name, at, picture.kind)
        if picture.strays and not self._told_of_strays:
            self._told_of_strays = True
            say(f"the image {name!r} has values outside of 0 to 1, which are shown as 0 or 1")
        if not self._start():
            return
        path = f"{self._folder}/{place}"
        try:
            picture_file.write(path, picture.content, self._sync)
            picture_file.remove_other_kinds(path)
            picture_file.show(f"{self._folder}/file.log")
        except OSError as error:
            self._warn(path, error)
        self._say_state_again()
