"""A summary table as text for a paper: CSV, Markdown, and LaTeX for the package booktabs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from fitlog_web.export import as_csv, escaped_latex, escaped_markdown, latex_line, latex_table
from fitlog_web.pivot import Pivot, PivotCell
from fitlog_web.spelling import spelled
from fitlog_web.statistics import finite_numbers

DIGITS = 4  # significant ones of a mean, in a paper
BEST = ("max", "min", "none")
_PARTS: tuple[Literal["std", "n", "p"], ...] = ("std", "n", "p")


class _Look(NamedTuple):
    """How a kind of file spells what a cell says.

    :ivar stars: Marks of one star and of two, beside a cell whose p is below 0.05 and 0.01.
    """

    sign: str
    bold: Callable[[str], str]
    stars: tuple[str, str]
    none: str


_MARKDOWN = _Look("±", "**{}**".format, (r"\*", r"\*\*"), "–")
_LATEX = _Look(r"$\pm$", r"\textbf{{{}}}".format, ("$^{*}$", "$^{**}$"), "--")


def csv(table: Pivot, corner: str, best: str) -> str:
    """Return CSV, a line for each row: numbers in full; deviation, n and p have their columns."""
    del best
    keys = [corner or "summary"]
    names = [_name(column) for column in table["columns"]]
    tested = (
        [" p"]
        if any(cell and cell["p"] is not None for line in table["cells"] for cell in line)
        else []
    )
    keys += [f"{name}{part}" for name in names for part in ("", " std", " n", *tested)]
    rows = []
    for value, cells in zip(table["rows"], table["cells"], strict=True):
        row: dict[str, Any] = {keys[0]: value}
        for name, cell in zip(names, cells, strict=True):
            if cell is not None:
                row |= {name: cell["value"], **{f"{name} {part}": cell[part] for part in _PARTS}}
        rows.append(row)
    return as_csv(rows, keys, "max")


def markdown(table: Pivot, corner: str, best: str) -> str:
    """Return a table in Markdown, the best of each column in bold."""
    names = [escaped_markdown(_name(column)) for column in table["columns"]]
    lines = [_line([escaped_markdown(corner), *names]), _line(["---", *("---:" for _ in names)])]
    for value, texts in _texts(table, best, _MARKDOWN):
        lines.append(_line([escaped_markdown(spelled(value)), *texts]))
    return "\n".join(lines) + "\n"


def latex(table: Pivot, corner: str, best: str) -> str:
    """Return a table for booktabs, a heading of its own for each level of columns."""
    count = len(table["columns"])
    lines = [rf"\begin{{tabular}}{{l{'r' * count}}}", r"\toprule", *_headings(table, corner)]
    for value, texts in _texts(table, best, _LATEX):
        lines.append(latex_line([escaped_latex(spelled(value)), *texts]))
    return latex_table(lines)


FORMATS: dict[str, tuple[Callable[[Pivot, str, str], str], str]] = {
    "csv": (csv, "text/csv"),
    "md": (markdown, "text/markdown"),
    "tex": (latex, "application/x-tex"),
}


def _name(column: Any) -> str:
    return " ".join([*map(spelled, column["values"]), column["name"]])


def _headings(table: Pivot, corner: str) -> list[str]:
    """Return a line for each level: equal neighbours share a cell, with a rule below."""
    columns = [[*map(spelled, column["values"]), column["name"]] for column in table["columns"]]
    depth = len(columns[0]) if columns else 1
    lines = []
    for level in range(depth):
        cells, rules, at = [], [], 0
        while at < len(columns):
            end = at
            while end < len(columns) and columns[end][: level + 1] == columns[at][: level + 1]:
                end += 1
            text = escaped_latex(columns[at][level])
            cells.append(text if end - at == 1 else rf"\multicolumn{{{end - at}}}{{c}}{{{text}}}")
            rules.append(rf"\cmidrule(lr){{{at + 2}-{end + 1}}}")
            at = end
        is_last = level == depth - 1
        lines.append(latex_line([escaped_latex(corner) if is_last else "", *cells]))
        lines.append(r"\midrule" if is_last else "".join(rules))
    return lines


def _texts(table: Pivot, best: str, look: _Look) -> list[tuple[Any, list[str]]]:
    places = best_places(table, best)

    def text(at: int, column: int, cell: PivotCell | None) -> str:
        said = _text(cell, look)
        return (look.bold(said) if (at, column) in places else said) + _stars(cell, look)

    lines = enumerate(zip(table["rows"], table["cells"], strict=True))
    return [
        (value, [text(at, column, cell) for column, cell in enumerate(cells)])
        for at, (value, cells) in lines
    ]


def _stars(cell: PivotCell | None, look: _Look) -> str:
    """Return the marks of a cell that differs from the baseline by more than chance."""
    p = cell["p"] if cell is not None else None
    return "" if p is None or p >= 0.05 else look.stars[p < 0.01]


def best_places(table: Pivot, best: str) -> set[tuple[int, int]]:
    """Return row and column of the best cells of each column that has several."""
    found: set[tuple[int, int]] = set()
    for column in range(len(table["columns"]) if best != "none" else 0):
        cells = [line[column] for line in table["cells"]]
        values = [cell["value"] if cell is not None else None for cell in cells]
        numbers = finite_numbers(values)
        if len(numbers) > 1:
            wanted = max(numbers) if best == "max" else min(numbers)
            found |= {(at, column) for at, each in enumerate(values) if each == wanted}
    return found


def _text(cell: PivotCell | None, look: _Look) -> str:
    if cell is None or cell["value"] is None:
        return look.none
    value = cell["value"]
    said = f"{value:.{DIGITS}g}" if isinstance(value, float) else spelled(value)
    return said if cell["std"] is None else f"{said} {look.sign} {cell['std']:.2g}"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
