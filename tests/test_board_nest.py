"""A board that is copied from a process differs from one that was started by nothing but time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from board_nest import Nest, Started, fresh, nest


@pytest.fixture(scope="module")
def copies() -> Iterator[Nest]:
    with nest() as made:
        yield made


@pytest.fixture(params=["copied", "fresh"])
def start(request: pytest.FixtureRequest, copies: Nest) -> Callable[..., Started]:
    return copies.start if request.param == "copied" else fresh


def address(board: Started) -> str:
    return next(found[0] for line in board.printed if (found := re.search(r"http://\S+", line)))


def test_it_shows_the_folder_it_was_asked_for_where_it_was_asked(start, tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    board = start("log", "mine", "--port", "0")
    page = urlopen(address(board)).read().decode()
    assert str(tmp_path / "mine") in page
    board.kill()


def test_it_heeds_what_the_environment_says(start, tmp_path, monkeypatch):
    monkeypatch.setenv("FITLOG_CACHE_DIR", str(tmp_path / "kept here"))
    board = start("log", str(tmp_path), "--port", "0", FITLOG_TOKEN="a-word-that-is-known")
    assert address(board).endswith("token=a-word-that-is-known")
    assert str(tmp_path / "kept here") in board.printed.readline()
    board.kill()


def test_it_says_what_is_wrong_and_ends(start, tmp_path, capfd):
    board = start("log", str(tmp_path / "nowhere"))
    assert board.printed.read() == ""
    board.kill()
    assert "there is no directory" in capfd.readouterr().err


def test_once_killed_it_answers_nobody(start, tmp_path):
    board = start("log", str(tmp_path), "--port", "0")
    where = address(board)
    assert urlopen(where).status == 200
    board.kill()
    with pytest.raises(URLError):
        urlopen(where)


def test_what_is_read_as_a_process_starts_is_heeded_too(copies, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("print('read as it started')")
    board = copies.start("--version", PYTHONPATH=str(tmp_path))
    assert "read as it started" in board.printed.read()
    board.kill()


def test_boards_end_with_the_nest(tmp_path):
    with nest() as made:
        board = made.start("log", str(tmp_path), "--port", "0")
        where = address(board)
        while "Ctrl-C ends it" not in board.printed.readline():
            assert urlopen(where).status == 200
    assert board.printed.read() == ""  # which ends when the process has
    board.printed.close()
    with pytest.raises(URLError):
        urlopen(where)
