"""The Action's check step: annotations, step summary, outputs, SARIF and the pull request's comment.

Everything comes by environment variables, so that nothing an outsider may choose is ever spliced into a script.
Nothing of the checked project is imported or run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from artifactpack.errors import ArtifactPackError, InputError
from artifactpack.models.verdict import CheckResult
from artifactpack.pipeline.check import check, shortfall
from artifactpack.pipeline.files import read_record
from artifactpack.project.git import prefix
from artifactpack.report.changes import changes, markdown
from artifactpack.report.formats import FORMATS

MARK = "<!-- artifactpack: this comment is kept up to date -->"
FAIL_ON = ("contradicted", "no-evidence", "new", "never")
SUMMARY_LIMIT, COMMENT_LIMIT = 900_000, 60_000  # GitHub's are 1 MiB and 65,536 characters


def main() -> int:
    """Check, tell GitHub, and return the exit status."""
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return run()
    except ArtifactPackError as error:
        said = str(error).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        print(f"::error title=artifactpack::{said}")
        return error.exit_code


def run() -> int:
    path, fail_on = Path(setting("PATH", ".")), setting("FAIL_ON", "contradicted")
    if fail_on not in FAIL_ON:
        raise InputError(f"fail-on {fail_on}: not one of {', '.join(FAIL_ON)}")
    checklists, static = tuple(setting("CHECKLIST").split()), setting("STATIC") == "true"
    result = check(path, checklists, static=static)
    before = baseline(path, checklists, static)
    within = prefix(path)
    sys.stdout.write(FORMATS["github"](result, prefix=within))
    written = write(result, within)
    told = FORMATS["markdown"](result)
    if before is not None:
        changed = markdown(changes(before, result), before, result)
        told = f"{told}\n### What this pull request changes\n\n{changed}"
        if setting("COMMENT") == "true":
            comment(f"{MARK}\n### artifactpack\n\n{changed}")
    append("GITHUB_STEP_SUMMARY", told[:SUMMARY_LIMIT])
    outputs(result, written)
    return 1 if shortfall(result, fail_on, before) else 0


def setting(name: str, default: str = "") -> str:
    return os.environ.get(f"INPUT_{name}", "").strip() or default


def write(result: CheckResult, within: str) -> dict[str, Path]:
    """Write check.json and check.sarif where the runner keeps temporary files; *within* is the project's folder."""
    folder = Path(os.environ.get("RUNNER_TEMP") or ".")
    files = {"check": folder / "check.json", "sarif": folder / "check.sarif"}
    for format_, text in (("check", FORMATS["json"](result)), ("sarif", FORMATS["sarif"](result, prefix=within))):
        files[format_].write_text(text, encoding="utf-8", errors="backslashreplace")
    return files


def outputs(result: CheckResult, files: dict[str, Path]) -> None:
    counts = [c.counts for c in result.checklists]
    claims = sum(c.verdict == "contradicted" for c in result.claims)
    values = {
        "met": sum(c.met for c in counts),
        "applicable": sum(c.applicable for c in counts),
        "contradicted": sum(c.contradicted for c in counts) + claims,
        **files,
    }
    append("GITHUB_OUTPUT", "".join(f"{name}={value}\n" for name, value in values.items()))


def append(variable: str, text: str) -> None:
    """Add to one of the runner's files; without a runner there is nowhere to add to."""
    if target := os.environ.get(variable):
        with Path(target).open("a", encoding="utf-8", errors="replace") as file:
            file.write(text if text.endswith("\n") else f"{text}\n")


def event() -> dict[str, object]:
    path = os.environ.get("GITHUB_EVENT_PATH", "")
    read: dict[str, object] = (
        json.loads(Path(path).read_text(encoding="utf-8")) if path and Path(path).is_file() else {}
    )
    return read


def pull_request() -> dict[str, object]:
    found = event().get("pull_request")
    return found if isinstance(found, dict) else {}


def baseline(path: Path, checklists: tuple[str, ...], static: bool) -> CheckResult | None:
    """The named check.json, else a check of the pull request's base, else None."""
    if named := setting("BASELINE"):
        return read_record(CheckResult, Path(named))
    base = pull_request().get("base")
    commit = str(base.get("sha", "")) if isinstance(base, dict) else ""
    if not commit or commit.strip("0123456789abcdef"):
        return None
    tree = Path(os.environ.get("RUNNER_TEMP") or ".") / "artifactpack-base"
    if not checked_out(path, commit, tree):
        print("::notice title=artifactpack::the base of this pull request could not be fetched; changes are not shown")
        return None
    try:
        return check(tree / prefix(path), checklists, static=static)
    except ArtifactPackError:
        return None  # the base has no such folder, or a configuration that cannot be read


def checked_out(path: Path, commit: str, tree: Path) -> bool:
    if tree.exists() and git(tree, "rev-parse", "HEAD") == commit:
        return True
    if git(path, "cat-file", "-e", commit) is None:
        git(path, "fetch", "--quiet", "--no-tags", "--depth=1", "origin", commit)
    return git(path, "worktree", "add", "--quiet", "--force", "--detach", str(tree), commit) is not None


def git(folder: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(folder), "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def comment(text: str) -> None:
    """Keep one comment on the pull request; where the token may not write, say so and go on."""
    number, repository = pull_request().get("number"), os.environ.get("GITHUB_REPOSITORY", "")
    token = os.environ.get("GITHUB_TOKEN", "")
    if not (isinstance(number, int) and repository and token):
        return
    body = {"body": text[:COMMENT_LIMIT]}
    try:
        old = own_comment(f"/repos/{repository}/issues/{number}/comments", token)
        if old is None:
            call("POST", f"/repos/{repository}/issues/{number}/comments", token, body)
        else:
            call("PATCH", f"/repos/{repository}/issues/comments/{old}", token, body)
    except (urllib.error.URLError, OSError, ValueError) as error:
        print(f"::notice title=artifactpack::the comment could not be written ({error}); it needs pull-requests: write")


def own_comment(path: str, token: str) -> int | None:
    """The number of the comment that an earlier run left; one that an outsider wrote in our words is none."""
    for page in range(1, 11):
        listed = call("GET", f"{path}?per_page=100&page={page}", token)
        for one in listed if isinstance(listed, list) else []:
            if str(one.get("body", "")).startswith(MARK) and trusted(one):
                return int(one["id"])
        if not isinstance(listed, list) or len(listed) < 100:
            break
    return None


def trusted(comment: dict[str, Any]) -> bool:
    """Whether a bot or somebody of the repository wrote *comment*."""
    bot = (comment.get("user") or {}).get("type") == "Bot"
    return bot or comment.get("author_association") in ("OWNER", "MEMBER", "COLLABORATOR")


def call(method: str, path: str, token: str, body: object = None) -> object:
    base = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(base + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
