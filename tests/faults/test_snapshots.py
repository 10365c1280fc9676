"""Promise number two: whatever happens to a commit of fitlog's, the user's git is not touched.

And what was acknowledged comes back, and the next commit needs no hand.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, EIO, ENOSPC
from pathlib import Path

import committing
import pytest
from fault_trials import Tally

from fitlog_core.snapshots.locks import STALE_AFTER, find_locks
from fitlog_core.snapshots.project import find_project
from fitlog_core.snapshots.revert import revert
from tests.snapshot_tools import fingerprint, git, kept, user_repository, write

# Trials of these tests take a second each: they make a part of those asked for.
SHARE = 5
SHARE_OF_EACH = 20  # state of a repository, or call that fails
FEWEST = 2
LONGEST_LIFE = 0.15  # seconds from the first snapshot of a process to its end
FIXED = {"GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-02T00:00:00Z"}
IGNORES = {".gitignore": "own_*.py\n"}  # what is committed by committing.py is not the user's
STATUS_LOOP = """
while seen=$(git status --porcelain -uall 2>&1); do
    case $seen in *.fitlog*|*rror*|*fatal*) echo "$seen"; exit 3;; esac
    echo status
done
"""


def commit(project: Path, first: int, count: int, **env: str) -> subprocess.Popen[str]:
    """Start a process that makes snapshots."""
    return subprocess.Popen(
        [sys.executable, committing.__file__, str(project), str(first), str(count)],
        env={**os.environ, **env}, start_new_session=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def kill_at_random(process: subprocess.Popen[str], chance: random.Random) -> dict[int, str]:
    """Kill it, with or without the git it waits for, and return the snapshots it acknowledged."""
    assert process.stdout is not None
    told = process.stdout.readline() if chance.random() < 0.8 else ""  # else maybe while it begins
    time.sleep(chance.random() * (LONGEST_LIFE if told else 0.6))
    if chance.random() < 0.5:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    out, said = process.communicate(timeout=30)
    assert "Traceback" not in said, said
    return acknowledged(told + out)


def acknowledged(out: str) -> dict[int, str]:
    """The ids of snapshots by number; a last line that was cut acknowledges nothing."""
    whole = [line.split() for line in out.splitlines(keepends=True) if line.endswith("\n")]
    return {int(number): commit_id for number, commit_id in whole}


def lost(project: Path, snapshots: dict[int, str]) -> list[str]:
    """Name every file of a snapshot that git does not find, or finds to be another."""
    if not snapshots:  # there may be no .fitlog yet
        return []
    wanted = {
        f"{commit_id}:{name}": committing.text(number)
        for number, commit_id in snapshots.items()
        for name in committing.NAMES
    }
    done = subprocess.run(
        ["git", "--git-dir=.fitlog", "cat-file", "--batch"], cwd=project,
        input="".join(f"{name}\n" for name in wanted).encode(), stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    missing, rest = [], done.stdout
    for name, content in wanted.items():
        head, _, rest = rest.partition(b"\n")
        size = int(head.split()[2]) if head.split()[1] == b"blob" else -1
        if rest[: max(size, 0)].decode() != content:
            missing.append(name)
        rest = rest[size + 1 :]
    return missing


def is_whole(project: Path) -> None:
    """See that git finds no fault with the snapshots."""
    assert kept(project, "fsck", "--strict", "--no-dangling") == ""


def goes_on(project: Path, number: int, **env: str) -> dict[int, str]:
    """See that the next process makes its snapshot, and return it.

    A lock that a killed git left is as old as if it had been killed a minute ago, almost.
    """
    then = time.time() - STALE_AFTER + 1
    for lock in find_locks(project / ".fitlog"):
        with suppress(FileNotFoundError):  # a git that outlived its caller is done with it
            os.utime(lock, (then, then))
    process = commit(project, number, 1, **env)
    out, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "no snapshot" not in said
    (snapshot,) = acknowledged(out).items()
    assert len(snapshot[1]) == 40, said
    return dict([snapshot])


def comes_back(project: Path, number: int, commit_id: str, into: Path) -> None:
    """See that ``fitlog revert`` brings a snapshot back as it was."""
    revert(find_project(project), commit_id, into)
    for name in committing.NAMES:
        assert (into / name).read_text() == committing.text(number)


@contextmanager
def status_looping(project: Path) -> Iterator[None]:
    """Have the user's status asked for without end, which is to see nothing and never fail."""
    env = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    loop = subprocess.Popen(
        ["sh", "-c", STATUS_LOOP], cwd=project, env=env, encoding="utf-8",
        stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert loop.stdout is not None
    assert loop.stdout.readline() == "status\n"
    told: list[str] = []
    reader = threading.Thread(target=lambda: told.extend(loop.stdout or []))
    reader.start()
    try:
        yield
    finally:
        os.killpg(loop.pid, signal.SIGKILL)
        loop.wait()
        reader.join()
        loop.stdout.close()
    assert set(told) <= {"status\n"}, told[-5:]


def test_a_kill_of_a_commit_leaves_the_users_git_as_it_is_and_no_snapshot_behind(
    tally: Tally, seed: str, trials: int, tmp_path: Path
) -> None:
    tally.what = "snapshots"
    project = user_repository(tmp_path / "work", {"train.py": "1", **IGNORES})
    before, chance = fingerprint(project / ".git"), random.Random(seed)
    snapshots: dict[int, str] = {}
    with status_looping(project):
        for trial in range(max(FEWEST, trials // SHARE)):
            where = f"seed {seed}, trial {trial}"
            if chance.random() < 0.15:  # the next one makes .fitlog itself
                assert not lost(project, snapshots), where
                tally.kept += len(snapshots)
                snapshots = {}
                if (project / ".fitlog").exists():  # at once, or status sees one half deleted
                    (project / ".fitlog").rename(tmp_path / f"forgotten{trial}")
            begun = trial * committing.ENDLESS
            process = commit(project, begun + 1, committing.ENDLESS)
            snapshots |= kill_at_random(process, chance)
            assert fingerprint(project / ".git") == before, where
            snapshots |= goes_on(project, begun)
            is_whole(project)
            comes_back(project, *chance.choice(list(snapshots.items())), tmp_path / f"back{trial}")
            tally.trials += 1
    missing = lost(project, snapshots)
    tally.kept, tally.lost = tally.kept + len(snapshots), len(missing)
    assert not missing, f"seed {seed}: {missing[:5]}"
    assert fingerprint(project / ".git") == before
    assert tally.kept > tally.trials


def user_at_work(chance: random.Random) -> list[tuple[str, ...]]:
    """Draw what a user does: files written (``write``), and commands of git."""
    done: list[tuple[str, ...]] = [("checkout", "-q", "-b", "topic")]
    for number in range(chance.randint(2, 5)):
        name = chance.choice(["train.py", "model.py", f"new{number}.txt"])
        done += [
            ("write", name, f"of topic {number}\n"), ("status",), ("add", "-A"), ("status", "-s"),
            ("commit", "-q", "-m", f"Topic {number}"),
        ]  # fmt: skip
    done += [
        ("checkout", "-q", "trunk"), ("write", "base.txt", "more\n"), ("add", "-A"),
        ("commit", "-q", "-m", "Base"),
    ]  # fmt: skip
    if chance.random() < 0.5:  # a conflict, from which the user goes back or on
        way = chance.choice(["--abort", "--skip"])
        done += [
            ("write", "train.py", "of trunk\n"), ("commit", "-qam", "Clash"),
            ("rebase", "trunk", "topic"), ("status",), ("rebase", way), ("status",),
        ]  # fmt: skip
        return [*done, ("rebase", "--abort"), ("stash", "list"), ("status",)]
    done += [("rebase", "trunk", "topic"), ("status",)]
    return [
        *done, ("write", "model.py", "stashed\n"), ("stash", "push", "-q"),
        ("checkout", "-q", "trunk"),
        ("merge", "-q", "--no-ff", "-m", "Merge", "topic"), ("stash", "pop", "-q"), ("status",),
    ]  # fmt: skip


def carry_out(repository: Path, commands: list[tuple[str, ...]]) -> list[tuple[int, str]]:
    """Do it, and return how each command ended and what it said."""
    told = []
    for name, *arguments in commands:
        if name == "write":
            (repository / arguments[0]).write_text(arguments[1])
            continue
        done = subprocess.run(
            ["git", name, *arguments], cwd=repository, stdin=subprocess.DEVNULL,
            env={**os.environ, **IDENTITY, **FIXED, "GIT_EDITOR": "true"},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
        )  # fmt: skip
        told.append((done.returncode, done.stdout))
    return told


IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A User"), ("EMAIL", "user@example.org"))
}


def stand(repository: Path) -> dict[str, str]:
    """What a repository holds: HEAD, references, entries of the index, files, and its faults."""
    asked = {
        "HEAD": ("symbolic-ref", "-q", "HEAD"), "refs": ("for-each-ref",),
        "index": ("ls-files", "--stage"), "status": ("status", "--porcelain", "-uall"),
        "reflog": ("reflog", "--format=%H %gs"), "fsck": ("fsck", "--strict", "--no-dangling"),
        "objects": ("cat-file", "--batch-all-objects", "--batch-check"),
        "changes": ("diff",),
    }  # fmt: skip
    told = {what: carry_out(repository, [question]) for what, question in asked.items()}
    return {what: str(answer) for what, answer in told.items()}


def fresh(folder: Path) -> Path:
    """Make the user's repository, the same each time."""
    folder.mkdir()
    write(folder, {"train.py": "1\n", "model.py": "1\n", **IGNORES})
    told = carry_out(
        folder, [("init", "-q", "-b", "trunk"), ("add", "-A"), ("commit", "-q", "-m", "First")]
    )
    assert {code for code, _ in told} == {0}
    return folder


def test_what_the_user_does_in_git_meanwhile_ends_as_it_does_without_fitlog(
    tally: Tally, seed: str, trials: int, tmp_path: Path
) -> None:
    tally.what = "snapshots"
    for trial in range(max(FEWEST, trials // SHARE_OF_EACH)):
        where = f"seed {seed}, trial {trial}"
        commands = user_at_work(random.Random(f"{seed}-{trial}"))
        alone, together = (fresh(tmp_path / f"{who}{trial}") for who in ("alone", "together"))
        expected = carry_out(alone, commands)
        process = commit(together, 1, committing.ENDLESS)
        assert process.stdout is not None
        told = process.stdout.readline()
        assert carry_out(together, commands) == expected, where
        os.killpg(process.pid, signal.SIGKILL)
        out, said = process.communicate(timeout=30)
        assert said.count("\n") == said.count("is kept in") == 1, f"{where}: {said}"
        snapshots = acknowledged(told + out) | goes_on(together, 0)
        assert stand(together) == stand(alone), where
        missing = lost(together, snapshots)
        assert not missing, f"{where}: {missing[:5]}"
        is_whole(together)
        tally.trials += 1
        tally.kept += len(snapshots)


def in_conflict(project: Path, how: str) -> Path:
    """Leave a repository in the middle of a rebase or a merge."""
    carry_out(project, [
        ("checkout", "-q", "-b", "topic"), ("write", "train.py", "topic\n"),
        ("commit", "-qam", "Topic"), ("checkout", "-q", "trunk"),
        ("write", "train.py", "trunk\n"), ("commit", "-qam", "Trunk"),
        ("rebase", "trunk", "topic") if how == "rebase" else ("merge", "topic"),
    ])  # fmt: skip
    assert "UU train.py" in git(project, "status", "--porcelain")
    return project


def place(state: str, tmp_path: Path) -> tuple[Path, Path, dict[str, str]]:
    """A project in a state, the git directory not to be touched, and the caller's variables."""
    project = fresh(tmp_path / "work")
    git_dir = project / ".git"
    if state in ("rebase", "merge"):
        return in_conflict(project, state), git_dir, {}
    if state == "worktree":
        git(project, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
        return tmp_path / "side", git_dir, {}
    if state == "submodule":
        inner, allow = fresh(tmp_path / "inner"), ("-c", "protocol.file.allow=always")
        git(project, *allow, "submodule", "add", "-q", str(inner), "inner")
        return project / "inner", git_dir, {}
    if state == "locked":
        write(project, {f".git/{name}.lock": "" for name in ("index", "HEAD", "config")})
        return project, git_dir, {}
    env = {"GIT_DIR": str(git_dir), "GIT_INDEX_FILE": str(git_dir / "index")}
    return project, git_dir, {**env, "GIT_WORK_TREE": str(project), "GIT_PREFIX": "deep/"}


@pytest.mark.parametrize(
    "state", ["rebase", "merge", "worktree", "submodule", "locked", "variables of the caller"]
)
def test_a_kill_of_a_commit_costs_nothing_in_whatever_state_the_users_git_is(
    state: str, tally: Tally, seed: str, trials: int, tmp_path: Path
) -> None:
    """Afterwards the user ends a rebase or a merge as it ends without fitlog."""
    tally.what = "snapshots"
    project, git_dir, env = place(state, tmp_path)
    before, chance = fingerprint(git_dir), random.Random(f"{seed}-{state}")
    snapshots: dict[int, str] = {}
    for trial in range(max(FEWEST, trials // SHARE_OF_EACH)):
        begun = trial * committing.ENDLESS
        process = commit(project, begun + 1, committing.ENDLESS, **env)
        snapshots |= kill_at_random(process, chance) | goes_on(project, begun, **env)
        assert fingerprint(git_dir) == before, f"seed {seed}, trial {trial}"
        is_whole(project)
        tally.trials += 1
    missing = lost(project, snapshots)
    tally.kept, tally.lost = len(snapshots), len(missing)
    assert not missing, f"seed {seed}: {missing[:5]}"
    if state in ("rebase", "merge"):
        (tmp_path / "other").mkdir()
        alone = place(state, tmp_path / "other")[0]
        ends = [("write", "train.py", "solved\n"), ("add", "-A"), (state, "--continue")]
        assert carry_out(project, ends) == carry_out(alone, ends)
        assert stand(project) == stand(alone)


LIMITED = """
import resource, signal, sys
import committing
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
committing.write = lambda *_: None  # the project's own files are written before
committing.main(*sys.argv[2:])
"""


def fault(
    how: str, project: Path, chance: random.Random, library: Path, is_first: bool
) -> tuple[str, dict]:
    """Draw a limit on the size of a file, or a call on ``.fitlog`` that fails in every process."""
    if how == "file size":
        return str(int(10 ** chance.uniform(0, 4.5))), {}
    first = 1 if is_first else chance.randint(1, 12)
    env = {
        "LD_PRELOAD": str(library), "FAULT_FOLDER": str(project / ".fitlog"), "FAULT_CALL": how,
        "FAULT_CODE": str(chance.choice([ENOSPC, EDQUOT, EIO])), "FAULT_FIRST": str(first),
        "FAULT_LAST": str(chance.choice([first, 10**9])), "FAULT_TOLD": f"{project}.struck",
    }  # fmt: skip
    return str(10**9), env


@pytest.mark.parametrize("how", ["file size", "write", "open", "close", "rename", "mkdir"])
def test_a_full_disk_costs_a_snapshot_and_neither_training_nor_what_is_there(
    how: str, tally: Tally, seed: str, trials: int, tmp_path: Path, fault_library: Path
) -> None:
    tally.what = "snapshots"
    project = user_repository(tmp_path / "work", {"train.py": "1", **IGNORES})
    before, chance = fingerprint(project / ".git"), random.Random(f"{seed}-{how}")
    snapshots: dict[int, str] = {}
    for number in range(1, 2 * max(FEWEST, trials // SHARE_OF_EACH), 2):
        where = f"seed {seed}, snapshot {number}"
        if chance.random() < 0.3:
            subprocess.run(["rm", "-rf", project / ".fitlog"], check=True)
            tally.kept, snapshots = tally.kept + len(snapshots), {}
        limit, env = fault(how, project, chance, fault_library, number == 1)
        write(project, dict.fromkeys(committing.NAMES, committing.text(number)))
        done = subprocess.run(
            [sys.executable, "-c", LIMITED, limit, str(project), str(number), "1"],
            env={**os.environ, **env, "PYTHONPATH": python_path()},
            capture_output=True, encoding="utf-8", timeout=2 * STALE_AFTER,
        )  # fmt: skip
        assert done.returncode == 0, f"{where}: {done.stderr}"
        assert done.stderr.count("no snapshot of the code") <= 1, where
        is_told = acknowledged(done.stdout) != {number: "error"}  # else the id cannot be read
        is_made = "no snapshot of the code" not in done.stderr
        if is_told and is_made and "cannot be read" not in done.stderr:
            snapshots |= acknowledged(done.stdout)
        else:
            tally.refused += 1
        snapshots |= goes_on(project, number + 1)
        assert fingerprint(project / ".git") == before, where
        is_whole(project)
        missing = lost(project, snapshots)
        assert not missing, f"{where}: {missing[:5]} {env} {limit} {done.stderr}"
        tally.trials += 1
    tally.kept += len(snapshots)
    assert how == "file size" or Path(f"{project}.struck").read_text().startswith(how)


def python_path() -> str:
    """Where a process finds what this one finds."""
    return os.pathsep.join(path for path in sys.path if path)
