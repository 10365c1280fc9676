"""The short form of a search: ``lr:0.003..0.05 dataset:conll -state:error dev-acc>0.9``."""

from __future__ import annotations

from fitlog_core.errors import QueryError
from fitlog_core.reading.query_nodes import (
    All,
    AnyOf,
    Call,
    Compare,
    Literal,
    Node,
    Not,
    Text,
    as_number,
    joined,
)
from fitlog_core.reading.query_object import text_condition

DEEPEST = 50
_SIGNS = ("<=", ">=", "!=", "==", "<", ">", "=", ":")
_NAME_ENDS = frozenset("()|<>=:,\"'")
_VALUE_ENDS = frozenset("()|,")
_REVERSED = {"=<": "<=", "=>": ">="}  # as they are often mistyped
_JOINING = {
    "and": "conditions side by side all have to hold",
    "or": "either of two conditions is written a | b",
    "not": "the opposite of a condition is written -a",
}
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def is_plain(text: str) -> bool:
    """Tell whether a search is nothing but text to look for, without any syntax."""
    if any(character in '()|<>="' for character in text):
        return False
    words = text.split()
    if words[:1] == ["stalled"] and len(words) == 2 and _seconds(words[1]) is not None:
        return False
    return not any(_has_syntax(word) for word in words)


def _has_syntax(word: str) -> bool:
    if word[0] == "'":
        return True
    if word[0] == "-" and len(word) > 1 and as_number(word) is None:
        return True
    return _is_condition(word)


def _is_condition(word: str) -> bool:
    """Tell ``lr:0.1`` from ``10:30`` and ``https://host``, which are text."""
    name, colon, value = word.partition(":")
    return bool(colon and name and as_number(name) is None and not value.startswith("//"))


def _seconds(word: str) -> float | None:
    """Return the seconds of ``90s``, ``10m``, ``2h`` or ``1d``, None for anything else."""
    number = as_number(word[:-1]) if word else None
    unit = _UNITS.get(word[-1:])
    if number is None or unit is None or not 0 <= number < 1e9:
        return None
    return number * unit


class ShortParser:
    """Recursive descent over the characters of a search.

    :param text: The whole search.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._spans: list[tuple[int, int]] = []

    def parse(self) -> Node:
        """Return the search as a node.

        :raises QueryError: with the place of the fault.
        """
        node = self._any()
        if self._here() < len(self._text):
            raise self._fault("this parenthesis was never opened", self._at)
        return node

    def spans(self) -> list[tuple[int, int]]:
        """Return where the conditions stand that all have to hold, each from its begin to its end.

        There are none where the search is one of alternatives.

        :raises QueryError: as :meth:`parse`.
        """
        return [] if isinstance(self.parse(), AnyOf) and len(self._spans) != 1 else self._spans

    def _any(self) -> Node:
        parts = [self._all()]
        while self._take("|"):
            self._take("|")
            parts.append(self._all())
        return joined(parts, AnyOf)

    def _all(self) -> Node:
        parts: list[Node] = []
        while self._here() < len(self._text) and self._text[self._at] not in "|)":
            at = self._at
            parts.append(self._term())
            if not self._depth:
                self._spans.append((at, self._at))
        if not parts:
            raise self._fault("a condition is missing here", self._at)
        return joined(parts, All)

    def _term(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._fault(f"the search is nested deeper than {DEEPEST} levels", self._at)
        try:
            if self._is_negation():
                self._at += 1
                return Not(self._term())
            if self._take("("):
                return self._group()
            return self._condition()
        finally:
            self._depth -= 1

    def _is_negation(self) -> bool:
        """Tell ``-state:error`` from ``-0.5``, a text to look for."""
        if self._text[self._at] != "-":
            return False
        following = self._text[self._at + 1 : self._at + 2]
        if not following or following.isspace():
            raise self._fault("a condition is missing behind the minus sign", self._at)
        end = self._at
        while end < len(self._text) and not self._ends_word(end, _NAME_ENDS):
            end += 1
        return as_number(self._text[self._at : end]) is None

    def _group(self) -> Node:
        opened = self._at - 1
        node = self._any()
        if not self._take(")"):
            raise self._fault("this parenthesis is not closed", opened)
        return node

    def _condition(self) -> Node:
        at = self._here()
        quoted = self._peek() in ("'", '"')
        name = self._quoted() if quoted else self._word(_NAME_ENDS)
        if not quoted and self._peek() == ":" and not _is_condition(self._text[at : self._at + 3]):
            name += self._word(frozenset("()|"))
            return Text(name)
        sign = self._sign()
        if sign:
            if not quoted and sign != ":" and as_number(name) is not None:
                raise self._fault("the column comes first, as in dev-acc>0.9", at)
            return self._comparison(name, sign, at)
        if not quoted and self._peek() == "(":
            return self._call(name, at)
        if not quoted and name == "stalled":
            return self._stalled(at)
        if not quoted and name.lower() in _JOINING:
            told = _JOINING[name.lower()]
            raise self._fault(f"{told}; the word {name!r} as a text stands in quotes", at)
        if not name:
            raise self._fault(
                f"{self._peek()!r} has nothing to stand beside; put text in quotes", at
            )
        return Text(name)

    def _sign(self) -> str:
        """Take the sign behind a name, if there is one; ``lr > 0.1`` may have spaces."""
        before = self._at
        if self._here() > before and self._peek() == ":":
            self._at = before
            return ""
        for sign in _SIGNS:
            if self._text.startswith(sign, self._at):
                self._at += len(sign)
                return "=" if sign == "==" else sign
        self._at = before
        return ""

    def _comparison(self, name: str, sign: str, at: int) -> Node:
        if not name:
            raise self._fault(f"a column's name is missing before {sign!r}", at)
        parts = [self._value(name, sign, at)]
        while self._peek() == ",":
            self._at += 1
            parts.append(self._value(name, sign, at))
        # ``seed!=1,2`` means neither, every other list means any.
        return joined(parts, All if sign == "!=" else AnyOf)

    def _value(self, name: str, sign: str, at: int) -> Node:
        if sign != ":":
            self._here()
        start = self._at
        if self._peek() in ("'", '"'):
            return Compare(name, "=" if sign == ":" else sign, Literal(self._quoted()), at)
        word = self._word(_VALUE_ENDS)
        if not word:
            raise self._fault(f"a value for {name!r} is missing", start)
        if sign != ":":
            self._check_value(name, sign, word, start)
            return Compare(name, sign, Literal(word), at)
        if word.startswith("["):
            raise self._fault(f"a list is written {name}:1,2 without brackets", start)
        if ".." in word:
            return self._range(name, word, at, start)
        return text_condition(name, word, at, self._text, starts=start)

    def _check_value(self, name: str, sign: str, word: str, start: int) -> None:
        """Refuse a value that holds a sign of its own."""
        meant = _REVERSED.get(sign + word[:1])
        if meant:
            raise self._fault(f"the sign is written {meant}, not {sign + word[:1]}", start - 1)
        if "<" in word or ">" in word:
            raise self._fault(f"a range is written {name}:0.1..0.3; quote a text", start)

    def _range(self, name: str, word: str, at: int, start: int) -> Node:
        low, _, high = word.partition("..")
        if not low.strip(".") and not high.strip("."):
            raise self._fault(f"a range needs an end, as in {name}:0.1..0.3 or {name}:0.1..", start)
        if high == ".":
            raise self._fault("a range is written with two dots", start + len(low) + 2)
        if "/" in word or ".." in high or not (low or high):
            return Compare(name, "=", Literal(word), at)
        parts: list[Node] = []
        if low:
            parts.append(Compare(name, ">=", Literal(low), at))
        if high:
            parts.append(Compare(name, "<=", Literal(high), at))
        return joined(parts, All)

    def _call(self, name: str, at: int) -> Node:
        if not name:
            raise self._fault("a condition is missing here", at)
        self._at += 1
        arguments: list[tuple[str, int]] = []
        while not self._take(")"):
            self._here()
            start = self._at
            quoted = self._peek() in ("'", '"')
            word = self._quoted() if quoted else self._word(frozenset("()|,"))
            if not word:
                raise self._fault(
                    f"an argument or the closing parenthesis of {name} is missing", start
                )
            arguments.append((word, start))
            if not self._take(",") and self._here() < len(self._text) and self._peek() != ")":
                raise self._fault(
                    f"a comma or the closing parenthesis of {name} is missing", self._at
                )
        return self._make_call(name, arguments, at)

    def _make_call(self, name: str, arguments: list[tuple[str, int]], at: int) -> Node:
        if not arguments and name == "nan":
            return Call(name, None, (), at)
        if not arguments:
            message = f"{name}() needs a column, as in {name}(loss)"
            raise self._fault(message, self._at - 1)
        numbers = []
        for argument, start in arguments[1:]:
            number = as_number(argument)
            if number is None:
                message = f"{argument!r} is no number; {name} takes a column and numbers"
                raise self._fault(message, start)
            numbers.append(number)
        return Call(name, arguments[0][0], tuple(numbers), at)

    def _stalled(self, at: int) -> Node:
        before = self._at
        self._here()
        seconds = _seconds(self._word(_NAME_ENDS))
        if seconds is None:
            self._at = before
            return Text("stalled")
        return Call("stalled", None, (seconds,), at)

    def _word(self, ends: frozenset[str]) -> str:
        start = self._at
        while self._at < len(self._text) and not self._ends_word(self._at, ends):
            self._at += 1
        return self._text[start : self._at]

    def _ends_word(self, at: int, ends: frozenset[str]) -> bool:
        character = self._text[at]
        if character in "'\"":  # in the middle of a word it is an apostrophe
            return False
        if character == "!" and "=" in ends:
            return self._text.startswith("!=", at)
        return character.isspace() or character in ends

    def _quoted(self) -> str:
        opened = self._at
        quote = self._text[opened]
        self._at += 1
        found: list[str] = []
        while self._at < len(self._text):
            character = self._text[self._at]
            self._at += 1
            if character == quote:
                return "".join(found)
            if character == "\\" and self._at < len(self._text):
                character = self._text[self._at]
                self._at += 1
            found.append(character)
        raise self._fault("the quote is not closed", opened)

    def _here(self) -> int:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        return self._at

    def _peek(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else ""

    def _take(self, character: str) -> bool:
        if self._here() < len(self._text) and self._text[self._at] == character:
            self._at += 1
            return True
        return False

    def _fault(self, message: str, at: int) -> QueryError:
        return QueryError(message, self._text, at)
