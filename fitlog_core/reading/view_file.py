"""The ini text of a view: read with its faults, changed with its comments."""

from __future__ import annotations

import configparser
import json
from typing import Any

from configupdater import ConfigUpdater

from fitlog_core.sentences import sentence

DEEPEST = 50  # levels of a column order; names of columns have a few
MOST_FAULTS = 100  # of a file, each of which costs reading it once more
LEAF = "EndOfOrder"  # fitlog 0.9 ends each branch of a column order with this word

# What fitlog 0.9 asks of a view: it fills in what is missing, but only whole sections at a time.
DEFAULTS: dict[str, dict[str, str]] = {
    "frontend_settings": {
        "Ignore_null_value_when_filter": "True",
        "Wrap_display": "False",
        "Pagination": "True",
        "Hide_hidden_columns_when_reorder": "False",
        "Offline": "False",
        "Save_settings": "True",
        "Reorderable_rows": "False",
        "No_suffix_when_reset": "True",
        "Ignore_filter_condition_not_exist_log": "True",
    },
    "basic_settings": {
        "str_max_length": "20",
        "round_to": "6",
        "ignore_unchanged_columns": "True",
    },
    "data_settings": {"hidden_logs": "", "deleted_logs": "", "filter_condition": ""},
    "column_settings": {
        "hidden_columns": "",
        "exclude_columns": "",
        "editable_columns": "memo,meta-fit_msg,meta-git_msg",
        "column_order": "",
    },
    "chart_settings": {
        "max_points": "200",
        "chart_exclude_columns": "",
        "update_every": "4",
        "max_no_updates": "40",
    },
    "multi_chart_settings": {"max_compare_metrics": "10"},
}

COMMENTS = {
    "frontend_settings": "True or False only: switches of the table",
    "basic_settings": "how the table of fitlog 0.9 shortens what it shows",
    "data_settings": "runs put out of sight, runs in the trash, and a saved filter",
    "column_settings": "names of columns are paths joined by '-', as in hyper-optim-lr",
    "chart_settings": "curves of fitlog 0.9",
    "multi_chart_settings": "comparisons of fitlog 0.9",
}


def default_text() -> str:
    """Return the text of a new view, complete, so that fitlog 0.9 can open it."""
    parts = ["# A view of the fitlog board. Comments and unknown keys survive its changes.\n"]
    for section, options in DEFAULTS.items():
        lines = "".join(f"{key} = {value}".rstrip() + "\n" for key, value in options.items())
        parts.append(f"[{section}]\n# {COMMENTS[section]}\n{lines}")
    return "\n".join(parts)


def parse(text: str) -> tuple[ConfigUpdater, list[str]]:
    """Read ini text as far as it can be read.

    :returns: the document without the lines that cannot be read, and a sentence for each of them.
    """
    lines = text.splitlines(keepends=True)
    problems: list[str] = []
    while True:
        document = ConfigUpdater(allow_no_value=True)
        try:
            document.read_string("".join(lines))
        except configparser.Error as error:
            if len(problems) >= MOST_FAULTS:
                problems.append(
                    sentence(
                        "file.more_faults", "there are more faults: what follows them is not read"
                    )
                )
                del lines[min(_line_numbers(error)[0], len(lines)) - 1 :]
                continue
            problems.extend(_leave_out(lines, error))
        else:
            return document, problems


def get(document: ConfigUpdater, section: str, option: str) -> str:
    """Return one value of a view, or what it is where the file does not say."""
    if document.has_option(section, option):
        # fitlog 0.9 lets values refer to one another with %, so a plain one is written twice.
        return (document.get(section, option).value or "").strip().replace("%%", "%")
    return default(section, option)


def default(section: str, option: str) -> str:
    """Return the value that a view has where its file does not say."""
    known = {key.lower(): value for key, value in DEFAULTS.get(section, {}).items()}
    return known.get(option.lower(), "")


def put(document: ConfigUpdater, section: str, option: str, value: str) -> None:
    """Set one value, adding its section where it is missing."""
    if not document.has_section(section):
        document.add_section(section)
    document.set(section, option, value.replace("%", "%%"))


def names(text: str) -> tuple[str, ...]:
    """Split a list of a view: names between commas, each once."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def read_order(text: str) -> dict[str, Any]:
    """Read a column order, with or without 0.9's ``OrderKeys``.

    :raises ValueError: if it is not an object of objects.
    """
    return _order(json.loads(text)) if text else {}


def write_order(order: dict[str, Any]) -> str:
    """Spell a column order as fitlog 0.9 does: in one line, ASCII only."""
    return json.dumps(_order(order)) if order else ""


def _order(value: Any, depth: int = 0) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(sentence("order.no_object", "a column order is an object of objects"))
    if depth > DEEPEST:
        raise ValueError(
            sentence("order.deep", "a column order is at most {most} levels deep", most=DEEPEST)
        )
    keys = value.get("OrderKeys")
    chosen = keys if isinstance(keys, list) else value
    return {
        key: _order(value[key], depth + 1) if isinstance(value[key], dict) and value[key] else LEAF
        for key in chosen
        if isinstance(key, str) and key in value and key != "OrderKeys"
    }


def _leave_out(lines: list[str], error: configparser.Error) -> list[str]:
    """Blank the lines that ``error`` is about, so that the next try gets further."""
    if isinstance(error, configparser.DuplicateSectionError):
        return [_leave_out_section(lines, error)]
    where = _line_numbers(error)
    problems: list[str] = [
        sentence(
            "file.line_unread",
            "line {number} cannot be read: {line!r}",
            number=number,
            line=lines[number - 1].strip(),
        )
        for number in where
    ]
    for number in where:
        lines[number - 1] = "\n"
    return problems


def _leave_out_section(lines: list[str], error: configparser.DuplicateSectionError) -> str:
    start = (error.lineno or 1) - 1
    lines[start] = "\n"
    for index in range(start + 1, len(lines)):
        if lines[index].startswith("["):
            break
        lines[index] = "\n"
    return sentence(
        "file.section_twice",
        "line {number}: section [{section}] comes twice; the second is not read",
        number=start + 1,
        section=error.section,
    )


def _line_numbers(error: configparser.Error) -> list[int]:
    found = getattr(error, "errors", None)
    if found:
        return [number for number, _ in found]
    return [int(getattr(error, "lineno", 0) or 1)]
