"""The code of a run is read on its page, and what differs from another run, causes first."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_tools import faults
from playwright.sync_api import expect

import fitlog
from fitlog_core.snapshots.capture import capture
from tests.snapshot_tools import user_repository, write

SOURCE = 'import os  # <b>bold</b>\n\n\ndef train(lr=0.1):\n    return "<i>" + str(lr)\n'


def recorded(project: Path, lr: float) -> str:
    """Record a run of the code as it is, and return its id."""
    snapshot = capture(project)
    assert snapshot is not None
    run = fitlog.Run(project / "logs")
    run.add_hyper({"lr": lr})
    run.add_best_metric(1 - lr, "acc")
    run.add_code_version(snapshot.id, None)
    run.finish()
    return str(run.get_log_id())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {"train.py": SOURCE, "src/model.py": "width = 8\n", "notes/plan.py": ""}
    return user_repository(tmp_path / "work", files)


@pytest.fixture
def runs(project: Path) -> tuple[str, str]:
    """Two runs whose code differs in one line, and whose settings in one."""
    first = recorded(project, 0.1)
    write(project, {"train.py": SOURCE.replace("0.1", "0.5")})
    return first, recorded(project, 0.5)


@pytest.fixture
def board(project: Path, runs: tuple[str, str], start_board) -> str:
    return str(start_board(project / "logs"))


def test_a_runs_page_leads_to_its_code(board, runs, open_page):
    page = open_page(f"{board}/run/{runs[0]}", width=1280)
    page.get_by_role("link", name="See the code").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(runs[0])
    expect(page.locator(".code-files li")).to_have_count(3)


def test_a_file_is_shown_as_it_was_with_its_lines_numbered(board, runs, open_page):
    page = open_page(f"{board}/run/{runs[0]}/code", width=1280)
    page.get_by_role("link", name="train.py").click()
    expect(page.locator(".numbered .code")).to_have_text(SOURCE)
    expect(page.locator(".gutter")).to_have_text("1\n2\n3\n4\n5")
    assert "0.5" not in page.locator(".numbered .code").inner_text()


def test_the_words_of_python_have_colours_and_are_text(board, runs, open_page):
    page = open_page(f"{board}/run/{runs[0]}/code?file=train.py", width=1280)
    expect(page.locator(".token-keyword").first).to_have_text("import")
    expect(page.locator(".token-comment")).to_have_text("# <b>bold</b>")
    expect(page.locator(".token-string")).to_have_text('"<i>"')
    expect(page.locator(".token-number")).to_have_text("0.1")
    expect(page.locator("#code-view b, #code-view i")).to_have_count(0)


def test_the_file_that_is_shown_is_in_the_address(board, runs, open_page):
    page = open_page(f"{board}/run/{runs[0]}/code", width=1280)
    page.get_by_role("link", name="src/model.py").click()
    expect(page.locator(".code-path")).to_have_text("src/model.py")
    page.reload()
    expect(page.locator(".code-path")).to_have_text("src/model.py")


def test_a_file_is_found_by_a_part_of_its_path(board, runs, open_page):
    page = open_page(f"{board}/run/{runs[0]}/code", width=1280)
    page.get_by_label("Find a file").fill("MODEL")
    expect(page.locator(".code-files li:visible")).to_have_text(["src/model.py"])
    page.get_by_label("Find a file").fill("nowhere")
    expect(page.get_by_text("No file has this in its path.")).to_be_visible()


def test_the_difference_tells_the_setting_before_the_code(board, runs, open_page):
    first, second = runs
    page = open_page(f"{board}/run/{second}/code", width=1280)
    page.get_by_label("Compare with").select_option(first)
    shown = page.locator("#code-difference")
    expect(shown.get_by_role("heading", level=3)).to_have_text(
        ["Hyperparameters", "Code", "Best metrics"]
    )
    expect(shown.get_by_role("row", name="lr")).to_contain_text("0.1")
    expect(shown.locator(".unified .removed")).to_have_text("-def train(lr=0.1):\n")
    expect(shown.locator(".unified .added")).to_have_text("+def train(lr=0.5):\n")
    expect(page.locator("#code-columns")).to_be_hidden()
    page.reload()
    expect(page.locator(".unified .added")).to_have_count(1)


def test_two_runs_that_are_compared_lead_to_what_differs_in_their_code(board, runs, open_page):
    page = open_page(f"{board}/compare?runs={runs[1]},{runs[0]}", width=1280)
    page.get_by_role("link", name="what differs from the first").click()
    expect(page.locator("#code-difference h2")).to_have_text(f"{runs[1]} → {runs[0]}")


def test_the_working_tree_is_compared_as_it_is_now(board, runs, project, open_page):
    write(project, {"train.py": SOURCE.replace("0.1", "0.7")})
    page = open_page(f"{board}/run/{runs[1]}/code?against=tree", width=1280)
    expect(page.locator(".unified .added")).to_have_text("+def train(lr=0.7):\n")
    expect(page.locator("#code-difference h2")).to_contain_text("the working tree")


def test_a_long_difference_is_shown_in_part_until_more_is_asked_for(
    board, runs, project, open_page
):
    write(project, {"long.py": "x = 1\n" * 600})
    page = open_page(f"{board}/run/{runs[1]}/code?against=tree", width=1280)
    expect(page.locator(".unified .line")).to_have_count(400)
    page.get_by_role("button", name="Show 201 more lines").click()
    expect(page.locator(".unified .line")).to_have_count(601)


def test_a_run_without_code_says_why(board, project, open_page):
    run = fitlog.Run(project / "logs")
    run.add_best_metric(0.9, "acc")
    run.finish()
    page = open_page(f"{board}/run/{run.get_log_id()}/code", width=1280)
    expect(page.locator("#code-problem")).to_contain_text("did not call fitlog.commit")
    expect(page.locator("#by-hand")).to_be_hidden()


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        (None, "没有代码版本：脚本没有调用 fitlog.commit(__file__)。"),
        ("f" * 40, "的代码版本 ffffffff 的项目不在此处：请在该项目中打开网页"),
    ],
)
def test_a_run_without_code_says_why_in_chinese(board, project, open_page, version, reason):
    run = fitlog.Run(project / "logs")
    run.add_best_metric(0.9, "acc")
    if version is not None:
        run.add_code_version(version, None)
    run.finish()
    page = open_page(f"{board}/run/{run.get_log_id()}/code", width=1280, locale="zh-CN")
    expect(page.locator("#code-problem")).to_contain_text(reason)


def test_the_commands_for_a_terminal_stand_below(board, runs, open_page):
    page = open_page(f"{board}/run/{runs[0]}/code", width=1280)
    expect(page.locator("#by-hand")).to_contain_text(f"fitlog rerun {runs[0]}")
    expect(page.locator("#by-hand").get_by_role("button", name="Copy")).to_have_count(4)


def test_the_page_speaks_chinese(board, runs, open_page):
    page = open_page(f"{board}/run/{runs[1]}/code?against={runs[0]}", width=1280, locale="zh-CN")
    expect(page.locator("#code-difference h3").first).to_have_text("超参数")


@pytest.mark.parametrize("against", ["", "OTHER"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_keeps_the_rules_of_accessibility(board, runs, open_page, scheme, against):
    query = f"?against={runs[0]}" if against else "?file=train.py"
    page = open_page(f"{board}/run/{runs[1]}/code{query}", width=1280, color_scheme=scheme)
    expect(page.locator(".unified .added, .numbered").first).to_be_visible()
    assert faults(page) == []
