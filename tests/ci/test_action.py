"""The GitHub Action, step by step, with a runner's environment files and an API of our own."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.slow  # every test runs the action's steps

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"] if "name" in step}
BEFORE = {"README.md": "# Widgets\n", "train.py": "import random\nrandom.seed(0)\nprint(random.random())\n"}
AFTER = {
    "LICENSE": "Apache License\nVersion 2.0, January 2004\n",
    "train.py": "import random\nprint(random.random())\n",
}
# A stand-in for the runner's Python: its virtual environment is this one, and pip only notes what it was asked.
PYTHON = f"""#!/bin/bash
if [ "$1 $2 $3" = "-I -m venv" ]; then mkdir -p "$4/bin" && cp "$0" "$4/bin/python"; exit; fi
if [ "$1 $2 $3" = "-I -m pip" ]; then echo "$@" >> "$RUNNER_TEMP/pip.log"; exit; fi
exec {sys.executable} "$@"
"""


class Api(BaseHTTPRequestHandler):
    """The three calls that a sticky comment needs, with the comments kept on the server."""

    def do_GET(self):
        self.answer(self.server.comments if self.path.endswith("page=1") else [])

    def do_POST(self):
        written = {"id": 100 + len(self.server.comments), "user": {"type": "Bot"}, **self.body()}
        self.server.comments.append(written)
        self.answer(self.server.comments[-1])

    def do_PATCH(self):
        found = next(c for c in self.server.comments if str(c["id"]) == self.path.rsplit("/", 1)[1])
        found.update(self.body())
        self.answer(found)

    def body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, value):
        self.server.calls.append((self.command, self.headers.get("Authorization")))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def api():
    server = HTTPServer(("127.0.0.1", 0), Api)
    server.comments, server.calls, server.status = [{"id": 1, "body": "a person's words"}], [], 200
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def runner(tmp_path, make_tree, api):
    """A checked-out pull request and everything a runner sets."""
    project = make_tree(BEFORE)
    base = commit(project, "base")
    make_tree(AFTER)
    commit(project, "head")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").write_text(PYTHON)
    (tmp_path / "bin" / "python").chmod(0o755)
    (tmp_path / "temp").mkdir()
    (tmp_path / "event.json").write_text(json.dumps({"pull_request": {"number": 7, "base": {"sha": base}}}))
    files = {name: tmp_path / name for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.touch()
    environment = {
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": "someone/widgets",
        "GITHUB_API_URL": f"http://127.0.0.1:{api.server_port}",
        "no_proxy": "127.0.0.1",
        **{name: str(file) for name, file in files.items()},
    }
    return Runner(project, environment, files)


def commit(project, message):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", message]):
        subprocess.run([*git, *arguments], cwd=project, check=True, capture_output=True)
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=project, check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Runner:
    def __init__(self, project, environment, files):
        self.project, self.environment, self.files = project, environment, files

    def step(self, name, **inputs):
        """Run a step as the runner does: its script in a file, its env filled in from inputs and defaults."""
        context = {f"inputs.{k}": v.get("default", "") for k, v in ACTION["inputs"].items()}
        context |= {f"inputs.{k.replace('_', '-')}": v for k, v in inputs.items()}
        context |= {"github.action_path": str(ROOT), "inputs.token": inputs.get("token", "secret-token")}
        given = {k: filled(v, context) for k, v in STEPS[name].get("env", {}).items()}
        added = dict(line.split("=", 1) for line in self.files["GITHUB_ENV"].read_text().splitlines())
        environment = {**self.environment, **added, **given}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]]
        return subprocess.run(command, cwd=self.project, env=environment, capture_output=True, text=True, check=False)

    def check(self, **inputs):
        self.step("Install artifactpack")
        return self.step("Check", **inputs)

    def outputs(self):
        return dict(line.split("=", 1) for line in self.files["GITHUB_OUTPUT"].read_text().splitlines())


def filled(text, context):
    for key, value in context.items():
        text = text.replace(f"${{{{ {key} }}}}", value)
    assert "${{" not in text, f"{text}: not an input"
    return text


def test_no_script_has_an_expression_spliced_in():
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_every_file_that_a_script_names_exists():
    assert (ROOT / "ci" / "github" / "run.py").is_file()


def test_installs_the_version_asked_for_or_its_own(runner):
    assert runner.step("Install artifactpack").returncode == 0
    assert runner.step("Install artifactpack", version="1.2.3").returncode == 0
    asked = (Path(runner.environment["RUNNER_TEMP"]) / "pip.log").read_text().splitlines()
    assert asked[0].endswith(str(ROOT))
    assert asked[1].endswith("artifactpack==1.2.3")


@pytest.mark.slow
def test_annotates_summarises_and_gives_outputs(runner):
    done = runner.check(checklist="essentials", fail_on="never")
    assert done.returncode == 0, done.stderr
    assert all(line.startswith("::") for line in done.stdout.splitlines())
    out = runner.outputs()
    assert 0 < int(out["applicable"]) >= int(out["met"])
    assert json.loads(Path(out["sarif"]).read_text())["version"] == "2.1.0"
    assert json.loads(Path(out["check"]).read_text())["schema"] == "artifactpack.check/1"
    summary = runner.files["GITHUB_STEP_SUMMARY"].read_text()
    assert summary.startswith("## ")
    assert "What this pull request changes" in summary


@pytest.mark.slow
def test_a_comment_that_an_outsider_wrote_in_our_words_is_not_taken_for_ours(runner, api):
    body = "<!-- artifactpack: this comment is kept up to date -->"
    api.comments.append({"id": 7, "user": {"type": "User"}, "author_association": "NONE", "body": body})
    assert runner.check(checklist="essentials", fail_on="never").returncode == 0
    assert [c["body"] == body for c in api.comments] == [False, True, False]


@pytest.mark.slow
def test_a_file_of_the_project_named_like_a_module_is_not_run(runner):
    for name in ("venv.py", "pip.py", "json.py", "urllib.py"):
        (runner.project / name).write_text("raise SystemExit('ran')\n")
    done = runner.check(checklist="essentials", fail_on="never")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_comment_shows_only_what_changed_and_is_kept_not_repeated(runner, api):
    for _ in range(2):
        assert runner.check(checklist="essentials", fail_on="never").returncode == 0
    ours = [c["body"] for c in api.comments if "artifactpack" in c["body"]]
    assert len(ours) == 1
    assert [method for method, _ in api.calls] == ["GET", "POST", "GET", "PATCH"]
    assert {authorization for _, authorization in api.calls} == {"Bearer secret-token"}
    assert "machine-checkable items met" in ours[0]
    table = [line for line in ours[0].splitlines() if line.startswith("| ")][1:]
    assert table and len(table) < 9
    assert any("seed" in line.lower() for line in table)
    assert not any("pipeline" in line.lower() for line in table)


@pytest.mark.slow
def test_a_token_that_may_not_write_is_a_notice_not_a_failure(runner, api):
    api.status = 403
    done = runner.check(fail_on="never")
    assert done.returncode == 0
    assert "pull-requests: write" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fail_on", "code"),
    [("never", 0), ("no-evidence", 1), ("sometimes", 2)],
)
def test_fail_on_decides_the_status(runner, fail_on, code):
    assert runner.check(fail_on=fail_on, comment="false").returncode == code


@pytest.mark.slow
def test_a_hostile_input_is_a_name_not_a_command(runner):
    done = runner.check(path='$(touch owned); `touch owned`"', comment="false")
    assert done.returncode == 2
    assert done.stdout.startswith("::error")
    assert not (runner.project / "owned").exists()


def test_the_comment_step_needs_no_pull_request(runner):
    environment = {**runner.environment, "GITHUB_EVENT_PATH": "", "INPUT_FAIL_ON": "never", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "ci" / "github" / "run.py")]
    done = subprocess.run(
        command, cwd=runner.project, env={**os.environ, **environment}, capture_output=True, check=False
    )
    assert done.returncode == 0
    assert "What this pull request changes" not in runner.files["GITHUB_STEP_SUMMARY"].read_text()
