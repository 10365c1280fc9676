"""Rows of the table as text for other programs: CSV, JSON, Markdown and LaTeX, numbers in full."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from fitlog_core.log_format import json_value, number
from fitlog_web.answers import plain

Cells = Mapping[str, Any]
BEST = ("max", "min")
QUOTE = '"'
EMPTY = '""'
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "`": r"\textasciigrave{}",
        # At the start of a line they would be an argument of the \\ before.
        "[": "{[}",
        "]": "{]}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        **{sign: f"\\{sign}" for sign in "&%$#_{}"},
        # TeX refuses control characters, and what is not shown.
        **{chr(code): " " for code in (*range(32), *range(127, 160), 0x2028, 0x2029)},
        **dict.fromkeys(
            [*map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F))), "\ufeff"], ""
        ),
        **dict.fromkeys(map(chr, range(0x2060, 0x2070)), ""),
    }
)
_LIGATURES = re.compile(r"([-',<>])(?=\1)")  # -- would be a dash
# What pdfLaTeX has no letters for, as it comes.
_FOREIGN = re.compile("[^\x00-\u017f\u2013\u2014\u2018-\u201e\u2026]")
_FOREIGN_NOTE = (
    "% Some letters are not Latin: XeLaTeX or LuaLaTeX and a font that has them compile this, "
    "for Chinese with the package ctex.\n"
)
# What a spreadsheet takes for the start of a formula, also behind what it does not show, and in
# the wide form of Chinese and Japanese keyboards.
_UNSEEN = r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]*"
_FORMULA = re.compile(rf"{_UNSEEN}[=+\-@＝＋－＠].", re.DOTALL)
_QUOTED = re.compile(r"[\",;\t\r\n]")  # where commas separate, and where semicolons do
# An underscore between letters or digits, as names have it, is no sign of Markdown's.
_MARKDOWN = re.compile(r"[\\`*<>\[\]|]|(?<![^\W_])_|_(?![^\W_])")


def as_csv(rows: Sequence[Cells], keys: Sequence[str], best: str) -> str:
    """Return CSV with one line of headings, as pandas reads it; what is missing is empty.

    Text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    del best
    lines = [[_quoted(key) for key in keys]]
    lines += [[_quoted(_text(row.get(key))) for key in keys] for row in rows]
    # A line without anything in it would not be read as a row.
    return "".join(f"{','.join(line) or EMPTY}\n" for line in lines)


def as_json(rows: Sequence[Cells], keys: Sequence[str], best: str) -> str:
    """Return a list of flat objects, as ``GET /api/runs`` has them, a line for each row."""
    del best
    found = (
        json.dumps({key: plain(row[key]) for key in keys if key in row}, ensure_ascii=False)
        for row in rows
    )
    return "[" + ",\n ".join(found) + "]\n"


def as_markdown(rows: Sequence[Cells], keys: Sequence[str], best: str) -> str:
    """Return a table in Markdown, the best of each metric in bold."""
    heads = [escaped_markdown(key) for key in keys]
    bold = _best(rows, keys, best)
    lines = [_line(heads), _line("---:" if _is_numeric(rows, key) else "---" for key in keys)]
    for row in rows:
        texts = [escaped_markdown(_text(row.get(key))) for key in keys]
        lines.append(_line(_marked(texts, row, keys, bold, "**{}**".format)))
    return "\n".join(lines) + "\n"


def as_latex(rows: Sequence[Cells], keys: Sequence[str], best: str) -> str:
    """Return a table for the package booktabs, the best of each metric in bold."""
    bold = _best(rows, keys, best)
    sides = "".join("r" if _is_numeric(rows, key) else "l" for key in keys)
    lines = [rf"\begin{{tabular}}{{{sides}}}", r"\toprule"]
    lines += [latex_line(map(escaped_latex, keys)), r"\midrule"]
    for row in rows:
        texts = [escaped_latex(_text(row.get(key))) for key in keys]
        lines.append(latex_line(_marked(texts, row, keys, bold, r"\textbf{{{}}}".format)))
    return latex_table(lines)


FORMATS: dict[str, tuple[Callable[[Sequence[Cells], Sequence[str], str], str], str]] = {
    "csv": (as_csv, "text/csv"),
    "json": (as_json, "application/json"),
    "md": (as_markdown, "text/markdown"),
    "tex": (as_latex, "application/x-tex"),
}


def _text(value: Any) -> str:
    """Return a cell as text: numbers so that they can be read back exactly, NaN by its word."""
    if value is None:
        return ""
    if isinstance(value, (list, dict)):
        return json.dumps(plain(value), ensure_ascii=False)
    return str(json_value(value))


def escaped_latex(text: str) -> str:
    """Return text that LaTeX shows letter by letter, in one line."""
    whole = text.encode("utf-8", "replace").decode("utf-8")  # halves of surrogate pairs
    return _LIGATURES.sub(r"\1{}", unicodedata.normalize("NFC", whole).translate(_LATEX))


def latex_line(cells: Iterable[str]) -> str:
    r"""Return a line of a table; a star at its start would belong to the ``\\`` before."""
    line = " & ".join(cells) + r" \\"
    return f"{{}}{line}" if line.startswith("*") else line


def latex_table(lines: Sequence[str]) -> str:
    """Return a table of the lines from its beginning on, with what it needs if that is unusual."""
    text = "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"
    return _FOREIGN_NOTE + text if _FOREIGN.search(text) else text


def _quoted(text: str) -> str:
    """Return a cell of CSV."""
    said = _harmless(text)
    return f'"{said.replace(QUOTE, QUOTE * 2)}"' if _QUOTED.search(said) else said


def _harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula; numbers and a lone sign are none."""
    if not _FORMULA.match(text):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def escaped_markdown(text: str) -> str:
    """Return text that Markdown shows letter by letter, in one line."""
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(text.splitlines()))


def _number(value: Any) -> float | None:
    """Return a finite number, also one that an old log keeps as text; None for anything else."""
    value = number(value)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _is_numeric(rows: Sequence[Cells], key: str) -> bool:
    values = [row[key] for row in rows if row.get(key) is not None]
    return bool(values) and all(isinstance(number(value), (int, float)) for value in values)


def _best(rows: Sequence[Cells], keys: Sequence[str], best: str) -> dict[str, float]:
    """Return the best value of each metric that several rows have."""
    found = {}
    for key in keys:
        values = [value for row in rows if (value := _number(row.get(key))) is not None]
        if key.startswith("metric-") and len(values) > 1:
            found[key] = max(values) if best == "max" else min(values)
    return found


def _marked(
    texts: list[str],
    row: Cells,
    keys: Sequence[str],
    bold: Mapping[str, float],
    mark: Callable[[str], str],
) -> list[str]:
    is_best = [key in bold and _number(row.get(key)) == bold[key] for key in keys]
    return [mark(text) if best else text for text, best in zip(texts, is_best, strict=True)]


def _line(cells: Any) -> str:
    return "| " + " | ".join(cells) + " |"
