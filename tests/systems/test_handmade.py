"""Systems that cannot run here, and corners that fixtures of the real tools do not show: files after their formats."""

import hashlib
import io
import json
import sqlite3
import subprocess
import tarfile

import pytest

from artifactpack.project import open_project
from artifactpack.systems import read_systems
from artifactpack.systems.docker import instructions

DIGEST = "a" * 64


@pytest.fixture
def read(tmp_path):
    """Write files ({path: text or bytes}) and give the reading of one system."""

    def reading(system, files, **options):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return {found.system: found for found in read_systems(open_project(tmp_path), **options)}[system]

    return reading


def git(root, *arguments):
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", "-C", root, *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


# -- data ----------------------------------------------------------------------------------------------------------


def test_pachyderm_specification(read):
    spec = {
        "pipeline": {"name": "train"},
        "transform": {"image": f"lab/train@sha256:{DIGEST}", "cmd": ["python", "train.py", "--seed", "3", "--lr=0.1"]},
        "input": {"cross": [{"pfs": {"repo": "images", "branch": "master", "glob": "/"}},
                            {"pfs": {"repo": "labels", "commit": "c0ffee", "glob": "/"}}]},
        "resource_limits": {"memory": "4G", "gpu": {"type": "nvidia.com/gpu", "number": 2}},
    }  # fmt: skip
    found = read("Pachyderm", {"pipeline.json": json.dumps(spec) + "\n" + json.dumps({"pipeline": {"name": "x"}})})
    (pipeline,) = found.pipelines
    assert pipeline.name == "train"
    assert {"seed": 3, "lr": 0.1, "resources.gpu.number": 2}.items() <= pipeline.parameters.items()
    assert found.environments[0].digest == f"sha256:{DIGEST}"
    assert {d.path: d.hash for d in found.data} == {"images": "", "labels": "c0ffee"}


def test_pachyderm_template_is_not_evaluated(read):
    found = read("Pachyderm", {"pipeline.yaml": "pipeline: {name: a}\ntransform: {cmd: [x]}\n", "p.jsonnet": "{}"})
    assert found.warnings == ("p.jsonnet: a template, not evaluated",)


def test_lakefs_reference_and_addresses(read):
    found = read("lakeFS", {
        "data/.lakefs_ref.yaml": f"src: lakefs://repo/main/data/\nat_head: {DIGEST}\noperation: pull\n",
        "train.py": "import lakefs\npath = 'lakefs://repo/main/x.csv'\n",
    })  # fmt: skip
    assert {(d.path, d.hash) for d in found.data} == {("data", DIGEST), ("train.py", "")}
    assert any("interrupted" in warning for warning in found.warnings)
    assert any("branch or tag" in warning for warning in found.warnings)


def test_a_pointer_of_git_lfs_is_data_that_is_not_there(read, tmp_path):
    git(tmp_path, "init", "-q")
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{DIGEST}\nsize 12345\n"
    found = read("Git", {"weights.bin": pointer, "notes.txt": "version https://git-lfs, they say" + " " * 100})
    (version,) = found.data
    assert (version.path, version.hash, version.size, version.verified) == ("weights.bin", DIGEST, 12345, False)


def test_dvc_hashes_of_files_elsewhere_are_not_looked_up(read, tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path.parent / "elsewhere").write_text("x")
    md5 = hashlib.md5(b"x").hexdigest()
    outs = "".join(f"- {{md5: {md5}, path: {path}}}\n" for path in ("../../elsewhere", "/etc/hostname", "../in"))
    found = read("DVC", {"in": "x", "p/a.dvc": f"outs:\n{outs}"})
    assert {d.path: d.verified for d in found.data} == {"../elsewhere": None, "/etc/hostname": None, "in": True}


def test_dvc_experiments_are_read_from_their_references(read, tmp_path):
    git(tmp_path, "init", "-q")
    for seed in (0, 1):
        (tmp_path / "dvc.lock").write_text(
            f"schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n"
            f"    params:\n      params.yaml:\n        seed: {seed}\n        lr: 0.1\n"
        )
        (tmp_path / "dvclive").mkdir(exist_ok=True)
        (tmp_path / "dvclive/metrics.json").write_text(json.dumps({"accuracy": 0.9 + seed / 100, "step": 4}))
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", "dvc: commit experiment")
        head = git(tmp_path, "rev-parse", "HEAD")
        git(tmp_path, "update-ref", f"refs/exps/{head[:2]}/{head[2:]}/exp-{seed}", head)
    found = read("DVC", {})
    runs = {run.id: run for run in found.runs if run.system == "DVC"}
    assert {name: run.seed for name, run in runs.items()} == {"exp-0": 0, "exp-1": 1}
    assert runs["exp-1"].metrics[0].last == 0.91
    assert runs["exp-1"].commit_known is True


# -- claimed commits, versions, points -----------------------------------------------------------------------------


def sacred(commit, seed=1):
    experiment = {"name": "toy", "repositories": [{"url": "u", "commit": commit, "dirty": False}]}
    metrics = {"loss": {"steps": [0, 1], "values": [2.0, 1.0]}}
    return {
        f"runs/{seed}/run.json": json.dumps({"experiment": experiment, "status": "COMPLETED"}),
        f"runs/{seed}/config.json": json.dumps({"seed": seed}),
        f"runs/{seed}/metrics.json": json.dumps(metrics),
    }


def test_a_claimed_commit_is_looked_up(read, tmp_path):
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "one")
    real = git(tmp_path, "rev-parse", "HEAD")
    found = read("Sacred", sacred(real, 1) | sacred("0" * 40, 2) | sacred("", 3))
    assert {run.seed: run.commit_known for run in found.runs} == {1: True, 2: False, 3: None}
    assert found.warnings == ("commit 000000000000 of its runs is not in the repository",)


def test_what_is_no_commit_hash_never_reaches_git(read, tmp_path):
    git(tmp_path, "init", "-q")
    found = read("Sacred", sacred("--output=/tmp/x"))
    assert found.runs[0].commit_known is None


def test_points_are_kept_of_the_runs_asked_for_only(read):
    files = sacred("", 1) | sacred("", 2)
    assert all(not run.series and run.metrics[0].count == 2 for run in read("Sacred", files).runs)
    kept = {run.id: run.series for run in read("Sacred", files, points=frozenset({"runs/2"})).runs}
    assert kept == {"runs/1": {}, "runs/2": {"loss": ((0.0, 2.0), (1.0, 1.0))}}
    assert all(run.series for run in read("Sacred", files, points=None).runs)


def test_a_version_nobody_tried_is_warned_about(read):
    hydra = "hydra: {runtime: {version: 9.0.0}}\n"
    found = read("Hydra", {"o/.hydra/config.yaml": "seed: 1\n", "o/.hydra/hydra.yaml": hydra})
    assert found.warnings == ("written by version 9.0.0, which was never tried: read with care",)


def test_of_an_installed_environment_only_its_description_is_read(read):
    found = read("Python locks", {
        ".venv/pyvenv.cfg": "home = /somewhere\nversion = 3.12.1\n",
        ".venv/share/requirements.txt": "numpy==1.0\n",
        "env/requirements.txt": "gym==0.26\n",
    })  # fmt: skip
    assert {e.source: (e.python, e.packages) for e in found.environments} == {
        ".venv/pyvenv.cfg": ("3.12.1", {}),
        "env/requirements.txt": ("", {"gym": "0.26"}),
    }


def test_conda_packages_of_the_projects_own_prefix(read):
    package = {"name": "numpy", "version": "1.26.4", "sha256": DIGEST}
    python = {"name": "python", "version": "3.11.4"}
    found = read("conda", {
        "env/conda-meta/numpy-1.26.4-0.json": json.dumps(package), "env/conda-meta/python.json": json.dumps(python),
        "env/lib/environment.yml": "dependencies: [x=1]\n", "train.py": "",
    })  # fmt: skip
    assert [(e.source, e.packages, e.python) for e in found.environments] == [
        ("env/conda-meta", {"numpy": "1.26.4"}, "3.11.4")
    ]


# -- containers ----------------------------------------------------------------------------------------------------

DOCKERFILE = f"""# syntax=docker/dockerfile:1
ARG TAG=2.1
ARG BASE=pytorch/pytorch:${{TAG}}
FROM ${{BASE}} AS build
RUN <<EOF
pip install numpy==1.26.4
FROM nothing
EOF
FROM python:3.11-slim@sha256:{DIGEST}
ENV PYTHONHASHSEED=0 CUBLAS_WORKSPACE_CONFIG=":4096:8"
COPY --from=build /x /x
RUN pip install \\
    # why not
    torch==2.1.0 \\
    'scipy[all]==1.11'
FROM build
"""


def test_dockerfile(read):
    found = read("Containers", {"Dockerfile": DOCKERFILE})
    images = [(e.image, e.digest) for e in found.environments]
    assert images == [
        ("pytorch/pytorch:2.1", ""),
        (f"python:3.11-slim@sha256:{DIGEST}", f"sha256:{DIGEST}"),
    ]
    packages = {name: version for e in found.environments for name, version in e.packages.items()}
    assert packages == {"numpy": "1.26.4", "torch": "2.1.0", "scipy": "1.11"}
    assert found.facts["Dockerfile:env"] == {"PYTHONHASHSEED": "0", "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}


def test_heredoc_bodies_are_no_instructions():
    words = [word for word, _ in instructions(DOCKERFILE)]
    assert words == ["ARG", "ARG", "FROM", "RUN", "FROM", "ENV", "COPY", "RUN", "FROM"]


def test_compose_devcontainer_and_apptainer(read):
    found = read("Containers", {
        "compose.yaml": "services:\n  a: {image: redis:7}\n  b: {build: .}\n",
        ".devcontainer/devcontainer.json": '{\n  // why\n  "image": "mcr/python:3.11",\n}\n',
        "train.def": "Bootstrap: docker\nFrom: python:3.11\n%post\n  pip install numpy==1.26.4\n",
    })  # fmt: skip
    images = {e.source: e.image for e in found.environments}
    assert images == {
        "compose.yaml": "redis:7", ".devcontainer/devcontainer.json": "mcr/python:3.11", "train.def": "python:3.11"
    }  # fmt: skip
    assert {"numpy": "1.26.4"} in [e.packages for e in found.environments]
    assert found.warnings == ()


def test_an_apptainer_definition_of_two_stages_and_its_help(read):
    found = read("Containers", {"train.def": (
        "Bootstrap: docker\nFrom: python:3.11\nStage: build\n%post\n  pip install numpy==1.26.4\n  # pip install x==1\n"
        "Bootstrap: docker\nFrom: ubuntu:24.04\n%help\n  pip install toy==VERSION, or toy==2.0\n"
    )})  # fmt: skip
    assert [(e.image, e.packages) for e in found.environments] == [
        ("python:3.11", {}), ("ubuntu:24.04", {"numpy": "1.26.4"})
    ]  # fmt: skip


def test_a_dockerfile_of_a_template_engine_is_told(read):
    found = read("Containers", {"Dockerfile.j2": "{% if x %}\nFROM {{ item.image }}\n{% endif %}\n"})
    assert found.environments == ()
    assert found.warnings == ("Dockerfile.j2: a template, not evaluated",)


def blob(data):
    content = json.dumps(data).encode()
    return f"sha256:{hashlib.sha256(content).hexdigest()}", content


CONFIG = {"config": {"Env": ["PYTHONHASHSEED=0"], "Labels": {"org.opencontainers.image.revision": "c0ffee"}}}


def layout():
    """The files of an image layout, and the digest of its manifest; an index in the index, and an attestation."""
    config, config_bytes = blob(CONFIG)
    manifest, manifest_bytes = blob({"config": {"digest": config}})
    inner, inner_bytes = blob({"manifests": [
        {"digest": manifest}, {"digest": "none", "annotations": {"vnd.docker.reference.type": "attestation-manifest"}},
    ]})  # fmt: skip
    files = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}
    files["index.json"] = json.dumps({"manifests": [{"digest": inner}]}).encode()
    blobs = {config: config_bytes, manifest: manifest_bytes, inner: inner_bytes}
    return files | {f"blobs/sha256/{digest[7:]}": data for digest, data in blobs.items()}, manifest


def test_oci_layout(read):
    files, manifest = layout()
    found = read("Containers", {f"image/{name}": data for name, data in files.items()})
    assert [e.digest for e in found.environments] == [manifest]
    assert found.facts["image/oci-layout:labels"] == {"org.opencontainers.image.revision": "c0ffee"}
    assert found.warnings == ()


def test_an_index_that_many_entries_name_is_entered_once(read):
    files, manifest = layout()
    (entry,) = json.loads(files["index.json"])["manifests"]
    found = read("Containers", files | {"index.json": json.dumps({"manifests": [entry] * 1000}).encode()})
    assert [e.digest for e in found.environments] == [manifest]


@pytest.mark.parametrize("prefix", ["", "./"])
def test_oci_archive(read, tmp_path, prefix):
    files, manifest = layout()
    tarred(tmp_path / "image.tar", {prefix + name: data for name, data in files.items()})
    found = read("Containers", {})
    assert [(e.image, e.digest) for e in found.environments] == [(f"image.tar@{manifest}", manifest)]
    assert found.facts["image.tar:env"] == {"PYTHONHASHSEED": "0"}
    assert found.warnings == ()


def test_oci_archive_without_a_blob(read, tmp_path):
    files, _ = layout()
    tarred(tmp_path / "image.tar", {name: files[name] for name in ("oci-layout", "index.json")})
    found = read("Containers", {})
    assert (found.environments, len(found.warnings)) == ((), 1)


def tarred(path, files):
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def test_oci_blob_that_is_not_what_its_name_says(read):
    config, _ = blob(CONFIG)
    manifest, manifest_bytes = blob({"config": {"digest": config}})
    found = read("Containers", {
        "oci-layout": "{}", "index.json": json.dumps({"manifests": [{"digest": manifest}]}),
        f"blobs/sha256/{manifest[7:]}": manifest_bytes, f"blobs/sha256/{config[7:]}": b"{}",
    })  # fmt: skip
    assert found.environments == ()
    assert "does not have the hash" in found.warnings[0]


@pytest.mark.parametrize("digest", ["sha256:../../../etc/passwd", "md5:" + "a" * 32])
def test_oci_digest_that_leads_elsewhere(read, digest):
    found = read("Containers", {"oci-layout": "{}", "index.json": json.dumps({"manifests": [{"digest": digest}]})})
    assert "is not a SHA-256" in found.warnings[0]


def test_saved_image(read, tmp_path):
    manifest = [{"Config": "c.json", "RepoTags": ["lab/train:1"], "Layers": []}]
    files = {"c.json": CONFIG, "manifest.json": manifest}
    tarred(tmp_path / "image.tar", {name: json.dumps(data).encode() for name, data in files.items()})
    found = read("Containers", {})
    assert [e.image for e in found.environments] == ["lab/train:1"]
    assert found.facts["image.tar:env"] == {"PYTHONHASHSEED": "0"}


# -- forges --------------------------------------------------------------------------------------------------------


def test_ci_files_of_three_forges(read):
    found = read("Git", {
        ".github/workflows/ci.yml": "on: push\njobs:\n  t:\n    container: python:3.11\n    steps:\n"
        "    - {uses: x, with: {python-version: ['3.11', 3.12]}}\n    - run: pip install -e . && pytest\n",
        ".gitlab-ci.yml": "image: pytorch/pytorch:2.1\ntrain:\n  script:\n    - !reference [.setup, script]\n"
        "    - python train.py\n",
        "bitbucket-pipelines.yml": "image: {name: x}\npipelines: {default: [{step: {script: [tox]}}]}\n",
    })  # fmt: skip
    ci = found.facts["ci"]
    github = ci[".github/workflows/ci.yml"]
    assert github["images"] == ["python:3.11"]
    assert github["python"] == ["3.11", "3.12"]
    assert github["installs"]
    assert github["tests"]
    assert ci[".gitlab-ci.yml"]["trains"]
    assert ci["bitbucket-pipelines.yml"]["tests"]


def test_versions_of_a_matrix_are_named(read):
    found = read("Git", {".github/workflows/ci.yml": (
        "jobs:\n  t:\n    strategy: {matrix: {py: ['3.10', 3.12], os: [a], image: ['x:1']}}\n"
        "    container: ${{ matrix.image }}\n    steps:\n"
        "    - {uses: x, with: {python-version: '${{ matrix.py }}'}}\n    - {with: {python-version: '${{ env.P }}'}}\n"
    )})  # fmt: skip
    ci = found.facts["ci"][".github/workflows/ci.yml"]
    assert (ci["python"], ci["images"]) == (["3.10", "3.12"], ["x:1"])


# -- trackers ------------------------------------------------------------------------------------------------------


def test_sacred_from_a_mongo_export(read):
    run = {"_id": {"$numberInt": "7"}, "experiment": {"name": "toy"}, "status": "COMPLETED",
           "config": {"seed": {"$numberInt": "3"}, "lr": {"$numberDouble": "0.1"}},
           "start_time": {"$date": "2026-01-01T00:00:00Z"}}  # fmt: skip
    loss = {"run_id": 7, "name": "loss", "steps": [0, 1], "values": [{"$numberDouble": "2.5"}, 1.5]}
    found = read("Sacred", {"export/runs.json": json.dumps(run) + "\n", "export/metrics.json": json.dumps([loss])})
    (one,) = found.runs
    assert (one.id, one.seed, one.parameters["lr"], one.started) == ("mongo-7", 3, 0.1, "2026-01-01T00:00:00Z")
    assert one.metrics[0].last == 1.5


def test_comet_nested_parameters_lose_plumbing(read):
    import zipfile

    stream = io.BytesIO()
    lines = [{"type": "parameter_msg", "payload": {"param": {"paramName": "model|depth", "paramValue": "3"}}},
             {"type": "parameter_msg", "payload": {"param": {"paramName": "curr_step", "paramValue": 9}}},
             {"type": "system_details", "payload": {"user": "jo", "hostname": "box", "env": {"KEY": "s3cret"}}},
             {"type": "metric_msg", "payload": {"metric": {"metricName": "sys.cpu", "metricValue": 1}}}]  # fmt: skip
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("experiment.json", json.dumps({"offline_id": "k", "start_time": 0, "stop_time": 5000}))
        archive.writestr("messages.json", "\n".join(map(json.dumps, lines)))
    found = read("Comet", {"offline/k.zip": stream.getvalue()})
    (run,) = found.runs
    assert run.parameters == {"model.depth": 3}
    assert run.metrics == ()
    assert "s3cret" not in repr(run)
    assert "box" not in repr(run)


def test_neptune_legacy_offline(read):
    operations = [
        {"type": "AssignInt", "path": ["parameters", "seed"], "value": 4},
        {"type": "LogFloats", "path": ["train", "loss"], "values": [{"value": 2, "step": 0}, {"value": 1, "step": 1}]},
        {"type": "AssignFloat", "path": ["test", "accuracy"], "value": 0.75},
        {"type": "AssignString", "path": ["sys", "hostname"], "value": "box"},
    ]  # fmt: skip
    text = "".join(json.dumps({"obj": o, "version": i}) for i, o in enumerate(operations))
    folder = ".neptune/offline/run__1__2__x"
    found = read("Neptune", {f"{folder}/data-1.log": text + '{"obj": {"ty', f"{folder}/metadata.json": "{}"})
    (run,) = found.runs
    assert run.seed == 4
    assert {m.name: m.last for m in run.metrics} == {"train/loss": 1.0, "test/accuracy": 0.75}
    assert run.complete is False
    assert "box" not in repr(run)


@pytest.mark.slow
def test_neptune_parquet_export(read, tmp_path):
    pyarrow = pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
    from pyarrow import parquet

    rows = [
        {"attribute_path": "seed", "attribute_type": "int", "int_value": 5},
        {"attribute_path": "loss", "attribute_type": "float_series", "step": 1, "float_value": 0.5},
    ]
    columns = ("attribute_path", "attribute_type", "step", "int_value", "float_value")
    table = {c: [row.get(c) for row in rows] for c in columns} | {"project_id": ["p"] * 2, "run_id": ["r"] * 2}
    (tmp_path / "exports/data/p").mkdir(parents=True)
    parquet.write_table(pyarrow.table(table), tmp_path / "exports/data/p/r_part_0.parquet")
    (run,) = read("Neptune", {}).runs
    assert (run.seed, run.metrics[0].last, run.complete) == (5, 0.5, True)


def test_mlproject_and_logged_model(read):
    found = read("MLflow", {
        "MLproject": "name: toy\nentry_points:\n  main:\n    parameters:\n      lr: {type: float, default: 0.1}\n"
        "      seed: int\n    command: python train.py --lr {lr} --seed {seed}\n",
        "model/MLmodel": "mlflow_version: 3.1.0\nflavors: {python_function: {python_version: 3.11.2}}\n",
        "model/requirements.txt": "numpy==1.26.4\nscipy\n# c\n",
    })  # fmt: skip
    (pipeline,) = found.pipelines
    assert pipeline.commands == {"main": "python train.py --lr {lr} --seed {seed}"}
    assert pipeline.parameters == {"main.lr": 0.1, "main.seed": None}
    (environment,) = found.environments
    assert (environment.packages, environment.pinned, environment.python) == (
        {"numpy": "1.26.4", "scipy": ""}, 1, "3.11.2",
    )  # fmt: skip


def test_mlflow_store_of_another_schema_is_read_with_a_warning(read, tmp_path):
    with sqlite3.connect(tmp_path / "mlflow.db") as db:
        db.executescript(
            """CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('beef');
            CREATE TABLE runs (run_uuid, name, status, start_time, end_time, lifecycle_stage);
            INSERT INTO runs VALUES ('a', 'x', 'FINISHED', 0, 1, 'active'), ('b', '', 'FINISHED', 0, 1, 'deleted');
            CREATE TABLE params (run_uuid, key, value); INSERT INTO params VALUES ('a', 'seed', '3');
            CREATE TABLE tags (run_uuid, key, value);
            CREATE TABLE metrics (run_uuid, key, step, value, timestamp, is_nan);
            INSERT INTO metrics VALUES ('a', 'loss', 1, 0, 5, 1), ('a', 'loss', 0, 2, 4, 0),
              ('a', 'loss', 0, 3, 3, 0);"""
        )
    db.close()
    found = read("MLflow", {}, points=None)
    assert found.warnings == ("mlflow.db: store schema beef is not one that was tried",)
    (run,) = found.runs
    assert run.seed == 3
    assert run.series["loss"][0] == (0.0, 2.0)
    assert repr(run.metrics[0].last) == "nan"


def test_wandb_metadata_is_the_fallback(read):
    from tests.systems.test_fixtures import FIXTURES

    log = next((FIXTURES / "wandb").rglob("*.wandb"))
    metadata = {"git": {"commit": "f" * 40}, "gpu_nvidia": [{"name": "H100", "memory_total": "85899345920"}]}
    folder = "wandb/offline-run-x"
    found = read("Weights & Biases", {
        f"{folder}/run-x.wandb": log.read_bytes(), f"{folder}/files/wandb-metadata.json": json.dumps(metadata),
        f"{folder}/files/requirements.txt": "numpy==1.26.4\n",
    })  # fmt: skip
    (run,) = found.runs
    assert [gpu.name for gpu in run.hardware.gpus] == ["H100"]
    assert run.packages == {"numpy": "1.26.4"}
    assert run.commit == "f" * 40


# -- pipelines and configuration -------------------------------------------------------------------------------------


def test_kubeflow_version_1_workflow(read):
    found = read("Kubeflow Pipelines", {"pipeline.yaml": (
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata:\n  generateName: toy-\n"
        "  annotations: {pipelines.kubeflow.org/kfp_sdk_version: 1.8.22}\nspec:\n  arguments:\n"
        "    parameters: [{name: seed, value: '7'}]\n  templates:\n"
        "  - {name: train, container: {image: 'python:3.9', command: [python, train.py]}}\n  - {name: dag, dag: {}}\n"
    )})  # fmt: skip
    (pipeline,) = found.pipelines
    assert (found.version, pipeline.stages, pipeline.parameters) == ("kfp-1.8.22", ("train",), {"seed": 7})
    assert [e.image for e in found.environments] == ["python:3.9"]


def test_vertex_json_says_what_values_were_given(read):
    spec = {
        "pipelineSpec": {
            "pipelineInfo": {"name": "toy"}, "sdkVersion": "kfp-2.7.0",
            "root": {"inputDefinitions": {"parameters": {"seed": {"defaultValue": 1.0}, "lr": {"defaultValue": 0.1}}}},
            "deploymentSpec": {"executors": {"exec-train": {"container": {
                "image": "python:3.11", "command": ["sh", "-c", "pip install 'numpy==1.26.4'"]}}}},
        },
        "runtimeConfig": {"parameterValues": {"seed": 5}},
    }  # fmt: skip
    found = read("Kubeflow Pipelines", {"vertex_pipeline.json": json.dumps(spec)})
    assert found.pipelines[0].parameters == {"seed": 5, "lr": 0.1}
    assert found.environments[0].packages == {"numpy": "1.26.4"}


def test_hydra_interpolations(read):
    config = "lr: 1e-3\nseed: 3\nwarm: ${lr}\nname: m-${seed}\nhome: ${oc.env:HOME}\nloop: ${loop}\ndata: ???\n"
    found = read("Hydra", {"o/.hydra/config.yaml": config, "o/.hydra/overrides.yaml": "- lr=1e-3\n"})
    run = found.runs[0]
    assert run.parameters == {
        "lr": 0.001, "seed": 3, "warm": 0.001, "name": "m-3", "home": "${oc.env:HOME}", "loop": "${loop}", "data": "???"
    }  # fmt: skip
    assert run.argv == ("lr=1e-3",)


def test_gin_macros_and_continuations(read):
    found = read("Gin", {"out/operative_config.gin": (
        "# Macros:\nBS = 32\n# Parameters for train:\ntrain.batch_size = %BS\ntrain.seed = 4\n"
        "train.layers = [1,\n    2]  # two\ntrain.name = \\\n    'a # b'\ntrain.model = @Net()\n"
    )})  # fmt: skip
    run = found.runs[0]
    assert run.seed == 4
    assert {
        "train.batch_size": 32, "train.layers": [1, 2], "train.name": "a # b", "train.model": "@Net()"
    }.items() <= run.parameters.items()  # fmt: skip


def test_lightning_csv_with_gaps_and_command_line_configuration(read):
    folder = "lightning_logs/version_0"
    found = read("Lightning", {
        f"{folder}/metrics.csv": "epoch,step,loss,val_acc\n0,9,1.5,\n0,9,,0.8\n1,19,1.0,\n",
        f"{folder}/config.yaml": "seed_everything: 42\ntrainer: {max_epochs: 2}\n",
        f"{folder}/hparams.yaml": "lr: 1e-3\n",
    })  # fmt: skip
    run = found.runs[0]
    assert {m.name: (m.last, m.count) for m in run.metrics} == {"loss": (1.0, 2), "val_acc": (0.8, 1)}
    assert run.parameters == {"seed_everything": 42, "trainer.max_epochs": 2, "lr": 0.001}
    assert run.seed == 42


def test_of_several_checkpoints_of_a_trainer_the_last_counts(read):
    def state(loss):
        return json.dumps({"log_history": [{"step": 1, "loss": loss}]})

    found = read("Transformers Trainer", {
        "out/checkpoint-90/trainer_state.json": state(3.0), "out/checkpoint-100/trainer_state.json": state(2.0),
        "out/all_results.json": json.dumps({"eval_accuracy": 0.9}),
    })  # fmt: skip
    (run,) = found.runs
    assert {m.name: m.last for m in run.metrics} == {"loss": 2.0, "eval_accuracy": 0.9}


def test_dumps_need_metrics_beside_them(read):
    found = read("Configuration dumps", {
        "runs/a/args.json": json.dumps({"seed": 2, "lr": 0.1}), "runs/a/metrics.json": json.dumps({"accuracy": 0.5}),
        "runs/b/args.json": json.dumps({"seed": 3}),
    })  # fmt: skip
    (run,) = found.runs
    assert (run.id, run.seed, run.metrics[0].last) == ("runs/a", 2, 0.5)


def test_airflow_dag_text_is_never_run(read):
    found = read("Airflow", {"dags/d.py": (
        "from airflow.sdk import dag, task\nSEED = 3\nopen('/tmp/never', 'w')\n"
        "@dag(dag_id='toy', params={'seed': SEED, 'lr': 0.1})\ndef flow():\n    @task\n    def train(): ...\n"
        "    BashOperator(task_id='say', bash_command='echo hi')\n"
    )})  # fmt: skip
    (pipeline,) = found.pipelines
    assert (pipeline.name, pipeline.parameters) == ("toy", {"seed": 3, "lr": 0.1})
    assert pipeline.commands == {"train": "task", "say": "echo hi"}


def test_what_a_tracker_wrote_about_its_own_models_is_no_environment_of_the_projects(read):
    files = {
        "requirements.txt": "numpy==1.0\n", "mlruns/0/a/artifacts/model/MLmodel": "flavors: {}\n",
        "mlruns/0/a/artifacts/model/requirements.txt": "scipy==1.0\n",
        "wandb/offline-run-20260101_000000-abc/files/requirements.txt": "torch==2.0\n",
    }  # fmt: skip
    assert [e.source for e in read("Python locks", files).environments] == ["requirements.txt"]
    assert [e.packages for e in read("MLflow", {}).environments] == [{"scipy": "1.0"}]


def test_lakefs_addresses_of_a_configuration_without_its_library(read):
    found = read("lakeFS", {"conf/lakefs.yaml": f"train: lakefs://repo/{DIGEST}/train/\nlive: lakefs://repo/main/x\n"})
    assert [(d.hash, d.algorithm) for d in found.data] == [(DIGEST, "lakefs-commit"), ("", "")]
