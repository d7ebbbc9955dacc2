"""What goes into a bundle, what stops one, and that copies of a project give the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import pickle
import shutil
import socket
import zipfile
from pathlib import Path

import pytest

from artifactpack.archive.reader import open_bundle
from artifactpack.errors import InputError, RefusedError
from artifactpack.models.bundle import BundleResult
from artifactpack.models.run import CodeState
from artifactpack.pipeline.bundle import Options, bundle, default_target
from artifactpack.recorder.store import RunStore
from tests.support.projects import CONFIG, GIT, add_run, make_project

pytestmark = pytest.mark.usefixtures("kept_cache")

FAST = Options(pdf=False)
TRAIN = "print('train')\n"
TOKEN = "hf_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3f"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = make_project(tmp_path / "paper", {"train.py": TRAIN, ".gitignore": "data/\n", "notes.md": "# notes\n"})
    (root / "data").mkdir()
    (root / "data/x.csv").write_text("1,2\n")
    (root / "data/unused.csv").write_text("3,4\n")
    (root / "scratch.py").write_text("draft\n")
    add_run(root, "train-s0", read=("train.py", "data/x.csv"))
    return root


def packed(target: Path) -> set[str]:
    with zipfile.ZipFile(target) as archive:
        return {n.removeprefix("data/project/") for n in archive.namelist() if n.startswith("data/project/")}


def why(result: BundleResult) -> dict[str, str]:
    return {c.path.removeprefix("data/project/"): c.why for c in result.choices}


def test_takes_what_git_tracks_and_what_runs_read(project, tmp_path):
    result = bundle(project, tmp_path / "a.zip", FAST)
    assert packed(tmp_path / "a.zip") == {".gitignore", "artifactpack.toml", "data/x.csv", "notes.md", "train.py"}
    told = why(result)
    assert told["train.py"] == "tracked by git, read by a run"
    assert told["data/x.csv"] == "read by a run"
    assert told["scratch.py"] == "not tracked by git, and no recorded run read it"


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the file that opens and cannot be read")
def test_a_file_that_opens_and_cannot_be_read_is_a_finding(tmp_path):
    """Of this process's own folder in /proc: some of its files cannot be read, others are never twice the same."""
    with pytest.raises(InputError) as raised:
        bundle(Path("/proc/self"), tmp_path / "a.zip", FAST)
    assert str(raised.value).endswith("stop what writes it and try again")


@pytest.mark.parametrize(
    "path", ["conf/local/credentials.yml", "a/conf/local/x.yml", ".dvc/config.local", "airflow.cfg", ".netrc"]
)
def test_where_other_tools_keep_credentials_never_goes_in(tmp_path, path):
    root = make_project(tmp_path / "paper", {"train.py": TRAIN, path: "user: a\n"})
    bundle(root, tmp_path / "b.zip", FAST)
    inside = packed(tmp_path / "b.zip")
    assert "train.py" in inside
    assert path not in inside


def test_takes_records_log_metrics_and_the_shipped_weights(project, tmp_path):
    add_run(project, "train-s1", read=("train.py",), seed=1)
    bundle(project, tmp_path / "a.zip", FAST)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = {n for n in archive.namelist() if n.startswith("data/runs/")}
    both = {f"data/runs/train-s{s}/{n}" for s in (0, 1) for n in ("record.json", "log.txt", "metrics.json")}
    assert names == both | {"data/runs/train-s0/out/w.bin"}  # `ship = best`, and the first of two equals


def test_takes_the_difference_of_a_dirty_tree_without_what_is_excluded(project, tmp_path):
    (project / "artifactpack.toml").write_text('[bundle]\nexclude = ["paper/"]\n' + CONFIG)
    add_run(project, "train-s1", seed=1, code=CodeState(dirty=True, changes="changes.patch"))
    patch = "diff --git a/{0} b/{0}\n--- a/{0}\n+++ b/{0}\n@@ -1 +1 @@\n-old\n+new {0}\n"
    names = ("paper/draft.tex", "train.py", ".git/x")
    (project / ".artifactpack/runs/train-s1/changes.patch").write_text("".join(patch.format(n) for n in names))
    bundle(project, tmp_path / "a.zip", FAST)
    with open_bundle(tmp_path / "a.zip") as made:
        assert made.read("data/runs/train-s1/changes.patch").decode() == patch.format("train.py")


def test_freezes_the_environment(project, tmp_path):
    result = bundle(project, tmp_path / "a.zip", FAST)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert b"numpy==2.1.0\n" in archive.read("data/environment/requirements.lock")
        assert archive.read("data/environment/python-version") == b"3.11.7\n"
        assert b"python:3.11.7-slim" in archive.read("data/environment/Containerfile")
    assert any("without hashes" in f for f in result.findings)


def test_keeps_the_authors_lock_with_hashes(tmp_path):
    lock = f"numpy==2.1.0 \\\n    --hash=sha256:{'a' * 64}\n"
    root = make_project(tmp_path / "paper", {"train.py": TRAIN, "requirements.txt": lock})
    add_run(root, "train-s0")
    result = bundle(root, tmp_path / "a.zip", FAST)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.read("data/environment/requirements.lock").decode() == lock
    assert not any("without hashes" in f for f in result.findings)


def test_copies_in_other_places_give_the_same_bytes(project, tmp_path, monkeypatch):
    for name, mask, zone in (("one", 0o077, "Asia/Tokyo"), ("two/deep", 0o002, "America/Lima")):
        old = os.umask(mask)
        monkeypatch.setenv("TZ", zone)
        try:
            shutil.copytree(project, tmp_path / name / f"paper-{mask}")
            bundle(tmp_path / name / f"paper-{mask}", tmp_path / f"{mask}.zip", FAST)
        finally:
            os.umask(old)
    assert (tmp_path / f"{0o077}.zip").read_bytes() == (tmp_path / f"{0o002}.zip").read_bytes()


@pytest.mark.slow
def test_digest_is_the_same_compressed_and_without_the_pdf(project, tmp_path):
    digests = {
        bundle(project, tmp_path / "a.zip", options).digest
        for options in (Options(), Options(compress=True), Options(pdf=False), Options(pdf=False, compress=True))
    }
    assert len(digests) == 1


def test_without_records_it_works_and_says_so(tmp_path):
    root = make_project(tmp_path / "paper", {"train.py": TRAIN}, git=False)
    result = bundle(root, tmp_path / "a.zip", FAST)
    assert packed(tmp_path / "a.zip") == {"artifactpack.toml", "train.py"}
    assert any("no recorded runs" in f for f in result.findings)


def test_stops_when_a_file_changed_since_a_run_read_it(project, tmp_path):
    (project / "train.py").write_text("print('other')\n")
    with pytest.raises(InputError, match=r"train\.py changed since the runs of train read it"):
        bundle(project, tmp_path / "a.zip", FAST)
    assert not (tmp_path / "a.zip").exists()


def test_stops_when_a_file_that_was_read_is_gone(project, tmp_path):
    (project / "data/x.csv").unlink()
    with pytest.raises(InputError, match=r"data/x\.csv"):
        bundle(project, tmp_path / "a.zip", FAST)


def test_stops_when_the_command_table_changed(project, tmp_path):
    changed = CONFIG.replace('"train.py"', '"train.py", "--fast"')
    (project / "artifactpack.toml").write_text(changed)
    with pytest.raises(InputError, match="another command table"):
        bundle(project, tmp_path / "a.zip", FAST)


def test_runs_of_seeds_not_asked_for_any_more_are_named_and_removing_them_helps(project, tmp_path):
    add_run(project, "train-s7", seed=7, command_digest="of an earlier table")
    with pytest.raises(InputError, match=r"runs rm\): train-s7$"):
        bundle(project, tmp_path / "a.zip", FAST)
    RunStore(project).remove("train-s7")
    assert bundle(project, tmp_path / "a.zip", FAST).runs == ("train-s0",)


def test_stops_when_two_runs_read_different_versions(project, tmp_path):
    run = add_run(project, "train-s1", seed=1, read=("train.py",))
    (project / "train.py").write_text("print('other')\n")
    add_run(project, "train-s2", seed=2, read=("train.py",))
    assert run.read
    with pytest.raises(InputError, match=r"train\.py"):
        bundle(project, tmp_path / "a.zip", FAST)


def test_stops_at_a_declared_output_that_no_run_left(project, tmp_path):
    (project / ".artifactpack/runs/train-s0/out/w.bin").unlink()
    with pytest.raises(InputError, match=r"run train-s0 left no \{out\}/w\.bin"):
        bundle(project, tmp_path / "a.zip", FAST)


def test_stops_at_an_lfs_pointer(tmp_path):
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 9\n"
    root = make_project(tmp_path / "paper", {"model.pt": pointer})
    with pytest.raises(InputError, match=r"model\.pt is a Git LFS pointer"):
        bundle(root, tmp_path / "a.zip", FAST)


def test_stops_at_a_secret_without_showing_it(tmp_path):
    root = make_project(tmp_path / "paper", {"upload.py": f"TOKEN = '{TOKEN}'\n"})
    with pytest.raises(RefusedError, match=r"upload\.py:1") as caught:
        bundle(root, tmp_path / "a.zip", FAST)
    assert TOKEN[8:] not in str(caught.value)
    assert not (tmp_path / "a.zip").exists()


def test_a_secret_in_a_compressed_file_is_found(tmp_path):
    root = make_project(tmp_path / "paper", {"train.py": TRAIN}, git=False)
    (root / "run.log.gz").write_bytes(gzip.compress(f"login with {TOKEN}\n".encode()))
    with pytest.raises(RefusedError, match=r"run\.log\.gz!unpacked:1: Hugging Face token"):
        bundle(root, tmp_path / "a.zip", FAST)


@pytest.mark.parametrize("compress", [False, True])
def test_a_secret_far_down_in_a_long_file_is_found_once_with_its_line(tmp_path, compress):
    lines = ["step 1, loss 0.25\n"] * 700_000  # some 12 MB
    lines[600_000] = f"logged in as {TOKEN}\n"
    root = make_project(tmp_path / "paper", {"train.py": TRAIN, "train.sh": "".join(lines)}, git=False)
    with pytest.raises(RefusedError, match=r"packed: data/project/train\.sh:600001: [^;]*; remove it"):
        bundle(root, tmp_path / "a.zip", Options(pdf=False, compress=compress))


def test_a_secret_among_the_settings_in_large_weights_is_found(tmp_path):
    weights = pickle.dumps({"args": {"hf": TOKEN}}, protocol=2) + bytes(9 << 20)
    root = make_project(tmp_path / "paper", {"train.py": TRAIN, "model.ckpt": weights}, git=False)
    with pytest.raises(RefusedError, match=r"model\.ckpt:1: Hugging Face token"):
        bundle(root, tmp_path / "a.zip", FAST)


def test_data_too_large_to_be_looked_through_is_told(tmp_path):
    root = make_project(tmp_path / "paper", {"train.py": TRAIN, "x.csv": "1,2\n" * 2_200_000}, git=False)
    told = "not looked through for secrets, because larger than 8 MB: data/project/x.csv"
    assert told in bundle(root, tmp_path / "a.zip", FAST).findings


def test_excludes_and_includes_as_configured(project, tmp_path):
    with (project / "artifactpack.toml").open("a") as file:
        file.write('[bundle]\nexclude = ["notes.md", "data/"]\ninclude = ["scratch.py"]\n')
    result = bundle(project, tmp_path / "a.zip", FAST)
    assert packed(tmp_path / "a.zip") == {".gitignore", "artifactpack.toml", "scratch.py", "train.py"}
    assert "data/x.csv is excluded, but the recorded run read it: a re-run will miss it" in result.findings


def test_thin_data_travels_by_address_and_hash(project, tmp_path):
    with (project / "artifactpack.toml").open("a") as file:
        file.write('[data.x]\npath = "data"\nurl = "https://example.org/x/"\nbundle = false\n')
    thin = bundle(project, tmp_path / "thin.zip", FAST)
    with open_bundle(tmp_path / "thin.zip") as opened:
        member = opened.member("data/project/data/x.csv")
        assert member is not None
        assert (member.url, member.sha256) == ("https://example.org/x/x.csv", hashlib.sha256(b"1,2\n").hexdigest())
    assert "data/x.csv" not in packed(tmp_path / "thin.zip")
    assert {c.path for c in thin.choices if c.state == "thin"} == {
        "data/project/data/unused.csv",
        "data/project/data/x.csv",
    }


def test_a_thin_file_needs_an_address(project, tmp_path):
    """A folder does not: it is one hash (tests/pipeline/test_rerun_trees.py)."""
    with (project / "artifactpack.toml").open("a") as file:
        file.write('[data.x]\npath = "data/x.csv"\nbundle = false\n')
    with pytest.raises(InputError, match=r"data\.x\.url is no address"):
        bundle(project, tmp_path / "a.zip", FAST)


def test_odd_files_are_told_and_never_opened(project, tmp_path):
    (project / "outside").symlink_to("/etc/passwd")
    (project / "inside.py").symlink_to("train.py")
    (project / "bad:name.txt").write_text("x")
    Path(os.fsdecode(os.fsencode(project) + b"/caf\xff.txt")).write_text("x")
    make_project(project, {})
    result = bundle(project, tmp_path / "a.zip", FAST)
    told = "\n".join(result.findings) + json.dumps(why(result))
    for word in ("outside: a link out of the project", "bad:name.txt", "caf"):
        assert word in told
    assert "inside.py" in packed(tmp_path / "a.zip")
    assert not {"outside", "bad:name.txt"} & packed(tmp_path / "a.zip")


@pytest.mark.parametrize("git", [False, True])
def test_pipes_sockets_and_devices_are_told_once_and_never_opened(tmp_path, git, monkeypatch):
    root = make_project(tmp_path / "paper", {"src/train.py": TRAIN}, git=git)
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root / "src")  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        findings = bundle(root, tmp_path / "a.zip", FAST).findings
    for path in ("pipe", "src/socket"):
        assert findings.count(f"not packed: {path}: not a regular file") == 1


def test_an_earlier_bundle_inside_the_project_is_not_packed(tmp_path):
    root = make_project(tmp_path / "paper", {"train.py": TRAIN}, git=False)
    first = bundle(root, root / "a.zip", Options(pdf=False, sign="new"))
    (root / "a.zip.key").unlink()
    second = bundle(root, root / "a.zip", Options(pdf=False, sign="new"))
    assert second.digest == first.digest
    assert packed(root / "a.zip") == {"artifactpack.toml", "train.py"}


def test_dry_run_writes_nothing_and_holds_it_against_the_venue(project, tmp_path):
    with (project / "big.bin").open("wb") as file:
        file.truncate(120_000_000)
    with (project / "artifactpack.toml").open("a") as file:
        file.write('[bundle]\ninclude = ["big.bin"]\n')
    result = bundle(project, tmp_path / "a.zip", Options(dry_run=True, profile="neurips-2026"))
    assert not (tmp_path / "a.zip").exists()
    assert not result.budget.fits
    assert result.budget.thin_first == ("data/project/big.bin",)
    assert any("--anonymous" in note for note in result.budget.notes)


def test_the_default_place_is_beside_the_project(project):
    assert default_target(project) == project.parent / "paper.zip"


def test_uncommitted_repository_is_bundled_whole(tmp_path):
    import subprocess

    root = make_project(tmp_path / "paper", {"train.py": TRAIN}, git=False)
    subprocess.run([*GIT, "init", "-q"], cwd=root, check=True)
    bundle(root, tmp_path / "a.zip", FAST)
    assert packed(tmp_path / "a.zip") == {"artifactpack.toml", "train.py"}


def test_a_dry_run_tells_the_size_of_what_is_made_on_the_way(tmp_path):
    root = make_project(tmp_path / "paper", {"train.py": "print(1)\n"})
    add_run(root, "train-s0", read=("train.py",))
    told = bundle(root, tmp_path / "a.zip", Options(dry_run=True))
    made = [c for c in told.choices if c.path.startswith("data/environment/")]
    assert made
    assert all(choice.size > 0 for choice in made)
