"""Which paths lie on a network file system, told by mount tables as the kernel writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fitlog_core import machine

LOCAL = """\
22 28 0:20 / /proc rw,nosuid shared:12 - proc proc rw
28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
"""
NFS = "60 28 0:50 / {} rw,relatime shared:30 - nfs4 server:/export rw,vers=4.2,addr=10.0.0.1\n"


def kind(path: str, table: str) -> str:
    return machine._kind_of_mount(path.encode(), table.encode()).decode()


def is_remote(path: str, table: str) -> bool:
    return kind(path, table).encode() in machine._NETWORK


def test_a_path_is_on_the_file_system_that_is_mounted_nearest_above() -> None:
    table = LOCAL + NFS.format("/home/me")
    assert kind("/home/me/logs", table) == "nfs4"
    assert kind("/home/me", table) == "nfs4"
    assert kind("/home/other/logs", table) == "ext4"
    assert kind("/proc/self", table) == "proc"


def test_a_folder_whose_name_only_begins_as_the_mounted_one_is_not_on_it() -> None:
    assert kind("/home/mean/logs", LOCAL + NFS.format("/home/me")) == "ext4"


def test_a_local_disk_within_a_network_file_system_is_local() -> None:
    local = "61 60 8:2 / /home/me/scratch rw shared:31 - xfs /dev/sdb1 rw\n"
    for table in (LOCAL + NFS.format("/home/me") + local, LOCAL + local + NFS.format("/home/me")):
        assert not is_remote("/home/me/scratch/logs", table)
        assert is_remote("/home/me/logs", table)


def test_of_two_mounts_at_one_place_the_later_is_the_one_that_is_seen() -> None:
    local = "61 28 8:2 / /data rw shared:31 - ext4 /dev/sdb1 rw\n"
    assert is_remote("/data/logs", LOCAL + local + NFS.format("/data"))
    assert not is_remote("/data/logs", LOCAL + NFS.format("/data") + local)


def test_a_folder_of_a_network_file_system_bound_elsewhere_is_on_the_network() -> None:
    bound = "62 28 0:50 /team/logs /logs rw,relatime shared:30 - nfs4 server:/export/team/logs rw\n"
    assert is_remote("/logs/log_20260101_000000", LOCAL + bound)
    assert not is_remote("/team/logs", LOCAL + bound)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        (r"/mnt/my\040disk", "/mnt/my disk"),
        (r"/mnt/a\011b\012c", "/mnt/a\tb\nc"),
        (r"/mnt/back\134slash", "/mnt/back\\slash"),
        (r"/mnt/back\134040", "/mnt/back\\040"),
        ("/mnt/磁盘", "/mnt/磁盘"),
    ],
)
def test_a_name_with_blanks_or_a_backslash_is_known_by_how_the_table_writes_it(
    written: str, path: str
) -> None:
    table = LOCAL + NFS.format(written)
    assert is_remote(f"{path}/logs", table)
    assert not is_remote("/mnt/my", table)


def test_mounts_without_and_with_several_optional_fields_are_read() -> None:
    table = (
        "28 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "60 28 0:50 / /a rw - cifs //server/share rw\n"
        "61 28 0:51 / /b rw shared:3 master:1 propagate_from:2 - fuse.sshfs me@server:/home rw\n"
        "62 28 0:52 / /c rw shared:4 - fuse.portal portal rw\n"
    )
    assert kind("/a/x", table) == "cifs"
    assert is_remote("/a/x", table)
    assert is_remote("/b/x", table)
    assert not is_remote("/c/x", table)


def test_a_root_on_the_network_and_a_table_that_tells_nothing() -> None:
    root = "28 1 0:30 / / rw,relatime - nfs server:/root rw\n"
    assert is_remote("/anywhere", root)
    for table in ("", "\n\n", "no mount table at all\n", "1 2 3 - nfs\n"):
        assert not is_remote("/anywhere", table)


def test_the_path_is_followed_through_links_and_need_not_be_there(tmp_path: Path) -> None:
    (tmp_path / "proc").symlink_to("/proc/self")
    mounted = machine._kind_of_mount(
        str((tmp_path / "proc").resolve()).encode(), Path("/proc/self/mountinfo").read_bytes()
    )
    assert mounted == b"proc"
    for path in (tmp_path, tmp_path / "proc", tmp_path / "not" / "there", Path("/")):
        assert machine.is_on_network(path) is False


def test_where_there_is_no_proc_nothing_counts_as_remote(run_script) -> None:
    """As on macOS: a process whose own ``open`` finds no mount table."""
    done = run_script(
        "import sys\n"
        "def refuse(event, arguments):\n"
        "    if event == 'open' and str(arguments[0]) == '/proc/self/mountinfo':\n"
        "        raise FileNotFoundError(2, 'No such file or directory', arguments[0])\n"
        "sys.addaudithook(refuse)\n"
        "import fitlog\n"
        "from fitlog_core import machine\n"
        "assert machine.is_on_network('.') is False\n"
        "fitlog.set_log_dir('logs'); fitlog.add_loss(0.5, 1, 'loss'); fitlog.finish()\n"
    )
    assert done.stderr == ""
