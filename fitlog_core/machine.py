"""Which machine and process this is, so that a reader can tell whether a run still lives."""

from __future__ import annotations

import functools
import os
import sys

_LONGEST_STAT = 4096  # bytes; the kernel writes some hundred


def host() -> str:
    """Return the name of this machine."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME", "")


def boot() -> str:
    """Return what tells this boot and process namespace from all others.

    :return: Boot id and pid namespace, or an empty string where the system tells neither:
        a process id then means nothing to a reader.
    """
    return _boot_of(os.getpid())


@functools.lru_cache(maxsize=1)  # a board asks for each run that lives, at each look
def _boot_of(_pid: int) -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot_id = file.read().strip()
        return f"{boot_id} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def pid_start(pid: int) -> str | None:
    """Return when a process started, in the system's own unit.

    A process id is given out again after a while; the id and the start together are not.

    :param pid: Process id.
    :return: The start, empty where the system does not tell it, None if there is no such process.
    """
    try:
        # Unbuffered, as each look at each run that lives does this.
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            # The second field is the program's name in brackets and may hold anything.
            fields = (file.read(_LONGEST_STAT) or b"").rpartition(b")")[2].split()
        is_dead = fields[0] in (b"Z", b"X")  # killed, and its parent has not asked yet
        return None if is_dead else fields[19].decode("ascii")
    except (OSError, IndexError):
        return None if sys.platform == "linux" else _exists(pid)


def _exists(pid: int) -> str | None:
    if os.name != "posix":  # os.kill would end the process on Windows
        return ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        return ""
    return ""


def is_on_network(path: str | os.PathLike[str]) -> bool:
    """Tell whether a path lies on a network file system, as far as the mount table says so.

    :param path: It need not be there yet.
    """
    return _kind_of_file_system(path) in _NETWORK


def keeps_folder_times(path: str | os.PathLike[str]) -> bool:
    """Tell whether the file system is one whose folders change their times with their content.

    :param path: It need not be there yet. False where the system does not tell what it lies on.
    """
    return _kind_of_file_system(path) in _EXACT


def _kind_of_file_system(path: str | os.PathLike[str]) -> bytes:
    try:
        with open("/proc/self/mountinfo", "rb") as file:
            table = file.read()
    except OSError:  # no Linux
        return b""
    return _kind_of_mount(os.fsencode(os.path.realpath(path)), table)


_NETWORK = frozenset(
    b"nfs nfs3 nfs4 cifs smb3 smbfs afs ceph fuse.ceph lustre gpfs beegfs panfs wekafs orangefs "
    b"pvfs2 glusterfs fuse.glusterfs fuse.sshfs fuse.s3fs fuse.gcsfuse fuse.rclone fuse.juicefs "
    b"fuse.mfs fuse.cfs 9p ocfs2 gfs2".split()
)
_EXACT = frozenset(b"ext2 ext3 ext4 xfs btrfs zfs f2fs bcachefs tmpfs overlay".split())


def _kind_of_mount(path: bytes, table: bytes) -> bytes:
    """Return the kind of the file system that a path lies on.

    :param table: As in ``proc_pid_mountinfo(5)``: the fifth field is where it is mounted, the kind
        comes after a lone hyphen; the last of several at one place is what is seen.
    """
    kind, longest = b"", -1
    for line in table.splitlines():
        mount, _, system = line.partition(b" - ")
        fields = mount.split(b" ")
        if len(fields) < 5 or not system:
            continue
        place = _unescaped(fields[4])
        is_above = path == place or path.startswith(place.rstrip(b"/") + b"/")
        if is_above and len(place) >= longest:
            kind, longest = system.split(b" ")[0], len(place)
    return kind


def _unescaped(place: bytes) -> bytes:
    """Return a path of the mount table, which writes blanks and the like as octal numbers."""
    first, *others = place.split(b"\\")
    return first + b"".join(
        bytes([int(part[:3], 8)]) + part[3:] if part[:3].isdigit() else part for part in others
    )
