"""A snapshot is brought back into a folder of its own, and nothing else is touched."""

from __future__ import annotations

import os

import pytest

from fitlog_core.errors import RevertError, SnapshotNotFoundError
from fitlog_core.snapshots.capture import capture
from fitlog_core.snapshots.project import find_project
from fitlog_core.snapshots.revert import revert
from tests.snapshot_tools import fingerprint, kept, make_old_fitlog, write


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "work", {"train.py": b"old\r\n", "src/a.py": "a", ".fitconfig": ""})


@pytest.fixture
def project(folder):
    return find_project(folder)


@pytest.fixture
def first(folder):
    (folder / "src" / "a.py").chmod(0o755)
    (folder / "link.py").symlink_to("train.py")
    snapshot = capture(folder, "first")
    assert snapshot is not None
    write(folder, {"train.py": "new", "later.py": ""})
    capture(folder, "second")
    return snapshot.id


def test_the_files_come_back_byte_for_byte_beside_the_project(project, first):
    before = fingerprint(project.root)
    place = revert(project, first[:6])
    assert place == project.root.with_name("work_revert")
    assert (place / "train.py").read_bytes() == b"old\r\n"
    assert (place / "src" / "a.py").stat().st_mode & 0o100
    assert (place / "link.py").readlink().name == "train.py"
    assert not (place / "later.py").exists()
    assert fingerprint(project.root) == before
    assert [path.name for path in project.root.parent.iterdir() if path.name[0] == "."] == []


def test_a_gitattributes_file_changes_nothing(folder, project):
    write(folder, {".fitconfig": "[fit_settings]\nwatched_rules = *\n"})
    write(folder, {".gitattributes": "* text eol=crlf ident export-ignore\n", "x.py": "$Id$\n"})
    snapshot = capture(folder)
    assert snapshot is not None
    assert (revert(project, snapshot.id) / "x.py").read_bytes() == b"$Id$\n"


def test_the_id_can_be_part_of_the_name(project, first, tmp_path):
    assert revert(project, first, id_suffix=True).name == f"work_revert_{first[:6]}"
    given = revert(project, first, tmp_path / "deep" / "place", id_suffix=True)
    assert given == tmp_path / "deep" / f"place_{first[:6]}"
    assert (given / "train.py").is_file()


def test_an_id_in_capitals_will_do(project, first):
    assert revert(project, first[:10].upper()).is_dir()


@pytest.mark.parametrize(
    "prefix", ["", "abc", "abcde", "zzzzzzz", "HEAD", "master", "a" * 41, "--all"]
)
def test_what_is_no_id_of_6_or_more_characters_is_refused(project, first, prefix):
    with pytest.raises(SnapshotNotFoundError, match="is not a snapshot id"):
        revert(project, prefix)
    assert not project.root.with_name("work_revert").exists()


def test_an_unknown_id_is_refused(project, first):
    unknown = "0123456789abcdef"
    with pytest.raises(SnapshotNotFoundError, match=f"begins with {unknown}"):
        revert(project, unknown)


def test_the_id_of_a_file_is_no_snapshot(project, first):
    blob = kept(project.root, "rev-parse", "HEAD:train.py")
    with pytest.raises(SnapshotNotFoundError):
        revert(project, blob)


@pytest.mark.parametrize("place", [".", "inside", "src/../deep/inside"])
def test_a_place_in_the_project_is_refused(project, first, place):
    with pytest.raises(RevertError, match="lies in the project"):
        revert(project, first, project.root / place)


def test_a_link_into_the_project_is_refused(project, first, tmp_path):
    (tmp_path / "link").symlink_to(project.root)
    with pytest.raises(RevertError, match="lies in the project"):
        revert(project, first, tmp_path / "link" / "inside")


def test_a_folder_that_no_revert_made_is_refused(project, first, tmp_path):
    place = write(tmp_path / "work_revert", {"mine.txt": "mine"})
    with pytest.raises(RevertError, match="was not made by 'fitlog revert'"):
        revert(project, first)
    with pytest.raises(RevertError, match="was not made by"):
        revert(project, first, tmp_path)
    assert fingerprint(place).keys() == {"mine.txt"}


def test_an_empty_folder_is_as_good_as_none(project, first, tmp_path):
    (tmp_path / "mine").mkdir()
    assert (revert(project, first, tmp_path / "mine") / "train.py").read_bytes() == b"old\r\n"


def test_a_file_in_the_way_is_refused(project, first, tmp_path):
    write(tmp_path, {"work_revert": "mine"})
    with pytest.raises(RevertError, match="is a file"):
        revert(project, first)


def test_an_untouched_folder_of_an_earlier_revert_is_replaced(project, first):
    place = revert(project, first)
    write(place, {"src/__pycache__/a.pyc": "made by running it"})
    newest = kept(project.root, "rev-parse", "HEAD")
    assert revert(project, newest) == place
    assert (place / "train.py").read_text() == "new"
    assert (place / "later.py").exists()
    assert revert(project, first) == place
    assert not (place / "later.py").exists()


@pytest.mark.parametrize("change", ["edit", "add", "remove", "mode", "marker", "config", "pipe"])
def test_a_folder_in_which_something_was_changed_is_kept(project, first, change):
    place = revert(project, first)
    if change == "edit":
        write(place, {"src/a.py": "edited"})
    elif change == "add":
        write(place, {"logs/log_20260101_120000/meta.log": "{}"})
    elif change == "remove":
        (place / "train.py").unlink()
    elif change == "mode":
        (place / "src" / "a.py").chmod(0o644)
    elif change == "pipe":
        os.mkfifo(place / "pipe")
    elif change == "config":
        write(place, {".fitconfig": "[fit_settings]\nwatched_rules = *.sh\n"})
    else:
        write(place, {".fitlog_revert": "[]"})
    before = fingerprint(place)
    with pytest.raises(RevertError, match="was changed after the revert"):
        revert(project, first)
    assert fingerprint(place) == before


def test_a_run_of_the_reverted_code_has_the_same_id_and_adds_nothing_to_the_project(project, first):
    place = revert(project, first)
    before = fingerprint(project.root)
    snapshot = capture(place / "train.py")
    assert snapshot is not None
    assert snapshot.project == place
    assert snapshot.id == first
    assert fingerprint(project.root) == before
    with pytest.raises(RevertError, match=r"^\.fitlog in .* was changed after the revert"):
        revert(project, first)


def test_the_reverted_folder_needs_the_project_no_more(project, first, tmp_path):
    newest = kept(project.root, "rev-parse", "HEAD")
    place = revert(project, newest)
    project.root.rename(tmp_path / "moved")
    assert kept(place, "fsck", "--strict") == ""
    assert kept(place, "log", "--format=%H").split() == [newest, first]
    assert kept(place, "show", f"{first}:train.py") == "old"
    write(place, {"train.py": "fixed"})
    snapshot = capture(place)
    assert snapshot is not None
    assert kept(place, "rev-parse", "HEAD^") == newest


def test_a_reverted_folder_inside_the_users_repository_stays_a_project_of_its_own(tmp_path):
    write(tmp_path, {"work/train.py": "1", "work/.fitlog/.fitconfig": "", "pyproject.toml": ""})
    snapshot = capture(tmp_path / "work")
    assert snapshot is not None
    place = revert(find_project(tmp_path / "work"), snapshot.id)
    assert find_project(place / "train.py").root == place


def test_a_snapshot_that_0_9_made_comes_back(tmp_path):
    old_id = make_old_fitlog(tmp_path / "work")
    write(tmp_path / "work", {"main.py": "changed"})
    place = revert(find_project(tmp_path / "work"), old_id[:8])
    assert (place / "main.py").read_text() == "print('old')\n"


def test_a_project_without_snapshots_says_so(tmp_path):
    write(tmp_path, {".fitconfig": ""})
    with pytest.raises(SnapshotNotFoundError, match="has no snapshots yet"):
        revert(find_project(tmp_path), "abcdef")
    assert not (tmp_path / ".fitlog").exists()


def test_a_failed_revert_leaves_the_earlier_one(project, first):
    place = revert(project, first)
    before = fingerprint(place)
    blob = kept(project.root, "rev-parse", "HEAD:later.py")
    (project.root / ".fitlog" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(Exception, match="is damaged, files of code versions are missing"):
        revert(project, kept(project.root, "rev-parse", "HEAD"))
    assert fingerprint(place) == before
    assert {path.name for path in place.parent.iterdir()} == {"work", "work_revert"}
