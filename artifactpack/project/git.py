"""The repository seen through plumbing only: a stranger's filters, hooks and monitors never run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from artifactpack.core.credentials import without_password
from artifactpack.models.project import GitState

TIMEOUT = 30
_SAFE = (
    "--no-pager",
    "--no-replace-objects",
    "--literal-pathspecs",
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.excludesFile=/dev/null"),
    *("-c", "core.untrackedCache=false"),
    *("-c", "core.attributesFile=/dev/null"),
    *("-c", "log.showSignature=false"),
    *("-c", "protocol.allow=never"),
    *("-c", "safe.bareRepository=explicit"),
)


def environment() -> dict[str, str]:
    """The environment git runs in: none of the caller's GIT_ variables, no prompts, no locks, no fetching."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_PROTOCOL_FROM_USER": "0",
        "LC_ALL": "C",
    }


class GitError(Exception):
    """git would not tell; the message is its last line."""


def git(root: Path, *arguments: str) -> bytes:
    """Standard output of a read-only plumbing command, run in *root*; GitError when it fails or hangs."""
    command = ["git", "-C", str(root), *_SAFE, *arguments]
    try:
        done = subprocess.run(
            command,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except FileNotFoundError as error:
        raise GitError("git is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git {arguments[0]} took longer than {TIMEOUT} s") from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitError(lines[0] if lines else f"git {arguments[0]} failed")
    return done.stdout


def is_inside(root: Path) -> bool:
    """Whether *root* or a folder above it holds a `.git`; asks the file system only."""
    return any((folder / ".git").exists() for folder in (root, *root.parents))


def prefix(root: Path) -> str:
    """The folder of *root* within its repository (``paper/``), "" at its top or outside; asks the file system only."""
    here = root.resolve()
    top = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    inside = here.relative_to(top).as_posix()
    return "" if inside == "." else f"{inside}/"


class Head(NamedTuple):
    """Where HEAD is: ``commit`` "" before the first one, ``branch`` "" where HEAD is detached."""

    commit: str = ""
    branch: str = ""
    shallow: bool = False


def read_head(root: Path) -> Head:
    """Commit and branch of the repository around *root*; GitError where git will not tell or the configuration
    puts the working tree elsewhere."""
    first = ("rev-parse", "--show-toplevel", "--is-shallow-repository")
    try:
        lines = _lines(git(root, *first, "HEAD", "--symbolic-full-name", "HEAD"))
    except GitError:  # no commit yet, or something worse, which this tells
        lines = [*_lines(git(root, *first)), "", ""]
    top, real = Path(lines[0]), Path(os.path.realpath(root))
    if top not in (real, *real.parents):
        raise GitError("the repository's configuration puts its working tree elsewhere")
    name = lines[3] if len(lines) > 3 else ""
    branch = name.removeprefix("refs/heads/") if name != "HEAD" else ""
    return Head(lines[2], branch or _unborn(root, lines[2]), lines[1] == "true")


def _lines(out: bytes) -> list[str]:
    return os.fsdecode(out).rstrip("\n").split("\n")


def _unborn(root: Path, commit: str) -> str:
    """The name of a branch that has no commit yet."""
    return "" if commit else _quiet(root, "symbolic-ref", "--short", "-q", "HEAD")


def listed(root: Path) -> tuple[list[str], list[str]]:
    """Tracked paths, and untracked ones that are not ignored, below *root* and relative to it (as git prints
    them: nested repositories end in a slash). GitError where git will not tell."""
    tracked: list[str] = []
    others: list[str] = []
    out = git(root, "ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard")
    for entry in out.split(b"\0"):
        if entry:
            (others if entry[:1] == b"?" else tracked).append(os.fsdecode(entry[2:]))
    return list(dict.fromkeys(tracked)), others


def read_state(root: Path, head: Head | None = None) -> GitState:
    """Commit, branch, remotes, dirtiness of the repository around *root*; never raises."""
    if not is_inside(root):
        return GitState()
    try:
        head = head or read_head(root)
    except GitError as error:
        return GitState(present=True, note=str(error))
    dirty, note = dirtiness(root, head.commit) if head.commit else (None, "no commits yet")
    return GitState(
        present=True,
        commit=head.commit,
        branch=head.branch,
        dirty=dirty,
        remotes=_remotes(root),
        shallow=head.shallow,
        note=note,
    )


def _quiet(root: Path, *arguments: str) -> str:
    try:
        return git(root, *arguments).decode("utf-8", "replace").strip()
    except GitError:
        return ""


def _remotes(root: Path) -> tuple[str, ...]:
    lines = _quiet(root, "config", "--local", "--get-regexp", r"^remote\..*\.url$").splitlines()
    return tuple(dict.fromkeys(without_password(line.partition(" ")[2]) for line in lines if " " in line))


def dirtiness(root: Path, commit: str) -> tuple[bool | None, str]:
    """Whether tracked files below *root* differ from *commit*, by our own hashes; None where it cannot be told."""
    from artifactpack.project.blobs import compare

    try:
        index = git(root, "ls-files", "-s", "-z", "--debug")
        tree = git(root, "ls-tree", "-r", "-z", commit, "--", ".")
    except GitError as error:
        return None, str(error)
    return compare(root, index, tree)


def history(root: Path, limit: int = 200) -> tuple[tuple[str, str, str], ...]:
    """The last *limit* commits as (hash, ISO date, subject), newest first; () where git will not tell."""
    out = _offline(root, "rev-list", f"--max-count={limit}", "--format=%H%x09%cI%x09%s", "HEAD", "--", ".")
    lines = [x for x in out.splitlines() if "\t" in x]
    return tuple((a, b, c) for a, b, c in (x.split("\t", 2) for x in lines))


def tags(root: Path) -> tuple[str, ...]:
    """The names of tags."""
    return tuple(_offline(root, "for-each-ref", "--format=%(refname:short)", "refs/tags").splitlines())


def _offline(root: Path, *arguments: str) -> str:
    """What a plumbing command prints, through GitPython: only where start-up time does not matter."""
    if any(name in os.environ for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")):
        return _quiet(root, *arguments)  # GitPython cannot take a variable away
    try:
        from git import Git
        from git.exc import GitError as PythonGitError
    except ImportError:  # GitPython refuses to be imported where git is not installed
        return ""
    try:
        out = Git(str(root)).execute(["git", *_SAFE, *arguments], env=environment(), kill_after_timeout=TIMEOUT)
    except (PythonGitError, OSError):
        return ""
    return str(out)
