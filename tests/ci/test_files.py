"""The files that other services read: each against its own schema, each script tried."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]


def faults(schema, told):
    """What the schema that check-jsonschema ships says of *told*."""
    from check_jsonschema.builtin_schemas import get_builtin_schema  # takes a second

    wanted = get_builtin_schema(f"vendor.{schema}")
    return [error.message for error in jsonschema.validators.validator_for(wanted)(wanted).iter_errors(told)]


def read(name):
    return yaml.load((ROOT / name).read_text(encoding="utf-8"), Loader=Strings)


class Strings(yaml.SafeLoader):
    """YAML as these services read it: `on` is a word, not true."""


Strings.yaml_implicit_resolvers = {
    k: [r for r in v if r[0] != "tag:yaml.org,2002:bool" or k not in "oOyYnN"]
    for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "name"),
    [("github-actions", "action.yml"), ("github-workflows", "ci/github/artifact.yml")],
)
def test_conforms_to_its_schema(schema, name):
    assert faults(schema, read(name)) == []


@pytest.mark.slow
def test_gitlab_component_is_a_header_and_a_pipeline():
    header, pipeline = yaml.safe_load_all((ROOT / "ci/gitlab/artifactpack.yml").read_text(encoding="utf-8"))
    assert set(header["spec"]["inputs"]) >= {"stage", "path", "checklist", "fail-on"}
    text = json.dumps(pipeline)
    for name, told in header["spec"]["inputs"].items():
        assert f"$[[ inputs.{name} ]]" in text
        text = text.replace(f"$[[ inputs.{name} ]]", told["default"])
    assert "$[[" not in text
    assert faults("gitlab-ci", json.loads(text)) == []


@pytest.mark.slow
def test_a_schema_would_refuse_a_broken_file():
    broken = read("action.yml")
    del broken["runs"]["using"]
    assert faults("github-actions", broken)


@pytest.fixture
def gitlab_job(make_tree, tmp_path):
    """``gitlab_job(**variables)``: the component's script, run in a small project."""
    _, pipeline = yaml.safe_load_all((ROOT / "ci/gitlab/artifactpack.yml").read_text(encoding="utf-8"))
    project = make_tree({"README.md": "# Widgets\n", "train.py": "print(1)\n"})
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").write_text("#!/bin/sh\n")  # stands for pip: there is nothing to install here
    (tmp_path / "bin" / "python").chmod(0o755)
    (tmp_path / "bin" / "artifactpack").write_text(f'#!/bin/sh\nexec {sys.executable} -m artifactpack "$@"\n')
    (tmp_path / "bin" / "artifactpack").chmod(0o755)
    script = "set -e\n" + "\n".join(pipeline["artifactpack"]["script"])

    def run(**variables):
        given = {"PATH": ".", "CHECKLIST": "essentials", "FAIL_ON": "contradicted", "BASELINE": "", "PACKAGE": "any"}
        environment = {
            "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            **{f"ARTIFACTPACK_{name}": value for name, value in (given | variables).items()},
        }
        done = subprocess.run(
            ["sh", "-c", script], cwd=project, env=environment, capture_output=True, text=True, check=False
        )
        return project, done

    return run


@pytest.mark.slow
def test_gitlab_job_leaves_its_reports(gitlab_job):
    project, done = gitlab_job(CHECKLIST="essentials ml-code-completeness", FAIL_ON="no-evidence")
    assert done.returncode == 1, done.stderr
    names = {
        issue["check_name"].split("/")[0] for issue in json.loads((project / "gl-code-quality-report.json").read_text())
    }
    assert names >= {"essentials", "ml-code-completeness"}
    assert (project / "artifactpack.xml").read_text().startswith("<?xml")
    assert json.loads((project / "check.json").read_text())["schema"].startswith("artifactpack.check/")


@pytest.mark.slow
def test_gitlab_job_fails_for_what_is_new_only(gitlab_job):
    project, _ = gitlab_job(FAIL_ON="never")
    program = project / "train.py"
    ends = []
    for text in ("import random\nrandom.seed(0)\nprint(random.random())\n", "import random\nprint(random.random())\n"):
        program.write_text(text)
        gitlab_job(FAIL_ON="never")
        (project / "check.json").rename(project / f"{len(ends)}.json")
        ends.append(gitlab_job(FAIL_ON="new", BASELINE="0.json")[1])
    ends.append(gitlab_job(FAIL_ON="new", BASELINE="1.json")[1])
    assert [end.returncode for end in ends] == [0, 1, 0], ends[1].stderr


HOOK = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]


def test_hook_has_what_pre_commit_requires():
    assert {"id", "name", "entry", "language"} <= set(HOOK)
    assert HOOK["pass_filenames"] is False and HOOK["always_run"] is True
    assert HOOK["entry"].split()[0] == "artifactpack"


@pytest.mark.slow
def test_hook_takes_less_than_a_second_and_runs_nothing(examples):
    command = [sys.executable, "-m", *HOOK["entry"].split()]
    spent = []
    for _ in range(2):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, cwd=examples / "digits", capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert done.returncode in (0, 1), done.stderr
    assert "--static" in command
    assert min(spent) < 1
