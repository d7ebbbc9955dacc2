"""Runs of other systems in one table with recorded ones, and frozen into records once."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from artifactpack.archive.runs import bundled
from artifactpack.errors import InputError
from artifactpack.pipeline.bundle import Options, bundle
from artifactpack.pipeline.evidence import gather
from artifactpack.pipeline.runs import list_runs
from artifactpack.pipeline.runs_import import import_runs
from artifactpack.pipeline.verify import verify
from artifactpack.project import open_project
from artifactpack.recorder.store import RunStore
from artifactpack.report.runs_text import render_list
from tests.systems.make import toy

FIXTURES = Path(__file__).parent.parent / "systems/fixtures"


@pytest.fixture
def project(tmp_path):
    shutil.copytree(FIXTURES / "sacred", tmp_path / "project")
    shutil.copytree(FIXTURES / "mlflow", tmp_path / "project", dirs_exist_ok=True)
    return tmp_path / "project"


def test_tracked_runs_stand_in_the_list_with_their_systems_name(project):
    found = list_runs(project)
    assert found.runs == ()
    assert {(run.system, run.seed, run.origin) for run in found.tracked} == {
        (system, seed, "imported") for system in ("MLflow", "Sacred") for seed in toy.SEEDS
    }
    assert "MLflow" in render_list(found)
    assert "runs import" in render_list(found)


def test_imported_runs_hold_every_point(project):
    made = import_runs(project)
    store = RunStore(project)
    assert len(made) == 4
    for run in made:
        wanted = toy.expected()[run.seed]
        series = store.series(run.id)
        assert len(series["loss"]) == wanted["points"]
        assert series["loss"][-1][1] == pytest.approx(wanted["loss"])
        assert wanted["rate"] in run.parameters.values()
        assert run.not_observed[0].startswith(f"imported from {run.system}")


def test_what_is_imported_is_not_imported_again_and_is_evidence_of_its_system(project):
    import_runs(project, ["mlflow"])
    assert {run.system for run in list_runs(project).tracked} == {"Sacred"}
    assert import_runs(project, ["MLflow"]) == ()
    evidence = gather(open_project(project))
    assert {evidence.known(run) for run in evidence.records} == {"system"}


def test_import_of_one_run_under_a_declared_command(project):
    (project / "artifactpack.toml").write_text(
        'config-version = 1\n[commands.train]\nrun = ["python", "t.py"]\ntier = "train"\n'
        '[[claims]]\nid = "C1"\ntext = "loss"\nmetric = "train:loss"\nvalue = "0.1"\n'
    )
    (made,) = import_runs(project, ["sacred/1"], "train")
    assert (made.command, made.system_id) == ("train", "sacred/1")
    (claim,) = gather(open_project(project)).claims
    assert claim.recorded == pytest.approx(toy.expected()[made.seed]["loss"])


def test_settings_that_differ_become_the_cell(tmp_path):
    for index, rate in enumerate((0.1, 0.2)):
        folder = tmp_path / f"runs/{index}"
        folder.mkdir(parents=True)
        (folder / "args.json").write_text(json.dumps({"lr": rate, "epochs": 3, "seed": 0, "out_dir": str(folder)}))
        (folder / "metrics.json").write_text(json.dumps({"accuracy": rate}))
    assert [run.cell for run in import_runs(tmp_path)] == [{"lr": 0.1}, {"lr": 0.2}]


def test_an_unknown_name_says_what_to_do(project):
    with pytest.raises(InputError, match="runs list"):
        import_runs(project, ["nothing-so-called"])


def test_nothing_tracked_is_an_error(tmp_path):
    (tmp_path / "a.py").write_text("")
    with pytest.raises(InputError, match="no system tracked"):
        import_runs(tmp_path)


@pytest.mark.parametrize(("fixture", "name"), [("wandb", "wandb"), ("wandb", "Weights & Biases"), ("mlmd", "mlmd")])
def test_a_system_goes_by_its_title_or_by_its_readers_name(fixture, name, tmp_path):
    shutil.copytree(FIXTURES / fixture, tmp_path / "project")
    assert len(import_runs(tmp_path / "project", [name])) == len(toy.SEEDS)


def test_the_bundle_takes_imported_runs_that_bear_no_commands_name(project):
    made = import_runs(project)
    taken, gone = bundled(made, open_project(project).config)
    assert {run.command for run in taken} == {"mlflow", "sacred"}
    assert gone == ()


@pytest.mark.slow
def test_the_bundle_holds_them_and_verifies(project, tmp_path):
    (project / "artifactpack.toml").write_text('config-version = 1\n[commands.train]\nrun = ["python", "t.py"]\n')
    made = import_runs(project)
    bundle(project, tmp_path / "toy.zip", Options(pdf=False))
    assert verify(tmp_path / "toy.zip").problems == ()
    with zipfile.ZipFile(tmp_path / "toy.zip") as archive:
        names = set(archive.namelist())
    assert {f"data/runs/{run.id}/record.json" for run in made} <= names
