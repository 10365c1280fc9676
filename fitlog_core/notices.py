"""What fitlog tells its user outside the command line: one line on stderr."""

from __future__ import annotations

import sys

from fitlog_core.secrets import mask_text


def printable(text: str) -> str:
    """Return text without what could steer a terminal: logged names, paths and errors may."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}"
        for letter in text
    )


def say(text: str) -> None:
    """Write ``fitlog: text`` to stderr, without the secrets in it.

    A closed stderr or one that cannot encode the text must not disturb training, so
    nothing is ever raised.

    :param text: One sentence, without a newline at the end.
    """
    stream = sys.stderr
    if stream is None:  # pythonw, or a daemon that closed it
        return
    line = f"fitlog: {printable(mask_text(text))}\n"
    try:
        try:
            stream.write(line)
        except UnicodeEncodeError:
            stream.write(line.encode("ascii", "backslashreplace").decode("ascii"))
        stream.flush()
    except (OSError, ValueError):  # ValueError: the stream is closed
        return


class Once:
    """Tells the user each text the first time only."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def __call__(self, text: str) -> None:
        """Tell a text, unless it was told."""
        if text not in self._said:
            self._said.add(text)
            say(text)
