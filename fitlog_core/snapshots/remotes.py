"""Sends the snapshots of a project to a git remote, and fetches those of others from it.

On the remote everything lies below ``refs/fitlog/``, so that a repository of the user's can be
the remote: its branches and tags are neither read nor written.

| here | on the remote | what |
| --- | --- | --- |
| ``refs/runs/RUN/COMMIT`` | ``refs/fitlog/runs/RUN/COMMIT`` | which code a run had |
| ``refs/heads/master`` | ``refs/fitlog/clones/ID`` | all snapshots of one ``.fitlog`` |
| ``refs/clones/ID`` | ``refs/fitlog/clones/ID`` | the same, of the others |
"""

from __future__ import annotations

import os
import secrets
from typing import NamedTuple

from fitlog_core.errors import RemoteError, SnapshotNotFoundError
from fitlog_core.secrets import mask_text
from fitlog_core.snapshots import layout, run_refs
from fitlog_core.snapshots.plumbing import GitDirectory, Outcome, check_objects
from fitlog_core.snapshots.project import Project
from fitlog_core.snapshots.user_git import answer_of_git

_ID_KEY = "fitlog.clone"
_REJECTED = "!"
_NEW = "*"
_RUNS = "refs/fitlog/runs/"
_CLONES = "refs/fitlog/clones/"
_FETCHED = (f"{_RUNS}*:{run_refs.PREFIX}*", f"{_CLONES}*:refs/clones/*")
_QUIETLY = ("--no-tags", "--no-auto-maintenance", "--no-write-fetch-head", "--refmap=", "--quiet")


class Sent(NamedTuple):
    """What :func:`push` did.

    :param address: Of the remote, credentials masked.
    :param runs: Ids of the runs whose code was not there before.
    :param known: How many were.
    :param moved: Whether a newer snapshot went there, of a run or not.
    """

    address: str
    runs: list[str]
    known: int
    moved: bool


class Fetched(NamedTuple):
    """What :func:`pull` did.

    :param address: Of the remote, credentials masked.
    :param runs: Ids of the runs whose code was not here before.
    :param snapshots: How many snapshots were not.
    """

    address: str
    runs: list[str]
    snapshots: int


def push(project: Project, remote: str) -> Sent:
    """Send all snapshots of a project.

    :param project: Whose snapshots.
    :param remote: The name of a remote of the user's repository, an address, or a path.
    :raises SnapshotNotFoundError: if there are none.
    :raises RemoteError: if there is no such remote, or git cannot reach it.
    """
    git = _opened(project)
    if git.attempt("rev-parse", "--quiet", "--verify", layout.BRANCH).status:
        raise SnapshotNotFoundError(
            f"{project.root} has no snapshots yet: there is nothing to send"
        )
    address = _address(project, remote)
    outcome = _push(git, address, _clone_id(git))
    if outcome.status and _is_rejected(outcome, _CLONES):
        # The folder was copied, and both copies have gone on: from now on they are two.
        outcome = _push(git, address, _new_clone_id(git))
    if outcome.status:
        check_objects(git.path, outcome)
        raise _failed("send to", address, outcome)
    said = [line.split("\t") for line in outcome.out.decode("utf-8", "replace").splitlines()]
    refs = [(words[0], words[1].split(":", 1)[1]) for words in said if len(words) > 1]
    runs = [
        name.removeprefix(_RUNS).split("/")[0] for flag, name in refs if _is_new_run(flag, name)
    ]
    known = sum(1 for flag, name in refs if name.startswith(_RUNS)) - len(runs)
    moved = any(flag != "=" and name.startswith(_CLONES) for flag, name in refs)
    return Sent(mask_text(address), runs, known, moved)


def pull(project: Project, remote: str) -> Fetched:
    """Fetch the snapshots that others have sent; those of this project stay as they are.

    What a damaged ``.fitlog`` has lost is fetched anew, as far as it was sent.

    :param project: Where to; its ``.fitlog`` is made if there is none.
    :param remote: As in :func:`push`.
    :raises RemoteError: if there is no such remote, or git cannot reach it.
    """
    address = _address(project, remote)
    layout.create(project.git_dir)
    git = _opened(project)
    is_whole = _is_whole(git)
    runs, snapshots = (set(run_refs.read_all(git)), _count(git)) if is_whole else (set(), 0)
    how = _QUIETLY if is_whole else (*_QUIETLY, "--refetch")  # else git believes its references
    outcome = git.attempt("fetch", *how, "--", address, *_FETCHED, as_user=True)
    if outcome.status:
        raise _failed("fetch from", address, outcome)
    new = sorted({code.run_id for code in set(run_refs.read_all(git)) - runs})
    return Fetched(mask_text(address), new, _count(git) - snapshots)


def _opened(project: Project) -> GitDirectory:
    if not layout.exists(project.git_dir):
        raise SnapshotNotFoundError(f"{project.root} has no snapshots yet")
    layout.create(project.git_dir)  # one made by 0.9 lacks what keeps files byte for byte
    return GitDirectory(project.git_dir, project.root)


def _push(git: GitDirectory, address: str, clone_id: str) -> Outcome:
    refs = (f"{run_refs.PREFIX}*:{_RUNS}*", f"{layout.BRANCH}:{_CLONES}{clone_id}")
    quietly = ("--porcelain", "--no-verify", "--no-signed", "--no-follow-tags")
    return git.attempt("push", *quietly, "--", address, *refs, as_user=True)


def _is_rejected(outcome: Outcome, name: str) -> bool:
    lines = outcome.out.decode("utf-8", "replace").splitlines()
    return any(line.startswith(f"{_REJECTED}\t") and f":{name}" in line for line in lines)


def _is_new_run(flag: str, name: str) -> bool:
    return flag == _NEW and name.startswith(_RUNS)


def _clone_id(git: GitDirectory) -> str:
    """Return the name under which this ``.fitlog`` sends its snapshots."""
    outcome = git.attempt("config", "--local", "--get", _ID_KEY)
    return outcome.out.decode("utf-8", "replace") or _new_clone_id(git)


def _new_clone_id(git: GitDirectory) -> str:
    clone_id = secrets.token_hex(6)
    git.run("config", "--local", _ID_KEY, clone_id)
    return clone_id


def _is_whole(git: GitDirectory) -> bool:
    """Tell whether every file of every snapshot is there."""
    return not git.attempt("rev-list", "--objects", "--all", "--quiet").status


def _count(git: GitDirectory) -> int:
    return int(git.run("rev-list", "--count", "--all") or 0)


def _address(project: Project, remote: str) -> str:
    """Return where a remote is; a path is made absolute, for git looks from the project's root."""
    if remote.startswith("-") or not remote.strip() or "\0" in remote:
        raise RemoteError(f"{remote!r} is no remote; give a remote's name, an address or a path")
    if os.path.exists(remote):
        return os.path.abspath(remote)
    if ":" in remote:
        return remote
    address = _address_of_name(project, remote)
    if address is None:
        raise RemoteError(
            f"the repository of {project.root} has no remote {remote!r}, and there is no such "
            "path; 'git remote -v' shows the remotes, an address or a path will do too"
        )
    return address


def _address_of_name(project: Project, name: str) -> str | None:
    """Ask the user's own repository for the address of one of its remotes; only reads."""
    said = answer_of_git(("remote", "get-url", "--push", name), project.root)
    return os.fsdecode(said or b"").strip() or None


def _failed(what: str, address: str, outcome: Outcome) -> RemoteError:
    words = " ".join(mask_text(outcome.err).split()) or f"exit code {outcome.status}"
    return RemoteError(f"git could not {what} {mask_text(address)}: {words}")
