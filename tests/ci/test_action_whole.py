"""The whole Action as a runner goes through it: every step in order, `if` and `uses` included, and the workflow."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.ci.test_action import ACTION, ROOT, Runner, api, commit, runner  # noqa: F401 - fixtures
from tests.support.npm import npm_file

pytestmark = pytest.mark.slow  # every test runs steps

# The inputs that these actions publish in their own action.yml; a step that names another one only gets a warning.
PUBLISHED = {
    "actions/checkout@v4": {"persist-credentials", "fetch-depth", "ref", "path", "token", "repository"},
    "actions/setup-python@v5": {"python-version", "python-version-file", "cache", "architecture", "check-latest",
                                "token", "cache-dependency-path", "update-environment", "allow-prereleases"},
    "github/codeql-action/upload-sarif@v4": {"sarif_file", "checkout_path", "ref", "sha", "token", "matrix",
                                             "category", "wait-for-processing"},
}  # fmt: skip
GZIPPED, RESULTS = 10_000_000, 25_000  # what code scanning takes in one file and one run


class Job:
    """The Action's steps one after the other: a failed one skips the rest, but not those that say always()."""

    def __init__(self, runner, inputs):  # noqa: F811
        self.runner, self.inputs = runner, {k: v.get("default", "") for k, v in ACTION["inputs"].items()} | inputs
        self.failed, self.used, self.ran = False, {}, []

    def go(self):
        for step in ACTION["runs"]["steps"]:
            name = step.get("name", step.get("uses"))
            if not self.wanted(step.get("if", "")):
                continue
            self.ran.append(name)
            if "uses" in step:
                self.used[step["uses"]] = {k: self.filled(v) for k, v in step.get("with", {}).items()}
                continue
            done = self.runner.step(name, **{k.replace("-", "_"): v for k, v in self.inputs.items()})
            self.failed = self.failed or done.returncode != 0
        return self

    def wanted(self, condition):
        """`if`, whose operators are spelled otherwise in Python and whose names are all strings."""
        expression = condition.strip().removeprefix("${{").removesuffix("}}").strip()
        if "always()" not in expression and self.failed:
            return False
        expression = re.sub(r"(inputs|steps)\.[\w.-]+", lambda m: repr(self.value(m[0])), expression)
        expression = expression.replace("&&", "and").replace("always()", "True") or "True"
        return bool(eval(expression, {"__builtins__": {}}))

    def value(self, name):
        if name.startswith("inputs."):
            return self.inputs[name.removeprefix("inputs.")]
        return self.runner.outputs().get(name.rsplit(".", 1)[1], "")

    def filled(self, text):
        return re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", lambda m: self.value(m[1]), text)


def test_every_step_runs_in_order_and_the_upload_gets_what_it_takes(runner, tmp_path):  # noqa: F811
    job = Job(runner, {"sarif": "true", "fail-on": "no-evidence", "token": "secret-token"}).go()
    assert job.failed  # and the upload runs all the same
    assert job.ran == ["actions/setup-python@v5", "Install artifactpack", "Check", "Upload to code scanning"]
    upload = job.used["github/codeql-action/upload-sarif@v4"]
    assert upload["category"] == "artifactpack"
    assert job.used["actions/setup-python@v5"] == {"python-version": "3.12"}
    accepted_by_code_scanning(Path(upload["sarif_file"]), runner.project)
    outputs = {name: job.filled(told["value"]) for name, told in ACTION["outputs"].items()}
    assert all(outputs.values()) and outputs["sarif"] == upload["sarif_file"]


def test_no_upload_unless_it_is_asked_for(runner):  # noqa: F811
    assert "Upload to code scanning" not in Job(runner, {"token": "t"}).go().ran


def test_no_upload_of_what_was_never_written(runner):  # noqa: F811
    job = Job(runner, {"sarif": "true", "fail-on": "sometimes", "token": "t"}).go()
    assert job.failed and "Upload to code scanning" not in job.ran


def test_places_are_named_from_the_top_of_the_repository(runner, api):  # noqa: F811
    paper = runner.project / "paper" / "code"
    paper.mkdir(parents=True)
    (runner.project / "train.py").unlink()
    (paper / "train.py").write_text("import numpy\nprint(numpy.random.default_rng().random())\n")
    commit(runner.project, "moved")
    job = Job(runner, {"path": "paper/code", "checklist": "essentials", "fail-on": "never", "token": "t"}).go()
    assert not job.failed
    log = json.loads(Path(runner.outputs()["sarif"]).read_text())
    places = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in log["runs"][0]["results"]
    }
    assert "paper/code/train.py" in places
    assert all(place.startswith("paper/code/") for place in places)
    assert "file=paper/code/train.py" in runner.step("Check", path="paper/code", fail_on="never").stdout


def accepted_by_code_scanning(file, checkout):
    """What code scanning asks of a file: the schema, one tool, relative places, fingerprints, its limits."""
    log = json.loads(file.read_text(encoding="utf-8"))
    schema = json.loads(npm_file("@microsoft/jest-sarif", "sarif-2.1.0*.json").read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(log)
    assert file.stat().st_size < GZIPPED
    (run,) = log["runs"]
    assert 0 < len(run["results"]) <= RESULTS
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        assert not re.match(r"[a-z]+:|/|\.\.", uri)
        assert (checkout / uri).is_file() or uri == "README.md"
        assert place["region"]["startLine"] >= 1
        assert result["partialFingerprints"]["primaryLocationLineHash"]
        assert rules[result["ruleIndex"]] == result["ruleId"]


def test_every_action_is_given_inputs_that_it_publishes():
    workflow = yaml.safe_load((ROOT / "ci" / "github" / "artifact.yml").read_text(encoding="utf-8"))
    steps = [*ACTION["runs"]["steps"], *(s for job in workflow["jobs"].values() for s in job["steps"])]
    published = {**PUBLISHED, "artifactpack/artifactpack@v0": set(ACTION["inputs"])}
    for step in steps:
        if "uses" in step:
            assert set(step.get("with", {})) <= published[step["uses"]], step["uses"]


PYTHON = f"""#!/bin/bash
if [ "$1 $2 $3" = "-I -m venv" ]; then
  mkdir -p "$4/bin" && printf '#!/bin/sh\\n' > "$4/bin/pip" && chmod +x "$4/bin/pip"
  printf '#!/bin/sh\\nexec {sys.executable} "$@"\\n' > "$4/bin/python" && chmod +x "$4/bin/python"; exit; fi
if [ "$1 $2 $3" = "-I -m pip" ]; then exit; fi
exec {sys.executable} "$@"
"""


def test_the_workflow_records_the_smoke_tier_and_publishes_a_badge_that_holds(tmp_path):
    """Each `run` of the job `smoke`, as its runner would, against a repository on this machine."""
    project, server = tmp_path / "work", tmp_path / "server" / "someone" / "widgets"
    subprocess.run(["cp", "-r", ROOT / "tests" / "projects" / "quick", project], check=True)
    head = commit(project, "The paper's code")
    subprocess.run(["git", "init", "-q", "--bare", server], check=True)
    (tmp_path / "bin").mkdir()
    for name, text in (
        ("python", PYTHON),
        ("artifactpack", f'#!/bin/sh\nexec {sys.executable} -m artifactpack "$@"\n'),
    ):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    environment = {
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        "HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(ROOT),
        "CI": "true",
        "GITHUB_SHA": head,
        "GITHUB_SERVER_URL": (tmp_path / "server").as_uri(),
        "GITHUB_REPOSITORY": "someone/widgets",
        "TOKEN": "secret-token",
    }
    workflow = yaml.safe_load((ROOT / "ci" / "github" / "artifact.yml").read_text(encoding="utf-8"))
    for step in workflow["jobs"]["smoke"]["steps"]:
        if "run" in step:
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{step['name']}: {done.stdout}{done.stderr}"
            assert "secret-token" not in done.stdout + done.stderr
    git = ["git", "--git-dir", str(server)]
    published = subprocess.run([*git, "ls-tree", "--name-only", "badges"], check=True, capture_output=True, text=True)
    assert {"badge.svg", "shields.json"} <= set(published.stdout.split())
    badge = project / "badge" / "badge.json"
    assert badge.name in published.stdout
    command = [sys.executable, "-m", "artifactpack", "badge", "--verify", str(badge), str(project)]
    verified = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout + verified.stderr
