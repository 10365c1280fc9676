"""Entry points are found as importlib.metadata finds them."""

from __future__ import annotations

import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from fitlog_core import entry_points

GROUP = "fitlog.test"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages, first on the path."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def add(place: Path, folder: str, text: str, version: str = "1.5") -> None:
    info = place / folder
    info.mkdir(parents=True)
    name = folder.partition("-")[0].removesuffix(".egg")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "PKG-INFO").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(text, "utf-8")


def found(group: str = GROUP) -> list[tuple[str, str]]:
    return [(point.name, point.value) for point in entry_points.find(group)]


@pytest.mark.parametrize("group", ["console_scripts", "pytest11", "fitlog", "no such group"])
def test_the_same_is_found_as_by_importlib_metadata(group):
    theirs = {(point.name, point.value.strip()) for point in metadata.entry_points(group=group)}
    assert set(found(group)) == theirs


def test_nothing_of_importlib_metadata_is_imported_to_find_plugins(run_python):
    code = (
        "import sys; from fitlog_core import plugins;"
        "print(len(plugins.host().plugins) > 4, 'importlib.metadata' in sys.modules)"
    )
    assert run_python(code).stdout == "True False\n"


def test_comments_blank_lines_spaces_and_extras_are_no_obstacle(site):
    text = (
        "# a comment\n[other]\nno = no.module\n\n[ fitlog.test ]\n[fitlog.test]\n"
        "; another\n  one = my.module  \n# two = not.me\nthree=my.module:thing [extra, more]\n"
        "not an entry\n[last]\nfour = no.module\n"
    )
    add(site, "mine-1.0.dist-info", text)
    assert found() == [("one", "my.module"), ("three", "my.module:thing")]


@pytest.mark.parametrize("folder", ["mine-1.0.dist-info", "mine-1.0.egg-info", "mine.egg-info"])
def test_wheels_and_old_installations_are_both_found(site, folder):
    add(site, folder, "[fitlog.test]\none = my.module\n")
    assert found() == [("one", "my.module")]
    assert entry_points.find(GROUP)[0].version() == "1.5"


def test_of_two_installations_of_one_package_the_first_on_the_path_counts(
    site, tmp_path, monkeypatch
):
    add(site, "My_Plugin-1.0.dist-info", "[fitlog.test]\none = old.module\n", "1.0")
    second = tmp_path / "second"
    add(second, "my.plugin-2.0.dist-info", "[fitlog.test]\none = new.module\n", "2.0")
    monkeypatch.syspath_prepend(second)
    assert found() == [("one", "new.module")]


def test_a_file_that_is_not_text_is_passed_over(site):
    add(site, "bad-1.0.dist-info", "")
    (site / "bad-1.0.dist-info" / "entry_points.txt").write_bytes(b"[fitlog.test]\none = \xff\n")
    add(site, "good-1.0.dist-info", "[fitlog.test]\ntwo = my.module\n")
    assert found() == [("two", "my.module")]


def test_a_path_that_does_not_exist_is_passed_over(site, monkeypatch):
    monkeypatch.syspath_prepend(site / "nowhere")
    add(site, "good-1.0.dist-info", "[fitlog.test]\ntwo = my.module\n")
    assert found() == [("two", "my.module")]


def test_a_package_in_an_archive_is_found(tmp_path, monkeypatch):
    archive = tmp_path / "packed.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("packed-1.0.dist-info/METADATA", "Name: packed\nVersion: 1.0\n")
        packed.writestr("packed-1.0.dist-info/entry_points.txt", "[fitlog.test]\none = my.module\n")
    monkeypatch.syspath_prepend(archive)
    assert found() == [("one", "my.module")]
    assert entry_points.find(GROUP)[0].version() == "1.0"


def test_a_finder_of_its_own_kind_is_asked(site, monkeypatch):
    class Frozen:
        """What a program in one file brings along."""

        @staticmethod
        def find_spec(*_: object) -> None:
            return None

        @staticmethod
        def find_distributions(context: metadata.DistributionFinder.Context) -> list[object]:
            return [metadata.PathDistribution(site.parent / "hidden-3.0.dist-info")]

    add(site.parent, "hidden-3.0.dist-info", "[fitlog.test]\none = my.module\n", "3.0")
    monkeypatch.setattr(sys, "meta_path", [Frozen, *sys.meta_path])
    assert found() == [("one", "my.module")]


def test_a_module_or_what_is_in_it_can_be_named():
    assert entry_points.Found("one", "os.path").load().__name__ in ("posixpath", "ntpath")
    assert entry_points.Found("one", "pathlib:Path.cwd").load() == Path.cwd
