"""The search of fitlog 0.9, ``${'hyper-lr': '<0.1'}$``, exactly as its README describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fitlog_core.errors import QueryError
from fitlog_core.reading.query_nodes import All, AnyOf, Compare, Everything, Literal, Node, joined

COMBINE = "and_filters"
# Two characters before one, so that ``<=`` is not taken for ``<``.
_SIGNS = ("<=", ">=", "!=", "==", "<", ">", "=")
# ``0.3>`` says of the value what ``<0.3`` says.
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_WORDS = {"true": True, "false": False, "True": True, "False": False}
_WORD_ENDS = " \t\r\n,:{}[]'\""


class Placed:
    """A value of the object and where it stands in the search."""

    __slots__ = ("at", "value")

    def __init__(self, value: Any, at: int) -> None:
        self.value = value
        self.at = at


def node_of(conditions: Mapping[str, Placed], text: str) -> Node:
    """Return the node for conditions by column.

    :param conditions: As in the README; ``and_filters`` may stand anywhere among them.
    :param text: The whole search, for errors.
    :raises QueryError: if a condition cannot be understood.
    """
    together = True
    parts: list[Node] = []
    for name, placed in conditions.items():
        if name == COMBINE:
            together = _read_combine(placed, text)
        else:
            parts.append(_condition(name, placed, text))
    if not parts:
        return Everything()
    return joined(parts, All if together else AnyOf)


def _read_combine(placed: Placed, text: str) -> bool:
    value = placed.value.text if isinstance(placed.value, Literal) else str(placed.value)
    if value in ("0", "1", "True", "False"):
        return value in ("1", "True")
    raise QueryError(f"{COMBINE} is 1 (all conditions) or 0 (any of them)", text, placed.at)


def _condition(name: str, placed: Placed, text: str) -> Node:
    value = placed.value
    if isinstance(value, list):
        if not value:
            raise QueryError(f"the list for {name!r} is empty", text, placed.at)
        return joined([_condition_of_one(name, item, text) for item in value], AnyOf)
    return _condition_of_one(name, placed, text)


def _condition_of_one(name: str, placed: Placed, text: str) -> Node:
    value = placed.value
    if isinstance(value, Literal):
        return Compare(name, "=", value, placed.at)
    if isinstance(value, bool):
        return Compare(name, "=", Literal("true" if value else "false"), placed.at)
    if isinstance(value, (int, float)):
        return Compare(name, "=", Literal(repr(value)), placed.at)
    if isinstance(value, str):
        return text_condition(name, value, placed.at, text)
    message = f"a condition for {name!r} is a number, a text or a list of them"
    raise QueryError(message, text, placed.at)


def text_condition(name: str, value: str, at: int, text: str, *, starts: int | None = None) -> Node:
    """Return the node for a condition in words: ``<0.3``, ``0.1<&&<0.3``, ``!=a``, ``a``.

    :param at: Where it stands in the search.
    :param text: The whole search, for errors.
    :param starts: Where the value itself stands, letter for letter, if it does: then a fault
        is told to the letter.
    :raises QueryError: if the condition cannot be understood.
    """
    parts: list[Node] = []
    passed = 0
    for part in value.split("&&"):
        bare = part.strip()
        first = passed + part.index(bare[0]) if bare else passed
        place = None if starts is None else starts + first
        parts.append(_Words(name, bare, at, text, place).node("&&" in value))
        passed += len(part) + len("&&")
    return joined(parts, All)


@dataclass(frozen=True)
class _Words:
    """One condition in words.

    :param at: Where the condition stands in the search.
    :param starts: Where its words do, if they stand there letter for letter.
    """

    name: str
    bare: str
    at: int
    text: str
    starts: int | None

    def node(self, beside: bool) -> Node:
        """Return its node.

        :param beside: Whether it stands beside ``&&``.
        """
        bare = self.bare
        if beside and not bare:
            raise self._fault(f"a condition beside && for {self.name!r} is missing", 0)
        left = next((sign for sign in _SIGNS if bare.startswith(sign)), "")
        rest = bare[len(left) :].strip()
        right = next((sign for sign in _SIGNS if rest.endswith(sign)), "")
        value = rest[: len(rest) - len(right)].strip()
        if left and rest == right:
            raise self._without_value(left, right)
        if left and right:
            raise self._fault(
                f"the condition {bare!r} for {self.name!r} has a sign at both ends",
                len(bare) - len(right),
            )
        if not left and not right:
            return self._equality()
        if not value:
            raise self._without_value(right, "")
        sign = _TURNED.get(right, right) if right else left
        return Compare(self.name, "=" if sign == "==" else sign, Literal(value), self.at)

    def _without_value(self, sign: str, second: str) -> QueryError:
        if second:
            message = f"there is no sign {sign + second!r}; there are <, <=, >, >=, = and !="
            return self._fault(message, 0)
        return self._fault(f"a value for {self.name!r} is missing behind {sign!r}", len(sign))

    def _equality(self) -> Node:
        if self.bare == "!":
            raise self._fault("'!' is no sign; that it is another is written !=", 0)
        inside = [at for sign in ("<", ">", "!=") if (at := self.bare.find(sign)) >= 0]
        if inside:
            written = f"{self.name}:0.1..0.3" if self.starts is not None else "'0.1<&&<0.3'"
            raise self._fault(
                f"the condition {self.bare!r} for {self.name!r} has a sign in its middle; write "
                f"a range as {written}, and a text that holds such a sign with == before it",
                min(inside),
            )
        return Compare(self.name, "=", Literal(self.bare), self.at)

    def _fault(self, message: str, offset: int) -> QueryError:
        place = self.at if self.starts is None else self.starts + offset
        return QueryError(message, self.text, place)


class ObjectParser:
    """Reads an object as JSON has it, in single or double quotes alike.

    :param text: The whole search.
    :param start: Where the object begins.
    :param end: Where it has to end.
    """

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text = text
        self._at = start
        self._end = end

    def parse(self) -> dict[str, Placed]:
        """Return the object's values by key.

        :raises QueryError: with the place of the fault.
        """
        self._expect("{")
        found: dict[str, Placed] = {}
        while not self._take("}"):
            at = self._here()
            key = self._string("a column's name in quotes")
            self._expect(":")
            if key in found:
                raise self._fault(f"{key!r} stands here twice; write a range as '0.1<&&<0.3'", at)
            found[key] = self._value()
            if not self._take(","):
                self._expect("}")
                break
        if self._here() < self._end:
            raise self._fault("the search goes on after the closing brace", self._at)
        return found

    def _value(self) -> Placed:
        at = self._here()
        if not self._take("["):
            return self._scalar()
        items: list[Placed] = []
        while not self._take("]"):
            items.append(self._scalar())
            if not self._take(","):
                self._expect("]")
                break
        return Placed(items, at)

    def _scalar(self) -> Placed:
        at = self._here()
        if self._peek() in ("'", '"'):
            return Placed(self._string("a value"), at)
        start = self._at
        while self._at < self._end and self._text[self._at] not in _WORD_ENDS:
            self._at += 1
        word = self._text[start : self._at]
        return Placed(self._read_word(word, at), at)

    def _read_word(self, word: str, at: int) -> Any:
        if word in _WORDS:
            return _WORDS[word]
        literal = Literal(word)
        if literal.number is None:
            what = f"{word!r} is no number" if word else "a value is missing"
            raise self._fault(f"{what}; texts stand in quotes", at)
        return literal

    def _string(self, what: str) -> str:
        at = self._here()
        quote = self._peek()
        if quote not in ("'", '"'):
            raise self._fault(f"{what} is missing", at)
        self._at += 1
        found: list[str] = []
        while self._at < self._end:
            character = self._text[self._at]
            self._at += 1
            if character == quote:
                return "".join(found)
            found.append(self._escaped() if character == "\\" else character)
        raise self._fault("the quote is not closed", at)

    def _escaped(self) -> str:
        character = self._text[self._at : self._at + 1] if self._at < self._end else ""
        self._at += 1
        if character != "u":
            return _ESCAPES.get(character, character)
        digits = self._text[self._at : min(self._at + 4, self._end)]
        if len(digits) < 4 or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
            raise self._fault("\\u needs four hexadecimal digits", self._at)
        self._at += 4
        return chr(int(digits, 16))

    def _here(self) -> int:
        while self._at < self._end and self._text[self._at].isspace():
            self._at += 1
        return self._at

    def _peek(self) -> str:
        return self._text[self._at] if self._at < self._end else ""

    def _take(self, character: str) -> bool:
        if self._here() < self._end and self._text[self._at] == character:
            self._at += 1
            return True
        return False

    def _expect(self, character: str) -> None:
        if not self._take(character):
            raise self._fault(f"a {character} is missing", self._at)

    def _fault(self, message: str, at: int) -> QueryError:
        return QueryError(message, self._text, at)
