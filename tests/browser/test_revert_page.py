"""A run's code is brought back from its page."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_tools import faults
from playwright.sync_api import expect

import fitlog
from fitlog_core.snapshots.capture import capture
from tests.snapshot_tools import fingerprint, user_repository, write


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a git repository of the user's, one run, and code that was changed since."""
    folder = user_repository(tmp_path / "work", {"train.py": "print('old')\n"})
    snapshot = capture(folder)
    assert snapshot is not None
    run = fitlog.Run(folder / "logs")
    run.add_best_metric(0.9, "acc")
    run.add_code_version(snapshot.id, "before the change")
    run.finish()
    write(folder, {"train.py": "print('new')\n"})
    return folder


def run_page(board: str, project: Path) -> str:
    return f"{board}/run/{next((project / 'logs').glob('log_*')).name}"


def test_the_code_comes_back_to_the_folder_that_is_named(project, start_board, open_page):
    git = fingerprint(project / ".git")
    page = open_page(run_page(start_board(project / "logs"), project), width=1280)
    page.get_by_role("button", name="Get this code back").click()
    dialog = page.get_by_role("dialog", name="Get the code back")
    field = dialog.get_by_label("Into the new folder")
    expect(field).to_be_focused()
    target = Path(field.input_value())
    assert target.parent == project.parent
    assert not target.exists()
    expect(dialog).to_contain_text(str(project))
    field.press("Enter")
    done = page.locator(".toast")
    expect(done).to_contain_text(str(target))
    expect(done.get_by_role("button", name="Copy")).to_be_visible()
    expect(dialog).to_be_hidden()
    assert (target / "train.py").read_text() == "print('old')\n"
    assert (project / "train.py").read_text() == "print('new')\n"
    assert fingerprint(project / ".git") == git


def test_a_folder_in_the_way_is_told_in_the_dialog_which_stays(project, start_board, open_page):
    write(project.parent / "mine", {"paper.tex": "mine"})
    page = open_page(run_page(start_board(project / "logs"), project), width=1280)
    page.get_by_role("button", name="Get this code back").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Into the new folder").fill(str(project.parent / "mine"))
    dialog.get_by_role("button", name="Get it back").click()
    expect(dialog.get_by_role("alert")).to_contain_text("not empty")
    dialog.get_by_label("Into the new folder").fill(str(project.parent / "other"))
    dialog.get_by_role("button", name="Get it back").click()
    expect(page.locator(".toast")).to_contain_text("other")
    assert fingerprint(project.parent / "mine").keys() == {"paper.tex"}


def test_where_it_is_not_allowed_the_command_is_shown(project, start_board, open_page):
    board = start_board(project / "logs", "--allow-host", "board.lab")
    page = open_page(run_page(board, project), width=1280)
    expect(page.locator("#facts")).to_contain_text("fitlog revert ")
    expect(page.get_by_role("button", name="Get this code back")).to_be_hidden()


def test_a_run_without_a_code_version_offers_nothing(project, start_board, open_page):
    run = fitlog.Run(project / "logs")
    run.add_best_metric(0.8, "acc")
    run.finish()
    page = open_page(f"{start_board(project / 'logs')}/run/{run.get_log_id()}", width=1280)
    expect(page.locator("#side")).to_contain_text("0.8")
    expect(page.locator("#facts")).to_contain_text("none: fitlog.commit(__file__) was not called")
    expect(page.get_by_role("button", name="Get this code back")).to_have_count(0)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_dialog_breaks_no_rule_of_axe(colours, project, start_board, open_page):
    address = run_page(start_board(project / "logs"), project)
    page = open_page(address, width=1280, color_scheme=colours)
    page.get_by_role("button", name="Get this code back").click()
    expect(page.get_by_role("dialog", name="Get the code back")).to_be_visible()
    assert faults(page) == []
