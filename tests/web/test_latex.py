"""LaTeX of the run table and of summaries: whatever names hold, it is a table that TeX takes.

TeX itself is not asked. What is checked is what made it fail: environments, braces, bare signs,
arguments where none are meant, the number of cells in a line, and characters that it refuses.
"""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from web_board import board_of

NAMES = [
    "_ % & # $ { } ~ ^ \\",
    "[2pt] x",
    "*",
    "*[3pt]",
    "\\\\[1ex]",
    "\\end{tabular}",
    "%all & gone",
    "a\r\nb\tc\x00\x1b[0m\u2028d",
    "--lr=1 ---x << >> '' ``",
    "^^41",
    "\u202egnp\u200b\ufeff",
    "e\u0301",
    "\ud83d half",
    "中文_名称",
]
SIGN = re.compile(r"(?<!\\)(?:\\\\)*([&#$%_^~])")
LINE_END = r" \\"
OURS = re.compile(r"\$\\pm\$|(?<=& )--(?= |$)")  # beside what was logged: a spread, an empty cell


def columns_of(begin: str) -> int:
    found = re.fullmatch(r"\\begin\{tabular\}\{([lr]+)\}", begin)
    assert found, begin
    return len(found[1])


def cells_in(line: str) -> int:
    """Return how many columns a line fills, cells over several counted as so many."""
    content = line.removesuffix(LINE_END)
    wide = [int(width) for width in re.findall(r"\\multicolumn\{(\d+)\}\{c\}", content)]
    return len(re.split(r"(?<!\\)&", content)) + sum(wide) - len(wide)


def check(text: str) -> list[str]:
    """Make sure that LaTeX is one whole table; return its lines of cells."""
    lines = [line for line in text.splitlines() if not line.startswith("%")]
    assert lines[1] == r"\toprule"
    assert lines[-2:] == [r"\bottomrule", r"\end{tabular}"]
    assert text.count(r"\begin{") == text.count(r"\end{") == 1
    inner = [line for line in lines[2:-2] if not re.match(r"\\(midrule|cmidrule)", line)]
    for line in inner:
        assert line.endswith(LINE_END)
        assert cells_in(line) == columns_of(lines[0]), line
        assert re.match(r"[^\[*]", line), line
        content = OURS.sub("", line.removesuffix(LINE_END))
        assert set(SIGN.findall(content)) <= {"&"}, line
        bare = re.sub(r"\\[{}]", "", content)
        assert bare.count("{") == bare.count("}")
        assert not re.search(r"\\\\|--|''|``", content), line
        assert not re.search(
            r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff\ud800-\udfff]", line
        )
    return inner


@pytest.fixture
def client(make_run, logs) -> FlaskClient:
    """A board of runs that are called, and have values called, what TeX has other ideas of."""
    for number, name in enumerate(NAMES):
        make_run(
            f"log_20260101_0000{number:02}",
            hyper={"name": name, "other": NAMES[-1 - number], name: number, "list": [1, name]},
            best={"acc": number / 7, name: {"deep": number}},
        )
    return board_of(logs).test_client()


def test_the_run_table_is_a_table_whatever_its_columns_and_cells_are_called(
    client: FlaskClient,
) -> None:
    answer = client.post("/api/export", json={"format": "tex"})
    assert answer.status_code == 200, answer.text
    lines = check(answer.text)
    assert len(lines) == 1 + len(NAMES)
    assert (
        r"\_ \% \& \# \$ \{ \} \textasciitilde{} \textasciicircum{} \textbackslash{}" in answer.text
    )


@pytest.mark.parametrize("column", ["hyper-name", "hyper-list"])
def test_a_line_that_begins_with_a_bracket_or_a_star_gives_no_argument(
    client: FlaskClient, column: str
) -> None:
    said = {"format": "tex", "columns": [column, "metric-acc"]}
    check(client.post("/api/export", json=said).text)


@pytest.mark.parametrize(
    "asked",
    [
        "vertical=hyper-name&results=metric-acc",
        "vertical=hyper-other&horizontals=hyper-list&results=metric-acc",
        "vertical=hyper-list&horizontals=hyper-name&results=metric-acc&method=max",
    ],
)
def test_a_summary_is_a_table_whatever_its_rows_and_headings_are_called(
    client: FlaskClient, asked: str
) -> None:
    answer = client.get(f"/api/pivot?{asked}&format=tex")
    assert answer.status_code == 200, answer.text
    assert len(check(answer.text)) > len(NAMES)


@pytest.mark.parametrize(
    "asked",
    [
        "summary=tbl1",
        "vertical=hyper-dataset&horizontals=hyper-encoder,hyper-lr&results=metric-dev-acc",
    ],
)
def test_a_summary_of_fitlog_09_is_a_table(fixture_logs, asked: str) -> None:
    answer = board_of(fixture_logs).test_client().get(f"/api/pivot?{asked}&format=tex")
    assert not answer.text.startswith("%")
    assert len(check(answer.text)) >= 4


def test_letters_that_pdflatex_lacks_are_told_of_and_others_are_not(client: FlaskClient) -> None:
    ids = [f"log_20260101_0000{number:02}" for number in range(len(NAMES))]
    said = {"format": "tex", "columns": ["hyper-name"], "ids": ids[:-1]}
    assert not client.post("/api/export", json=said).text.startswith("%")
    chinese = client.post("/api/export", json={**said, "ids": ids}).text
    assert chinese.startswith("% Some letters are not Latin: XeLaTeX")
    assert r"中文\_名称 \\" in chinese
