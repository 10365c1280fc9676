"""The server's sentences in the reader's language.

Answers carry the English sentence, which stays, and beside it its kind and its values. The texts
of the other language are in one file, which the page's scripts load and the server's own pages use.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable
from typing import Any

from fitlog_core.sentences import Sentence
from fitlog_web.assets import FOLDER

CHINESE = FOLDER / "sentences.zh.json"
_PLACE = re.compile(r"\{(\w+)\}")


def parts_of(said: str | None) -> dict[str, Any] | None:
    """Return what another language's sentence is made of, None for what is told in English only.

    :return: ``kind``, and ``values`` by name: texts, numbers, or sentences as objects that have
        their English ``text``, too.
    """
    if not isinstance(said, Sentence):
        return None
    return {"kind": said.kind, "values": {key: _part(each) for key, each in said.values.items()}}


def told_problem(problem: str | None) -> dict[str, Any]:
    """Return a problem as answers have it: the sentence, and what it is made of."""
    return {"problem": problem, "sentence": parts_of(problem)}


def told_problems(problems: Iterable[str]) -> dict[str, Any]:
    """Return problems as answers have them: the sentences, and by turns what they are made of."""
    said = list(problems)
    return {"problems": said, "sentences": [parts_of(each) for each in said]}


def in_chinese(said: str) -> str:
    """Return a sentence in Chinese, for a page that the server writes; text as it is."""
    if not isinstance(said, Sentence):
        return said
    values = {key: _word(each) for key, each in said.values.items()}
    return _PLACE.sub(lambda place: values[place[1]], texts()[said.kind])


@functools.cache
def texts() -> dict[str, str]:
    """Return the Chinese text of every kind of sentence."""
    found: dict[str, str] = json.loads(CHINESE.read_text("utf-8"))
    return found


def _part(value: Any) -> Any:
    return {"text": value, **(parts_of(value) or {})} if isinstance(value, Sentence) else value


def _word(value: Any) -> str:
    return in_chinese(value) if isinstance(value, str) else f"{value:,}"
