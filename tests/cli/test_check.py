"""`artifactpack check` from the outside: what it names, its exit codes, and one clear line for bad input."""

import csv
import io
import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow  # every test is a process of its own

SIX = {
    "utils.py:9": "no program calls it",
    "augment.py:5": "no seed",
    "train.py:17": "hash()",
    "train.py:14": "one machine only",
    "README.md:12": "5 runs are claimed, but 1 is behind it",
}


def run(*arguments, cwd=None, **environment):
    command = [sys.executable, "-m", "artifactpack", *map(str, arguments)]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=120)


def one_line(done, code, *words):
    assert done.returncode == code, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in lines[0]


def test_pitfalls_names_all_six_defects_with_file_and_line(examples):
    done = run("check", examples / "pitfalls")
    assert done.returncode == 1
    for place, words in SIX.items():
        assert any(place in line and words in line for line in done.stdout.splitlines()), place
    assert "--seed is parsed and never used" in done.stdout


def test_pitfalls_contradicts_the_items_those_defects_decide(examples):
    result = json.loads(run("check", examples / "pitfalls", "--format", "json").stdout)
    verdicts = {item["id"]: item["verdict"] for item in result["checklists"][0]["items"]}
    wrong = {name for name, verdict in verdicts.items() if verdict == "contradicted"}
    assert wrong == {"seeds", "pinned-versions", "versioned-data", "documented-pipeline"}


def test_digits_has_no_contradicted_item(examples):
    done = run("check", examples / "digits", "--format", "json")
    assert done.returncode == 0
    verdicts = [item["verdict"] for checklist in json.loads(done.stdout)["checklists"] for item in checklist["items"]]
    assert "contradicted" not in verdicts
    assert verdicts.count("supported") >= 10


@pytest.mark.parametrize("format_", ["json", "markdown", "html", "sarif", "junit", "github", "gitlab", "csv"])
def test_every_format_prints_something_and_keeps_the_exit_code(examples, format_):
    done = run("check", examples / "pitfalls", "--format", format_)
    assert done.returncode == 1
    assert len(done.stdout) > 100
    assert done.stderr == ""


def test_a_missing_path_is_bad_usage(tmp_path):
    one_line(run("check", tmp_path / "nowhere"), 2, "nowhere", "no such folder")


def test_an_empty_folder_is_said(tmp_path):
    one_line(run("check", tmp_path), 2, "no files")


def test_a_file_instead_of_a_folder_is_said(make_tree):
    one_line(run("check", make_tree({"a.txt": "x"}) / "a.txt"), 2, "a.txt")


def test_an_unknown_key_names_the_nearest(make_tree):
    root = make_tree({"artifactpack.toml": "config-versoin = 1\n", "a.py": "x = 1\n"})
    one_line(run("check", root), 2, "config-versoin", "config-version")


def test_broken_toml_is_named_with_its_place(make_tree):
    one_line(run("check", make_tree({"artifactpack.toml": "a = [\n", "a.py": ""})), 2, "artifactpack.toml")


def test_an_unknown_checklist_is_named(make_tree):
    one_line(run("check", make_tree({"a.py": ""}), "--checklist", "neurps-2026"), 2, "neurps-2026")


def test_an_unknown_format_names_the_known_ones_once(make_tree):
    done = run("check", make_tree({"a.py": ""}), "--format", "xml")
    one_line(done, 2, "xml", "sarif")
    assert done.stderr.count("text") == 1
    assert run("check", "--help").stdout.count("sarif | junit") == 1


def test_the_formats_are_those_that_can_be_rendered():
    from artifactpack.cli.check import FORMATS as named
    from artifactpack.report.formats import FORMATS as rendered

    assert named == tuple(rendered)


def test_a_format_for_one_project_is_refused_before_many_are_looked_at(tmp_path):
    done = run("check", tmp_path / "a", tmp_path / "b", "--format", "sarif")
    one_line(done, 2, "sarif", "describes one project")


def test_an_unknown_fail_on_names_the_known_ones(make_tree):
    one_line(run("check", make_tree({"a.py": ""}), "--fail-on", "always"), 2, "always", "contradicted")


@pytest.mark.parametrize("commands", [[], [["init", "-q"]]], ids=["no git", "no commits"])
def test_a_folder_without_commits_is_checked_all_the_same(make_tree, commands):
    root = make_tree({"train.py": "import torch\ntorch.manual_seed(0)\n", "README.md": "# x\n"})
    for arguments in commands:
        subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
    done = run("check", root, "--fail-on", "never")
    assert done.returncode == 0
    assert "machine-checkable items met" in done.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_not_scanned_and_said(make_tree):
    root = make_tree({"train.py": "x = 1\n", "secret.py": "y = 2\n"})
    (root / "secret.py").chmod(0)
    result = json.loads(run("check", root, "--format", "json", "--fail-on", "never").stdout)
    assert "secret.py" in [skipped["path"] for skipped in result["not_scanned"]]


def test_baseline_lets_known_contradictions_pass(examples, tmp_path):
    first = run("check", examples / "pitfalls", "--format", "json", "-o", tmp_path / "check.json")
    assert first.returncode == 1
    again = run("check", examples / "pitfalls", "--fail-on", "new", "--baseline", tmp_path / "check.json")
    assert again.returncode == 0


def test_a_baseline_that_is_no_check_is_refused(examples, tmp_path):
    (tmp_path / "b.json").write_text("{}")
    one_line(run("check", examples / "digits", "--fail-on", "new", "--baseline", tmp_path / "b.json"), 2, "b.json")


def test_many_projects_one_of_them_unusable(examples, tmp_path):
    done = run("check", examples / "digits", tmp_path / "nowhere", examples / "pitfalls", "--format", "json")
    assert done.returncode == 2
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == 3
    assert lines[0]["project"]["name"] == "digits"
    assert lines[2]["project"]["name"] == "pitfalls"


def test_many_projects_as_a_table(examples):
    done = run("check", examples / "digits", examples / "pitfalls", "--format", "csv", "--fail-on", "never")
    assert done.returncode == 0
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {"digits", "pitfalls"} <= {value.rsplit("/", 1)[-1] for row in rows for value in row.values()}


def test_quiet_says_nothing_but_keeps_the_exit_code(examples):
    done = run("check", examples / "pitfalls", "--quiet")
    assert (done.returncode, done.stdout) == (1, "")


def test_nothing_is_written_into_the_project(make_tree):
    root = make_tree({"train.py": "x = 1\n"})
    run("check", root, "--fail-on", "never")
    assert [path.name for path in root.rglob("*")] == ["train.py"]
