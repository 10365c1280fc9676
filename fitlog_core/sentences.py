"""Sentences that know what they are made of, so that a reader's own language can say them.

A sentence is English text, as commands, Python and the API say it. Its kind and its values go
with it, and the board's page finds the words of another language by them.
"""

from __future__ import annotations

import errno
import os
from typing import Any

from fitlog_core.secrets import mask_text


class Sentence(str):
    """A sentence in English that can be said in other languages.

    :ivar kind: What it says, whatever stands in it.
    :ivar values: What stands in it, by name: texts, numbers, or sentences again.
    """

    kind: str
    values: dict[str, Any]


def sentence(kind: str, text: str, **values: Any) -> Sentence:
    """Return a sentence.

    :param kind: Names it; every language of the board has a text of that name.
    :param text: The English text, its values in braces as for ``str.format``.
    :param values: What stands in it; errors by what they say, and what is neither text
        nor a whole number as Python spells it.
    """
    said = Sentence(text.format(**values))
    said.kind = kind
    said.values = {name: _plain(value) for name, value in values.items()}
    return said


def _plain(value: Any) -> str | int:
    if isinstance(value, BaseException):
        return told(value)
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return value if is_count or isinstance(value, str) else str(value)


def masked(text: str) -> str:
    """Return a text without the secrets in it.

    A sentence that holds one is told in English only: what of its values is secret may be known
    from what stands beside them.
    """
    if isinstance(text, Sentence):
        values = [value for value in text.values.values() if isinstance(value, str)]
        if all(mask_text(each) == each for each in (text, *values)):
            return text
    return mask_text(text)


def told(error: BaseException) -> str:
    """Return what an error says, as a :class:`Sentence` where it was raised with one."""
    said = error.args[0] if error.args else None
    return said if isinstance(said, Sentence) else str(error)


# What a reader's disk says most often; rarer reasons stay in the system's own words.
REASONS = {
    "EACCES", "EBUSY", "EDQUOT", "EEXIST", "EFBIG", "EINVAL", "EIO", "EISDIR", "ELOOP", "EMFILE",
    "ENAMETOOLONG", "ENFILE", "ENODEV", "ENOENT", "ENOSPC", "ENOTDIR", "ENOTEMPTY", "EPERM",
    "EROFS", "ESTALE", "ETIMEDOUT", "ETXTBSY", "EXDEV",
}  # fmt: skip


def reason(error: OSError) -> str:
    """Return why the system refused, in its own words: a :class:`Sentence` for common reasons.

    :param error: As the system raised it; where its text is a sentence already, it is kept.
    """
    said = error.strerror
    if said is None or isinstance(said, Sentence):
        return said or told(error)
    name = errno.errorcode.get(error.errno or 0, "")
    if name not in REASONS or said != os.strerror(error.errno or 0):
        return said
    return sentence(f"reason.{name}", "{said}", said=said)
