"""Rules: searches of which somebody is told once they find a run that is watched."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from fitlog_core.errors import QueryError
from fitlog_core.notification.options import Options
from fitlog_core.reading import calls
from fitlog_core.reading.query import Query, parse
from fitlog_core.reading.query_nodes import AnyOf, Call, Compare, Node, Text, walk
from fitlog_core.reading.state import State

DEFAULT = ("state:stopped", "state:stale", "nan(loss)")
EXAMPLES = "state:error, nan(loss) or stalled 10m"
BETWEEN = ";"  # of rules in a setting


class Rule(NamedTuple):
    """One rule.

    :param text: As it was written, without the spaces around it.
    :param query: What it means.
    :param kind: What it is about, for the words of a notice: ``dead``, ``stalled``, ``nan``,
        ``plateau`` or ``rule``.
    """

    text: str
    query: Query
    kind: str


def rule_of(text: str) -> Rule:
    """Return the rule that a text spells, in the language of ``docs/search.md``.

    :raises QueryError: if it cannot be understood, with the place of the fault.
    """
    query = parse(text)
    calls.check(query)
    words = next((node.text for node in walk(query.node) if isinstance(node, Text)), None)
    if words is not None:
        message = f"{words!r} is only a text to look for; a rule names a column, as in {EXAMPLES}"
        raise QueryError(message, text, max(text.find(words), 0))
    return Rule(text.strip(), query, _kind_of(query.node))


def rules_of(texts: Iterable[str], setting: str = "", with_default: bool = True) -> list[Rule]:
    """Return the rules that hold, each once: the default ones, those of the setting, those given.

    :param texts: What was given on the command line.
    :param setting: Rules with ``;`` between.
    :param with_default: Whether the default ones are among them.
    :raises QueryError: if one cannot be understood.
    """
    configured = [part.strip() for part in setting.split(BETWEEN)]
    wanted = [*(DEFAULT if with_default else ()), *configured, *(text.strip() for text in texts)]
    return [rule_of(text) for text in dict.fromkeys(filter(None, wanted))]


def asked_rules(log_dir: Path, given: Iterable[str], with_default: bool = True) -> list[Rule]:
    """Return the rules that hold for a log directory, those of its project's setting included.

    :param log_dir: The log directory.
    :param given: What was given on the command line.
    :param with_default: Whether the default ones are among them.
    :raises QueryError: if one cannot be understood; the message names it.
    """
    try:
        return rules_of(given, Options(log_dir.absolute()).get("watch rules"), with_default)
    except QueryError as error:
        raise QueryError(_not_understood(error), error.text, error.position) from error


def further_rules(log_dir: Path, given: Iterable[str]) -> tuple[list[Rule], list[str]]:
    """Return the rules that hold beside the default ones, and what is wrong with the others.

    :param log_dir: The log directory, whose project's setting counts.
    :param given: What was given on the command line.
    :return: The rules, and a sentence for each that cannot be understood.
    """
    setting = Options(log_dir.absolute()).get("watch rules").split(BETWEEN)
    texts = dict.fromkeys(text.strip() for text in (*setting, *given))
    rules, problems = [], []
    for text in texts:
        if not text or text in DEFAULT:
            continue
        try:
            rules.append(rule_of(text))
        except QueryError as error:
            problems.append(_not_understood(error))
    return rules, problems


def passed_over(rule: Rule, error: QueryError) -> str:
    """Return the sentence that tells of a rule that cannot be asked, though it was understood.

    :param error: Why, such as a name that may mean several columns by now.
    """
    return f"the rule {rule.text!r} is passed over: {error.message}"


def _not_understood(error: QueryError) -> str:
    place = f" (at character {error.position + 1})" if error.position else ""
    return f"the rule {error.text!r} cannot be understood: {error.message}{place}"


def _kind_of(node: Node) -> str:
    if isinstance(node, AnyOf):
        kinds = {_kind_of(part) for part in node.parts}
        return kinds.pop() if len(kinds) == 1 else "rule"
    if isinstance(node, Call):
        return node.name
    if isinstance(node, Compare) and (node.name, node.sign) == ("state", "="):
        known = {State.STOPPED.value: "dead", State.STALE.value: "stalled"}
        return known.get(node.value.text, "rule")
    return "rule"
