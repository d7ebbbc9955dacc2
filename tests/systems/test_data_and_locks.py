"""Data versions are recomputed, locks are counted, pipelines are read: on files of the real tools."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from artifactpack.project import open_project
from artifactpack.systems import read_systems
from artifactpack.systems.dvc import directory_hash, verify
from artifactpack.systems.forges import forge, normalise
from tests.systems.make import toy

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def read(tmp_path):
    def reading(name, system, change=lambda root: None):
        root = tmp_path / "project"
        shutil.copytree(FIXTURES / name, root)
        change(root)
        return {found.system: found for found in read_systems(open_project(root))}[system]

    return reading


def test_dvc_hashes_are_recomputed_and_agree(read):
    data = {version.path: version for version in read("dvc", "DVC").data}
    assert set(data) == {"train.py", "data", "out.txt"}
    assert data["data"].verified is True
    assert data["data"].files == 2
    assert data["out.txt"].verified is True


def test_a_changed_file_in_a_dvc_directory_is_seen(read):
    data = {v.path: v for v in read("dvc", "DVC", lambda root: (root / "data/a.csv").write_text("9,9\n")).data}
    assert data["data"].verified is False
    assert data["out.txt"].verified is True


def test_dvc_stage_and_dvclive_run(read):
    found = read("dvc", "DVC")
    (pipeline,) = found.pipelines
    assert pipeline.commands == {"train": "python train.py"}
    assert pipeline.parameters == {"params.yaml:rate": 0.5, "params.yaml:seed": 1}
    (run,) = found.runs
    wanted = toy.expected()[1]
    assert run.seed == 1
    assert {m.name: m.last for m in run.metrics} == pytest.approx({k: wanted[k] for k in ("loss", "accuracy")})
    assert run.metrics[0].count == toy.EPOCHS


def test_dvc2_text_hash_counts_only_where_the_lock_is_old(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"x\r\n")
    unix = md5(b"x\n")
    assert verify(tmp_path / "a.txt", unix, legacy=True) is True
    assert verify(tmp_path / "a.txt", unix) is False
    assert verify(tmp_path / "missing", unix) is None
    assert directory_hash(tmp_path).endswith(".dir")


def test_dvc2_hashed_the_texts_of_a_folder_as_it_hashed_a_text(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"%PDF-1.4\n" + b"x" * 600 + b"\r\n\x00\xff")
    (folder / "b.bin").write_bytes(b"\0\r\n")
    listed = [
        {"md5": md5(b"%PDF-1.4\n" + b"x" * 600 + b"\n\x00\xff"), "relpath": "a.pdf"},
        {"md5": md5(b"\0\r\n"), "relpath": "b.bin"},
    ]
    digest = md5(json.dumps(listed, sort_keys=True).encode()) + ".dir"
    assert verify(folder, digest, legacy=True) is True
    assert verify(folder, digest) is False


def test_a_folder_too_large_to_read_again_is_not_said_to_differ(tmp_path, monkeypatch):
    monkeypatch.setattr("artifactpack.systems.dvc.LARGEST_RECOMPUTED", 1)
    (tmp_path / "a.bin").write_bytes(b"xyz")
    assert verify(tmp_path, "0" * 32 + ".dir") is None


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    ("source", "packages", "hashed"),
    [
        ("uv.lock", {"packaging": "24.2"}, 2),
        ("pylock.toml", {"packaging": "24.2"}, 2),
        ("requirements.txt", {"packaging": "24.2"}, 2),
        ("Pipfile.lock", {"packaging": "24.2"}, 2),
        ("pip-inspect.json", {"uv": "0.13.9"}, 0),
    ],
)
def test_locks_of_the_real_tools(read, source, packages, hashed):
    environments = {e.source: e for e in read("locks", "Python locks").environments}
    found = environments[source]
    assert packages.items() <= found.packages.items()
    assert found.hashed == hashed
    assert found.pinned == len(found.packages)
    assert "toy" not in found.packages


def test_kubeflow_pipeline_and_local_run(read):
    found = read("kubeflow", "Kubeflow Pipelines")
    assert found.version == "kfp-2.17.0"
    (pipeline,) = found.pipelines
    assert pipeline.name == "toy"
    assert {"seed": 42, "rate": 0.5}.items() <= pipeline.parameters.items()
    (environment,) = found.environments
    assert (environment.image, environment.digest) == ("python:3.11", "")
    (run,) = found.runs
    wanted = toy.expected()[0]
    assert {m.name: m.last for m in run.metrics} == pytest.approx({k: wanted[k] for k in ("loss", "accuracy")})


@pytest.mark.parametrize(
    ("remote", "url", "name"),
    [
        ("git@gitlab.com:grp/sub/proj.git", "https://gitlab.com/grp/sub/proj", "GitLab"),
        ("ssh://git@bitbucket.org:22/a/b.git", "https://bitbucket.org/a/b", "Bitbucket"),
        ("https://user:token@github.com/a/b.git/", "https://github.com/a/b", "GitHub"),
        ("https://git.example.org/a/b", "https://git.example.org/a/b", "unknown forge"),
        ("/srv/git/a.git", "local", "local"),
    ],
)
def test_remotes_lose_credentials_and_keep_the_forge(remote, url, name):
    assert normalise(remote) == url
    assert forge(url) == name


def test_poetry_lock_of_the_real_tool(read):
    (found,) = read("poetry", "Python locks").environments
    assert {"packaging": "24.2"}.items() <= found.packages.items()
    assert found.hashed == len(found.packages) == 2
    assert found.python == ">=3.11"


def test_conda_prefix_list_and_file(read):
    found = {e.source: e for e in read("conda", "conda").environments}
    assert found["prefix/conda-meta"].packages == {"toypkg": "1.2.3"}
    assert found["prefix/conda-meta"].hashed == 1
    assert found["explicit.txt"].packages == {"toypkg": "1.2.3"}
    assert found["explicit.txt"].hashed == 1
    assert found["environment.yml"].packages == {"toypkg": "1.2.3", "six": ""}
    assert found["environment.yml"].python == "3.11.4"


def test_sagemaker_jobs_name_image_data_and_accelerators(read):
    found = read("sagemaker", "Amazon SageMaker")
    assert {e.image for e in found.environments} == {"image:1"}
    assert {d.url for d in found.data} == {"s3://toy/data"}
    run = found.runs[0]
    assert run.hardware is not None
    assert [gpu.name for gpu in run.hardware.gpus] == ["NVIDIA T4", "NVIDIA T4"]
    assert "sagemaker_program" not in run.parameters


def test_trainer_arguments_are_read_without_building_them(read):
    run = read("transformers", "Transformers Trainer").runs[0]
    assert run.parameters["learning_rate"] == 0.5
    assert run.parameters["num_train_epochs"] == 3


def test_the_version_of_keras_stands_in_the_model_it_saved(read):
    saved = read("frameworks", "Frameworks").facts["keras"]["model.keras"]
    assert saved["version"] == "3.15.1"
    assert saved["saved"]
